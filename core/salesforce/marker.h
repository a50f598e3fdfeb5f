/*
 * The marker by which our own posts and tasks are found again where Salesforce offers no external id: a line
 * "[perly:<40 hexadecimal digits>]" with the action's key. Neither FeedItem.Body nor Task.Description can be
 * filtered, so rows are read and searched.
 *
 *     SfMarkerSearch search = {.key = key, .column = SLICE("Body")};
 *     sf_chatter_find -> sf_query -> sf_query_read(..., sf_marker_row, &search, ...) -> search.found
 */
#ifndef PERLY_SALESFORCE_MARKER_H
#define PERLY_SALESFORCE_MARKER_H

#include "base/buffer.h"
#include "json/document.h"
#include "salesforce/ids.h"

enum { SF_KEY_BYTES = 40 };

/* True for 40 lower-case hexadecimal digits: the key of an action (SHA-256, cut). */
bool sf_key_valid(Slice key);

void sf_marker_append(Buffer *buffer, Slice key);

/* Ends a text with its marker on a line of its own, unless its writer has put it in already. */
void sf_marker_end(Buffer *buffer, Slice key);

/* True when the text holds the marker of this key, wherever: rich text comes back rewritten. */
bool sf_marker_found(Slice text, Slice key);

typedef struct SfMarkerSearch {
    Slice key;
    Slice column; /* "Body", "Description" */
    bool found;
    char id[SF_ID_BYTES]; /* of the first row with the marker */
} SfMarkerSearch;

/* Row function of sf_query_read; the context is an SfMarkerSearch. A row without the column has no marker. */
Error sf_marker_row(void *context, JsonValue record);

#endif
