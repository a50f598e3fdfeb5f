#include "base/slice.h"
#include "test.h"

static void compares_bytes(void)
{
    static const struct {
        Slice a;
        Slice b;
        int order;
    } rows[] = {
        {SLICE_INIT(""), SLICE_INIT(""), 0},       {SLICE_INIT(""), SLICE_INIT("a"), -1},
        {SLICE_INIT("a"), SLICE_INIT("a"), 0},     {SLICE_INIT("a"), SLICE_INIT("ab"), -1},
        {SLICE_INIT("b"), SLICE_INIT("ab"), 1},    {SLICE_INIT("Z"), SLICE_INIT("a"), -1},
        {SLICE_INIT("a"), SLICE_INIT("\xff"), -1}, {SLICE_INIT("a\0b"), SLICE_INIT("a\0c"), -1},
        {SLICE_INIT("a\0"), SLICE_INIT("a"), 1},   {{NULL, 0}, SLICE_INIT(""), 0},
        {{NULL, 0}, SLICE_INIT("\0"), -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int forward = slice_compare(rows[i].a, rows[i].b);
        const int backward = slice_compare(rows[i].b, rows[i].a);
        CHECK_INT((forward > 0) - (forward < 0), rows[i].order, "order");
        CHECK_INT((backward > 0) - (backward < 0), -rows[i].order, "order, swapped");
        CHECK_INT(slice_equal(rows[i].a, rows[i].b), rows[i].order == 0, "equal");
    }
}

static void takes_parts(void)
{
    static const struct {
        size_t start;
        size_t end;
        const char *want;
    } rows[] = {
        {0, 5, "hello"}, {1, 3, "el"}, {3, 99, "lo"},          {5, 5, ""},
        {9, 12, ""},     {3, 2, ""},   {0, SIZE_MAX, "hello"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_TEXT(slice_part(SLICE("hello"), rows[i].start, rows[i].end), slice_from_text(rows[i].want),
                   rows[i].want);
    }
    const Slice none = slice_part((Slice){NULL, 0}, 0, 5);
    CHECK(none.data == NULL && none.length == 0);
    CHECK(slice_starts_with(SLICE("hello"), SLICE("he")) && slice_starts_with(SLICE("x"), SLICE("")));
    CHECK(!slice_starts_with(SLICE("he"), SLICE("hello")) && !slice_starts_with(SLICE("hello"), SLICE("hx")));
}

static void finds(void)
{
    static const struct {
        const char *text;
        const char *needle;
        size_t start;
        size_t want;
    } rows[] = {
        {"abcabc", "abc", 0, 0}, {"abcabc", "abc", 1, 3},    {"abcabc", "abc", 4, SIZE_MAX},
        {"aaab", "aab", 0, 1},   {"abc", "", 3, 3},          {"abc", "", 4, SIZE_MAX},
        {"", "", 0, 0},          {"", "a", 0, SIZE_MAX},     {"ab", "abc", 0, SIZE_MAX},
        {"abc", "c", 2, 2},      {"abc", "c", 99, SIZE_MAX}, {"abcd", "cx", 0, SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t at =
            slice_find(slice_from_text(rows[i].text), slice_from_text(rows[i].needle), rows[i].start);
        CHECK_INT(at, rows[i].want, rows[i].needle);
    }
    CHECK_INT(slice_find_byte(SLICE("a,b,c"), ',', 0), 1, "first");
    CHECK_INT(slice_find_byte(SLICE("a,b,c"), ',', 2), 3, "next");
    CHECK_INT(slice_find_byte(SLICE("a,b,c"), ';', 0), 5, "none");
    CHECK_INT(slice_find_byte(SLICE("abc"), 'a', 7), 3, "beyond the end");
    CHECK_INT(slice_find_byte(SLICE("a\xff"), '\xff', 0), 1, "a byte above 127");
    CHECK_INT(slice_find_byte((Slice){NULL, 0}, 'a', 0), 0, "empty");
}

static void ignores_case_of_ascii_alone(void)
{
    CHECK(slice_equal_ignoring_case(SLICE("SystemModstamp"), SLICE("systemMODSTAMP")));
    CHECK(!slice_equal_ignoring_case(SLICE("Id"), SLICE("Idx")));
    CHECK(!slice_equal_ignoring_case(SLICE("@"), SLICE("`")) &&
          !slice_equal_ignoring_case(SLICE("["), SLICE("{")));
    CHECK(!slice_equal_ignoring_case(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));
    CHECK(slice_equal_ignoring_case((Slice){NULL, 0}, SLICE("")));
}

static void trims_white_space(void)
{
    CHECK_TEXT(slice_trim(SLICE(" \t\r\n\v\f a b \n")), SLICE("a b"), "both ends");
    CHECK_TEXT(slice_trim(SLICE("  ")), SLICE(""), "nothing else");
    CHECK_TEXT(slice_trim(SLICE("")), SLICE(""), "empty");
    CHECK_TEXT(slice_trim((Slice){NULL, 0}), SLICE(""), "no data");
    CHECK_TEXT(slice_trim(SLICE("\xa0x")), SLICE("\xa0x"), "not a space in UTF-8");
}

TEST_MAIN(compares_bytes, takes_parts, finds, ignores_case_of_ascii_alone, trims_white_space)
