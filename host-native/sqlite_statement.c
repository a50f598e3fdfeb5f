/* Prepared statements, kept by name; statements of upserts are kept by the bytes of their description. */
#include "sqlite_internal.h"
#include <stdlib.h>

static uint64_t hash_of(NativeText key)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < key.length; i++) {
        hash = (hash ^ (unsigned char)key.bytes[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

sqlite3_stmt *store_statement_find(StoreConnection *connection, NativeText key)
{
    const uint64_t hash = hash_of(key);
    for (uint32_t i = 0; i < connection->statement_count; i++) {
        const StoreStatement *kept = &connection->statements[i];
        if (kept->hash == hash && native_text_equal((NativeText){kept->key, kept->key_length}, key)) {
            (void)sqlite3_reset(kept->handle);
            (void)sqlite3_clear_bindings(kept->handle);
            return kept->handle;
        }
    }
    return NULL;
}

void store_statements_clear(StoreConnection *connection)
{
    for (uint32_t i = 0; i < connection->statement_count; i++) {
        (void)sqlite3_finalize(connection->statements[i].handle);
        free(connection->statements[i].key);
    }
    connection->statement_count = 0;
}

sqlite3_stmt *store_statement_add(StoreConnection *connection, NativeText key, NativeText sql)
{
    sqlite3_stmt *handle = NULL;
    if (connection->statement_count == STATEMENTS_MAX) {
        store_statements_clear(connection);
    }
    char *copy = malloc(key.length + 1);
    if (copy == NULL || sqlite3_prepare_v3(connection->db, sql.bytes, (int)sql.length,
                                           SQLITE_PREPARE_PERSISTENT, &handle, NULL) != SQLITE_OK) {
        free(copy);
        return NULL;
    }
    memcpy(copy, key.bytes, key.length);
    connection->statements[connection->statement_count++] =
        (StoreStatement){copy, key.length, hash_of(key), handle};
    return handle;
}

bool store_types_read(NativeRecord *record, uint32_t *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        types[i] = native_record_u32(record);
        record->broken = record->broken || types[i] >= NATIVE_TYPE_COUNT;
    }
    return !record->broken;
}

bool store_call_read(NativeRecord *record, StoreCall *call)
{
    call->name = native_record_text(record);
    call->sql = native_record_text(record);
    call->type_count = native_record_count(record, sizeof(uint32_t));
    record->broken = record->broken || call->type_count > NATIVE_COLUMNS_MAX;
    return !record->broken && store_types_read(record, call->types, call->type_count);
}

sqlite3_stmt *store_call_prepare(StoreConnection *connection, const StoreCall *call)
{
    sqlite3_stmt *handle = store_statement_find(connection, call->name);
    if (handle != NULL) {
        const char *sql = sqlite3_sql(handle);
        if (native_text_equal(native_text(sql), call->sql)) {
            return handle;
        }
        store_statements_clear(
            connection); /* one name, another text: a query of chosen accounts, or a new catalogue */
    }
    return store_statement_add(connection, call->name, call->sql);
}
