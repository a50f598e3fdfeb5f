/*
 * Why an account's score is another one than before: it is scored again as it was known then and is known
 * now, in the four steps of score/change.h. Only the storage is asked. Told as events, in thousandths of a
 * point:
 *
 *     {"event":"change","since":"...","at":"...","from":62,"to":57,"late":0,"time":-3120,"customer":-2000,"model":0,
 *      "total":-5120,"note":""}
 *     {"event":"change_part","component":"recency","label":"Recency of contact","late":0,...,"total":-3120}
 * ...
 *
 * Parts sum to the change, and late, time, customer and model to the total, exactly. `note` says when what is
 * stored does not give the stored scores any more. {"event":"no_change","note":"..."} where there is none to
 * tell.
 */
#ifndef PERLY_SYNC_ADMIN_EXPLAIN_CHANGE_H
#define PERLY_SYNC_ADMIN_EXPLAIN_CHANGE_H

#include "score/change.h"
#include "sync/plan/describing.h"
#include "sync/plan/planning.h"
#include "sync/run/command.h"
#include "sync/score/scoring_load.h"

/* A stored score and the model that made it. */
typedef struct ChangeSide {
    bool found;
    int64_t at_ms;
    Slice model_hash;
    double raw;
    int64_t score;
    Slice level;
    Slice text; /* of a configuration with this model; empty: it is not stored */
    Config *config;
    Model *model;
    Plan *plans[SOURCE_COUNT];
} ChangeSide;

typedef struct ExplainChange {
    Job job; /* first */
    Session *session;
    Slice account_id;
    int64_t since_ms; /* TIME_MS_MIN: the last other score */

    Arena memory;
    Arena scratch;
    StoreQuery query;
    ChangeSide before;
    ChangeSide now;
    ChangeSide *reading; /* one of them */
    Describing describing;
    ConfigIssues issues;
    Scoring rows; /* of the account, as storage has it */
    ScoreResult results[CHANGE_CAUSE_COUNT + 1];
    bool known; /* all of them */
    Error error;
} ExplainChange;

/* The effect: `change` is zeroed but for session, account_id and since_ms. */
void explain_change_start(Engine *engine, Job *parent, ExplainChange *change);

#endif
