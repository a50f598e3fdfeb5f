/* Values in texts for people. */
#include "base/number.h"
#include "base/time.h"
#include "score/internal.h"

/* At most one decimal; never "-0". */
static void append_double(Buffer *buffer, double value)
{
    char text[330];
    size_t length = number_print_fixed(value, 1, text);
    if (length > 2 && text[length - 1] == '0') {
        length -= 2;
    }
    const Slice printed = slice_make(text, length);
    buffer_append(buffer, slice_equal(printed, SLICE("-0")) ? SLICE("0") : printed);
}

/* A date alone at midnight, else to the second. */
static void append_time(Buffer *buffer, int64_t ms)
{
    char text[TIME_TEXT_BYTES];
    time_print(ms, text);
    if (ms % 86400000 == 0) {
        buffer_append(buffer, slice_make(text, 10));
    } else {
        buffer_append(buffer, slice_make(text, 19));
        buffer_append(buffer, SLICE("Z"));
    }
}

void score_append_duration(Buffer *buffer, int64_t ms)
{
    static const struct {
        int64_t ms;
        char unit;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms % units[i].ms == 0) {
            buffer_append_int64(buffer, ms / units[i].ms);
            buffer_append_byte(buffer, units[i].unit);
            return;
        }
    }
    buffer_append_int64(buffer, ms);
    buffer_append(buffer, SLICE("ms"));
}

static bool append_plain(Buffer *buffer, CelValue value)
{
    switch ((CelKind)value.kind) {
    case CEL_UNKNOWN:
    case CEL_NULL: buffer_append(buffer, SLICE("-")); return true;
    case CEL_BOOL: buffer_append(buffer, value.as.integer != 0 ? SLICE("true") : SLICE("false")); return true;
    case CEL_INT: buffer_append_int64(buffer, value.as.integer); return true;
    case CEL_UINT: buffer_append_uint64(buffer, value.as.uinteger); return true;
    case CEL_DOUBLE:
        if (value.as.number - value.as.number != 0) {
            return false; /* NaN and infinity: nothing to show a person */
        }
        append_double(buffer, value.as.number);
        return true;
    case CEL_STRING: buffer_append(buffer, cel_text(value)); return true;
    case CEL_TIMESTAMP: append_time(buffer, value.as.integer); return true;
    case CEL_DURATION: score_append_duration(buffer, value.as.integer); return true;
    default: return false;
    }
}

static bool append_value(Buffer *buffer, CelValue value)
{
    if (value.kind != CEL_LIST) {
        return append_plain(buffer, value);
    }
    uint32_t count = 0;
    const CelValue *items = cel_list_items(buffer->arena, value, &count);
    bool good = items != NULL || count == 0;
    for (uint32_t i = 0; good && i < count; i++) {
        buffer_append(buffer, i > 0 ? SLICE("; ") : SLICE(""));
        good = append_plain(buffer, items[i]);
    }
    return good;
}

bool template_print(Buffer *buffer, const Template *text, TemplateValue *value_of, void *context)
{
    bool good = true;
    for (uint32_t i = 0; i < text->count; i++) {
        buffer_append(buffer, text->parts[i].literal);
        if (text->parts[i].program != NULL &&
            !append_value(buffer, value_of(context, text->parts[i].program))) {
            buffer_append(buffer, SLICE("-"));
            good = false;
        }
    }
    return good;
}
