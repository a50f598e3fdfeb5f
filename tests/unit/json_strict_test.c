#include "json/strict.h"

#include "base/buffer.h"
#include "test.h"

typedef struct Refused {
    const char *name;
    Slice text;
    ErrorCode code;
    uint32_t line;
    uint32_t column;
} Refused;

#define REFUSED(name, text, code, line, column)                                                              \
    {                                                                                                        \
        name, SLICE_INIT(text), ERROR_##code, line, column                                                   \
    }

static const Refused refused[] = {
    REFUSED("nothing", "", JSON_SYNTAX, 1, 1),
    REFUSED("only space", " \n ", JSON_SYNTAX, 2, 2),
    REFUSED("no value", "{\"a\":}", JSON_SYNTAX, 1, 6),
    REFUSED("two values", "1 2", JSON_SYNTAX, 1, 3),
    REFUSED("text after", "{}x", JSON_SYNTAX, 1, 3),
    REFUSED("no end of object", "{\"a\":1", JSON_SYNTAX, 1, 7),
    REFUSED("no end of text", "\"abc", JSON_SYNTAX, 1, 5),
    REFUSED("wrong bracket", "[1}", JSON_SYNTAX, 1, 3),
    REFUSED("end of nothing", "]", JSON_SYNTAX, 1, 1),
    REFUSED("comma at the end of a list", "[1,]", JSON_SYNTAX, 1, 4),
    REFUSED("comma at the end of an object", "{\"a\":1,}", JSON_SYNTAX, 1, 8),
    REFUSED("comma first", "[,1]", JSON_SYNTAX, 1, 2),
    REFUSED("no comma", "[1 2]", JSON_SYNTAX, 1, 4),
    REFUSED("no colon", "{\"a\" 1}", JSON_SYNTAX, 1, 6),
    REFUSED("key without quotes", "{a:1}", JSON_SYNTAX, 1, 2),
    REFUSED("single quotes", "{'a':1}", JSON_SYNTAX, 1, 2),
    REFUSED("comment", "[1] // one", JSON_SYNTAX, 1, 5),
    REFUSED("literal in capitals", "True", JSON_SYNTAX, 1, 1),
    REFUSED("literal cut", "[tru]", JSON_SYNTAX, 1, 5),
    REFUSED("literal too long", "nulll", JSON_SYNTAX, 1, 5),
    REFUSED("NaN", "NaN", JSON_SYNTAX, 1, 1),
    REFUSED("leading zero", "[01]", JSON_SYNTAX, 1, 3),
    REFUSED("leading zero, negative", "[-01]", JSON_SYNTAX, 1, 4),
    REFUSED("plus", "+1", JSON_SYNTAX, 1, 1),
    REFUSED("minus alone", "[-]", JSON_SYNTAX, 1, 3),
    REFUSED("no digit after the point", "[1.]", JSON_SYNTAX, 1, 4),
    REFUSED("no digit before the point", ".5", JSON_SYNTAX, 1, 1),
    REFUSED("no digit in the exponent", "1e", JSON_SYNTAX, 1, 3),
    REFUSED("no digit after the sign", "[1e+]", JSON_SYNTAX, 1, 5),
    REFUSED("hexadecimal", "0x10", JSON_SYNTAX, 1, 2),
    REFUSED("too large for a double", "[1e400]", JSON_SYNTAX, 1, 7),
    REFUSED("line end in text", "\"a\nb\"", JSON_SYNTAX, 1, 3),
    REFUSED("tab in text", "\"a\tb\"", JSON_SYNTAX, 1, 3),
    REFUSED("NUL in text", "\"a\0b\"", JSON_SYNTAX, 1, 3),
    REFUSED("NUL between values", "[\0]", JSON_SYNTAX, 1, 2),
    REFUSED("no such escape", "\"\\x41\"", JSON_SYNTAX, 1, 3),
    REFUSED("three hexadecimal digits", "\"\\u004\"", JSON_SYNTAX, 1, 7),
    REFUSED("escaped NUL", "\"\\u0000\"", JSON_SYNTAX, 1, 7),
    REFUSED("high surrogate alone", "\"\\uD83D\"", JSON_SYNTAX, 1, 8),
    REFUSED("high surrogate, then text", "\"\\uD83Dx\"", JSON_SYNTAX, 1, 8),
    REFUSED("high surrogate, then newline", "\"\\uD83D\\n\"", JSON_SYNTAX, 1, 9),
    REFUSED("two high surrogates", "\"\\uD83D\\uD83D\"", JSON_SYNTAX, 1, 13),
    REFUSED("low surrogate alone", "\"\\uDE00\"", JSON_SYNTAX, 1, 7),
    REFUSED("not UTF-8", "\"\xFF\"", TEXT_ENCODING, 1, 2),
    REFUSED("overlong", "\"\xC0\x80\"", TEXT_ENCODING, 1, 2),
    REFUSED("surrogate in UTF-8", "\"\xED\xA0\x80\"", TEXT_ENCODING, 1, 3),
    REFUSED("beyond U+10FFFF", "\"\xF4\x90\x80\x80\"", TEXT_ENCODING, 1, 3),
    REFUSED("sequence cut by a quote", "\"\xC3\"", TEXT_ENCODING, 1, 3),
    REFUSED("column counts code points", "[\"\xC3\xA9\xF0\x9F\x98\x80\", x]", JSON_SYNTAX, 1, 8),
    REFUSED("key twice", "{\"a\":1,\n \"b\":2, \"a\":3}", JSON_SYNTAX, 2, 9),
    REFUSED("key twice, escaped", "{\"a\":1,\"\\u0061\":3}", JSON_SYNTAX, 1, 8),
    REFUSED("key twice, beyond the basic plane", "{\"\xF0\x9F\x98\x80\":1,\"\\ud83d\\ude00\":3}", JSON_SYNTAX,
            1, 8),
    REFUSED("the second of three", "{\"b\":0,\"a\":1,\"a\":2,\"a\":3}", JSON_SYNTAX, 1, 14),
    REFUSED("key twice, inside", "[{\"x\":{\"a\":1,\"a\":2}}]", JSON_SYNTAX, 1, 14),
};

