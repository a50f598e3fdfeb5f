/*
 * Changed rows on their way into storage, collected over the batches of a page until enough are together: of
 * a batch of which little changed each row that is written dirties pages of the table, its indexes, the log
 * and the dirty accounts for itself, and rows that are written together in order of Id share most of them.
 *
 * A key that comes again while its row waits waits too, though it is as the stored one: it may be the newer
 * of the two. Which one counts is decided when they are written together (batch_open).
 */
#ifndef PERLY_SYNC_PULL_COLLECTED_H
#define PERLY_SYNC_PULL_COLLECTED_H

#include "row/row.h"

/*
 * Enough to be written: 4,000 rows of 25 columns, 8 % of a page of 50,000. Under JavaScript a quarter of
 * them: with a batch and the socket they are what the server was let send ahead (page.h).
 */
#ifdef __wasm__
enum { COLLECTED_BYTES = 5 << 17 };
#else
enum { COLLECTED_BYTES = 5 << 19 };
#endif

typedef struct Collected {
    Arena arena;
    RowSchema schema; /* of the rows; its first column is the key */
    RowWriter rows;
    unsigned char *marks; /* a bit a hash of a key that waits; NULL: nothing does */
} Collected;

/* Empty; allocates nothing. Ends with collected_close. */
void collected_open(Collected *collected, const Allocator *allocator, const RowSchema *schema);
void collected_close(Collected *collected);

/* Forgets the rows; memory is kept. */
void collected_clear(Collected *collected);

/* Adds a row of `batch`, which has the schema. ERROR_OUT_OF_MEMORY: it does not wait, the others do. */
Error collected_add(Collected *collected, const RowBatch *batch, uint32_t row);

/* A row of this key waits; in one case of 130 it says so of a key of which none does. */
bool collected_may_have(const Collected *collected, Slice key);

bool collected_is_empty(const Collected *collected);

/* There are enough to be written. */
bool collected_is_full(const Collected *collected);

#endif
