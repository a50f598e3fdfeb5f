/*
 * Hostile expressions: each limit of cel.h exceeded is an error with a place, when it is compiled or when it
 * runs, and what stays within the limits works. Nothing here may take long, crash, or allocate without bound.
 */
#include "cel/cel.h"
#include "test.h"

static TestAllocator memory;
static Arena arena;

static void set_up(void)
{
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
}

static void tear_down(void)
{
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all memory returned");
}

/* `before`, then `part` so many times, then `middle`, then `after` so many times. */
typedef struct Shape {
    const char *name;
    const char *before;
    const char *part;
    size_t count;
    const char *middle;
    const char *after;
} Shape;

static Slice write_shape(const Shape *shape)
{
    Buffer text;
    buffer_init(&text, &arena, 0);
    buffer_append(&text, slice_from_text(shape->before));
    for (size_t i = 0; i < shape->count; i++) {
        buffer_append(&text, slice_from_text(shape->part));
    }
    buffer_append(&text, slice_from_text(shape->middle));
    for (size_t i = 0; i < shape->count; i++) {
        buffer_append(&text, slice_from_text(shape->after));
    }
    return buffer_slice(&text);
}

/* "line:column: message" of what the compiler says, without the line shown below; or "" when it compiles. */
static Slice compile(Slice text, const CelProgram **program)
{
    CelEnvironment *environment = NULL;
    CelIssues *issues = ARENA_NEW(&arena, CelIssues);
    CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
    CHECK_ERROR(cel_declare(environment, SLICE("x"), cel_type_plain(CEL_TYPE_DYN)), ERROR_OK, "x");
    const Error error = cel_compile(&arena, environment, text, issues, program);
    CHECK(error.code != ERROR_INTERNAL && error.code != ERROR_OUT_OF_MEMORY);
    CHECK(error.code == ERROR_OK || (error.place.line > 0 && error.place.column > 0));
    return slice_part(error.message, 0, slice_find_byte(error.message, '\n', 0));
}

/* As compile; then the result, or the place and message of its error. */
static Slice run(Slice text)
{
    const CelProgram *program = NULL;
    CelEvaluation *evaluation = NULL;
    const Slice mistake = compile(text, &program);
    if (program == NULL) {
        return mistake;
    }
    CHECK_ERROR(cel_evaluation_create(&arena, program, &arena, &evaluation), ERROR_OK, "evaluation");
    const CelValue value = cel_evaluate(evaluation);
    if (value.kind == CEL_ERROR) {
        const Error error = cel_error_explain(&arena, program, value);
        CHECK(error.place.line > 0 && error.place.column > 0);
        return slice_part(error.message, 0, slice_find_byte(error.message, '\n', 0));
    }
    Buffer shown;
    buffer_init(&shown, &arena, 0);
    cel_value_print(&shown, value);
    return buffer_slice(&shown);
}

/* A pattern of some 52,000 instructions, which are made 52 at a time. */
#define TEN "abcdefghij"
#define LARGE "(" TEN TEN TEN TEN TEN "){1000}"

