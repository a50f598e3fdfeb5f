#include "base/base64.h"
#include "test.h"

/* RFC 4648 §10, and bytes that tell the two alphabets apart. */
static const struct {
    Slice bytes;
    Slice standard;
    Slice url;
} rows[] = {
    {SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("")},
    {SLICE_INIT("f"), SLICE_INIT("Zg=="), SLICE_INIT("Zg")},
    {SLICE_INIT("fo"), SLICE_INIT("Zm8="), SLICE_INIT("Zm8")},
    {SLICE_INIT("foo"), SLICE_INIT("Zm9v"), SLICE_INIT("Zm9v")},
    {SLICE_INIT("foob"), SLICE_INIT("Zm9vYg=="), SLICE_INIT("Zm9vYg")},
    {SLICE_INIT("fooba"), SLICE_INIT("Zm9vYmE="), SLICE_INIT("Zm9vYmE")},
    {SLICE_INIT("foobar"), SLICE_INIT("Zm9vYmFy"), SLICE_INIT("Zm9vYmFy")},
    {SLICE_INIT("\xfb\xff\xbe\x00"), SLICE_INIT("+/++AA=="), SLICE_INIT("-_--AA")},
};

static void prints_both_forms(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[16];
        const size_t standard = base64_print(rows[i].bytes, text);
        CHECK_TEXT(slice_make(text, standard), rows[i].standard, "standard");
        CHECK_INT(standard, BASE64_TEXT_BYTES(rows[i].bytes.length), "room");
        CHECK_TEXT(slice_make(text, base64url_print(rows[i].bytes, text)), rows[i].url, "url");
    }
}

static void appends_all_or_nothing(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    Buffer text;
    buffer_init(&text, &arena, 8);
    base64url_append(&text, SLICE("foob"));
    CHECK_TEXT(buffer_slice(&text), SLICE("Zm9vYg"), "fits");
    base64url_append(&text, SLICE("foob"));
    CHECK(text.failed);
    CHECK_TEXT(buffer_slice(&text), SLICE("Zm9vYg"), "full");
    arena_free(&arena);
}

TEST_MAIN(prints_both_forms, appends_all_or_nothing)
