#include "base/arena.h"
#include "test.h"

static void aligns_and_bounds(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 10000);
    for (size_t align = 1; align <= 16; align *= 2) {
        const char *block = arena_alloc(&arena, 3, align);
        CHECK(block != NULL && ((uintptr_t)block & (align - 1)) == 0);
    }
    CHECK(arena_alloc(&arena, 20000, 8) == NULL);
    CHECK(arena_alloc(&arena, SIZE_MAX, 8) == NULL);
    CHECK(arena_calloc(&arena, SIZE_MAX / 2, 3, 8) == NULL);
    CHECK(arena_alloc(&arena, 5000, 8) != NULL);
    CHECK(memory.bytes <= 10000);
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all returned");
}

static void resizes_in_place_at_the_end(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    char *block = arena_alloc(&arena, 10, 1);
    memset(block, 'x', 10);
    CHECK(arena_resize(&arena, block, 10, 100, 1) == block);
    char *second = arena_alloc(&arena, 1, 1);
    CHECK(second == block + 100);
    char *moved = arena_resize(&arena, block, 100, 200, 1);
    CHECK(moved != block && memcmp(moved, "xxxxxxxxxx", 10) == 0);
    arena_free(&arena);
}

static void rewinds_without_new_pages(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    for (int turn = 0; turn < 100; turn++) {
        const ArenaMark mark = arena_mark(&arena);
        for (int i = 0; i < 50; i++) {
            CHECK(arena_alloc(&arena, 1000, 8) != NULL);
        }
        arena_rewind(&arena, mark);
        if (turn == 0) {
            memory.calls = 0;
        }
    }
    CHECK_INT(memory.calls, 0, "no allocation after the first turn");
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all returned");
}

static void wipes_every_page(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    char *first = arena_alloc(&arena, 3000, 1);
    char *second = arena_alloc(&arena, 3000, 1);
    memset(first, 'x', 3000);
    memset(second, 'x', 3000);
    arena_wipe(&arena);
    CHECK(memchr(first, 'x', 3000) == NULL && memchr(second, 'x', 3000) == NULL);
    arena_free(&arena);
}

/* A batch's blocks vary around a size; what is held must not grow with the number of batches. */
static void holds_no_more_with_every_record_size(void)
{
    TestAllocator allocator;
    test_allocator_init(&allocator);
    Arena arena;
    arena_init(&arena, &allocator.allocator, 0);
    size_t after_ten = 0;
    for (size_t round = 0; round < 1000; round++) {
        arena_reset(&arena);
        CHECK(arena_alloc(&arena, 5000, 8) != NULL);
        CHECK(arena_alloc(&arena, (1 << 20) + 64 * round, 8) != NULL);
        CHECK(arena_alloc(&arena, 100000, 8) != NULL);
        after_ten = round == 10 ? allocator.bytes : after_ten;
    }
    CHECK(allocator.bytes_peak <= after_ten + (256 << 10));
    arena_free(&arena);
    CHECK_INT(allocator.bytes, 0, "all given back");
}

TEST_MAIN(holds_no_more_with_every_record_size, aligns_and_bounds, resizes_in_place_at_the_end,
          rewinds_without_new_pages, wipes_every_page)
