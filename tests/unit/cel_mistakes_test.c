/*
 * What the compiler says of each kind of mistake, word for word: line, column, what was expected, the nearest
 * name, and the line with a caret below.
 */
#include "cel/cel.h"
#include "test.h"

static const RowColumn COLUMNS[] = {{SLICE_INIT("name"), ROW_TEXT},
                                    {SLICE_INIT("arr"), ROW_DOUBLE},
                                    {SLICE_INIT("seats"), ROW_INT64},
                                    {SLICE_INIT("ARR__c"), ROW_DOUBLE}};
static const RowSchema SCHEMA = {COLUMNS, 4};

typedef struct Mistake {
    const char *text;
    ErrorCode code;
    const char *message;
} Mistake;

static void check_mistakes(const Mistake *mistakes, size_t count)
{
    TestAllocator memory;
    Arena arena;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < count; i++) {
        CelEnvironment *environment = NULL;
        CelIssues *issues = ARENA_NEW(&arena, CelIssues);
        const CelProgram *program = NULL;
        CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
        CHECK_ERROR(cel_declare_row(environment, SLICE("account"), &SCHEMA), ERROR_OK, "account");
        CHECK_ERROR(cel_declare_rows(environment, SLICE("activities"), &SCHEMA), ERROR_OK, "activities");
        CHECK_ERROR(cel_declare(environment, SLICE("signals.usage"), cel_type_plain(CEL_TYPE_DOUBLE)),
                    ERROR_OK, "signal");
        const Slice text = slice_from_text(mistakes[i].text);
        const Error error = cel_compile(&arena, environment, text, issues, &program);
        CHECK_ERROR(error, mistakes[i].code, mistakes[i].text);
        CHECK_TEXT(error.message, slice_from_text(mistakes[i].message), mistakes[i].text);
        CHECK(program == NULL && issues->count > 0);
        CHECK_INT(error.place.line, issues->items[0].line, mistakes[i].text);
        CHECK_INT(error.place.column, issues->items[0].column, mistakes[i].text);
        arena_reset(&arena);
    }
    arena_free(&arena);
    CHECK_INT(memory.bytes, 0, "all memory returned");
}

#define CHECK_MISTAKES(list) check_mistakes((list), sizeof(list) / sizeof(list)[0])

