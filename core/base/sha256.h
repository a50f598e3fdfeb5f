/* SHA-256 (FIPS 180-4), for keys and document hashes. */
#ifndef PERLY_BASE_SHA256_H
#define PERLY_BASE_SHA256_H

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

#endif
