/* 'text %s and %.2f'.format([...]): the clauses of cel-go's strings extension. */
#include "base/number.h"
#include "cel/library.h"
#include "cel/text.h"

enum { PRECISION_DEFAULT = 6, PRECISION_MAX = 100, NUMBER_ROOM = 512 };

static CelValue wrong_type(const char *message)
{
    return cel_error(CEL_ERROR_ARGUMENT, message);
}

static bool append_special(const CelCall *call, Buffer *out, const CelValue *value)
{
    if (value->kind != CEL_DOUBLE || __builtin_isfinite(value->as.number)) {
        return false;
    }
    cel_append(call, out, value);
    return true;
}

static CelValue format_decimal(const CelCall *call, Buffer *out, const CelValue *value)
{
    if (value->kind == CEL_INT || value->kind == CEL_UINT) {
        cel_append(call, out, value);
        return cel_null();
    }
    if (append_special(call, out, value)) {
        return cel_null();
    }
    return wrong_type("error during formatting: %d takes integers");
}

static CelValue format_double(const CelCall *call, Buffer *out, const CelValue *value, char clause,
                              unsigned precision)
{
    char digits[NUMBER_ROOM];
    if (append_special(call, out, value)) {
        return cel_null();
    }
    if (value->kind < CEL_INT || value->kind > CEL_DOUBLE) {
        return wrong_type("error during formatting: %f and %e take numbers");
    }
    const double number = cel_number(value);
    const size_t length = clause == 'f' ? number_print_fixed(number, precision, digits)
                                        : number_print_exponent(number, precision, digits);
    buffer_append(out, (Slice){digits, length});
    return cel_null();
}

static void append_digits(Buffer *out, uint64_t size, unsigned bits, bool upper)
{
    char digits[64];
    size_t at = sizeof digits;
    do {
        const unsigned digit = (unsigned)(size & ((1U << bits) - 1));
        digits[--at] = (char)(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
        size >>= bits;
    } while (size != 0);
    buffer_append(out, (Slice){digits + at, sizeof digits - at});
}

static void append_hex(Buffer *out, Slice bytes, bool upper)
{
    for (size_t i = 0; i < bytes.length; i++) {
        const unsigned byte = (unsigned char)bytes.data[i];
        append_digits(out, byte >> 4, 4, upper);
        append_digits(out, byte & 15, 4, upper);
    }
}

static CelValue format_bits(Buffer *out, const CelValue *value, char clause)
{
    const unsigned bits = clause == 'b' ? 1 : (clause == 'o' ? 3 : 4);
    const bool text = (value->kind == CEL_STRING || value->kind == CEL_BYTES) && bits == 4;
    const bool boolean = value->kind == CEL_BOOL && bits == 1;
    if (text) {
        append_hex(out, cel_text(*value), clause == 'X');
        return cel_null();
    }
    if (value->kind != CEL_INT && value->kind != CEL_UINT && !boolean) {
        return wrong_type(bits == 1   ? "error during formatting: %b takes integers and bools"
                          : bits == 3 ? "error during formatting: %o takes integers"
                                      : "error during formatting: %x takes integers, bytes and strings");
    }
    const bool negative = value->kind == CEL_INT && value->as.integer < 0;
    if (negative) {
        buffer_append_byte(out, '-');
    }
    append_digits(out, negative ? 0 - value->as.uinteger : value->as.uinteger, bits, clause == 'X');
    return cel_null();
}

static CelValue format_one(const CelCall *call, Buffer *out, const CelValue *value, char clause,
                           unsigned precision)
{
    if (value->kind <= CEL_ERROR) {
        return *value;
    }
    switch (clause) {
    case 's': cel_append(call, out, value); return cel_null();
    case 'd': return format_decimal(call, out, value);
    case 'f':
    case 'e': return format_double(call, out, value, clause, precision);
    case 'x':
    case 'X':
    case 'o':
    case 'b': return format_bits(out, value, clause);
    default: break;
    }
    return cel_error(CEL_ERROR_ARGUMENT,
                     "could not parse formatting clause: use %s %d %f %e %x %X %o %b or %%");
}

/* ".3" at `*at`; false when it is too large. */
static bool read_precision(Slice text, size_t *at, unsigned *precision)
{
    *precision = PRECISION_DEFAULT;
    if (*at >= text.length || text.data[*at] != '.') {
        return true;
    }
    *precision = 0;
    for ((*at)++; *at < text.length && text.data[*at] >= '0' && text.data[*at] <= '9'; (*at)++) {
        *precision = *precision * 10 + (unsigned)(text.data[*at] - '0');
        if (*precision > PRECISION_MAX) {
            return false;
        }
    }
    return true;
}

/* All of the text; null, or what is wrong. */
static CelValue format_all(const CelCall *call, Buffer *out, Slice text, const CelValue *list)
{
    CelWalk values = {.list = *list};
    for (size_t at = 0; at < text.length; at++) {
        const size_t percent = slice_find_byte(text, '%', at);
        buffer_append(out, slice_part(text, at, percent));
        at = percent + 1;
        unsigned precision = 0;
        CelValue value = cel_null();
        if (percent == text.length) {
            break;
        }
        if (at < text.length && text.data[at] == '%') {
            buffer_append_byte(out, '%');
            continue;
        }
        if (!read_precision(text, &at, &precision) || at >= text.length) {
            return cel_error(CEL_ERROR_ARGUMENT, "could not parse formatting clause: it is not complete");
        }
        if (!cel_walk_next(&values, &value)) {
            return cel_error(CEL_ERROR_INDEX, "index out of range: more clauses than values to format");
        }
        const CelValue result = format_one(call, out, &value, text.data[at], precision);
        if (result.kind <= CEL_ERROR) {
            return result;
        }
    }
    return cel_null();
}

CelValue cel_fn_format(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    Buffer out;
    (void)count;
    cel_build(call, &out);
    const CelValue wrong = format_all(call, &out, cel_text(arguments[0]), &arguments[1]);
    const CelValue built = cel_built(call, &out); /* paid for in any case */
    return wrong.kind <= CEL_ERROR ? wrong : built;
}
