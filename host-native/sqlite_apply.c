/* Operations in one transaction; see store_apply in perly/host.h. The fast path of a pull is upsert(). */
#include "sqlite_internal.h"

enum { LOAD_ORDER_MAX = 8 };

typedef struct Apply {
    NativeStore *store;
    NativeRecord record;
    StoreCall call;
    NativeEnd end;       /* the first failure */
    NativeBuffer counts; /* the answer */
    StoreBinder binder;
} Apply;

typedef struct Upsert {
    NativeText table;
    NativeText description; /* table and columns as they stand in the record: the statement's name */
    NativeRecord columns;
    uint32_t column_count;
} Upsert;

static bool stop(Apply *apply, NativeEnd end)
{
    apply->end = end;
    return false;
}

static bool stop_sql(Apply *apply, const char *tried, NativeText name)
{
    return stop(apply, store_error(apply->store->writer.db, tried, name));
}

static bool stop_broken(Apply *apply)
{
    return stop(apply, store_bad_record("store_apply"));
}

/* Names of the columns whose flags have `some` and lack `none`, each between `before` and `after`. */
static uint32_t write_columns(NativeBuffer *sql, const Upsert *upsert, uint32_t some, uint32_t none,
                              bool excluded)
{
    NativeRecord reader = upsert->columns;
    uint32_t written = 0;
    for (uint32_t i = 0; i < upsert->column_count; i++) {
        const NativeText name = native_record_text(&reader);
        (void)native_record_u32(&reader);
        const uint32_t flags = native_record_u32(&reader);
        if ((flags & some) != some || (flags & none) != 0) {
            continue;
        }
        native_buffer_text(sql, written++ > 0 ? ", " : "");
        native_buffer_name(sql, name);
        if (excluded) {
            native_buffer_text(sql, " = excluded.");
            native_buffer_name(sql, name);
        }
    }
    return written;
}

static void write_upsert(NativeBuffer *sql, const Upsert *upsert, bool loading)
{
    native_buffer_clear(sql);
    native_buffer_text(sql, "INSERT INTO ");
    native_buffer_name(sql, upsert->table);
    native_buffer_text(sql, " (");
    (void)write_columns(sql, upsert, 0, 0, false);
    native_buffer_text(sql, ") VALUES (");
    for (uint32_t i = 0; i < upsert->column_count; i++) {
        native_buffer_text(sql, i > 0 ? ", ?" : "?");
    }
    native_buffer_text(sql, ")");
    if (loading) {
        return;
    }
    const size_t insert = sql->length;
    native_buffer_text(sql, " ON CONFLICT (");
    if (write_columns(sql, upsert, PERLY_COLUMN_KEY, 0, false) == 0) {
        sql->length = insert; /* a log: rows without a key are only ever added */
        return;
    }
    native_buffer_text(sql, ") DO UPDATE SET ");
    const size_t before = sql->length;
    if (write_columns(sql, upsert, 0, PERLY_COLUMN_KEY | PERLY_COLUMN_KEEP, true) == 0 && !sql->failed) {
        sql->length = before - (sizeof "UPDATE SET " - 1);
        native_buffer_text(sql, "NOTHING");
    }
}

static sqlite3_stmt *prepare_upsert(NativeStore *store, const Upsert *upsert, bool loading)
{
    /* The description begins with a uint32, so no name of the catalogue is equal to it; loading drops that.
     */
    const NativeText key = loading
                               ? (NativeText){upsert->description.bytes + 1, upsert->description.length - 1}
                               : upsert->description;
    sqlite3_stmt *statement = store_statement_find(&store->writer, key);
    if (statement == NULL) {
        write_upsert(&store->text, upsert, loading);
        if (!store->text.failed) {
            statement =
                store_statement_add(&store->writer, key, (NativeText){store->text.bytes, store->text.length});
        }
    }
    return statement;
}

static bool read_upsert(Apply *apply, Upsert *upsert)
{
    NativeRecord *record = &apply->record;
    const char *start = record->bytes + record->at;
    upsert->table = native_record_text(record);
    upsert->column_count = native_record_count(record, 12);
    upsert->columns = *record;
    record->broken = record->broken || upsert->column_count == 0 || upsert->column_count > NATIVE_COLUMNS_MAX;
    for (uint32_t i = 0; i < upsert->column_count && !record->broken; i++) {
        (void)native_record_text(record);
        apply->call.types[i] = native_record_u32(record);
        (void)native_record_u32(record);
        record->broken = record->broken || apply->call.types[i] >= NATIVE_TYPE_COUNT;
    }
    upsert->description = (NativeText){start, (size_t)(record->bytes + record->at - start)};
    return !record->broken;
}

/* Steps the statement once for each row. */
static bool step_rows(Apply *apply, sqlite3_stmt *statement, const NativeBatch *batch)
{
    store_binder_init(&apply->binder, statement, batch, apply->call.types);
    for (uint32_t row = 0; row < batch->row_count; row++) {
        if (!store_bind_row(&apply->binder, row)) {
            return stop(apply, store_bad_row());
        }
        int step = sqlite3_step(statement);
        while (step == SQLITE_ROW) {
            step = sqlite3_step(statement);
        }
        if (sqlite3_reset(statement) != SQLITE_OK) {
            return stop_sql(apply, "write", NATIVE_TEXT(""));
        }
    }
    return true;
}

