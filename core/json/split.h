/*
 * A long array as many small documents: the rows of a query, the results of a collection request, the objects
 * of a describe. The answer is fed as it arrives; each element of one array is handed out as a text of its
 * own, and what is around the array is kept as a document with the array left empty:
 *
 *     {"totalSize":2,"records":[{"Id":"1"},{"Id":"2"}],"done":true}
 *
 * gives the elements {"Id":"1"} and {"Id":"2"}, and then {"totalSize":2,"records":[],"done":true}. Memory is
 * bounded by the longest element and the rest, whatever the number of elements.
 *
 *     json_split_init(&splitter, arena, SLICE("records"), (JsonElementSink){read_record, context});
 *     error = json_split_feed(&splitter, bytes, false);
 *     error = json_split_feed(&splitter, SLICE(""), true);
 *     error = json_parse(arena, json_split_rest(&splitter), &document);
 */
#ifndef PERLY_JSON_SPLIT_H
#define PERLY_JSON_SPLIT_H

#include "base/buffer.h"
#include "json/strict.h"

/*
 * One element: a complete JSON value that the strict pass has accepted. The text is valid during this call
 * only. An error ends the splitting with that error.
 */
typedef Error JsonElementFunction(void *context, Slice element);

typedef struct JsonElementSink {
    JsonElementFunction *element;
    void *context;
} JsonElementSink;

/* The caller's memory. Read `elements` and `found`; the rest is the splitter's. */
typedef struct JsonSplitter {
    uint64_t elements; /* handed out */
    bool found; /* the array has begun; false at the end: the answer was something else, see the rest */

    JsonElementSink sink;
    Slice array_key;
    uint32_t array_depth; /* depth inside the array */
    bool key_matches;     /* the key just read at the top is `array_key` */
    uint8_t part;
    JsonScan scan;
    Buffer element; /* the beginning of an element that a chunk's end has cut */
    Buffer rest;
    Error error;
} JsonSplitter;

/*
 * `array_key` is a key of the outermost object, and outlives the splitter; empty when the document itself is
 * the array. When the value there is no array, or the document has another shape, everything is kept in the
 * rest.
 */
void json_split_init(JsonSplitter *splitter, Arena *arena, Slice array_key, JsonElementSink sink);

/*
 * Takes all bytes; `closed` says that nothing follows. They are not needed after the call.
 *
 * Errors stay: those of json_scan_next, in an element with its pointer ("/records/17"); ERROR_LIMIT_EXCEEDED
 * when an element, or the rest, is longer than JSON_DOCUMENT_BYTES_MAX; what the sink returned.
 */
Error json_split_feed(JsonSplitter *splitter, Slice bytes, bool closed);

/* After the end: the document without the elements. Lives as long as the arena. */
Slice json_split_rest(const JsonSplitter *splitter);

#endif
