/*
 * The rows of a Bulk job of scores: entries into CSV, results back to their entries. push_bulk.c is the job.
 */
#ifndef PERLY_SYNC_ACT_PUSH_BULK_ROWS_H
#define PERLY_SYNC_ACT_PUSH_BULK_ROWS_H

#include "sync/act/push_bulk.h"

/* Makes the entries of `push->items` findable by account. ERROR_OUT_OF_MEMORY. */
Error bulk_rows_index(BulkPush *push);

/*
 * Reads what an entry writes. The record lives in `push->page` until the next one is read: ten thousand
 * parsed documents would take ten times the memory of the text that they become. What is kept of it, the item
 * has. One that cannot be written is marked bad, with its error. ERROR_OUT_OF_MEMORY.
 */
Error bulk_rows_read(BulkPush *push, OutboxItem *item, SfRecord *record);

/*
 * Writes `push->csv_text`. An entry that cannot be written is marked bad, with its error; entries beyond
 * BULK_PUSH_BYTES_MAX are left out of the items and wait for the next job. ERROR_OUT_OF_MEMORY.
 */
Error bulk_rows_write(BulkPush *push);

/* The sink of `push->list` of results: gives each indexed entry its event and error. Lives as long as `push`.
 */
Sink bulk_rows_sink(BulkPush *push);

#endif
