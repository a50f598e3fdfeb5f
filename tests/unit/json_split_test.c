#include "json/split.h"

#include "test.h"

typedef struct Case {
    const char *name;
    Slice key;
    Slice text;
    Slice log; /* one line an element, then the rest, or the error */
} Case;

#define CASE(name, key, text, log)                                                                           \
    {                                                                                                        \
        name, SLICE_INIT(key), SLICE_INIT(text), SLICE_INIT(log)                                             \
    }

static const Case cases[] = {
    CASE("query", "records", "{\"totalSize\":2,\"records\":[{\"Id\":\"1\"}, {\"Id\":\"2\"}],\"done\":true}",
         "{\"Id\":\"1\"}\n{\"Id\":\"2\"}\nrest {\"totalSize\":2,\"records\":[],\"done\":true}\n"),
    CASE("root", "", "[{\"id\":1,\"errors\":[]},{\"id\":2}]",
         "{\"id\":1,\"errors\":[]}\n{\"id\":2}\nrest []\n"),
    CASE("empty array", "records", "{\"records\":[ \n ]}", "rest {\"records\":[]}\n"),
    CASE("elements of every kind", "", " [1,-2.5e3 ,\"a,]\\\"\",true,null,[[1],2],{\"a\":[{}]},false] ",
         "1\n-2.5e3\n\"a,]\\\"\"\ntrue\nnull\n[[1],2]\n{\"a\":[{}]}\nfalse\nrest  [] \n"),
    CASE("not there", "records", "{\"done\":true}", "rest {\"done\":true}\n"),
    CASE("no array", "records", "{\"records\":null,\"x\":[1]}", "rest {\"records\":null,\"x\":[1]}\n"),
    CASE("an object in its place", "records", "{\"records\":{\"records\":[1]}}",
         "rest {\"records\":{\"records\":[1]}}\n"),
    CASE("the key deeper", "records", "{\"a\":{\"records\":[1]},\"records\":[2]}",
         "2\nrest {\"a\":{\"records\":[1]},\"records\":[]}\n"),
    CASE("the key as a value", "records", "{\"a\":\"records\",\"b\":[1]}",
         "rest {\"a\":\"records\",\"b\":[1]}\n"),
    CASE("the key escaped", "records", "{\"r\\u0065cords\":[1]}", "1\nrest {\"r\\u0065cords\":[]}\n"),
    CASE("an error answer instead of an object", "records", "[{\"errorCode\":\"INVALID_SESSION_ID\"}]",
         "rest [{\"errorCode\":\"INVALID_SESSION_ID\"}]\n"),
    CASE("an object instead of a list", "", "{\"error\":\"x\",\"\":[1]}",
         "rest {\"error\":\"x\",\"\":[1]}\n"),
    CASE("a number", "records", "17", "rest 17\n"),
    CASE("cut", "records", "{\"records\":[{\"Id\":\"1\"},{\"Id\"",
         "{\"Id\":\"1\"}\nJSON_SYNTAX /records/1\n"),
    CASE("wrong element", "", "[1,2,{\"a\":1,\"a\":2}]", "1\n2\nJSON_SYNTAX /2\n"),
    CASE("wrong between", "", "[1 2]", "1\nJSON_SYNTAX \n"),
};

static Error log_element(void *context, Slice element)
{
    buffer_append(context, element);
    buffer_append_byte(context, '\n');
    return ERROR_NONE;
}

static Slice split_in_pieces(Arena *arena, const Case *c, size_t first, size_t rest)
{
    Buffer log;
    buffer_init(&log, arena, 0);
    JsonSplitter splitter;
    json_split_init(&splitter, arena, c->key, (JsonElementSink){log_element, &log});
    Error error = ERROR_NONE;
    size_t piece = first;
    for (size_t at = 0; at < c->text.length && error.code == ERROR_OK;) {
        const Slice part = slice_part(c->text, at, at + piece);
        char *copy = malloc(part.length + 1); /* gone after the call, as the host's buffer is */
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, c->text.data + at, part.length);
        at += part.length;
        error = json_split_feed(&splitter, slice_make(copy, part.length), at == c->text.length);
        free(copy);
        piece = rest;
    }
    if (error.code == ERROR_OK) {
        buffer_append(&log, SLICE("rest "));
        buffer_append(&log, json_split_rest(&splitter));
    } else {
        buffer_append(&log, error_name(error.code));
        buffer_append_byte(&log, ' ');
        buffer_append(&log, error.place.pointer);
    }
    buffer_append_byte(&log, '\n');
    return buffer_slice(&log);
}

