/*
 * What the files number_*.c share: 128-bit products, powers of ten, exact decimal expansion.
 */
#ifndef PERLY_BASE_INTERNAL_H
#define PERLY_BASE_INTERNAL_H

#include "base/slice.h"

/* The bits of an IEEE 754 double, and its value as significand * 2^exponent. */
enum { DOUBLE_FRACTION_BITS = 52, DOUBLE_EXPONENT_MIN = -1074, DOUBLE_EXPONENT_SPECIAL = 0x7FF };
#define DOUBLE_HIDDEN (UINT64_C(1) << DOUBLE_FRACTION_BITS)
#define DOUBLE_SIGN (UINT64_C(1) << 63)
#define DOUBLE_INFINITY ((uint64_t)DOUBLE_EXPONENT_SPECIAL << DOUBLE_FRACTION_BITS)

static inline uint64_t number_bits(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double number_from_bits(uint64_t bits)
{
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int32_t number_biased_exponent(uint64_t bits)
{
    return (int32_t)((bits >> DOUBLE_FRACTION_BITS) & DOUBLE_EXPONENT_SPECIAL);
}

/* The integer significand of a finite double; an infinity's bits give 2^52, as if its exponent went on. */
static inline uint64_t number_significand(uint64_t bits)
{
    const uint64_t fraction = bits & (DOUBLE_HIDDEN - 1);
    return number_biased_exponent(bits) == 0 ? fraction : fraction | DOUBLE_HIDDEN;
}

static inline int32_t number_exponent(uint64_t bits)
{
    const int32_t biased = number_biased_exponent(bits);
    return DOUBLE_EXPONENT_MIN + (biased == 0 ? 0 : biased - 1);
}

typedef struct Wide {
    uint64_t high;
    uint64_t low;
} Wide;

static inline Wide number_multiply(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 Product;
    const Product product = (Product)a * b;
    return (Wide){(uint64_t)(product >> 64), (uint64_t)product};
}

/* `*sum` += `value`; the carry out. */
static inline uint64_t number_add(uint64_t *sum, uint64_t value)
{
    *sum += value;
    return *sum < value ? 1 : 0;
}

/* floor(log2(10^k)); the shift of a negative int is arithmetic with every compiler we have. */
static inline int32_t number_log2_power(int32_t k)
{
    return (k * 1741647) >> 19;
}

/*
 * 10^k = m * 2^(number_log2_power(k) - 127), 2^127 <= m < 2^128: the integer part of m, which is all of it
 * when number_power_is_exact. k lies in POWER_MIN..POWER_MAX.
 */
enum { POWER_MIN = -342, POWER_MAX = 324 };
Wide number_power(int32_t k);

static inline bool number_power_is_exact(int32_t k)
{
    return k >= 0 && k <= 55; /* 5^55 < 2^128 */
}

/* 5^k for k in 0..27. */
uint64_t number_five(int32_t k);

/* 0.d1d2d3... * 10^point; neither the first nor the last digit is '0'; zero has no digit and point 0. */
enum { EXACT_DIGITS = 800 };
typedef struct ExactDecimal {
    int32_t count;
    int32_t point;
    char digits[EXACT_DIGITS];
} ExactDecimal;

/* All digits of significand * 2^exponent, for a significand < 2^55 and an exponent in -1075..971. */
void number_exact(uint64_t significand, int32_t exponent, ExactDecimal *decimal);

#endif
