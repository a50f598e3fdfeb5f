/* cel_evaluate_rows gives what cel_evaluate gives for each row: on random expressions over random rows. */
#include "cel/cel.h"
#include "cel/text.h"
#include "test.h"

enum { ROWS = 200, EXPRESSIONS = 3000, DEPTH = 4 };

#define NOW_MS INT64_C(1780272000000)

/* Two of each type, so that operands differ. */
static const RowColumn COLUMNS[] = {
    {SLICE_INIT("i"), ROW_INT64},  {SLICE_INIT("j"), ROW_INT64}, {SLICE_INIT("d"), ROW_DOUBLE},
    {SLICE_INIT("e"), ROW_DOUBLE}, {SLICE_INIT("b"), ROW_BOOL},  {SLICE_INIT("c"), ROW_BOOL},
    {SLICE_INIT("s"), ROW_TEXT},   {SLICE_INIT("t"), ROW_TEXT},  {SLICE_INIT("at"), ROW_TIME},
    {SLICE_INIT("to"), ROW_TIME},  {SLICE_INIT("l"), ROW_LIST},  {SLICE_INIT("y"), ROW_BYTES},
};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof COLUMNS[0] };
static const RowSchema SCHEMA = {COLUMNS, COLUMN_COUNT};

typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    Arena scratch;
    CelEnvironment *environment;
    RowBatch batch;
    CelRows rows;
    CelRows other; /* of one row, for a second object */
    uint32_t state;
} Fixture;

static uint32_t below(Fixture *fixture, uint32_t limit)
{
    fixture->state ^= fixture->state << 13;
    fixture->state ^= fixture->state >> 17;
    fixture->state ^= fixture->state << 5;
    return fixture->state % limit;
}

static Slice text_of(Fixture *fixture)
{
    static const Slice texts[] = {SLICE_INIT(""),
                                  SLICE_INIT("a"),
                                  SLICE_INIT("pro"),
                                  SLICE_INIT("x;pro"),
                                  SLICE_INIT("enterprise"),
                                  SLICE_INIT("enterprisf"),
                                  SLICE_INIT("Øresund"),
                                  SLICE_INIT("a text of more than 64 bytes, so that "
                                             "it is searched by the way for long ones")};
    return texts[below(fixture, 8)];
}

static void write_row(Fixture *fixture, RowWriter *writer)
{
    static const int64_t integers[] = {0, 1, -1, 7, 100, INT64_MAX, INT64_MIN};
    static const double numbers[] = {0, 0.5, -2, 100, 1e308, 5e-324};
    static const int64_t times[] = {NOW_MS, NOW_MS - 86400000, NOW_MS + 1, -62135596800000, 253402300799999};
    static const Slice lists[] = {SLICE_INIT(""), SLICE_INIT("pro"), SLICE_INIT("a;pro;x"),
                                  SLICE_INIT("prof;a;")};
    row_writer_begin(writer);
    for (uint32_t column = 0; column < COLUMN_COUNT; column++) {
        if (below(fixture, 6) == 0) {
            continue;
        }
        switch (COLUMNS[column].type) {
        case ROW_INT64: row_writer_int64(writer, column, integers[below(fixture, 7)]); break;
        case ROW_DOUBLE: row_writer_double(writer, column, numbers[below(fixture, 6)]); break;
        case ROW_BOOL: row_writer_bool(writer, column, below(fixture, 2) != 0); break;
        case ROW_TIME: row_writer_time(writer, column, times[below(fixture, 5)]); break;
        case ROW_LIST: row_writer_text(writer, column, lists[below(fixture, 4)]); break;
        case ROW_TEXT:
        case ROW_BYTES:
        case ROW_TYPE_COUNT: row_writer_text(writer, column, text_of(fixture)); break;
        }
    }
    CHECK_ERROR(row_writer_end(writer), ERROR_OK, "row");
}

