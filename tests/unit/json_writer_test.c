#include "json/writer.h"

#include "test.h"

typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    Buffer text;
    JsonWriter writer;
} Fixture;

static void setup(Fixture *f)
{
    test_allocator_init(&f->memory);
    arena_init(&f->arena, &f->memory.allocator, 0);
    buffer_init(&f->text, &f->arena, 0);
    f->writer = (JsonWriter){&f->text, false};
}

static void teardown(Fixture *f)
{
    arena_free(&f->arena);
    CHECK_INT(f->memory.bytes, 0, "all memory returned");
}

static void writes_a_document(void)
{
    Fixture f;
    setup(&f);
    JsonWriter *w = &f.writer;
    json_write_object_begin(w);
    json_write_key(w, SLICE("a"));
    json_write_array_begin(w);
    json_write_int64(w, INT64_MIN);
    json_write_double(w, 0.1);
    json_write_double(w, -0.0);
    json_write_double(w, 1e308 * 10);
    json_write_array_begin(w);
    json_write_array_end(w);
    json_write_object_begin(w);
    json_write_object_end(w);
    json_write_bool(w, true);
    json_write_bool(w, false);
    json_write_array_end(w);
    json_write_key(w, SLICE("b\""));
    json_write_null(w);
    json_write_key(w, SLICE("c"));
    json_write_raw(w, SLICE("{\"x\":1}"));
    json_write_key(w, SLICE("d"));
    json_write_text(w, SLICE("e"));
    json_write_object_end(w);
    CHECK_TEXT(buffer_slice(&f.text),
               SLICE("{\"a\":[-9223372036854775808,0.1,0,null,[],{},true,false],\"b\\\"\":null,"
                     "\"c\":{\"x\":1},\"d\":\"e\"}"),
               "document");
    teardown(&f);
}

typedef struct TextCase {
    const char *name;
    Slice text;
    Slice json;
} TextCase;

