/*
 * What simplify.c does to loops changes no result: random loops over lists of rows give what the same text
 * gives over dyn(rows), whose elements have no known columns, so that nothing is moved or merged; and exists
 * and all give what || and && of their conditions give.
 */
#include "cel/cel.h"
#include "cel/text.h"
#include "test.h"

enum { ROWS = 60, LIST_MAX = 5, EXPRESSIONS = 4000, DEPTH = 3, TURNS = 6 };

#define NOW_MS INT64_C(1780272000000)

static const RowColumn COLUMNS[] = {{SLICE_INIT("b"), ROW_BOOL},
                                    {SLICE_INIT("d"), ROW_DOUBLE},
                                    {SLICE_INIT("n"), ROW_INT64},
                                    {SLICE_INIT("s"), ROW_TEXT},
                                    {SLICE_INIT("t"), ROW_TIME}};
enum { COLUMN_COUNT = sizeof COLUMNS / sizeof COLUMNS[0] };
static const RowSchema SCHEMA = {COLUMNS, COLUMN_COUNT};

enum { SLOT_ROWS, SLOT_ACCOUNT, SLOT_NOW, SLOT_ZERO };

typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    Arena scratch;
    CelEnvironment *environment;
    RowBatch batch;
    uint32_t state;
} Fixture;

static uint32_t below(Fixture *fixture, uint32_t limit)
{
    fixture->state ^= fixture->state << 13;
    fixture->state ^= fixture->state >> 17;
    fixture->state ^= fixture->state << 5;
    return fixture->state % limit;
}

