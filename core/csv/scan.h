/*
 * 64 bytes at a time, as bit masks: bit i is byte i. Each instruction set gives three primitives in a header
 * of its own; without one, or when CSV_SCAN_SCALAR is defined, CSV_SCAN_SIMD is not and the reader goes byte
 * by byte.
 *
 *     ScanBlock         64 bytes in registers
 *     scan_load         reads exactly 64 bytes, from any address
 *     scan_equal        which bytes equal `byte`
 *     scan_has_zero     whether any byte is 0
 */
#ifndef PERLY_CSV_SCAN_H
#define PERLY_CSV_SCAN_H

#include <stdbool.h>
#include <stdint.h>

enum { SCAN_BLOCK_BYTES = 64 };

#if defined(CSV_SCAN_SCALAR)
/* the byte by byte path, for the tests */
#elif defined(__wasm_simd128__)
#include "csv/scan_wasm.h"
#elif defined(__AVX2__)
#include "csv/scan_avx2.h"
#elif defined(__SSE2__)
#include "csv/scan_sse2.h"
#endif

/*
 * Bit i of the result is the xor of bits 0..i: of a mask of quotes it gives the bytes inside them, the
 * opening quote included. (A carryless multiplication by all ones, which plain SIMD does not have.)
 */
static inline uint64_t scan_prefix_xor(uint64_t mask)
{
    mask ^= mask << 1;
    mask ^= mask << 2;
    mask ^= mask << 4;
    mask ^= mask << 8;
    mask ^= mask << 16;
    mask ^= mask << 32;
    return mask;
}

#endif
