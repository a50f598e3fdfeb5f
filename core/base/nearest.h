/* "Did you mean": the name that differs by the fewest letters. */
#ifndef PERLY_BASE_NEAREST_H
#define PERLY_BASE_NEAREST_H

#include "base/slice.h"

/*
 * The name nearest to `wanted` by insertions, deletions and replacements, without regard to case; empty when
 * none is near (a third of its length and one more) or `wanted` is over 64 bytes. One of `names`.
 */
Slice nearest_name(Slice wanted, const Slice *names, size_t count);

#endif
