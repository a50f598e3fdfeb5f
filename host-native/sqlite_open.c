/* Opening, closing, errors, durability. */
#include "files.h"
#include "sqlite_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Measured with 25 columns: pages of 16 KiB write fastest. */
enum { PAGE_BYTES = 16384, LOG_BYTES_KEPT = 64 << 20, BUSY_MS = 1000 };

void native_end_free(NativeEnd *end)
{
    native_buffer_free(&end->payload);
}

NativeEnd store_ok(void)
{
    return (NativeEnd){PERLY_END_OK, {0}};
}

NativeEnd store_failed(const char *text)
{
    NativeEnd end = {PERLY_END_FAILED, {0}};
    native_buffer_text(&end.payload, text);
    return end;
}

NativeEnd store_no_memory(void)
{
    return store_failed("there is not enough memory");
}

NativeEnd store_bad_record(const char *port)
{
    NativeEnd end = {PERLY_END_FAILED, {0}};
    native_buffer_format(&end.payload, "the record of %s is not as host.h draws it", port);
    return end;
}

NativeEnd store_bad_row(void)
{
    return store_failed(
        "a row has a value that cannot be stored: a time outside of the years 1 to 9999, an absent "
        "value, or a text outside of its batch");
}

static uint32_t end_of(sqlite3 *db)
{
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return PERLY_END_BUSY;
    case SQLITE_FULL: return PERLY_END_FULL;
    case SQLITE_IOERR: {
        const int reason = sqlite3_system_errno(db);
        return reason == ENOSPC || reason == EDQUOT ? PERLY_END_FULL : PERLY_END_FAILED;
    }
    default: return PERLY_END_FAILED;
    }
}

NativeEnd store_error(sqlite3 *db, const char *tried, NativeText name)
{
    NativeEnd end = {end_of(db), {0}};
    native_buffer_format(&end.payload, "%s%s%.*s: %s", tried, name.length > 0 ? " " : "", (int)name.length,
                         name.bytes, sqlite3_errmsg(db));
    const int code = sqlite3_errcode(db) & 0xff;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
        /* A log that is left would be played into the copy. */
        native_buffer_text(&end.payload,
                           ". The file is damaged: move it away with its -wal and -shm, then put a copy "
                           "that perly backup made in its place, or run perly connect");
    }
    return end;
}

bool store_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

bool store_connection_open(StoreConnection *connection, const char *path, int cache_kib)
{
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(path, &connection->db, flags, NULL) != SQLITE_OK) {
        return false;
    }
    char pragmas[256];
    (void)snprintf(
        pragmas, sizeof pragmas,
        "PRAGMA page_size=%d; PRAGMA cache_size=-%d; PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=%d;"
        "PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;",
        PAGE_BYTES, cache_kib, LOG_BYTES_KEPT);
    return sqlite3_busy_timeout(connection->db, BUSY_MS) == SQLITE_OK && store_run(connection->db, pragmas);
}

void store_cache(sqlite3 *db, int kib)
{
    char pragma[64];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA cache_size=-%d", kib);
    (void)store_run(db, pragma); /* memory is all that depends on it */
}

void store_connection_close(StoreConnection *connection)
{
    store_statements_clear(connection);
    (void)sqlite3_close_v2(connection->db);
    connection->db = NULL;
}

/* A limit for the tests of a full disk. */
static bool limit_pages(sqlite3 *db)
{
    const char *pages = getenv("PERLY_TEST_STORE_PAGES");
    if (pages == NULL) {
        return true;
    }
    char pragma[64];
    (void)snprintf(pragma, sizeof pragma, "PRAGMA max_page_count=%ld", strtol(pages, NULL, 10));
    return store_run(db, pragma);
}

static bool make_tables(sqlite3 *db)
{
    return store_run(db,
                     "CREATE TABLE IF NOT EXISTS perly_schema(number INTEGER NOT NULL, hash TEXT NOT NULL);"
                     "CREATE TABLE IF NOT EXISTS perly_loading(table_name TEXT NOT NULL, index_name TEXT NOT "
                     "NULL, sql TEXT NOT NULL, PRIMARY KEY(table_name, index_name)) WITHOUT ROWID;");
}

