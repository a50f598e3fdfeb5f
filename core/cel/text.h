/* Text of values, and helpers for text counted in characters. */
#ifndef PERLY_CEL_TEXT_H
#define PERLY_CEL_TEXT_H

#include "base/buffer.h"
#include "cel/functions.h"

/* The buffer as a string, or an error when it failed. */
CelValue cel_built(const Buffer *text);

/* The byte where character `position` begins, or SIZE_MAX beyond the end (which is itself a position). */
size_t cel_byte_of(Slice text, int64_t position);

static inline CelValue cel_slice_value(Slice text)
{
    return cel_string(text);
}

#endif