static void set_up(Fixture *fixture)
{
    RowWriter writer;
    Slice bytes = {0};
    *fixture = (Fixture){.state = 0x9E3779B9};
    test_allocator_init(&fixture->memory);
    arena_init(&fixture->arena, &fixture->memory.allocator, 0);
    arena_init(&fixture->scratch, &fixture->memory.allocator, 0);
    row_writer_init(&writer, &fixture->arena, &SCHEMA, 1 << 20);
    for (unsigned i = 0; i < ROWS; i++) {
        write_row(fixture, &writer);
    }
    CHECK_ERROR(row_writer_finish(&writer, &bytes), ERROR_OK, "rows");
    CHECK_ERROR(row_batch_open(&fixture->batch, bytes, &SCHEMA), ERROR_OK, "open");
    fixture->rows = (CelRows){&fixture->batch, &SCHEMA, 0, ROWS};
    fixture->other = (CelRows){&fixture->batch, &SCHEMA, 3, 1};
    CHECK_ERROR(cel_environment_create(&fixture->arena, &fixture->environment), ERROR_OK, "environment");
    CHECK_ERROR(cel_declare_row(fixture->environment, SLICE("r"), &SCHEMA), ERROR_OK, "r");
    CHECK_ERROR(cel_declare_row(fixture->environment, SLICE("o"), &SCHEMA), ERROR_OK, "o");
    CHECK_ERROR(cel_declare(fixture->environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP)), ERROR_OK,
                "now");
    CHECK_ERROR(cel_declare(fixture->environment, SLICE("limit"), cel_type_plain(CEL_TYPE_INT)), ERROR_OK,
                "limit");
}

static void tear_down(Fixture *fixture)
{
    arena_free(&fixture->arena);
    arena_free(&fixture->scratch);
    CHECK_INT(fixture->memory.bytes, 0, "all memory returned");
}

typedef struct Grammar {
    char type;
    const char *pattern;
} Grammar;

/* X any, B bool, I int, D double, S string, T timestamp, R duration, L list: each is replaced by one of its
 * type. */
static const Grammar GRAMMAR[] = {
    {'B', "r.b"},
    {'B', "r.c"},
    {'B', "o.b"},
    {'B', "true"},
    {'B', "has(r.i)"},
    {'B', "has(r.s)"},
    {'B', "has(o.d)"},
    {'B', "(B && B)"},
    {'B', "(B || B)"},
    {'B', "!B"},
    {'B', "(B ? B : B)"},
    {'B', "(I < I)"},
    {'B', "(I >= I)"},
    {'B', "(D > D)"},
    {'B', "(D <= D)"},
    {'B', "(D == D)"},
    {'B', "(I != I)"},
    {'B', "(I == I)"},
    {'B', "(S == S)"},
    {'B', "(S != S)"},
    {'B', "(S < S)"},
    {'B', "(T < T)"},
    {'B', "(T == T)"},
    {'B', "(R > R)"},
    {'B', "(B == B)"},
    {'B', "(S in ['a', 'pro', 'enterprise'])"},
    {'B', "(S in L)"},
    {'B', "S.startsWith(S)"},
    {'B', "S.endsWith('pro')"},
    {'B', "S.contains('a')"},
    {'B', "(I in [1, 7])"},
    {'B', "(I < D)"},
    {'B', "(r.y == b'a')"},
    {'B', "(L == L)"},
    {'I', "r.i"},
    {'I', "r.j"},
    {'I', "o.i"},
    {'I', "7"},
    {'I', "limit"},
    {'I', "(I + I)"},
    {'I', "(I - I)"},
    {'I', "(I * I)"},
    {'I', "(I / I)"},
    {'I', "(I % I)"},
    {'I', "-I"},
    {'I', "(B ? I : I)"},
    {'I', "coalesce(I, I)"},
    {'D', "r.d"},
    {'D', "r.e"},
    {'D', "o.e"},
    {'D', "0.5"},
    {'D', "100.0"},
    {'D', "(D + D)"},
    {'D', "(D - D)"},
    {'D', "(D * D)"},
    {'D', "(D / D)"},
    {'D', "(B ? D : D)"},
    {'D', "coalesce(r.d, D)"},
    {'D', "-D"},
    {'D', "cel.bind(x, D, x > 1.0 && x < 90.0 ? x : x + 1.0)"},
    {'S', "r.s"},
    {'S', "r.t"},
    {'S', "o.s"},
    {'S', "'pro'"},
    {'S', "''"},
    {'S', "(B ? S : S)"},
    {'S', "(S + S)"},
    {'T', "r.at"},
    {'T', "r.to"},
    {'T', "now"},
    {'T', "(T + R)"},
    {'T', "(T - R)"},
    {'T', "(R + T)"},
    {'T', "timestamp('2026-06-01T00:00:00.0000001Z')"},
    {'R', "duration('24h')"},
    {'R', "duration('1.0000001s')"},
    {'R', "(T - T)"},
    {'R', "(R + R)"},
    {'R', "(R - R)"},
    {'L', "r.l"},
    {'L', "['a', 'pro']"},
    {'L', "(B ? L : L)"},
    {'X', "B"},
    {'X', "I"},
    {'X', "D"},
    {'X', "S"},
    {'X', "T"},
    {'X', "R"},
    {'X', "L"},
    {'X', "(B ? dyn(I) : dyn(D))"},
    {'X', "(B ? dyn(S) : dyn(B)) == dyn(X)"},
    {'X', "r"},
    {'X', "(B ? dyn(X) : dyn(X))"},
    {'X', "o.nothing"},
    {'X', "[I, I].exists(k, k == r.i)"},
    {'X', "(B ? null : dyn(I))"},
};
enum { GRAMMAR_COUNT = sizeof GRAMMAR / sizeof GRAMMAR[0] };

