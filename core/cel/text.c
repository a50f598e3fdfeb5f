#include "cel/text.h"
#include "base/number.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cel/internal.h"

enum { PRINT_DEPTH_MAX = 32 };

/* ".5", ".123456789" or nothing: a fraction of a second without trailing zeros. */
static void append_fraction(Buffer *text, uint32_t nanos)
{
    char digits[9];
    size_t length = sizeof digits;
    for (size_t i = length; i > 0; i--) {
        digits[i - 1] = (char)('0' + nanos % 10);
        nanos /= 10;
    }
    while (length > 0 && digits[length - 1] == '0') {
        length--;
    }
    if (length > 0) {
        buffer_append_byte(text, '.');
        buffer_append(text, (Slice){digits, length});
    }
}

static void append_duration(Buffer *text, const CelValue *value)
{
    int64_t ms = value->as.integer;
    int64_t nanos = value->length;
    const bool negative = ms < 0;
    if (negative) {
        ms = -ms;
        nanos = -nanos;
        if (nanos < 0) {
            ms--;
            nanos += 1000000;
        }
        buffer_append_byte(text, '-');
    }
    buffer_append_int64(text, ms / 1000);
    append_fraction(text, (uint32_t)(ms % 1000 * 1000000 + nanos));
    buffer_append_byte(text, 's');
}

static void append_timestamp(Buffer *text, const CelValue *value)
{
    char iso[TIME_TEXT_BYTES];
    time_print(value->as.integer, iso);
    const int64_t ms = (value->as.integer % 1000 + 1000) % 1000;
    buffer_append(text, (Slice){iso, 19});
    append_fraction(text, (uint32_t)(ms * 1000000 + value->length));
    buffer_append_byte(text, 'Z');
}

static void append_at(Buffer *text, const CelValue *value, unsigned depth);

static void append_list(Buffer *text, const CelValue *list, unsigned depth)
{
    uint32_t count = 0;
    const CelValue *items = cel_items(text->arena, list, &count);
    buffer_append_byte(text, '[');
    for (uint32_t i = 0; i < count && items != NULL; i++) {
        buffer_append(text, i == 0 ? SLICE("") : SLICE(", "));
        append_at(text, &items[i], depth + 1);
    }
    buffer_append_byte(text, ']');
}

/* The entries in the order of their keys' text, so that the text does not depend on how the map was made. */
static void append_map(Buffer *text, const CelMap *map, unsigned depth)
{
    const uint32_t count = map->count;
    Slice *entries = ARENA_ARRAY(text->arena, Slice, count);
    if (entries == NULL) {
        text->failed = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        Buffer entry;
        buffer_init(&entry, text->arena, CEL_RESULT_BYTES_MAX);
        append_at(&entry, &map->entries[2 * (size_t)i], depth + 1);
        buffer_append(&entry, SLICE(": "));
        append_at(&entry, &map->entries[2 * (size_t)i + 1], depth + 1);
        text->failed = text->failed || entry.failed;
        entries[i] = buffer_slice(&entry);
    }
    cel_sort_slices(entries, count);
    buffer_append_byte(text, '{');
    for (uint32_t i = 0; i < count; i++) {
        buffer_append(text, i == 0 ? SLICE("") : SLICE(", "));
        buffer_append(text, entries[i]);
    }
    buffer_append_byte(text, '}');
}

static void append_at(Buffer *text, const CelValue *value, unsigned depth)
{
    if (depth > PRINT_DEPTH_MAX) {
        text->failed = true;
        return;
    }
    switch ((CelKind)value->kind) {
    case CEL_UNKNOWN: buffer_append_byte(text, '-'); break;
    case CEL_ERROR: buffer_append(text, SLICE("error")); break;
    case CEL_NULL: buffer_append(text, SLICE("null")); break;
    case CEL_BOOL: buffer_append(text, value->as.integer != 0 ? SLICE("true") : SLICE("false")); break;
    case CEL_INT: buffer_append_int64(text, value->as.integer); break;
    case CEL_UINT: buffer_append_uint64(text, value->as.uinteger); break;
    case CEL_DOUBLE: buffer_append_double(text, value->as.number); break;
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_TYPE: buffer_append(text, cel_text(*value)); break;
    case CEL_TIMESTAMP: append_timestamp(text, value); break;
    case CEL_DURATION: append_duration(text, value); break;
    case CEL_LIST: append_list(text, value, depth); break;
    case CEL_MAP: append_map(text, value->as.map, depth); break;
    case CEL_OPTIONAL:
        buffer_append(text, value->as.items == NULL ? SLICE("optional.none()") : SLICE("optional("));
        if (value->as.items != NULL) {
            append_at(text, value->as.items, depth + 1);
            buffer_append_byte(text, ')');
        }
        break;
    case CEL_OBJECT:
    case CEL_KIND_COUNT: buffer_append(text, SLICE("object")); break;
    }
}

void cel_append(Buffer *text, const CelValue *value)
{
    append_at(text, value, 0);
}

CelValue cel_built(const Buffer *text)
{
    return text->failed ? CEL_ERROR_MEMORY : cel_string(buffer_slice(text));
}

size_t cel_byte_of(Slice text, int64_t position)
{
    size_t at = 0;
    uint32_t code = 0;
    if (position < 0) {
        return SIZE_MAX;
    }
    while (position > 0 && at < text.length) {
        utf8_decode(text, &at, &code);
        position--;
    }
    return position == 0 ? at : SIZE_MAX;
}
