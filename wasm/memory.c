/*
 * The wasm builds' memory: the core's allocator over the toolchain's malloc, and the two exports through
 * which a host hands bytes in. The core itself never calls malloc.
 */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

void *wasm_memory_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_bytes);
}

WASM_EXPORT(perly_memory_alloc) char *perly_memory_alloc(uint32_t bytes)
{
    return malloc(bytes == 0 ? 1 : bytes);
}

WASM_EXPORT(perly_memory_free) void perly_memory_free(char *block)
{
    free(block);
}

void memory_free_wiped(char *block, uint32_t bytes)
{
    if (bytes > 0) {
        memset(block, 0, bytes);
        __asm__ volatile("" : : "r"(block) : "memory"); /* or a compiler would leave out what nobody reads */
    }
    free(block);
}

#ifdef __EMSCRIPTEN__
/* Emscripten calls this when memory grows; ours needs no notice, and without it `env` would be imported. */
void emscripten_notify_memory_growth(int32_t memory_index);
void emscripten_notify_memory_growth(int32_t memory_index)
{
    (void)memory_index;
}
#endif
