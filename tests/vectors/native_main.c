/* The native build's answers: frames of a uint32 length and a case on stdin, the same with answers on stdout.
 */
#include "../plain_memory.h"
#include "answer.h"

#include <stdio.h>

int main(void)
{
    const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    arena_init(&arena, &allocator, 0);
    uint32_t length = 0;
    while (fread(&length, sizeof length, 1, stdin) == 1) {
        char *encoded = arena_alloc(&arena, length, 8);
        if (encoded == NULL || fread(encoded, 1, length, stdin) != length) {
            (void)fprintf(stderr, "a case was cut\n");
            return 1;
        }
        Buffer answer;
        buffer_init(&answer, &arena, 0);
        vectors_answer(slice_make(encoded, length), &answer);
        const uint32_t bytes = (uint32_t)answer.length;
        (void)fwrite(&bytes, sizeof bytes, 1, stdout);
        (void)fwrite(answer.data, 1, answer.length, stdout);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return 0;
}
