#include "hostile.h"

#include "cel/cel.h"

enum { BOMB_BYTES = 128 << 10 };

/* A pattern of some 52,000 instructions, which are made 52 at a time. */
#define TEN "abcdefghij"
#define HOSTILE_LARGE "(" TEN TEN TEN TEN TEN "){1000}"

#define HOSTILE(name, before, part, count, middle, after, wanted)                                            \
    {SLICE_INIT(name),   SLICE_INIT(before), SLICE_INIT(part),  count,                                       \
     SLICE_INIT(middle), SLICE_INIT(after),  SLICE_INIT(wanted)},
#define HOSTILE_TEXT(text, wanted) HOSTILE(text, text, "", 0, "", "", wanted)
#define HOSTILE_BOMB(pattern, unit, tail, wanted)                                                            \
    HOSTILE(pattern, "r'''", unit, BOMB_BYTES / (sizeof(unit) - 1), tail "'''.matches(r'''" pattern "''')",  \
            "", wanted)

const Hostile hostile_rows[] = {
#include "hostile.def"
};

const uint32_t hostile_count = sizeof hostile_rows / sizeof hostile_rows[0];

static Slice text_of(Arena *arena, const Hostile *row)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, row->before);
    for (uint32_t i = 0; i < row->count; i++) {
        buffer_append(&text, row->part);
    }
    buffer_append(&text, row->middle);
    for (uint32_t i = 0; i < row->count; i++) {
        buffer_append(&text, row->after);
    }
    return buffer_slice(&text);
}

/* '!', the kind, line and column, and the first line of the message, which has the place already. */
static Slice refused(Arena *arena, CelErrorKind kind, Error error)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append_byte(&text, '!');
    buffer_append(&text, cel_error_kind_name(kind));
    buffer_append_byte(&text, ' ');
    buffer_append(&text, slice_part(error.message, 0, slice_find_byte(error.message, '\n', 0)));
    return buffer_slice(&text);
}

Slice hostile_run(Arena *arena, const Hostile *row)
{
    CelEnvironment *environment = NULL;
    CelEvaluation *evaluation = NULL;
    const CelProgram *program = NULL;
    CelIssues *issues = ARENA_NEW(arena, CelIssues);
    Buffer shown;
    if (issues == NULL || cel_environment_create(arena, &environment).code != ERROR_OK ||
        cel_declare(environment, SLICE("x"), cel_type_plain(CEL_TYPE_DYN)).code != ERROR_OK) {
        return SLICE("no memory");
    }
    const Error error = cel_compile(arena, environment, text_of(arena, row), issues, &program);
    if (error.code != ERROR_OK) {
        return issues->count == 0 ? error_name(error.code) : refused(arena, issues->items[0].kind, error);
    }
    if (cel_evaluation_create(arena, program, arena, &evaluation).code != ERROR_OK) {
        return SLICE("no memory");
    }
    const CelValue value = cel_evaluate(evaluation);
    if (value.kind == CEL_ERROR) {
        return refused(arena, (CelErrorKind)value.code, cel_error_explain(arena, program, value));
    }
    buffer_init(&shown, arena, 0);
    cel_value_print(&shown, value);
    return buffer_slice(&shown);
}
