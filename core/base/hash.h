/* A fast 64-bit hash for telling whether a row changed, and digests as text. */
#ifndef PERLY_BASE_HASH_H
#define PERLY_BASE_HASH_H

#include "base/slice.h"

/* Lower-case hexadecimal of `count` bytes into 2 * count characters; no NUL. */
void hash_hex(const uint8_t *bytes, size_t count, char *text);

/*
 * 64-bit hash of bytes, the same on every target; not cryptographic. Different seeds give independent
 * functions. Used for change detection, where both sides are ours: an accidental collision between two
 * versions of one row is a chance of 2^-64.
 */
uint64_t hash64(uint64_t seed, Slice bytes);

#endif
