#include "salesforce/id_range.h"

enum { DIGITS = SF_ID_SHORT_BYTES - SF_ID_PREFIX_BYTES, BASE = 62 };

static const char digit_letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The first digit is the greatest. */
typedef struct Number {
    int digits[DIGITS];
} Number;

static int value_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : c - 'a' + 36;
}

static Number number_of(Slice id)
{
    Number number;
    for (int i = 0; i < DIGITS; i++) {
        number.digits[i] = value_of(id.data[SF_ID_PREFIX_BYTES + i]);
    }
    return number;
}

static void write_id(Slice like, const Number *number, char id[SF_ID_SHORT_BYTES])
{
    char text[SF_ID_SHORT_BYTES];
    memcpy(text, like.data, SF_ID_PREFIX_BYTES);
    for (int i = 0; i < DIGITS; i++) {
        text[SF_ID_PREFIX_BYTES + i] = digit_letters[number->digits[i]];
    }
    memcpy(id, text, sizeof text);
}

/* a + sign * b, which is not negative; false when it has a digit more. */
static bool add(Number *a, const Number *b, int sign)
{
    int carry = 0;
    for (int i = DIGITS - 1; i >= 0; i--) {
        const int sum = a->digits[i] + sign * b->digits[i] + carry + BASE;
        a->digits[i] = sum % BASE;
        carry = sum / BASE - 1;
    }
    return carry == 0;
}

static void halve(Number *number)
{
    int rest = 0;
    for (int i = 0; i < DIGITS; i++) {
        const int value = rest * BASE + number->digits[i];
        number->digits[i] = value / 2;
        rest = value % 2;
    }
}

static bool is_zero(const Number *number)
{
    bool zero = true;
    for (int i = 0; i < DIGITS; i++) {
        zero = zero && number->digits[i] == 0;
    }
    return zero;
}

bool sf_id_below(Slice a, Slice b)
{
    return sf_id_valid(a) && sf_id_valid(b) && memcmp(a.data, b.data, SF_ID_PREFIX_BYTES) == 0 &&
           memcmp(a.data, b.data, SF_ID_SHORT_BYTES) < 0; /* the digits are in the order of ASCII */
}

/* to - from, which is more than nothing. */
static bool distance(Slice from, Slice to, Number *between)
{
    if (!sf_id_below(from, to)) {
        return false;
    }
    const Number low = number_of(from);
    *between = number_of(to);
    return add(between, &low, -1);
}

bool sf_id_middle(Slice from, Slice to, char middle[SF_ID_SHORT_BYTES])
{
    Number half;
    if (!distance(from, to, &half)) {
        return false;
    }
    halve(&half);
    if (is_zero(&half)) {
        return false;
    }
    const Number low = number_of(from);
    const bool fits = add(&half, &low, 1);
    write_id(from, &half, middle);
    return fits;
}

bool sf_id_beyond(Slice from, Slice to, char beyond[SF_ID_SHORT_BYTES])
{
    Number far;
    if (!distance(from, to, &far)) {
        return false;
    }
    const Number low = number_of(to);
    if (!add(&far, &low, 1)) {
        return false;
    }
    write_id(to, &far, beyond);
    return true;
}
