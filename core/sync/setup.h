/*
 * setup: Perly's own fields in the org, and access to them. Every part is looked up before it is made, and
 * looked up again when the answer to a making was unclear, so a run that was cut off anywhere goes on where
 * it stopped, and a second run changes nothing.
 *
 *     Account, Task described -> for fields, set, object, field access, assignment: look, make what is
 * missing
 *     -> described until this user sees the fields
 *
 * Told as events, one a part: {"event":"setup","state":"created","what":"field",
 * "name":"Account.Perly_Health_Score__c","text":"Number(3, 0)"}; states: present, created, missing (with
 * {"plan":true}, which makes nothing).
 */
#ifndef PERLY_SYNC_SETUP_H
#define PERLY_SYNC_SETUP_H

#include "salesforce/own_fields.h"
#include "sync/session.h"

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

    Arena memory; /* of the exchange in progress */
    Arena scratch;
    Request request;
    RequestSpec spec;
    SetupState parts[SETUP_PARTS];
    bool shown[SF_OWN_FIELD_COUNT]; /* the user may read and write it */
    char set_id[SF_ID_BYTES];
    char weak_id[SF_OWN_FIELD_COUNT][SF_ID_BYTES];
    uint32_t look;
    uint32_t part;  /* being made */
    uint32_t tries; /* looks again, of this kind of part */
    uint32_t polls;
    bool again; /* the outcome of a making was unclear: look once more */
} Setup;

/* The effect: `setup` is zeroed but for session and plan. */
void setup_job_start(Engine *engine, Job *parent, Setup *setup);

#endif
