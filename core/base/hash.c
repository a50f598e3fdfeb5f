#include "base/hash.h"

void hash_hex(const uint8_t *bytes, size_t count, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
}

/* A multiply-and-fold hash in the manner of wyhash: 16 bytes a step, full 64x64->128 products. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 Wide;
    const Wide product = (Wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t read_little_endian(const char *data, size_t bytes)
{
    uint64_t value = 0;
    memcpy(&value, data, bytes); /* every target is little-endian: toolchain/ checks it */
    return value;
}

uint64_t hash64(uint64_t seed, Slice bytes)
{
    const uint64_t k0 = UINT64_C(0xa0761d6478bd642f);
    const uint64_t k1 = UINT64_C(0xe7037ed1a0b428db);
    uint64_t state = fold(seed ^ k0, k1);
    const char *data = bytes.data;
    size_t left = bytes.length;
    while (left > 16) {
        state = fold(read_little_endian(data, 8) ^ k1, read_little_endian(data + 8, 8) ^ state);
        data += 16;
        left -= 16;
    }
    uint64_t a = 0;
    uint64_t b = 0;
    if (left > 8) {
        a = read_little_endian(data, 8);
        b = read_little_endian(data + 8, left - 8);
    } else if (left > 0) {
        a = read_little_endian(data, left);
    }
    return fold(k1 ^ (uint64_t)bytes.length, fold(a ^ k1, b ^ state));
}
