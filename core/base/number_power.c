/*
 * Powers of ten to 128 bits from 0.8 KB of tables. Every 28th power is kept to 192 bits, rounded down; the
 * ones between are a product with an exact power of five. The product's error is below one unit of its last
 * 64 bits, so its first 128 bits are the exact ones unless all bits between are ones; the unit test compares
 * each of the 667 results with long arithmetic.
 */
#include "base/assert.h"
#include "base/internal.h"

enum { STEP = 28, FIRST = -364 };

static const uint64_t steps[25][3] = {
    {0xe1afa13afbd14d6d, 0x82189c09a3a1ec21, 0x7a43516213c7e04c}, /* 10^-364 */
    {0xe3e27a444d8d98b7, 0xfd1b1b2308169b25, 0x363b1f2c568dc3e2},
    {0xe61acf033d1a45df, 0x6fb92487298e33bd, 0xadd7728c20b99bd1},
    {0xe858ad248f5c22c9, 0xd1b3400f8f9cff68, 0xf910f9f648232f14},
    {0xea9c227723ee8bcb, 0x465e15a979c1cadc, 0x0a0ce827eac11f2d},
    {0xece53cec4a314ebd, 0xa4f8bf5635246428, 0x4609ac5c7899ca36},
    {0xef340a98172aace4, 0x86fb897116c87c34, 0x9c39c1da4c49278d},
    {0xf18899b1bc3f8ca1, 0xdc44e6c3cb279ac1, 0xf80f36174730ca34},
    {0xf3e2f893dec3f126, 0x5a89dba3c3efccfa, 0xd8ecb58659be9c90},
    {0xf64335bcf065d37d, 0x4d4617b5ff4a16d5, 0xaa09501d5954a559},
    {0xf8a95fcf88747d94, 0x75a44c6397ce912a, 0x33cca6c06b07b74d},
    {0xfb158592be068d2e, 0xeed6e2f0f0d56712, 0xac2e4f162cfad40a},
    {0xfd87b5f28300ca0d, 0x8bca9d6e188853fc, 0x76dcb60081ce0fa5},
    {0x8000000000000000, 0x0000000000000000, 0x0000000000000000}, /* 10^0 */
    {0x813f3978f8940984, 0x4000000000000000, 0x0000000000000000},
    {0x82818f1281ed449f, 0xbff8f10e7a8921a4, 0x2000000000000000},
    {0x83c7088e1aab65db, 0x792667c6da79e0fa, 0x0861d3ee22d1cc53},
    {0x850fadc09923329e, 0x03e2cf6bc604ddb0, 0x74a7ef0198791097},
    {0x865b86925b9bc5c2, 0x0b8a2392ba45a9b2, 0x5c6658d409fb8bf7},
    {0x87aa9aff79042286, 0x90fb44d2f05d0842, 0xfb118fc9c217a1d2},
    {0x88fcf317f22241e2, 0x441fece3bdf81f03, 0x12f274928400100d},
    {0x8a5296ffe33cc92f, 0x82bd6b70d99aaa6f, 0xbc10c5c5cda97c8d},
    {0x8bab8eefb6409c1a, 0x1ad089b6c2f7548e, 0x25c7b885ba466e37},
    {0x8d07e33455637eb2, 0xdb0b487b6423e1e8, 0x7ec63730f500b406},
    {0x8e679c2f5e44ff8f, 0x570f09eaa7ea7648, 0x5961db50c6d2b886}, /* 10^308 */
};

uint64_t number_five(int32_t k)
{
    static const uint64_t fives[STEP] = {
        1,
        5,
        25,
        125,
        625,
        3125,
        15625,
        78125,
        390625,
        1953125,
        9765625,
        48828125,
        244140625,
        1220703125,
        6103515625,
        30517578125,
        152587890625,
        762939453125,
        3814697265625,
        19073486328125,
        95367431640625,
        476837158203125,
        2384185791015625,
        11920928955078125,
        59604644775390625,
        298023223876953125,
        1490116119384765625,
        7450580596923828125,
    };
    perly_assert(k >= 0 && k < STEP);
    return fives[k];
}

Wide number_power(int32_t k)
{
    perly_assert(k >= POWER_MIN && k <= POWER_MAX);
    const int32_t index = (k - FIRST) / STEP;
    const uint64_t *step = steps[index];
    uint64_t five = number_five(k - FIRST - index * STEP);
    five <<= __builtin_clzll(five);

    /* 192 * 64 bits = 256 bits, of which the lowest 64 are only good for their carry. */
    const Wide low = number_multiply(step[2], five);
    const Wide middle = number_multiply(step[1], five);
    const Wide high = number_multiply(step[0], five);
    uint64_t third = low.high;
    uint64_t second = middle.high;
    uint64_t first = high.high;
    second += number_add(&third, middle.low); /* the high half of a product has room for a carry */
    first += number_add(&second, high.low);
    if ((first & DOUBLE_SIGN) == 0) {
        first = (first << 1) | (second >> 63);
        second = (second << 1) | (third >> 63);
    }
    return (Wide){first, second};
}
