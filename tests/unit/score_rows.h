/*
 * Stored rows from JSON, for tests of scoring:
 *
 *     {"account":[{"id":"001a","name":"Acme","created":"2024-01-01"}],
 *      "activity":[{"id":"00Ta","account_id":"001a","kind":"call","at":"2026-11-01T08:00:00Z","done":true}],
 *      "signals":[{"account_id":"001a","name":"usage","at":"2026-11-01","value":80}],
 *      "changes":[{"id":"001a","column":"owner_id","old":"005a","new":"005b","stamp":"2026-10-01",
 *                  "seen":"2026-10-01"}]}
 *
 * Members are the columns of EntitySchema.stored; what is left out is absent.
 */
#ifndef PERLY_TESTS_UNIT_SCORE_ROWS_H
#define PERLY_TESTS_UNIT_SCORE_ROWS_H

#include "score/features.h"

/* Adds all of it; the bytes are made in `arena`. */
Error score_rows_add(Arena *arena, Slice json, Features *features);

#endif