static void write_row(Fixture *fixture, RowWriter *writer)
{
    static const Slice texts[] = {SLICE_INIT("x"), SLICE_INIT("meeting"), SLICE_INIT("enterprise")};
    row_writer_begin(writer);
    for (uint32_t column = 0; column < COLUMN_COUNT; column++) {
        if (below(fixture, 8) == 0) {
            continue;
        }
        switch (COLUMNS[column].type) {
        case ROW_BOOL: row_writer_bool(writer, column, below(fixture, 2) != 0); break;
        case ROW_DOUBLE: row_writer_double(writer, column, below(fixture, 4)); break;
        case ROW_INT64: row_writer_int64(writer, column, below(fixture, 3)); break;
        case ROW_TIME: row_writer_time(writer, column, NOW_MS - below(fixture, 4) * INT64_C(86400000)); break;
        default: row_writer_text(writer, column, texts[below(fixture, 3)]); break;
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
    CHECK_ERROR(cel_environment_create(&fixture->arena, &fixture->environment), ERROR_OK, "environment");
    CHECK_ERROR(cel_declare_rows(fixture->environment, SLICE("rows"), &SCHEMA), ERROR_OK, "rows");
    CHECK_ERROR(cel_declare_row(fixture->environment, SLICE("account"), &SCHEMA), ERROR_OK, "account");
    CHECK_ERROR(cel_declare(fixture->environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP)), ERROR_OK,
                "now");
    CHECK_ERROR(cel_declare(fixture->environment, SLICE("zero"), cel_type_plain(CEL_TYPE_INT)), ERROR_OK,
                "zero");
}

static void tear_down(Fixture *fixture)
{
    arena_free(&fixture->arena);
    arena_free(&fixture->scratch);
    CHECK_INT(fixture->memory.bytes, 0, "all memory returned");
}

/* Of an element `v`; C is another condition. The last ones take values from outside, and fail at times. */
static const char *const CONDITIONS[] = {"v.b",
                                         "!v.b",
                                         "v.d > 1.0",
                                         "v.d * 2.0 <= 3.0",
                                         "v.n == 1",
                                         "v.n + 1 < 3",
                                         "v.s == 'meeting'",
                                         "v.s != 'x'",
                                         "v.s in ['meeting', 'x']",
                                         "has(v.d)",
                                         "v.s.startsWith('e')",
                                         "v.t > now - duration('36h')",
                                         "v.d >= account.d - 1.0",
                                         "v.s == account.s",
                                         "v.n < 6 / (zero + account.n)",
                                         "v.n / (zero - v.n + 1) == 0",
                                         "(C && C)",
                                         "(C && C)",
                                         "(C || C)",
                                         "(C || C)",
                                         "!(C)",
                                         "(C ? C : C)"};
enum { CONDITION_COUNT = sizeof CONDITIONS / sizeof CONDITIONS[0], LEAF_COUNT = 16 };

/* @ is the list, C a condition of `v`, M one of a column's value `m`. */
static const char *const LOOPS[] = {"@.exists(v, C)",
                                    "@.all(v, C)",
                                    "@.exists_one(v, C)",
                                    "@.filter(v, C).size()",
                                    "size(@.filter(v, C)) > 1",
                                    "@.map(v, v.d).exists(m, M)",
                                    "@.map(v, v.d).all(m, M)",
                                    "@.map(v, v.d).exists_one(m, M)",
                                    "@.map(v, v.d).filter(m, M).size()",
                                    "@.map(v, v.b).exists(m, m)",
                                    "@.filter(v, C).map(w, w.d)",
                                    "@.filter(v, C).map(w, w.n).exists(m, m > 1)",
                                    "@.filter(v, C).exists(w, w.b)",
                                    "@.map(v, C, v.s)",
                                    "@.exists(v, C) ? 1 : 2",
                                    "@.exists(v, C) && @.all(v, C)",
                                    "@.map(u, @.filter(v, v.d > u.d + account.d && C).size())",
                                    "@.exists(u, @.exists(v, v.n == u.n && C))"};
enum { LOOP_COUNT_ALL = sizeof LOOPS / sizeof LOOPS[0] };

static const char *const VALUES[] = {"m > 1.0", "m * 2.0 < account.d + 3.0", "m == 1.0 || m > 2.0",
                                     "!(m > 0.0)"};

static void put(Fixture *fixture, Buffer *text, const char *pattern, Slice list, unsigned depth)
{
    for (const char *c = pattern; *c != '\0'; c++) {
        switch (*c) {
        case 'C':
            put(fixture, text, CONDITIONS[below(fixture, depth == 0 ? LEAF_COUNT : CONDITION_COUNT)], list,
                depth == 0 ? 0 : depth - 1);
            break;
        case 'M': buffer_append(text, slice_from_text(VALUES[below(fixture, 4)])); break;
        case '@': buffer_append(text, list); break;
        default: buffer_append_byte(text, *c); break;
        }
    }
}

static CelEvaluation *prepare(Fixture *fixture, Slice text)
{
    CelIssues issues;
    const CelProgram *program = NULL;
    CelEvaluation *evaluation = NULL;
    const Error error = cel_compile(&fixture->scratch, fixture->environment, text, &issues, &program);
    CHECK_TEXT(error.message, SLICE(""), "compiles");
    if (error.code == ERROR_OK) {
        CHECK_ERROR(cel_evaluation_create(&fixture->scratch, program, &fixture->scratch, &evaluation),
                    ERROR_OK, "evaluation");
    }
    return evaluation;
}

static void bind(CelEvaluation *evaluation, const CelRows *list, const CelRows *all, uint32_t account)
{
    cel_bind_rows(evaluation, SLOT_ROWS, list);
    cel_bind_row(evaluation, SLOT_ACCOUNT, all, account);
    cel_bind(evaluation, SLOT_NOW, cel_timestamp(NOW_MS, 0));
    cel_bind(evaluation, SLOT_ZERO, cel_int(0));
}

/* Errors by their kind: they stand elsewhere in the other text. */
static bool same(Fixture *fixture, const CelValue *a, const CelValue *b)
{
    Buffer x;
    Buffer y;
    if (a->kind != b->kind || a->kind == CEL_ERROR) {
        return a->kind == b->kind && a->code == b->code;
    }
    buffer_init(&x, &fixture->scratch, 0);
    buffer_init(&y, &fixture->scratch, 0);
    cel_value_print(&x, *a);
    cel_value_print(&y, *b);
    return slice_equal(buffer_slice(&x), buffer_slice(&y));
}

typedef struct Tally {
    unsigned values;
    unsigned unknowns;
    unsigned errors;
} Tally;

static bool agree(Fixture *fixture, CelEvaluation *one, CelEvaluation *other, const CelRows *list,
                  Tally *tally)
{
    const CelRows all = {&fixture->batch, &SCHEMA, 0, ROWS};
    const uint32_t account = below(fixture, ROWS);
    bind(one, list, &all, account);
    bind(other, list, &all, account);
    const CelValue got = cel_evaluate(one);
    const CelValue wanted = cel_evaluate(other);
    tally->values += wanted.kind > CEL_ERROR;
    tally->unknowns += wanted.kind == CEL_UNKNOWN;
    tally->errors += wanted.kind == CEL_ERROR;
    return same(fixture, &got, &wanted);
}

static void loops_give_what_they_gave(void)
{
    Fixture fixture;
    Tally tally = {0};
    set_up(&fixture);
    for (unsigned i = 0; i < EXPRESSIONS; i++) {
        Buffer text;
        Buffer plain;
        const char *loop = LOOPS[below(&fixture, LOOP_COUNT_ALL)];
        const uint32_t state = fixture.state;
        buffer_init(&text, &fixture.scratch, 0);
        buffer_init(&plain, &fixture.scratch, 0);
        put(&fixture, &text, loop, SLICE("rows"), DEPTH);
        fixture.state = state;
        put(&fixture, &plain, loop, SLICE("dyn(rows)"), DEPTH);
        CelEvaluation *one = prepare(&fixture, buffer_slice(&text));
        CelEvaluation *other = prepare(&fixture, buffer_slice(&plain));
        for (unsigned turn = 0; turn < TURNS && one != NULL && other != NULL; turn++) {
            const uint32_t count = below(&fixture, LIST_MAX + 1);
            const CelRows list = {&fixture.batch, &SCHEMA, below(&fixture, ROWS - count), count};
            if (!agree(&fixture, one, other, &list, &tally)) {
                CHECK_TEXT(buffer_slice(&text), SLICE(""), "a loop gives something else");
                break;
            }
        }
        arena_reset(&fixture.scratch);
    }
    CHECK(tally.values > EXPRESSIONS && tally.unknowns > EXPRESSIONS / 4 && tally.errors > EXPRESSIONS / 8);
    tear_down(&fixture);
}

/* The condition for `rows[0]`, `rows[1]`... with an operator between. */
static void spread(Buffer *text, Slice condition, uint32_t count, Slice operator)
{
    for (uint32_t row = 0; row < count; row++) {
        buffer_append(text, row == 0 ? SLICE("") : operator);
        buffer_append(text, SLICE("("));
        for (size_t i = 0; i < condition.length; i++) {
            if (condition.data[i] == 'v' && condition.data[i + 1] == '.') {
                buffer_append(text, SLICE("rows["));
                buffer_append_uint64(text, row);
                buffer_append(text, SLICE("]"));
            } else {
                buffer_append_byte(text, condition.data[i]);
            }
        }
        buffer_append(text, SLICE(")"));
    }
}

static void exists_and_all_are_or_and_and(void)
{
    Fixture fixture;
    Tally tally = {0};
    set_up(&fixture);
    for (unsigned i = 0; i < EXPRESSIONS; i++) {
        const bool all = below(&fixture, 2) == 0;
        const uint32_t count = 1 + below(&fixture, LIST_MAX);
        const CelRows list = {&fixture.batch, &SCHEMA, below(&fixture, ROWS - count), count};
        Buffer text;
        Buffer plain;
        Buffer condition;
        buffer_init(&condition, &fixture.scratch, 0);
        buffer_init(&text, &fixture.scratch, 0);
        buffer_init(&plain, &fixture.scratch, 0);
        put(&fixture, &condition, "C", SLICE(""), 2);
        buffer_append(&text, all ? SLICE("rows.all(v, ") : SLICE("rows.exists(v, "));
        buffer_append(&text, buffer_slice(&condition));
        buffer_append(&text, SLICE(")"));
        spread(&plain, buffer_slice(&condition), count, all ? SLICE(" && ") : SLICE(" || "));
        CelEvaluation *one = prepare(&fixture, buffer_slice(&text));
        CelEvaluation *other = prepare(&fixture, buffer_slice(&plain));
        if (one != NULL && other != NULL && !agree(&fixture, one, other, &list, &tally)) {
            CHECK_TEXT(buffer_slice(&text), SLICE(""), "a loop is not what its conditions are");
        }
        arena_reset(&fixture.scratch);
    }
    CHECK(tally.values > EXPRESSIONS / 4 && tally.unknowns > EXPRESSIONS / 16 &&
          tally.errors > EXPRESSIONS / 64);
    tear_down(&fixture);
}

TEST_MAIN(loops_give_what_they_gave, exists_and_all_are_or_and_and)
