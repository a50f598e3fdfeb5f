/*
 * The storage ports on one SQLite file, exactly as perly/host.h asks. Every call is done when the function
 * returns, except a query, which gives its rows batch by batch on a connection (and so a snapshot) of its
 * own.
 *
 *     NativeStore *store = NULL;
 *     NativeEnd end = native_store_open("perly.db", &store);
 *     end = native_store_apply(store, record, length);
 *     native_end_free(&end);
 *     native_store_close(store);
 *
 * Records are as host.h draws them. One thread at a time uses a store; another process may read the file.
 */
#ifndef PERLY_HOST_NATIVE_SQLITE_H
#define PERLY_HOST_NATIVE_SQLITE_H

#include "buffer.h"

/* How a call ended: PERLY_END_..., and its payload or, when it failed, a text for a person. */
typedef struct NativeEnd {
    uint32_t end;
    NativeBuffer payload;
} NativeEnd;

void native_end_free(NativeEnd *end);

typedef struct NativeStore NativeStore;
typedef struct NativeQuery NativeQuery;

/*
 * Opens or makes the file, mode 0600. FAILED when it cannot, `*store` is then NULL. A fault of the tests' own
 * making: the environment variable PERLY_TEST_STORE_PAGES bounds the file's size, which ends in FULL.
 */
NativeEnd native_store_open(const char *path, NativeStore **store);

/* Ends open queries first. NULL is allowed. */
void native_store_close(NativeStore *store);

NativeEnd native_store_migrate(NativeStore *store, const char *record, size_t length);
NativeEnd native_store_apply(NativeStore *store, const char *record, size_t length);
NativeEnd native_store_compare(NativeStore *store, const char *record, size_t length);

/*
 * Begins a query: the snapshot is taken now. OK and `*query` is to be read and closed; otherwise `*query` is
 * NULL and the end is the query's end.
 */
NativeEnd native_store_query(NativeStore *store, const char *record, size_t length, NativeQuery **query);

/*
 * The next batch of rows into `batch` (cleared first), which stays empty when there are no more. An end other
 * than OK is the query's end; it is to be closed all the same.
 */
NativeEnd native_query_rows(NativeQuery *query, NativeBuffer *batch);
void native_query_close(NativeQuery *query);

/*
 * Everything committed is on the disk when this returns true. Commits themselves wait only for the kernel
 * (synchronous=NORMAL): the loop calls this before each HTTP request, so that nothing is said to the outside
 * that a loss of power could make the database forget. Costs nothing when nothing was committed since.
 */
bool native_store_settle(NativeStore *store);

/*
 * Copies the database, consistently, to a new file, by way of one beside it: it is there whole or not at all.
 * For `perly backup`.
 */
NativeEnd native_store_backup(NativeStore *store, const char *path);

#endif