static void splits_the_same_however_it_is_cut(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_TEXT(split_in_pieces(&arena, &cases[i], 1, 1), cases[i].log, cases[i].name);
        for (size_t at = 1; at <= cases[i].text.length; at++) {
            CHECK_TEXT(split_in_pieces(&arena, &cases[i], at, SIZE_MAX / 2), cases[i].log, cases[i].name);
        }
    }
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all memory returned");
}

static Error count_element(void *context, Slice element)
{
    *(uint64_t *)context += element.length;
    return ERROR_NONE;
}

/* 200 MB of array in the memory of an element. */
static void bounds_its_memory(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    uint64_t bytes = 0;
    JsonSplitter splitter;
    json_split_init(&splitter, &arena, SLICE("records"), (JsonElementSink){count_element, &bytes});
    CHECK_ERROR(json_split_feed(&splitter, SLICE("{\"records\":[{}"), false), ERROR_OK, "begin");
    char part[10000];
    memset(part, 'x', sizeof part);
    const Slice begin = SLICE(",{\"a\":\"");
    const Slice end = SLICE("\"}");
    memcpy(part, begin.data, begin.length);
    memcpy(part + sizeof part - end.length, end.data, end.length);
    for (int i = 0; i < 20000; i++) {
        CHECK(json_split_feed(&splitter, slice_make(part, 5000), false).code == ERROR_OK);
        CHECK(json_split_feed(&splitter, slice_make(part + 5000, 5000), false).code == ERROR_OK);
    }
    CHECK_ERROR(json_split_feed(&splitter, SLICE("],\"done\":true}"), true), ERROR_OK, "end");
    CHECK_INT(splitter.elements, 20001, "elements");
    CHECK_INT(bytes, 20000 * 9999 + 2, "bytes");
    CHECK(memory.bytes_peak < 65536);
    CHECK_TEXT(json_split_rest(&splitter), SLICE("{\"records\":[],\"done\":true}"), "rest");
    arena_free(&arena);
}

static void refuses_an_endless_element(void)
{
    static const Slice beginnings[] = {SLICE_INIT("{\"records\":[\""), SLICE_INIT("{\"x\":\"")};
    for (int i = 0; i < 2; i++) {
        TestAllocator memory;
        test_allocator_init(&memory);
        Arena arena;
        arena_init(&arena, &memory.allocator, 0);
        uint64_t bytes = 0;
        JsonSplitter splitter;
        json_split_init(&splitter, &arena, SLICE("records"), (JsonElementSink){count_element, &bytes});
        Error error = json_split_feed(&splitter, beginnings[i], false);
        char part[65536];
        memset(part, 'x', sizeof part);
        for (int turn = 0; turn < 1000 && error.code == ERROR_OK; turn++) {
            error = json_split_feed(&splitter, slice_make(part, sizeof part), false);
        }
        CHECK_ERROR(error, ERROR_LIMIT_EXCEEDED, "over 4 MiB");
        CHECK_ERROR(json_split_feed(&splitter, SLICE("\""), false), ERROR_LIMIT_EXCEEDED, "the error stays");
        CHECK(memory.bytes_peak < (size_t)20 << 20);
        arena_free(&arena);
    }
}

static Error fail_second(void *context, Slice element)
{
    (void)element;
    return ++*(int *)context == 2 ? error_make(ERROR_CANCELLED, SLICE("enough")) : ERROR_NONE;
}

static void passes_the_sinks_error_on(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    int calls = 0;
    JsonSplitter splitter;
    json_split_init(&splitter, &arena, SLICE(""), (JsonElementSink){fail_second, &calls});
    CHECK_ERROR(json_split_feed(&splitter, SLICE("[1,2,3,4]"), true), ERROR_CANCELLED, "the sink's");
    CHECK_ERROR(json_split_feed(&splitter, SLICE(""), true), ERROR_CANCELLED, "stays");
    CHECK_INT(calls, 2, "no element after it");
    arena_free(&arena);
}

TEST_MAIN(splits_the_same_however_it_is_cut, bounds_its_memory, refuses_an_endless_element,
          passes_the_sinks_error_on)
