/*
 * What is paid for: an instruction or function whose work grows with its operands charges for them, so that a
 * loop over it comes to the limit. Counted, never timed: each row of a table ends with the error of the limit
 * when its texts and lists are long, within the cost that was allowed, and does not when they are short.
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

enum { X, Y, N, L, K, SLOTS };

/* A tenth of what is usual, and of the memory, of which pages that are not full are a part. */
enum { LIMIT = 1000000, BYTES_MAX = 20 << 20 };

static const struct {
    Slice name;
    Slice type;
} VARIABLES[SLOTS] = {
    [X] = {SLICE_INIT("x"), SLICE_INIT("string")},       [Y] = {SLICE_INIT("y"), SLICE_INIT("string")},
    [N] = {SLICE_INIT("n"), SLICE_INIT("list(double)")}, [L] = {SLICE_INIT("l"), SLICE_INIT("list(string)")},
    [K] = {SLICE_INIT("k"), SLICE_INIT("list(string)")},
};

static CelValue text_of(size_t length, char fill)
{
    char *bytes = arena_alloc(&arena, length, 1);
    memset(bytes, fill, length);
    return cel_string((Slice){bytes, length});
}

static CelValue numbers_of(uint32_t count)
{
    CelValue *items = ARENA_ARRAY(&arena, CelValue, count);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = cel_double(i);
    }
    return cel_list(items, count);
}

/* A column of many values: "a;a;a", an element for each two bytes. */
static CelValue column_of(size_t length)
{
    CelValue list = text_of(length, 'a');
    for (size_t i = 1; i < length; i += 2) {
        ((char *)list.as.text)[i] = ';';
    }
    list.kind = CEL_LIST;
    list.form = CEL_LIST_TEXT;
    return list;
}

static CelEnvironment *environment_of(void)
{
    CelEnvironment *environment = NULL;
    CHECK_ERROR(cel_environment_create(&arena, &environment), ERROR_OK, "environment");
    for (uint32_t i = 0; i < SLOTS; i++) {
        const CelType *type = NULL;
        CHECK_ERROR(cel_type_parse(&arena, VARIABLES[i].type, &type), ERROR_OK, "type");
        CHECK_ERROR(cel_declare(environment, VARIABLES[i].name, type), ERROR_OK, "variable");
    }
    return environment;
}

/* The result of `text` when the texts are `length` bytes long, and its cost. */
static CelValue run(Slice text, size_t length, uint64_t *cost)
{
    CelEnvironment *environment = environment_of();
    CelEvaluation *evaluation = NULL;
    const CelProgram *program = NULL;
    CelIssues issues;
    const Error error = cel_compile(&arena, environment, text, &issues, &program);
    CHECK_TEXT(error.message, SLICE(""), text.data);
    if (program == NULL) {
        return cel_null();
    }
    CHECK_ERROR(cel_evaluation_create(&arena, program, &arena, &evaluation), ERROR_OK, "evaluation");
    cel_bind(evaluation, X, text_of(length, 'a'));
    cel_bind(evaluation, Y, text_of(length, 'a'));
    cel_bind(evaluation, N, numbers_of((uint32_t)length / 8 + 1));
    cel_bind(evaluation, L, column_of(length));
    cel_bind(evaluation, K, column_of(length));
    cel_set_cost_limit(evaluation, LIMIT);
    const CelValue value = cel_evaluate(evaluation);
    *cost = cel_evaluation_cost(evaluation);
    return value;
}

static bool is_limit(CelValue value)
{
    return value.kind == CEL_ERROR && value.code == CEL_ERROR_LIMIT;
}

/* What was written, with a NUL behind it: a failed check prints the text. */
static Slice printable(Buffer *text)
{
    buffer_append_byte(text, '\0');
    return slice_part(buffer_slice(text), 0, text->length - 1);
}

/* The body in a loop in which `t` is x, `c` is l and `m` is n, though no compiler can know it; e is {y: 1}.
 */
static Slice loop_of(const char *body)
{
    Buffer text;
    buffer_init(&text, &arena, 0);
    buffer_append(&text, SLICE("cel.bind(e, {y: 1}, lists.range(5000).all(i, cel.bind(t, i < 0 ? y : x, "
                               "cel.bind(c, i < 0 ? k : l, cel.bind(m, i < 0 ? [0.0] : n, [dyn("));
    buffer_append(&text, slice_from_text(body));
    buffer_append(&text, SLICE(")].size() == 1)))))"));
    return printable(&text);
}

