/* The second rule set of the benchmark: macros over the activities of an account. */
#ifndef PERLY_TESTS_BENCH_CEL_LISTS_H
#define PERLY_TESTS_BENCH_CEL_LISTS_H

#include "cel/cel.h"

enum { LIST_EXPRESSIONS = 7 };

typedef struct ListBench {
    Arena arena;
    Arena scratch;
    RowBatch batch;
    CelRows *ranges; /* the activities of each account */
    uint32_t accounts;
    CelIssues issues;
    CelEvaluation *evaluations[LIST_EXPRESSIONS];
} ListBench;

/* Makes the activities and compiles the rules. */
Error list_bench_init(ListBench *bench, const Allocator *allocator, uint32_t accounts);

/* Scores every account once; the mean score. */
double list_bench_run(ListBench *bench);

#endif
