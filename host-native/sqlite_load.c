/*
 * First loads. LOAD_BEGIN puts the indexes of an empty table aside (table perly_loading keeps their SQL), so
 * that rows in any order are appended; LOAD_END keeps the newest row of each key and makes the
 * indexes, each by one sort. A crash in between leaves the table loading, and both can be repeated. A table
 * WITHOUT ROWID has its key as its order: it loads by upserts, with the same result.
 */
#include "sqlite_internal.h"

void store_key_index_name(NativeBuffer *buffer, NativeText table)
{
    native_buffer_slice(buffer, table);
    native_buffer_text(buffer, "_key");
}

/* Runs SQL with one or two texts; -1 on an error, otherwise 1 when a row came and 0 when none did. */
static int ask(NativeStore *store, const char *name, const char *sql, NativeText first, NativeText second)
{
    StoreConnection *writer = &store->writer;
    sqlite3_stmt *statement = store_statement_find(writer, native_text(name));
    if (statement == NULL) {
        statement = store_statement_add(writer, native_text(name), native_text(sql));
    }
    if (statement == NULL ||
        sqlite3_bind_text(statement, 1, first.bytes, (int)first.length, SQLITE_STATIC) != SQLITE_OK ||
        (sqlite3_bind_parameter_count(statement) > 1 &&
         sqlite3_bind_text(statement, 2, second.bytes, (int)second.length, SQLITE_STATIC) != SQLITE_OK)) {
        return -1;
    }
    const int step = sqlite3_step(statement);
    (void)sqlite3_reset(statement);
    return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : -1;
}

bool store_loading(NativeStore *store, NativeText table)
{
    return ask(store, "perly:loading", "SELECT 1 FROM perly_loading WHERE table_name = ?1", table, table) ==
           1;
}

