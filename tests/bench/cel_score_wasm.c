/* The benchmark's rule set as a wasm module; cel.mjs drives it. */
#include "../../wasm/memory.h"
#include "cel_score.h"

/* Makes `count` accounts in wasm memory and compiles the rules: a handle for the others, NULL without memory.
 */
ScoreBench *score_setup(uint32_t count);
double score_run(ScoreBench *bench);
uint32_t score_compile(ScoreBench *bench);

WASM_EXPORT(score_setup) ScoreBench *score_setup(uint32_t count)
{
    static const Allocator allocator = {wasm_memory_resize, NULL}; /* the arenas keep its address */
    ScoreBench *bench = wasm_memory_resize(NULL, NULL, 0, sizeof *bench);
    if (bench == NULL) {
        return NULL;
    }
    *bench = (ScoreBench){.rows = {0}};
    return score_bench_init(bench, &allocator, count).code == ERROR_OK ? bench : NULL;
}

/* Scores every account; the mean. */
WASM_EXPORT(score_run) double score_run(ScoreBench *bench)
{
    return score_bench_run(bench);
}

WASM_EXPORT(score_compile) uint32_t score_compile(ScoreBench *bench)
{
    return (uint32_t)score_bench_compile_again(bench).code;
}