/* The limit is noticed before the work is done, or behind one instruction's work. */
static void check_row(Slice text, size_t length)
{
    enum { ONE_WORK = 100000 };
    uint64_t cost = 0;
    CHECK_NAMED(!is_limit(run(text, 8, &cost)), text.data);
    CHECK_NAMED(is_limit(run(text, length, &cost)), text.data);
    CHECK_NAMED(cost <= LIMIT + ONE_WORK, text.data);
    CHECK_NAMED(memory.bytes < BYTES_MAX, text.data);
}

static void charges_for_long_operands(void)
{
    static const char *const BODIES[] = {
        "t == y",
        "t != y",
        "dyn(t) == dyn(y)",
        "t in [y]",
        "t in ['b', y]",
        "[t] == [y]",
        "{'k': t} == {'k': y}",
        "t < y",
        "t >= y",
        "t.startsWith(y)",
        "t.endsWith(y)",
        "t.contains(y)",
        "t.contains('b')",
        "dyn(t).startsWith(y)",
        "dyn(t).contains(y)",
        "{t: 1}",
        "math.greatest(m)",
        "math.least(m)",
        "double(t)",
        "int(t)",
        "uint(t)",
        "bool(t)",
        "bytes(t) == bytes(y)",
        "string(bytes(t))",
        "duration(t)",
        "timestamp(t)",
        "[t, y].sort()",
        "[t, y].sortBy(z, z)",
        "[t, y].distinct()",
        "min([t, y])",
        "max([t, y])",
        "sum(m)",
        "avg(m)",
        "sets.contains([t], [y])",
        "sets.equivalent([t], [y])",
        "sets.intersects([t], [y])",
        "'%s'.format([t])",
        "'%s%d'.format([t, t])",
        "'%s'.format([m])",
        "'%x'.format([t])",
        "t.format([])",
        "string(t == y) + string([t][0])",
        "t.size()",
        "t.matches('b$')",
        "t.indexOf(y)",
        "t.indexOf('b')",
        "t.lastIndexOf(y)",
        "t.replace(y, 'b')",
        "t.split(y)",
        "t.split('b')",
        "[t, y].join()",
        "[t, dyn(1)].join()",
        "t.charAt(1)",
        "t.substring(1)",
        "t.trim()",
        "t.lowerAscii()",
        "t.upperAscii()",
        "t.reverse()",
        "strings.quote(t)",
        "base64.encode(bytes(t))",
        "base64.decode(t)",
        "t + y",
        "c[0]",
        "c[?0]",
        "c.first()",
        "c.last()",
        "c.size()",
        "c == k",
        "c in [k]",
        "'b' in c",
        "c.exists(z, z == 'b')",
        "c.all(j, z, z == 'a')",
        "c.map(z, z)",
        "c.join()",
        "c.sort()",
        "c.reverse()",
        "c.distinct()",
        "c.slice(0, 1)",
        "[c].flatten()",
        "c + k",
        "min(c)",
        "sets.contains(c, ['a'])",
        "'%s'.format([c])",
        "m == n",
        "-1.0 in m",
        "m.reverse()",
        "m.sort()",
        "m + m",
        "e[t]",
        "e[?t]",
        "t in e",
        "cel.bind(d, {t: 1}, d == e)",
    };
    for (size_t i = 0; i < sizeof BODIES / sizeof BODIES[0]; i++) {
        set_up();
        check_row(loop_of(BODIES[i]), 1 << 15);
        tear_down();
    }
}

/* The first and the last element of a text list are found by one look at it. */
static void looks_once_for_an_end(void)
{
    enum { BYTES = 8000 };
    static const char *const TEXTS[] = {"l.first()", "l.last()", "l[0]"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        uint64_t cost = 0;
        set_up();
        (void)run(slice_from_text(TEXTS[i]), BYTES, &cost);
        CHECK_NAMED(cost >= BYTES / 8 && cost <= BYTES / 8 + 10, TEXTS[i]);
        tear_down();
    }
}

/* A text that begins as another does at each of its places: as many comparisons as both have bytes. */
static void searches_in_linear_time(void)
{
    static const char *const TEXTS[] = {
        "(x + x).contains(x + 'b')",          "(x + x).indexOf(x + 'b') == -1",
        "(x + x).lastIndexOf(x + 'b') == -1", "(x + x).split(x + 'b').size() == 1",
        "(x + x).replace(x + 'b', '') == ''", "dyn(x + x).contains(x + 'b')",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        set_up();
        check_row(slice_from_text(TEXTS[i]), 100000);
        tear_down();
    }
}

