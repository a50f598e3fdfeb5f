#include "store/store.h"

#include "base/assert.h"

enum { RESULT_BATCH_BYTES = 256 << 10 };

static RowType type_of_letter(char letter)
{
    switch (letter) {
    case 'i': return ROW_INT64;
    case 'd': return ROW_DOUBLE;
    case 'b': return ROW_BOOL;
    case 't': return ROW_TEXT;
    case 'y': return ROW_BYTES;
    case 'm': return ROW_TIME;
    default: perly_assert(letter == 'l'); return ROW_LIST;
    }
}

void letter_schema_init(LetterSchema *letters, Slice text)
{
    static const char names[] = "c00c01c02c03c04c05c06c07c08c09c10c11c12c13c14c15c16c17c18c19c20c21c22c23";
    perly_assert(text.length <= STATEMENT_COLUMNS_MAX);
    for (size_t i = 0; i < text.length; i++) {
        letters->columns[i] = (RowColumn){slice_make(names + 3 * i, 3), type_of_letter(text.data[i])};
    }
    letters->schema = (RowSchema){letters->columns, (uint32_t)text.length};
}

void store_params_begin(StoreParams *params, Arena *arena, const Statement *statement)
{
    params->statement = statement;
    letter_schema_init(&params->letters, statement->params);
    row_writer_init(&params->writer, arena, &params->letters.schema, 0);
    row_writer_begin(&params->writer);
}

static Slice dialect_text(const Statement *statement, uint32_t dialect)
{
    return dialect == PERLY_DIALECT_POSTGRESQL ? statement->postgresql : statement->sqlite;
}

static void append_types(Buffer *record, const RowSchema *schema)
{
    record_uint32(record, schema->column_count);
    for (uint32_t i = 0; i < schema->column_count; i++) {
        record_uint32(record, (uint32_t)schema->columns[i].type);
    }
}

/* The statement and its parameter rows. */
static Error append_statement(Buffer *record, uint32_t dialect, const Statement *statement,
                              StoreParams *params)
{
    LetterSchema none = {.schema = {NULL, 0}};
    record_text(record, statement->name);
    record_text(record, dialect_text(statement, dialect));
    append_types(record, params == NULL ? &none.schema : &params->letters.schema);
    if (params != NULL) {
        RETURN_IF_ERROR(row_writer_end(&params->writer));
        record_rows(record, &params->writer);
    } else {
        record_batch(record, (Slice){NULL, 0});
    }
    return record->failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a statement")) : ERROR_NONE;
}

Slice store_table_text(Arena *arena, Slice before, Slice table, Slice after)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, before);
    buffer_append(&text, table);
    buffer_append(&text, after);
    return text.failed ? (Slice){NULL, 0} : buffer_slice(&text);
}

/* Operations. */

void store_ops_begin(StoreOps *ops, Job *job)
{
    Arena *arena = &job->engine->records;
    *ops = (StoreOps){.arena = arena, .mark = arena_mark(arena), .dialect = job->engine->dialect};
    buffer_init(&ops->record, ops->arena, 0);
    record_uint32(&ops->record, 0);
}

static void begin_op(StoreOps *ops, uint32_t kind)
{
    ops->count++;
    record_uint32(&ops->record, kind);
}

void store_ops_fail(StoreOps *ops, Error error)
{
    if (ops->error.code == ERROR_OK) {
        ops->error = error;
    }
}

void store_ops_upsert(StoreOps *ops, Slice table, const uint32_t *flags, RowWriter *rows)
{
    const RowSchema *schema = rows->schema;
    begin_op(ops, PERLY_OP_UPSERT);
    record_text(&ops->record, table);
    record_uint32(&ops->record, schema->column_count);
    for (uint32_t i = 0; i < schema->column_count; i++) {
        record_text(&ops->record, schema->columns[i].name);
        record_uint32(&ops->record, (uint32_t)schema->columns[i].type);
        record_uint32(&ops->record, flags[i]);
    }
    record_rows(&ops->record, rows);
}

void store_params_next(StoreOps *ops, StoreParams *params)
{
    store_ops_fail(ops, row_writer_end(&params->writer));
    row_writer_begin(&params->writer);
}

void store_ops_run(StoreOps *ops, StoreParams *params)
{
    begin_op(ops, PERLY_OP_RUN);
    store_ops_fail(ops, append_statement(&ops->record, ops->dialect, params->statement, params));
}

void store_ops_run_plain(StoreOps *ops, const Statement *statement)
{
    begin_op(ops, PERLY_OP_RUN);
    store_ops_fail(ops, append_statement(&ops->record, ops->dialect, statement, NULL));
}

void store_ops_guard(StoreOps *ops, StoreParams *params, uint32_t rows)
{
    begin_op(ops, PERLY_OP_GUARD);
    store_ops_fail(ops, append_statement(&ops->record, ops->dialect, params->statement, params));
    record_uint32(&ops->record, rows);
}

void store_ops_load_begin(StoreOps *ops, Slice table)
{
    begin_op(ops, PERLY_OP_LOAD_BEGIN);
    record_text(&ops->record, table);
}

