/*
 * A block: some accounts with all that scoring reads of them, complete in memory. Accounts stand in order of
 * Id, the children of one account together: contacts in order of Id, opportunities of close date, activities
 * of date, then of Id. Rows have the columns of EntitySchema.row, derived ones included, so expressions read
 * them in place. Nothing in a block changes once it is made; any number of scorings may share it.
 */
#ifndef PERLY_SNAPSHOT_BLOCK_H
#define PERLY_SNAPSHOT_BLOCK_H

#include "row/row.h"

typedef struct BlockRange {
    uint32_t first;
    uint32_t count;
} BlockRange;

#define BLOCK_NO_ROW UINT32_C(0xFFFFFFFF)

/* A value that Perly supplies: the newest one not later than the block's time. */
typedef struct BlockSignal {
    bool known;
    int64_t at_ms;
    double value;
} BlockSignal;

typedef struct BlockAccount {
    BlockRange contacts;
    BlockRange opportunities;
    BlockRange activities;
    uint32_t owner; /* row of `users`, or BLOCK_NO_ROW */
} BlockAccount;

typedef struct Block {
    RowBatch accounts;
    RowBatch contacts;
    RowBatch opportunities;
    RowBatch activities;
    RowBatch users;
    const BlockAccount *ranges; /* one an account */
    /* accounts.row_count times signal_count, in the model's order of signals; those that are not imported
     * unknown */
    const BlockSignal *signals;
    uint32_t signal_count;
    int64_t now_ms; /* the time for which derived columns were computed */
} Block;

#endif
