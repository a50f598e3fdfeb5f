/*
 * What a search may cost: linear steps for patterns that make backtracking engines explode, the budget,
 * memory, limits, hostile patterns, and the position from which a search starts.
 */
#include "cel/regex.h"
#include "test.h"

static TestAllocator allocator;
static Arena arena;
static Arena scratch;

static void set_up(void)
{
    test_allocator_init(&allocator);
    arena_init(&arena, &allocator.allocator, 0);
    arena_init(&scratch, &allocator.allocator, 0);
}

static void tear_down(void)
{
    arena_free(&arena);
    arena_free(&scratch);
    CHECK_INT(allocator.bytes, 0, "all memory is given back");
}

static Regex *compile(const char *pattern)
{
    Regex *regex = NULL;
    const Error error = regex_compile(&arena, slice_from_text(pattern), NULL, &regex);
    CHECK_ERROR(error, ERROR_OK, pattern);
    return regex;
}

/* The text is `unit` repeated, then `tail`. */
typedef struct Bomb {
    const char *pattern;
    const char *unit;
    const char *tail;
} Bomb;

#define REGEX_BOMB(pattern, unit, tail, wanted) {pattern, unit, tail},
static const Bomb BOMBS[] = {
#include "regex_bombs.def"
};

enum { BOMB_COUNT = sizeof BOMBS / sizeof BOMBS[0] };

static uint64_t count_steps(const Regex *regex, const Bomb *bomb, size_t units, size_t groups)
{
    Slice found[3];
    const size_t unit = strlen(bomb->unit);
    const size_t tail = strlen(bomb->tail);
    const size_t bytes = units * unit + tail;
    char *text = malloc(bytes);
    if (text == NULL) {
        abort();
    }
    for (size_t i = 0; i < units * unit; i++) {
        text[i] = bomb->unit[i % unit];
    }
    memcpy(text + units * unit, bomb->tail, tail);
    const uint64_t budget = UINT64_C(1) << 40;
    uint64_t steps = budget;
    const RegexResult result =
        regex_search(regex, &scratch, slice_make(text, bytes), 0, found, groups, &steps);
    CHECK_NAMED(result == REGEX_MATCH || result == REGEX_NO_MATCH, bomb->pattern);
    CHECK_NAMED(budget - steps <= (bytes + 1) * (regex_instruction_count(regex) + 1) * 2, bomb->pattern);
    free(text);
    return budget - steps;
}

static void check_doubling(size_t bytes, size_t groups)
{
    set_up();
    for (size_t i = 0; i < BOMB_COUNT; i++) {
        const Regex *regex = compile(BOMBS[i].pattern);
        const size_t units = bytes / strlen(BOMBS[i].unit);
        const uint64_t once = count_steps(regex, &BOMBS[i], units, groups);
        const uint64_t twice = count_steps(regex, &BOMBS[i], 2 * units, groups);
        CHECK_NAMED(twice * 2 <= once * 5, BOMBS[i].pattern);
        arena_reset(&arena);
    }
    tear_down();
}

static void doubled_text_doubles_the_steps(void)
{
    CHECK(BOMB_COUNT >= 50);
    for (size_t bytes = 128; bytes <= 16384; bytes *= 2) {
        check_doubling(bytes, 3);
        check_doubling(bytes, 0);
    }
}

static void a_megabyte_is_linear(void)
{
    check_doubling((size_t)1 << 19, 0);
    check_doubling((size_t)1 << 19, 1);
}

static void the_budget_ends_a_search(void)
{
    static const char *const PATTERNS[] = {"(a+)+$", "a.c", "(a)(b)", "abc", "[^a]", "a\\B$"};
    char text[1000];
    memset(text, 'a', sizeof text);
    set_up();
    for (size_t i = 0; i < sizeof PATTERNS / sizeof PATTERNS[0]; i++) {
        const Regex *regex = compile(PATTERNS[i]);
        Slice groups[2] = {SLICE_INIT("untouched")};
        uint64_t steps = 50;
        CHECK_INT(regex_search(regex, &scratch, slice_make(text, sizeof text), 0, groups, 2, &steps),
                  REGEX_LIMIT, PATTERNS[i]);
        CHECK_INT(steps, 0, PATTERNS[i]);
        CHECK_TEXT(groups[0], SLICE("untouched"), PATTERNS[i]);
        CHECK_INT(regex_search(regex, &scratch, slice_make(text, sizeof text), 0, NULL, 0, &steps),
                  REGEX_LIMIT, PATTERNS[i]);
    }
    tear_down();
}

