/*
 * Looks rows up before they are written; see store_compare in perly/host.h. A row whose hash is equal is
 * settled by an index on (key, hash), without touching the row, which is read by the rowid found there.
 */
#include "sqlite_internal.h"

typedef struct Compare {
    NativeStore *store;
    NativeText description; /* the record up to its batch: the statements' name */
    NativeText table;
    NativeText key;
    NativeText hash;
    NativeText stamp;
    NativeText seen;
    NativeText old_names[NATIVE_COLUMNS_MAX];
    uint32_t types[NATIVE_COLUMNS_MAX + 1]; /* of the batch of old rows: the key, then the old columns */
    uint32_t old_count;
    sqlite3_stmt *hashes;
    sqlite3_stmt *rows;
} Compare;

enum { ASKED_KEY, ASKED_HASH, ASKED_STAMP, ASKED_SEEN, ASKED_COLUMNS };
enum { STORED_STAMP, STORED_SEEN, STORED_ROW }; /* result columns of `rows` */

static bool read_compare(NativeRecord *record, Compare *compare)
{
    compare->table = native_record_text(record);
    compare->key = native_record_text(record);
    compare->hash = native_record_text(record);
    compare->stamp = native_record_text(record);
    compare->seen = native_record_text(record);
    compare->old_count = native_record_count(record, 8);
    record->broken = record->broken || compare->old_count >= NATIVE_COLUMNS_MAX;
    compare->types[0] = NATIVE_TEXT_TYPE;
    for (uint32_t i = 0; i < compare->old_count && !record->broken; i++) {
        compare->old_names[i] = native_record_text(record);
        compare->types[i + 1] = native_record_u32(record);
        record->broken = record->broken || compare->types[i + 1] >= NATIVE_TYPE_COUNT;
    }
    compare->description = (NativeText){record->bytes, record->at};
    return !record->broken;
}

static void write_index_name(const Compare *compare, NativeBuffer *sql)
{
    NativeBuffer name = {0};
    native_buffer_slice(&name, compare->table);
    native_buffer_text(&name, "_compare");
    native_buffer_name(sql, (NativeText){name.bytes, name.length});
    sql->failed = sql->failed || name.failed;
    native_buffer_free(&name);
}

/*
 * The index on (key, hash): a first load does without, so it is made when rows of the table are compared for
 * the first time. While a table loads there is none, as there is none on the key.
 */
static bool make_index(const Compare *compare)
{
    NativeBuffer *sql = &compare->store->text;
    native_buffer_clear(sql);
    native_buffer_text(sql, "CREATE INDEX IF NOT EXISTS ");
    write_index_name(compare, sql);
    native_buffer_text(sql, " ON ");
    native_buffer_name(sql, compare->table);
    native_buffer_text(sql, " (");
    native_buffer_name(sql, compare->key);
    native_buffer_text(sql, ", ");
    native_buffer_name(sql, compare->hash);
    native_buffer_text(sql, ")");
    const char *text = native_buffer_cstr(sql);
    sqlite3 *db = compare->store->writer.db;
    store_cache(db, SORTING_CACHE_KIB);
    return text != NULL && store_run(db, text);
}

static void write_hashes(const Compare *compare, NativeBuffer *sql)
{
    native_buffer_clear(sql);
    native_buffer_text(sql, "SELECT ");
    native_buffer_name(sql, compare->hash);
    native_buffer_text(sql, ", rowid FROM ");
    native_buffer_name(sql, compare->table);
    if (!store_loading(compare->store, compare->table)) {
        native_buffer_text(sql, " INDEXED BY "); /* SQLite would prefer the unique one */
        write_index_name(compare, sql);
    }
    native_buffer_text(sql, " WHERE ");
    native_buffer_name(sql, compare->key);
    native_buffer_text(sql, " = ?1");
}

static void write_rows(const Compare *compare, NativeBuffer *sql)
{
    native_buffer_clear(sql);
    native_buffer_text(sql, "SELECT ");
    native_buffer_name(sql, compare->stamp);
    native_buffer_text(sql, ", ");
    native_buffer_name(sql, compare->seen);
    native_buffer_text(sql, ", ");
    native_buffer_name(sql, compare->key);
    for (uint32_t i = 0; i < compare->old_count; i++) {
        native_buffer_text(sql, ", ");
        native_buffer_name(sql, compare->old_names[i]);
    }
    native_buffer_text(sql, " FROM ");
    native_buffer_name(sql, compare->table);
    native_buffer_text(sql, " WHERE rowid = ?1");
}

static sqlite3_stmt *prepare(Compare *compare, NativeText key, void (*write)(const Compare *, NativeBuffer *))
{
    sqlite3_stmt *statement = store_statement_find(&compare->store->writer, key);
    if (statement == NULL) {
        NativeBuffer *sql = &compare->store->text;
        write(compare, sql);
        if (!sql->failed) {
            statement =
                store_statement_add(&compare->store->writer, key, (NativeText){sql->bytes, sql->length});
        }
    }
    return statement;
}

/* The order of a stored time and an asked one, a null being less than anything: <0, 0, >0. -2 is no time. */
static int order(sqlite3_stmt *rows, int stored, const NativeBatch *batch, const char *asked, uint32_t column)
{
    const bool is_null = sqlite3_column_type(rows, stored) == SQLITE_NULL;
    const bool asked_null = native_row_state(asked, column) != NATIVE_VALUE;
    if (is_null || asked_null) {
        return is_null ? (asked_null ? 0 : -1) : 1;
    }
    int64_t ms = 0;
    const char *text = (const char *)sqlite3_column_text(rows, stored);
    if (text == NULL || !native_time_parse(text, (size_t)sqlite3_column_bytes(rows, stored), &ms)) {
        return -2;
    }
    const int64_t wanted = native_row_int64(batch, asked, column);
    return ms < wanted ? -1 : ms > wanted;
}

