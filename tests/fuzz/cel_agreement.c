#include "../plain_memory.h"
#include "cel_programs.h"
#include "cel_rows.h"

#include "base/assert.h"
#include "cel/cel.h"

#include <stdio.h>
#include <stdlib.h>

static void declare(CelEnvironment *environment, CelChecking checking)
{
    perly_assert(cel_declare_row(environment, SLICE("account"), &SCHEMA).code == ERROR_OK);
    perly_assert(cel_declare_rows(environment, SLICE("rows"), &SCHEMA).code == ERROR_OK);
    perly_assert(cel_declare(environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP)).code == ERROR_OK);
    cel_set_checking(environment, checking);
}

/* The result for one row as text, with the kind of an error; not its place, which folding may change. */
static Slice outcome(Arena *arena, CelValue value)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    if (value.kind == CEL_ERROR) {
        buffer_append(&text, cel_error_kind_name((CelErrorKind)value.code));
    } else {
        buffer_append(&text, cel_kind_name((CelKind)value.kind));
        cel_value_print(&text, value);
    }
    return buffer_slice(&text);
}

/* Is it of the type that was wanted, its elements too? What is not a value fits any. */
static bool kind_fits(Arena *arena, const char *type, CelValue value)
{
    static const char letters[] = "nbiudsytrlmoT";
    static const uint8_t kinds[] = {CEL_NULL,   CEL_BOOL,     CEL_INT,       CEL_UINT,     CEL_DOUBLE,
                                    CEL_STRING, CEL_BYTES,    CEL_TIMESTAMP, CEL_DURATION, CEL_LIST,
                                    CEL_MAP,    CEL_OPTIONAL, CEL_TYPE};
    if (value.kind <= CEL_ERROR || *type == '*') {
        return true;
    }
    uint32_t count = 0;
    const CelValue *items = *type == 'l' ? cel_list_items(arena, value, &count) : NULL;
    bool fits = value.kind == kinds[strchr(letters, *type) - letters];
    for (uint32_t i = 0; i < count && items != NULL; i++) {
        fits = fits && kind_fits(arena, type + 1, items[i]);
    }
    return fits;
}

/* A person needs the program more than its recipe. */
static void fail(const CelRandomProgram *program, const char *what, Slice got, Slice other)
{
    (void)fprintf(stderr, "%s\n%.*s\ntype %s: %.*s, %.*s\n", what, (int)program->text.length,
                  program->text.data, program->type, (int)got.length, got.data, (int)other.length,
                  other.data);
    abort();
}

/*
 * NULL when it is refused for what it costs or for a constant that no value can be made of (a pattern, a
 * zone). The environments differ only in what is known of the types; the program without them goes the slow
 * way.
 */
static CelEvaluation *prepare(Arena *arena, CelChecking checking, const CelRandomProgram *made,
                              const CelRows *rows)
{
    CelEnvironment *environment = NULL;
    CelEvaluation *evaluation = NULL;
    const CelProgram *program = NULL;
    CelIssues *issues = ARENA_NEW(arena, CelIssues);
    perly_assert(issues != NULL && cel_environment_create(arena, &environment).code == ERROR_OK);
    declare(environment, checking);
    const Error error = cel_compile(arena, environment, made->text, issues, &program);
    const CelErrorKind kind = error.code == ERROR_OK ? CEL_ERROR_LIMIT : issues->items[0].kind;
    if (kind == CEL_ERROR_OVERLOAD || kind == CEL_ERROR_UNDECLARED || kind == CEL_ERROR_SYNTAX) {
        fail(made, "a well-typed program is refused", error.message, SLICE(""));
    }
    if (error.code != ERROR_OK) {
        return NULL;
    }
    perly_assert(cel_evaluation_create(arena, program, arena, &evaluation).code == ERROR_OK);
    cel_bind_rows(evaluation, 1, rows);
    cel_bind(evaluation, 2, cel_timestamp(INT64_C(1780272000000), 0));
    return evaluation;
}

bool cel_program_agrees(const uint8_t *data, size_t size, uint32_t *root)
{
    static const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    RowBatch batch;
    CelRandomProgram program;
    bool gave = false;
    arena_init(&arena, &allocator, 256 << 20);
    make_rows(&arena, &batch);
    const CelRows rows = {&batch, &SCHEMA, 0, ROWS};
    CelEvaluation *typed = NULL;
    CelEvaluation *untyped = NULL;
    if (cel_program_write(&arena, data, size, &program)) {
        typed = prepare(&arena, CEL_CHECK_STANDARD, &program, &rows);
        untyped = typed == NULL ? NULL : prepare(&arena, CEL_CHECK_NONE, &program, &rows);
    }
    for (uint32_t row = 0; row < ROWS && untyped != NULL; row++) {
        cel_bind_row(typed, 0, &rows, row);
        cel_bind_row(untyped, 0, &rows, row);
        const CelValue value = cel_evaluate(typed);
        const Slice first = outcome(&arena, value);
        const Slice again = outcome(&arena, cel_evaluate(typed));
        const Slice slow = outcome(&arena, cel_evaluate(untyped));
        if (!kind_fits(&arena, program.type, value)) {
            fail(&program, "not a value of the type", first, slow);
        }
        if (!slice_equal(first, again)) {
            fail(&program, "evaluated twice, two results", first, again);
        }
        if (!slice_equal(first, slow)) {
            fail(&program, "with and without types, two results", first, slow);
        }
        gave |= value.kind > CEL_ERROR;
    }
    *root = program.root;
    arena_free(&arena);
    return gave;
}
