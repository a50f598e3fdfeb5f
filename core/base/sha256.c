#include "base/sha256.h"

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate_right(uint32_t value, unsigned bits)
{
    return (value >> bits) | (value << (32 - bits));
}

static uint32_t read_big_endian(const uint8_t *bytes)
{
    return ((uint32_t)bytes[0] << 24) | ((uint32_t)bytes[1] << 16) | ((uint32_t)bytes[2] << 8) | bytes[3];
}

static void expand(const uint8_t *block, uint32_t schedule[64])
{
    for (size_t i = 0; i < 16; i++) {
        schedule[i] = read_big_endian(block + 4 * i);
    }
    for (size_t i = 16; i < 64; i++) {
        const uint32_t a = schedule[i - 15];
        const uint32_t b = schedule[i - 2];
        const uint32_t low = rotate_right(a, 7) ^ rotate_right(a, 18) ^ (a >> 3);
        const uint32_t high = rotate_right(b, 17) ^ rotate_right(b, 19) ^ (b >> 10);
        schedule[i] = schedule[i - 16] + low + schedule[i - 7] + high;
    }
}

static void compress(Sha256 *hash, const uint8_t *block)
{
    uint32_t schedule[64];
    expand(block, schedule);
    /* The eight variables of FIPS 180-4, 6.2.2: in registers, which an array would not be. */
    uint32_t a = hash->state[0];
    uint32_t b = hash->state[1];
    uint32_t c = hash->state[2];
    uint32_t d = hash->state[3];
    uint32_t e = hash->state[4];
    uint32_t f = hash->state[5];
    uint32_t g = hash->state[6];
    uint32_t h = hash->state[7];
    for (size_t i = 0; i < 64; i++) {
        const uint32_t sum1 = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
        const uint32_t first = h + sum1 + (g ^ (e & (f ^ g))) + round_constants[i] + schedule[i];
        const uint32_t sum0 = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
        const uint32_t second = sum0 + ((a & b) | (c & (a | b)));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const uint32_t added[8] = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; i++) {
        hash->state[i] += added[i];
    }
}

void sha256_init(Sha256 *hash)
{
    *hash = (Sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                               0x1f83d9ab, 0x5be0cd19}};
}

void sha256_update(Sha256 *hash, Slice bytes)
{
    size_t at = 0;
    while (at < bytes.length) {
        const size_t used = (size_t)(hash->length % sizeof hash->block);
        size_t part = sizeof hash->block - used;
        part = part < bytes.length - at ? part : bytes.length - at;
        memcpy(hash->block + used, bytes.data + at, part);
        hash->length += part;
        at += part;
        if (used + part == sizeof hash->block) {
            compress(hash, hash->block);
        }
    }
}

void sha256_finish(Sha256 *hash, uint8_t digest[SHA256_BYTES])
{
    static const char padding[64] = {(char)0x80};
    const uint64_t bits = hash->length * 8;
    const size_t used = (size_t)(hash->length % 64);
    sha256_update(hash, slice_make(padding, (used < 56 ? 56 : 120) - used));
    char length[8];
    for (unsigned i = 0; i < 8; i++) {
        length[i] = (char)(bits >> (56 - 8 * i));
    }
    sha256_update(hash, slice_make(length, sizeof length));
    for (unsigned i = 0; i < SHA256_BYTES; i++) {
        digest[i] = (uint8_t)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
    }
}
