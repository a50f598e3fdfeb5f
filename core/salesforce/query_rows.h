/*
 * The records of a page of a REST query as they arrive: each comes out as the texts that Bulk's CSV has for
 * it, one a field of the SELECT list and in its order, so that what follows knows one form of rows alone.
 * Memory is bounded by the longest record.
 *
 *     SfQueryRows rows = {.columns = columns, .column_count = 3, .total_max = UINT64_MAX, .take = take,
 * .context = x}; RETURN_IF_ERROR(sf_query_rows_begin(&rows, arena));
 *     RETURN_IF_ERROR(sf_query_rows_feed(&rows, bytes, false));
 *     RETURN_IF_ERROR(sf_query_rows_feed(&rows, SLICE(""), true));
 *     RETURN_IF_ERROR(sf_query_rows_end(&rows, &page));
 */
#ifndef PERLY_SALESFORCE_QUERY_ROWS_H
#define PERLY_SALESFORCE_QUERY_ROWS_H

#include "json/split.h"
#include "salesforce/query.h"

/*
 * A record: a text for each column, empty for null. Numbers are in their shortest form, times as REST writes
 * them
 * ("2026-11-23T08:00:00.000+0000"). `record` is its JSON. All are valid during the call; an error ends the
 * reading.
 */
typedef Error SfQueryTake(void *context, const Slice *cells, Slice record);

typedef struct SfQueryRows {
    const Slice *columns; /* of the SELECT list: "Name", "Owner.Name" */
    uint32_t column_count;
    uint64_t total_max; /* records of a larger result are passed over, where its size is told before them */
    SfQueryTake *take;
    void *context;

    Arena *arena;
    Slice *cells;
    JsonSplitter splitter;
    bool passes_over;
} SfQueryRows;

/* What stands before `arena` is filled in. The arena outlives the reading, and is reset before the next page.
 */
Error sf_query_rows_begin(SfQueryRows *rows, Arena *arena);

/*
 * Takes all bytes; `closed` says that nothing follows. ERROR_SF_ANSWER for what is no such page,
 * ERROR_SF_PAGE_HEADER for a record without one of the columns, and what `take` returned.
 */
Error sf_query_rows_feed(SfQueryRows *rows, Slice bytes, bool closed);

/* After the end: what the page tells of itself. Its next_path lives in the arena. */
Error sf_query_rows_end(SfQueryRows *rows, SfQueryPage *page);

#endif
