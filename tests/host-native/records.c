#include "records.h"
#include "perly/host.h"

static void put(NativeBuffer *record, const char *text)
{
    native_record_put_text(record, native_text(text));
}

static void put_column(NativeBuffer *record, const char *name, uint32_t type, uint32_t flags)
{
    put(record, name);
    native_record_put_u32(record, type);
    native_record_put_u32(record, flags);
    put(record, "");
}

void records_schema(NativeBuffer *record, uint32_t number, const char *hash)
{
    native_record_put_u32(record, number);
    put(record, hash);
    native_record_put_u32(record, 1);
    put(record, "account");
    native_record_put_u32(record, 0);
    native_record_put_u32(record, 6);
    put_column(record, "id", NATIVE_TEXT_TYPE, 3);
    put_column(record, "name", NATIVE_TEXT_TYPE, 0);
    put_column(record, "hash", NATIVE_INT64, 0);
    put_column(record, "stamp", NATIVE_TIME, 0);
    put_column(record, "seen", NATIVE_TIME, 0);
    put_column(record, "score", NATIVE_DOUBLE, 0);
    native_record_put_u32(record, 1);
    put(record, "account_score");
    native_record_put_u32(record, 0);
    native_record_put_u32(record, 1);
    put(record, "score");
    native_record_put_u32(record, 1);
    put(record, "account_names");
    put(record, "SELECT name FROM account");
    native_record_put_u32(record, 1);
    native_record_put_u32(record, 2);
    put(record, "UPDATE account SET name = 'migrated'; UPDATE account SET score = 2;");
}

static void put_batch(NativeBuffer *record, NativeBatchWriter *writer)
{
    NativeBuffer batch = {0};
    (void)native_batch_finish(writer, &batch);
    native_record_put_batch(record, (NativeText){batch.bytes, batch.length});
    native_buffer_free(&batch);
    native_batch_free(writer);
}

void records_upsert(NativeBuffer *record, const RecordsRow *rows, uint32_t count)
{
    static const struct {
        const char *name;
        uint32_t type;
        uint32_t flags;
    } columns[] = {{"id", NATIVE_TEXT_TYPE, PERLY_COLUMN_KEY},
                   {"name", NATIVE_TEXT_TYPE, 0},
                   {"hash", NATIVE_INT64, 0},
                   {"stamp", NATIVE_TIME, 0},
                   {"seen", NATIVE_TIME, PERLY_COLUMN_KEEP},
                   {"score", NATIVE_DOUBLE, 0}};
    native_record_put_u32(record, PERLY_OP_UPSERT);
    put(record, "account");
    native_record_put_u32(record, 6);
    for (int i = 0; i < 6; i++) {
        put(record, columns[i].name);
        native_record_put_u32(record, columns[i].type);
        native_record_put_u32(record, columns[i].flags);
    }
    NativeBatchWriter writer = {.column_count = 6};
    for (uint32_t i = 0; i < count; i++) {
        native_batch_begin(&writer);
        native_batch_text(&writer, 0, native_text(rows[i].id));
        if (rows[i].name != NULL) {
            native_batch_text(&writer, 1, native_text(rows[i].name));
        }
        native_batch_int64(&writer, 2, rows[i].hash);
        native_batch_int64(&writer, 3, rows[i].stamp);
        native_batch_int64(&writer, 4, rows[i].seen);
        native_batch_double(&writer, 5, rows[i].score);
    }
    put_batch(record, &writer);
}

void records_load(NativeBuffer *record, uint32_t kind, const char *table)
{
    native_record_put_u32(record, kind);
    put(record, table);
    if (kind == PERLY_OP_LOAD_END) {
        native_record_put_u32(record, 2);
        put(record, "stamp");
        put(record, "seen");
    }
}

static void put_call(NativeBuffer *record, const char *name, const char *sql)
{
    put(record, name);
    put(record, sql);
    native_record_put_u32(record, 0);
    native_record_put_batch(record, NATIVE_TEXT(""));
}

void records_statement(NativeBuffer *record, const char *name, const char *sql)
{
    native_record_put_u32(record, PERLY_OP_RUN);
    put_call(record, name, sql);
}

void records_guard(NativeBuffer *record, const char *name, const char *sql, uint32_t rows)
{
    native_record_put_u32(record, PERLY_OP_GUARD);
    put_call(record, name, sql);
    native_record_put_u32(record, rows);
}

void records_compare(NativeBuffer *record, const RecordsRow *rows, uint32_t count)
{
    put(record, "account");
    put(record, "id");
    put(record, "hash");
    put(record, "stamp");
    put(record, "seen");
    native_record_put_u32(record, 2);
    put(record, "name");
    native_record_put_u32(record, NATIVE_TEXT_TYPE);
    put(record, "score");
    native_record_put_u32(record, NATIVE_DOUBLE);
    NativeBatchWriter writer = {.column_count = 4};
    for (uint32_t i = 0; i < count; i++) {
        native_batch_begin(&writer);
        native_batch_text(&writer, 0, native_text(rows[i].id));
        native_batch_int64(&writer, 1, rows[i].hash);
        native_batch_int64(&writer, 2, rows[i].stamp);
        native_batch_int64(&writer, 3, rows[i].seen);
    }
    put_batch(record, &writer);
}

void records_query(NativeBuffer *record, const char *name, const char *sql, uint32_t batch_bytes)
{
    put_call(record, name, sql);
    native_record_put_u32(record, 1);
    native_record_put_u32(record, NATIVE_TEXT_TYPE);
    native_record_put_u32(record, batch_bytes);
}
