/* The benchmark's rule set, for the native program and for wasm. */
#ifndef PERLY_TESTS_BENCH_CEL_SCORE_H
#define PERLY_TESTS_BENCH_CEL_SCORE_H

#include "cel/cel.h"

enum { SCORE_EXPRESSIONS = 13 };

typedef struct ScoreBench {
    Arena arena;
    Arena scratch;
    RowBatch batch;
    CelEnvironment *environment;
    CelIssues issues;
    const CelProgram *programs[SCORE_EXPRESSIONS];
    CelEvaluation *evaluations[SCORE_EXPRESSIONS];
} ScoreBench;

/* Makes the accounts and the environment. */
Error score_bench_init(ScoreBench *bench, const Allocator *allocator, uint32_t count);

/* Compiles the thirteen expressions and makes an evaluation of each. */
Error score_bench_compile(ScoreBench *bench);

/* Compiles one expression over the same variables and keeps nothing of it. */
Error score_bench_compile_text(ScoreBench *bench, Slice text);

/* Scores the accounts of a batch that the caller has made, of the same columns; the sum of the scores. */
Error score_bench_rows(ScoreBench *bench, Slice bytes, double *sum);

/* Scores every account once, by the batch form or by one evaluation after another; the mean score. */
double score_bench_run(ScoreBench *bench, bool together);

#endif
