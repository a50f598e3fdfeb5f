/*
 * check: what the connected user may do, before anything is tried. Writes nothing in the org: the Bulk job
 * that proves that there may be one reads a row and is deleted. All objects are described anew, which is kept
 * as a sync keeps it. What the org does not tell is unknown, never missing: then the command goes on, and the
 * first use will show it.
 *
 * Told as events, one a capability: {"event":"check","name":"can_read_Account","ok":true,"answer":"yes",
 * "needed":true,"text":""}; `ok` is null for unknown, `text` says what to grant or why it is unknown, and
 * `needed` is false for what only setup needs, or what is better to have. The command ends with
 * ERROR_SF_PERMISSION, exit 3, when a needed one is missing. Of each object "can_read_fields_of_Account"
 * names the fields that attributes and mappings need and the user does not see.
 */
#ifndef PERLY_SYNC_ADMIN_CHECK_H
#define PERLY_SYNC_ADMIN_CHECK_H

#include "config/document.h"
#include "salesforce/bulk_job.h"
#include "salesforce/permissions.h"
#include "salesforce/token.h"
#include "sync/plan/describing.h"
#include "sync/run/command.h"

typedef struct Check {
    Job job; /* first */
    Session *session;
    Command *command;

    Arena memory;
    Arena scratch;
    Request request;
    RequestSpec spec;
    SfPreflight preflight;
    const Config *config; /* whose mappings need fields */
    Describing describing;
    SfIdentity identity;
    SfBulkJob bulk;
    Slice permissions_soql; /* empty: the org does not tell */
    bool refused;           /* the last question is one that this user may not ask */
} Check;

/* The effect: `check` is zeroed but for its session, command and config. */
void check_job_start(Engine *engine, Job *parent, Check *check);

#endif
