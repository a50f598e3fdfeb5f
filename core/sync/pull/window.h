/*
 * Which window of SystemModstamp a pull reads next. Windows are closed on both sides and follow one another
 * up to the pull's goal; there is one of them unless Salesforce took too long for it.
 *
 * One that took too long is halved: by time, and where that does not help (many rows with one stamp, as after
 * a mass load) by Id. Ranges of ids follow one another within a window as windows do, the last without an end
 * (salesforce/id_range.h says why no row is missed, in whatever order Salesforce compares ids).
 */
#ifndef PERLY_SYNC_PULL_WINDOW_H
#define PERLY_SYNC_PULL_WINDOW_H

#include "sync/pull/pull.h"

/*
 * Decides between the job that the checkpoint names, the next window of a pull that is under way, and a new
 * pull: from the end of the last one less the overlap to the server's time less the lag. ERROR_SF_ANSWER when
 * no answer told the server's time.
 */
Error window_open(Pull *pull);

/* The window is read, or its range of ids: the next one. */
void window_go_on(Pull *pull);

/* The same again, by another job: the one it had is gone. */
void window_anew(Pull *pull);

/* The fields that the plan selects and the org has; the list lives in pull->memory. ERROR_OUT_OF_MEMORY. */
Error window_fields(Pull *pull, const Slice **names, size_t *count);

/* The statement that reads those fields, or some of them, of the window's rows. */
Error window_soql(Pull *pull, const Slice *names, size_t count, Slice *soql);

/*
 * The job of the window was created at pull->bulk.created_ms, by the clock that stamps records: what is
 * stamped after that, or late, is left to the next pull, whatever the window's end says, which comes from
 * another clock.
 */
void window_cap(Pull *pull);

/*
 * After pull->refused: true when half of the window or of its ids is tried, or once in a cycle the same
 * window again; and makes it. A halving by Id needs pull->ids, asked anew each time, and window_wants_ids
 * tells so before: ids lie in clusters with wide gaps between them, so that half of what is there is not half
 * of the numbers.
 */
bool window_wants_ids(const Pull *pull);
bool window_again(Pull *pull);

/* The server's time at which the pull's first job was created: what the pull read is not older. */
int64_t window_asked_ms(const Pull *pull);

/* Marks the accounts of the window's rows that name none (marking.h): with the transaction that ends it. */
void window_mark(const Pull *pull, StoreOps *ops);

/* The same of a window that was stopped, with the transaction that opens the one in its place. */
void window_mark_stopped(Pull *pull, StoreOps *ops);

#endif
