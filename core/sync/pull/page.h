/*
 * A page of a query on its way into storage: body -> CSV, or the JSON of REST -> rows -> batches, written in
 * transactions of at most 1 MiB of rows. Bytes never pass through a job: the page is the sink of the request,
 * and a small job beside it writes the batches. While one is being written the body waits, and so does the
 * socket; or, in a first load, the next batch is filled meanwhile, so that a host and its database work side
 * by side.
 *
 *     AWAIT(PAGE, page_fetch(...))   of a stream (stream.h): ends when body and writer have ended
 *     AWAIT(COMMIT, ...)             with page_finish: the last batch and the locator, in one transaction
 */
#ifndef PERLY_SYNC_PULL_PAGE_H
#define PERLY_SYNC_PULL_PAGE_H

#include "csv/reader.h"
#include "job/request.h"
#include "map/mapper.h"
#include "salesforce/bulk_query.h"
#include "salesforce/query_rows.h"
#include "sync/pull/batch.h"

/*
 * The first batch of a stream, which tells how the memory of the next ones is divided. Those of a first load;
 * of a page that fills the next one meanwhile: two of them, and what the socket holds of what the server
 * sent, are less than 4 MiB. JavaScript cannot ask the kernel for less than the 2.4 MiB that it likes to
 * hold; a native host does, and writes larger batches faster.
 *
 * Those that are compared: the more keys are asked about at once, the less often the storage reads a page of
 * its index. Under JavaScript one of them and what is collected (collected.h) take the place of the two.
 */
enum { PAGE_FIRST_BYTES = 1 << 16, PAGE_BATCH_BYTES = 1 << 20 };
#ifdef __wasm__
enum { PAGE_AHEAD_BYTES = 5 << 17, PAGE_COMPARED_BYTES = 5 << 17 };
#else
enum { PAGE_AHEAD_BYTES = PAGE_BATCH_BYTES, PAGE_COMPARED_BYTES = 4 << 20 };
#endif
/*
 * What is written of a compared batch goes in parts, each one transaction: on SQLite of so few rows that the
 * pages read to compare them are still in its cache when they are written, else of as many as make round
 * trips few.
 */
enum { PAGE_PART_BYTES = 1 << 19, PAGE_PART_BYTES_SQLITE = 1 << 16 };
enum { PAGE_SLACK = 1 << 16 };

/*
 * How a page goes into storage. In a first load nothing is compared. A page alone fills the next batch while
 * one is written; one of several side by side does not, since the others are read meanwhile: so two of them
 * need about the memory of one alone.
 */
typedef enum PageWay { PAGE_COMPARED, PAGE_LOADED, PAGE_LOADED_AHEAD } PageWay;

/* What is known of a page before it is fetched. */
typedef struct PageFacts {
    uint64_t rows_most; /* of the whole result: memory is taken by it */
    int64_t seen_ms;    /* end of the window */
    int64_t known_ms;   /* end of the pull before: what was modified earlier is stored with its stamp */
    PageWay way;
} PageFacts;

/* What goes into every transaction of the page: the guard of the lease. */
typedef void PageGuard(void *context, StoreOps *ops);

/* Rows on their way: they are read into one of two, and written from the same or the other. */
typedef struct PageRows {
    Arena arena;
    RowWriter rows;
} PageRows;

/* A page of a query over REST: what was asked for, and what of the result is stored already. */
typedef struct PageQuery {
    const Slice *columns; /* of the SELECT list; NULL: the page is one of Bulk */
    uint32_t column_count;
    uint64_t total_max; /* of a larger result no row is read, where its size is told before them */
    uint64_t before;    /* rows of the pages before this one */
} PageQuery;

typedef struct Page {
    Job writer; /* first: the job that writes batches */
    Job *owner;
    Request request;
    Sink sink;
    PageGuard *guard;
    void *guard_context;
    const Plan *plan;
    int64_t seen_ms;
    int64_t known_ms;
    bool loading; /* an object's first load: nothing is compared */
    bool ahead;   /* the next batch is filled while one is written */

    Mapper mapper;
    CsvReader csv;
    PageQuery query;
    SfQueryRows records; /* of a page of REST, in place of `csv` */
    Arena reader_arena;
    PageRows sides[2];
    PageRows *filling;  /* what rows are read into */
    PageRows *taken;    /* what the writer has; NULL: it waits */
    size_t batch_bytes; /* when a batch is full */
    size_t part_bytes;
    bool few_changed; /* of the batch before: less than a fifth of its rows */
    size_t row_bytes; /* of a row on an average, without its texts; 0: not known */
    size_t text_bytes;
    uint64_t rows_most; /* that the page can have */
    Batch batch;
    Collected collected; /* changed rows, until enough are together or the page ends */
    bool sieved;         /* `taken` is: its changed rows go to `collected` */
    bool flushing;       /* `batch` is what was collected */
    Slice answer;        /* of batch_compare, copied to its arena */
    Buffer rest[2]; /* bytes that came while a batch was being written; read from one, kept in the other */
    uint32_t keep;  /* which is kept in */
    Arena rest_arena;

    bool header_done;
    bool full;    /* `filling` is, and the writer has another */
    bool paused;  /* the body waits: it goes on with `rest` */
    bool waiting; /* the writer waits for a batch */
    bool last;    /* the writer has the page's last batch */
    bool body_over;
    Error closed;            /* what the body ended with */
    SfBulkPage answer_facts; /* of the page fetched: the next locator; valid until the next page_fetch */
    SfQueryPage query_facts; /* the same of a page of REST */
    Error error;             /* the first of mapping or reading: the exchange ends with it */
    uint64_t row_count;
    uint64_t inserted;
    uint64_t changed;
    uint64_t unchanged;
} Page;

/* Sets up arenas; once. Ends with page_close. */
Error page_open(Page *page, Job *owner, const Plan *plan, PageGuard *guard, void *guard_context);
void page_close(Page *page);

/*
 * The effect: fetches the page of `spec` and writes all of it but the last batch. The completion is the
 * request's. ERROR_SF_ROW_COUNT when the rows received are not as many as Sforce-NumberOfRecords says.
 */
void page_fetch(Page *page, const RequestSpec *spec, const PageFacts *facts);

/*
 * The same for a page of REST, which is compared. ERROR_SF_ANSWER for an answer that is none, or has what our
 * JSON refuses (a NUL); ERROR_SF_ROW_COUNT when the pages up to the last one do not have totalSize rows. Of a
 * result larger than total_max nothing is checked: query_facts.total says so.
 */
void page_fetch_query(Page *page, const RequestSpec *spec, const PageQuery *query, const PageFacts *facts);

/* Adds the last batch of the page just fetched. */
Error page_finish(Page *page, StoreOps *ops);

#endif
