/*
 * Scoring alone, for who holds the rows himself: a configuration in, batches of stored rows in, one batch of
 * scores out. No ports: nothing is waited for. The results are those of the whole core, bit for bit;
 * perly_score.wasm is this header and nothing else. wasm/ABI.md tells the tables, the columns and the layout
 * of a batch.
 *
 *     PerlyScore *score = perly_score_new(resize, NULL);
 *     if (perly_score_open(score, "{}", 2) && perly_score_add(score, "account", 7, batch, batch_length) &&
 *         perly_score_run(score, now_ms)) {
 *         scores = perly_score_answer(score, &length);
 *     }
 *     perly_score_free(score);
 *
 * A call that can fail returns 1, or 0; then the answer is {"issues": [...]}, each with the members of an
 * error.
 */
#ifndef PERLY_SCORE_H
#define PERLY_SCORE_H

#include <stddef.h>
#include <stdint.h>

typedef struct PerlyScore PerlyScore;

/* NULL when there is no memory. `memory_resize` is as in host.h; its context outlives the instance. */
PerlyScore *perly_score_new(void *(*memory_resize)(void *context, void *block, size_t old_bytes,
                                                   size_t new_bytes),
                            void *context);

void perly_score_free(PerlyScore *score);

/*
 * The file of time zones, perly_zones.bin; copied. Without it a named zone in an expression is a mistake.
 * Before perly_score_open. Answers nothing.
 */
uint32_t perly_score_zones(PerlyScore *score, const char *bytes, size_t length);

/*
 * Compiles a configuration: a JSON object with `config`, `name`, `columns`, or nothing for the built-in one.
 * Answers JSON: `hash`, `model_hash`, and the columns of `tables` and `scores`. What was open and added
 * before is gone.
 */
uint32_t perly_score_open(PerlyScore *score, const char *json, size_t length);

/* Adds rows of a table; the batch is copied. Answers nothing. */
uint32_t perly_score_add(PerlyScore *score, const char *table, size_t table_length, const char *batch,
                         size_t batch_length);

/* Scores the accounts added, as of `now_ms` since 1970, and forgets all rows. Answers a batch of scores. */
uint32_t perly_score_run(PerlyScore *score, double now_ms);

/* What the last call answered; valid until the next one. */
const char *perly_score_answer(const PerlyScore *score, size_t *length);

#endif
