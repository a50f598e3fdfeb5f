/*
 * A JSON document in memory: configuration, an answer of Salesforce, one element of a long array. Parsed by
 * cJSON after the strict pass of json/strict.h, read through values that know their document, so that an
 * error about one carries its JSON pointer, line and column.
 *
 *     JsonDocument document;
 *     RETURN_IF_ERROR(json_parse(arena, text, &document));
 *     const JsonValue root = json_root(&document);
 *     RETURN_IF_ERROR(json_text(json_get(root, SLICE("access_token")), &token));
 *     RETURN_IF_ERROR(json_int64_or(json_get(root, SLICE("expires_in")), 7200, &seconds));
 *     for (JsonValue item = json_first(json_get(root, SLICE("scopes"))); json_present(item);
 *          item = json_next(item)) {
 *         ...
 *     }
 *
 * A document takes some 70 bytes for each value besides its texts (a describe: 4 times its text), all of it
 * in the arena: mark the arena, parse, copy out what is needed, rewind, within one function.
 */
#ifndef PERLY_JSON_DOCUMENT_H
#define PERLY_JSON_DOCUMENT_H

#include "base/error.h"

struct cJSON;

enum { JSON_DOCUMENT_BYTES_MAX = 4 << 20, JSON_DOCUMENT_VALUES_MAX = 1 << 18 };

typedef struct JsonDocument {
    Arena *arena;
    Slice text;
    Slice source; /* for errors, e.g. a file's name; empty until the caller sets it */
    const struct cJSON *root;
} JsonDocument;

typedef enum JsonType {
    JSON_ABSENT, /* no such member or element */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_TEXT,
    JSON_ARRAY,
    JSON_OBJECT
} JsonType;

/* A value, or the place where one is missing. Lives as long as the document, which must not move. */
typedef struct JsonValue {
    const JsonDocument *document;
    const struct cJSON *node;   /* NULL: absent */
    const struct cJSON *parent; /* of an absent value: where it was looked for */
    Slice key;                  /* of an absent value: the key that was looked for */
} JsonValue;

/*
 * The text and the arena outlive the document. A byte-order mark at the beginning is skipped.
 *
 * ERROR_JSON_SYNTAX, ERROR_TEXT_ENCODING and ERROR_LIMIT_EXCEEDED with line and column (see json/strict.h);
 * ERROR_LIMIT_EXCEEDED also for a text over JSON_DOCUMENT_BYTES_MAX or with more than
 * JSON_DOCUMENT_VALUES_MAX values and keys; ERROR_OUT_OF_MEMORY.
 */
Error json_parse(Arena *arena, Slice text, JsonDocument *document);

JsonValue json_root(const JsonDocument *document);

JsonType json_type(JsonValue value);

static inline bool json_present(JsonValue value)
{
    return value.node != NULL;
}

/*
 * The member `key` of an object; absent when there is none, or `object` is no object or itself absent. An
 * error about the absent value names the place. `key` outlives the value.
 */
JsonValue json_get(JsonValue object, Slice key);

/* The first member or element; absent when there is none, or the value is neither object nor array. */
JsonValue json_first(JsonValue container);

/* The one after `value` in its container; absent at the end. */
JsonValue json_next(JsonValue value);

/* The key of a member, found by json_get, json_first or json_next of an object; empty for others. */
Slice json_key(JsonValue member);

/* Members or elements; 0 for other values. */
size_t json_count(JsonValue container);

/*
 * The value as that type. ERROR_JSON_TYPE when it is absent or another type, with the pointer of the value.
 * Slices live as long as the document.
 */
Error json_text(JsonValue value, Slice *text);
Error json_bool(JsonValue value, bool *result);

/* -0 is given as 0. */
Error json_double(JsonValue value, double *number);

/*
 * Exact for every integer that fits in 64 bits. 3.0 and 3e2 are integers too; from 2^53 on only plain digits
 * are. ERROR_JSON_TYPE for a fraction, or out of range.
 */
Error json_int64(JsonValue value, int64_t *number);

/* The same, but `otherwise` when the value is absent or null. */
Error json_text_or(JsonValue value, Slice otherwise, Slice *text);
Error json_bool_or(JsonValue value, bool otherwise, bool *result);
Error json_double_or(JsonValue value, double otherwise, double *number);
Error json_int64_or(JsonValue value, int64_t otherwise, int64_t *number);

/* ERROR_JSON_TYPE unless the value is that container. */
Error json_expect_object(JsonValue value);
Error json_expect_array(JsonValue value);

/*
 * The exact digits of a number whose size is 2^53 or more, as they stand in the text; empty for all others,
 * whose double is exact.
 */
Slice json_large_number(JsonValue value);

/*
 * The value's JSON pointer (RFC 6901), in the document's arena: "" for the root, "/rules/0/when". An absent
 * value has the pointer at which it would be.
 */
Slice json_pointer(JsonValue value);

/*
 * An error about the value: source, pointer, line and column are filled in (for an absent one line and column
 * of the container). `message` must outlive the error.
 */
Error json_error(JsonValue value, ErrorCode code, Slice message);

#endif
