/* Brings the database to the schema of a record; see store_migrate in perly/host.h. */
#include "sqlite_internal.h"

enum { COLUMN_NOT_NULL = 1, COLUMN_KEY = 2, TABLE_WITHOUT_ROWID = 1, INDEX_UNIQUE = 1 };

static const char *const type_names[NATIVE_TYPE_COUNT] = {"INTEGER", "REAL", "INTEGER", "TEXT",
                                                          "BLOB",    "TEXT", "TEXT"};

typedef struct Column {
    NativeText name;
    uint32_t type;
    uint32_t flags;
    NativeText value; /* default, in SQL */
} Column;

typedef struct Migration {
    NativeStore *store;
    NativeRecord record;
    uint32_t number;
    NativeText hash;
    int64_t stored; /* number in the database, -1 for none */
} Migration;

static Column read_column(NativeRecord *record)
{
    Column column = {.name = native_record_text(record)};
    column.type = native_record_u32(record);
    column.flags = native_record_u32(record);
    column.value = native_record_text(record);
    record->broken = record->broken || column.type >= NATIVE_TYPE_COUNT;
    return column;
}

static bool run_text(NativeStore *store)
{
    const char *sql = native_buffer_cstr(&store->text);
    return sql != NULL && store_run(store->writer.db, sql);
}

/* Whether the SELECT in store->text gives a row. -1 on an error. */
static int has_row(NativeStore *store)
{
    sqlite3_stmt *statement = NULL;
    const char *sql = native_buffer_cstr(&store->text);
    if (sql == NULL || sqlite3_prepare_v2(store->writer.db, sql, -1, &statement, NULL) != SQLITE_OK) {
        return -1;
    }
    const int step = sqlite3_step(statement);
    (void)sqlite3_finalize(statement);
    return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : -1;
}

static int exists(NativeStore *store, const char *type, NativeText name)
{
    native_buffer_clear(&store->text);
    native_buffer_format(&store->text, "SELECT 1 FROM sqlite_schema WHERE type = '%s' AND name = ", type);
    native_buffer_string(&store->text, name);
    return has_row(store);
}

static int column_exists(NativeStore *store, NativeText table, NativeText column)
{
    native_buffer_clear(&store->text);
    native_buffer_text(&store->text, "SELECT 1 FROM pragma_table_info(");
    native_buffer_string(&store->text, table);
    native_buffer_text(&store->text, ") WHERE name = ");
    native_buffer_string(&store->text, column);
    return has_row(store);
}

static void write_column(NativeBuffer *sql, const Column *column)
{
    native_buffer_name(sql, column->name);
    native_buffer_format(sql, " %s%s", type_names[column->type],
                         (column->flags & COLUMN_NOT_NULL) != 0 ? " NOT NULL" : "");
    if (column->value.length > 0) {
        native_buffer_text(sql, " DEFAULT ");
        native_buffer_slice(sql, column->value);
    }
}

/* Names of the key columns, with commas between; the record is read again from its first column. */
static void write_key(NativeBuffer *sql, NativeRecord columns, uint32_t count)
{
    const char *comma = "";
    for (uint32_t i = 0; i < count; i++) {
        const Column column = read_column(&columns);
        if ((column.flags & COLUMN_KEY) != 0) {
            native_buffer_text(sql, comma);
            native_buffer_name(sql, column.name);
            comma = ", ";
        }
    }
}

static bool has_key(NativeRecord columns, uint32_t count)
{
    bool key = false;
    for (uint32_t i = 0; i < count; i++) {
        key = (read_column(&columns).flags & COLUMN_KEY) != 0 || key;
    }
    return key;
}

static bool create_table(NativeStore *store, NativeText name, NativeRecord columns, uint32_t count,
                         bool without_rowid)
{
    NativeBuffer *sql = &store->text;
    native_buffer_clear(sql);
    native_buffer_text(sql, "CREATE TABLE ");
    native_buffer_name(sql, name);
    native_buffer_text(sql, "(");
    NativeRecord reader = columns;
    for (uint32_t i = 0; i < count; i++) {
        const Column column = read_column(&reader);
        native_buffer_text(sql, i > 0 ? ", " : "");
        write_column(sql, &column);
    }
    if (without_rowid) {
        native_buffer_text(sql, ", PRIMARY KEY(");
        write_key(sql, columns, count);
        native_buffer_text(sql, ")) WITHOUT ROWID");
    } else {
        native_buffer_text(sql, ")");
    }
    return run_text(store);
}

static bool add_columns(NativeStore *store, NativeText table, NativeRecord columns, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const Column column = read_column(&columns);
        const int there = column_exists(store, table, column.name);
        if (there < 0) {
            return false;
        }
        if (there == 0) {
            native_buffer_clear(&store->text);
            native_buffer_text(&store->text, "ALTER TABLE ");
            native_buffer_name(&store->text, table);
            native_buffer_text(&store->text, " ADD COLUMN ");
            write_column(&store->text, &column);
            if (!run_text(store)) {
                return false;
            }
        }
    }
    return true;
}

