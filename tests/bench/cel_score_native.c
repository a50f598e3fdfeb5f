/*
 * cel_score [accounts] [repetitions] [list]: scores all accounts and prints the median in one line of JSON;
 * with a third word it prints the programs instead. In CPU time, so that other processes do not count, and by
 * the clock, as other engines measure.
 */
#include "cel_score.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_bytes);
}

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

int main(int count, char **arguments)
{
    static ScoreBench bench;
    static const Allocator allocator = {resize, NULL};
    const uint32_t accounts = count > 1 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 100000;
    const int turns = count > 2 ? (int)strtol(arguments[2], NULL, 10) : 15;
    double times[128];
    double wall_times[128];
    double mean = 0;
    const Error error = score_bench_init(&bench, &allocator, accounts);
    if (error.code != ERROR_OK) {
        (void)fprintf(stderr, "%.*s\n", (int)error.message.length, error.message.data);
        return 1;
    }
    if (count > 3) {
        for (int i = 0; i < 13; i++) {
            const Slice text = cel_program_disassemble(&bench.arena, bench.programs[i]);
            printf("%.*s\n", (int)text.length, text.data);
        }
        return 0;
    }
    for (int i = 0; i < turns && i < 128; i++) {
        const double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
        const double wall_start = seconds(CLOCK_MONOTONIC);
        mean = score_bench_run(&bench);
        times[i] = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
        wall_times[i] = seconds(CLOCK_MONOTONIC) - wall_start;
    }
    qsort(times, (size_t)turns, sizeof times[0], by_size);
    qsort(wall_times, (size_t)turns, sizeof wall_times[0], by_size);
    const double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < 1000; i++) {
        (void)score_bench_compile(&bench);
    }
    const double compile_s = seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
    printf("{\"engine\":\"perly native\",\"n\":%u,\"accounts_per_s\":%.0f,", accounts,
           accounts / times[turns / 2]);
    printf("\"accounts_per_wall_s\":%.0f,\"compile_us\":%.3f,\"mean_score\":%.6f}\n",
           accounts / wall_times[turns / 2], compile_s * 1e6 / 13000, mean);
    return 0;
}
