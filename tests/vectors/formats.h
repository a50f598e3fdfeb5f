/* The ops on CSV and JSON (see answer.h). Each appends to the answer. */
#ifndef PERLY_TESTS_VECTORS_FORMATS_H
#define PERLY_TESTS_VECTORS_FORMATS_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * csv_rows(chunk bytes, text): every row as "[field][field];", read with the target's SIMD and byte by byte;
 * the two must agree.
 */
Error formats_csv_rows(const Slice *args, Buffer *answer);

/*
 * csv_agreement(seed, count): that many random texts, cut at random, read in both ways; the hash of all rows,
 * or which text was read differently.
 */
Error formats_csv_agreement(const Slice *args, Buffer *answer);

/* json_canonical(text): the canonical text, or the error with its line and column. */
Error formats_json_canonical(const Slice *args, Buffer *answer);

/* json_split(key, chunk bytes, text): each element followed by ';', then the rest. */
Error formats_json_split(const Slice *args, Buffer *answer);

#endif