/* Feeds `text` in pieces of `piece` bytes; the events as letters, into `events`. */
static Error scan_in_pieces(Arena *arena, Slice text, size_t piece, Buffer *events)
{
    static const char letters[] = ".{}[]kKsS";
    JsonScan scan;
    json_scan_init(&scan, arena);
    JsonEvent event = JSON_BYTES_END;
    for (size_t start = 0; start < text.length; start += piece) {
        const Slice part = slice_part(text, start, start + piece);
        size_t at = 0;
        do {
            RETURN_IF_ERROR(json_scan_next(&scan, part, &at, &event));
            if (event != JSON_BYTES_END) {
                buffer_append_byte(events, letters[event]);
            }
        } while (event != JSON_BYTES_END);
        CHECK_INT(at, part.length, "all is read");
    }
    RETURN_IF_ERROR(json_scan_close(&scan, &event));
    if (event != JSON_BYTES_END) {
        buffer_append_byte(events, letters[event]);
    }
    return ERROR_NONE;
}

typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    Buffer events;
} Fixture;

static void setup(Fixture *f)
{
    test_allocator_init(&f->memory);
    arena_init(&f->arena, &f->memory.allocator, 0);
    buffer_init(&f->events, &f->arena, 0);
}

static void teardown(Fixture *f)
{
    arena_free(&f->arena);
    CHECK_INT(f->memory.bytes, 0, "all memory returned");
}

static void refuses_at_the_right_place(void)
{
    Fixture f;
    setup(&f);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const Refused *r = &refused[i];
        for (size_t piece = 1; piece <= r->text.length + 1; piece++) {
            const Error error = scan_in_pieces(&f.arena, r->text, piece, &f.events);
            CHECK_ERROR(error, r->code, r->name);
            CHECK_INT(error.place.line, r->line, r->name);
            CHECK_INT(error.place.column, r->column, r->name);
        }
    }
    teardown(&f);
}

typedef struct Accepted {
    Slice text;
    Slice events;
} Accepted;

#define ACCEPTED(text, events)                                                                               \
    {                                                                                                        \
        SLICE_INIT(text), SLICE_INIT(events)                                                                 \
    }

static const Accepted accepted[] = {
    ACCEPTED("1", "sS"),
    ACCEPTED(" -0.5e-3 ", "sS"),
    ACCEPTED("\"\"", "sS"),
    ACCEPTED("null", "sS"),
    ACCEPTED("[]", "[]"),
    ACCEPTED("{}", "{}"),
    ACCEPTED("[1,2]", "[sSsS]"),
    ACCEPTED("[1\n, [ ] ,{}\t]\r\n", "[sS[]{}]"),
    ACCEPTED("{\"a\":1,\"b\":[true,false,null],\"c\":{\"a\":\"x\"}}", "{kKsSkK[sSsSsS]kK{kKsS}}"),
    ACCEPTED("[0,-0,10,1.5,1E5,1e+5,1e-400,123456789012345678901234567890]", "[sSsSsSsSsSsSsSsS]"),
    ACCEPTED("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\\uFFFF\"", "sS"),
    ACCEPTED("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xEF\xBF\xBF\x7F\"", "sS"),
    ACCEPTED("{\"\":1,\"a\":2,\"A\":3,\"a \":4}", "{kKsSkKsSkKsSkKsS}"),
    ACCEPTED("[{\"a\":1},{\"a\":1}]", "[{kKsS}{kKsS}]"),
};

static void tells_the_same_events_however_it_is_cut(void)
{
    Fixture f;
    setup(&f);
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        for (size_t piece = 1; piece <= accepted[i].text.length; piece++) {
            buffer_clear(&f.events);
            CHECK_ERROR(scan_in_pieces(&f.arena, accepted[i].text, piece, &f.events), ERROR_OK,
                        accepted[i].text.data);
            CHECK_TEXT(buffer_slice(&f.events), accepted[i].events, accepted[i].text.data);
        }
    }
    teardown(&f);
}

