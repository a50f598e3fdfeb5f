/*
 * Evaluation on random well-typed programs: the input is read as a recipe for an expression of a wanted type,
 * which must compile and must evaluate to a value of that type, to unknown or to an error; twice the same,
 * and the same when it is compiled without the checker's knowledge of types. So the typed instructions and
 * the slow ones agree.
 */
#include "base/assert.h"
#include "cel/cel.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DEPTH_MAX = 6 };

static void *plain_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_bytes);
}

typedef enum Wanted {
    WANT_BOOL,
    WANT_INT,
    WANT_DOUBLE,
    WANT_STRING,
    WANT_TIME,
    WANT_LIST,
    WANTED_COUNT
} Wanted;

/* One way to make an expression: text, where '$' and a letter is a part of the type that the letter names. */
typedef struct Rule {
    Wanted gives;
    const char *text;
} Rule;

static const Rule RULES[] = {
    {WANT_BOOL, "true"},
    {WANT_BOOL, "account.b"},
    {WANT_BOOL, "has(account.arr)"},
    {WANT_BOOL, "($b && $b)"},
    {WANT_BOOL, "($b || $b)"},
    {WANT_BOOL, "!$b"},
    {WANT_BOOL, "($i < $i)"},
    {WANT_BOOL, "($d >= $d)"},
    {WANT_BOOL, "($s == $s)"},
    {WANT_BOOL, "($t != $t)"},
    {WANT_BOOL, "(account.arr > $d ? $b : $b)"},
    {WANT_BOOL, "(account.name == $s && $b)"},
    {WANT_BOOL, "(account.name in [$s, 'a'] ? $b : false)"},
    {WANT_BOOL, "($s in account.tags)"},
    {WANT_BOOL, "$s.contains($s)"},
    {WANT_BOOL, "$s.matches($s)"},
    {WANT_BOOL, "string($b).matches('^t')"},
    {WANT_BOOL, "$s.matches('(a|Æ)+')"},
    {WANT_BOOL, "$l.exists(e, e > $i)"},
    {WANT_BOOL, "$l.all(e, e != $i)"},
    {WANT_BOOL, "rows.exists(r, r.n == $i)"},
    {WANT_BOOL, "rows.all(r, has(r.arr) && r.arr < $d)"},
    {WANT_INT, "1"},
    {WANT_INT, "-7"},
    {WANT_INT, "9223372036854775807"},
    {WANT_INT, "account.n"},
    {WANT_INT, "($i + $i)"},
    {WANT_INT, "($i - $i)"},
    {WANT_INT, "($i * $i)"},
    {WANT_INT, "($i / $i)"},
    {WANT_INT, "($i % $i)"},
    {WANT_INT, "($b ? $i : $i)"},
    {WANT_INT, "size($s)"},
    {WANT_INT, "$l.size()"},
    {WANT_INT, "$l[$i]"},
    {WANT_INT, "$l.sum()"},
    {WANT_INT, "max($l)"},
    {WANT_INT, "rows.filter(r, r.b).size()"},
    {WANT_INT, "cel.bind(v, $i, v + v)"},
    {WANT_INT, "coalesce(account.n, $i)"},
    {WANT_INT, "(now - $t).getHours()"},
    {WANT_DOUBLE, "0.5"},
    {WANT_DOUBLE, "-1e308"},
    {WANT_DOUBLE, "account.arr"},
    {WANT_DOUBLE, "(account.arr * $d)"},
    {WANT_DOUBLE, "($d - account.arr)"},
    {WANT_DOUBLE, "($d + $d)"},
    {WANT_DOUBLE, "($d / $d)"},
    {WANT_DOUBLE, "double($i)"},
    {WANT_DOUBLE, "linear($d, 0, 10)"},
    {WANT_DOUBLE, "decay($d, 3)"},
    {WANT_DOUBLE, "($b ? $d : $d)"},
    {WANT_DOUBLE, "avg($l)"},
    {WANT_DOUBLE, "rows.map(r, r.arr).sum()"},
    {WANT_STRING, "'a'"},
    {WANT_STRING, "account.name"},
    {WANT_STRING, "($s + $s)"},
    {WANT_STRING, "string($i)"},
    {WANT_STRING, "string($d)"},
    {WANT_STRING, "$s.substring($i)"},
    {WANT_STRING, "($b ? $s : $s)"},
    {WANT_STRING, "rows.map(r, r.name).join('-')"},
    {WANT_TIME, "now"},
    {WANT_TIME, "account.at"},
    {WANT_TIME, "($t + days(1))"},
    {WANT_TIME, "($t - duration('1h'))"},
    {WANT_LIST, "[1, 2, 3]"},
    {WANT_LIST, "[$i, $i]"},
    {WANT_LIST, "$l.map(e, e + $i)"},
    {WANT_LIST, "$l.filter(e, e > $i)"},
    {WANT_LIST, "($l + $l)"},
    {WANT_LIST, "$l.sort()"},
    {WANT_LIST, "$l.transformList(i, e, i + e)"},
    {WANT_LIST, "rows.map(r, r.n)"},
};

enum { RULE_COUNT = sizeof RULES / sizeof RULES[0] };

typedef struct Recipe {
    const uint8_t *data;
    size_t size;
    size_t at;
    Buffer text;
} Recipe;

