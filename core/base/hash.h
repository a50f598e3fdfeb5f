/*
 * SHA-256 (FIPS 180-4) for keys and document hashes, and a fast 64-bit hash for telling whether a row
 * changed.
 */
#ifndef PERLY_BASE_HASH_H
#define PERLY_BASE_HASH_H

#include "base/slice.h"

enum { SHA256_BYTES = 32, SHA256_HEX_BYTES = 64 };

typedef struct Sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    uint8_t block[64];
} Sha256;

void sha256_init(Sha256 *hash);

/* May be called any number of times; any split of the input gives the same digest. */
void sha256_update(Sha256 *hash, Slice bytes);

/* The hash is spent afterwards: sha256_init it before another use. */
void sha256_finish(Sha256 *hash, uint8_t digest[SHA256_BYTES]);

/* Lower-case hexadecimal of `count` bytes into 2 * count characters; no NUL. */
void hash_hex(const uint8_t *bytes, size_t count, char *text);

/*
 * 64-bit hash of bytes, the same on every target; not cryptographic. Different seeds give independent
 * functions. Used for change detection, where both sides are ours: an accidental collision between two
 * versions of one row is a chance of 2^-64.
 */
uint64_t hash64(uint64_t seed, Slice bytes);

#endif