void store_ops_load_end(StoreOps *ops, Slice table)
{
    begin_op(ops, PERLY_OP_LOAD_END);
    record_text(&ops->record, table);
    record_uint32(&ops->record, 2);
    record_text(&ops->record, SLICE("stamp"));
    record_text(&ops->record, SLICE("seen"));
}

void store_apply(Job *job, StoreOps *ops)
{
    if (ops->record.failed) {
        store_ops_fail(ops, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a transaction")));
    }
    if (ops->error.code != ERROR_OK) {
        engine_fail(job, ops->error);
        return;
    }
    if (ops->count == 0) {
        engine_done(job);
        return;
    }
    record_patch(&ops->record, 0, ops->count);
    engine_plain_call(job, job->engine->host.store_apply, buffer_slice(&ops->record));
    arena_rewind(ops->arena, ops->mark);
}

/* Queries. */

static uint32_t on_rows(void *context, Slice bytes)
{
    StoreQuery *query = context;
    RowBatch batch;
    const Error error = row_batch_open(&batch, bytes, query->schema);
    if (error.code != ERROR_OK) {
        if (query->error.code == ERROR_OK) {
            query->error = error;
        }
        return PERLY_MORE;
    }
    return query->rows(query->context, &batch);
}

static void on_query_end(void *context, uint32_t end, Slice payload)
{
    StoreQuery *query = context;
    Completion completion = {.error = engine_end_error(query->job->arena, end, payload)};
    if (completion.error.code == ERROR_OK) {
        completion.error = query->error;
    }
    query->call = 0;
    engine_complete(query->job, &completion);
}

static void start_query(Job *job, StoreQuery *query, const Statement *statement, StoreParams *params)
{
    Engine *engine = job->engine;
    const ArenaMark mark = arena_mark(&engine->records);
    Buffer record;
    buffer_init(&record, &engine->records, 0);
    Error error = append_statement(&record, engine->dialect, statement, params);
    append_types(&record, query->schema);
    record_uint32(&record, RESULT_BATCH_BYTES);
    const Error halted = engine_halted(job); /* also when the record was cut */
    error = halted.code != ERROR_OK ? halted : error;
    if (error.code != ERROR_OK) {
        engine_fail(job, error);
        return;
    }
    engine_begin(job);
    const CallOwner owner = {.job = job, .context = query, .rows = on_rows, .end = on_query_end};
    query->call = engine_call_open(engine, CALL_QUERY, owner);
    engine->host.store_query(engine->host.context, query->call, record.data, record.length);
    arena_rewind(&engine->records, mark);
}

void store_query(Job *job, StoreQuery *query, const Statement *statement, StoreParams *params,
                 StoreRows *rows, void *context)
{
    *query = (StoreQuery){.job = job, .rows = rows, .context = context};
    letter_schema_init(&query->results, statement->results);
    query->schema = &query->results.schema;
    start_query(job, query, statement, params);
}

void store_query_wide(Job *job, StoreQuery *query, const Statement *statement, StoreParams *params,
                      const RowSchema *schema, StoreRows *rows, void *context)
{
    *query = (StoreQuery){.job = job, .rows = rows, .context = context, .wide = *schema};
    query->schema = &query->wide;
    start_query(job, query, statement, params);
}

void store_query_resume(StoreQuery *query)
{
    engine_call_resume(query->job->engine, query->call);
}

/* Comparison and migration. */

void store_compare(Job *job, Slice table, Slice key, const RowSchema *old, Slice batch)
{
    Arena *arena = &job->engine->records;
    const ArenaMark mark = arena_mark(arena);
    Buffer record;
    buffer_init(&record, arena, 0);
    record_text(&record, table);
    record_text(&record, key);
    record_text(&record, SLICE("hash"));
    record_text(&record, SLICE("stamp"));
    record_text(&record, SLICE("seen"));
    record_uint32(&record, old->column_count);
    for (uint32_t i = 0; i < old->column_count; i++) {
        record_text(&record, old->columns[i].name);
        record_uint32(&record, (uint32_t)old->columns[i].type);
    }
    record_batch(&record, batch);
    if (record.failed) {
        engine_fail(job, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a comparison")));
        return;
    }
    engine_plain_call(job, job->engine->host.store_compare, buffer_slice(&record));
    arena_rewind(arena, mark);
}

Error store_compare_read(Slice answer, uint32_t count, Slice *verdicts, RowBatch *rows)
{
    RecordReader reader = {.bytes = answer};
    const uint32_t got = record_read_uint32(&reader);
    const Slice bytes = record_read_bytes(&reader, got);
    const Slice batch = record_read_batch(&reader);
    if (reader.failed || got != count) {
        return error_make(ERROR_STORE_FAILED, SLICE("the storage answered a comparison of other rows"));
    }
    RETURN_IF_ERROR(row_batch_open(rows, batch, NULL));
    *verdicts = bytes;
    return ERROR_NONE;
}

void store_migrate(Job *job, Slice record)
{
    engine_plain_call(job, job->engine->host.store_migrate, record);
}