static void syntax(void)
{
    static const Mistake MISTAKES[] = {
        {"1 + (2 * 3", ERROR_CEL_SYNTAX,
         "1:11: the expression ends here, expected `)`\n | 1 + (2 * 3\n |           ^"},
        {"[1, 2", ERROR_CEL_SYNTAX, "1:6: the expression ends here, expected `]`\n | [1, 2\n |      ^"},
        {"{'a' 1}", ERROR_CEL_SYNTAX, "1:6: unexpected `1`, expected `:`\n | {'a' 1}\n |      ^"},
        {"account.", ERROR_CEL_SYNTAX,
         "1:9: the expression ends here, expected the name of a field\n | account.\n |         ^"},
        {"account.arr >", ERROR_CEL_SYNTAX,
         "1:14: the expression ends here, expected a value, a name or `(`\n | account.arr >\n |              "
         "^"},
        {"true ? 1", ERROR_CEL_SYNTAX,
         "1:9: the expression ends here, expected `:`\n | true ? 1\n |         ^"},
        {"true and false", ERROR_CEL_SYNTAX, "1:6: 'and' is written '&&'\n | true and false\n |      ^"},
        {"true & false", ERROR_CEL_SYNTAX, "1:6: 'and' is written '&&'\n | true & false\n |      ^"},
        {"true | false", ERROR_CEL_SYNTAX, "1:6: 'or' is written '||'\n | true | false\n |      ^"},
        {"account.arr = 1.0", ERROR_CEL_SYNTAX,
         "1:13: '=' does not compare: write '=='\n | account.arr = 1.0\n |             ^"},
        {"1;", ERROR_CEL_SYNTAX, "1:2: an expression has no ';'\n | 1;\n |  ^"},
        {"1 # 2", ERROR_CEL_SYNTAX, "1:3: this character has no meaning here\n | 1 # 2\n |   ^"},
        {"if (true) 1", ERROR_CEL_SYNTAX,
         "1:11: unexpected `1`, expected an operator or the end\n | if (true) 1\n |           ^"},
        {"'abc", ERROR_CEL_SYNTAX, "1:1: the string has no closing quote\n | 'abc\n | ^"},
        {"'a\\q'", ERROR_CEL_SYNTAX,
         "1:1: no such escape; a backslash itself is written \\\\\n | 'a\\q'\n | ^"},
        {"'\\u12'", ERROR_CEL_SYNTAX,
         "1:1: an escape is incomplete: \\xHH, \\uHHHH, \\UHHHHHHHH (not in bytes) or \\OOO up to \\377\n | "
         "'\\u12'\n | ^"},
        {"'\\ud800'", ERROR_CEL_SYNTAX, "1:1: an escape names no Unicode character\n | '\\ud800'\n | ^"},
        {"9223372036854775808", ERROR_CEL_SYNTAX,
         "1:1: the number `9223372036854775808` is out of range\n | 9223372036854775808\n | ^"},
        {"-9223372036854775809", ERROR_CEL_SYNTAX,
         "1:1: the number `9223372036854775809` is out of range\n | -9223372036854775809\n | ^"},
        {"18446744073709551616u", ERROR_CEL_SYNTAX,
         "1:1: the number `18446744073709551616u` is out of range\n | 18446744073709551616u\n | ^"},
        {"0x10000000000000000u", ERROR_CEL_SYNTAX,
         "1:1: the number `0x10000000000000000u` is out of range\n | 0x10000000000000000u\n | ^"},
        {"1e999", ERROR_CEL_SYNTAX, "1:1: the number `1e999` is out of range\n | 1e999\n | ^"},
        {"account.arr > 1.0 &&\n  account.name == ", ERROR_CEL_SYNTAX,
         "2:19: the expression ends here, expected a value, a name or `(`\n |   account.name == \n |         "
         "          ^"},
        {"[1].map(x + 1, x)", ERROR_CEL_SYNTAX,
         "1:11: expected a simple name for the variable of this macro\n | [1].map(x + 1, x)\n |           ^"},
        {"[1].map(x)", ERROR_CEL_UNDECLARED,
         "1:5: there is no function `map`; this macro takes other arguments\n | [1].map(x)\n |     ^"},
        {"has(account)", ERROR_CEL_SYNTAX,
         "1:5: has() takes a field, as in has(account.arr)\n | has(account)\n |     ^"},
        {"has(account.?arr)", ERROR_CEL_SYNTAX,
         "1:12: has() takes a field, as in has(account.arr)\n | has(account.?arr)\n |            ^"},
    };
    CHECK_MISTAKES(MISTAKES);
}

static void names(void)
{
    static const Mistake MISTAKES[] = {
        {"acount.arr > 1.0", ERROR_CEL_UNDECLARED,
         "1:1: there is no variable `acount`; did you mean `account`?\n | acount.arr > 1.0\n | ^"},
        {"account.ARR_c > 1.0", ERROR_CEL_UNDECLARED,
         "1:8: no field `ARR_c` on account; did you mean `ARR__c`?\n | account.ARR_c > 1.0\n |        ^"},
        {"account['ARR_c'] > 1.0", ERROR_CEL_UNDECLARED,
         "1:8: no field `ARR_c` on account; did you mean `ARR__c`?\n | account['ARR_c'] > 1.0\n |        ^"},
        {"account.colour == 'red'", ERROR_CEL_UNDECLARED,
         "1:8: no field `colour` on account\n | account.colour == 'red'\n |        ^"},
        {"signals.usgae > 1.0", ERROR_CEL_UNDECLARED,
         "1:8: there is no variable `signals.usgae`; did you mean `signals.usage`?\n | signals.usgae > 1.0\n "
         "|        ^"},
        {"activities.exists(a, a.nmae == 'x')", ERROR_CEL_UNDECLARED,
         "1:23: no field `nmae` on activities; did you mean `name`?\n | activities.exists(a, a.nmae == "
         "'x')\n |                       ^"},
        {"activities.exists(activity, activty.name == 'x')", ERROR_CEL_UNDECLARED,
         "1:29: there is no variable `activty`; did you mean `activity`?\n | activities.exists(activity, "
         "activty.name == 'x')\n |                             ^"},
        {"account.name.startWith('x')", ERROR_CEL_UNDECLARED,
         "1:14: there is no function `startWith`; did you mean `startsWith`?\n | "
         "account.name.startWith('x')\n |              ^"},
        {"liner(1.0, 2.0, 3.0)", ERROR_CEL_UNDECLARED,
         "1:1: there is no function `liner`; did you mean `linear`?\n | liner(1.0, 2.0, 3.0)\n | ^"},
        {"[1].fitler(x, x > 0)", ERROR_CEL_UNDECLARED,
         "1:5: there is no function `fitler`; did you mean `filter`?\n | [1].fitler(x, x > 0)\n |     ^"},
        {"now > timestamp(0)", ERROR_CEL_UNDECLARED,
         "1:1: there is no variable `now`\n | now > timestamp(0)\n | ^"},
        {"has(account.ar)", ERROR_CEL_UNDECLARED,
         "1:12: no field `ar` on account; did you mean `arr`?\n | has(account.ar)\n |            ^"},
    };
    CHECK_MISTAKES(MISTAKES);
}

