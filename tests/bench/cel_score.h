/* The benchmark's rule set, for the native program and for wasm. */
#ifndef PERLY_TESTS_BENCH_CEL_SCORE_H
#define PERLY_TESTS_BENCH_CEL_SCORE_H

#include "cel/cel.h"

typedef struct ScoreBench {
    Arena arena;
    Arena scratch;
    RowBatch batch;
    CelRows rows;
    CelEnvironment *environment;
    CelIssues issues;
    const CelProgram *programs[13];
    CelEvaluation *evaluations[13];
} ScoreBench;

/* Makes the accounts and compiles the rules. */
Error score_bench_init(ScoreBench *bench, const Allocator *allocator, uint32_t count);

/* Compiles the thirteen expressions (again). */
Error score_bench_compile(ScoreBench *bench);

/* Scores every account once; the mean score. */
double score_bench_run(ScoreBench *bench);

#endif
