/* Sets of texts: each once, with the number that it came with. */
#include "base/text_set.h"

#include "base/number.h"
#include "test.h"

static void keeps_each_text_once(void)
{
    enum { COUNT = 500 };
    TestAllocator memory;
    Arena arena;
    TextSet set;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    CHECK_ERROR(text_set_init(&set, &arena, COUNT), ERROR_OK, "room");
    CHECK_INT(text_set_find(&set, SLICE("1")), UINT32_MAX, "nothing is there");
    for (uint32_t i = 0; i < COUNT; i++) {
        char digits[NUMBER_TEXT_BYTES];
        Slice text = {NULL, 0};
        CHECK(arena_keep(&arena, slice_make(digits, number_print_uint64(i, digits)), &text));
        CHECK(text_set_add(&set, text, i));
        CHECK(!text_set_add(&set, text, i + 1));
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        char digits[NUMBER_TEXT_BYTES];
        CHECK_INT(text_set_find(&set, slice_make(digits, number_print_uint64(i, digits))), i,
                  "its first number");
    }
    CHECK_INT(text_set_find(&set, SLICE("500")), UINT32_MAX, "not added");
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all memory is given back");
}

TEST_MAIN(keeps_each_text_once)
