/* "Did you mean": the name that differs by the fewest letters. */
#ifndef PERLY_BASE_NEAREST_H
#define PERLY_BASE_NEAREST_H

#include "base/slice.h"

/* A search over names that come one after the other. */
typedef struct Nearest {
    Slice wanted;
    Slice name; /* the nearest so far; empty when none is near */
    size_t distance;
} Nearest;

/*
 * Names are compared by insertions, deletions, replacements and swaps of neighbours, without regard to case.
 * A name is near when at most a third of the letters of `wanted` and one more are wrong, and not all of its
 * own. Nothing is near a `wanted` that is empty or over 64 bytes.
 */
Nearest nearest_begin(Slice wanted);

/* Of names equally near the first stays. */
void nearest_consider(Nearest *nearest, Slice name);

/* All at once: one of `names`, or empty. */
Slice nearest_name(Slice wanted, const Slice *names, size_t count);

#endif
