/* The hostile expressions of hostile.def, for the unit tests and for the programs that answer on every build.
 */
#ifndef PERLY_TESTS_CEL_HOSTILE_H
#define PERLY_TESTS_CEL_HOSTILE_H

#include "base/buffer.h"

typedef struct Hostile {
    Slice name;
    Slice before;
    Slice part;
    uint32_t count;
    Slice middle;
    Slice after;
    Slice wanted;
} Hostile;

extern const Hostile hostile_rows[];
extern const uint32_t hostile_count;

/* What the row's text gives, in the form of `wanted`; lives in the arena, as all that it takes to find out.
 */
Slice hostile_run(Arena *arena, const Hostile *row);

#endif
