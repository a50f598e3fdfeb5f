/* The primitives of csv/scan.h in SSE2, which every x86-64 has. */
#ifndef PERLY_CSV_SCAN_SSE2_H
#define PERLY_CSV_SCAN_SSE2_H

#include <emmintrin.h>

#define CSV_SCAN_SIMD 1

typedef struct ScanBlock {
    __m128i part[4];
} ScanBlock;

static inline ScanBlock scan_load(const char *bytes)
{
    return (ScanBlock){{
        _mm_loadu_si128((const __m128i *)(const void *)bytes),
        _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16)),
        _mm_loadu_si128((const __m128i *)(const void *)(bytes + 32)),
        _mm_loadu_si128((const __m128i *)(const void *)(bytes + 48)),
    }};
}

static inline uint64_t scan_part_equal(__m128i part, __m128i wanted)
{
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted));
}

static inline uint64_t scan_equal(ScanBlock block, char byte)
{
    const __m128i wanted = _mm_set1_epi8(byte);
    return scan_part_equal(block.part[0], wanted) | scan_part_equal(block.part[1], wanted) << 16 |
           scan_part_equal(block.part[2], wanted) << 32 | scan_part_equal(block.part[3], wanted) << 48;
}

static inline bool scan_has_zero(ScanBlock block)
{
    const __m128i low =
        _mm_min_epu8(_mm_min_epu8(block.part[0], block.part[1]), _mm_min_epu8(block.part[2], block.part[3]));
    return scan_part_equal(low, _mm_setzero_si128()) != 0;
}

#endif
