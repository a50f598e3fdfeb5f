/*
 * A line of `status`: an event {"event":"status","name":...,"ok":...,"text":...}, and the words that texts
 * are made of.
 */
#ifndef PERLY_SYNC_ADMIN_STATUS_LINE_H
#define PERLY_SYNC_ADMIN_STATUS_LINE_H

#include "sync/run/query.h"

/* Begins the event in query->row; one that is not ok makes the command's exit code 3. */
void status_begin(Query *query, Event *event, Slice name, bool ok, const Buffer *text);

/* ", 12 changed"; without the comma in front. `what` as buffer_append_counted takes it. */
void status_append_count(Buffer *text, int64_t count, Slice what);

/* "2026-11-23T08:00:00Z", or "never". */
void status_append_time(Buffer *text, RowView row, uint32_t column);

/* "3 h", "2 days": of how long. */
void status_append_age(Buffer *text, int64_t ms);

#endif
