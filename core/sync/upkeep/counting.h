/*
 * Counting: how many rows the org has of each object, asked for once a day (one call, limits/recordCount),
 * beside how many are held. What lies between is hidden from the connected user by sharing, left out by the
 * object's filter, or newer than the count: Salesforce's figure is approximate, and objects that it does not
 * count are left out of its answer as those without rows are: which of both it is, is not known, so then the
 * org's count is null and the gap stays as it was. `status` tells both.
 *
 * What lies between may be as it is; a gap that opens is looked at: where it has grown by more than
 * SWEEP_ROWS_MAX rows and one in twenty since it was looked at last (column `gap`), the object is swept.
 */
#ifndef PERLY_SYNC_UPKEEP_COUNTING_H
#define PERLY_SYNC_UPKEEP_COUNTING_H

#include "sync/plan/describing.h"

#define COUNTING_EVERY_MS INT64_C(86400000)

enum { COUNTING_LEFT_OUT = -1 };

typedef struct Counting {
    Job job; /* first */
    Session *session;
    const Describing *describing; /* for the prefixes of ids */
    bool wanted[SOURCE_COUNT];    /* objects that are pulled */
    int64_t counted_ms;           /* server time of the last count; TIME_MS_MIN: never */

    Arena memory;
    Request request;
    RequestSpec spec;
    int64_t rows[SOURCE_COUNT]; /* what the org said; COUNTING_LEFT_OUT: nothing */
} Counting;

bool counting_due(const Counting *counting);

/* Starts the job as an effect of `parent`. What stands before `memory` is filled in. A refusal, or an
 * answer that cannot be read, is no failure: the counts stay those of the day before. */
void counting_start(Engine *engine, Job *parent, Counting *counting);

#endif
