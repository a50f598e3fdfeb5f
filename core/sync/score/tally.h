/*
 * The tally of a cut: how many accounts were scored in it, and how. A cut may be scored in several goes: what
 * each chunk counts is written with the chunk, so that the cut's row tells of all of them.
 */
#ifndef PERLY_SYNC_SCORE_TALLY_H
#define PERLY_SYNC_SCORE_TALLY_H

#include "score/score.h"
#include "store/store.h"

typedef struct Tally {
    int64_t started_ms; /* of the first go, by the host's clock */
    uint64_t accounts;
    uint64_t changed;
    uint64_t levels[RISK_LEVEL_COUNT];
} Tally;

/* What a cut that was not closed left; a member of the job's struct. */
typedef struct TallyRead {
    int64_t cut; /* its number; 0: nothing is left */
    int64_t at_ms;
    Tally tally;
    StoreQuery query;
} TallyRead;

/* The effect. */
void tally_read(Job *job, TallyRead *read);

/*
 * The tally with which cut number `cut` as of `at_ms` goes on. A whole cut as of another time scores every
 * account again, and counts anew.
 */
Tally tally_open(const TallyRead *read, int64_t cut, int64_t at_ms, bool whole, int64_t started_ms);

void tally_add(Tally *tally, const ScoreResult *result);

/* Adds the counts of `more`. */
void tally_join(Tally *tally, const Tally *more);

/* Accounts with a score. */
uint64_t tally_scored(const Tally *tally);

/* With the transaction of a chunk. */
void tally_write(const Tally *tally, int64_t cut, int64_t at_ms, StoreOps *ops);

/* With the one that closes the cut. */
void tally_end(int64_t cut, StoreOps *ops);

#endif
