/*
 * Rolling up: once a cut is closed, what the scores of each account's hierarchy say together (score/rollup.h)
 * is kept beside its own score, in columns of `health`: root_id, group_accounts, group_score, group_worst,
 * group_worst_id, group_at_risk, group_weighed_by (the column that tells what accounts are worth,
 * schema_worth; or "accounts", where none of the scored has any and each counts once). An account that has
 * neither parent nor children has none of them. Only rows whose values differ are written; nothing of it goes
 * to Salesforce, and no rule reads it.
 *
 * Accounts that stand in a hierarchy are held in memory, about 150 bytes each.
 */
#ifndef PERLY_SYNC_SCORE_ROLLING_UP_H
#define PERLY_SYNC_SCORE_ROLLING_UP_H

#include "config/schema.h"
#include "score/rollup.h"
#include "sync/run/session.h"

typedef struct RollingUp {
    Job job; /* first */
    Session *session;
    const EntitySchema *account;

    Arena memory;
    StoreQuery query;
    RollupNode *nodes;
    struct RollupStored *stored; /* what `health` says of each */
    uint32_t count;
    uint32_t live; /* the first that is deleted: from there on there is no hierarchy */
    uint32_t room;
    uint32_t next; /* the first that is not written yet */
    Error failure; /* of taking rows */
} RollingUp;

/* Starts the job as an effect of `parent`. `session` and `account` are filled in, the rest zero. */
void rolling_up_start(Engine *engine, Job *parent, RollingUp *rolling);

#endif
