/*
 * One cycle: every object is described and planned, all are pulled side by side; when all have finished, or
 * failed (outage.h), the accounts are scored as of one cut; then the outbox goes to Salesforce. The next
 * cycle begins anew, with the configuration and the describes of its day.
 */
#ifndef PERLY_SYNC_CYCLE_H
#define PERLY_SYNC_CYCLE_H

#include "sync/act/outbox.h"
#include "sync/plan/certificate.h"
#include "sync/plan/describing.h"
#include "sync/plan/outage.h"
#include "sync/plan/planning.h"
#include "sync/plan/rates.h"
#include "sync/pull/columns.h"
#include "sync/pull/pull.h"
#include "sync/score/scoring.h"
#include "sync/upkeep/counting.h"
#include "sync/upkeep/losses.h"
#include "sync/upkeep/retaining.h"
#include "sync/upkeep/shown.h"
#include "sync/upkeep/sweeping.h"

typedef struct Cycle {
    Job job; /* first */
    Session *session;
    int *exit;         /* of the command (outbox.h) */
    int64_t *again_ms; /* the same */
    Slice config_text; /* empty: the default */
    Slice config_name; /* for errors about it */
    bool pull;         /* false: score and act on what is stored */
    bool full;         /* pull from the beginning */
    Source only; /* pull this object and end, without a cut, which needs all; SOURCE_COUNT: all objects */
    uint32_t page_rows_max;

    bool acted;      /* the outbox was reached */
    int64_t poll_ms; /* the result: until the next cycle, as the configuration says */
    Arena memory;
    Config *config;
    Model *model;
    ConfigIssues issues;
    Describing describing;
    Plan *plans[SOURCE_COUNT];
    Rates rates;
    StoreQuery query;
    Outages outages;
    Columns columns;
    bool columns_due;
    Sweeping sweeping;
    Retaining retaining;
    Losses losses;
    Shown shown;
    Counting counting;
    Certificate certificate;
    Error ended;                     /* of the pulls */
    Error judged;                    /* the outage that ends the cycle, or none */
    PullLoad loads[SOURCE_COUNT];    /* of a table, at its first source */
    int64_t closed_ms[SOURCE_COUNT]; /* ends of windows that an interrupted cycle pulled; TIME_MS_MIN: none */
    int64_t columns_closed_ms;       /* the latest end of columns that one read anew */
    Pull pulls[SOURCE_COUNT];
    Request request;
    RequestSpec spec;
    Scoring scoring;
    OutboxRun outbox;
} Cycle;

/*
 * Starts the job as an effect of `parent`. What stands before `poll_ms` is filled in; the struct may be used
 * again once the job has ended.
 */
void cycle_start(Engine *engine, Job *parent, Cycle *cycle);

#endif
