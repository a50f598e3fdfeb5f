/*
 * From a fixed seed so many random programs, and every overload of functions.def has given a value as the
 * root of one: what is added to the table is in the programs of the fuzzer, and no overload of it gives
 * nothing but errors there.
 *
 *     cel_reach PROGRAMS
 */
#include "cel_programs.h"

#include "cel/functions.h"

#include <stdio.h>
#include <stdlib.h>

enum { RECIPE_BYTES = 160 };

static uint64_t next(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = (*state ^ (*state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

int main(int argc, char **argv)
{
    uint64_t state = 1;
    uint32_t reached = 0;
    uint32_t *values = calloc(cel_overload_count, sizeof *values);
    const long programs = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (values == NULL || programs <= 0) {
        (void)fprintf(stderr, "usage: cel_reach PROGRAMS\n");
        free(values);
        return 4;
    }
    for (long i = 0; i < programs; i++) {
        uint8_t recipe[RECIPE_BYTES];
        uint32_t root = CEL_NO_OVERLOAD;
        const size_t size = 8 + next(&state) % (RECIPE_BYTES - 8);
        for (size_t at = 0; at < size; at++) {
            recipe[at] = (uint8_t)next(&state);
        }
        if (cel_program_agrees(recipe, size, &root) && root != CEL_NO_OVERLOAD) {
            values[root]++;
        }
    }
    for (uint32_t i = 0; i < cel_overload_count; i++) {
        reached += values[i] > 0;
        if (values[i] == 0) {
            (void)printf("no value of %s %s\n", cel_overloads[i].name, cel_overloads[i].signature);
        }
    }
    (void)printf("%ld programs, %u of %u overloads gave values\n", programs, reached, cel_overload_count);
    free(values);
    return reached == cel_overload_count ? 0 : 1;
}