static void a_second_search_allocates_nothing(void)
{
    set_up();
    const Regex *regex = compile("(\\w+)@(\\w+)");
    Slice groups[3];
    uint64_t steps = 10000;
    CHECK_INT(regex_search(regex, &scratch, SLICE("to ann@example"), 0, groups, 3, &steps), REGEX_MATCH,
              "first");
    const long calls = allocator.calls;
    for (int i = 0; i < 10; i++) {
        CHECK_INT(regex_search(regex, &scratch, SLICE("to ann@example"), 0, groups, 3, &steps), REGEX_MATCH,
                  "again");
    }
    CHECK_INT(allocator.calls, calls, "calls of the allocator");
    CHECK_TEXT(groups[2], SLICE("example"), "group");
    tear_down();
}

/* Fails the first, second... allocation until none is left to fail. */
static void memory_can_fail_anywhere(void)
{
    long failures = 0;
    for (long at = 1;; at++) {
        TestAllocator failing;
        Arena kept;
        test_allocator_init(&failing);
        failing.fail_at = at;
        arena_init(&kept, &failing.allocator, 0);
        Regex *regex = NULL;
        const Error error = regex_compile(
            &kept, SLICE("(?i)(?P<name>[\\pL\\d]{100})|x*((a|b)+[[:^alpha:]]{2,50})?"), NULL, &regex);
        CHECK(error.code == ERROR_OK || error.code == ERROR_OUT_OF_MEMORY);
        CHECK((error.code == ERROR_OK) == (regex != NULL));
        arena_free(&kept);
        CHECK_INT(failing.bytes, 0, "all memory is given back");
        if (error.code == ERROR_OK) {
            break;
        }
        failures++;
    }
    CHECK(failures >= 3);
    set_up();
    const Regex *regex = compile("(a.{900})+b");
    Arena small;
    arena_init(&small, &allocator.allocator, 8192);
    uint64_t steps = 1000000;
    CHECK_INT(regex_search(regex, &small, SLICE("ab"), 0, NULL, 0, &steps), REGEX_NO_MEMORY, "8 KiB");
    arena_free(&small);
    tear_down();
}

static void limits_are_named(void)
{
    set_up();
    Regex *regex = NULL;
    const RegexLimits limits = {.pattern_bytes = 20, .nesting = 4, .instructions = 50};
    CHECK_ERROR(regex_compile(&arena, SLICE("aaaaaaaaaaaaaaaaaaaaa"), &limits, &regex), ERROR_LIMIT_EXCEEDED,
                "length");
    CHECK_ERROR(regex_compile(&arena, SLICE("((((a))))"), &limits, &regex), ERROR_LIMIT_EXCEEDED, "nesting");
    CHECK_ERROR(regex_compile(&arena, SLICE("(((a)))"), &limits, &regex), ERROR_OK, "nesting");
    CHECK_ERROR(regex_compile(&arena, SLICE("a{60}"), &limits, &regex), ERROR_LIMIT_EXCEEDED, "instructions");
    CHECK_ERROR(regex_compile(&arena, SLICE("a{49}"), &limits, &regex), ERROR_OK, "instructions");
    CHECK_ERROR(regex_compile(&arena, SLICE("(?:.{1000}){1}"), NULL, &regex), ERROR_OK, "4,001 instructions");
    CHECK_ERROR(regex_compile(&arena,
                              SLICE(".{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}"
                                    ".{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}.{1000}"),
                              NULL, &regex),
                ERROR_LIMIT_EXCEEDED, "68,000 instructions");
    tear_down();
}

/* Long patterns: deep, wide, many groups, many classes; each compiles or fails in a moment. */
static void hostile_patterns(void)
{
    static const struct {
        const char *unit;
        ErrorCode wanted;
    } PATTERNS[] = {
        {"(", ERROR_LIMIT_EXCEEDED},
        {"(?:", ERROR_LIMIT_EXCEEDED},
        {"[", ERROR_REGEX_SYNTAX},
        {"a|", ERROR_OK},
        {"()", ERROR_OK},
        {"(?i)", ERROR_OK},
        {"(?i)\\pL", ERROR_LIMIT_EXCEEDED},
        {"[\\pL\\PN]", ERROR_LIMIT_EXCEEDED},
        {"[^\\pL", ERROR_REGEX_SYNTAX},
        {"(?i)k", ERROR_OK},
        {"\\Q", ERROR_OK},
        {"a{9}", ERROR_OK},
        {"a{99}", ERROR_LIMIT_EXCEEDED},
        {"a?", ERROR_OK},
        {"(a|b)*", ERROR_OK},
        {"\\x{10FFFF}", ERROR_OK},
        {"[^\\x00-\\x{10FFFF}]", ERROR_OK},
        {"^$", ERROR_OK},
        {"\\", ERROR_OK},
        {"(?P<a>", ERROR_LIMIT_EXCEEDED},
        {"[[:alpha:]-", ERROR_REGEX_SYNTAX},
    };
    enum { BYTES = 16384 };
    set_up();
    char *pattern = malloc(BYTES);
    if (pattern == NULL) {
        abort();
    }
    for (size_t i = 0; i < sizeof PATTERNS / sizeof PATTERNS[0]; i++) {
        const size_t unit = strlen(PATTERNS[i].unit);
        const size_t length = BYTES / unit * unit;
        for (size_t at = 0; at < length; at++) {
            pattern[at] = PATTERNS[i].unit[at % unit];
        }
        Regex *regex = NULL;
        const Error error = regex_compile(&arena, slice_make(pattern, length), NULL, &regex);
        CHECK_ERROR(error, PATTERNS[i].wanted, PATTERNS[i].unit);
        if (error.code == ERROR_OK) {
            uint64_t steps = 1000000;
            CHECK_NAMED(regex_search(regex, &scratch, SLICE("ab1"), 0, NULL, 0, &steps) != REGEX_NO_MEMORY,
                        PATTERNS[i].unit);
        }
        arena_reset(&arena);
    }
    /* A class of many ranges in falling order, folded. */
    size_t length = 0;
    for (const char *head = "(?i)["; *head != 0; head++) {
        pattern[length++] = *head;
    }
    for (uint32_t rune = 0x9000; length < BYTES - 4; rune -= 2) {
        pattern[length++] = (char)(0xE0U | rune >> 12);
        pattern[length++] = (char)(0x80U | (rune >> 6 & 0x3FU));
        pattern[length++] = (char)(0x80U | (rune & 0x3FU));
        rune = rune <= 0x1000 ? 0x9001 : rune;
    }
    pattern[length++] = ']';
    Regex *regex = NULL;
    CHECK_ERROR(regex_compile(&arena, slice_make(pattern, length), NULL, &regex), ERROR_OK, "many ranges");
    free(pattern);
    tear_down();
}