static bool is_type(char c)
{
    return c >= 'A' && c <= 'Z' && strchr("BIDSTRLX", c) != NULL;
}

/* A leaf at the bottom. */
static const char *pattern_of(Fixture *fixture, char type, unsigned depth)
{
    for (;;) {
        const Grammar *rule = &GRAMMAR[below(fixture, GRAMMAR_COUNT)];
        bool leaf = true;
        for (const char *c = rule->pattern; *c != '\0'; c++) {
            leaf = leaf && !is_type(*c);
        }
        if (rule->type == type && (depth > 0 || leaf || type == 'X')) {
            return rule->pattern;
        }
    }
}

static void generate(Fixture *fixture, Buffer *text, char type, unsigned depth)
{
    bool quoted = false;
    for (const char *c = pattern_of(fixture, type, depth); *c != '\0'; c++) {
        quoted = quoted != (*c == '\'');
        if (!quoted && is_type(*c)) {
            generate(fixture, text, *c, depth > 0 ? depth - 1 : 0);
        } else {
            buffer_append_byte(text, *c);
        }
    }
}

static bool same_value(const CelValue *a, const CelValue *b)
{
    if (a->kind != b->kind || a->form != b->form || a->code != b->code || a->length != b->length) {
        return false;
    }
    uint64_t cost = 0;
    const CelCall call = {.cost = &cost, .cost_limit = CEL_COST_MAX};
    switch ((CelKind)a->kind) {
    case CEL_STRING:
    case CEL_BYTES: return slice_equal(cel_text(*a), cel_text(*b));
    case CEL_ERROR: return strcmp(a->as.text, b->as.text) == 0;
    case CEL_UNKNOWN:
    case CEL_NULL: return true;
    case CEL_LIST:
        return a->form == CEL_LIST_TEXT ? slice_equal(cel_text(*a), cel_text(*b))
                                        : cel_is_true(cel_equal(&call, a, b));
    default: return a->as.integer == b->as.integer;
    }
}

static void bind(Fixture *fixture, CelEvaluation *evaluation)
{
    cel_bind_row(evaluation, 1, &fixture->other, 3);
    cel_bind(evaluation, 2, cel_timestamp(NOW_MS, 0));
    if (below(fixture, 4) != 0) {
        cel_bind(evaluation, 3, cel_int(100));
    }
}

static unsigned compare(Fixture *fixture, const CelProgram *program, Slice text)
{
    CelEvaluation *evaluation = NULL;
    CelValue results[ROWS];
    unsigned values = 0;
    CelRows rows = fixture->rows;
    rows.first = below(fixture, 3);
    rows.count = below(fixture, 8) == 0 ? 1 + below(fixture, 20) : ROWS - rows.first;
    CHECK_ERROR(cel_evaluation_create(&fixture->scratch, program, &fixture->scratch, &evaluation), ERROR_OK,
                "evaluation");
    bind(fixture, evaluation);
    if (below(fixture, 4) == 0) {
        cel_set_cost_limit(evaluation, below(fixture, 12));
    }
    cel_evaluate_rows(evaluation, 0, &rows, results);
    const uint64_t cost = cel_evaluation_cost(evaluation);
    for (uint32_t i = 0; i < rows.count; i++) {
        cel_bind_row(evaluation, 0, &rows, rows.first + i);
        const CelValue wanted = cel_evaluate(evaluation);
        if (!same_value(&results[i], &wanted)) {
            printf("row %u of %.*s\n", i, (int)text.length, text.data);
            CHECK_NAMED(false, "the row's result differs");
            return 0;
        }
        values += wanted.kind > CEL_ERROR;
    }
    CHECK_INT(cost, cel_evaluation_cost(evaluation), "the cost of the last row");
    return values;
}

