/*
 * A small window of what changed, read by REST: GET queryAll and its next pages, in place of a Bulk job that
 * is made, polled and fetched. One call an object where nothing changed, and no Bulk query of the day.
 *
 * Chosen by salesforce.small_windows, and by itself while Bulk queries are short (budget.h). A first load,
 * columns read anew and the lists of a sweep read all rows of an object: they are Bulk's. The first page
 * tells how many rows the window has: of more than REST_ROWS_MAX it is left to Bulk, which is cheaper then
 * (Bulk API 2.0 Developer Guide, "Bulk API 2.0 Query"); while Bulk is short REST reads on up to
 * REST_ROWS_SHORT_MAX.
 *
 * Rows go the way of Bulk's (page.h), and a page is stored together with the path of the next one. A cursor
 * lives two days, and ten of them a user: when it is gone, the window is begun anew, and left to Bulk when
 * that happens again.
 */
#ifndef PERLY_SYNC_PULL_REST_H
#define PERLY_SYNC_PULL_REST_H

#include "sync/pull/pull.h"

enum { REST_ROWS_MAX = 2000, REST_ROWS_SHORT_MAX = 50000, REST_CURSORS_MAX = 3 };

/* The window at hand is to be read by REST, or goes on so. */
bool rest_applies(const Pull *pull);

/*
 * The effect: reads the window. Then pull->rest_read tells whether it did, to the end and the checkpoint with
 * it; if not, rest_applies tells whether to begin anew or to leave it to Bulk.
 */
void rest_start(Pull *pull);

#endif