static void searches_from_a_position(void)
{
    static const struct {
        const char *pattern;
        const char *text;
        size_t from;
        int at; /* -1: no match */
    } CASES[] = {
        {"a", "aba", 1, 2},      {"^a", "aa", 1, -1},     {"^a", "aa", 0, 0},       {"(?m)^a", "b\na", 1, 2},
        {"\\ba", "aa a", 1, 3},  {"\\Ba", "aa a", 1, 1},  {"(a)$", "aba", 1, 2},    {"", "abc", 3, 3},
        {"$", "abc", 1, 3},      {"abc", "abcabc", 1, 3}, {"abc$", "abcabc", 0, 3}, {"b", "abc", 3, -1},
        {"(?m)^", "a\nb", 1, 2}, {"[ab]c", "acbc", 1, 2}, {"bc$", "c", 0, -1},
    };
    set_up();
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const Slice text = slice_from_text(CASES[i].text);
        const Regex *regex = compile(CASES[i].pattern);
        Slice group = {NULL, 0};
        uint64_t steps = 1000;
        const RegexResult wanted = CASES[i].at < 0 ? REGEX_NO_MATCH : REGEX_MATCH;
        CHECK_INT(regex_search(regex, &scratch, text, CASES[i].from, &group, 1, &steps), wanted,
                  CASES[i].pattern);
        CHECK_INT(group.data == NULL ? -1 : group.data - text.data, CASES[i].at, CASES[i].pattern);
        CHECK_INT(regex_search(regex, &scratch, text, CASES[i].from, NULL, 0, &steps), wanted,
                  CASES[i].pattern);
    }
    const Regex *nothing = compile("a*");
    Slice group = {NULL, 0};
    uint64_t steps = 10;
    CHECK_INT(regex_search(nothing, &scratch, slice_make(NULL, 0), 0, &group, 1, &steps), REGEX_MATCH,
              "no text");
    CHECK(group.data != NULL && group.length == 0);
    tear_down();
}

static void groups_have_names(void)
{
    set_up();
    const Regex *regex = compile("(?P<year>\\d+)-(\\d+)(?<day>-\\d+)?");
    CHECK_INT(regex_group_count(regex), 3, "groups");
    CHECK_TEXT(regex_group_name(regex, 1), SLICE("year"), "1");
    CHECK_TEXT(regex_group_name(regex, 2), SLICE(""), "2");
    CHECK_TEXT(regex_group_name(regex, 3), SLICE("day"), "3");
    CHECK_TEXT(regex_group_name(regex, 4), SLICE(""), "4");
    Slice groups[6];
    uint64_t steps = 1000;
    CHECK_INT(regex_search(regex, &scratch, SLICE("in 2026-11"), 0, groups, 6, &steps), REGEX_MATCH, "match");
    CHECK_TEXT(groups[1], SLICE("2026"), "year");
    CHECK(groups[3].data == NULL && groups[4].data == NULL && groups[5].data == NULL);
    tear_down();
}

TEST_MAIN(doubled_text_doubles_the_steps, a_megabyte_is_linear, the_budget_ends_a_search,
          a_second_search_allocates_nothing, memory_can_fail_anywhere, limits_are_named, hostile_patterns,
          searches_from_a_position, groups_have_names)
