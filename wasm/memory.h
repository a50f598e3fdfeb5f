/* What the wasm entry points share: how a function is exported, and the allocator behind the core's arenas.
 */
#ifndef PERLY_WASM_MEMORY_H
#define PERLY_WASM_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define WASM_EXPORT(name) __attribute__((export_name(#name)))

void *wasm_memory_resize(void *context, void *block, size_t old_bytes, size_t new_bytes);

/* Bytes for the guest, which owns them from then on; NULL when there is no memory. Aligned to 16. */
char *perly_memory_alloc(uint32_t bytes);

/* For bytes that were not handed on in a call. */
void perly_memory_free(char *block);

/* The same for bytes that may hold a token: they are zeroed first. NULL with 0 bytes is allowed. */
void memory_free_wiped(char *block, uint32_t bytes);

#endif
