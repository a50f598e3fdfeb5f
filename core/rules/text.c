#include "base/utf8.h"
#include "rules/internal.h"

static const Slice ellipsis = SLICE_INIT("\xe2\x80\xa6");

/* The length in bytes of the longest beginning of at most `units_max` code units. */
static size_t prefix_bytes(Slice text, size_t units_max)
{
    size_t units = 0;
    size_t at = 0;
    while (at < text.length) {
        size_t next = at;
        uint32_t code_point = 0;
        (void)utf8_decode(text, &next, &code_point);
        units += code_point > 0xFFFF ? 2 : 1;
        if (units > units_max) {
            break;
        }
        at = next;
    }
    return at;
}

void rules_text_cut(Buffer *buffer, Slice text, size_t units_max)
{
    if (units_max == 0 || prefix_bytes(text, units_max) == text.length) {
        buffer_append(buffer, units_max == 0 ? SLICE("") : text);
        return;
    }
    buffer_append(buffer, slice_part(text, 0, prefix_bytes(text, units_max - 1)));
    buffer_append(buffer, ellipsis);
}

void rules_line_cut(Buffer *buffer, Slice text, size_t units_max)
{
    const size_t start = buffer->length;
    rules_text_cut(buffer, slice_trim(text), units_max);
    for (size_t i = start; i < buffer->length; i++) {
        const unsigned char byte = (unsigned char)buffer->data[i];
        if (byte < ' ' || byte == 0x7F) {
            buffer->data[i] = ' ';
        }
    }
}

void rules_marker_end(Buffer *buffer, const char key[RULES_KEY_BYTES])
{
    buffer_append(buffer, buffer->length == 0 ? SLICE("") : SLICE("\n\n"));
    buffer_append(buffer, SLICE("[perly:"));
    buffer_append(buffer, slice_make(key, RULES_KEY_BYTES));
    buffer_append_byte(buffer, ']');
}

Slice rules_text_finish(Buffer *buffer)
{
    if (buffer->failed) {
        return slice_make(NULL, 0);
    }
    char *data = arena_resize(buffer->arena, buffer->data, buffer->capacity, buffer->length, 8);
    if (data != NULL) {
        buffer->data = data;
        buffer->capacity = buffer->length;
    }
    return buffer_slice(buffer);
}
