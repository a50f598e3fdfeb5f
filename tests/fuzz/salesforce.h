/* What the harnesses of core/salesforce share: memory of the C library, and arenas for one input. */
#ifndef PERLY_TESTS_FUZZ_SALESFORCE_H
#define PERLY_TESTS_FUZZ_SALESFORCE_H

#include "../plain_memory.h"
#include "base/assert.h"
#include "base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct FuzzArenas {
    Allocator allocator;
    Arena result;
    Arena scratch;
} FuzzArenas;

static inline void fuzz_open(FuzzArenas *arenas)
{
    arenas->allocator = (Allocator){plain_resize, NULL};
    arena_init(&arenas->result, &arenas->allocator, 0);
    arena_init(&arenas->scratch, &arenas->allocator, 0);
}

static inline void fuzz_close(FuzzArenas *arenas)
{
    arena_free(&arenas->result);
    arena_free(&arenas->scratch);
}

/* An error that a person reads: on one line, of bounded length. */
static inline void fuzz_check_message(Error error)
{
    perly_assert(error.message.length <= 1024);
    perly_assert(slice_find_byte(error.message, '\n', 0) == error.message.length);
}

#endif
