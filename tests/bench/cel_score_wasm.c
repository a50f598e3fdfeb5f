/* The benchmark's rule set in wasm, for cel_score.mjs. */
#include "../../wasm/memory.h"
#include "cel_score.h"

/* The one benchmark of an instance; the caller owns it and hands it back in. NULL when it cannot be made. */
ScoreBench *cel_score_init(uint32_t accounts);

/* Scores every account once; the mean score. */
double cel_score_run(ScoreBench *bench);

/* Compiles the thirteen expressions. */
void cel_score_compile(ScoreBench *bench);

WASM_EXPORT(cel_score_init) ScoreBench *cel_score_init(uint32_t accounts)
{
    static const Allocator allocator = {wasm_memory_resize, NULL};
    ScoreBench *bench = wasm_memory_resize(NULL, NULL, 0, sizeof *bench);
    if (bench == NULL || score_bench_init(bench, &allocator, accounts).code != ERROR_OK) {
        return NULL;
    }
    return bench;
}

WASM_EXPORT(cel_score_run) double cel_score_run(ScoreBench *bench)
{
    return score_bench_run(bench);
}

WASM_EXPORT(cel_score_compile) void cel_score_compile(ScoreBench *bench)
{
    const ArenaMark mark = arena_mark(&bench->arena);
    (void)score_bench_compile(bench);
    arena_rewind(&bench->arena, mark);
}
