/* The ops on scoring (see answer.h). */
#ifndef PERLY_TESTS_VECTORS_SCORE_H
#define PERLY_TESTS_VECTORS_SCORE_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * score(configuration, rows as tests/unit/score_rows.h has them, time): for each account a line of id, score
 * or '-', level, coverage, components and reasons.
 */
Error score_told(const Slice *args, Buffer *answer);

/*
 * score_many(configuration, seed, accounts): that many generated accounts; how many have a score, how many
 * evaluations ended in an error, and the SHA-256 of the bits of every signal, component and result.
 */
Error score_many(const Slice *args, Buffer *answer);

#endif
