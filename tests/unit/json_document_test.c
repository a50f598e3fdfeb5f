#include "json/document.h"

#include "base/buffer.h"
#include "test.h"

typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    JsonDocument document;
} Fixture;

static void setup(Fixture *f)
{
    test_allocator_init(&f->memory);
    arena_init(&f->arena, &f->memory.allocator, 0);
}

static void teardown(Fixture *f)
{
    arena_free(&f->arena);
    CHECK_INT(f->memory.bytes, 0, "all memory returned");
}

static const char config[] = "{\n"
                             "  \"name\": \"Caf\\u00e9 \\\"A\\\"\",\n"
                             "  \"enabled\": true, \"off\": false, \"nothing\": null,\n"
                             "  \"weights\": [30, 0.5, -0, 1e3, -7],\n"
                             "  \"large\": [9007199254740991, 9007199254740992, -9223372036854775808,\n"
                             "             18446744073709551616, 1e300, 12345678901234567890.5],\n"
                             "  \"a/b\": { \"c~d\": [ {}, { \"when\": 7 } ] }\n"
                             "}\n";

static JsonValue parse_config(Fixture *f)
{
    setup(f);
    CHECK_ERROR(json_parse(&f->arena, slice_from_text(config), &f->document), ERROR_OK, "parse");
    f->document.source = SLICE("perly.json");
    return json_root(&f->document);
}

static JsonValue element(JsonValue container, int index)
{
    JsonValue value = json_first(container);
    for (int i = 0; i < index; i++) {
        value = json_next(value);
    }
    return value;
}

static void reads_values(void)
{
    Fixture f;
    const JsonValue root = parse_config(&f);
    Slice text = {NULL, 0};
    CHECK_ERROR(json_text(json_get(root, SLICE("name")), &text), ERROR_OK, "text");
    CHECK_TEXT(text, SLICE("Caf\xC3\xA9 \"A\""), "escapes");
    bool truth = false;
    CHECK_ERROR(json_bool(json_get(root, SLICE("enabled")), &truth), ERROR_OK, "true");
    CHECK(truth);
    CHECK_ERROR(json_bool(json_get(root, SLICE("off")), &truth), ERROR_OK, "false");
    CHECK(!truth);
    CHECK_INT(json_type(json_get(root, SLICE("nothing"))), JSON_NULL, "null");
    CHECK_INT(json_type(json_get(root, SLICE("Nothing"))), JSON_ABSENT, "keys have a case");
    CHECK_INT(json_count(root), 7, "members");
    CHECK_INT(json_count(json_get(root, SLICE("weights"))), 5, "elements");
    CHECK_INT(json_count(json_get(root, SLICE("name"))), 0, "text has none");
    CHECK_TEXT(json_key(json_next(json_first(root))), SLICE("enabled"), "keys in order");
    teardown(&f);
}

static void reads_numbers(void)
{
    static const double want[] = {30, 0.5, 0, 1000, -7};
    Fixture f;
    const JsonValue weights = json_get(parse_config(&f), SLICE("weights"));
    for (int i = 0; i < 5; i++) {
        double number = 1;
        int64_t whole = 1;
        CHECK_ERROR(json_double(element(weights, i), &number), ERROR_OK, "double");
        CHECK(number == want[i]);
        CHECK(!__builtin_signbit(number) || number < 0);
        CHECK_ERROR(json_int64(element(weights, i), &whole), i == 1 ? ERROR_JSON_TYPE : ERROR_OK, "int64");
        CHECK_INT(whole, i == 1 ? 1 : (int64_t)want[i], "int64");
    }
    teardown(&f);
}

typedef struct Large {
    Slice digits;
    ErrorCode code;
    int64_t whole;
} Large;

