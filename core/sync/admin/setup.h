/*
 * setup: Perly's own fields in the org, and access to them. Every part is looked up before it is made, and
 * looked up again when the answer to a making was unclear, so a run that was cut off anywhere goes on where
 * it stopped, and a second run changes nothing. What it makes is noted first in table `note`, so that
 * setup_undo.h removes that and nothing else.
 *
 *     Account, Task described -> for fields, set, object, field access, assignment: look, make what is
 * missing
 *     -> described until this user sees the fields
 *
 * Told as events, one a part: {"event":"setup","state":"created","what":"field",
 * "name":"Account.Perly_Health_Score__c","text":"Number(3, 0)"}; states: present, created, missing (with
 * {"plan":true}, which makes nothing).
 */
#ifndef PERLY_SYNC_ADMIN_SETUP_H
#define PERLY_SYNC_ADMIN_SETUP_H

#include "salesforce/own_fields.h"
#include "sync/run/event.h"
#include "sync/run/session.h"

/* What is looked up by one query, in the order in which it is made. */
typedef enum SetupLook {
    SETUP_FIELDS,
    SETUP_SET,
    SETUP_OBJECT, /* Account in the set */
    SETUP_ACCESS, /* the fields in the set */
    SETUP_ASSIGNMENT,
    SETUP_LOOK_COUNT
} SetupLook;

typedef enum SetupState {
    SETUP_UNKNOWN,
    SETUP_MISSING,
    SETUP_WEAK, /* access that only reads: replaced */
    SETUP_PRESENT,
    SETUP_CREATED
} SetupState;

/* The fields, the set, the object, access to each field, the assignment. */
enum { SETUP_PARTS = 2 * SF_OWN_FIELD_COUNT + 3, SETUP_TRIES_MAX = 3, SETUP_POLLS_MAX = 10 };

typedef struct Setup {
    Job job; /* first */
    Session *session;
    bool plan;
    int *exit;    /* of the command: COMMAND_EXIT_DIFFERENT when a plan found something missing */
    Slice assign; /* username of who gets the permission set; empty: the connected user */

    Arena memory; /* of the exchange in progress */
    Arena scratch;
    Request request;
    RequestSpec spec;
    SetupState parts[SETUP_PARTS];
    bool shown[SF_OWN_FIELD_COUNT]; /* the user may read and write it */
    char set_id[SF_ID_BYTES];
    char assignee_id[SF_ID_BYTES];
    char weak_id[SF_OWN_FIELD_COUNT][SF_ID_BYTES];
    uint32_t look;
    uint32_t part;  /* being made */
    uint32_t tries; /* looks again, of this kind of part */
    uint32_t polls;
    bool again; /* the outcome of a making was unclear: look once more */
} Setup;

/*
 * The effect: `setup` is zeroed but for session, plan, exit and assign. An administrator who sets up for
 * another user need not see the fields himself. ERROR_COMMAND_ARGUMENT when no active user has that name.
 */
void setup_job_start(Engine *engine, Job *parent, Setup *setup);

/*
 * The parts, in the order in which they are made: 0 to SETUP_PARTS - 1. `field` is SF_OWN_FIELD_COUNT but for
 * fields and access to them. SETUP_PARTS when there is none of that look and field, or of that name (as
 * events and table `note` write it; `scratch` is reset).
 */
uint32_t setup_part(SetupLook look, SfOwnField field);
uint32_t setup_part_find(Arena *scratch, Slice what, Slice name);

/* Members what, name and text of an event about it. */
void setup_tell_part(Event *event, uint32_t part);

#endif
