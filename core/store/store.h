/*
 * Storage as jobs use it: statements from one catalogue, operations gathered into one transaction, queries
 * whose rows come in batches. Each effect is one call of a port; the record it sends is built in the job's
 * arena and given back at once, since the host copies it.
 */
#ifndef PERLY_STORE_STORE_H
#define PERLY_STORE_STORE_H

#include "job/engine.h"
#include "store/record.h"

/*
 * A statement: `params` and `results` are one letter a column: i int64, d double, b bool, t text, y bytes,
 * m time (milliseconds), l list. `name` is unique, since adapters keep prepared statements by it.
 */
typedef struct Statement {
    Slice name;
    Slice sqlite;
    Slice postgresql;
    Slice params;
    Slice results;
} Statement;

enum { STATEMENT_COLUMNS_MAX = 24 };

/* A schema made of a statement's letters, with columns named by position. */
typedef struct LetterSchema {
    RowColumn columns[STATEMENT_COLUMNS_MAX];
    RowSchema schema;
} LetterSchema;

void letter_schema_init(LetterSchema *letters, Slice text);

/*
 * Parameter rows of one statement. After store_params_begin set each value by row_writer_* on `writer`,
 * column 0 first; one row is begun already, row_writer_end and row_writer_begin make another.
 */
typedef struct StoreParams {
    const Statement *statement;
    LetterSchema letters;
    RowWriter writer;
} StoreParams;

void store_params_begin(StoreParams *params, Arena *arena, const Statement *statement);

/* A statement's text with the name of a table in it. NULL when memory is out. */
Slice store_table_text(Arena *arena, Slice before, Slice table, Slice after);

/* Operations of one transaction, in order; begun and sent, or given up, within a step of a job. */
typedef struct StoreOps {
    Arena *arena;   /* of the engine: all jobs put their records together in one place */
    ArenaMark mark; /* given back once sent */
    uint32_t dialect;
    uint32_t count;
    Buffer record;
    Error error; /* store_ops_fail */
} StoreOps;

void store_ops_begin(StoreOps *ops, Job *job);

/* What goes wrong while operations are put together: store_apply then fails with the first error that is one.
 */
void store_ops_fail(StoreOps *ops, Error error);

/*
 * Upserts the rows of `rows`, which is then empty. `flags` has one entry a column of its schema:
 * PERLY_COLUMN_KEY, PERLY_COLUMN_KEEP or 0.
 */
void store_ops_upsert(StoreOps *ops, Slice table, const uint32_t *flags, RowWriter *rows);

/* Ends the row begun in `params` and begins another: store_ops_run then runs the statement for each. */
void store_params_next(StoreOps *ops, StoreParams *params);

/* Ends the row begun in `params` and runs the statement for each of its rows. */
void store_ops_run(StoreOps *ops, StoreParams *params);

/* Runs a statement that has no parameters, once. */
void store_ops_run_plain(StoreOps *ops, const Statement *statement);

/* As store_ops_run of one row; the transaction fails with ERROR_STORE_GUARD unless it affects `rows` rows. */
void store_ops_guard(StoreOps *ops, StoreParams *params, uint32_t rows);

void store_ops_load_begin(StoreOps *ops, Slice table);
void store_ops_load_end(StoreOps *ops, Slice table);

/* The effect: applies the operations. With none it completes at once. */
void store_apply(Job *job, StoreOps *ops);

/* Takes a batch of a query's rows; PERLY_WAIT stops them until store_query_resume. Bytes live during the
 * call. */
typedef uint32_t StoreRows(void *context, const RowBatch *batch);

/* One running query; a member of the job's struct. */
typedef struct StoreQuery {
    Job *job;
    uint32_t call;
    LetterSchema results;
    RowSchema wide; /* for store_query_wide */
    const RowSchema *schema;
    StoreRows *rows;
    void *context;
    Error error; /* the first bad batch */
} StoreQuery;

/* The effect: runs a SELECT of the catalogue. `params` may be NULL when the statement has none. */
void store_query(Job *job, StoreQuery *query, const Statement *statement, StoreParams *params,
                 StoreRows *rows, void *context);

/* As store_query, for statements made at run time whose result columns are those of `schema`. */
void store_query_wide(Job *job, StoreQuery *query, const Statement *statement, StoreParams *params,
                      const RowSchema *schema, StoreRows *rows, void *context);

/* Rows may come again, after a StoreRows that answered PERLY_WAIT. */
void store_query_resume(StoreQuery *query);

/*
 * The effect: looks rows up before they are written (perly/host.h, store_compare). `batch` has the columns
 * key, hash, stamp, seen; `old` names the columns wanted of rows that differ. The completion's body is the
 * answer.
 */
void store_compare(Job *job, Slice table, Slice key, const RowSchema *old, Slice batch);

/* Reads that answer: a verdict byte for each key asked, and the old rows (key first, then `old`'s columns).
 */
Error store_compare_read(Slice answer, uint32_t count, Slice *verdicts, RowBatch *rows);

/* The effect: brings the database to the schema record (tables.h builds it). */
void store_migrate(Job *job, Slice record);

#endif
