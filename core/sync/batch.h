/*
 * One batch of pulled rows on its way into storage: which rows are new, which changed and how, which accounts
 * must be scored again. Pure: it reads the batch and the storage's answer, and adds operations.
 *
 * Rules (ARCHITECTURE, "Nothing is overwritten without a trace"): a row is written when its hash differs from
 * the stored one and the stored one is not newer; each changed value of a logged column is appended to
 * `change`; the row's accounts, before and after, become dirty. During an object's first load nothing is
 * compared: the table was empty and every account is dirty anyway.
 */
#ifndef PERLY_SYNC_BATCH_H
#define PERLY_SYNC_BATCH_H

#include "map/plan.h"
#include "store/store.h"

typedef struct Batch {
    const Plan *plan;
    Arena *arena;       /* of the page: reset once the batch is committed */
    RowWriter *loading; /* rows of a first load, which are inserted as they are; else NULL */
    RowBatch rows;      /* to be compared, without repeated keys */
    RowSchema old;      /* columns asked of stored rows: the attributes */
    uint32_t inserted;
    uint32_t changed;
    uint32_t unchanged;
} Batch;

/*
 * Takes what `writer` holds (schema: plan->table). A key that stands in it several times keeps the row with
 * the greatest stamp, of equal ones the last, unless `loading`: then `writer` keeps the rows until
 * batch_write. ERROR_OUT_OF_MEMORY.
 */
Error batch_open(Batch *batch, Arena *arena, const Plan *plan, RowWriter *writer, bool loading);

/* The effect: asks the storage about the batch's keys. */
void batch_compare(Job *job, Batch *batch);

/*
 * Adds the operations that bring the batch into storage. `answer` is batch_compare's, or empty while loading:
 * then every row is inserted.
 */
Error batch_write(Batch *batch, Slice answer, StoreOps *ops);

#endif
