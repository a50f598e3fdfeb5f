/* Values from batches into statements, and from results into batches. */
#include "sqlite_internal.h"

static bool bind_value(sqlite3_stmt *statement, int parameter, const NativeBatch *batch, const char *row,
                       uint32_t column, uint32_t type, char *time)
{
    NativeText text = NATIVE_TEXT("");
    switch (type) {
    case NATIVE_INT64:
    case NATIVE_BOOL:
        return sqlite3_bind_int64(statement, parameter, native_row_int64(batch, row, column)) == SQLITE_OK;
    case NATIVE_DOUBLE:
        return sqlite3_bind_double(statement, parameter, native_row_double(batch, row, column)) == SQLITE_OK;
    case NATIVE_TIME:
        return native_time_print(native_row_int64(batch, row, column), time) &&
               sqlite3_bind_text(statement, parameter, time, NATIVE_TIME_BYTES, SQLITE_STATIC) == SQLITE_OK;
    case NATIVE_BYTES:
        return native_row_text(batch, row, column, &text) &&
               sqlite3_bind_blob(statement, parameter, text.bytes, (int)text.length, SQLITE_STATIC) ==
                   SQLITE_OK;
    default:
        return native_row_text(batch, row, column, &text) &&
               sqlite3_bind_text(statement, parameter, text.bytes, (int)text.length, SQLITE_STATIC) ==
                   SQLITE_OK;
    }
}

bool store_bind_row(sqlite3_stmt *statement, const NativeBatch *batch, uint32_t row, const uint32_t *types,
                    char *times)
{
    const char *at = native_batch_row(batch, row);
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const uint8_t state = native_row_state(at, i);
        const int parameter = (int)i + 1;
        if (state == NATIVE_NULL) {
            if (sqlite3_bind_null(statement, parameter) != SQLITE_OK) {
                return false;
            }
        } else if (state != NATIVE_VALUE || !bind_value(statement, parameter, batch, at, i, types[i],
                                                        times + (size_t)i * NATIVE_TIME_BYTES)) {
            return false;
        }
    }
    return true;
}

bool store_bind_row_copied(sqlite3_stmt *statement, const NativeBatch *batch, uint32_t row,
                           const uint32_t *types)
{
    static const char nothing[1] = "";
    const char *at = batch->column_count > 0 ? native_batch_row(batch, row) : nothing;
    char time[NATIVE_TIME_BYTES];
    for (uint32_t i = 0; i < batch->column_count; i++) {
        NativeText text = NATIVE_TEXT("");
        bool ok = native_row_state(at, i) == NATIVE_NULL;
        if (native_row_state(at, i) != NATIVE_VALUE) {
            ok = ok && sqlite3_bind_null(statement, (int)i + 1) == SQLITE_OK;
        } else if (types[i] == NATIVE_TIME) {
            ok = native_time_print(native_row_int64(batch, at, i), time) &&
                 sqlite3_bind_text(statement, (int)i + 1, time, sizeof time, SQLITE_TRANSIENT) == SQLITE_OK;
        } else if (types[i] == NATIVE_BYTES) {
            ok = native_row_text(batch, at, i, &text) &&
                 sqlite3_bind_blob(statement, (int)i + 1, text.bytes, (int)text.length, SQLITE_TRANSIENT) ==
                     SQLITE_OK;
        } else if (types[i] == NATIVE_TEXT_TYPE || types[i] == NATIVE_LIST) {
            ok = native_row_text(batch, at, i, &text) &&
                 sqlite3_bind_text(statement, (int)i + 1, text.bytes, (int)text.length, SQLITE_TRANSIENT) ==
                     SQLITE_OK;
        } else {
            ok = bind_value(statement, (int)i + 1, batch, at, i, types[i], time);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

size_t store_row_heap_bytes(sqlite3_stmt *statement, const uint32_t *types, uint32_t count, int first)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (types[i] == NATIVE_TEXT_TYPE || types[i] == NATIVE_LIST || types[i] == NATIVE_BYTES) {
            bytes += (size_t)sqlite3_column_bytes(statement, first + (int)i);
        }
    }
    return bytes;
}

static bool read_time(sqlite3_stmt *statement, int column, int64_t *ms)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL && native_time_parse(text, (size_t)sqlite3_column_bytes(statement, column), ms);
}

bool store_read_row(sqlite3_stmt *statement, NativeBatchWriter *writer, const uint32_t *types, uint32_t count,
                    int first)
{
    native_batch_begin(writer);
    for (uint32_t i = 0; i < count; i++) {
        const int column = first + (int)i;
        int64_t ms = 0;
        if (sqlite3_column_type(statement, column) == SQLITE_NULL) {
            continue;
        }
        switch (types[i]) {
        case NATIVE_INT64: native_batch_int64(writer, i, sqlite3_column_int64(statement, column)); break;
        case NATIVE_BOOL: native_batch_int64(writer, i, sqlite3_column_int64(statement, column) != 0); break;
        case NATIVE_DOUBLE: native_batch_double(writer, i, sqlite3_column_double(statement, column)); break;
        case NATIVE_TIME:
            if (!read_time(statement, column, &ms)) {
                return false;
            }
            native_batch_int64(writer, i, ms);
            break;
        default: {
            const char *bytes = types[i] == NATIVE_BYTES
                                    ? sqlite3_column_blob(statement, column)
                                    : (const char *)sqlite3_column_text(statement, column);
            const size_t length = (size_t)sqlite3_column_bytes(statement, column);
            native_batch_text(writer, i,
                              (NativeText){bytes == NULL ? "" : bytes, bytes == NULL ? 0 : length});
        }
        }
    }
    return true;
}