static unsigned draw(Recipe *recipe)
{
    return recipe->at < recipe->size ? recipe->data[recipe->at++] : 0;
}

static Wanted wanted_of(char letter)
{
    static const char letters[] = "bidstl";
    return (Wanted)(strchr(letters, letter) - letters);
}

static void write_expression(Recipe *recipe, Wanted wanted, unsigned depth)
{
    unsigned skip = draw(recipe);
    const Rule *rule = NULL;
    /* At the bottom the first rule of a type, which has no parts. */
    for (unsigned i = 0; rule == NULL; i = (i + 1) % RULE_COUNT) {
        if (RULES[i].gives == wanted && (depth == 0 || skip-- == 0)) {
            rule = &RULES[i];
        }
    }
    for (const char *at = rule->text; *at != '\0'; at++) {
        if (*at == '$') {
            at++;
            write_expression(recipe, wanted_of(*at), depth - 1);
        } else {
            buffer_append_byte(&recipe->text, *at);
        }
    }
}

static const RowColumn COLUMNS[] = {{SLICE_INIT("name"), ROW_TEXT}, {SLICE_INIT("arr"), ROW_DOUBLE},
                                    {SLICE_INIT("n"), ROW_INT64},   {SLICE_INIT("at"), ROW_TIME},
                                    {SLICE_INIT("tags"), ROW_LIST}, {SLICE_INIT("b"), ROW_BOOL}};
static const RowSchema SCHEMA = {COLUMNS, 6};

static void make_rows(Arena *arena, RowBatch *batch)
{
    RowWriter writer;
    Slice bytes = {0};
    row_writer_init(&writer, arena, &SCHEMA, 1 << 16);
    for (int i = 0; i < 3; i++) {
        row_writer_begin(&writer);
        if (i != 1) {
            row_writer_text(&writer, 0, i == 0 ? SLICE("a") : SLICE("Ærø"));
            row_writer_double(&writer, 1, i * 1.5);
            row_writer_int64(&writer, 2, i);
            row_writer_time(&writer, 3, INT64_C(1780272000000) + i);
            row_writer_text(&writer, 4, SLICE("a;b"));
            row_writer_bool(&writer, 5, i == 0);
        }
        perly_assert(row_writer_end(&writer).code == ERROR_OK);
    }
    perly_assert(row_writer_finish(&writer, &bytes).code == ERROR_OK);
    perly_assert(row_batch_open(batch, bytes, &SCHEMA).code == ERROR_OK);
}

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

static void check_kind(Wanted wanted, CelValue value)
{
    static const uint8_t kinds[WANTED_COUNT] = {CEL_BOOL,   CEL_INT,       CEL_DOUBLE,
                                                CEL_STRING, CEL_TIMESTAMP, CEL_LIST};
    perly_assert(value.kind <= CEL_ERROR || value.kind == kinds[wanted]);
}

/* The environments differ only in what is known of the types; the program without them goes the slow way. */
static CelEvaluation *prepare(Arena *arena, CelChecking checking, Slice text, const CelRows *rows)
{
    CelEnvironment *environment = NULL;
    CelEvaluation *evaluation = NULL;
    const CelProgram *program = NULL;
    CelIssues *issues = ARENA_NEW(arena, CelIssues);
    perly_assert(issues != NULL && cel_environment_create(arena, &environment).code == ERROR_OK);
    declare(environment, checking);
    if (cel_compile(arena, environment, text, issues, &program).code != ERROR_OK) {
        perly_assert(issues->items[0].kind == CEL_ERROR_LIMIT);
        return NULL;
    }
    perly_assert(cel_evaluation_create(arena, program, arena, &evaluation).code == ERROR_OK);
    cel_bind_rows(evaluation, 1, rows);
    cel_bind(evaluation, 2, cel_timestamp(INT64_C(1780272000000), 0));
    return evaluation;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    RowBatch batch;
    Recipe recipe = {.data = data, .size = size};
    arena_init(&arena, &allocator, 256 << 20);
    make_rows(&arena, &batch);
    buffer_init(&recipe.text, &arena, 1 << 16);
    const Wanted wanted = (Wanted)(draw(&recipe) % WANTED_COUNT);
    write_expression(&recipe, wanted, DEPTH_MAX);
    const CelRows rows = {&batch, &SCHEMA, 0, 3};
    const Slice text = buffer_slice(&recipe.text);
    CelEvaluation *typed = recipe.text.failed ? NULL : prepare(&arena, CEL_CHECK_STANDARD, text, &rows);
    CelEvaluation *untyped = typed == NULL ? NULL : prepare(&arena, CEL_CHECK_NONE, text, &rows);
    for (uint32_t row = 0; row < 3 && untyped != NULL; row++) {
        cel_bind_row(typed, 0, &rows, row);
        cel_bind_row(untyped, 0, &rows, row);
        const CelValue value = cel_evaluate(typed);
        const Slice first = outcome(&arena, value);
        check_kind(wanted, value);
        perly_assert(slice_equal(first, outcome(&arena, cel_evaluate(typed))));
        perly_assert(slice_equal(first, outcome(&arena, cel_evaluate(untyped))));
    }
    arena_free(&arena);
    return 0;
}
