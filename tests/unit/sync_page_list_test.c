/* The list of pages that are read side by side: in which order they are taken, and what a checkpoint keeps.
 */
#include "sync/pull/page_list.h"

#include "test.h"

typedef struct Bench {
    TestAllocator memory;
    Arena arena;
    PageList list;
} Bench;

static void bench_open(Bench *bench)
{
    test_allocator_init(&bench->memory);
    arena_init(&bench->arena, &bench->memory.allocator, 0);
    page_list_begin(&bench->list);
}

static void bench_close(Bench *bench)
{
    arena_free(&bench->arena);
    CHECK_INT(bench->memory.bytes, 0, "all memory returned");
}

static Slice print(Bench *bench)
{
    Buffer text;
    buffer_init(&text, &bench->arena, 0);
    page_list_print(&bench->list, &text);
    return buffer_slice(&text);
}

static const SfBulkLinks five = {
    .pages = {SLICE_INIT("a"), SLICE_INIT("b"), SLICE_INIT("c"), SLICE_INIT("d"), SLICE_INIT("e")},
    .count = 5,
    .has_next = true,
    .next = SLICE_INIT("n")};

static uint64_t take(Bench *bench, Slice want)
{
    uint64_t number = 0;
    Slice link = SLICE("");
    CHECK_NAMED(page_list_take(&bench->list, &number, &link), want.data);
    CHECK_TEXT(link, want, "taken in order");
    return number;
}

static void ends_in_any_order(void)
{
    Bench bench;
    bench_open(&bench);
    CHECK_TEXT(print(&bench), SLICE("+ \n"), "before the first list");
    page_list_add(&bench.list, &five);
    const uint64_t a = take(&bench, SLICE("a"));
    const uint64_t b = take(&bench, SLICE("b"));
    CHECK_TEXT(print(&bench), SLICE("- a\n- b\n- c\n- d\n- e\n+ n\n"), "open pages are not stored");
    page_list_done(&bench.list, b, 40);
    CHECK_TEXT(print(&bench), SLICE("- a\n40 b\n- c\n- d\n- e\n+ n\n"), "b before a");
    const uint64_t c = take(&bench, SLICE("c"));
    Slice link = SLICE("");
    uint64_t behind = 0;
    page_list_done(&bench.list, c, 2);
    CHECK(page_list_rest(&bench.list, &link, &behind));
    CHECK_TEXT(link, SLICE("a"), "from the first that is not stored on");
    CHECK_INT(behind, 42, "rows that come again");
    page_list_done(&bench.list, a, 40);
    CHECK_TEXT(print(&bench), SLICE("- d\n- e\n+ n\n"), "what is stored leaves the list");
    CHECK_INT(page_list_waiting(&bench.list), 2, "d and e");
    page_list_done(&bench.list, take(&bench, SLICE("d")), 40);
    page_list_done(&bench.list, take(&bench, SLICE("e")), 40);
    CHECK(!page_list_rest(&bench.list, &link, &behind));
    CHECK_TEXT(print(&bench), SLICE("+ n\n"), "another list");
    const SfBulkLinks last = {.pages = {SLICE("f")}, .count = 1};
    page_list_add(&bench.list, &last);
    page_list_done(&bench.list, take(&bench, SLICE("f")), 0);
    CHECK_TEXT(print(&bench), SLICE(""), "nothing is left");
    bench_close(&bench);
}

static void is_read_as_printed(void)
{
    static const struct {
        const char *text;
        ErrorCode code;
        uint32_t waiting;
    } rows[] = {
        {"", ERROR_OK, 0},
        {"+ \n", ERROR_OK, 0},
        {"+ locator=a%3D\n", ERROR_OK, 0},
        {"- a\n40 b\n- \n+ n\n", ERROR_OK, 2},
        {"many a\n", ERROR_STORE_FAILED, 0},
        {"-1 a\n", ERROR_STORE_FAILED, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Bench bench;
        bench_open(&bench);
        const Slice text = slice_from_text(rows[i].text);
        CHECK_ERROR(page_list_read(&bench.list, text), rows[i].code, rows[i].text);
        if (rows[i].code == ERROR_OK) {
            CHECK_TEXT(print(&bench), text, rows[i].text);
            CHECK_INT(page_list_waiting(&bench.list), rows[i].waiting, rows[i].text);
        }
        bench_close(&bench);
    }
}

static void is_never_too_long(void)
{
    Bench bench;
    bench_open(&bench);
    while (page_list_has_room(&bench.list)) {
        page_list_add(&bench.list, &five);
    }
    CHECK_INT(bench.list.count, PAGE_LIST_MAX, "full");
    const Slice text = print(&bench);
    PageList again;
    CHECK_ERROR(page_list_read(&again, text), ERROR_OK, "a full one");
    Buffer longer;
    buffer_init(&longer, &bench.arena, 0);
    buffer_append(&longer, SLICE("- x\n"));
    buffer_append(&longer, text);
    CHECK_ERROR(page_list_read(&again, buffer_slice(&longer)), ERROR_STORE_FAILED, "one more");
    bench_close(&bench);
}

TEST_MAIN(ends_in_any_order, is_read_as_printed, is_never_too_long)
