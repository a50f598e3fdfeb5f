/*
 * Every instruction of opcodes.def is made by some expression, and what it makes runs: the table below has
 * one for each, so a new opcode without an expression fails.
 */
#include "cel/program.h"
#include "test.h"

static const RowColumn COLUMNS[] = {{SLICE_INIT("name"), ROW_TEXT},
                                    {SLICE_INIT("arr"), ROW_DOUBLE},
                                    {SLICE_INIT("n"), ROW_INT64},
                                    {SLICE_INIT("good"), ROW_BOOL}};
static const RowSchema SCHEMA = {COLUMNS, 4};

static const char *const NAMES[OP_COUNT_ALL] = {
#define OPCODE(name, dst, a, b, meaning) #name,
#include "cel/opcodes.def"
#undef OPCODE
};

/* With the result for a row that has a name, the numbers 2.0 and 2, and true. */
static const struct {
    const char *text;
    const char *result;
} EXPRESSIONS[OP_COUNT_ALL] = {
    [OP_RETURN] = {"1", "1"},
    [OP_END] = {"account.n == 2 ? 1 : 2", "1"},
    [OP_MOVE] = {"[account.n, 1]", "[2, 1]"},
    [OP_COLUMN] = {"rows[0].n", "2"},
    [OP_VIEW] = {"rows.all(r, r.n == 2)", "true"},
    [OP_FIXED] = {"account.arr", "2"},
    [OP_TEXT] = {"account.name", "a"},
    [OP_HAS] = {"has(account.name)", "true"},
    [OP_HAS_COLUMN] = {"has(rows[0].n)", "true"},
    [OP_HAS_VALUE] = {"has(signals.a)", "true"},
    [OP_FIELD] = {"x.a", "7"},
    [OP_HAS_FIELD] = {"has(x.a)", "true"},
    [OP_OPTIONAL_FIELD] = {"x.?a.value()", "7"},
    [OP_INDEX] = {"x['a']", "7"},
    [OP_OPTIONAL_INDEX] = {"x[?'b'].hasValue()", "false"},
    [OP_ADD] = {"signals.a + 1", "6"},
    [OP_SUBTRACT] = {"signals.a - 1", "4"},
    [OP_MULTIPLY] = {"signals.a * 2", "10"},
    [OP_DIVIDE] = {"signals.a / 2", "2"},
    [OP_MODULO] = {"signals.a % 2", "1"},
    [OP_NEGATE] = {"-signals.a", "-5"},
    [OP_NOT] = {"!has(x.a)", "false"},
    [OP_COMPARE] = {"signals.a < 2", "false"},
    [OP_EQUAL] = {"signals.a == 5", "true"},
    [OP_NOT_EQUAL] = {"signals.a != 5", "false"},
    [OP_IN] = {"signals.a in [1, 5]", "true"},
    [OP_SEARCH] = {"account.name.contains('a')", "true"},
    [OP_AND] = {"has(x.a) && has(x.b)", "false"},
    [OP_OR] = {"has(x.a) || has(x.b)", "true"},
    [OP_JUMP] = {"[1].map(e, e + 1)", "[2]"},
    [OP_JUMP_FALSE] = {"has(x.a) && has(x.b)", "false"},
    [OP_JUMP_TRUE] = {"has(x.b) || has(x.a)", "true"},
    [OP_JUMP_KNOWN] = {"coalesce(account.arr, 1.0)", "2"},
    [OP_BRANCH] = {"x.a == 7 && has(x.a) ? 1 : 2", "1"},
    [OP_CALL] = {"account.name.size()", "1"},
    [OP_CALL_DYNAMIC] = {"size(x)", "1"},
    [OP_MATCH] = {"account.name.matches('^a$')", "true"},
    [OP_LIST] = {"[account.n]", "[2]"},
    [OP_LIST_NEW] = {"rows.map(r, r.n)", "[2]"},
    [OP_APPEND] = {"[1, 2].filter(e, e > 1)", "[2]"},
    [OP_APPEND_OPTIONAL] = {"[?x.?a, ?x.?b]", "[7]"},
    [OP_MAP_NEW] = {"{'k': account.n}", "{k: 2}"},
    [OP_MAP_PUT] = {"{?'k': x.?a, ?'l': x.?b}", "{k: 7}"},
    [OP_MAP_MERGE] = {"[1].transformMapEntry(i, v, {v: i})", "{1: 0}"},
    [OP_ITERATE] = {"[1].exists(e, e == 1)", "true"},
    [OP_NEXT] = {"{'a': 1}.all(k, v, v == 1)", "true"},
    [OP_COUNT] = {"[1, 2].exists_one(e, e == 1)", "true"},
    [OP_SORT_BY] = {"[2, 1].sortBy(e, e)", "[1, 2]"},
    [OP_UNWRAP] = {"x.?a.optMap(v, v + 1).value()", "8"},
    [OP_WRAP] = {"x.?b.optMap(v, v).hasValue()", "false"},
    [OP_FIXED_BOOL] = {"account.good ? 1 : 2", "1"},
    [OP_FIXED_COMPARE] = {"account.arr > 1.0", "true"},
    [OP_FIXED_OPERATE] = {"account.arr * 2.0", "4"},
    [OP_TEXT_EQUAL] = {"account.name == 'a' ? 1 : 2", "1"},
    [OP_TEXT_IN] = {"account.name in ['b', 'a'] ? 1 : 2", "1"},
    [OP_NEXT_VIEW] = {"rows.filter(r, r.n > 1).size()", "1"},
};

typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    CelEnvironment *environment;
    CelIssues issues;
    RowBatch batch;
    CelRows rows;
    CelMap *map;
} Fixture;

static void set_up(Fixture *fixture)
{
    RowWriter writer;
    Slice bytes = {0};
    const CelValue key = cel_string(SLICE("a"));
    const CelValue value = cel_int(7);
    test_allocator_init(&fixture->memory);
    arena_init(&fixture->arena, &fixture->memory.allocator, 0);
    row_writer_init(&writer, &fixture->arena, &SCHEMA, 1 << 16);
    row_writer_begin(&writer);
    row_writer_text(&writer, 0, SLICE("a"));
    row_writer_double(&writer, 1, 2.0);
    row_writer_int64(&writer, 2, 2);
    row_writer_bool(&writer, 3, true);
    CHECK_ERROR(row_writer_end(&writer), ERROR_OK, "row");
    CHECK_ERROR(row_writer_finish(&writer, &bytes), ERROR_OK, "rows");
    CHECK_ERROR(row_batch_open(&fixture->batch, bytes, &SCHEMA), ERROR_OK, "batch");
    fixture->rows = (CelRows){&fixture->batch, &SCHEMA, 0, 1};
    fixture->map = cel_map_create(&fixture->arena, 1);
    CHECK_INT(cel_map_add(&fixture->arena, fixture->map, &key, &value), CEL_MAP_OK, "map");
    CHECK_ERROR(cel_environment_create(&fixture->arena, &fixture->environment), ERROR_OK, "environment");
    CHECK_ERROR(cel_declare_row(fixture->environment, SLICE("account"), &SCHEMA), ERROR_OK, "account");
    CHECK_ERROR(cel_declare_rows(fixture->environment, SLICE("rows"), &SCHEMA), ERROR_OK, "rows");
    CHECK_ERROR(cel_declare(fixture->environment, SLICE("x"), cel_type_plain(CEL_TYPE_DYN)), ERROR_OK, "x");
    CHECK_ERROR(cel_declare(fixture->environment, SLICE("signals.a"), cel_type_plain(CEL_TYPE_INT)), ERROR_OK,
                "signals.a");
}

static const CelProgram *compile(Fixture *fixture, const char *text)
{
    const CelProgram *program = NULL;
    const Error error =
        cel_compile(&fixture->arena, fixture->environment, slice_from_text(text), &fixture->issues, &program);
    CHECK_TEXT(error.message, SLICE(""), text);
    return program;
}

