/*
 * setup_undo: removes what setup made in the org, and nothing else. Table `note` says what that is; a field,
 * a set or an access of the same name that was there before stays, and is told as kept. The fields' values go
 * with them (Salesforce keeps a deleted field for fifteen days, where an administrator can restore it).
 *
 *     assignments -> access, where the set is not ours -> the set -> the fields -> nothing is remembered as
 * made
 *
 * Told as {"event":"setup","state":"removed"|"kept"|"removable",...}; {"plan":true} removes nothing. A run
 * that was cut off is run again: what is gone already is no error.
 */
#ifndef PERLY_SYNC_ADMIN_SETUP_UNDO_H
#define PERLY_SYNC_ADMIN_SETUP_UNDO_H

#include "sync/admin/setup.h"

enum { SETUP_UNDO_ROWS_MAX = 256 };

typedef struct SetupUndoRow {
    uint32_t part;
    bool ours;
    char id[SF_ID_BYTES];
} SetupUndoRow;

typedef struct SetupUndo {
    Job job; /* first */
    Session *session;
    bool plan;
    int *exit; /* of the command: COMMAND_EXIT_DIFFERENT when a plan found something to remove */

    Arena memory;
    Arena scratch;
    StoreQuery query;
    Request request;
    RequestSpec spec;
    bool made[SETUP_PARTS];
    char set_id[SF_ID_BYTES]; /* zeros: there is no set */
    uint32_t step;            /* of what is looked up and removed, in order */
    SetupUndoRow rows[SETUP_UNDO_ROWS_MAX];
    uint32_t row_count;
    uint32_t row;
} SetupUndo;

/* The effect: `undo` is zeroed but for session, plan and exit. */
void setup_undo_job_start(Engine *engine, Job *parent, SetupUndo *undo);

#endif
