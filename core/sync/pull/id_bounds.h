/*
 * The first and the last id of an object in a range: two queries that its primary key answers, however many
 * rows it has. Only a hint where ranges are cut: no row is outside of all of them.
 */
#ifndef PERLY_SYNC_PULL_ID_BOUNDS_H
#define PERLY_SYNC_PULL_ID_BOUNDS_H

#include "salesforce/ids.h"
#include "sync/run/session.h"

typedef struct IdRange {
    Slice object;
    Slice from; /* empty: from the first */
    Slice to;   /* not included; empty: to the last */
} IdRange;

typedef struct IdBounds {
    Job job; /* first */
    Session *session;
    IdRange range;
    bool known; /* both are: false too where there is no row */
    char first[SF_ID_BYTES];
    char last[SF_ID_BYTES];
    Arena memory;
    Arena scratch;
    Request request;
    RequestSpec spec;
} IdBounds;

/* The effect. `bounds` and the texts of `range` outlive it. Its error is the query's. */
void id_bounds_ask(IdBounds *bounds, Job *parent, Session *session, const IdRange *range);

#endif
