#include "base/buffer.h"
#include "test.h"

static void appends_every_kind(void)
{
    TestAllocator memory;
    Arena arena;
    Buffer text;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    buffer_init(&text, &arena, 0);
    CHECK_INT(memory.calls, 0, "an empty buffer allocates nothing");
    CHECK_INT(buffer_slice(&text).length, 0, "empty");
    buffer_append(&text, SLICE("a"));
    buffer_append(&text, (Slice){NULL, 0});
    buffer_append_byte(&text, '\0');
    buffer_append_int64(&text, INT64_MIN);
    buffer_append_byte(&text, ' ');
    buffer_append_uint64(&text, UINT64_MAX);
    buffer_append_byte(&text, ' ');
    buffer_append_double(&text, -2.2250738585072014e-308);
    CHECK(!text.failed);
    CHECK_TEXT(buffer_slice(&text),
               SLICE("a\0-9223372036854775808 18446744073709551615 -2.2250738585072014e-308"), "joined");
    const size_t capacity = text.capacity;
    buffer_clear(&text);
    CHECK(text.length == 0 && text.capacity == capacity);
    arena_free(&arena);
}

static void grows_and_keeps_its_bytes(void)
{
    TestAllocator memory;
    Arena arena;
    Buffer text;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    buffer_init(&text, &arena, 0);
    for (int i = 0; i < 100000; i++) {
        buffer_append_byte(&text, (char)(i % 251));
        if (i % 1000 == 0) {
            CHECK(arena_alloc(&arena, 1, 1) != NULL); /* so that the buffer cannot grow in place */
        }
    }
    CHECK(!text.failed && text.length == 100000);
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        wrong += text.data[i] == (char)(i % 251) ? 0 : 1;
    }
    CHECK_INT(wrong, 0, "bytes");
    CHECK(memory.bytes_peak < 1000000);
    arena_free(&arena);
}

static void stops_at_its_limit(void)
{
    TestAllocator memory;
    Arena arena;
    Buffer text;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    buffer_init(&text, &arena, 5);
    buffer_append(&text, SLICE("abc"));
    buffer_append_int64(&text, 42);
    CHECK(!text.failed);
    buffer_append_byte(&text, 'x');
    CHECK(text.failed && buffer_reserve(&text, 0) == NULL);
    CHECK_TEXT(buffer_slice(&text), SLICE("abc42"), "cut at the append that failed");
    buffer_clear(&text);
    buffer_append(&text, SLICE("toolong"));
    buffer_append(&text, SLICE("a"));
    CHECK(text.failed);
    CHECK_TEXT(buffer_slice(&text), SLICE(""), "later appends do nothing");
    CHECK(buffer_reserve(&text, SIZE_MAX) == NULL);
    arena_free(&arena);
}

/* Whichever allocation fails, what was appended before is intact and the failure is remembered. */
static void survives_each_failed_allocation(void)
{
    for (long fail_at = 1;; fail_at++) {
        TestAllocator memory;
        Arena arena;
        Buffer text;
        test_allocator_init(&memory);
        memory.fail_at = fail_at;
        arena_init(&arena, &memory.allocator, 0);
        buffer_init(&text, &arena, 0);
        size_t appended = 0;
        for (int i = 0; i < 2000; i++) {
            buffer_append(&text, SLICE("0123456789"));
            appended += text.failed ? 0 : 10;
        }
        CHECK_INT(text.length, appended, "length");
        CHECK(appended == 0 || memcmp(text.data + appended - 10, "0123456789", 10) == 0);
        const bool failed = text.failed;
        arena_free(&arena);
        CHECK_INT(memory.bytes, 0, "all returned");
        if (!failed) {
            CHECK(fail_at > 2);
            break;
        }
    }
}

static void words_fit_their_count(void)
{
    static const struct {
        int64_t count;
        Slice what;
        Slice text;
    } cases[] = {{0, SLICE_INIT("row{s}"), SLICE_INIT("0 rows")},
                 {1, SLICE_INIT("row{s}"), SLICE_INIT("1 row")},
                 {2, SLICE_INIT("row{s}"), SLICE_INIT("2 rows")},
                 {1, SLICE_INIT("account{s} of these"), SLICE_INIT("1 account of these")},
                 {21, SLICE_INIT("account{s} of these"), SLICE_INIT("21 accounts of these")},
                 {1, SLICE_INIT("changed"), SLICE_INIT("1 changed")}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TestAllocator memory;
        Arena arena;
        Buffer text;
        test_allocator_init(&memory);
        arena_init(&arena, &memory.allocator, 0);
        buffer_init(&text, &arena, 0);
        buffer_append_counted(&text, cases[i].count, cases[i].what);
        CHECK_TEXT(buffer_slice(&text), cases[i].text, cases[i].text.data);
        arena_free(&arena);
    }
}

TEST_MAIN(appends_every_kind, words_fit_their_count, grows_and_keeps_its_bytes, stops_at_its_limit,
          survives_each_failed_allocation)