/* Two graphs of lists, each of twice the one before: 2^40 elements that take no memory. */
static Slice graphs(const char *first, const char *part, const char *expression)
{
    enum { DEPTH = 40 };
    Buffer text;
    buffer_init(&text, &arena, 0);
    for (int i = 0; i < 2 * DEPTH; i++) {
        const char name = "ab"[i % 2];
        buffer_append(&text, SLICE("cel.bind("));
        buffer_append_byte(&text, name);
        buffer_append(&text, SLICE(", "));
        for (const char *at = i < 2 ? first : part; *at != '\0'; at++) {
            const char *letter = *at == '$' ? &name : at;
            buffer_append_byte(&text, *letter);
        }
        buffer_append(&text, SLICE(", "));
    }
    buffer_append(&text, slice_from_text(expression));
    for (int i = 0; i < 2 * DEPTH; i++) {
        buffer_append_byte(&text, ')');
    }
    return printable(&text);
}

static void bounds_shared_structure(void)
{
    static const char *const EXPRESSIONS[] = {
        "a == b",
        "a != b",
        "[a] == [b]",
        "a in [1, b]",
        "[a, b].distinct().size() == 1",
        "sets.contains([a], [b])",
        "sets.equivalent([a], [b])",
        "sets.intersects([a], [b])",
        "optional.of(a) == optional.of(b)",
        "{1: a} == {1: b}",
        "'%s'.format([a]) == ''",
    };
    static const struct {
        const char *first;
        const char *part;
    } SHAPES[] = {
        {"dyn([x, x])", "dyn([$, $])"},
        {"dyn([1, 1])", "dyn([$, $])"},
        {"dyn({1: x, 2: x})", "dyn({1: $, 2: $})"},
        {"dyn([optional.none()])", "dyn([optional.of($), optional.of($)])"},
        {"[x].map(z, dyn(z))", "[dyn($), $].map(z, dyn(z))"},
    };
    for (size_t i = 0; i < sizeof EXPRESSIONS / sizeof EXPRESSIONS[0]; i++) {
        for (size_t j = 0; j < sizeof SHAPES / sizeof SHAPES[0]; j++) {
            uint64_t cost = 0;
            set_up();
            const Slice text = graphs(SHAPES[j].first, SHAPES[j].part, EXPRESSIONS[i]);
            CHECK_NAMED(is_limit(run(text, 1, &cost)), EXPRESSIONS[i]);
            CHECK_NAMED(cost <= LIMIT + 1000, EXPRESSIONS[i]);
            CHECK_NAMED(memory.bytes < BYTES_MAX, EXPRESSIONS[i]);
            tear_down();
        }
    }
}

/* Keys chosen to fall on the same places of the table. */
static void bounds_maps_of_bad_keys(void)
{
    set_up();
    check_row(
        SLICE("lists.range(size(x) * 100).transformMapEntry(i, v, {math.bitShiftLeft(v, 44): v}).size() > 0"),
        1000);
    tear_down();
}

