/*
 * One batch of pulled rows on its way into storage: which rows are new, which changed and how, which accounts
 * must be scored again. Pure: it reads the batch and the storage's answer, and adds operations.
 *
 * Rules (ARCHITECTURE, "Nothing is overwritten without a trace"): a row is written when its hash differs from
 * the stored one and the stored one is not newer; of one that is as stored, but was modified since the last
 * pull, the stamp, so that an older version of it does not come after it; each changed value of a logged
 * column is appended to `change`; the row's accounts, before and after, become dirty. During an object's
 * first load nothing is compared: the table was empty and every account is dirty anyway. Of a partial plan
 * (part.h) the columns themselves are compared, and a row that is not there is passed over.
 */
#ifndef PERLY_SYNC_PULL_BATCH_H
#define PERLY_SYNC_PULL_BATCH_H

#include "store/store.h"
#include "sync/pull/collected.h"
#include "sync/pull/further.h"
#include "sync/pull/part.h"

typedef struct Batch {
    const Plan *plan;
    Arena *arena;       /* of the page: reset once the batch is committed */
    ArenaMark mark;     /* what a part needs lies behind it */
    RowWriter *loading; /* rows of a first load, which are inserted as they are; else NULL */
    RowBatch rows;      /* to be compared */
    int64_t known_ms;   /* a row of an earlier stamp is stored with no earlier one */
    uint32_t *order; /* rows in order of Id, without repeated keys and those that the sieve found unchanged */
    uint32_t count;  /* of `order` */
    uint32_t from;   /* the part: `order[from]` to before `order[to]` */
    uint32_t to;
    RowSchema old;   /* columns asked of stored rows: those of the table, or what `part` asks for */
    Part part;       /* of a partial plan */
    Further further; /* where it applies */
    uint32_t inserted;
    uint32_t changed;
    uint32_t unchanged;
} Batch;

/*
 * Takes what `writer` holds (schema: plan->table), in order of Id: the storage then reads each page of its
 * index once, whatever order Salesforce chose. A key that stands in it several times keeps the row with the
 * greatest stamp, of equal ones the last. `writer` keeps the rows until the last batch_write. `known_ms`: the
 * end of the pull before; TIME_MS_MIN: there is none. ERROR_OUT_OF_MEMORY.
 */
Error batch_open(Batch *batch, Arena *arena, const Plan *plan, RowWriter *writer, int64_t known_ms);

/* Takes the rows of a first load, which go as they came. ERROR_OUT_OF_MEMORY. */
Error batch_open_loading(Batch *batch, Arena *arena, const Plan *plan, RowWriter *writer);

/* The effect: asks the storage for the hashes of all keys. */
void batch_sieve(Job *job, Batch *batch);

/*
 * Leaves out the rows of which `answer`, batch_sieve's, leaves nothing to write, and counts them. The others
 * go to `collected`, to be compared with what they were and written together: nothing is left of this batch.
 */
Error batch_sieved(Batch *batch, Slice answer, Collected *collected);

/*
 * Goes on to the next part, of about so many bytes of rows (a first load has one), and gives back the memory
 * of the one before; false: there is none left.
 */
bool batch_next(Batch *batch, size_t bytes);

/* No part comes after this one. */
bool batch_is_last(const Batch *batch);

/* The effect: asks the storage about the part's keys. */
void batch_compare(Job *job, Batch *batch);

/* The effect, where further columns apply: reads those of the rows that `answer`, batch_compare's, tells of.
 */
void batch_ask_further(Job *job, Batch *batch, Slice answer);

/*
 * Adds the operations that bring the part into storage, none when there is none. `answer` is batch_compare's,
 * or empty while loading: then every row is inserted.
 */
Error batch_write(Batch *batch, Slice answer, StoreOps *ops);

#endif
