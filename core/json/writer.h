/*
 * Writes JSON into a buffer, piece by piece, without a tree. Commas and colons are the writer's; that begins
 * and ends match, and that only keys and values alternate in an object, is the caller's.
 *
 *     JsonWriter writer = {&buffer, false};
 *     json_write_object_begin(&writer);
 *     json_write_key(&writer, SLICE("score"));
 *     json_write_int64(&writer, 87);
 *     json_write_object_end(&writer);
 *     if (buffer.failed) { ... }
 */
#ifndef PERLY_JSON_WRITER_H
#define PERLY_JSON_WRITER_H

#include "base/buffer.h"
#include "json/document.h"

/* Whether there was room is the buffer's to tell (`failed`). */
typedef struct JsonWriter {
    Buffer *buffer;
    bool comma; /* a value stands before the next one */
} JsonWriter;

void json_write_object_begin(JsonWriter *writer);
void json_write_object_end(JsonWriter *writer);
void json_write_array_begin(JsonWriter *writer);
void json_write_array_end(JsonWriter *writer);

void json_write_key(JsonWriter *writer, Slice key);

/* Escapes what RFC 8259 demands and nothing else. Invalid UTF-8 and NUL are written as U+FFFD. */
void json_write_text(JsonWriter *writer, Slice text);

void json_write_int64(JsonWriter *writer, int64_t value);

/* The shortest digits that read back as the same double; -0 as 0, NaN and infinities as null. */
void json_write_double(JsonWriter *writer, double value);

void json_write_bool(JsonWriter *writer, bool value);
void json_write_null(JsonWriter *writer);

/* A key and its value. */
void json_write_text_member(JsonWriter *writer, Slice key, Slice text);
void json_write_int64_member(JsonWriter *writer, Slice key, int64_t value);
void json_write_double_member(JsonWriter *writer, Slice key, double value);
void json_write_bool_member(JsonWriter *writer, Slice key, bool value);

/* Members of an error: code, class, message, remedy, exit, and source, pointer, line, column where they are
 * known. */
void json_write_error_members(JsonWriter *writer, Error error);

/* A value that is JSON already. */
void json_write_raw(JsonWriter *writer, Slice json);

/*
 * A parsed value in canonical form, for hashes: RFC 8785 (no white space, keys in order of UTF-16 units,
 * shortest numbers), except that integers of 2^53 and more keep all their digits. Equal values give equal
 * bytes on every host. Keys are sorted in the document's arena. ERROR_OUT_OF_MEMORY,
 * also when the buffer failed.
 */
Error json_write_canonical(JsonWriter *writer, JsonValue value);

#endif
