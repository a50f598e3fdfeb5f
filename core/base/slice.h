/*
 * A slice: bytes that somebody else owns. It is passed by value, never NUL-terminated, and may hold any byte.
 * `data` may be NULL only when `length` is 0. How long the bytes live is said where a slice is handed out.
 */
#ifndef PERLY_BASE_SLICE_H
#define PERLY_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct Slice {
    const char *data;
    size_t length;
} Slice;

/* A slice of a string literal; usable in initialisers of constants. */
#define SLICE_INIT(literal)                                                                                  \
    {                                                                                                        \
        ("" literal), sizeof(literal) - 1                                                                    \
    }
#define SLICE(literal) ((Slice)SLICE_INIT(literal))

static inline Slice slice_make(const char *data, size_t length)
{
    return (Slice){data, length};
}

/* Of a NUL-terminated string, which stays the owner. */
static inline Slice slice_from_text(const char *text)
{
    return (Slice){text, strlen(text)};
}

static inline bool slice_equal(Slice a, Slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Order of unsigned bytes, a prefix first: SQLite's BINARY and PostgreSQL's COLLATE "C". <0, 0, >0. */
static inline int slice_compare(Slice a, Slice b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter == 0 ? 0 : memcmp(a.data, b.data, shorter);
    if (order != 0) {
        return order;
    }
    return a.length == b.length ? 0 : (a.length < b.length ? -1 : 1);
}

static inline bool slice_starts_with(Slice text, Slice prefix)
{
    return text.length >= prefix.length &&
           (prefix.length == 0 || memcmp(text.data, prefix.data, prefix.length) == 0);
}

/* From `start` to before `end`; both are clamped to the slice, and an end before the start is empty. */
static inline Slice slice_part(Slice text, size_t start, size_t end)
{
    const size_t last = end < text.length ? end : text.length;
    const size_t first = start < last ? start : last;
    if (text.data == NULL) {
        return (Slice){NULL, 0};
    }
    return (Slice){text.data + first, last - first};
}

/* Position of the first `byte` at or after `start`, or `text.length` when there is none. */
static inline size_t slice_find_byte(Slice text, char byte, size_t start)
{
    if (start >= text.length) {
        return text.length;
    }
    const char *found = (const char *)memchr(text.data + start, (unsigned char)byte, text.length - start);
    return found == NULL ? text.length : (size_t)(found - text.data);
}

/* Position of the first `needle` at or after `start`, or SIZE_MAX; an empty needle is found at `start`. */
size_t slice_find(Slice text, Slice needle, size_t start);

/* ASCII letters compare without case; other bytes exactly (Salesforce API names, HTTP header names). */
bool slice_equal_ignoring_case(Slice a, Slice b);

/* Without ASCII white space at both ends. */
Slice slice_trim(Slice text);

#endif
