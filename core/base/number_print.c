/*
 * Double to text. The shortest form is Schubfach (Raffaello Giulietti, "The Schubfach way to render
 * doubles"): of the multiples of a power of ten just below the width of the rounding interval, at most two
 * lie next to the value, and at most one multiple of the next power lies in the interval. Fixed and exponent
 * form round the exact expansion.
 */
#include "base/assert.h"
#include "base/internal.h"
#include "base/number.h"

/* digits * 10^exponent */
typedef struct Shortest {
    uint64_t digits;
    int32_t exponent;
} Shortest;

/*
 * power * factor / 2^128, where the lowest bit of the result stands for all that was cut off ("round to
 * odd"): enough to compare it exactly with multiples of 2, since `power` is at most one unit above the true
 * one.
 */
static uint64_t multiply_to_odd(Wide power, uint64_t factor)
{
    const Wide low = number_multiply(power.low, factor);
    const Wide high = number_multiply(power.high, factor);
    uint64_t middle = low.high;
    const uint64_t top = high.high + number_add(&middle, high.low);
    return top | (middle > 1 ? 1 : 0);
}

/* As number_power, but rounded up. */
static Wide power_above(int32_t k)
{
    Wide power = number_power(k);
    if (!number_power_is_exact(k)) {
        power.high += number_add(&power.low, 1);
    }
    return power;
}

/* Of the two candidates n and n + 1 the only one that lies in the interval, if just one does. */
static bool choose_inside(uint64_t n, uint64_t unit, uint64_t lower, uint64_t upper, uint64_t *chosen)
{
    const bool below = lower <= unit * n;
    const bool above = unit * (n + 1) <= upper;
    *chosen = above ? n + 1 : n;
    return below != above;
}

static Shortest shortest_of(uint64_t bits)
{
    const uint64_t significand = number_significand(bits);
    const int32_t exponent = number_exponent(bits);
    if (exponent <= 0 && exponent > -DOUBLE_FRACTION_BITS - 1 &&
        (significand & ((UINT64_C(1) << -exponent) - 1)) == 0) {
        return (Shortest){significand >> -exponent, 0}; /* an integer below 2^53 */
    }
    /* The neighbour below a power of two is nearer than the one above. */
    const bool uneven = significand == DOUBLE_HIDDEN && number_biased_exponent(bits) > 1;
    const int32_t k = (exponent * 1262611 - (uneven ? 524031 : 0)) >> 22; /* floor(log10(width)) */
    const int32_t shift = exponent + number_log2_power(-k) + 1;
    const Wide power = power_above(-k);
    const uint64_t odd = significand & 1; /* the ends round to even, so they belong to even significands */
    const uint64_t value = multiply_to_odd(power, (4 * significand) << shift);
    const uint64_t lower = multiply_to_odd(power, (4 * significand - (uneven ? 1 : 2)) << shift) + odd;
    const uint64_t upper = multiply_to_odd(power, (4 * significand + 2) << shift) - odd;

    /* value, lower, upper are quarters of 10^k. */
    const uint64_t n = value / 4;
    uint64_t chosen = 0;
    if (n >= 10 && choose_inside(n / 10, 40, lower, upper, &chosen)) {
        return (Shortest){chosen, k + 1};
    }
    if (!choose_inside(n, 4, lower, upper, &chosen)) {
        const uint64_t middle = 4 * n + 2;
        chosen = n + (value > middle || (value == middle && (n & 1) != 0) ? 1 : 0);
    }
    return (Shortest){chosen, k};
}

static size_t put(char *text, size_t at, const char *bytes, size_t count)
{
    memcpy(text + at, bytes, count);
    return at + count;
}

static size_t put_zeros(char *text, size_t at, size_t count)
{
    memset(text + at, '0', count);
    return at + count;
}

/* 'e', sign and at least `least` digits. */
static size_t put_exponent(char *text, size_t at, int32_t exponent, size_t least)
{
    text[at] = 'e';
    text[at + 1] = exponent < 0 ? '-' : '+';
    char digits[NUMBER_TEXT_BYTES];
    const size_t count = number_print_uint64((uint64_t)(exponent < 0 ? -exponent : exponent), digits);
    at = put_zeros(text, at + 2, count < least ? least - count : 0);
    return put(text, at, digits, count);
}

