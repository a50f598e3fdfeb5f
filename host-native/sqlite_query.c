/*
 * SELECTs, each on a connection of its own, whose rows are one snapshot: commits that follow do not show in
 * it. Connections are kept and used again.
 */
#include "sqlite_internal.h"
#include <stdlib.h>

struct NativeQuery {
    NativeStore *store;
    StoreConnection *connection;
    sqlite3_stmt *statement;
    NativeBatchWriter writer;
    uint32_t *types;
    uint32_t column_count;
    size_t batch_bytes;
    int step; /* what the last sqlite3_step said: a row waits in `statement`, or there is none */
};

static StoreConnection *free_reader(NativeStore *store)
{
    for (uint32_t i = 0; i < store->reader_count; i++) {
        if (!store->readers[i]->used) {
            return store->readers[i];
        }
    }
    if (store->reader_count == READERS_MAX) {
        return NULL;
    }
    StoreConnection *made = calloc(1, sizeof *made);
    if (made != NULL && !store_connection_open(made, store->path, READER_CACHE_KIB)) {
        store_connection_close(made);
        free(made);
        return NULL;
    }
    if (made != NULL) {
        store->readers[store->reader_count++] = made;
    }
    return made;
}

static bool read_query(NativeRecord *record, StoreCall *call, NativeBatch *parameters, NativeQuery *query)
{
    if (!store_call_read(record, call) ||
        !native_batch_open(parameters, native_record_batch(record), call->type_count)) {
        return false;
    }
    query->column_count = native_record_count(record, sizeof(uint32_t));
    if (record->broken || query->column_count == 0 || query->column_count > NATIVE_COLUMNS_MAX) {
        return false;
    }
    query->types = malloc(query->column_count * sizeof *query->types);
    if (query->types == NULL || !store_types_read(record, query->types, query->column_count)) {
        return false;
    }
    query->batch_bytes = native_record_u32(record);
    query->writer.column_count = query->column_count;
    return !record->broken && parameters->row_count <= 1 &&
           (call->type_count == 0 || parameters->row_count == 1);
}

/* Binds and takes the first row: from there on the snapshot holds. */
static NativeEnd begin(NativeQuery *query, const StoreCall *call, const NativeBatch *parameters)
{
    sqlite3 *db = query->connection->db;
    query->statement = store_call_prepare(query->connection, call);
    if (query->statement == NULL) {
        return store_error(db, "prepare statement", call->name);
    }
    if (parameters->row_count > 0 && !store_bind_row_copied(query->statement, parameters, 0, call->types)) {
        return store_bad_row();
    }
    query->step = sqlite3_step(query->statement);
    if (query->step != SQLITE_ROW && query->step != SQLITE_DONE) {
        return store_error(db, "run statement", call->name);
    }
    /* Counted now: the step prepares a statement again when a table or view has changed. */
    if (sqlite3_column_count(query->statement) != (int)query->column_count) {
        NativeEnd end = {PERLY_END_FAILED, {0}};
        native_buffer_format(&end.payload, "statement %.*s has %d columns, not %u", (int)call->name.length,
                             call->name.bytes, sqlite3_column_count(query->statement), query->column_count);
        return end;
    }
    return store_ok();
}

NativeEnd native_store_query(NativeStore *store, const char *record, size_t length, NativeQuery **query)
{
    StoreCall call;
    NativeBatch parameters = {0};
    NativeRecord reader = native_record_open(record, length);
    *query = NULL;
    NativeQuery *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return store_no_memory();
    }
    made->store = store;
    if (!read_query(&reader, &call, &parameters, made)) {
        native_query_close(made);
        return store_bad_record("store_query");
    }
    made->connection = free_reader(store);
    if (made->connection == NULL) {
        native_query_close(made);
        return store_failed("too many queries are open, or the database cannot be opened again");
    }
    made->connection->used = true;
    NativeEnd end = begin(made, &call, &parameters);
    if (end.end != PERLY_END_OK) {
        native_query_close(made);
        return end;
    }
    *query = made;
    return end;
}

NativeEnd native_query_rows(NativeQuery *query, NativeBuffer *batch)
{
    native_buffer_clear(batch);
    while (query->step == SQLITE_ROW) {
        const size_t row_bytes = native_batch_row_bytes(query->column_count) +
                                 store_row_heap_bytes(query->statement, query->types, query->column_count, 0);
        if (query->writer.row_count > 0 &&
            native_batch_bytes(&query->writer) + row_bytes > query->batch_bytes) {
            break;
        }
        if (!store_read_row(query->statement, &query->writer, query->types, query->column_count, 0)) {
            return store_failed("a time in the database is not written as 2026-11-23T08:00:00.000Z");
        }
        query->step = sqlite3_step(query->statement);
    }
    if (query->step != SQLITE_ROW && query->step != SQLITE_DONE) {
        return store_error(query->connection->db, "read rows", NATIVE_TEXT(""));
    }
    if (query->writer.row_count > 0 && !native_batch_finish(&query->writer, batch)) {
        return store_no_memory();
    }
    return store_ok();
}

void native_query_close(NativeQuery *query)
{
    if (query->statement != NULL) {
        (void)sqlite3_reset(query->statement); /* ends the snapshot */
        (void)sqlite3_clear_bindings(query->statement);
    }
    if (query->connection != NULL) {
        query->connection->used = false;
        (void)sqlite3_db_release_memory(query->connection->db); /* pages of a snapshot that is over */
    }
    native_batch_free(&query->writer);
    free(query->types);
    free(query);
}
