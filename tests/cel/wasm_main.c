/* The wasm builds' answers, for conformance.mjs. */
#include "../../wasm/memory.h"
#include "answer.h"

/*
 * Takes the encoded case and the zone file (both owned from here on) and returns the answer: a uint32 length
 * and its bytes, which the caller frees by perly_memory_free. NULL when there is no memory.
 */
char *cel_run(char *encoded, uint32_t length, char *zones, uint32_t zone_bytes);

WASM_EXPORT(cel_run) char *cel_run(char *encoded, uint32_t length, char *zones, uint32_t zone_bytes)
{
    const Allocator allocator = {wasm_memory_resize, NULL};
    Arena arena;
    Buffer answer;
    arena_init(&arena, &allocator, 0);
    buffer_init(&answer, &arena, 0);
    cel_answer(slice_make(encoded, length), slice_make(zones, zone_bytes), &answer);
    perly_memory_free(encoded);
    perly_memory_free(zones);
    const uint32_t bytes = (uint32_t)answer.length;
    char *result = perly_memory_alloc(bytes + (uint32_t)sizeof bytes);
    if (result != NULL) {
        memcpy(result, &bytes, sizeof bytes);
        memcpy(result + sizeof bytes, answer.data, bytes);
    }
    arena_free(&arena);
    return result;
}