/* SQLite makes files with the mode 0644; what comes from a customer's CRM is for its owner only. */
static bool make_private(const char *path)
{
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return file >= 0 && close(file) == 0;
}

/*
 * Of the whole process; refused, and not needed, after the first use. One thread, no counting of memory;
 * pages one at a time (else 20 for every connection); no mapping of the sorter's files, which would be
 * resident as a whole; a sorter of 1 MiB where the cache is small.
 */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    (void)sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, (sqlite3_int64)0, (sqlite3_int64)0);
    (void)sqlite3_config(SQLITE_CONFIG_PMASZ, (1 << 20) / PAGE_BYTES);
}

NativeEnd native_store_open(const char *path, NativeStore **store)
{
    *store = NULL;
    configure();
    NativeStore *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return store_no_memory();
    }
    made->wal = -1;
    const int length = snprintf(made->path, sizeof made->path, "%s", path);
    if (length < 0 || (size_t)length >= sizeof made->path - sizeof "-wal") {
        free(made);
        return store_failed("the path of the database is too long");
    }
    if (!make_private(path) || !store_connection_open(&made->writer, path, WRITER_CACHE_KIB) ||
        !limit_pages(made->writer.db) || !make_tables(made->writer.db)) {
        NativeEnd end = {PERLY_END_FAILED, {0}};
        if (made->writer.db != NULL) {
            end = store_error(made->writer.db, "open", native_text(path));
        } else {
            native_buffer_format(&end.payload, "open %s: %s", path, strerror(errno));
        }
        native_store_close(made);
        return end;
    }
    *store = made;
    return store_ok();
}

void native_store_close(NativeStore *store)
{
    if (store == NULL) {
        return;
    }
    for (uint32_t i = 0; i < store->reader_count; i++) {
        store_connection_close(store->readers[i]);
        free(store->readers[i]);
    }
    store_connection_close(&store->writer);
    if (store->wal >= 0) {
        (void)close(store->wal);
    }
    native_buffer_free(&store->text);
    free(store);
}

bool native_store_settle(NativeStore *store)
{
    if (!store->unsettled) {
        return true;
    }
    if (store->wal < 0) {
        char path[STORE_PATH_MAX + sizeof "-wal"];
        (void)snprintf(path, sizeof path, "%s-wal", store->path);
        store->wal = open(path, O_RDWR | O_CLOEXEC);
    }
    if (store->wal < 0 || fdatasync(store->wal) != 0) {
        return false;
    }
    store->unsettled = false;
    return true;
}

/* A copy that is whole on the disk, or an error; what there is of it then is the caller's to remove. */
static NativeEnd copy_to(NativeStore *store, const char *part)
{
    native_buffer_clear(&store->text);
    native_buffer_text(&store->text, "VACUUM INTO ");
    native_buffer_string(&store->text, native_text(part));
    const char *sql = native_buffer_cstr(&store->text);
    if (sql == NULL) {
        return store_no_memory();
    }
    if (!store_run(store->writer.db, sql)) {
        return store_error(store->writer.db, "copy the database to", native_text(part));
    }
    return native_file_sync(part) ? store_ok()
                                  : store_failed(strerror(errno)); /* SQLite leaves that to its caller */
}

/* A link fails where the name is taken meanwhile; a file system without links has rename alone. */
static bool give_name(const char *part, const char *path)
{
    return link(part, path) == 0 ? unlink(part) == 0 : errno != EEXIST && rename(part, path) == 0;
}

NativeEnd native_store_backup(NativeStore *store, const char *path)
{
    char part[STORE_PATH_MAX];
    const int length = snprintf(part, sizeof part, "%s.part-%ld", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof part) {
        return store_failed("the path of the copy is too long");
    }
    if (!make_private(part)) {
        NativeEnd end = {PERLY_END_FAILED, {0}};
        native_buffer_format(&end.payload, "the file cannot be made: %s", strerror(errno));
        return end;
    }
    NativeEnd end = copy_to(store, part);
    if (end.end == PERLY_END_OK && !(give_name(part, path) && native_file_sync(path))) {
        end = store_failed(strerror(errno));
    }
    if (end.end != PERLY_END_OK) {
        (void)unlink(part);
    }
    return end;
}
