#include "base/buffer.h"

#include "base/number.h"

enum { CAPACITY_MIN = 64 };

void buffer_init(Buffer *buffer, Arena *arena, size_t length_limit)
{
    *buffer = (Buffer){.arena = arena, .length_limit = length_limit == 0 ? SIZE_MAX : length_limit};
}

char *buffer_reserve(Buffer *buffer, size_t bytes)
{
    if (buffer->failed || bytes > buffer->length_limit - buffer->length) {
        buffer->failed = true;
        return NULL;
    }
    const size_t needed = buffer->length + bytes;
    if (needed > buffer->capacity || buffer->data == NULL) {
        size_t capacity = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity;
        while (capacity < needed) {
            capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
        }
        char *data = arena_resize(buffer->arena, buffer->data, buffer->capacity, capacity, 8);
        if (data == NULL) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->length;
}

void buffer_append(Buffer *buffer, Slice bytes)
{
    char *room = buffer_reserve(buffer, bytes.length);
    if (room != NULL && bytes.length != 0) {
        memcpy(room, bytes.data, bytes.length);
        buffer->length += bytes.length;
    }
}

void buffer_append_byte(Buffer *buffer, char byte)
{
    char *room = buffer_reserve(buffer, 1);
    if (room != NULL) {
        *room = byte;
        buffer->length++;
    }
}

/* Numbers go by way of a local text, so that the limit counts what they need and not what they could. */
void buffer_append_int64(Buffer *buffer, int64_t value)
{
    char text[NUMBER_TEXT_BYTES];
    buffer_append(buffer, slice_make(text, number_print_int64(value, text)));
}

void buffer_append_uint64(Buffer *buffer, uint64_t value)
{
    char text[NUMBER_TEXT_BYTES];
    buffer_append(buffer, slice_make(text, number_print_uint64(value, text)));
}

void buffer_append_counted(Buffer *buffer, int64_t count, Slice what)
{
    static const Slice mark = SLICE_INIT("{s}");
    const size_t at = slice_find(what, mark, 0);
    buffer_append_int64(buffer, count);
    buffer_append_byte(buffer, ' ');
    buffer_append(buffer, slice_part(what, 0, at));
    if (at != SIZE_MAX) {
        buffer_append(buffer, count == 1 ? SLICE("") : SLICE("s"));
        buffer_append(buffer, slice_part(what, at + mark.length, what.length));
    }
}

void buffer_append_double(Buffer *buffer, double value)
{
    char text[NUMBER_TEXT_BYTES];
    buffer_append(buffer, slice_make(text, number_print_double(value, text)));
}
