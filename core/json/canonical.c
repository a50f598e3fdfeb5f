/* One form for equal documents. Recursion is bounded by JSON_DEPTH_MAX, which parsing has checked. */
#include "base/number.h"
#include "json/writer.h"

static Error write_value(JsonWriter *writer, Arena *arena, JsonValue value);

/*
 * Order of UTF-16 units, from UTF-8: that of the bytes, but characters outside the basic plane (which begin
 * with F0 and above; in UTF-16 with a surrogate) come before U+E000 to U+FFFF (which begin with EE and EF).
 */
static bool comes_after(Slice a, Slice b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    for (size_t i = 0; i < shorter; i++) {
        const unsigned char x = (unsigned char)a.data[i];
        const unsigned char y = (unsigned char)b.data[i];
        if (x != y) {
            const bool units = x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0);
            return units ? y >= 0xF0 : x > y;
        }
    }
    return a.length > b.length;
}

/* Shell sort, as for the keys of the strict pass: objects are short, and none can be slow. */
static void sort_members(JsonValue *members, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {
        for (size_t i = gap; i < count; i++) {
            const JsonValue member = members[i];
            size_t at = i;
            for (; at >= gap && comes_after(json_key(members[at - gap]), json_key(member)); at -= gap) {
                members[at] = members[at - gap];
            }
            members[at] = member;
        }
    }
}

static Error write_object(JsonWriter *writer, Arena *arena, JsonValue object)
{
    const size_t count = json_count(object);
    JsonValue *members = ARENA_ARRAY(arena, JsonValue, count);
    if (members == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("JSON: no memory to sort keys"));
    }
    size_t filled = 0;
    for (JsonValue member = json_first(object); json_present(member); member = json_next(member)) {
        members[filled++] = member;
    }
    sort_members(members, count);
    json_write_object_begin(writer);
    for (size_t i = 0; i < count; i++) {
        json_write_key(writer, json_key(members[i]));
        RETURN_IF_ERROR(write_value(writer, arena, members[i]));
    }
    json_write_object_end(writer);
    return ERROR_NONE;
}

static Error write_array(JsonWriter *writer, Arena *arena, JsonValue array)
{
    json_write_array_begin(writer);
    for (JsonValue item = json_first(array); json_present(item); item = json_next(item)) {
        RETURN_IF_ERROR(write_value(writer, arena, item));
    }
    json_write_array_end(writer);
    return ERROR_NONE;
}

static bool is_plain_integer(Slice digits)
{
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.data[i] != '-' && (digits.data[i] < '0' || digits.data[i] > '9')) {
            return false;
        }
    }
    return digits.length != 0;
}

static Error write_scalar(JsonWriter *writer, JsonValue value)
{
    Slice text = {NULL, 0};
    double number = 0;
    bool truth = false;
    switch (json_type(value)) {
    case JSON_BOOL:
        RETURN_IF_ERROR(json_bool(value, &truth));
        json_write_bool(writer, truth);
        break;
    case JSON_NUMBER:
        RETURN_IF_ERROR(json_double(value, &number));
        if (is_plain_integer(json_large_number(value))) {
            json_write_raw(writer, json_large_number(value));
        } else {
            json_write_double(writer, number);
        }
        break;
    case JSON_TEXT:
        RETURN_IF_ERROR(json_text(value, &text));
        json_write_text(writer, text);
        break;
    default: json_write_null(writer);
    }
    return ERROR_NONE;
}

static Error write_value(JsonWriter *writer, Arena *arena, JsonValue value)
{
    switch (json_type(value)) {
    case JSON_OBJECT: return write_object(writer, arena, value);
    case JSON_ARRAY: return write_array(writer, arena, value);
    default: return write_scalar(writer, value);
    }
}

Error json_write_canonical(JsonWriter *writer, JsonValue value)
{
    RETURN_IF_ERROR(write_value(writer, value.document->arena, value));
    return writer->buffer->failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("JSON: no room for canonical text"))
                                  : ERROR_NONE;
}