/* The verdict on a row whose hash differs; `rows` stands on it, and it is added to `old` when DIFFERENT. */
static int judge_row(Compare *compare, const NativeBatch *batch, const char *asked, NativeBatchWriter *old)
{
    int newer = order(compare->rows, STORED_STAMP, batch, asked, ASKED_STAMP);
    if (newer == 0) {
        newer = order(compare->rows, STORED_SEEN, batch, asked, ASKED_SEEN);
    }
    if (newer > 0) {
        return PERLY_COMPARE_OLDER;
    }
    if (newer < -1 ||
        !store_read_row(compare->rows, old, compare->types, compare->old_count + 1, STORED_ROW)) {
        return -1;
    }
    return PERLY_COMPARE_DIFFERENT;
}

/* A verdict, or -1 when SQLite failed or a stored time is none. */
static int judge(Compare *compare, const NativeBatch *batch, const char *asked, NativeText key,
                 NativeBatchWriter *old)
{
    (void)sqlite3_bind_text(compare->hashes, 1, key.bytes, (int)key.length, SQLITE_STATIC);
    const int step = sqlite3_step(compare->hashes);
    const bool same = step == SQLITE_ROW && native_row_state(asked, ASKED_HASH) == NATIVE_VALUE &&
                      sqlite3_column_type(compare->hashes, 0) == SQLITE_INTEGER &&
                      sqlite3_column_int64(compare->hashes, 0) == native_row_int64(batch, asked, ASKED_HASH);
    const sqlite3_int64 rowid = step == SQLITE_ROW ? sqlite3_column_int64(compare->hashes, 1) : 0;
    if (sqlite3_reset(compare->hashes) != SQLITE_OK) {
        return -1;
    }
    if (step == SQLITE_DONE) {
        return PERLY_COMPARE_ABSENT;
    }
    if (same) {
        return PERLY_COMPARE_SAME;
    }
    if (compare->old_count == 0) {
        return PERLY_COMPARE_DIFFERENT;
    }
    (void)sqlite3_bind_int64(compare->rows, 1, rowid);
    const int verdict =
        sqlite3_step(compare->rows) == SQLITE_ROW ? judge_row(compare, batch, asked, old) : -1;
    (void)sqlite3_reset(compare->rows);
    return verdict;
}

/*
 * Many keys in their order read most pages of the index, which is larger than the cache: every other time
 * from the last key on, so that the pages of the time before that are in the cache come first.
 */
static bool turn(Compare *compare)
{
    const bool down = compare->old_count == 0 && compare->store->sweeping_down;
    compare->store->sweeping_down = !down;
    return down;
}

static NativeEnd compare_rows(Compare *compare, const NativeBatch *batch, NativeBatchWriter *old)
{
    NativeEnd end = store_ok();
    native_buffer_u32(&end.payload, batch->row_count);
    native_buffer_zeros(&end.payload, ((size_t)batch->row_count + 3) / 4 * 4);
    if (end.payload.failed) {
        native_end_free(&end);
        return store_no_memory();
    }
    char *verdicts = end.payload.bytes + sizeof(uint32_t);
    const bool down = turn(compare);
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const uint32_t row = down ? batch->row_count - 1 - i : i;
        const char *asked = native_batch_row(batch, row);
        NativeText key = NATIVE_TEXT("");
        const bool ok = native_row_state(asked, ASKED_KEY) == NATIVE_VALUE &&
                        native_row_text(batch, asked, ASKED_KEY, &key);
        const int verdict = ok ? judge(compare, batch, asked, key, old) : -1;
        if (verdict < 0) {
            native_end_free(&end);
            return ok ? store_error(compare->store->writer.db, "compare rows of table", compare->table)
                      : store_bad_record("store_compare");
        }
        verdicts[row] = (char)verdict;
    }
    if (!native_record_put_rows(&end.payload, old)) {
        native_end_free(&end);
        return store_no_memory();
    }
    return end;
}

NativeEnd native_store_compare(NativeStore *store, const char *record, size_t length)
{
    Compare compare = {.store = store};
    NativeRecord reader = native_record_open(record, length);
    NativeBatch batch = {0};
    if (!read_compare(&reader, &compare) ||
        !native_batch_open(&batch, native_record_batch(&reader), ASKED_COLUMNS)) {
        return store_bad_record("store_compare");
    }
    /* Two statements of one description: the second name leaves out its first byte. */
    const NativeText second = {compare.description.bytes + 1, compare.description.length - 1};
    compare.hashes = store_statement_find(&store->writer, compare.description);
    const bool made = compare.hashes == NULL && !store_loading(store, compare.table);
    if (compare.hashes == NULL && (!made || make_index(&compare))) {
        compare.hashes = prepare(&compare, compare.description, write_hashes);
    }
    compare.rows = compare.hashes == NULL ? NULL : prepare(&compare, second, write_rows);
    NativeEnd failed = compare.rows == NULL
                           ? store_error(store->writer.db, "compare rows of table", compare.table)
                           : store_ok();
    if (made) {
        store_cache(store->writer.db, WRITER_CACHE_KIB);
    }
    if (compare.rows == NULL) {
        return failed;
    }
    NativeBatchWriter old = {.column_count = compare.old_count + 1};
    /* One transaction: otherwise SQLite locks and unlocks the file for each row. */
    if (!store_run(store->writer.db, "BEGIN")) {
        return store_error(store->writer.db, "compare rows of table", compare.table);
    }
    NativeEnd end = compare_rows(&compare, &batch, &old);
    (void)store_run(store->writer.db, "COMMIT"); /* it has only read */
    native_batch_free(&old);
    return end;
}
