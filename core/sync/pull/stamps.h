/*
 * Rows that are as they are stored and were modified all the same: their stored stamp is raised, and nothing
 * else of them is written. Else an older version of such a record that comes after it, in the same result,
 * would not be older than the stored one, and be written.
 */
#ifndef PERLY_SYNC_PULL_STAMPS_H
#define PERLY_SYNC_PULL_STAMPS_H

#include "store/store.h"

typedef struct Stamps {
    StoreOps *ops;
    Slice table;
    StoreParams params; /* once there is a row */
} Stamps;

void stamps_begin(Stamps *stamps, StoreOps *ops, Slice table);

/* `row` is one of a plan's table. A stored stamp that is later stays. */
Error stamps_raise(Stamps *stamps, RowView row);

void stamps_write(Stamps *stamps);

#endif
