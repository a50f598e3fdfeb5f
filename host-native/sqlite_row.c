/* Values from batches into statements, and from results into batches. */
#include "sqlite_internal.h"

static bool bind_time(StoreBinder *binder, uint32_t column, int64_t ms)
{
    StoreBound *bound = &binder->bound[column];
    if (bound->time && bound->printer.ms == ms) {
        return true;
    }
    if (!native_time_print_next(&bound->printer, ms)) {
        return false;
    }
    const bool again = bound->time; /* the text has changed in its place */
    bound->time = true;
    return again || sqlite3_bind_text(binder->statement, (int)column + 1, bound->printer.text,
                                      NATIVE_TIME_BYTES, SQLITE_STATIC) == SQLITE_OK;
}

static bool bind_number(sqlite3_stmt *statement, int parameter, const NativeBatch *batch, const char *row,
                        uint32_t column, uint32_t type)
{
    return (type == NATIVE_DOUBLE
                ? sqlite3_bind_double(statement, parameter, native_row_double(batch, row, column))
                : sqlite3_bind_int64(statement, parameter, native_row_int64(batch, row, column))) ==
           SQLITE_OK;
}

/* `lifetime` is SQLITE_STATIC or SQLITE_TRANSIENT. */
static bool bind_text(sqlite3_stmt *statement, int parameter, NativeText text, uint32_t type,
                      sqlite3_destructor_type lifetime)
{
    return (type == NATIVE_BYTES
                ? sqlite3_bind_blob(statement, parameter, text.bytes, (int)text.length, lifetime)
                : sqlite3_bind_text(statement, parameter, text.bytes, (int)text.length, lifetime)) ==
           SQLITE_OK;
}

static bool is_number(uint32_t type)
{
    return type == NATIVE_INT64 || type == NATIVE_BOOL || type == NATIVE_DOUBLE;
}

void store_binder_init(StoreBinder *binder, sqlite3_stmt *statement, const NativeBatch *batch,
                       const uint32_t *types)
{
    binder->statement = statement;
    binder->batch = batch;
    binder->types = types;
    for (uint32_t i = 0; i < batch->column_count; i++) {
        binder->bound[i].null = true;
        binder->bound[i].time = false;
        native_time_printer_init(&binder->bound[i].printer);
    }
}

static bool bind_value(StoreBinder *binder, const char *row, uint32_t column)
{
    const NativeBatch *batch = binder->batch;
    const uint32_t type = binder->types[column];
    const int parameter = (int)column + 1;
    NativeText text = NATIVE_TEXT("");
    if (type == NATIVE_TIME) {
        return bind_time(binder, column, native_row_int64(batch, row, column));
    }
    if (is_number(type)) {
        return bind_number(binder->statement, parameter, batch, row, column, type);
    }
    return native_row_text(batch, row, column, &text) &&
           bind_text(binder->statement, parameter, text, type, SQLITE_STATIC);
}

bool store_bind_row(StoreBinder *binder, uint32_t row)
{
    const char *at = native_batch_row(binder->batch, row);
    for (uint32_t i = 0; i < binder->batch->column_count; i++) {
        const uint8_t state = native_row_state(at, i);
        StoreBound *bound = &binder->bound[i];
        if (state == NATIVE_VALUE) {
            bound->null = false;
            if (!bind_value(binder, at, i)) {
                return false;
            }
        } else if (state != NATIVE_NULL) {
            return false;
        } else if (!bound->null) {
            bound->null = true;
            bound->time = false;
            if (sqlite3_bind_null(binder->statement, (int)i + 1) != SQLITE_OK) {
                return false;
            }
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
        const int parameter = (int)i + 1;
        NativeText text = {time, sizeof time};
        bool ok = native_row_state(at, i) == NATIVE_NULL;
        if (native_row_state(at, i) != NATIVE_VALUE) {
            ok = ok && sqlite3_bind_null(statement, parameter) == SQLITE_OK;
        } else if (is_number(types[i])) {
            ok = bind_number(statement, parameter, batch, at, i, types[i]);
        } else {
            ok = (types[i] == NATIVE_TIME ? native_time_print(native_row_int64(batch, at, i), time)
                                          : native_row_text(batch, at, i, &text)) &&
                 bind_text(statement, parameter, text, types[i], SQLITE_TRANSIENT);
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
