/*
 * Retaining: history is kept whole for `limits.history_months`, and thins out behind them: of each account
 * the last score of each calendar month (UTC) stays, and of records no change. Once a week; a thousand
 * accounts a transaction. What is told of an older decision (perly explain --since) is then told of the
 * month's last score.
 */
#ifndef PERLY_SYNC_UPKEEP_RETAINING_H
#define PERLY_SYNC_UPKEEP_RETAINING_H

#include "sync/run/session.h"

#define RETAINING_NAME SLICE("Score (thinned)") /* in table pull */
#define RETAINING_EVERY_MS INT64_C(604800000)   /* a week */

typedef struct Retaining {
    Job job; /* first */
    Session *session;
    int64_t months;  /* of history that stays whole */
    int64_t done_ms; /* server time of the last run that came to its end; TIME_MS_MIN: none */

    Arena memory;
    StoreQuery query;
    int64_t before_ms; /* what is older thins out */
    int64_t cut;       /* the last one that is older; 0: none */
    char from[32];     /* the accounts' range: from this id, exclusive */
    char to[32];       /* to this one */
    size_t from_length;
    size_t to_length; /* 0: there are no more */
} Retaining;

bool retaining_due(const Retaining *retaining);

/* Starts the job as an effect of `parent`. What stands before `memory` is filled in, the rest zero. */
void retaining_start(Engine *engine, Job *parent, Retaining *retaining);

#endif
