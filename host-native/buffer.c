#include "buffer.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool native_buffer_reserve(NativeBuffer *buffer, size_t more)
{
    if (buffer->failed) {
        return false;
    }
    if (more <= buffer->capacity - buffer->length) {
        return true;
    }
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    while (capacity - buffer->length < more) {
        if (capacity > SIZE_MAX / 2) {
            buffer->failed = true;
            return false;
        }
        capacity *= 2;
    }
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

void native_buffer_bytes(NativeBuffer *buffer, const void *bytes, size_t length)
{
    if (length > 0 && native_buffer_reserve(buffer, length)) {
        memcpy(buffer->bytes + buffer->length, bytes, length);
        buffer->length += length;
    }
}

void native_buffer_text(NativeBuffer *buffer, const char *text)
{
    native_buffer_bytes(buffer, text, strlen(text));
}

void native_buffer_slice(NativeBuffer *buffer, NativeText text)
{
    native_buffer_bytes(buffer, text.bytes, text.length);
}

void native_buffer_format(NativeBuffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && native_buffer_reserve(buffer, (size_t)length + 1)) {
        (void)vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void native_buffer_zeros(NativeBuffer *buffer, size_t count)
{
    if (count > 0 && native_buffer_reserve(buffer, count)) {
        memset(buffer->bytes + buffer->length, 0, count);
        buffer->length += count;
    }
}

void native_buffer_u32(NativeBuffer *buffer, uint32_t value)
{
    native_buffer_bytes(buffer, &value, sizeof value);
}

static void quoted(NativeBuffer *buffer, NativeText text, char quote)
{
    native_buffer_bytes(buffer, &quote, 1);
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == quote) {
            native_buffer_bytes(buffer, &quote, 1);
        }
        native_buffer_bytes(buffer, text.bytes + i, 1);
    }
    native_buffer_bytes(buffer, &quote, 1);
}

void native_buffer_name(NativeBuffer *buffer, NativeText name)
{
    quoted(buffer, name, '"');
}

void native_buffer_string(NativeBuffer *buffer, NativeText text)
{
    quoted(buffer, text, '\'');
}

const char *native_buffer_cstr(NativeBuffer *buffer)
{
    if (!native_buffer_reserve(buffer, 1)) {
        return NULL;
    }
    buffer->bytes[buffer->length] = '\0';
    return buffer->bytes;
}

void native_buffer_clear(NativeBuffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

void native_buffer_free(NativeBuffer *buffer)
{
    free(buffer->bytes);
    *buffer = (NativeBuffer){0};
}

NativeText native_text(const char *text)
{
    return text == NULL ? NATIVE_TEXT("") : (NativeText){text, strlen(text)};
}

bool native_text_equal(NativeText a, NativeText b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}