static void keeps_large_integers(void)
{
    static const Large want[] = {
        {SLICE_INIT(""), ERROR_OK, INT64_C(9007199254740991)},
        {SLICE_INIT("9007199254740992"), ERROR_OK, INT64_C(9007199254740992)},
        {SLICE_INIT("-9223372036854775808"), ERROR_OK, INT64_MIN},
        {SLICE_INIT("18446744073709551616"), ERROR_JSON_TYPE, 0},
        {SLICE_INIT("1e300"), ERROR_JSON_TYPE, 0},
        {SLICE_INIT("12345678901234567890.5"), ERROR_JSON_TYPE, 0},
    };
    Fixture f;
    const JsonValue large = json_get(parse_config(&f), SLICE("large"));
    for (int i = 0; i < 6; i++) {
        int64_t whole = 0;
        CHECK_TEXT(json_large_number(element(large, i)), want[i].digits, "digits");
        CHECK_ERROR(json_int64(element(large, i), &whole), want[i].code, "int64");
        CHECK_INT(whole, want[i].whole, "int64");
    }
    teardown(&f);
}

static void gives_what_stands_for_nothing(void)
{
    Fixture f;
    const JsonValue root = parse_config(&f);
    static const Slice nothings[] = {SLICE_INIT("nothing"), SLICE_INIT("missing")};
    for (int i = 0; i < 2; i++) {
        const JsonValue value = json_get(root, nothings[i]);
        Slice text = {NULL, 0};
        bool truth = false;
        double number = 0;
        int64_t whole = 0;
        CHECK_ERROR(json_text_or(value, SLICE("x"), &text), ERROR_OK, "text");
        CHECK_ERROR(json_bool_or(value, true, &truth), ERROR_OK, "bool");
        CHECK_ERROR(json_double_or(value, 0.5, &number), ERROR_OK, "double");
        CHECK_ERROR(json_int64_or(value, 7, &whole), ERROR_OK, "int64");
        CHECK_TEXT(text, SLICE("x"), "text");
        CHECK(truth && number == 0.5 && whole == 7);
    }
    Slice text = SLICE("untouched");
    CHECK_ERROR(json_text_or(json_get(root, SLICE("enabled")), SLICE("x"), &text), ERROR_JSON_TYPE, "bool");
    CHECK_TEXT(text, SLICE("untouched"), "an error writes nothing");
    teardown(&f);
}

static void check_place(Error error, Slice message, Slice pointer, uint32_t line, uint32_t column)
{
    CHECK_ERROR(error, ERROR_JSON_TYPE, message.data);
    CHECK_TEXT(error.message, message, "message");
    CHECK_TEXT(error.place.source, SLICE("perly.json"), "source");
    CHECK_TEXT(error.place.pointer, pointer, message.data);
    CHECK_INT(error.place.line, line, message.data);
    CHECK_INT(error.place.column, column, message.data);
}

static void tells_where_it_is_wrong(void)
{
    Fixture f;
    const JsonValue root = parse_config(&f);
    const JsonValue rules = json_get(json_get(root, SLICE("a/b")), SLICE("c~d"));
    const JsonValue when = json_get(element(rules, 1), SLICE("when"));
    Slice text = {NULL, 0};
    bool truth = false;
    int64_t whole = 0;
    check_place(json_text(when, &text), SLICE("expected text, found a number"), SLICE("/a~1b/c~0d/1/when"), 7,
                35);
    check_place(json_text(json_get(element(rules, 0), SLICE("when")), &text),
                SLICE("expected text, found nothing"), SLICE("/a~1b/c~0d/0/when"), 7, 21);
    check_place(json_bool(json_get(json_get(json_get(root, SLICE("x")), SLICE("y")), SLICE("z")), &truth),
                SLICE("expected true or false, found nothing"), SLICE("/x"), 1, 1);
    check_place(json_bool(json_get(json_get(root, SLICE("name")), SLICE("y")), &truth),
                SLICE("expected true or false, found nothing"), SLICE("/name/y"), 2, 11);
    check_place(json_text(root, &text), SLICE("expected text, found an object"), SLICE(""), 1, 1);
    check_place(json_int64(element(json_get(root, SLICE("weights")), 1), &whole),
                SLICE("expected a whole number of at most 64 bits"), SLICE("/weights/1"), 4, 19);
    check_place(json_expect_array(root), SLICE("expected a list, found an object"), SLICE(""), 1, 1);
    check_place(json_expect_object(json_get(root, SLICE("nothing"))), SLICE("expected an object, found null"),
                SLICE("/nothing"), 3, 45);
    CHECK_ERROR(json_expect_object(root), ERROR_OK, "object");
    CHECK_ERROR(json_expect_array(rules), ERROR_OK, "list");
    CHECK_TEXT(json_pointer(when), SLICE("/a~1b/c~0d/1/when"), "pointer");
    teardown(&f);
}

