/*
 * Rows of a partial plan (plan.h) on their way into storage: some columns of rows that are there. A row's
 * hash is of all its columns, so the stored ones are asked for as well: a row that gets other values gets the
 * hash with which the next window will bring it, which then finds it unchanged.
 */
#ifndef PERLY_SYNC_PULL_PART_H
#define PERLY_SYNC_PULL_PART_H

#include "map/plan.h"

typedef struct Part {
    const Plan *plan;
    RowSchema old; /* columns asked of stored rows: the hash, and all that it is of, but for further ones */
    uint32_t *places; /* in a stored row, of each column of the plan */
    uint32_t
        *columns;     /* for each of the whole plan's table, the one of a row in part; UINT32_MAX: not read */
    uint32_t account; /* in a stored row: its account; UINT32_MAX: none, or the row is the account */
    RowSchema written;  /* id, seen, hash, the plan's columns of the table */
    uint32_t *flags;    /* of those */
    RowWriter rehashed; /* one row, while its hash is computed */
} Part;

enum { PART_OLD_HASH = 1 /* in a stored row: behind the key */ };

/* `arena` and `plan` outlive the part. ERROR_OUT_OF_MEMORY. */
Error part_init(Part *part, Arena *arena, const Plan *plan);

/* Before rows are hashed; what it needs of `arena` lives until they are. */
void part_begin(Part *part, Arena *arena);

/* The hash of the stored row with the values of `row`. */
Error part_hash(Part *part, RowView row, RowView old, int64_t *hash);

/* Appends what is written of `row` to `out`, whose schema is `written`. */
Error part_write(const Part *part, RowView row, int64_t hash, RowWriter *out);

#endif