/* Runs the CREATE INDEX in `sql` unless the index is there; a table being loaded gets it when it has loaded.
 */
static bool create_index(NativeStore *store, NativeText table, NativeText index, NativeBuffer *sql)
{
    const int there = exists(store, "index", index);
    if (there != 0) {
        return there > 0;
    }
    const char *text = native_buffer_cstr(sql);
    if (text == NULL) {
        return false;
    }
    return store_loading(store, table)
               ? store_load_defer(store, table, index, (NativeText){text, sql->length})
               : store_run(store->writer.db, text);
}

static bool create_key_index(NativeStore *store, NativeText table, NativeRecord columns, uint32_t count)
{
    NativeBuffer name = {0};
    NativeBuffer sql = {0};
    store_key_index_name(&name, table);
    const NativeText index = {name.bytes, name.length};
    native_buffer_text(&sql, "CREATE UNIQUE INDEX ");
    native_buffer_name(&sql, index);
    native_buffer_text(&sql, " ON ");
    native_buffer_name(&sql, table);
    native_buffer_text(&sql, " (");
    write_key(&sql, columns, count);
    native_buffer_text(&sql, ")");
    const bool ok = !name.failed && create_index(store, table, index, &sql);
    native_buffer_free(&name);
    native_buffer_free(&sql);
    return ok;
}

static bool create_indexes(Migration *migration, NativeText table)
{
    NativeRecord *record = &migration->record;
    NativeBuffer sql = {0};
    bool ok = true;
    const uint32_t count = native_record_count(record, 12);
    for (uint32_t i = 0; i < count; i++) {
        const NativeText name = native_record_text(record);
        const bool unique = (native_record_u32(record) & INDEX_UNIQUE) != 0;
        const uint32_t columns = native_record_count(record, 4);
        native_buffer_clear(&sql);
        native_buffer_format(&sql, "CREATE %sINDEX ", unique ? "UNIQUE " : "");
        native_buffer_name(&sql, name);
        native_buffer_text(&sql, " ON ");
        native_buffer_name(&sql, table);
        for (uint32_t c = 0; c < columns; c++) {
            native_buffer_text(&sql, c > 0 ? ", " : " (");
            native_buffer_name(&sql, native_record_text(record));
        }
        native_buffer_text(&sql, ")");
        ok = ok && (record->broken || create_index(migration->store, table, name, &sql));
    }
    native_buffer_free(&sql);
    return ok;
}

static bool bring_table(Migration *migration)
{
    NativeRecord *record = &migration->record;
    NativeStore *store = migration->store;
    const NativeText name = native_record_text(record);
    const bool without_rowid = (native_record_u32(record) & TABLE_WITHOUT_ROWID) != 0;
    const uint32_t count = native_record_count(record, 16);
    const NativeRecord columns = *record;
    for (uint32_t i = 0; i < count; i++) {
        (void)read_column(record);
    }
    if (record->broken) {
        return true; /* told by the caller */
    }
    const int there = exists(store, "table", name);
    const bool ok = there >= 0 && (there > 0 ? add_columns(store, name, columns, count)
                                             : create_table(store, name, columns, count, without_rowid));
    return ok &&
           (without_rowid || !has_key(columns, count) || create_key_index(store, name, columns, count)) &&
           create_indexes(migration, name);
}

/*
 * Our views are dropped before anything else moves, since a view of the old tables can forbid a migration.
 * Views that a person made stay.
 */
static bool drop_views(Migration *migration, NativeRecord views)
{
    const uint32_t count = native_record_count(&views, 8);
    for (uint32_t i = 0; i < count; i++) {
        native_buffer_clear(&migration->store->text);
        native_buffer_text(&migration->store->text, "DROP VIEW IF EXISTS ");
        native_buffer_name(&migration->store->text, native_record_text(&views));
        (void)native_record_text(&views);
        if (!run_text(migration->store)) {
            return false;
        }
    }
    return true;
}

static bool create_views(Migration *migration)
{
    NativeRecord *record = &migration->record;
    bool ok = true;
    const uint32_t count = native_record_count(record, 8);
    for (uint32_t i = 0; i < count; i++) {
        const NativeText name = native_record_text(record);
        const NativeText select = native_record_text(record);
        native_buffer_clear(&migration->store->text);
        native_buffer_text(&migration->store->text, "CREATE VIEW ");
        native_buffer_name(&migration->store->text, name);
        native_buffer_text(&migration->store->text, " AS ");
        native_buffer_slice(&migration->store->text, select);
        ok = ok && (record->broken || select.length == 0 || run_text(migration->store));
    }
    return ok;
}

static bool run_migrations(Migration *migration, NativeRecord record)
{
    const uint32_t count = native_record_count(&record, 8);
    for (uint32_t i = 0; i < count; i++) {
        const int64_t number = native_record_u32(&record);
        native_buffer_clear(&migration->store->text);
        native_buffer_slice(&migration->store->text, native_record_text(&record));
        if (migration->stored >= 0 && number > migration->stored && !run_text(migration->store)) {
            return false;
        }
    }
    return true;
}