static void refuses_what_the_strict_pass_refuses(void)
{
    Fixture f;
    setup(&f);
    Error error = json_parse(&f.arena, SLICE("{\"a\": 1,\n \"a\": 2}"), &f.document);
    CHECK_ERROR(error, ERROR_JSON_SYNTAX, "key twice");
    CHECK_INT(error.place.line, 2, "line");
    CHECK_INT(error.place.column, 2, "column");
    error = json_parse(&f.arena, SLICE(""), &f.document);
    CHECK_ERROR(error, ERROR_JSON_SYNTAX, "nothing");
    CHECK_ERROR(json_parse(&f.arena, SLICE("\xEF\xBB\xBF{\"a\":1}"), &f.document), ERROR_OK,
                "byte-order mark");
    CHECK_INT(json_count(json_root(&f.document)), 1, "members");
    teardown(&f);
}

static void bounds_size_and_values(void)
{
    Fixture f;
    setup(&f);
    Buffer text;
    buffer_init(&text, &f.arena, 0);
    buffer_append_byte(&text, '"');
    while (text.length < JSON_DOCUMENT_BYTES_MAX - 1) {
        buffer_append_byte(&text, 'x');
    }
    buffer_append_byte(&text, '"');
    CHECK_ERROR(json_parse(&f.arena, buffer_slice(&text), &f.document), ERROR_OK, "4 MiB");
    buffer_append_byte(&text, ' ');
    CHECK_ERROR(json_parse(&f.arena, buffer_slice(&text), &f.document), ERROR_LIMIT_EXCEEDED, "4 MiB and 1");
    buffer_clear(&text);
    buffer_append_byte(&text, '[');
    for (int i = 1; i < JSON_DOCUMENT_VALUES_MAX; i++) {
        buffer_append(&text, i == 1 ? SLICE("1") : SLICE(",1"));
    }
    buffer_append_byte(&text, ']');
    CHECK_ERROR(json_parse(&f.arena, buffer_slice(&text), &f.document), ERROR_OK, "262,144 values");
    text.length--;
    buffer_append(&text, SLICE(",1]"));
    CHECK_ERROR(json_parse(&f.arena, buffer_slice(&text), &f.document), ERROR_LIMIT_EXCEEDED, "one more");
    teardown(&f);
}

static void parses_64_deep(void)
{
    Fixture f;
    setup(&f);
    char text[129];
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    CHECK_ERROR(json_parse(&f.arena, slice_make(text, 128), &f.document), ERROR_OK, "64 deep");
    JsonValue value = json_root(&f.document);
    for (int i = 1; i < 64; i++) {
        value = json_first(value);
    }
    Slice got = {NULL, 0};
    const Error error = json_text(value, &got);
    CHECK_INT(error.place.pointer.length, 126, "63 steps");
    CHECK_INT(error.place.column, 64, "column");
    teardown(&f);
}

static void survives_every_failed_allocation(void)
{
    for (long fail_at = 1;; fail_at++) {
        Fixture f;
        setup(&f);
        f.memory.fail_at = fail_at;
        Error error = ERROR_NONE;
        for (int i = 0; i < 20 && error.code == ERROR_OK; i++) {
            error = json_parse(&f.arena, slice_from_text(config), &f.document);
        }
        const bool clean = f.memory.calls < fail_at;
        CHECK_ERROR(error, clean ? ERROR_OK : ERROR_OUT_OF_MEMORY, "the n-th allocation fails");
        teardown(&f);
        if (clean) {
            break;
        }
    }
}

TEST_MAIN(reads_values, reads_numbers, keeps_large_integers, gives_what_stands_for_nothing,
          tells_where_it_is_wrong, refuses_what_the_strict_pass_refuses, bounds_size_and_values,
          parses_64_deep, survives_every_failed_allocation)
