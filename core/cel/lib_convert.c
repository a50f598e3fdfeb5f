/* Conversions between types: int(), double(), string()... */
#include "base/number.h"
#include "base/time.h"
#include "base/utf8.h"
#include "cel/library.h"
#include "cel/text.h"

static CelValue out_of_range(void)
{
    return cel_error(CEL_ERROR_RANGE, "range error: the number does not fit");
}

static CelValue not_a_number(void)
{
    return cel_error(CEL_ERROR_CONVERSION, "type conversion error: the text is not a number");
}

CelValue cel_fn_same(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return arguments[0];
}

CelValue cel_fn_type(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_type_value(cel_kind_name((CelKind)arguments[0].kind));
}

CelValue cel_fn_bool(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    static const Slice yes[] = {SLICE_INIT("1"),    SLICE_INIT("t"),    SLICE_INIT("T"),
                                SLICE_INIT("true"), SLICE_INIT("TRUE"), SLICE_INIT("True")};
    static const Slice no[] = {SLICE_INIT("0"),     SLICE_INIT("f"),     SLICE_INIT("F"),
                               SLICE_INIT("false"), SLICE_INIT("FALSE"), SLICE_INIT("False")};
    (void)call;
    (void)count;
    if (arguments[0].kind == CEL_BOOL) {
        return arguments[0];
    }
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (slice_equal(cel_text(arguments[0]), yes[i]) || slice_equal(cel_text(arguments[0]), no[i])) {
            return cel_bool(slice_equal(cel_text(arguments[0]), yes[i]));
        }
    }
    return cel_error(CEL_ERROR_CONVERSION, "type conversion error: the text is not a bool");
}

CelValue cel_fn_bytes(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_bytes(cel_text(arguments[0]));
}

CelValue cel_fn_double(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    double number = 0;
    (void)call;
    (void)count;
    switch ((CelKind)arguments[0].kind) {
    case CEL_INT: return cel_double((double)arguments[0].as.integer);
    case CEL_UINT: return cel_double((double)arguments[0].as.uinteger);
    case CEL_DOUBLE: return arguments[0];
    default: break;
    }
    const Slice text = cel_text(arguments[0]);
    if (slice_equal_ignoring_case(text, SLICE("nan"))) {
        return cel_double(__builtin_nan(""));
    }
    const bool negative = text.length > 0 && text.data[0] == '-';
    const Slice size = slice_part(text, negative || slice_starts_with(text, SLICE("+")), text.length);
    if (slice_equal_ignoring_case(size, SLICE("infinity")) || slice_equal_ignoring_case(size, SLICE("inf"))) {
        return cel_double(negative ? -__builtin_inf() : __builtin_inf());
    }
    return number_parse_double(text, &number).code == ERROR_OK ? cel_double(number) : not_a_number();
}

CelValue cel_fn_int(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    int64_t number = 0;
    const CelValue value = arguments[0];
    const Slice text = cel_text(value);
    (void)call;
    (void)count;
    switch ((CelKind)value.kind) {
    case CEL_INT: return value;
    case CEL_UINT:
        return value.as.uinteger > (uint64_t)INT64_MAX ? out_of_range() : cel_int(value.as.integer);
    case CEL_DOUBLE:
        /* -2^63 itself is refused, as cel-go does: it may have been a smaller number before rounding. */
        return value.as.number > -9223372036854775808.0 && number_to_int64(value.as.number, &number)
                   ? cel_int(number)
                   : out_of_range();
    case CEL_TIMESTAMP: return cel_int((value.as.integer - (value.as.integer % 1000 + 1000) % 1000) / 1000);
    case CEL_DURATION:
        return cel_duration_nanos(value.as.integer, value.length, &number) ? cel_int(number) : out_of_range();
    default: break;
    }
    const bool plus = text.length > 1 && text.data[0] == '+' && text.data[1] != '-';
    return number_parse_int64(slice_part(text, plus, text.length), &number).code == ERROR_OK ? cel_int(number)
                                                                                             : not_a_number();
}

CelValue cel_fn_uint(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    uint64_t number = 0;
    const CelValue value = arguments[0];
    (void)call;
    (void)count;
    switch ((CelKind)value.kind) {
    case CEL_UINT: return value;
    case CEL_INT: return value.as.integer < 0 ? out_of_range() : cel_uint(value.as.uinteger);
    case CEL_DOUBLE:
        return value.as.number >= 0 && number_to_uint64(value.as.number, &number) ? cel_uint(number)
                                                                                  : out_of_range();
    default:
        return number_parse_uint64(cel_text(value), &number).code == ERROR_OK ? cel_uint(number)
                                                                              : not_a_number();
    }
}

CelValue cel_fn_string(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue value = arguments[0];
    (void)count;
    if (value.kind == CEL_STRING) {
        return value;
    }
    if (value.kind == CEL_BYTES) {
        return utf8_valid_length(cel_text(value)) == value.length
                   ? cel_string(cel_text(value))
                   : cel_error(CEL_ERROR_CONVERSION, "invalid UTF-8 in bytes");
    }
    Buffer text;
    cel_build(call, &text);
    cel_append(call, &text, &value);
    return cel_built(call, &text);
}
