/* The benchmark's rule sets in wasm, for cel_wasm.mjs. */
#include "../../wasm/memory.h"
#include "cel_lists.h"
#include "cel_score.h"

#include <math.h>

/* The one benchmark of an instance; the caller owns it and hands it back in. NULL when it cannot be made. */
ScoreBench *cel_score_init(uint32_t accounts);

/* Scores every account once, by the batch form or one by one; the mean score. */
double cel_score_run(ScoreBench *bench, bool together);

/* Scores the accounts of a batch that the host has written; the sum of the scores, NaN for a bad batch. */
double cel_score_rows(ScoreBench *bench, const char *bytes, uint32_t length);

/* Compiles the thirteen expressions: before the first run to keep them, later (`keep` false) for the time. */
bool cel_score_compile(ScoreBench *bench, bool keep);

/* Compiles one expression, whose text stays the caller's. */
bool cel_score_compile_text(ScoreBench *bench, const char *text, uint32_t length);

/* The second rule set, as the first. */
ListBench *cel_lists_init(uint32_t accounts);
double cel_lists_run(ListBench *bench);

static const Allocator *allocator(void)
{
    static const Allocator instance = {wasm_memory_resize, NULL};
    return &instance;
}

WASM_EXPORT(cel_score_init) ScoreBench *cel_score_init(uint32_t accounts)
{
    ScoreBench *bench = wasm_memory_resize(NULL, NULL, 0, sizeof *bench);
    if (bench == NULL || score_bench_init(bench, allocator(), accounts).code != ERROR_OK) {
        return NULL;
    }
    return bench;
}

WASM_EXPORT(cel_score_run) double cel_score_run(ScoreBench *bench, bool together)
{
    return score_bench_run(bench, together);
}

WASM_EXPORT(cel_score_rows) double cel_score_rows(ScoreBench *bench, const char *bytes, uint32_t length)
{
    double sum = 0;
    const Error error = score_bench_rows(bench, (Slice){bytes, length}, &sum);
    return error.code == ERROR_OK ? sum : (double)NAN;
}

WASM_EXPORT(cel_score_compile) bool cel_score_compile(ScoreBench *bench, bool keep)
{
    const ArenaMark mark = arena_mark(&bench->arena);
    const Error error = score_bench_compile(bench);
    if (!keep) {
        arena_rewind(&bench->arena, mark);
    }
    return error.code == ERROR_OK;
}

WASM_EXPORT(cel_score_compile_text)
bool cel_score_compile_text(ScoreBench *bench, const char *text, uint32_t length)
{
    return score_bench_compile_text(bench, slice_make(text, length)).code == ERROR_OK;
}

WASM_EXPORT(cel_lists_init) ListBench *cel_lists_init(uint32_t accounts)
{
    ListBench *bench = wasm_memory_resize(NULL, NULL, 0, sizeof *bench);
    if (bench == NULL || list_bench_init(bench, allocator(), accounts).code != ERROR_OK) {
        return NULL;
    }
    return bench;
}

WASM_EXPORT(cel_lists_run) double cel_lists_run(ListBench *bench)
{
    return list_bench_run(bench);
}
