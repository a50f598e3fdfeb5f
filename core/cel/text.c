#include "cel/text.h"
#include "base/number.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cel/program.h"

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

static void append_at(const CelCall *call, Buffer *text, const CelValue *value, unsigned depth);

static void append_list(const CelCall *call, Buffer *text, const CelValue *list, unsigned depth)
{
    CelWalk walk = {.list = *list};
    CelValue item;
    buffer_append_byte(text, '[');
    for (bool first = true; !text->failed && cel_walk_next(&walk, &item); first = false) {
        buffer_append(text, first ? SLICE("") : SLICE(", "));
        append_at(call, text, &item, depth + 1);
    }
    buffer_append_byte(text, ']');
}

/* The keys of a map as texts; false when there is no memory, or it costs too much. */
static bool key_texts(const CelCall *call, const CelMap *map, CelValue *keys, CelValue *places)
{
    for (uint32_t i = 0; keys != NULL && places != NULL && i < map->count; i++) {
        Buffer key;
        keys[i] = map->entries[2 * (size_t)i];
        places[i] = cel_int(i);
        if (keys[i].kind != CEL_STRING) {
            buffer_init(&key, call->arena, 0);
            append_at(call, &key, &keys[i], 0);
            keys[i] = cel_string(buffer_slice(&key));
            if (key.failed) {
                return false;
            }
        }
    }
    return keys != NULL && places != NULL;
}

/* The entries in the order of their keys' text, so that the text does not depend on how the map was made. */
static void append_map(const CelCall *call, Buffer *text, const CelMap *map, unsigned depth)
{
    const bool paid = cel_charge(call, 16 * (uint64_t)map->count);
    CelValue *keys = paid ? ARENA_ARRAY(call->arena, CelValue, map->count) : NULL;
    CelValue *places = paid ? ARENA_ARRAY(call->arena, CelValue, map->count) : NULL;
    CelValue order = CEL_ERROR_MEMORY;
    if (key_texts(call, map, keys, places)) {
        const CelValue list = cel_list(places, map->count);
        const CelValue by = cel_list(keys, map->count);
        order = cel_sort_by(call, &list, &by);
    }
    if (order.kind != CEL_LIST) {
        text->failed = true;
        return;
    }
    buffer_append_byte(text, '{');
    for (uint32_t i = 0; i < map->count && !text->failed; i++) {
        const CelValue *entry = &map->entries[2 * order.as.items[i].as.integer];
        buffer_append(text, i == 0 ? SLICE("") : SLICE(", "));
        append_at(call, text, &entry[0], depth + 1);
        buffer_append(text, SLICE(": "));
        append_at(call, text, &entry[1], depth + 1);
    }
    buffer_append_byte(text, '}');
}

static void append_at(const CelCall *call, Buffer *text, const CelValue *value, unsigned depth)
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
    case CEL_LIST: append_list(call, text, value, depth); break;
    case CEL_MAP: append_map(call, text, value->as.map, depth); break;
    case CEL_OPTIONAL:
        buffer_append(text, value->as.items == NULL ? SLICE("optional.none()") : SLICE("optional("));
        if (value->as.items != NULL) {
            append_at(call, text, value->as.items, depth + 1);
            buffer_append_byte(text, ')');
        }
        break;
    case CEL_OBJECT:
    case CEL_KIND_COUNT: buffer_append(text, SLICE("object")); break;
    }
}

void cel_append(const CelCall *call, Buffer *text, const CelValue *value)
{
    append_at(call, text, value, 0);
}

void cel_value_print(Buffer *text, CelValue value)
{
    uint64_t cost = 0;
    const CelCall call = {.arena = text->arena, .cost = &cost, .cost_limit = UINT64_MAX};
    append_at(&call, text, &value, 0);
}

/* Bytes that an instruction pays for. */
enum { BYTES_A_COST = 4 };

void cel_build(const CelCall *call, Buffer *text)
{
    const uint64_t left = *call->cost < call->cost_limit ? call->cost_limit - *call->cost : 0;
    buffer_init(text, call->arena,
                left < CEL_RESULT_BYTES_MAX / BYTES_A_COST ? (size_t)left * BYTES_A_COST + 1
                                                           : CEL_RESULT_BYTES_MAX);
}

CelValue cel_built(const CelCall *call, const Buffer *text)
{
    if (!cel_charge(call, text->length / BYTES_A_COST)) {
        return CEL_ERROR_COST;
    }
    if (text->failed) {
        return text->length_limit == CEL_RESULT_BYTES_MAX ? CEL_ERROR_MEMORY : CEL_ERROR_COST;
    }
    return cel_string(buffer_slice(text));
}

/* A part that is short is compared first: what is not the text differs soon, as a rule. */
static bool found_at(const CelCall *call, const char *at, Slice wanted)
{
    const size_t soon = wanted.length < CEL_SHORT_TEXT ? wanted.length : CEL_SHORT_TEXT;
    return memcmp(at, wanted.data, soon) == 0 &&
           (soon == wanted.length || (cel_charge(call, wanted.length / 16) &&
                                      memcmp(at + soon, wanted.data + soon, wanted.length - soon) == 0));
}

size_t cel_find(const CelCall *call, Slice text, Slice wanted, size_t start)
{
    if (wanted.length <= CEL_SHORT_TEXT) {
        return slice_find(text, wanted, start);
    }
    for (size_t at = start; at < text.length && text.length - at >= wanted.length; at++) {
        at = slice_find_byte(text, wanted.data[0], at);
        if (text.length - at < wanted.length || *call->cost > call->cost_limit) {
            break;
        }
        if (found_at(call, text.data + at, wanted)) {
            return at;
        }
    }
    return SIZE_MAX;
}

size_t cel_find_last(const CelCall *call, Slice text, Slice wanted, size_t start)
{
    if (wanted.length > text.length) {
        return SIZE_MAX;
    }
    if (wanted.length == 0) { /* either may have no bytes at all */
        return start < text.length ? start : text.length;
    }
    size_t at = start > text.length - wanted.length ? text.length - wanted.length : start;
    while (!found_at(call, text.data + at, wanted)) {
        if (at == 0 || *call->cost > call->cost_limit) {
            return SIZE_MAX;
        }
        at--;
    }
    return at;
}

CelValue cel_search_value(const CelCall *call, CelSearch search, const CelValue *text, const CelValue *wanted)
{
    const bool far = search == CEL_SEARCH_ANYWHERE && wanted->length > CEL_SHORT_TEXT;
    if (!cel_charge(call, cel_search_cost(search, cel_text(*text)) + cel_text_cost(wanted->length))) {
        return CEL_ERROR_COST;
    }
    if (!far) {
        return cel_bool(cel_search(search, cel_text(*text), cel_text(*wanted)));
    }
    const bool found = cel_find(call, cel_text(*text), cel_text(*wanted), 0) != SIZE_MAX;
    return cel_charge(call, 0) ? cel_bool(found) : CEL_ERROR_COST;
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