/* Steps over the tables: views and migrations stand behind them and have their turn first. */
static NativeRecord find_views(NativeRecord record)
{
    const uint32_t tables = native_record_count(&record, 16);
    for (uint32_t i = 0; i < tables; i++) {
        (void)native_record_text(&record);
        (void)native_record_u32(&record);
        const uint32_t columns = native_record_count(&record, 16);
        for (uint32_t c = 0; c < columns; c++) {
            (void)read_column(&record);
        }
        const uint32_t indexes = native_record_count(&record, 12);
        for (uint32_t x = 0; x < indexes; x++) {
            (void)native_record_text(&record);
            (void)native_record_u32(&record);
            const uint32_t names = native_record_count(&record, 4);
            for (uint32_t n = 0; n < names; n++) {
                (void)native_record_text(&record);
            }
        }
    }
    return record;
}

static NativeRecord find_migrations(NativeRecord views)
{
    const uint32_t count = native_record_count(&views, 8);
    for (uint32_t i = 0; i < count; i++) {
        (void)native_record_text(&views);
        (void)native_record_text(&views);
    }
    return views;
}

/* Whether the record can be read to its end. */
static bool migrations_broken(NativeRecord views)
{
    NativeRecord record = find_migrations(views);
    const uint32_t count = native_record_count(&record, 8);
    for (uint32_t i = 0; i < count; i++) {
        (void)native_record_u32(&record);
        (void)native_record_text(&record);
    }
    return record.broken;
}

/* Beside those of the same number: nothing that they asked for is gone, unless it was a view. */
static bool write_version(Migration *migration, bool has_views)
{
    NativeBuffer *sql = &migration->store->text;
    native_buffer_clear(sql);
    native_buffer_format(
        sql, "DELETE FROM perly_schema WHERE number <> %u%s; INSERT INTO perly_schema VALUES (%u, ",
        migration->number, has_views ? " OR 1" : "", migration->number);
    native_buffer_string(sql, migration->hash);
    native_buffer_text(sql, ")");
    return run_text(migration->store);
}

/* The greatest number in the database; `*same` when the record's schema is there. False on an error. */
static bool read_version(Migration *migration, bool *same)
{
    sqlite3_stmt *statement = NULL;
    const bool ok = sqlite3_prepare_v2(migration->store->writer.db, "SELECT number, hash FROM perly_schema",
                                       -1, &statement, NULL) == SQLITE_OK;
    int step = ok ? sqlite3_step(statement) : SQLITE_ERROR;
    migration->stored = -1;
    *same = false;
    for (; step == SQLITE_ROW; step = sqlite3_step(statement)) {
        const int64_t number = sqlite3_column_int64(statement, 0);
        const NativeText hash = native_text((const char *)sqlite3_column_text(statement, 1));
        migration->stored = number > migration->stored ? number : migration->stored;
        *same = *same || (number == migration->number && native_text_equal(hash, migration->hash));
    }
    (void)sqlite3_finalize(statement);
    return step == SQLITE_DONE;
}

/*
 * A database that a newer version has brought further keeps its views and its number: this version works on
 * it (the rule that a version works on the schema of the next), and only lacks tables and columns of its own
 * configuration.
 */
static bool bring(Migration *migration, NativeRecord views)
{
    const bool newer = migration->stored > (int64_t)migration->number;
    if (!newer && (!drop_views(migration, views) || !run_migrations(migration, find_migrations(views)))) {
        return false;
    }
    const uint32_t tables = native_record_count(&migration->record, 16);
    for (uint32_t i = 0; i < tables; i++) {
        if (!bring_table(migration)) {
            return false;
        }
    }
    const bool has_views = native_record_count(&views, 8) != 0;
    return newer || (create_views(migration) && write_version(migration, has_views));
}

NativeEnd native_store_migrate(NativeStore *store, const char *record, size_t length)
{
    sqlite3 *db = store->writer.db;
    Migration migration = {.store = store, .record = native_record_open(record, length)};
    migration.number = native_record_u32(&migration.record);
    migration.hash = native_record_text(&migration.record);
    const NativeRecord views = find_views(migration.record);
    if (migrations_broken(views)) {
        return store_bad_record("store_migrate");
    }
    bool same = false;
    if (!read_version(&migration, &same)) {
        return store_error(db, "read the version of the database", NATIVE_TEXT(""));
    }
    if (same) {
        return store_ok();
    }
    if (!store_run(db, "BEGIN IMMEDIATE") || !read_version(&migration, &same) || !bring(&migration, views) ||
        migration.record.broken || !store_run(db, "COMMIT")) {
        NativeEnd end = migration.record.broken
                            ? store_bad_record("store_migrate")
                            : store_error(db, "bring the database to this version", NATIVE_TEXT(""));
        (void)store_run(db, "ROLLBACK");
        return end;
    }
    store_statements_clear(&store->writer);
    store->unsettled = true;
    return store_ok();
}
