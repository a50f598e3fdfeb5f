/* The primitives of csv/scan.h in WebAssembly's 128-bit SIMD. */
#ifndef PERLY_CSV_SCAN_WASM_H
#define PERLY_CSV_SCAN_WASM_H

#include <wasm_simd128.h>

#define CSV_SCAN_SIMD 1

typedef struct ScanBlock {
    v128_t part[4];
} ScanBlock;

static inline ScanBlock scan_load(const char *bytes)
{
    return (ScanBlock){{
        wasm_v128_load(bytes),
        wasm_v128_load(bytes + 16),
        wasm_v128_load(bytes + 32),
        wasm_v128_load(bytes + 48),
    }};
}

static inline uint64_t scan_part_equal(v128_t part, v128_t wanted)
{
    return (uint32_t)wasm_i8x16_bitmask(wasm_i8x16_eq(part, wanted));
}

static inline uint64_t scan_equal(ScanBlock block, char byte)
{
    const v128_t wanted = wasm_i8x16_splat(byte);
    return scan_part_equal(block.part[0], wanted) | scan_part_equal(block.part[1], wanted) << 16 |
           scan_part_equal(block.part[2], wanted) << 32 | scan_part_equal(block.part[3], wanted) << 48;
}

static inline bool scan_has_zero(ScanBlock block)
{
    const v128_t low = wasm_u8x16_min(wasm_u8x16_min(block.part[0], block.part[1]),
                                      wasm_u8x16_min(block.part[2], block.part[3]));
    return !wasm_i8x16_all_true(low);
}

#endif