static void escapes_text(void)
{
    static const TextCase text_cases[] = {
        {"empty", SLICE_INIT(""), SLICE_INIT("\"\"")},
        {"quotes", SLICE_INIT("a\"\\/b"), SLICE_INIT("\"a\\\"\\\\/b\"")},
        {"named controls", SLICE_INIT("\b\t\n\f\r"), SLICE_INIT("\"\\b\\t\\n\\f\\r\"")},
        {"other controls", SLICE_INIT("\x01\x0B\x1F\x7F"), SLICE_INIT("\"\\u0001\\u000b\\u001f\x7F\"")},
        {"utf-8", SLICE_INIT("\xC3\xA9\xF0\x9F\x98\x80"), SLICE_INIT("\"\xC3\xA9\xF0\x9F\x98\x80\"")},
        {"not utf-8", SLICE_INIT("a\xFFz\xE2\x82"), SLICE_INIT("\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"")},
        {"NUL", SLICE_INIT("a\0z"), SLICE_INIT("\"a\xEF\xBF\xBDz\"")},
    };
    Fixture f;
    setup(&f);
    for (size_t i = 0; i < sizeof text_cases / sizeof text_cases[0]; i++) {
        buffer_clear(&f.text);
        f.writer.comma = false;
        json_write_text(&f.writer, text_cases[i].text);
        CHECK_TEXT(buffer_slice(&f.text), text_cases[i].json, text_cases[i].name);
    }
    teardown(&f);
}

typedef struct CanonicalCase {
    const char *name;
    Slice text;
    Slice canonical;
} CanonicalCase;

static void writes_canonical_text(void)
{
    static const CanonicalCase canonical_cases[] = {
        {"space and order", SLICE_INIT(" { \"b\" : [ 1 , true ] ,\n\"a\" : null , \"\" : { } } "),
         SLICE_INIT("{\"\":{},\"a\":null,\"b\":[1,true]}")},
        {"numbers", SLICE_INIT("[1.0,1e2,-0,-0.0,0.10,1E-7,100000000000000000000.0,1e21,4.50]"),
         SLICE_INIT("[1,100,0,0,0.1,1e-7,100000000000000000000,1e+21,4.5]")},
        {"large integers", SLICE_INIT("[9007199254740993,-9223372036854775808]"),
         SLICE_INIT("[9007199254740993,-9223372036854775808]")},
        {"escapes", SLICE_INIT("\"\\u0041\\/\\u00e9\\u000a\\u001F\""),
         SLICE_INIT("\"A/\xC3\xA9\\n\\u001f\"")},
        /* RFC 8785, section 3.2.3: UTF-16 order puts U+1F600 before U+FB33, bytes would not. */
        {"order of keys",
         SLICE_INIT("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
                    "\"\\u00f6\":7}"),
         SLICE_INIT(
             "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"\xC3\xB6\":7,\"\xE2\x82\xAC\":1,\"\xF0\x9F\x98\x80\":5,"
             "\"\xEF\xAC\xB3\":3}")},
        {"a prefix first", SLICE_INIT("{\"ab\":1,\"a\":2,\"abc\":3,\"A\":4,\"b\":5,\"aa\":6}"),
         SLICE_INIT("{\"A\":4,\"a\":2,\"aa\":6,\"ab\":1,\"abc\":3,\"b\":5}")},
    };
    Fixture f;
    setup(&f);
    for (size_t i = 0; i < sizeof canonical_cases / sizeof canonical_cases[0]; i++) {
        JsonDocument document;
        buffer_clear(&f.text);
        f.writer.comma = false;
        CHECK_ERROR(json_parse(&f.arena, canonical_cases[i].text, &document), ERROR_OK,
                    canonical_cases[i].name);
        CHECK_ERROR(json_write_canonical(&f.writer, json_root(&document)), ERROR_OK, canonical_cases[i].name);
        CHECK_TEXT(buffer_slice(&f.text), canonical_cases[i].canonical, canonical_cases[i].name);
    }
    teardown(&f);
}

/* 500 keys in two orders, the buffer growing in the arena in which the keys are sorted. */
static void sorts_many_keys(void)
{
    Fixture f;
    setup(&f);
    Slice results[2];
    for (uint64_t turn = 0; turn < 2; turn++) {
        Buffer source;
        Buffer result;
        buffer_init(&source, &f.arena, 0);
        buffer_init(&result, &f.arena, 0);
        JsonWriter writer = {&source, false};
        json_write_object_begin(&writer);
        for (uint64_t i = 0; i < 500; i++) {
            char key[3] = {0};
            const uint64_t n = turn == 0 ? i : (i * 377 + 5) % 500;
            key[0] = (char)('a' + n % 26);
            key[1] = (char)('a' + n / 26);
            json_write_key(&writer, slice_make(key, 2));
            json_write_int64(&writer, (int64_t)n);
        }
        json_write_object_end(&writer);
        JsonDocument document;
        CHECK_ERROR(json_parse(&f.arena, buffer_slice(&source), &document), ERROR_OK, "parse");
        JsonWriter canonical = {&result, false};
        CHECK_ERROR(json_write_canonical(&canonical, json_root(&document)), ERROR_OK, "canonical");
        results[turn] = buffer_slice(&result);
    }
    CHECK_TEXT(results[0], results[1], "the same bytes");
    CHECK(slice_starts_with(results[0], SLICE("{\"aa\":0,\"ab\":26,\"ac\":52,")));
    teardown(&f);
}

static void tells_of_a_full_buffer(void)
{
    Fixture f;
    setup(&f);
    JsonDocument document;
    CHECK_ERROR(json_parse(&f.arena, SLICE("{\"a\":[1,2,3]}"), &document), ERROR_OK, "parse");
    Buffer small;
    buffer_init(&small, &f.arena, 5);
    JsonWriter writer = {&small, false};
    CHECK_ERROR(json_write_canonical(&writer, json_root(&document)), ERROR_OUT_OF_MEMORY, "no room");
    CHECK(small.failed);
    teardown(&f);
}

TEST_MAIN(writes_a_document, escapes_text, writes_canonical_text, sorts_many_keys, tells_of_a_full_buffer)
