/* Largest remainder. */
#include "base/assert.h"
#include "base/number.h"
#include "score/internal.h"

enum { PARTS_MAX = 2 * (CONFIG_COMPONENTS_MAX + CONFIG_GATES_MAX) };

/* The part to raise (or, with `lower`, to take one from) that has not been chosen in this round. */
static size_t choose(const double *remainders, const bool *chosen, size_t count, bool lower)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        if (!chosen[i] && (best == count ||
                           (lower ? remainders[i] < remainders[best] : remainders[i] > remainders[best]))) {
            best = i;
        }
    }
    return best;
}

void score_apportion(const double *values, size_t count, int64_t total, int32_t *result)
{
    double remainders[PARTS_MAX];
    bool chosen[PARTS_MAX] = {false};
    perly_assert(count <= PARTS_MAX);
    int64_t left = total;
    for (size_t i = 0; i < count; i++) {
        const double whole = number_floor(values[i]);
        int64_t integer = 0;
        perly_assert(number_to_int64(whole, &integer) && integer >= -1000000 && integer <= 1000000);
        remainders[i] = values[i] - whole;
        result[i] = (int32_t)integer;
        left -= integer;
    }
    for (size_t round = 0; left != 0 && count > 0; round++) {
        if (round == count) {
            memset(chosen, 0, sizeof chosen);
            round = 0;
        }
        const size_t part = choose(remainders, chosen, count, left < 0);
        chosen[part] = true;
        result[part] += left < 0 ? -1 : 1;
        left -= left < 0 ? -1 : 1;
    }
}
