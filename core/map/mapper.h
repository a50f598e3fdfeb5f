/*
 * The mapper: CSV rows of one page become rows of the entity's table. It keeps the order of the page's
 * columns and counts what it had to mend; it holds no rows.
 */
#ifndef PERLY_MAP_MAPPER_H
#define PERLY_MAP_MAPPER_H

#include "map/plan.h"

enum { MAPPER_REJECTED_MAX = 20, MAPPER_ID_BYTES = 18, MAPPER_REJECTED_BYTES = 200 };

/* A row that was not taken as it came: one of its values is stored as null. */
typedef struct MapperRejected {
    char id[MAPPER_ID_BYTES];
    Slice column;                     /* of the plan's table */
    char text[MAPPER_REJECTED_BYTES]; /* the beginning of what was refused: of the field, or, where the column
                                         is an expression, of the row; as far as it is UTF-8 without NUL */
    uint32_t text_bytes;
} MapperRejected;

#define MAPPER_MISSING UINT32_MAX

/* One column of the plan: of values that are copied, the field's column in the page. */
typedef struct MapperColumn {
    uint32_t place; /* or MAPPER_MISSING */
    RowType type;
} MapperColumn;

/* A record of a page: its fields, and its bytes as they came (csv/reader.h), which spare a look at each text.
 */
typedef struct MapperRecord {
    const Slice *fields;
    uint32_t count;
    Slice bytes;
} MapperRecord;

typedef struct Mapper {
    const Plan *plan;
    Arena *arena;
    uint32_t *order;       /* for each field of the plan, its column in the page; MAPPER_MISSING: none */
    MapperColumn *columns; /* of the plan, with their places in the page at hand */
    uint32_t page_columns; /* of the header */
    bool valid;            /* the row being read is known to be UTF-8 */
    uint64_t bad_values;   /* texts that did not read as their field's type: stored as null */
    uint64_t bad_text;     /* texts with invalid UTF-8: the bytes are replaced by U+FFFD */
    uint64_t bad_results;  /* expressions that ended in an error, or gave another type: stored as null */
    uint64_t filtered;     /* rows that the source's filter left out */
    uint64_t rejected_rows;
    MapperRejected rejected[MAPPER_REJECTED_MAX]; /* the first of them */
    uint32_t rejected_kept;
    Buffer mended;
    CelEvaluation **evaluations; /* one a column, NULL for plain fields; then the filter's */
    bool evaluates;
    Arena scratch; /* of one row: the record and what expressions make of it */
    RowWriter record;
} Mapper;

/* `arena` (of the job) and `plan` outlive the mapper; end it by mapper_free, even after ERROR_OUT_OF_MEMORY.
 */
Error mapper_init(Mapper *mapper, Arena *arena, const Plan *plan);
void mapper_free(Mapper *mapper);

/* All counts to zero: before a page, and before another attempt at it. */
void mapper_count_anew(Mapper *mapper);

/*
 * Reads the header row of a page: names match without regard to case and in any order; further columns are
 * passed over. ERROR_SF_PAGE_HEADER names the first field that is missing.
 */
Error mapper_header(Mapper *mapper, const Slice *names, uint32_t count);

/*
 * Appends one row to `out` (whose schema is plan->table) as seen at server time `seen_ms`, or nothing when
 * the source's filter leaves it out. ERROR_SF_PAGE_ROW when Id or the stamp is missing or the row has
 * another number of fields than the header: what follows cannot be trusted. ERROR_OUT_OF_MEMORY.
 */
Error mapper_row(Mapper *mapper, const MapperRecord *from, int64_t seen_ms, RowWriter *out);

/*
 * The hash of a row of a plan's table that was begun in `out`: of `deleted`, `master_id` and all columns
 * after them. Their texts were written in the order of the columns, from `heap_start` of the writer's heap
 * on.
 */
int64_t mapper_hash(const RowWriter *out, size_t heap_start);

#endif