/* ECMA-262, Number::toString: value = 0.digits * 10^point. */
static size_t put_shortest(char *text, size_t at, const char *digits, size_t count, int32_t point)
{
    if (point > 21 || point <= -6) {
        at = put(text, at, digits, 1);
        if (count > 1) {
            text[at++] = '.';
            at = put(text, at, digits + 1, count - 1);
        }
        return put_exponent(text, at, point - 1, 1);
    }
    if (point <= 0) {
        at = put(text, at, "0.", 2);
        at = put_zeros(text, at, (size_t)-point);
        return put(text, at, digits, count);
    }
    const size_t whole = (size_t)point;
    if (count <= whole) {
        at = put(text, at, digits, count);
        return put_zeros(text, at, whole - count);
    }
    at = put(text, at, digits, whole);
    text[at++] = '.';
    return put(text, at, digits + whole, count - whole);
}

size_t number_print_double(double value, char *text)
{
    const uint64_t signed_bits = number_bits(value);
    const uint64_t bits = signed_bits & ~DOUBLE_SIGN;
    if (bits > DOUBLE_INFINITY) {
        return put(text, 0, "NaN", 3);
    }
    size_t at = 0;
    if (bits != signed_bits) {
        text[at++] = '-';
    }
    if (bits == DOUBLE_INFINITY) {
        return put(text, at, "Infinity", 8);
    }
    if (bits == 0) {
        return put(text, at, "0", 1);
    }
    const Shortest shortest = shortest_of(bits);
    char digits[NUMBER_TEXT_BYTES];
    size_t count = number_print_uint64(shortest.digits, digits);
    const int32_t point = (int32_t)count + shortest.exponent;
    while (digits[count - 1] == '0') {
        count--;
    }
    return put_shortest(text, at, digits, count, point);
}

/* Half to even, to the first `keep` digits (which may be none, or lie before the first). */
static void round_digits(ExactDecimal *decimal, int32_t keep)
{
    if (keep >= decimal->count) {
        return;
    }
    bool up = false;
    if (keep >= 0) {
        const char next = decimal->digits[keep];
        const bool odd = keep > 0 && ((unsigned char)decimal->digits[keep - 1] & 1U) != 0;
        up = next > '5' || (next == '5' && (keep + 1 < decimal->count || odd));
    }
    decimal->count = keep > 0 ? keep : 0;
    if (!up) {
        return;
    }
    while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '9') {
        decimal->count--;
    }
    if (decimal->count == 0) {
        decimal->digits[decimal->count++] = '1';
        decimal->point++;
    } else {
        decimal->digits[decimal->count - 1]++;
    }
}

/* The digits from `first` to before `last`; those that the decimal does not have are zeros. */
static size_t put_digits(char *text, size_t at, const ExactDecimal *decimal, int32_t first, int32_t last)
{
    for (int32_t i = first; i < last; i++) {
        text[at] = '0';
        if (i >= 0 && i < decimal->count) {
            text[at] = decimal->digits[i];
        }
        at++;
    }
    return at;
}

/* The sign goes into `text`; the number of bytes written. */
static size_t put_exact(char *text, double value, ExactDecimal *decimal)
{
    const uint64_t signed_bits = number_bits(value);
    const uint64_t bits = signed_bits & ~DOUBLE_SIGN;
    perly_assert(bits < DOUBLE_INFINITY);
    number_exact(number_significand(bits), number_exponent(bits), decimal);
    return bits != signed_bits ? put(text, 0, "-", 1) : 0;
}

size_t number_print_fixed(double value, unsigned digits, char *text)
{
    perly_assert(digits <= 100);
    ExactDecimal decimal;
    size_t at = put_exact(text, value, &decimal);
    round_digits(&decimal, decimal.point + (int32_t)digits);
    at = put_digits(text, at, &decimal, decimal.point > 0 ? 0 : decimal.point - 1, decimal.point);
    if (digits > 0) {
        text[at++] = '.';
        at = put_digits(text, at, &decimal, decimal.point, decimal.point + (int32_t)digits);
    }
    return at;
}

size_t number_print_exponent(double value, unsigned digits, char *text)
{
    perly_assert(digits <= 100);
    ExactDecimal decimal;
    size_t at = put_exact(text, value, &decimal);
    round_digits(&decimal, 1 + (int32_t)digits);
    at = put_digits(text, at, &decimal, 0, 1);
    if (digits > 0) {
        text[at++] = '.';
        at = put_digits(text, at, &decimal, 1, 1 + (int32_t)digits);
    }
    return put_exponent(text, at, decimal.count == 0 ? 0 : decimal.point - 1, 2);
}