static void agrees_with_single_rows(void)
{
    Fixture fixture;
    CelIssues issues;
    unsigned compiled = 0;
    unsigned values = 0;
    set_up(&fixture);
    for (unsigned i = 0; i < EXPRESSIONS; i++) {
        const CelProgram *program = NULL;
        Buffer text;
        buffer_init(&text, &fixture.scratch, 0);
        generate(&fixture, &text, 'X', DEPTH);
        const Error error =
            cel_compile(&fixture.scratch, fixture.environment, buffer_slice(&text), &issues, &program);
        if (error.code == ERROR_OK) {
            compiled++;
            values += compare(&fixture, program, buffer_slice(&text));
        }
        arena_reset(&fixture.scratch);
    }
    CHECK(compiled > EXPRESSIONS / 2);
    CHECK(values > EXPRESSIONS * ROWS / 8);
    tear_down(&fixture);
}

static void takes_no_memory_when_warm(void)
{
    Fixture fixture;
    CelIssues issues;
    const CelProgram *program = NULL;
    CelEvaluation *evaluation = NULL;
    CelValue results[ROWS];
    set_up(&fixture);
    CHECK_ERROR(cel_compile(&fixture.arena, fixture.environment,
                            SLICE("r.s.contains('pro') && r.d * 2.0 > r.e ? r.i + 1 : 0"), &issues, &program),
                ERROR_OK, "compile");
    CHECK_ERROR(cel_evaluation_create(&fixture.arena, program, &fixture.scratch, &evaluation), ERROR_OK,
                "evaluation");
    cel_evaluate_rows(evaluation, 0, &fixture.rows, results);
    arena_reset(&fixture.scratch);
    fixture.memory.calls = 0;
    fixture.memory.fail_at = 1;
    cel_evaluate_rows(evaluation, 0, &fixture.rows, results);
    CHECK_INT(fixture.memory.calls, 0, "no memory is asked for after the first time");
    fixture.memory.fail_at = 0;
    tear_down(&fixture);
}

/* Without any memory rows are evaluated one by one: an expression that needs none still has its results. */
static void works_without_memory(void)
{
    Fixture fixture;
    CelIssues issues;
    const CelProgram *program = NULL;
    CelEvaluation *evaluation = NULL;
    CelValue results[ROWS];
    unsigned known = 0;
    set_up(&fixture);
    CHECK_ERROR(cel_compile(&fixture.arena, fixture.environment, SLICE("r.d > 0.0"), &issues, &program),
                ERROR_OK, "compile");
    CHECK_ERROR(cel_evaluation_create(&fixture.arena, program, &fixture.scratch, &evaluation), ERROR_OK,
                "evaluation");
    fixture.memory.calls = 0;
    fixture.memory.fail_at = 1;
    cel_evaluate_rows(evaluation, 0, &fixture.rows, results);
    fixture.memory.fail_at = 0;
    for (unsigned i = 0; i < ROWS; i++) {
        known += results[i].kind == CEL_BOOL;
    }
    CHECK(known > ROWS / 2);
    tear_down(&fixture);
}

/* Texts of few different bytes, so that a beginning is often found where the rest does not follow. */
static void searches_as_slice_find_does(void)
{
    Fixture fixture = {.state = 1};
    char text[80];
    char wanted[12];
    for (unsigned turn = 0; turn < 20000; turn++) {
        const Slice in = {text, below(&fixture, sizeof text)};
        const Slice part = {wanted, below(&fixture, sizeof wanted)};
        for (size_t i = 0; i < in.length; i++) {
            text[i] = (char)("ab\x80\x81"[below(&fixture, 4)]);
        }
        for (size_t i = 0; i < part.length; i++) {
            wanted[i] = (char)("ab\x80\x81"[below(&fixture, i < 3 ? 4 : 1)]);
        }
        const bool found = slice_find(in, part, 0) != SIZE_MAX;
        const Slice last = slice_part(in, in.length - part.length, in.length);
        CHECK(cel_search(CEL_SEARCH_ANYWHERE, in, part) == found);
        CHECK(cel_search(CEL_SEARCH_START, in, part) == slice_starts_with(in, part));
        CHECK(cel_search(CEL_SEARCH_END, in, part) == (in.length >= part.length && slice_equal(last, part)));
    }
}

TEST_MAIN(agrees_with_single_rows, takes_no_memory_when_warm, works_without_memory,
          searches_as_slice_find_does)
