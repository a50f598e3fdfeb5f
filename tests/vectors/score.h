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

/*
 * score_org_rows(configuration, seed, accounts): the generated rows, a line a batch: table, the batch in
 * hexadecimal. score_org_scores, of the same: a line an account: id, score with level and bits or why there
 * is none, bits of the coverage, and the three JSON columns of the score's row, with tabs between.
 */
Error score_org_rows(const Slice *args, Buffer *answer);
Error score_org_scores(const Slice *args, Buffer *answer);

#endif
