/* The primitives of csv/scan.h in AVX2, for builds that ask for it (-march=native). */
#ifndef PERLY_CSV_SCAN_AVX2_H
#define PERLY_CSV_SCAN_AVX2_H

#include <immintrin.h>

#define CSV_SCAN_SIMD 1

typedef struct ScanBlock {
    __m256i part[2];
} ScanBlock;

static inline ScanBlock scan_load(const char *bytes)
{
    return (ScanBlock){{
        _mm256_loadu_si256((const __m256i *)(const void *)bytes),
        _mm256_loadu_si256((const __m256i *)(const void *)(bytes + 32)),
    }};
}

static inline uint64_t scan_part_equal(__m256i part, __m256i wanted)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(part, wanted));
}

static inline uint64_t scan_equal(ScanBlock block, char byte)
{
    const __m256i wanted = _mm256_set1_epi8(byte);
    return scan_part_equal(block.part[0], wanted) | scan_part_equal(block.part[1], wanted) << 32;
}

static inline bool scan_has_zero(ScanBlock block)
{
    return scan_part_equal(_mm256_min_epu8(block.part[0], block.part[1]), _mm256_setzero_si256()) != 0;
}

#endif
