/* Records for tests of the native adapters, written as the core writes them. */
#ifndef PERLY_TESTS_HOST_NATIVE_RECORDS_H
#define PERLY_TESTS_HOST_NATIVE_RECORDS_H

#include "record.h"
#include "sqlite.h"

/* A schema of one table "account" (id key, name, hash, stamp, seen, score) with an index on (id, hash). */
void records_schema(NativeBuffer *record, uint32_t number, const char *hash);

typedef struct RecordsRow {
    const char *id;
    const char *name; /* NULL: null */
    int64_t hash;
    int64_t stamp;
    int64_t seen;
    double score;
} RecordsRow;

/* An apply record of `count` operations is begun by its count. */
void records_upsert(NativeBuffer *record, const RecordsRow *rows, uint32_t count);
void records_load(NativeBuffer *record, uint32_t kind, const char *table);
void records_statement(NativeBuffer *record, const char *name, const char *sql);
void records_guard(NativeBuffer *record, const char *name, const char *sql, uint32_t rows);
void records_compare(NativeBuffer *record, const RecordsRow *rows, uint32_t count);

/* A query of one text column without parameters. */
void records_query(NativeBuffer *record, const char *name, const char *sql, uint32_t batch_bytes);

#endif
