/*
 * Which window of SystemModstamp a pull reads next. Windows are closed on both sides and follow one another
 * up to the pull's goal; there is one of them unless Salesforce took too long for it.
 */
#ifndef PERLY_SYNC_WINDOW_H
#define PERLY_SYNC_WINDOW_H

#include "sync/pull.h"

/*
 * Decides between the job that the checkpoint names, the next window of a pull that is under way, and a new
 * pull: from the end of the last one less the overlap to the server's time less the lag. ERROR_SF_ANSWER when
 * no answer told the server's time.
 */
Error window_open(Pull *pull);

/* From checkpoint.from_ms on: up to the goal or, after a window that took too long, as long as its half. */
void window_next(Pull *pull);

/*
 * The job of the window was created at pull->bulk.created_ms, by the clock that stamps records: what is
 * stamped after that, or late, is left to the next pull, whatever the window's end says, which comes from
 * another clock.
 */
void window_cap(Pull *pull);

/*
 * After pull->refused: true when half the window shall be tried, at most PULL_HALVINGS_MAX times in
 * succession, or once in a cycle the same window again. window_next makes it.
 */
bool window_again(Pull *pull);

/* The server's time at which the pull's first job was created: what the pull read is not older. */
int64_t window_asked_ms(const Pull *pull);

/* Marks the accounts of the window's rows that name none (marking.h): with the transaction that ends it. */
void window_mark(const Pull *pull, StoreOps *ops);

/* The same of a window that was stopped, with the transaction that opens the one in its place. */
void window_mark_stopped(Pull *pull, StoreOps *ops);

#endif
