/*
 * Text that is there (NativeText) and text that grows (NativeBuffer). A buffer whose growth failed remembers
 * it and ignores what follows, so that a caller checks once, at the end.
 *
 *     NativeBuffer sql = {0};
 *     native_buffer_text(&sql, "DROP VIEW ");
 *     native_buffer_name(&sql, view);
 *     if (sql.failed) ...
 *     native_buffer_free(&sql);
 */
#ifndef PERLY_HOST_NATIVE_BUFFER_H
#define PERLY_HOST_NATIVE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Not NUL-terminated. `bytes` is never NULL in what this host makes, also when `length` is 0. */
typedef struct NativeText {
    const char *bytes;
    size_t length;
} NativeText;

#define NATIVE_TEXT(literal) ((NativeText){(literal), sizeof(literal) - 1})

/* All zero is an empty buffer. */
typedef struct NativeBuffer {
    char *bytes;
    size_t length;
    size_t capacity;
    bool failed; /* no memory: the content is incomplete */
} NativeBuffer;

/* Room for `more` bytes after `length`; false (and `failed`) without memory. */
bool native_buffer_reserve(NativeBuffer *buffer, size_t more);

void native_buffer_bytes(NativeBuffer *buffer, const void *bytes, size_t length);
void native_buffer_text(NativeBuffer *buffer, const char *text); /* NUL-terminated */
void native_buffer_slice(NativeBuffer *buffer, NativeText text);
void native_buffer_format(NativeBuffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void native_buffer_zeros(NativeBuffer *buffer, size_t count);
void native_buffer_u32(NativeBuffer *buffer, uint32_t value);

/* A SQL identifier in double quotes, and a SQL string in single quotes. */
void native_buffer_name(NativeBuffer *buffer, NativeText name);
void native_buffer_string(NativeBuffer *buffer, NativeText text);

/* The content with a NUL after it (not counted in length), or NULL when the buffer failed. */
const char *native_buffer_cstr(NativeBuffer *buffer);

/* Forgets the content and the failure, keeps the memory. */
void native_buffer_clear(NativeBuffer *buffer);
void native_buffer_free(NativeBuffer *buffer);

NativeText native_text(const char *text); /* of a NUL-terminated string; NULL is the empty text */
bool native_text_equal(NativeText a, NativeText b);

#endif
