/*
 * The native build's answers: frames of a uint32 length and a case on stdin, the same with answers on stdout.
 * The first frame is the zone file, or empty, and has no answer.
 */
#include "../plain_memory.h"
#include "answer.h"

#include <stdio.h>

static bool read_frame(Arena *arena, Slice *frame)
{
    uint32_t length = 0;
    if (fread(&length, sizeof length, 1, stdin) != 1) {
        return false;
    }
    char *bytes = arena_alloc(arena, length, 8);
    if (bytes == NULL || fread(bytes, 1, length, stdin) != length) {
        return false;
    }
    *frame = slice_make(bytes, length);
    return true;
}

int main(void)
{
    const Allocator allocator = {plain_resize, NULL};
    Arena zone_arena;
    Arena arena;
    Slice zones = {0};
    Slice encoded = {0};
    arena_init(&zone_arena, &allocator, 0);
    arena_init(&arena, &allocator, 0);
    if (!read_frame(&zone_arena, &zones)) {
        return 1;
    }
    while (read_frame(&arena, &encoded)) {
        Buffer answer;
        buffer_init(&answer, &arena, 0);
        cel_answer(encoded, zones, &answer);
        const uint32_t bytes = (uint32_t)answer.length;
        if (fwrite(&bytes, sizeof bytes, 1, stdout) != 1 ||
            fwrite(answer.data, 1, answer.length, stdout) != answer.length) {
            return 1;
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
    arena_free(&zone_arena);
    return 0;
}