static Slice nested(Buffer *text, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        buffer_append(text, i % 2 == 0 ? SLICE("[") : SLICE("{\"a\":"));
    }
    buffer_append_byte(text, '1');
    for (size_t i = depth; i > 0; i--) {
        buffer_append_byte(text, (i - 1) % 2 == 0 ? ']' : '}');
    }
    return buffer_slice(text);
}

static void bounds_depth_and_numbers(void)
{
    Fixture f;
    setup(&f);
    Buffer text;
    buffer_init(&text, &f.arena, 0);
    CHECK_ERROR(scan_in_pieces(&f.arena, nested(&text, JSON_DEPTH_MAX), 7, &f.events), ERROR_OK, "64 deep");
    buffer_clear(&text);
    CHECK_ERROR(scan_in_pieces(&f.arena, nested(&text, JSON_DEPTH_MAX + 1), 7, &f.events),
                ERROR_LIMIT_EXCEEDED, "65 deep");
    char digits[JSON_NUMBER_BYTES_MAX + 1];
    memset(digits, '1', sizeof digits);
    digits[1] = '.';
    CHECK_ERROR(scan_in_pieces(&f.arena, slice_make(digits, JSON_NUMBER_BYTES_MAX), 100, &f.events), ERROR_OK,
                "512 bytes of number");
    CHECK_ERROR(scan_in_pieces(&f.arena, slice_make(digits, sizeof digits), 100, &f.events),
                ERROR_LIMIT_EXCEEDED, "513 bytes of number");
    teardown(&f);
}

/* Keys of ended objects are forgotten, so only one object with very many keys reaches the limit. */
static void bounds_its_memory(void)
{
    Fixture f;
    setup(&f);
    JsonScan scan;
    json_scan_init(&scan, &f.arena);
    JsonEvent event = JSON_BYTES_END;
    size_t at = 0;
    CHECK_ERROR(json_scan_next(&scan, SLICE("["), &at, &event), ERROR_OK, "begin");
    for (int i = 0; i < 200000; i++) {
        const Slice part = SLICE("{\"Id\":1,\"Name\":\"x\",\"attributes\":{\"type\":1}},");
        at = 0;
        do {
            CHECK(json_scan_next(&scan, part, &at, &event).code == ERROR_OK);
        } while (event != JSON_BYTES_END);
    }
    CHECK(f.memory.bytes_peak < 16384);
    at = 0;
    Error error = json_scan_next(&scan, SLICE("{\"0\":1"), &at, &event);
    while (event != JSON_BYTES_END) {
        error = json_scan_next(&scan, SLICE("{\"0\":1"), &at, &event);
    }
    for (uint64_t i = 1; i <= JSON_OPEN_KEYS_MAX && error.code == ERROR_OK; i++) {
        buffer_clear(&f.events);
        buffer_append(&f.events, SLICE(",\""));
        buffer_append_uint64(&f.events, i);
        buffer_append(&f.events, SLICE("\":1"));
        at = 0;
        event = JSON_KEY_END;
        while (event != JSON_BYTES_END && error.code == ERROR_OK) {
            error = json_scan_next(&scan, buffer_slice(&f.events), &at, &event);
        }
    }
    CHECK_ERROR(error, ERROR_LIMIT_EXCEEDED, "65,537 keys");
    CHECK_ERROR(json_scan_close(&scan, &event), ERROR_LIMIT_EXCEEDED, "the error stays");
    teardown(&f);
}

static void finds_one_repeated_key_among_many(void)
{
    Fixture f;
    setup(&f);
    Buffer text;
    buffer_init(&text, &f.arena, 0);
    buffer_append_byte(&text, '{');
    for (uint64_t i = 0; i < 20000; i++) {
        buffer_append(&text, i == 0 ? SLICE("\"") : SLICE(",\n\""));
        buffer_append_uint64(&text, i == 15000 ? 77 : i);
        buffer_append(&text, SLICE("\":null"));
    }
    buffer_append_byte(&text, '}');
    const Error error = scan_in_pieces(&f.arena, buffer_slice(&text), 1000, &f.events);
    CHECK_ERROR(error, ERROR_JSON_SYNTAX, "refused");
    CHECK_INT(error.place.line, 15001, "line of the second");
    teardown(&f);
}

static void hashes_keys_alike(void)
{
    Fixture f;
    setup(&f);
    JsonScan scan;
    json_scan_init(&scan, &f.arena);
    size_t at = 0;
    JsonEvent event = JSON_BYTES_END;
    do {
        CHECK_ERROR(json_scan_next(&scan, SLICE("{\"r\\u00e9cords\":[]}"), &at, &event), ERROR_OK, "next");
    } while (event != JSON_KEY_END);
    CHECK(scan.key_hash == json_key_hash(SLICE("r\xC3\xA9"
                                               "cords")));
    CHECK(scan.key_hash != json_key_hash(SLICE("records")));
    teardown(&f);
}

TEST_MAIN(refuses_at_the_right_place, tells_the_same_events_however_it_is_cut, bounds_depth_and_numbers,
          bounds_its_memory, finds_one_repeated_key_among_many, hashes_keys_alike)
