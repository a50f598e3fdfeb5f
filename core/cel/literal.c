/* Numbers as they are written: decimal and hexadecimal, signed by the parser. */
#include "base/assert.h"
#include "base/number.h"
#include "cel/parser.h"

static Error parse_hex(Slice digits, uint64_t *value)
{
    uint64_t result = 0;
    for (size_t i = 2; i < digits.length; i++) {
        const char byte = digits.data[i];
        const unsigned digit = byte <= '9' ? (unsigned)(byte - '0') : (unsigned)((byte | 0x20) - 'a' + 10);
        if (result >> 60 != 0) {
            return error_make(ERROR_NUMBER_SYNTAX, SLICE("out of range"));
        }
        result = result << 4 | digit;
    }
    *value = result;
    return ERROR_NONE;
}

static bool is_hex(Slice text)
{
    perly_assert(text.data != NULL || text.length == 0);
    return text.length > 2 && (text.data[1] | 0x20) == 'x';
}

static bool parse_int(Slice text, bool negative, CelValue *value)
{
    uint64_t size = 0;
    const Error error = is_hex(text) ? parse_hex(text, &size) : number_parse_uint64(text, &size);
    if (error.code != ERROR_OK || size > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *value = cel_int((int64_t)(negative ? 0 - size : size));
    return true;
}

static bool parse_uint(Slice text, CelValue *value)
{
    uint64_t number = 0;
    const Error error = is_hex(text) ? parse_hex(text, &number) : number_parse_uint64(text, &number);
    *value = cel_uint(number);
    return error.code == ERROR_OK;
}

bool cel_literal_number(CelTokenKind kind, Slice text, bool negative, CelValue *value)
{
    double number = 0;
    switch (kind) {
    case TOKEN_INT: return parse_int(text, negative, value);
    case TOKEN_UINT: return !negative && parse_uint(slice_part(text, 0, text.length - 1), value);
    default: break;
    }
    const bool good = number_parse_double(text, &number).code == ERROR_OK;
    *value = cel_double(negative ? -number : number);
    return good;
}