static void types(void)
{
    static const Mistake MISTAKES[] = {
        {"account.arr + 1", ERROR_CEL_TYPE,
         "1:13: `+` does not take (double, int); write both numbers alike: 2.0, or double(x)\n | account.arr "
         "+ 1\n |             ^"},
        {"account.name + 1", ERROR_CEL_TYPE,
         "1:14: `+` does not take (string, int); text is joined with text alone: string(x)\n | account.name "
         "+ 1\n |              ^"},
        {"account.name > 5", ERROR_CEL_TYPE,
         "1:14: `>` does not take (string, int)\n | account.name > 5\n |              ^"},
        {"account.name.contains(5)", ERROR_CEL_TYPE,
         "1:14: `contains` does not take (string, int); it takes string.contains(string)\n | "
         "account.name.contains(5)\n |              ^"},
        {"account.seats && true", ERROR_CEL_TYPE,
         "1:15: `&&` does not take (int, bool); it takes (bool, bool)\n | account.seats && true\n |          "
         "     ^"},
        {"account.seats ? 1 : 2", ERROR_CEL_TYPE,
         "1:15: `? :` does not take (int, int, int); the condition must be a bool\n | account.seats ? 1 : "
         "2\n |               ^"},
        {"true ? 1 : 'a'", ERROR_CEL_TYPE,
         "1:6: `? :` does not take (bool, int, string); both sides of `:` must have the same type\n | true ? "
         "1 : 'a'\n |      ^"},
        {"!account.name", ERROR_CEL_TYPE,
         "1:1: `!` does not take (string); it takes (bool)\n | !account.name\n | ^"},
        {"-account.name", ERROR_CEL_TYPE,
         "1:1: `-` does not take (string); it takes (int) or (double)\n | -account.name\n | ^"},
        {"account.name.first", ERROR_CEL_TYPE,
         "1:13: `string` has no fields\n | account.name.first\n |             ^"},
        {"account.seats.map(x, x)", ERROR_CEL_TYPE,
         "1:8: this macro needs a list or a map, not int\n | account.seats.map(x, x)\n |        ^"},
        {"activities.filter(a, a.name)", ERROR_CEL_TYPE,
         "1:23: expected a condition (bool), not string\n | activities.filter(a, a.name)\n |                 "
         "      ^"},
        {"activities.all(a, a.seats)", ERROR_CEL_TYPE,
         "1:20: expected a condition (bool), not int\n | activities.all(a, a.seats)\n |                    "
         "^"},
        {"account.arr == null", ERROR_CEL_TYPE,
         "1:13: a field without a value is unknown, never null; write !has(account.arr)\n | account.arr == "
         "null\n |             ^"},
        {"null != account.arr", ERROR_CEL_TYPE,
         "1:6: a field without a value is unknown, never null; write has(account.arr)\n | null != "
         "account.arr\n |      ^"},
        {"signals.usage == null", ERROR_CEL_TYPE,
         "1:15: a field without a value is unknown, never null; write !has(signals.usage)\n | signals.usage "
         "== null\n |               ^"},
        {"true ? 1 : account.seats ? 2 : 3", ERROR_CEL_TYPE,
         "1:19: `? :` does not take (int, int, int); the condition must be a bool\n | true ? 1 : "
         "account.seats ? 2 : 3\n |                   ^"},
        {"true ? 1 : false ? 2 : 'a'", ERROR_CEL_TYPE,
         "1:12: `? :` does not take (bool, int, string); both sides of `:` must have the same type\n | true "
         "? 1 : false ? 2 : 'a'\n |            ^"},
        {"account[account.name] == 1", ERROR_CEL_TYPE,
         "1:16: the field must be named in quotes, so that it is known which fields are read\n | "
         "account[account.name] == 1\n |                ^"},
        {"[1, 2]['a']", ERROR_CEL_TYPE,
         "1:7: `[]` does not take (list(int), string); it takes (list, int) or (map, any value) or "
         "(optional(list), int) or (optional(map), any value)\n | [1, 2]['a']\n |       ^"},
        {"'a' in 'abc'", ERROR_CEL_TYPE,
         "1:5: `in` does not take (string, string); it takes (any value, list) or (any value, map)\n | 'a' "
         "in 'abc'\n |     ^"},
        {"account.name.matches('(a')", ERROR_CEL_TYPE,
         "1:22: the pattern is not valid: missing ): (a\n | account.name.matches('(a')\n |                   "
         "   ^"},
        {"linear(account.name, 1, 2)", ERROR_CEL_TYPE,
         "1:1: `linear` does not take (string, int, int); it takes linear(number, number, number)\n | "
         "linear(account.name, 1, 2)\n | ^"},
        {"steps(1, [1, 2])", ERROR_CEL_TYPE,
         "1:1: `steps` does not take (int, list(int)); it takes steps(number, list(list))\n | steps(1, [1, "
         "2])\n | ^"},
        {"decay(1)", ERROR_CEL_TYPE,
         "1:1: `decay` does not take (int); it takes decay(duration, duration) or decay(number, number)\n | "
         "decay(1)\n | ^"},
        {"sum(['a'])", ERROR_CEL_TYPE,
         "1:1: `sum` does not take (list(string)); it takes sum(list(int)) or sum(list(double)) or "
         "sum(list(uint)) or sum(list(duration))\n | sum(['a'])\n | ^"},
        {"[?1]", ERROR_CEL_TYPE, "1:3: `?` takes an optional, not int\n | [?1]\n |   ^"},
        {"{?'a': 1}", ERROR_CEL_TYPE, "1:8: `?` takes an optional, not int\n | {?'a': 1}\n |        ^"},
        {"[1].optMap(x, x)", ERROR_CEL_TYPE,
         "1:1: this macro needs an optional, not list(int)\n | [1].optMap(x, x)\n | ^"},
        {"optional.of(1).optFlatMap(x, x)", ERROR_CEL_TYPE,
         "1:30: expected an optional, not int\n | optional.of(1).optFlatMap(x, x)\n |                        "
         "      ^"},
        {"{'a': 1}.transformMapEntry(k, v, v)", ERROR_CEL_TYPE,
         "1:34: expected a map, not int\n | {'a': 1}.transformMapEntry(k, v, v)\n |                          "
         "        ^"},
        {"duration('5 days')", ERROR_CEL_TYPE,
         "1:10: type conversion error: not a duration such as '1h30m'\n | duration('5 days')\n |          ^"},
        {"timestamp('yesterday')", ERROR_CEL_TYPE,
         "1:11: type conversion error: not an RFC 3339 timestamp\n | timestamp('yesterday')\n |           ^"},
        {"timestamp(0).getHours('Europe/Berlin')", ERROR_CEL_TYPE,
         "1:23: named time zones need the zone file (perly_zones.bin), which was not loaded\n | "
         "timestamp(0).getHours('Europe/Berlin')\n |                       ^"},
    };
    CHECK_MISTAKES(MISTAKES);
}

