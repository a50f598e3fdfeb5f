/*
 * Further columns: fields that "*" of a mapping brings beyond those that are columns of the entity's table.
 * They are kept beside it, a row a value, in `<entity>_field`: the text of texts and lists, the number of
 * numbers and booleans, or the time. A value that is null has no row, or one of nulls once it had one. They
 * are pulled with the same query, belong to the row's hash and to the change log as all columns do, and are
 * written in the transaction of their row. A field that comes to the other place, since others joined or
 * went, is read anew there (columns.h), and has no value in the old one. The view `<entity>_all` joins them
 * (entities.h).
 */
#ifndef PERLY_SYNC_PULL_FURTHER_H
#define PERLY_SYNC_PULL_FURTHER_H

#include "base/text_set.h"
#include "map/plan.h"
#include "store/store.h"

typedef struct Further {
    const Plan *whole; /* the plan, or what it is a part of */
    Arena *arena;      /* of the batch */
    TextSet places;    /* of each further column of `whole`, by name: its column in a joined row */
    RowColumn
        *columns;   /* of a joined row: its key, what is asked of the entity's table, the further columns */
    uint32_t asked; /* columns of a stored row, with the key */
    RowSchema joined;
    RowWriter found; /* stored values of the part's rows, in order of id */
    StoreQuery query;
    Error error; /* the first while they were taken */
} Further;

/* For a plan with further columns (plan_has_further); `old` is what is asked of stored rows besides the key.
 * ERROR_OUT_OF_MEMORY.
 */
Error further_init(Further *further, Arena *arena, const Plan *plan, const RowSchema *old);

/*
 * The effect: reads what is stored of the records whose ids the JSON array `ids` lists; completes at once
 * when it is empty.
 */
void further_read(Job *job, Further *further, Slice ids);

/* Joins what was read to `old`, rows of these records in order of Id, into `rows`, which live in the arena.
 */
Error further_join(Further *further, const RowBatch *old, RowBatch *rows);

/* Columns that were read anew and may have changed places: a field has its values in one alone. */
typedef struct FurtherMoves {
    Slice *into; /* the entity's table, out of the table of fields */
    uint32_t into_count;
    Slice *out; /* of the entity's table, where the column is there still */
    uint32_t out_count;
} FurtherMoves;

/* Adds the operations that take away what the other place has of them; of any source. */
void further_move(Source source, const FurtherMoves *moves, StoreOps *ops);

/* The same for a source whose columns are all in its table: nothing is kept beside it. */
void further_clear(Source source, StoreOps *ops);

/* Columns of the table of fields, and what store_ops_upsert wants to know of them. */
extern const RowSchema further_schema;
extern const uint32_t further_flags[];

/* Appends column `column` (whose type is `type`) of `row`, as it is kept beside it, to `rows`. */
Error further_append(RowWriter *rows, RowView row, uint32_t column, Slice name, RowType type);

#endif
