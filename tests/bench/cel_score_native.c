/*
 * cel_score [accounts] [repetitions] [batch|each|lists|programs]: scores all accounts and prints the median
 * in one line of JSON; "programs" prints the instructions instead. In CPU time, so that other processes do
 * not count, and by the clock, as other engines measure.
 *
 * cel_score text TEXT: what compiling one expression takes, the first time and after many.
 */
#include "../plain_memory.h"
#include "cel_lists.h"
#include "cel_score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURNS_MAX = 128 };

static double seconds(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How the accounts are scored: by the batch form, one evaluation after another, or the rules over lists. */
typedef enum Mode { MODE_BATCH, MODE_EACH, MODE_LISTS } Mode;

typedef struct Program {
    Allocator allocator;
    ScoreBench score;
    ListBench lists;
    double first_compile_us; /* of all expressions, in a process that has compiled none */
} Program;

static double run(Program *program, Mode mode)
{
    return mode == MODE_LISTS ? list_bench_run(&program->lists)
                              : score_bench_run(&program->score, mode == MODE_BATCH);
}

static Error init(Program *program, Mode mode, uint32_t accounts)
{
    program->allocator = (Allocator){plain_resize, NULL};
    RETURN_IF_ERROR(
        score_bench_init(&program->score, &program->allocator, mode == MODE_LISTS ? 1 : accounts));
    const double start = seconds(CLOCK_MONOTONIC);
    RETURN_IF_ERROR(score_bench_compile(&program->score));
    program->first_compile_us = (seconds(CLOCK_MONOTONIC) - start) * 1e6;
    return mode == MODE_LISTS ? list_bench_init(&program->lists, &program->allocator, accounts) : ERROR_NONE;
}

static double compile_us(ScoreBench *bench)
{
    const ArenaMark mark = arena_mark(&bench->arena);
    double best = 0;
    for (int turn = 0; turn < 10; turn++) {
        const double start = seconds(CLOCK_MONOTONIC);
        for (int i = 0; i < 100; i++) {
            (void)score_bench_compile(bench);
            arena_rewind(&bench->arena, mark);
        }
        const double taken = seconds(CLOCK_MONOTONIC) - start;
        best = turn == 0 || taken < best ? taken : best;
    }
    return best * 1e6 / (100 * SCORE_EXPRESSIONS);
}

static void measure(Program *program, Mode mode, uint32_t accounts, int turns)
{
    double times[TURNS_MAX];
    double wall_times[TURNS_MAX];
    double mean = 0;
    for (int i = 0; i < turns; i++) {
        const double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        const double wall_start = seconds(CLOCK_MONOTONIC);
        mean = run(program, mode);
        times[i] = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
        wall_times[i] = seconds(CLOCK_MONOTONIC) - wall_start;
    }
    qsort(times, (size_t)turns, sizeof times[0], by_size);
    qsort(wall_times, (size_t)turns, sizeof wall_times[0], by_size);
    printf("{\"engine\":\"perly native\",\"n\":%u,\"accounts_per_s\":%.0f,", accounts,
           accounts / times[turns / 2]);
    printf(
        "\"accounts_per_wall_s\":%.0f,\"compile_us\":%.3f,\"first_compile_us\":%.1f,\"mean_score\":%.6f}\n",
        accounts / wall_times[turns / 2], compile_us(&program->score), program->first_compile_us, mean);
}

static int measure_text(ScoreBench *bench, Slice text)
{
    const Allocator allocator = {plain_resize, NULL};
    double best = 0;
    bool good = score_bench_init(bench, &allocator, 1).code == ERROR_OK;
    double start = seconds(CLOCK_MONOTONIC);
    good = good && score_bench_compile_text(bench, text).code == ERROR_OK;
    const double first = seconds(CLOCK_MONOTONIC) - start;
    for (int turn = 0; turn < 10 && good; turn++) {
        start = seconds(CLOCK_MONOTONIC);
        for (int i = 0; i < 1000; i++) {
            (void)score_bench_compile_text(bench, text);
        }
        const double taken = seconds(CLOCK_MONOTONIC) - start;
        best = turn == 0 || taken < best ? taken : best;
    }
    printf("{\"first_compile_us\":%.2f,\"compile_us\":%.3f}\n", first * 1e6, best * 1e3);
    return good ? 0 : 1;
}

int main(int count, char **arguments)
{
    static Program program;
    if (count == 3 && strcmp(arguments[1], "text") == 0) {
        return measure_text(&program.score, slice_from_text(arguments[2]));
    }
    const uint32_t accounts = count > 1 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 100000;
    const long wanted = count > 2 ? strtol(arguments[2], NULL, 10) : 15;
    const char *word = count > 3 ? arguments[3] : "batch";
    const Mode mode =
        strcmp(word, "lists") == 0 ? MODE_LISTS : (strcmp(word, "each") == 0 ? MODE_EACH : MODE_BATCH);
    const Error error = init(&program, mode, accounts);
    if (error.code != ERROR_OK) {
        (void)fprintf(stderr, "%.*s\n", (int)error.message.length, error.message.data);
        return 1;
    }
    if (strcmp(word, "programs") == 0) {
        for (int i = 0; i < SCORE_EXPRESSIONS; i++) {
            const Slice text = cel_program_disassemble(&program.score.arena, program.score.programs[i]);
            printf("%.*s\n", (int)text.length, text.data);
        }
        return 0;
    }
    measure(&program, mode, accounts, wanted < 1 || wanted > TURNS_MAX ? TURNS_MAX : (int)wanted);
    return 0;
}
