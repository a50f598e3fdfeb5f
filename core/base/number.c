#include "base/number.h"

#include "base/internal.h"

static Error parse_digits(Slice text, size_t start, uint64_t limit, uint64_t *value)
{
    uint64_t sum = 0;
    if (start >= text.length) {
        return error_make(ERROR_NUMBER_SYNTAX, SLICE("not an integer"));
    }
    for (size_t i = start; i < text.length; i++) {
        const unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit > 9) {
            return error_make(ERROR_NUMBER_SYNTAX, SLICE("not an integer"));
        }
        if (sum > (limit - digit) / 10) {
            return error_make(ERROR_NUMBER_SYNTAX, SLICE("integer out of range"));
        }
        sum = sum * 10 + digit;
    }
    *value = sum;
    return ERROR_NONE;
}

Error number_parse_int64(Slice text, int64_t *value)
{
    const bool negative = text.length != 0 && text.data[0] == '-';
    uint64_t magnitude = 0;
    RETURN_IF_ERROR(
        parse_digits(text, negative ? 1 : 0, (uint64_t)INT64_MAX + (negative ? 1 : 0), &magnitude));
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return ERROR_NONE;
}

Error number_parse_uint64(Slice text, uint64_t *value)
{
    return parse_digits(text, 0, UINT64_MAX, value);
}

size_t number_print_uint64(uint64_t value, char *text)
{
    char reversed[NUMBER_TEXT_BYTES];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < count; i++) {
        text[i] = reversed[count - 1 - i];
    }
    return count;
}

size_t number_print_int64(int64_t value, char *text)
{
    if (value >= 0) {
        return number_print_uint64((uint64_t)value, text);
    }
    text[0] = '-';
    return 1 + number_print_uint64(0 - (uint64_t)value, text + 1);
}

bool number_to_int64(double value, int64_t *result)
{
    if (!(value >= -0x1p63 && value < 0x1p63)) {
        return false;
    }
    *result = (int64_t)value;
    return true;
}

bool number_to_uint64(double value, uint64_t *result)
{
    if (!(value > -1.0 && value < 0x1p64)) {
        return false;
    }
    *result = (uint64_t)value;
    return true;
}

double number_trunc(double value)
{
    const uint64_t bits = number_bits(value);
    const int32_t whole = number_biased_exponent(bits) - 1023; /* bits of the fraction before the point */
    if (whole >= DOUBLE_FRACTION_BITS) {
        return value; /* an integer, NaN or infinity */
    }
    return number_from_bits(bits & (whole < 0 ? DOUBLE_SIGN : ~((DOUBLE_HIDDEN - 1) >> whole)));
}

double number_floor(double value)
{
    const double whole = number_trunc(value);
    return whole > value ? whole - 1.0 : whole;
}

double number_ceil(double value)
{
    const double whole = number_trunc(value);
    return whole < value ? whole + 1.0 : whole;
}

double number_round(double value)
{
    const double whole = number_trunc(value);
    const double rest = value - whole; /* exact; NaN for an infinity, which the comparisons refuse */
    if (rest >= 0.5) {
        return whole + 1.0;
    }
    return rest <= -0.5 ? whole - 1.0 : whole;
}
