/*
 * The exact decimal expansion of a binary number, by long arithmetic: the slow and certain path below the
 * parser (is the text above or below a halfway point?) and the printers of a given number of digits.
 */
#include "base/assert.h"
#include "base/internal.h"

/* Little-endian in base 2^32; 55 bits * 5^1075 take 2,552 bits. */
enum { LIMBS = 80, PART_DIGITS = 9 };
typedef struct Big {
    int32_t count;
    uint32_t limbs[LIMBS];
} Big;

static void big_multiply(Big *big, uint32_t factor)
{
    uint64_t carry = 0;
    for (int32_t i = 0; i < big->count; i++) {
        carry += (uint64_t)big->limbs[i] * factor;
        big->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        perly_assert(big->count < LIMBS);
        big->limbs[big->count++] = (uint32_t)carry;
    }
}

/* Divides by 10^9; the remainder. */
static uint32_t big_divide(Big *big)
{
    uint64_t rest = 0;
    for (int32_t i = big->count - 1; i >= 0; i--) {
        rest = (rest << 32) | big->limbs[i];
        big->limbs[i] = (uint32_t)(rest / 1000000000);
        rest %= 1000000000;
    }
    while (big->count > 0 && big->limbs[big->count - 1] == 0) {
        big->count--;
    }
    return (uint32_t)rest;
}

/* significand * 2^exponent for an exponent >= 0, significand * 5^-exponent else. */
static void big_set(Big *big, uint64_t significand, int32_t exponent)
{
    big->count = 0;
    for (; significand != 0; significand >>= 32) {
        big->limbs[big->count++] = (uint32_t)significand;
    }
    int32_t left = exponent < 0 ? -exponent : exponent;
    const int32_t step = exponent < 0 ? 13 : 31; /* the largest powers in 32 bits */
    for (; left >= step; left -= step) {
        big_multiply(big, exponent < 0 ? 1220703125 : UINT32_C(1) << 31);
    }
    big_multiply(big, exponent < 0 ? (uint32_t)number_five(left) : UINT32_C(1) << left);
}

void number_exact(uint64_t significand, int32_t exponent, ExactDecimal *decimal)
{
    perly_assert(significand >> 55 == 0 && exponent >= -1075 && exponent <= 971);
    decimal->count = 0;
    decimal->point = 0;
    if (significand == 0) {
        return;
    }
    const int32_t zeros = __builtin_ctzll(significand);
    const int32_t shift = exponent < 0 && zeros > 0 ? (zeros < -exponent ? zeros : -exponent) : 0;
    Big big;
    big_set(&big, significand >> shift, exponent + shift);

    /* From the last part to the first, right to left, then moved to the front. */
    int32_t start = EXACT_DIGITS;
    while (big.count != 0) {
        uint32_t part = big_divide(&big);
        perly_assert(start >= PART_DIGITS);
        for (int32_t i = 0; i < PART_DIGITS; i++) {
            decimal->digits[--start] = (char)('0' + part % 10);
            part /= 10;
        }
    }
    while (decimal->digits[start] == '0') {
        start++;
    }
    int32_t end = EXACT_DIGITS;
    while (decimal->digits[end - 1] == '0') {
        end--;
    }
    decimal->count = end - start;
    decimal->point = EXACT_DIGITS - start + (exponent + shift < 0 ? exponent + shift : 0);
    memmove(decimal->digits, decimal->digits + start, (size_t)decimal->count);
}
