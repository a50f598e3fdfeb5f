/*
 * Queries over REST: for small objects, look-ups, and what Bulk refuses (AccountFeed, permission
 * rows). At most 2,000 rows a page; a cursor lives two days.
 */
#ifndef PERLY_SALESFORCE_QUERY_H
#define PERLY_SALESFORCE_QUERY_H

#include "job/request.h"
#include "json/document.h"

/* Which of the three: query hides the recycle bin and archived activities, queryAll shows them. */
typedef enum SfQueryKind { SF_QUERY, SF_QUERY_ALL, SF_QUERY_TOOLING } SfQueryKind;

/*
 * The statement goes into the URL: ERROR_SF_REQUEST_TOO_LONG when it does not fit; select fewer columns and
 * join by Id, or use Bulk.
 */
Error sf_query(Arena *arena, Slice version, SfQueryKind kind, Slice soql, RequestSpec *spec);

enum { SF_QUERY_BATCH_MIN = 200, SF_QUERY_BATCH_MAX = 2000 };

/*
 * Asks for pages of about `rows` records, within the limits that Salesforce has for it (REST API Developer
 * Guide, "Query Options Header"): added to the spec of a query; its next pages keep to it. The page is
 * shorter where records are wide.
 */
Error sf_query_batch(Arena *arena, uint32_t rows, RequestSpec *spec);

typedef struct SfQueryPage {
    uint64_t total;  /* rows of the whole result */
    uint64_t rows;   /* of this page */
    bool done;       /* this was the last page */
    Slice next_path; /* for sf_query_next; empty when done */
} SfQueryPage;

/* A row. Valid during the call. An error ends the reading with that error. */
typedef Error SfQueryRow(void *context, JsonValue record);

/*
 * Reads a page and calls `row` (unless NULL) for each record, parsed in `scratch` one after the other. The
 * page's next_path lives in `arena`. ERROR_SF_ANSWER for another document, and for a page that is neither
 * done nor names the next one. Two different arenas; error messages may live in `scratch`.
 */
Error sf_query_read(Arena *arena, Arena *scratch, Slice body, SfQueryRow *row, void *context,
                    SfQueryPage *page);

/* The next page. ERROR_SF_ANSWER unless the path is one of Salesforce's data API. */
Error sf_query_next(Arena *arena, Slice next_path, RequestSpec *spec);

#endif
