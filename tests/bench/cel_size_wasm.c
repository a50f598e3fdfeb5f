/*
 * What CEL adds to a page's module: this is built twice, without it and with it (CEL_SIZE_WITH). Both read a
 * batch of rows; the one with CEL evaluates an expression for each, and says what is wrong with it.
 */
#include "../../wasm/memory.h"
#include "row/row.h"

#ifdef CEL_SIZE_WITH
#include "cel/cel.h"
#endif

/* The sum of the first column, or of the expression's results; 0 when something is wrong. */
double cel_size_run(const char *text, uint32_t text_bytes, const char *rows, uint32_t rows_bytes);

static const RowColumn COLUMNS[] = {{SLICE_INIT("number"), ROW_DOUBLE}, {SLICE_INIT("text"), ROW_TEXT}};
static const RowSchema SCHEMA = {COLUMNS, 2};

#ifdef CEL_SIZE_WITH
static double sum(Arena *arena, Slice text, const RowBatch *batch)
{
    const CelRows rows = {batch, &SCHEMA, 0, batch->row_count};
    CelEnvironment *environment = NULL;
    CelEvaluation *evaluation = NULL;
    const CelProgram *program = NULL;
    CelIssues issues;
    CelValue *results = ARENA_ARRAY(arena, CelValue, batch->row_count);
    double total = 0;
    if (results == NULL || cel_environment_create(arena, &environment).code != ERROR_OK ||
        cel_declare_row(environment, SLICE("row"), &SCHEMA).code != ERROR_OK ||
        cel_compile(arena, environment, text, &issues, &program).code != ERROR_OK ||
        cel_evaluation_create(arena, program, arena, &evaluation).code != ERROR_OK) {
        return 0;
    }
    cel_evaluate_rows(evaluation, 0, &rows, results);
    for (uint32_t i = 0; i < batch->row_count; i++) {
        total += results[i].kind == CEL_DOUBLE ? results[i].as.number : 0;
    }
    return total;
}
#else
static double sum(Arena *arena, Slice text, const RowBatch *batch)
{
    double total = 0;
    (void)arena;
    (void)text;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        total += row_double(row_at(batch, i), 0);
    }
    return total;
}
#endif

WASM_EXPORT(cel_size_run)
double cel_size_run(const char *text, uint32_t text_bytes, const char *rows, uint32_t rows_bytes)
{
    const Allocator allocator = {wasm_memory_resize, NULL};
    RowBatch batch;
    Arena arena;
    arena_init(&arena, &allocator, 0);
    const bool good = row_batch_open(&batch, (Slice){rows, rows_bytes}, &SCHEMA).code == ERROR_OK;
    const double total = good ? sum(&arena, (Slice){text, text_bytes}, &batch) : 0;
    arena_free(&arena);
    return total;
}
