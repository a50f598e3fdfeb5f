#include "base/base64.h"
#include "test.h"

static Arena arena;

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

static void encodes(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Buffer text;
        buffer_init(&text, &arena, 0);
        base64_append(&text, rows[i].bytes);
        CHECK_TEXT(buffer_slice(&text), rows[i].standard, "standard");
        buffer_clear(&text);
        base64url_append(&text, rows[i].bytes);
        CHECK_TEXT(buffer_slice(&text), rows[i].url, "url");
    }
}

static void stops_at_a_full_buffer(void)
{
    Buffer text;
    buffer_init(&text, &arena, 5);
    base64_append(&text, SLICE("foobar"));
    CHECK(text.failed);
    CHECK_TEXT(buffer_slice(&text), SLICE("Zm9vY"), "what fitted");
}

static int with_arena(void)
{
    static TestFunction *const tests[] = {encodes, stops_at_a_full_buffer};
    return test_run(tests, sizeof tests / sizeof tests[0]);
}

int main(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    const int result = with_arena();
    arena_free(&arena);
    return result;
}
