/*
 * Hostile expressions: each limit of cel.h exceeded is an error with a place, when it is compiled or when it
 * runs, and what stays within the limits works. Nothing here may take long, crash, or allocate without bound.
 */
#include "cel/cel.h"
#include "hostile.h"
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

/* The same rows are asked of the wasm builds (tests/cel). */
static void hostile_expressions_are_refused_or_run(void)
{
    set_up();
    for (uint32_t i = 0; i < hostile_count; i++) {
        const Slice got = hostile_run(&arena, &hostile_rows[i]);
        CHECK_TEXT(got, hostile_rows[i].wanted, hostile_rows[i].name.data);
        arena_reset(&arena);
    }
    CHECK(memory.bytes_peak < 200 << 20);
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

TEST_MAIN(hostile_expressions_are_refused_or_run, limits_of_the_environment, cost_is_told_when_it_is_compiled)
