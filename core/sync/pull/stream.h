/*
 * Reading the pages of a pull's Bulk job; what rest.c reads by REST is one stream as well. A stream is a job
 * that fetches a page, commits its last batch and takes the next one. There is one of them, which goes on by
 * locator; or, where rows are not compared, the job has more of them than a page, and Salesforce links to its
 * pages (salesforce/bulk_query.h), several side by side: one connection to Salesforce brings a few megabytes
 * a second, whatever there is besides. Comparing waits for the database, and needs the memory of two streams
 * for one.
 *
 * The first stream of each pull always runs. Further ones share PULL_STREAMS_ALL places of a session, so that
 * the first load of all objects needs no more memory for it.
 *
 * Near a deadline pages must be short, which Salesforce's are not: then the first page that is not stored and
 * all behind it are read by locator. A list that cannot be had costs nothing but its call.
 */
#ifndef PERLY_SYNC_PULL_STREAM_H
#define PERLY_SYNC_PULL_STREAM_H

#include "sync/pull/page.h"
#include "sync/pull/pull.h"

enum { PULL_STREAMS_MAX = 2, PULL_STREAMS_ALL = 12 };

struct PullStream {
    Job job; /* first */
    Pull *pull;
    bool running;
    uint64_t number; /* of the page, in the list */
    Slice link;
    Page page;
    bool page_open;
    Request request; /* for links */
    RequestSpec spec;
    double began_ms;
};

/* None is under way, and no page is read. ERROR_OUT_OF_MEMORY. */
Error streams_reset(Pull *pull);

/* Begins a stream of that kind of job as an effect of the pull: the streams of stream.c, or that of rest.c.
 */
void stream_begin(Pull *pull, const JobKind *kind);

/* The kind's `close`. */
void stream_close(Job *job);

/* Room for the stream's pages; once. */
Error stream_open_page(PullStream *stream);

/* As many rows as a page may have: few where a deadline is near. */
uint32_t stream_page_rows(const Pull *pull);

/* Adds the last batch of the page and where the next one is. */
Error stream_store_page(PullStream *stream, StoreOps *ops);

/* Counts the page that was stored, and tells of it. */
void stream_count_page(PullStream *stream);

/*
 * Decides how the pages of the job are read: as the checkpoint says, else side by side where that pays. Once
 * a window, before streams_start. ERROR_OUT_OF_MEMORY.
 */
Error streams_open(Pull *pull);

/* The effect: ends when no page is left, or none is begun any more. */
void streams_start(Pull *pull);

/*
 * True when a list did not bring all rows of the job: streams_start then reads them by locator. What came is
 * not counted twice.
 */
bool streams_missed(Pull *pull);

#endif