static bool upsert(Apply *apply)
{
    Upsert upsert = {0};
    NativeBatch batch = {0};
    if (!read_upsert(apply, &upsert) ||
        !native_batch_open(&batch, native_record_batch(&apply->record), upsert.column_count)) {
        return stop_broken(apply);
    }
    sqlite3_stmt *statement =
        prepare_upsert(apply->store, &upsert, store_loading(apply->store, upsert.table));
    if (statement == NULL) {
        return stop_sql(apply, "write to table", upsert.table);
    }
    native_buffer_u32(&apply->counts, batch.row_count);
    return step_rows(apply, statement, &batch);
}

/* Runs the record's statement for each row of its batch; `*affected` counts the rows written. */
static bool run_statement(Apply *apply, int64_t *affected)
{
    sqlite3 *db = apply->store->writer.db;
    NativeBatch batch = {0};
    if (!store_call_read(&apply->record, &apply->call) ||
        !native_batch_open(&batch, native_record_batch(&apply->record), apply->call.type_count)) {
        return stop_broken(apply);
    }
    sqlite3_stmt *statement = store_call_prepare(&apply->store->writer, &apply->call);
    if (statement == NULL) {
        return stop_sql(apply, "prepare statement", apply->call.name);
    }
    const int64_t before = sqlite3_total_changes64(db);
    if (!step_rows(apply, statement, &batch)) {
        return false;
    }
    *affected = sqlite3_total_changes64(db) - before;
    native_buffer_u32(&apply->counts, (uint32_t)*affected);
    return true;
}

static bool guard(Apply *apply)
{
    int64_t affected = 0;
    if (!run_statement(apply, &affected)) {
        return false;
    }
    const uint32_t wanted = native_record_u32(&apply->record);
    if (apply->record.broken) {
        return stop_broken(apply);
    }
    if (affected != wanted) {
        NativeEnd end = {PERLY_END_GUARD, {0}};
        native_buffer_format(&end.payload, "guard %.*s affected %lld rows, not %u",
                             (int)apply->call.name.length, apply->call.name.bytes, (long long)affected,
                             wanted);
        return stop(apply, end);
    }
    return true;
}

static bool load_begin(Apply *apply)
{
    const NativeText table = native_record_text(&apply->record);
    if (apply->record.broken) {
        return stop_broken(apply);
    }
    NativeEnd end = store_load_begin(apply->store, table);
    native_buffer_u32(&apply->counts, 0);
    return end.end == PERLY_END_OK || stop(apply, end);
}

static bool load_end(Apply *apply)
{
    NativeText order[LOAD_ORDER_MAX];
    const NativeText table = native_record_text(&apply->record);
    const uint32_t count = native_record_count(&apply->record, 4);
    if (count > LOAD_ORDER_MAX) {
        return stop_broken(apply);
    }
    for (uint32_t i = 0; i < count; i++) {
        order[i] = native_record_text(&apply->record);
    }
    if (apply->record.broken) {
        return stop_broken(apply);
    }
    NativeEnd end = store_load_end(apply->store, table, order, count);
    native_buffer_u32(&apply->counts, 0);
    return end.end == PERLY_END_OK || stop(apply, end);
}

static bool operation(Apply *apply)
{
    int64_t affected = 0;
    const uint32_t kind = native_record_u32(&apply->record);
    switch (kind) {
    case PERLY_OP_UPSERT: return upsert(apply);
    case PERLY_OP_RUN: return run_statement(apply, &affected);
    case PERLY_OP_GUARD: return guard(apply);
    case PERLY_OP_LOAD_BEGIN: return load_begin(apply);
    case PERLY_OP_LOAD_END: return load_end(apply);
    default: return stop_broken(apply);
    }
}

static bool operations(Apply *apply)
{
    const uint32_t count = native_record_count(&apply->record, 8);
    if (apply->record.broken) {
        return stop_broken(apply);
    }
    if (!native_buffer_reserve(&apply->counts, sizeof(uint32_t) * (size_t)count)) {
        return stop(apply, store_no_memory()); /* a commit must not be followed by a failure */
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!operation(apply)) {
            return false;
        }
    }
    return true;
}

NativeEnd native_store_apply(NativeStore *store, const char *record, size_t length)
{
    sqlite3 *db = store->writer.db;
    Apply apply = {.store = store, .record = native_record_open(record, length)};
    if (!store_run(db, "BEGIN IMMEDIATE")) {
        return store_error(db, "begin to write", NATIVE_TEXT(""));
    }
    bool ok = operations(&apply);
    if (ok && !store_run(db, "COMMIT")) {
        ok = stop_sql(&apply, "commit", NATIVE_TEXT(""));
    }
    if (!ok) {
        if (sqlite3_get_autocommit(db) == 0) {
            (void)store_run(db, "ROLLBACK");
        }
        store_statements_clear(&store->writer); /* some may name an index that the rollback took back */
        native_buffer_free(&apply.counts);
        return apply.end;
    }
    store->unsettled = true;
    return (NativeEnd){PERLY_END_OK, apply.counts};
}
