/*
 * JSON (RFC 8259), read strictly and in pieces. A scan is fed bytes cut anywhere and tells where keys and
 * values begin and end; it keeps no text. Nothing that it accepts can be understood in two ways. It refuses:
 *
 *  - invalid UTF-8, U+0000 (raw or escaped), surrogates that do not pair;
 *  - a key that comes twice in one object (compared after escapes are resolved);
 *  - numbers with leading zeros or a plus, numbers too large for a double, more than JSON_NUMBER_BYTES_MAX
 *    bytes of number;
 *  - text after the document, comments, trailing commas, control characters in text;
 *  - nesting deeper than JSON_DEPTH_MAX, more than JSON_OPEN_KEYS_MAX keys in objects not yet ended.
 *
 *     json_scan_init(&scan, arena);
 *     do {
 *         RETURN_IF_ERROR(json_scan_next(&scan, bytes, &at, &event));
 *     } while (event != JSON_BYTES_END);
 *     RETURN_IF_ERROR(json_scan_close(&scan, &event));
 */
#ifndef PERLY_JSON_STRICT_H
#define PERLY_JSON_STRICT_H

#include "base/error.h"

enum { JSON_DEPTH_MAX = 64, JSON_NUMBER_BYTES_MAX = 512, JSON_OPEN_KEYS_MAX = 65536 };

typedef enum JsonEvent {
    JSON_BYTES_END, /* all bytes are read, feed more or close */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY_BEGIN,
    JSON_KEY_END, /* `key_hash` is the key's */
    JSON_SCALAR_BEGIN,
    JSON_SCALAR_END /* `scalar` tells its kind; a number is in `number` */
} JsonEvent;

typedef enum JsonScalar { JSON_SCALAR_TEXT, JSON_SCALAR_NUMBER, JSON_SCALAR_LITERAL } JsonScalar;

/* A key of an object that has not ended. */
typedef struct JsonKeySeen {
    uint64_t hash;
    uint32_t line;
    uint32_t column;
} JsonKeySeen;

/* The caller's memory. Read what is listed first; the rest is the scan's. */
typedef struct JsonScan {
    uint32_t depth;    /* objects and arrays that have begun and not ended */
    uint32_t line;     /* of the next byte, from 1 */
    uint32_t column;   /* of the next byte, from 1, in code points */
    uint64_t key_hash; /* json_key_hash of the last key */
    JsonScalar scalar; /* kind of the last scalar */
    uint32_t number_length;
    char number[JSON_NUMBER_BYTES_MAX]; /* text of the last number */

    Arena *arena;
    Error error;
    uint64_t objects; /* bit d: what began at depth d is an object, not an array */
    uint8_t state;
    bool in_key;
    uint8_t following; /* UTF-8: bytes still to come, and the range of the next */
    uint8_t low;
    uint8_t high;
    uint8_t hex_digits;
    uint32_t unit;    /* the \u escape being read */
    uint32_t leading; /* the high surrogate that waits for its other half, or 0 */
    const char *literal;
    JsonKeySeen *keys; /* of all open objects, outermost first */
    uint32_t key_count;
    uint32_t key_room;
    uint32_t first_key[JSON_DEPTH_MAX]; /* where each open object's begin */
    uint32_t key_line;
    uint32_t key_column;
} JsonScan;

/* The arena holds at most 2 MiB, for keys; it outlives the scan. Allocates nothing yet. */
void json_scan_init(JsonScan *scan, Arena *arena);

/*
 * Reads from `bytes` at `*at` up to the next event and moves `*at` behind the byte that caused it: for a
 * BEGIN that is the first byte of the key or value, for an END the last. The exception is the end of a
 * number, which is known by the byte after it: `*at` is then still at that byte.
 *
 * ERROR_JSON_SYNTAX, ERROR_TEXT_ENCODING, ERROR_LIMIT_EXCEEDED, ERROR_OUT_OF_MEMORY, with line and column. An
 * error stays: every later call returns it.
 */
Error json_scan_next(JsonScan *scan, Slice bytes, size_t *at, JsonEvent *event);

/*
 * Nothing follows: an error unless the document is complete. The event is JSON_SCALAR_END if the document is
 * a number, which only now ends, else JSON_BYTES_END.
 */
Error json_scan_close(JsonScan *scan, JsonEvent *event);

/* As `key_hash`: 64 bits of the key's bytes, the same on every target; not cryptographic. */
uint64_t json_key_hash(Slice key);

#endif
