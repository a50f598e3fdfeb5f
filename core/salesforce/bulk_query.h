/*
 * Bulk API 2.0 query jobs: create, poll until JobComplete, page through the results, delete.
 *
 *     sf_bulk_query_create -> sf_bulk_job_read -> (sf_bulk_query_poll -> sf_bulk_job_read)*
 *     -> (sf_bulk_query_page -> CSV to the sink, sf_bulk_page_read of its headers)* until page.last
 *
 * A job of many rows may be read side by side instead: sf_bulk_query_links names up to five of its pages at a
 * time, in order, and sf_bulk_query_linked reads one, whatever becomes of the others (Bulk API 2.0 Developer
 * Guide, "Get Parallel Results for a Query Job"; every version from SF_VERSION_OLDEST on has it).
 *
 * `version` is the one that created the job, from its checkpoint: results are refused at any other.
 */
#ifndef PERLY_SALESFORCE_BULK_QUERY_H
#define PERLY_SALESFORCE_BULK_QUERY_H

#include "job/request.h"

/*
 * A queryAll job: with the recycle bin, merged and archived records. A create whose answer is lost is
 * repeated: the other job then lapses by itself in 7 days, which costs one of 10,000 a day and writes
 * nothing.
 */
Error sf_bulk_query_create(Arena *arena, Slice version, Slice soql, RequestSpec *spec);

Error sf_bulk_query_poll(Arena *arena, Slice version, Slice job_id, RequestSpec *spec);

/*
 * One page of results into `sink`. `rows_max` caps the page (0: the server's choice); a page may be shorter
 * and is not the last for that. `locator` is empty for the first page, else what sf_bulk_page_read gave.
 */
Error sf_bulk_query_page(Arena *arena, Slice version, Slice job_id, uint32_t rows_max, Slice locator,
                         const Sink *sink, RequestSpec *spec);

/* As many pages as an answer links to at most, by the documentation; another one has fewer of use to us. */
enum { SF_BULK_LINKS_MAX = 5 };

/*
 * Links to pages, in the order of the result. A link is what stands behind the '?' of its URL: the path is
 * ours to build. How many rows its page has is Salesforce's choice.
 */
typedef struct SfBulkLinks {
    Slice pages[SF_BULK_LINKS_MAX];
    uint32_t count;
    bool has_next;
    Slice next; /* link of the list that follows; empty when there is none */
} SfBulkLinks;

/* Asks for a list of links: the first one for an empty `link`, else the one that `next` named. */
Error sf_bulk_query_links(Arena *arena, Slice version, Slice job_id, Slice link, RequestSpec *spec);

/*
 * Reads that answer; links live in `arena`. The keys are taken in both spellings that Salesforce documents.
 * ERROR_SF_ANSWER for another document, for more links than SF_BULK_LINKS_MAX, for one that is not of this
 * kind, and for a list that is neither done nor names the next one.
 */
Error sf_bulk_links_read(Arena *arena, Slice body, SfBulkLinks *links);

/* The page of a link into `sink`. Its Sforce-Locator means nothing: the list says what follows. */
Error sf_bulk_query_linked(Arena *arena, Slice version, Slice job_id, Slice link, const Sink *sink,
                           RequestSpec *spec);

/*
 * The locator in a link, from which sf_bulk_query_page reads that page and those behind it. `*found` is false
 * when the link has none. ERROR_SF_ANSWER for one that is not well encoded.
 */
Error sf_bulk_link_locator(Arena *arena, Slice link, Slice *locator, bool *found);

typedef struct SfBulkPage {
    bool last;
    Slice locator; /* of the next page; empty when last; points into the headers */
    bool has_rows; /* Sforce-NumberOfRecords was there */
    uint64_t rows; /* that this page must have had */
} SfBulkPage;

/*
 * Reads the headers of a page. The end is the locator "null", the word; a missing or empty locator is a
 * broken intermediary and ERROR_SF_ROW_COUNT, never an end.
 */
Error sf_bulk_page_read(Slice headers, SfBulkPage *page);

/* ERROR_SF_ROW_COUNT, with both numbers, unless the page had as many rows as it announced. */
Error sf_bulk_page_check(Arena *arena, const SfBulkPage *page, uint64_t rows);

/* Only once the rows are committed: a job is deleted after its download, not before. */
Error sf_bulk_query_delete(Arena *arena, Slice version, Slice job_id, RequestSpec *spec);

Error sf_bulk_query_abort(Arena *arena, Slice version, Slice job_id, RequestSpec *spec);

#endif
