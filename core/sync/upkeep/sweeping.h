/*
 * Sweeping: the sweeps (sweep.h) that are due in a cycle, side by side. One that fails is kept with its
 * object's sweep and told by `status`; it does not end the cycle.
 */
#ifndef PERLY_SYNC_UPKEEP_SWEEPING_H
#define PERLY_SYNC_UPKEEP_SWEEPING_H

#include "sync/plan/describing.h"
#include "sync/upkeep/sweep.h"

typedef struct Sweeping {
    Job job; /* first */
    Session *session;
    const Describing *describing;
    uint32_t page_rows_max;
    bool all;                        /* whenever the last one was */
    bool usable[SOURCE_COUNT];       /* pulled to the end, in this cycle too */
    int64_t since[SOURCE_COUNT];     /* time of the last sweep, or of the first pull; TIME_MS_MIN: never */
    bool under_way[SOURCE_COUNT];    /* a sweep was begun and not ended */
    bool opened[SOURCE_COUNT];       /* the org has more than is held, and had not (counting.h) */
    bool hidden[SOURCE_COUNT];       /* a sweep was held back: rows that are held are not seen any more */
    int64_t failed_ms[SOURCE_COUNT]; /* time of the last one that failed; TIME_MS_MIN: none did */

    Arena memory;
    bool started[SOURCE_COUNT];
    Sweep sweeps[SOURCE_COUNT];
} Sweeping;

/* True when at least one is due: once a week; once a day while rows are hidden; at once where a gap opened.
 * One that failed, however, is begun anew a day later. */
bool sweeping_due(const Sweeping *sweeping);

/* True when the object was swept to the end in this cycle. */
bool sweeping_swept(const Sweeping *sweeping, unsigned source);

/* Starts the job as an effect of `parent`. What stands before `memory` is filled in, the rest zero. */
void sweeping_start(Engine *engine, Job *parent, Sweeping *sweeping);

#endif