bool store_load_defer(NativeStore *store, NativeText table, NativeText index, NativeText sql)
{
    StoreConnection *writer = &store->writer;
    static const char insert[] = "INSERT OR REPLACE INTO perly_loading VALUES (?1, ?2, ?3)";
    sqlite3_stmt *statement = store_statement_find(writer, NATIVE_TEXT("perly:defer"));
    if (statement == NULL) {
        statement = store_statement_add(writer, NATIVE_TEXT("perly:defer"), NATIVE_TEXT(insert));
    }
    const bool ok =
        statement != NULL &&
        sqlite3_bind_text(statement, 1, table.bytes, (int)table.length, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(statement, 2, index.bytes, (int)index.length, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(statement, 3, sql.bytes, (int)sql.length, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_DONE;
    if (statement != NULL) {
        (void)sqlite3_reset(statement);
    }
    return ok;
}

/* 1 empty, 0 not, -1 an error. */
static int table_is_empty(NativeStore *store, NativeText table)
{
    native_buffer_clear(&store->text);
    native_buffer_text(&store->text, "SELECT 1 FROM ");
    native_buffer_name(&store->text, table);
    native_buffer_text(&store->text, " LIMIT 1");
    sqlite3_stmt *statement = NULL;
    const char *sql = native_buffer_cstr(&store->text);
    if (sql == NULL || sqlite3_prepare_v2(store->writer.db, sql, -1, &statement, NULL) != SQLITE_OK) {
        return -1;
    }
    const int step = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return step == SQLITE_DONE ? 1 : step == SQLITE_ROW ? 0 : -1;
}

/* DROP INDEX for each index that was put aside. The names are collected first: a DROP ends a running SELECT.
 */
static bool drop_indexes(NativeStore *store, NativeText table)
{
    static const char select[] =
        "SELECT group_concat('DROP INDEX \"' || replace(index_name, '\"', '\"\"') || '\";', ' ') "
        "FROM perly_loading WHERE table_name = ?1";
    sqlite3_stmt *statement = NULL;
    bool ok = sqlite3_prepare_v2(store->writer.db, select, -1, &statement, NULL) == SQLITE_OK &&
              sqlite3_bind_text(statement, 1, table.bytes, (int)table.length, SQLITE_STATIC) == SQLITE_OK &&
              sqlite3_step(statement) == SQLITE_ROW;
    native_buffer_clear(&store->text);
    if (ok && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        native_buffer_text(&store->text, (const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    const char *sql = native_buffer_cstr(&store->text);
    return ok && sql != NULL && store_run(store->writer.db, sql);
}

NativeEnd store_load_begin(NativeStore *store, NativeText table)
{
    const int empty = store_loading(store, table) ? 0 : table_is_empty(store, table);
    if (empty == 0) {
        return store_ok();
    }
    static const char put_aside[] =
        "INSERT INTO perly_loading SELECT tbl_name, name, sql FROM sqlite_schema "
        "WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1 || '_key')";
    if (empty < 0 || ask(store, "perly:put_aside", put_aside, table, table) < 0 ||
        !drop_indexes(store, table)) {
        return store_error(store->writer.db, "begin to load table", table);
    }
    store_statements_clear(&store->writer); /* store_compare names indexes in its SQL */
    return store_ok();
}

/* One column's worth of `sql` from perly_loading: the key's index, or all others, joined by ";". */
static bool put_aside_sql(NativeStore *store, NativeText table, bool key, NativeBuffer *sql)
{
    static const char select[] = "SELECT group_concat(sql, ';') FROM perly_loading "
                                 "WHERE table_name = ?1 AND (index_name = ?1 || '_key') = ?2";
    sqlite3_stmt *statement = NULL;
    const bool ok =
        sqlite3_prepare_v2(store->writer.db, select, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_bind_text(statement, 1, table.bytes, (int)table.length, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_int(statement, 2, key ? 1 : 0) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;
    if (ok && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        native_buffer_text(sql, (const char *)sqlite3_column_text(statement, 0));
    }
    (void)sqlite3_finalize(statement);
    return ok && native_buffer_cstr(sql) != NULL;
}

/* What LOAD_END works on. */
typedef struct Load {
    NativeStore *store;
    NativeText table;
    const NativeText *order; /* the columns that tell which of repeated rows is the newest */
    uint32_t order_count;
} Load;

/* Of each key that is there more than once: its rows, and the place of each, the newest first. */
static void write_places(const Load *load, NativeBuffer *sql, const char *keys, int length)
{
    native_buffer_format(sql, "SELECT d.rowid AS perly_row, row_number() OVER (PARTITION BY %.*s ORDER BY ",
                         length, keys);
    for (uint32_t i = 0; i < load->order_count; i++) {
        native_buffer_text(sql, "d.");
        native_buffer_name(sql, load->order[i]);
        native_buffer_text(sql, " DESC, ");
    }
    native_buffer_format(sql, "d.rowid DESC) AS perly_place FROM (SELECT %.*s FROM ", length, keys);
    native_buffer_name(sql, load->table);
    native_buffer_format(
        sql, " INDEXED BY perly_load_keys GROUP BY %.*s HAVING count(*) > 1) AS g CROSS JOIN ", length, keys);
    native_buffer_name(sql, load->table);
    native_buffer_format(sql, " AS d INDEXED BY perly_load_keys USING (%.*s)", length, keys);
}

/*
 * Deletes all but the newest of each key. The list of columns is what stands in the parentheses of the key
 * index's SQL. A plain index of the same columns lets SQLite find the repeated keys in one walk, without
 * sorting; what is kept in memory is only the rows of repeated keys.
 */
static bool keep_newest(const Load *load, const char *index_sql)
{
    const char *columns = strrchr(index_sql, '(');
    if (columns == NULL) {
        return false;
    }
    const int length = (int)(strrchr(columns, ')') - columns) - 1;
    NativeBuffer *sql = &load->store->text;
    native_buffer_clear(sql);
    native_buffer_text(sql, "CREATE INDEX perly_load_keys ON ");
    native_buffer_name(sql, load->table);
    native_buffer_format(sql, " %s; DELETE FROM ", columns);
    native_buffer_name(sql, load->table);
    native_buffer_text(sql, " WHERE rowid IN (SELECT perly_row FROM (");
    write_places(load, sql, columns + 1, length);
    native_buffer_text(sql, ") WHERE perly_place > 1); DROP INDEX perly_load_keys");
    const char *text = native_buffer_cstr(sql);
    return text != NULL && store_run(load->store->writer.db, text);
}

static bool make_indexes(const Load *load, NativeBuffer *key, NativeBuffer *others)
{
    NativeStore *store = load->store;
    sqlite3 *db = store->writer.db;
    if (!put_aside_sql(store, load->table, true, key) || !put_aside_sql(store, load->table, false, others)) {
        return false;
    }
    if (!store_run(db, key->bytes)) { /* most loads repeat no key: the attempt is the check */
        if ((sqlite3_errcode(db) & 0xff) != SQLITE_CONSTRAINT || !keep_newest(load, key->bytes) ||
            !store_run(db, key->bytes)) {
            return false;
        }
    }
    return store_run(db, others->bytes) &&
           ask(store, "perly:loaded", "DELETE FROM perly_loading WHERE table_name = ?1", load->table,
               load->table) == 0;
}

NativeEnd store_load_end(NativeStore *store, NativeText table, const NativeText *order, uint32_t order_count)
{
    if (!store_loading(store, table)) {
        return store_ok();
    }
    NativeBuffer key = {0};
    NativeBuffer others = {0};
    const Load load = {store, table, order, order_count};
    store_cache(store->writer.db, SORTING_CACHE_KIB);
    const bool ok = make_indexes(&load, &key, &others);
    native_buffer_free(&key);
    native_buffer_free(&others);
    NativeEnd end = ok ? store_ok() : store_error(store->writer.db, "end the load of table", table);
    store_cache(store->writer.db, WRITER_CACHE_KIB);
    store_statements_clear(&store->writer);
    return end;
}
