/*
 * Text to double, correctly rounded, in three stages:
 *
 * 1. At most 19 digits that fit into 53 bits, and a power of ten up to 10^22: both are exact doubles, so one
 *    multiplication or division rounds once (Clinger, "How to read floating point numbers accurately").
 * 2. The first 19 digits times 128 bits of a power of ten: a lower and an upper bound of the value. When both
 *    round to the same double, that is the answer.
 * 3. Else the text is compared, digit by digit, with the exact expansion of the halfway point between.
 */
#include "base/internal.h"
#include "base/number.h"

enum { DIGITS_KEPT = 19 };

typedef struct Decimal {
    uint64_t significand; /* the first DIGITS_KEPT digits */
    int64_t exponent;     /* value = significand * 10^exponent, and a bit more when digits were cut */
    bool negative;
    bool cut;      /* digits follow those in `significand` */
    Slice digits;  /* from the first digit that is not zero; may hold a '.' */
    int64_t point; /* value = 0.digits * 10^point */
} Decimal;

static Error not_a_number(void)
{
    return error_make(ERROR_NUMBER_SYNTAX, SLICE("not a number"));
}

static unsigned digit_at(Slice text, size_t at)
{
    return at < text.length ? (unsigned)(unsigned char)text.data[at] - '0' : 10;
}

/* The digits from `*at`, appended to `*sum` modulo 2^64; how many there were. */
static size_t scan_digits(Slice text, size_t *at, uint64_t *sum)
{
    const size_t start = *at;
    unsigned digit = 0;
    while ((digit = digit_at(text, *at)) <= 9) {
        *sum = *sum * 10 + digit;
        (*at)++;
    }
    return *at - start;
}

/* An optional exponent from `at` to the end of the text; far beyond every double it stands still. */
static Error scan_exponent(Slice text, size_t at, int64_t *exponent)
{
    *exponent = 0;
    if (at == text.length) {
        return ERROR_NONE;
    }
    if (text.data[at] != 'e' && text.data[at] != 'E') {
        return not_a_number();
    }
    at++;
    const bool negative = at < text.length && text.data[at] == '-';
    if (at < text.length && (text.data[at] == '-' || text.data[at] == '+')) {
        at++;
    }
    if (digit_at(text, at) > 9) {
        return not_a_number();
    }
    int64_t sum = 0;
    for (; digit_at(text, at) <= 9; at++) {
        sum = sum < INT64_MAX / 100 ? sum * 10 + digit_at(text, at) : sum;
    }
    if (at != text.length) {
        return not_a_number();
    }
    *exponent = negative ? -sum : sum;
    return ERROR_NONE;
}

/* The first DIGITS_KEPT digits, when there are more of them. */
static void cut_digits(Decimal *decimal)
{
    uint64_t sum = 0;
    size_t at = 0;
    for (int32_t kept = 0; kept < DIGITS_KEPT; at++) {
        const unsigned digit = digit_at(decimal->digits, at);
        if (digit <= 9) {
            sum = sum * 10 + digit;
            kept++;
        }
    }
    decimal->significand = sum;
    decimal->exponent = decimal->point - DIGITS_KEPT;
    decimal->cut = true;
}

/* What remains to be known once the mantissa is text[start..end) and has `count` digits. */
static void place_digits(Slice text, size_t start, size_t end, size_t count, Decimal *decimal)
{
    size_t first = start;
    size_t zeros = 0;
    while (first < end && (text.data[first] == '0' || text.data[first] == '.')) {
        zeros += text.data[first] == '0' ? 1 : 0;
        first++;
    }
    decimal->digits = slice_part(text, first, end);
    decimal->point = decimal->exponent + (int64_t)(count - zeros);
    if (count - zeros > DIGITS_KEPT) {
        cut_digits(decimal);
    }
}

static Error scan_decimal(Slice text, Decimal *decimal)
{
    *decimal = (Decimal){.negative = text.length != 0 && text.data[0] == '-'};
    size_t at = text.length != 0 && (text.data[0] == '-' || text.data[0] == '+') ? 1 : 0;
    const size_t start = at;
    size_t places = 0;
    size_t count = scan_digits(text, &at, &decimal->significand);
    if (at < text.length && text.data[at] == '.') {
        at++;
        places = scan_digits(text, &at, &decimal->significand);
        count += places;
    }
    if (count == 0) {
        return not_a_number();
    }
    RETURN_IF_ERROR(scan_exponent(text, at, &decimal->exponent));
    decimal->exponent -= (int64_t)places;
    place_digits(text, start, at, count, decimal);
    return ERROR_NONE;
}

/* Stage 1. 10^k is 5^k * 2^k: both are exact doubles up to k = 22. */
static bool convert_exactly(const Decimal *decimal, uint64_t *bits)
{
    const int64_t k = decimal->exponent < 0 ? -decimal->exponent : decimal->exponent;
    if (decimal->cut || decimal->significand > DOUBLE_HIDDEN * 2 || k > 22) {
        return false;
    }
    const double significand = (double)decimal->significand;
    const double power = (double)number_five((int32_t)k) * (double)(UINT64_C(1) << k);
    *bits = number_bits(decimal->exponent < 0 ? significand / power : significand * power);
    return true;
}