static void limits_of_the_text(void)
{
    static const struct {
        Shape shape;
        Slice wanted;
    } ROWS[] = {
        {{"99 parentheses", "", "(", 99, "1", ")"}, SLICE_INIT("")},
        {{"parentheses", "", "(", 101, "1", ")"}, SLICE_INIT("1:101: the expression is nested too deeply")},
        {{"a million parentheses", "", "(", 1000000, "1", ""},
         SLICE_INIT("1:101: the expression is nested too deeply")},
        {{"lists", "", "[", 101, "1", "]"}, SLICE_INIT("1:101: the expression is nested too deeply")},
        {{"maps", "", "{1: ", 101, "1", "}"}, SLICE_INIT("1:398: the expression is nested too deeply")},
        {{"calls", "", "size(", 101, "[]", ")"}, SLICE_INIT("1:501: the expression is nested too deeply")},
        {{"conditions", "", "true ? (", 101, "1", ") : 1"},
         SLICE_INIT("1:801: the expression is nested too deeply")},
        {{"else branches", "", "x == 1 ? 1 : ", 8000, "1", ""}, SLICE_INIT("")},
        {{"too many else branches", "", "x == 1 ? 1 : ", 20000, "1", ""},
         SLICE_INIT("1:162497: the expression has too many parts")},
        {{"lists of lists", "", "[", 99, "1", "]"}, SLICE_INIT("")},
        {{"types", "", "cel.bind(x, [[[[[[[[[[x]]]]]]]]]], ", 9, "[x] == [x]", ")"}, SLICE_INIT("")},
        {{"types too deep", "", "cel.bind(x, [[[[[[[[[[x]]]]]]]]]], ", 11, "[x] == [x]", ")"},
         SLICE_INIT("1:1: the types of the expression are nested too deeply")},
        {{"signs", "", "- ", 101, "1", ""}, SLICE_INIT("")},
        {{"nots", "", "!", 100001, "true", ""}, SLICE_INIT("")},
        {{"fields", "x", ".a", 101, "", ""}, SLICE_INIT("1:200: the expression is nested too deeply")},
        {{"indexes", "x", "[0]", 101, "", ""}, SLICE_INIT("1:299: the expression is nested too deeply")},
        {{"methods", "[1]", ".reverse()", 101, "", ""},
         SLICE_INIT("1:985: the expression is nested too deeply")},
        {{"a sum", "x", " + x", 10000, "", ""}, SLICE_INIT("")},
        {{"plus and minus", "x", " - x + x * 2", 5000, "", ""}, SLICE_INIT("")},
        {{"equalities", "x", " == x", 10000, "", ""}, SLICE_INIT("")},
        {{"sums in parentheses", "", "(1 + ", 101, "1", ")"},
         SLICE_INIT("1:497: the expression is nested too deeply")},
        {{"a sum too long", "x", " + x", 25000, "", ""},
         SLICE_INIT("1:99999: the expression has too many parts")},
        {{"a chain of or", "x == 1", " || x == 2", 10000, "", ""}, SLICE_INIT("")},
        {{"macros", "[1]", ".map(x, [x]", 101, "", ")"},
         SLICE_INIT("1:1091: the expression is nested too deeply")},
        {{"macros in bodies", "", "[1].map(x, ", 101, "x", ")"},
         SLICE_INIT("1:1091: the expression is nested too deeply")},
        {{"parts", "[", "1,", 50001, "1]", ""}, SLICE_INIT("1:100000: the expression has too many parts")},
        {{"a megabyte and more", "'", "a", 1048575, "'", ""},
         SLICE_INIT("1:1: the expression is longer than 1 MiB")},
        {{"a megabyte", "size('", "a", 1048568, "')", ""}, SLICE_INIT("")},
        {{"a megabyte of spaces", "1", " ", 1048575, "", ""}, SLICE_INIT("")},
        {{"a megabyte of comments", "1", "//a\n", 262143, "", ""}, SLICE_INIT("")},
        {{"arguments", "math.greatest(1", ", 1", 127, ")", ""},
         SLICE_INIT("1:6: a call has more than 127 arguments")},
        {{"patterns", "false", " || x.matches('a')", 10000, "", ""}, SLICE_INIT("")},
        {{"large patterns", "false", " || x.matches('a{999}b{999}c{999}d{999}')", 100, "", ""},
         SLICE_INIT("1:2685: the patterns of the expression are too large")},
        {{"patterns larger than what is left", "false", " || x.matches('" LARGE "')", 6, "", ""},
         SLICE_INIT("1:395: the patterns of the expression are too large")},
        {{"a bad pattern behind large ones", "false", " || x.matches('" LARGE "')", 5, " || x.matches('(')",
          ""},
         SLICE_INIT("1:395: the pattern is not valid: missing ): (")},
        {{"a pattern that is too large by itself", "", "x.matches('" LARGE LARGE "')", 1, "", ""},
         SLICE_INIT("1:11: the pattern is not valid: the regular expression is too large: its repetitions "
                    "make too many instructions")},
        {{"digits", "1", "0", 100000, "", ""},
         SLICE_INIT("1:1: the number "
                    "`100000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                    "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                    "0000000000000000000000000...` is out of range")},
        {{"digits of a double", "0.", "1", 100000, "", ""}, SLICE_INIT("")},
        {{"zeros of an exponent", "1e", "0", 100000, "1", ""}, SLICE_INIT("")},
        {{"nines of an exponent", "1e", "9", 100000, "", ""},
         SLICE_INIT("1:1: the number "
                    "`1e9999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
                    "9999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
                    "9999999999999999999999999...` is out of range")},
        {{"a long name", "", "a", 100000, "", ""},
         SLICE_INIT("1:1: there is no variable "
                    "`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                    "aaaaaaaaaaaaaaaaaaaaaaaaa...`")},
        {{"not UTF-8", "'", "ab", 3, "\xC3'", ""}, SLICE_INIT("1:8: the expression is not valid UTF-8")},
        {{"a surrogate", "'", "ab", 3, "\xED\xA0\x80'", ""},
         SLICE_INIT("1:8: the expression is not valid UTF-8")},
        {{"an overlong form", "'", "ab", 3, "\xC0\x80'", ""},
         SLICE_INIT("1:8: the expression is not valid UTF-8")},
        {{"beyond Unicode", "'", "ab", 3, "\xF4\x90\x80\x80'", ""},
         SLICE_INIT("1:8: the expression is not valid UTF-8")},
        {{"nothing", "", "", 0, "", ""},
         SLICE_INIT("1:1: the expression ends here, expected a value, a name or `(`")},
        {{"quotes", "", "'", 99999, "", ""},
         SLICE_INIT("1:7: unexpected `''''''`, expected an operator or the end")},
        {{"commas", "[", ",", 99999, "", ""}, SLICE_INIT("1:3: unexpected `,`, expected `]`")},
    };
    set_up();
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const CelProgram *program = NULL;
        CHECK_TEXT(compile(write_shape(&ROWS[i].shape), &program), ROWS[i].wanted, ROWS[i].shape.name);
        arena_reset(&arena);
    }
    tear_down();
}

typedef struct Row {
    const char *text;
    const char *wanted;
} Row;

static void check_rows(const Row *rows, size_t count)
{
    set_up();
    for (size_t i = 0; i < count; i++) {
        CHECK_TEXT(run(slice_from_text(rows[i].text)), slice_from_text(rows[i].wanted), rows[i].text);
        arena_reset(&arena);
    }
    tear_down();
}

#define CHECK_ROWS(rows) check_rows((rows), sizeof(rows) / sizeof(rows)[0])

static void limits_when_it_runs(void)
{
    static const Row ROWS[] = {
        {"lists.range(10000).all(x, lists.range(10000).all(y, true))",
         "1:46: the expression costs too much to evaluate"},
        {"lists.range(100000000).size()", "1:7: the result is too large"},
        {"lists.range(1000000).map(x, 'aaaaaaaaaaaaaaaaaaaaaaaa').join().size()",
         "1:57: the expression costs too much to evaluate"},
        {"[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(a, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(b, [1, 2, 3, 4, 5, 6, "
         "7, 8, 9, 10].map(c, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(d, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(e, "
         "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(f, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(g, [1, 2, 3, 4, 5, 6, "
         "7, 8, 9, 10].map(h, x)))))))).size()",
         "1:306: the expression costs too much to evaluate"},
        {"cel.bind(a, 'aaaaaaaaaaaaaaaa', cel.bind(b, a + a + a + a + a + a + a + a, cel.bind(c, b + b + b + "
         "b + b + b + b + b, cel.bind(d, c + c + c + c + c + c + c + c, cel.bind(e, d + d + d + d + d + d + "
         "d + d, cel.bind(f, e + e + e + e + e + e + e + e, cel.bind(g, f + f + f + f + f + f + f + f, g + g "
         "+ g + g + g + g + g + g))))))).size()",
         "1:305: the result is too large"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] == "
         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         "true"},
        {"dyn([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
         "]]]]]]]]]]]]]]]]]]]]]]]]]]) == 1",
         "false"},
        {"'a'.replace('', 'aaaaaaaaaaaaaaaa').size()", "33"},
        {"lists.range(100000).map(x, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').join(',').replace('a', "
         "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa').size()",
         "1:82: the expression costs too much to evaluate"},
        {"'%s'.format([lists.range(1000000)]).size()", "7888890"},
        {"'%.1000f'.format([1.0])", "1:11: could not parse formatting clause: it is not complete"},
        {"lists.range(30000).sortBy(a, -a).distinct().size()",
         "1:34: the expression costs too much to evaluate"},
        {"lists.range(5000).map(a, string(a)).join().matches('(0*1*2*)*(.*){20}$')", "true"},
        {"cel.bind(t, lists.range(100000).map(a, 'a').join(), t.matches('(a|aa)+$') && t.matches('(a*)*b'))",
         "false"},
    };
    CHECK_ROWS(ROWS);
}

/* They are as long as the limit of parts allows, and take neither depth nor memory beyond the usual. */
static void long_chains_run(void)
{
    static const struct {
        Shape shape;
        Slice wanted;
    } ROWS[] = {
        {{"a sum of constants", "1", " + 1", 20000, "", ""}, SLICE_INIT("20001")},
        {{"a sum", "[1].map(x, x", " + x - x * 2 + 3", 4000, ")[0]", ""}, SLICE_INIT("8001")},
        {{"an error in the middle", "[0].map(x, 1", " + 1 / x", 5000, ")", ""},
         SLICE_INIT("1:18: division by zero")},
        {{"text", "('a'", " + 'b'", 1000, ").size()", ""}, SLICE_INIT("1001")},
        {{"much text", "('a'", " + 'bbbbbbbbbbbbbbbbbbbb'", 10000, ").size()", ""},
         SLICE_INIT("1:74156: the expression costs too much to evaluate")},
        {{"comparisons", "true", " == true", 10001, "", ""}, SLICE_INIT("true")},
        {{"else branches", "[7].map(z, z == -1 ? -1 : ", "z == 1 ? 1 : ", 8000, "z)[0]", ""},
         SLICE_INIT("7")},
        {{"constant else branches", "", "1 == 2 ? 1 : ", 10000, "7", ""}, SLICE_INIT("7")},
        {{"an error in a branch", "[7].map(z, ", "z == 1 ? 1 : ", 5000, "z / 0 == 1 ? 2 : 3)", ""},
         SLICE_INIT("1:65014: division by zero")},
        {{"no condition in a branch", "[7].map(z, ", "z == 1 ? 1 : ", 5000, "dyn(z) ? 2 : 3)", ""},
         SLICE_INIT("1:65012: no matching overload: the condition is not a bool")},
    };
    set_up();
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        CHECK_TEXT(run(write_shape(&ROWS[i].shape)), ROWS[i].wanted, ROWS[i].shape.name);
        CHECK(memory.bytes < 200 << 20);
        arena_reset(&arena);
    }
    tear_down();
}

static void edges_of_integers(void)
{
    static const Row ROWS[] = {
        {"9223372036854775807 + 1", "1:21: integer overflow"},
        {"-9223372036854775808 - 1", "1:22: integer overflow"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"-(-9223372036854775807 - 1)", "1:1: integer overflow"},
        {"4611686018427387904 * 2", "1:21: integer overflow"},
        {"-4611686018427387904 * 2", "-9223372036854775808"},
        {"-9223372036854775808 * -1", "1:22: integer overflow"},
        {"-9223372036854775808 / -1", "1:22: integer overflow"},
        {"-9223372036854775808 % -1", "0"},
        {"1 / 0", "1:3: division by zero"},
        {"1 % 0", "1:3: modulus by zero"},
        {"1u / 0u", "1:4: division by zero"},
        {"0u - 1u", "1:4: integer overflow"},
        {"18446744073709551615u + 1u", "1:23: integer overflow"},
        {"18446744073709551615u * 2u", "1:23: integer overflow"},
        {"int(9223372036854775807.0)", "1:1: range error: the number does not fit"},
        {"int(9223372036854774784.0)", "9223372036854774784"},
        {"int(-9223372036854775808.0)", "1:1: range error: the number does not fit"},
        {"int(0.0 / 0.0)", "1:1: range error: the number does not fit"},
        {"int(1.0 / 0.0)", "1:1: range error: the number does not fit"},
        {"uint(-1)", "1:1: range error: the number does not fit"},
        {"uint(-0.5)", "1:1: range error: the number does not fit"},
        {"uint(18446744073709551615.0)", "1:1: range error: the number does not fit"},
        {"int(18446744073709551615u)", "1:1: range error: the number does not fit"},
        {"int('9223372036854775808')", "1:1: type conversion error: the text is not a number"},
        {"uint('-1')", "1:1: type conversion error: the text is not a number"},
        {"double('1e309')", "1:1: type conversion error: the text is not a number"},
        {"math.abs(-9223372036854775808)", "1:6: integer overflow"},
        {"math.bitShiftLeft(1, 64)", "0"},
        {"math.bitShiftLeft(1, -1)", "1:6: a shift by a negative offset"},
        {"[1][9223372036854775807]", "1:4: index out of range"},
        {"[1][-1]", "1:4: index out of range"},
        {"[1][dyn(18446744073709551615u)]", "1:4: index out of range"},
        {"'abc'.substring(-1)", "1:7: index out of range"},
        {"'abc'.substring(4)", "1:7: index out of range"},
        {"'abc'.charAt(9223372036854775807)", "1:7: index out of range"},
        {"lists.range(-9223372036854775808).size()", "1:7: lists.range: the size must not be negative"},
        {"[1, 2].slice(0, 9223372036854775807)", "1:8: index out of range"},
        {"days(9223372036854775807)", "1:1: a duration is longer than 292 years"},
        {"timestamp(9223372036854775807)", "1:11: a timestamp is outside the years 0001 to 9999"},
        {"timestamp(253402300799) + duration('1s')", "1:25: a timestamp is outside the years 0001 to 9999"},
        {"timestamp(-62135596800) - duration('1s')", "1:25: a timestamp is outside the years 0001 to 9999"},
        {"duration('9223372036854775807ns') + duration('1ns')", "1:35: a duration is longer than 292 years"},
        {"duration('9223372036854775806ns') + duration('1ns')", "9223372036.854775807s"},
        {"duration('-9223372036854775807ns') - duration('1ns')", "-9223372036.854775808s"},
        {"duration('-9223372036854775807ns') - duration('2ns')", "1:36: a duration is longer than 292 years"},
        {"duration('292y')", "1:10: type conversion error: not a duration such as '1h30m'"},
        {"'a,b,c'.split(',', -9223372036854775808).size()", "3"},
        {"'aaa'.replace('a', 'b', 9223372036854775807)", "bbb"},
    };
    CHECK_ROWS(ROWS);
}

/* A NUL ends nothing: it is a character like any other in a text, and none outside. */
static void bytes_of_zero(void)
{
    static const struct {
        Slice text;
        Slice wanted;
    } ROWS[] = {
        {SLICE_INIT("size('a\0b')"), SLICE_INIT("3")},
        {SLICE_INIT("'a\\x00b'.size()"), SLICE_INIT("3")},
        {SLICE_INIT("1\0"), SLICE_INIT("1:2: this character has no meaning here")},
        {SLICE_INIT("\0"), SLICE_INIT("1:1: this character has no meaning here")},
        {SLICE_INIT("1 // \0 + 'x'"), SLICE_INIT("1")},
    };
    set_up();
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        CHECK_TEXT(run(ROWS[i].text), ROWS[i].wanted, ROWS[i].text.data);
        arena_reset(&arena);
    }
    tear_down();
}

static void limits_of_the_environment(void)
{
    CelEnvironment *environment = NULL;
    Error error = ERROR_NONE;
    set_up();
    CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
    for (uint32_t i = 0; i <= CEL_VARIABLES_MAX && error.code == ERROR_OK; i++) {
        Buffer name;
        buffer_init(&name, &arena, 0);
        buffer_append(&name, SLICE("v"));
        buffer_append_uint64(&name, i);
        error = cel_declare(environment, buffer_slice(&name), cel_type_plain(CEL_TYPE_INT));
        CHECK_INT(error.code == ERROR_OK, i < CEL_VARIABLES_MAX, "variables");
    }
    CHECK_ERROR(error, ERROR_LIMIT_EXCEEDED, "one variable too many");
    tear_down();
}

/* Costs are counted when it is compiled as well: a host may refuse what costs too much before it runs. */
static void cost_is_told_when_it_is_compiled(void)
{
    const CelProgram *program = NULL;
    bool loop = true;
    set_up();
    CHECK_TEXT(compile(SLICE("1 + 2 * 3 == 7"), &program), SLICE(""), "folded");
    CHECK(cel_program_cost(program, &loop) <= 2 && !loop);
    CHECK_TEXT(compile(SLICE("[x, x].map(y, y)"), &program), SLICE(""), "loop");
    CHECK(cel_program_cost(program, &loop) > 2 && loop);
    CelEvaluation *evaluation = NULL;
    CHECK_TEXT(compile(SLICE("lists.range(1000).map(y, y).size()"), &program), SLICE(""), "budget");
    CHECK_ERROR(cel_evaluation_create(&arena, program, &arena, &evaluation), ERROR_OK, "evaluation");
    CHECK_INT(cel_evaluate(evaluation).as.integer, 1000, "within the budget");
    const uint64_t cost = cel_evaluation_cost(evaluation);
    CHECK(cost >= 1000 && cost < 20000);
    cel_set_cost_limit(evaluation, cost - 1);
    const CelValue value = cel_evaluate(evaluation);
    CHECK(value.kind == CEL_ERROR && value.code == CEL_ERROR_LIMIT);
    cel_set_cost_limit(evaluation, cost);
    CHECK_INT(cel_evaluate(evaluation).as.integer, 1000, "exactly the budget");
    tear_down();
}

TEST_MAIN(limits_of_the_text, limits_when_it_runs, long_chains_run, edges_of_integers, bytes_of_zero,
          limits_of_the_environment, cost_is_told_when_it_is_compiled)