static void every_instruction_is_made_and_runs(void)
{
    Fixture fixture;
    set_up(&fixture);
    for (int opcode = 0; opcode < OP_COUNT_ALL; opcode++) {
        CelEvaluation *evaluation = NULL;
        Buffer shown;
        CHECK_NAMED(EXPRESSIONS[opcode].text != NULL, NAMES[opcode]);
        if (EXPRESSIONS[opcode].text == NULL) {
            continue;
        }
        const CelProgram *program = compile(&fixture, EXPRESSIONS[opcode].text);
        bool found = false;
        for (uint32_t i = 0; program != NULL && i < program->code_count; i++) {
            found = found || program->code[i].opcode == opcode;
        }
        CHECK_NAMED(found, NAMES[opcode]);
        CHECK_ERROR(cel_evaluation_create(&fixture.arena, program, &fixture.arena, &evaluation), ERROR_OK,
                    "evaluation");
        cel_bind_row(evaluation, 0, &fixture.rows, 0);
        cel_bind_rows(evaluation, 1, &fixture.rows);
        cel_bind(evaluation, 2, cel_map(fixture.map));
        cel_bind(evaluation, 3, cel_int(5));
        buffer_init(&shown, &fixture.arena, 0);
        cel_value_print(&shown, cel_evaluate(evaluation));
        CHECK_TEXT(buffer_slice(&shown), slice_from_text(EXPRESSIONS[opcode].result),
                   EXPRESSIONS[opcode].text);
    }
    arena_free(&fixture.arena);
}

static void broken_programs_are_refused(void)
{
    Fixture fixture;
    set_up(&fixture);
    const CelProgram *program = compile(&fixture, "account.arr > 1.0 ? x.a : [1].map(e, e + signals.a)");
    CelInstruction *code = ARENA_ARRAY(&fixture.arena, CelInstruction, program->code_count);
    CelProgram broken = *program;
    broken.code = code;
    CHECK(cel_verify(program));
    uint32_t refused = 0;
    for (uint32_t i = 0; i < program->code_count; i++) {
        memcpy(code, program->code, program->code_count * sizeof *code);
        code[i] = (CelInstruction){.opcode = OP_ADD, .dst = UINT16_MAX, .a = UINT16_MAX, .b = UINT16_MAX};
        refused += !cel_verify(&broken);
        memcpy(code, program->code, program->code_count * sizeof *code);
        code[i].opcode = OP_COUNT_ALL;
        refused += !cel_verify(&broken);
    }
    CHECK_INT(refused, 2 * program->code_count, "each broken instruction is found");
    broken.code_count = 0;
    CHECK(!cel_verify(&broken));
    arena_free(&fixture.arena);
}

static void constants_are_computed_once(void)
{
    static const char *const texts[] = {"1 + 2 * 3",     "duration('168h')", "[1, 2].size() > 1 ? 'a' : 'b'",
                                        "{'a': [1, 2]}", "true || x.a > 1",  "'a' in ['a'] && 2 > 1"};
    Fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK_INT(compile(&fixture, texts[i])->code_count, 1, texts[i]);
    }
    CHECK(compile(&fixture, "1 / 0 == 1")->code_count > 1);
    arena_free(&fixture.arena);
}

/* Adds to an expression a pattern of 61,938 instructions: four may stand in one. */
static void append_large_match(Buffer *text)
{
    buffer_append(text,
                  text->length == 0 ? SLICE("account.name.matches('") : SLICE(" || account.name.matches('"));
    for (unsigned i = 0; i < 62; i++) {
        buffer_append(text, SLICE("a{999}"));
    }
    buffer_append(text, SLICE("')"));
}

static void equal_patterns_are_shared(void)
{
    Fixture fixture;
    set_up(&fixture);
    CHECK_ERROR(cel_share_patterns(fixture.environment), ERROR_OK, "sharing");
    const CelProgram *first = compile(&fixture, "account.name.matches('a+b')");
    const CelProgram *second =
        compile(&fixture, "!account.name.matches('a+b') && account.name.matches('c+')");
    CHECK(first->patterns[0] == second->patterns[0]);
    CHECK(second->patterns[0] != second->patterns[1]);
    const CelProgram *program = NULL;
    Buffer text;
    buffer_init(&text, &fixture.arena, 0);
    for (unsigned i = 0; i < 5; i++) { /* the fifth is too much, although it is made already */
        append_large_match(&text);
        CHECK_ERROR(
            cel_compile(&fixture.arena, fixture.environment, buffer_slice(&text), &fixture.issues, &program),
            i < 4 ? ERROR_OK : ERROR_CEL_LIMIT, "patterns of one expression");
    }
    arena_free(&fixture.arena);
}

TEST_MAIN(every_instruction_is_made_and_runs, broken_programs_are_refused, constants_are_computed_once,
          equal_patterns_are_shared)
