/* What the files of the SQLite adapter share; nobody else includes it. */
#ifndef PERLY_HOST_NATIVE_SQLITE_INTERNAL_H
#define PERLY_HOST_NATIVE_SQLITE_INTERNAL_H

#include "perly/host.h"
#include "record.h"
#include "sqlite.h"
#include "time_text.h"
#include <sqlite3.h>

enum { STATEMENTS_MAX = 256, READERS_MAX = 16, STORE_PATH_MAX = 4096, READER_CACHE_KIB = 1024 };

/* 6 MiB hold the inner pages of the indexes of ten million rows. */
enum { WRITER_CACHE_KIB = 6144 };

/* A sort takes as much memory as the cache, beside it: each gets half while indexes are made. */
enum { SORTING_CACHE_KIB = WRITER_CACHE_KIB / 2 };

/* A prepared statement, kept by the bytes that named it. */
typedef struct StoreStatement {
    char *key;
    size_t key_length;
    uint64_t hash;
    sqlite3_stmt *handle;
} StoreStatement;

typedef struct StoreConnection {
    sqlite3 *db;
    StoreStatement statements[STATEMENTS_MAX];
    uint32_t statement_count;
    bool used; /* by an open query */
} StoreConnection;

struct NativeStore {
    StoreConnection writer;
    StoreConnection *readers[READERS_MAX];
    uint32_t reader_count;
    NativeBuffer text; /* SQL being written */
    char path[STORE_PATH_MAX];
    int wal; /* descriptor of the write-ahead log, or -1 */
    bool unsettled;
    bool sweeping_down; /* the keys of the next comparison by hashes alone are asked about from the last one
                           on */
};

/* Ends: of success, of a text, of SQLite's last error on `db` with the words for what was tried. */
NativeEnd store_ok(void);
NativeEnd store_failed(const char *text);
NativeEnd store_error(sqlite3 *db, const char *tried, NativeText name);
NativeEnd store_no_memory(void);
NativeEnd store_bad_record(const char *port);
NativeEnd store_bad_row(void);

/* Runs SQL without parameters or rows. */
bool store_run(sqlite3 *db, const char *sql);

/* sqlite_open.c */
bool store_connection_open(StoreConnection *connection, const char *path, int cache_kib);
void store_cache(sqlite3 *db, int kib);
void store_connection_close(StoreConnection *connection);

/*
 * sqlite_statement.c. The statement kept under `key`, reset and without bindings, or NULL when there is none.
 * store_statement_add prepares and keeps one; NULL when SQL is wrong or memory is short (sqlite3_errmsg
 * tells).
 */
sqlite3_stmt *store_statement_find(StoreConnection *connection, NativeText key);
sqlite3_stmt *store_statement_add(StoreConnection *connection, NativeText key, NativeText sql);
void store_statements_clear(StoreConnection *connection);

/* A statement of a record (name, SQL, parameter types). */
typedef struct StoreCall {
    NativeText name;
    NativeText sql;
    uint32_t types[NATIVE_COLUMNS_MAX];
    uint32_t type_count;
} StoreCall;

/* False when the record is broken. */
bool store_call_read(NativeRecord *record, StoreCall *call);
sqlite3_stmt *store_call_prepare(StoreConnection *connection, const StoreCall *call);

/* Reads `count` types; false when one is none. */
bool store_types_read(NativeRecord *record, uint32_t *types, uint32_t count);

/*
 * sqlite_row.c. Binds rows of a batch to parameters 1.. of a statement, one row after the other; texts in
 * place: they must outlive the step. A value that is bound already (a null, a time that all rows have) is not
 * bound again.
 */
typedef struct StoreBound {
    NativeTimePrinter printer; /* of the time bound last */
    bool time;
    bool null;
} StoreBound;

typedef struct StoreBinder {
    sqlite3_stmt *statement;
    const NativeBatch *batch;
    const uint32_t *types;
    StoreBound bound[NATIVE_COLUMNS_MAX];
} StoreBinder;

/* The statement's parameters must all be null, as they are after sqlite3_clear_bindings. */
void store_binder_init(StoreBinder *binder, sqlite3_stmt *statement, const NativeBatch *batch,
                       const uint32_t *types);

/* False when a slot is broken or absent. */
bool store_bind_row(StoreBinder *binder, uint32_t row);

/* One row, whose texts SQLite copies. */
bool store_bind_row_copied(sqlite3_stmt *statement, const NativeBatch *batch, uint32_t row,
                           const uint32_t *types);

/* Bytes of texts that the statement's row would add to a batch. */
size_t store_row_heap_bytes(sqlite3_stmt *statement, const uint32_t *types, uint32_t count, int first);

/*
 * Adds the statement's row, from result column `first` on, to a batch. False when a value is no value of its
 * type (a time that a person edited).
 */
bool store_read_row(sqlite3_stmt *statement, NativeBatchWriter *writer, const uint32_t *types, uint32_t count,
                    int first);

/* sqlite_load.c: the tables between LOAD_BEGIN and LOAD_END. All inside of the caller's transaction. */
NativeEnd store_load_begin(NativeStore *store, NativeText table);
NativeEnd store_load_end(NativeStore *store, NativeText table, const NativeText *order, uint32_t order_count);
bool store_loading(NativeStore *store, NativeText table);

/* Puts a CREATE INDEX aside while its table is loading; LOAD_END runs it. */
bool store_load_defer(NativeStore *store, NativeText table, NativeText index, NativeText sql);

/* The index of a table's key is named after it: account_key. */
void store_key_index_name(NativeBuffer *buffer, NativeText table);

#endif