/* What stands behind "write " is an expression that compiles. */
static void nulls(void)
{
    static const RowColumn columns[] = {{SLICE_INIT("arr"), ROW_DOUBLE},
                                        {SLICE_INIT("Owner.Name"), ROW_TEXT}};
    static const RowSchema schema = {columns, 2};
    static const struct {
        const char *text;
        uint32_t column;
        const char *suggestion; /* NULL: compared with a record */
    } ROWS[] = {
        {"rows[0].arr == null", 13, "!has(rows[0].arr)"},
        {"(rows.filter(a, a.arr > 1.0)[0]).arr != null", 38, "has(rows.filter(a, a.arr > 1.0)[0].arr)"},
        {"rows.sortBy(a, a.arr).first().value().arr == null", 43,
         "!has(rows.sortBy(a, a.arr).first().value().arr)"},
        {"((account)).arr == null", 17, "!has(account.arr)"},
        {"account['arr'] == null", 16, "!has(account.arr)"},
        {"account.Owner.Name == null", 20, "!has(account.Owner.Name)"},
        {"rows.exists(a, null == a.arr)", 21, "!has(a.arr)"},
        {"cel.bind(z, account.arr, z == null)", 28, "!has(account.arr)"},
        {"cel.bind(z, account.arr, cel.bind(y, z, y != null))", 43, "has(account.arr)"},
        {"account.arr in [null]", 13, "!has(account.arr)"},
        {"account.arr in [1.0, null]", 13, "!has(account.arr)"},
        {"dyn(account.arr) == null", 18, "!has(account.arr)"},
        {"dyn(account.arr) in [null]", 18, "!has(account.arr)"},
        {"signals.usage == null", 15, "!has(signals.usage)"},
        {"[account][0].arr == null", 18, "!has([account][0].arr)"},
        {"account == null", 9, NULL},
        {"null != dyn(account)", 6, NULL},
        {"rows.all(a, a != null)", 15, NULL},
        {"rows[0] in [null]", 9, NULL},
    };
    TestAllocator memory;
    Arena arena;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        CelEnvironment *environment = NULL;
        CelIssues issues;
        const CelProgram *program = NULL;
        CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
        CHECK_ERROR(cel_declare_row(environment, SLICE("account"), &schema), ERROR_OK, "account");
        CHECK_ERROR(cel_declare_rows(environment, SLICE("rows"), &schema), ERROR_OK, "rows");
        CHECK_ERROR(cel_declare(environment, SLICE("signals.usage"), cel_type_plain(CEL_TYPE_DOUBLE)),
                    ERROR_OK, "signal");
        const Error error =
            cel_compile(&arena, environment, slice_from_text(ROWS[i].text), &issues, &program);
        CHECK_ERROR(error, ERROR_CEL_TYPE, ROWS[i].text);
        CHECK_INT(issues.count, 1, ROWS[i].text);
        CHECK_INT(issues.items[0].column, ROWS[i].column, ROWS[i].text);
        CHECK_TEXT(issues.items[0].message,
                   ROWS[i].suggestion == NULL
                       ? SLICE("a record is never null: ask for one of its fields, as in has(account.arr)")
                       : SLICE("a field without a value is unknown, never null"),
                   ROWS[i].text);
        if (ROWS[i].suggestion != NULL) {
            const Slice text = issues.items[0].suggestion;
            Buffer loop;
            buffer_init(&loop, &arena, 0);
            buffer_append(&loop, SLICE("rows.exists(a, "));
            buffer_append(&loop, slice_part(text, 6, text.length));
            buffer_append(&loop, SLICE(")"));
            CHECK(slice_starts_with(text, SLICE("write ")));
            CHECK_TEXT(slice_part(text, 6, text.length), slice_from_text(ROWS[i].suggestion), ROWS[i].text);
            CHECK_ERROR(cel_compile(&arena, environment, buffer_slice(&loop), &issues, &program), ERROR_OK,
                        ROWS[i].suggestion);
        }
        arena_reset(&arena);
    }
    arena_free(&arena);
}

TEST_MAIN(syntax, names, types, nulls)
