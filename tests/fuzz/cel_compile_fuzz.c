/*
 * The expression compiler on any bytes: lexer, parser, checker, folding, instructions. It must end with a
 * verified program or with issues that have a place in the text, and the fields that it finds must be parts
 * of the text or of its escapes. What compiles is run with every variable unknown, and again with rows.
 */
#include "../plain_memory.h"
#include "base/assert.h"
#include "cel/cel.h"
#include "cel_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void declare(CelEnvironment *environment)
{
    perly_assert(cel_declare_row(environment, SLICE("account"), &SCHEMA).code == ERROR_OK);
    perly_assert(cel_declare_rows(environment, SLICE("rows"), &SCHEMA).code == ERROR_OK);
    perly_assert(cel_declare(environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP)).code == ERROR_OK);
    perly_assert(cel_declare(environment, SLICE("x"), cel_type_plain(CEL_TYPE_DYN)).code == ERROR_OK);
    perly_assert(cel_declare(environment, SLICE("a.b"), cel_type_plain(CEL_TYPE_INT)).code == ERROR_OK);
}

static void evaluate(Arena *arena, const CelProgram *program, const RowBatch *batch)
{
    CelEvaluation *evaluation = NULL;
    CelValue results[ROWS];
    const CelRows rows = {batch, &SCHEMA, 0, ROWS};
    if (cel_evaluation_create(arena, program, arena, &evaluation).code != ERROR_OK) {
        return;
    }
    cel_set_cost_limit(evaluation, 20000);
    (void)cel_evaluate(evaluation);
    cel_bind_rows(evaluation, 1, &rows);
    cel_bind(evaluation, 2, cel_timestamp(INT64_C(1780272000000), 0));
    cel_bind(evaluation, 3, cel_int(3));
    cel_evaluate_rows(evaluation, 0, &rows, results);
    for (int i = 0; i < ROWS; i++) {
        Buffer text;
        buffer_init(&text, arena, 0);
        cel_value_print(&text, results[i]);
        perly_assert(results[i].kind < CEL_KIND_COUNT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    RowBatch batch;
    CelEnvironment *environment = NULL;
    const CelProgram *program = NULL;
    if (size < 1) {
        return 0;
    }
    arena_init(&arena, &allocator, 64 << 20);
    CelIssues *issues = ARENA_NEW(&arena, CelIssues);
    const Slice text = {(const char *)data + 1, size - 1};
    perly_assert(issues != NULL);
    make_rows(&arena, &batch);
    perly_assert(cel_environment_create(&arena, &environment).code == ERROR_OK);
    declare(environment);
    cel_set_checking(environment, (CelChecking)(data[0] % 3));
    const Error error = cel_compile(&arena, environment, text, issues, &program);
    if (error.code == ERROR_OK) {
        evaluate(&arena, program, &batch);
    } else if (error.code != ERROR_OUT_OF_MEMORY) {
        perly_assert(issues->count > 0 && error.place.line > 0 && error.message.length > 0);
    }
    Slice *paths = NULL;
    uint32_t count = 0;
    bool whole = false;
    (void)cel_find_fields(&arena, text, SLICE("account"), &paths, &count, &whole);
    arena_free(&arena);
    return 0;
}
