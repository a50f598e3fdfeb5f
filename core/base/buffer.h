/*
 * A growing run of bytes in an arena: the one way the core builds text. A failed append is remembered and all
 * later ones do nothing, so a caller appends freely and asks once at the end.
 *
 *     Buffer text;
 *     buffer_init(&text, arena, 0);
 *     buffer_append(&text, SLICE("rows: "));
 *     buffer_append_int64(&text, rows);
 *     if (text.failed) { ... }
 */
#ifndef PERLY_BASE_BUFFER_H
#define PERLY_BASE_BUFFER_H

#include "base/arena.h"

typedef struct Buffer {
    Arena *arena; /* outlives the buffer */
    char *data;   /* aligned to 8: records and batches are built in buffers */
    size_t length;
    size_t capacity;
    size_t length_limit;
    bool failed; /* no memory, or the limit was reached: the content is cut at the append that failed */
} Buffer;

/* Empty; allocates nothing. `length_limit` 0 means no limit but the arena's. */
void buffer_init(Buffer *buffer, Arena *arena, size_t length_limit);

/* Room for `bytes` more at `data + length`, or NULL (and failed). The caller adds what it wrote to `length`.
 */
char *buffer_reserve(Buffer *buffer, size_t bytes);

void buffer_append(Buffer *buffer, Slice bytes);
void buffer_append_byte(Buffer *buffer, char byte);
void buffer_append_int64(Buffer *buffer, int64_t value);
void buffer_append_uint64(Buffer *buffer, uint64_t value);

/* What is counted, in words that fit the count: "12 rows" or "1 row" of "row{s}", whose mark is an s but for
 * one. */
void buffer_append_counted(Buffer *buffer, int64_t count, Slice what);

/* Shortest text that reads back as the same double (number_print_double). */
void buffer_append_double(Buffer *buffer, double value);

/* What was appended so far; valid until the next append, or until the arena is reset. */
static inline Slice buffer_slice(const Buffer *buffer)
{
    return (Slice){buffer->data, buffer->length};
}

/* Length 0 again; the memory is kept, the failure forgotten. */
static inline void buffer_clear(Buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

#endif