/* Patterns made when the expression runs: large ones, bad ones, and both. What they take is given back. */
static void bounds_patterns(void)
{
    static const struct {
        const char *pattern;
        CelErrorKind kind;
    } ROWS[] = {
        {"'(a{1000}){60}'", CEL_ERROR_LIMIT},
        {"'(a{1000}){60}('", CEL_ERROR_LIMIT},
        {"'(a{1000}){1000}'", CEL_ERROR_LIMIT},
        {"'([\\\\p{L}]|\\\\p{N}|\\\\p{P}){50}'", CEL_ERROR_LIMIT},
        {"'b{900}c'", CEL_ERROR_LIMIT},
        {"lists.range(60).map(a, 'a{1000}').join()", CEL_ERROR_LIMIT},
        {"lists.range(70).map(a, 'a{1000}').join()", CEL_ERROR_LIMIT},
        {"lists.range(20000).map(a, 'a').join()", CEL_ERROR_LIMIT},
        {"'('", CEL_ERROR_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        uint64_t cost = 0;
        Buffer text;
        set_up();
        buffer_init(&text, &arena, 0);
        buffer_append(&text, SLICE("cel.bind(p, "));
        buffer_append(&text, slice_from_text(ROWS[i].pattern));
        buffer_append(&text,
                      SLICE(" + x.substring(0, 0), lists.range(5000).exists(i, x.matches(p + string(i))))"));
        const CelValue value = run(printable(&text), 8, &cost);
        CHECK_INT(value.kind, CEL_ERROR, ROWS[i].pattern);
        CHECK_INT(value.code, ROWS[i].kind, ROWS[i].pattern);
        CHECK_NAMED(cost <= LIMIT + 200000 && memory.bytes < 6 << 20, ROWS[i].pattern);
        tear_down();
    }
}

/* What an expression may cost is told when it is compiled, to a host that asks. */
static void refuses_what_may_cost_too_much(void)
{
    static const struct {
        const char *text;
        uint64_t cost; /* estimated */
    } ROWS[] = {
        {"1 + 2", 1},
        {"x == y", 4},
        {"[1, 2, 3].all(a, a > 1)", 19},
        {"[x, y].all(a, a == x)", 15},
        {"n.all(a, a > 1.0)", 601},
        {"n.all(a, n.all(b, a > b))", 60301},
        {"n.all(a, n.all(b, n.all(c, a > b)))", 6030301},
        {"lists.range(1000).all(a, lists.range(1000).all(b, a > b))", 6003001},
        {"n.filter(a, a > 1.0).map(a, a * 2.0).size()", 1303},
        {"cel.bind(b, [1, 2], b.map(a, a + b.size()))", 22},
        {"cel.bind(b, n + n, b.all(a, a > 1.0))", 1405},
        {"n.distinct().size()", 10214},
        {"n.sort().size()", 1014},
        {"n.sortBy(a, -a)", 1301},
        {"optional.of(x).optMap(a, a + 'b')", 9},
        {"x == 'a' ? 1 : x == 'b' ? 2 : 3", 13},
        {"x.split(',').map(a, int(a)).exists(a, a in [1, 2])", 1308},
        {"dyn(n).distinct().size()", 10315},
        {"dyn(n).sort().size()", 1115},
        {"sets.contains(dyn(n), n)", 10314},
        {"sets.intersects(n, dyn(n))", 10314},
        {"sets.equivalent(dyn([1, 2]), n)", 315},
        {"[n, n][0].map(a, a)", 308},
        {"[n][?0].optMap(a, a.map(b, b))", 309},
        {"[n].first().value().map(a, a)", 307},
        {"[n].last().orValue([1.0]).map(a, a)", 309},
        {"[n, n].flatten().map(a, a)", 611},
        {"n.map(a, l).flatten().map(a, a)", 3407},
        {"n.map(a, l).flatten().distinct().size()", 1002420},
        {"[[1, 2], [3]].map(a, a).flatten().map(a, a)", 615},
        {"(x == 'a' ? [2.0] : [1.0]).map(a, a)", 16},
        {"(x == 'a' ? n : [1.0]).map(a, a)", 412},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const char *text = ROWS[i].text;
        CelEnvironment *environment = NULL;
        const CelProgram *program = NULL;
        CelIssues issues;
        set_up();
        environment = environment_of();
        cel_set_budget(environment, ROWS[i].cost);
        const Error enough = cel_compile(&arena, environment, slice_from_text(text), &issues, &program);
        CHECK_TEXT(enough.message, SLICE(""), text);
        cel_set_budget(environment, 1);
        const Error error = cel_compile(&arena, environment, slice_from_text(text), &issues, &program);
        CHECK_ERROR(error, ROWS[i].cost == 1 ? ERROR_OK : ERROR_CEL_LIMIT, text);
        if (ROWS[i].cost > 1) {
            Buffer wanted;
            buffer_init(&wanted, &arena, 0);
            buffer_append(&wanted, SLICE("the expression may cost "));
            buffer_append_uint64(&wanted, ROWS[i].cost);
            buffer_append(&wanted, SLICE(" steps, 1 are allowed"));
            CHECK_INT(issues.items[0].kind, CEL_ERROR_LIMIT, text);
            CHECK_TEXT(issues.items[0].message, buffer_slice(&wanted), text);
        }
        tear_down();
    }
}

TEST_MAIN(bounds_patterns, refuses_what_may_cost_too_much, charges_for_long_operands, searches_in_linear_time,
          looks_once_for_an_end, bounds_shared_structure, bounds_maps_of_bad_keys)
