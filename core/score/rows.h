/*
 * Scoring from rows to rows, behind perly/score.h: a configuration in, batches of stored rows in, one batch
 * of scores out.
 *
 *     RowScoring scoring;
 *     row_scoring_init(&scoring, &allocator);
 *     RETURN_IF_ERROR(row_scoring_open(&scoring, SLICE("{}")));
 *     RETURN_IF_ERROR(row_scoring_add(&scoring, SLICE("account"), accounts));
 *     RETURN_IF_ERROR(row_scoring_add(&scoring, SLICE("activity"), activities));
 *     RETURN_IF_ERROR(row_scoring_run(&scoring, now_ms, &scores));
 *
 * Everything handed out lives until the next call. The tables are those of EntitySchema.stored, and two more:
 * `signal` (values that Perly supplies) and `health` (what an earlier scoring left; without a row an
 * account's score is a baseline).
 */
#ifndef PERLY_SCORE_ROWS_H
#define PERLY_SCORE_ROWS_H

#include "base/zones.h"
#include "json/writer.h"
#include "score/features.h"
#include "score/score.h"

typedef struct RowScoring {
    Arena zone_file;
    Zones zones;    /* of no bytes: none */
    Arena instance; /* the model */
    Arena rows;     /* what was added since the last run */
    Arena answer;   /* block and scores of the last run, texts of the last error */
    Arena scratch;
    ConfigIssues issues;
    Config *config;
    Model *model; /* NULL: not open */
    Scorer *scorer;
    Features features;
    RowBatch signals;
    RowBatch health;
} RowScoring;

/* Allocates nothing. `allocator` outlives the scoring. */
void row_scoring_init(RowScoring *scoring, const Allocator *allocator);
void row_scoring_free(RowScoring *scoring);

/* The file of time zones, copied, for configurations that are opened later. ERROR_ZONES_INVALID. */
Error row_scoring_zones(RowScoring *scoring, Slice file);

/*
 * Compiles a configuration; one that was open before is gone, and so are rows that were added. `json` is an
 * object: `config` (the document's text; absent: the built-in one), `name` (its name in errors) and
 * `columns`, the types of the mapped columns in the configuration's order (`table`, `name`, `type`); without
 * them the expressions' own types are taken. No bytes at all are an empty object. On failure all mistakes are
 * in `issues`.
 */
Error row_scoring_open(RowScoring *scoring, Slice json);

/* {"hash", "model_hash", "tables": {name: [{"name", "type"}, ...]}, "scores": [{"name", "type"}, ...]}. */
void row_scoring_describe(const RowScoring *scoring, JsonWriter *writer);

/* Rows of a table; the batch is copied. ERROR_CONFIG_FIELD when there is no such table, ERROR_INTERNAL. */
Error row_scoring_add(RowScoring *scoring, Slice table, Slice batch);

/* Scores the accounts that were added, in order of Id, and forgets all rows. */
Error row_scoring_run(RowScoring *scoring, int64_t now_ms, Slice *scores);

#endif