/*
 * The double nearest to significand * 2^exponent, plus a bit more when `more`; ties to even. The bits of
 * infinity when that is beyond the largest one.
 */
static uint64_t round_bits(uint64_t significand, bool more, int32_t exponent)
{
    const int32_t zeros = __builtin_clzll(significand);
    const uint64_t whole = significand << zeros;
    const int32_t top = exponent - zeros + 63; /* 2^top <= value < 2^(top + 1) */
    if (top > 1023) {
        return DOUBLE_INFINITY;
    }
    const int32_t drop = top < -1022 ? 11 - 1022 - top : 11;
    if (drop > 64) {
        return 0; /* below half of the smallest subnormal */
    }
    const uint64_t kept = drop == 64 ? 0 : whole >> drop;
    const uint64_t rest = drop == 64 ? whole : whole << (64 - drop);
    const bool up = rest > DOUBLE_SIGN || (rest == DOUBLE_SIGN && (more || (kept & 1) != 0));
    const uint64_t biased = top < -1022 ? 0 : (uint64_t)(top + 1022); /* the hidden bit adds one */
    return (biased << DOUBLE_FRACTION_BITS) + kept + (up ? 1 : 0);
}

typedef struct Bounds {
    uint64_t low;
    uint64_t high;
} Bounds;

/* Stage 2. The bits of two doubles between which, inclusively, the rounded value lies. */
static Bounds bound_bits(const Decimal *decimal)
{
    if (decimal->exponent < POWER_MIN) {
        return (Bounds){0, 0}; /* below 10^19 * 10^-343 */
    }
    if (decimal->exponent > 308) {
        return (Bounds){DOUBLE_INFINITY, DOUBLE_INFINITY};
    }
    const int32_t k = (int32_t)decimal->exponent;
    const bool exact = number_power_is_exact(k);
    const Wide power = number_power(k);
    const int32_t zeros = __builtin_clzll(decimal->significand);
    const uint64_t significand = decimal->significand << zeros;
    const Wide low = number_multiply(power.low, significand);
    Wide product = number_multiply(power.high, significand);
    product.high += number_add(&product.low, low.high);
    int32_t exponent = number_log2_power(k) - 127 - zeros + 128;
    const uint64_t from = round_bits(product.high, (product.low | low.low) != 0, exponent);
    if (exact && !decimal->cut) {
        return (Bounds){from, from};
    }
    /* In units of product.low: less than 1 in low.low, less than 1 for the power, 2^zeros * power for the
     * cut. */
    product.high += number_add(&product.low, 2);
    if (decimal->cut) {
        const uint64_t before = product.high;
        product.high += UINT64_C(1) << zeros;
        if (product.high < before) { /* only its top bit is lost: 19 digits leave at most 4 zeros */
            product = (Wide){DOUBLE_SIGN | (product.high >> 1), product.low | (product.high & 1)};
            exponent++;
        }
    }
    return (Bounds){from, round_bits(product.high, product.low != 0, exponent)};
}

/* Stage 3. How the value compares to the point halfway between the double `bits` and the next: <0, 0, >0. */
static int compare_with_halfway(const Decimal *decimal, uint64_t bits)
{
    ExactDecimal halfway;
    number_exact(2 * number_significand(bits) + 1, number_exponent(bits) - 1, &halfway);
    if (decimal->point != halfway.point) {
        return decimal->point < halfway.point ? -1 : 1;
    }
    int32_t index = 0;
    for (size_t at = 0; at < decimal->digits.length; at++) {
        const char digit = decimal->digits.data[at];
        if (digit == '.') {
            continue;
        }
        char other = '0';
        if (index < halfway.count) {
            other = halfway.digits[index++];
        }
        if (digit != other) {
            return digit < other ? -1 : 1;
        }
    }
    return index < halfway.count ? -1 : 0;
}

Error number_parse_double(Slice text, double *value)
{
    Decimal decimal;
    RETURN_IF_ERROR(scan_decimal(text, &decimal));
    uint64_t bits = 0;
    if (decimal.significand != 0 && !convert_exactly(&decimal, &bits)) {
        const Bounds bounds = bound_bits(&decimal);
        for (bits = bounds.low; bits < bounds.high; bits++) {
            const int order = compare_with_halfway(&decimal, bits);
            if (order < 0 || (order == 0 && (bits & 1) == 0)) {
                break;
            }
        }
    }
    if (bits >= DOUBLE_INFINITY) {
        return error_make(ERROR_NUMBER_SYNTAX, SLICE("number out of range"));
    }
    *value = number_from_bits(decimal.negative ? bits | DOUBLE_SIGN : bits);
    return ERROR_NONE;
}
