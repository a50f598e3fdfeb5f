/*
 * Why a score changed: the difference of two scores in four causes, each a rescoring, exact in thousandths of
 * a point. In this order: data arrived late, time passed, the customer changed, the model changed.
 *
 * The caller rescores the account five times with one state and gives the results:
 *
 *     BEFORE    model 0, time 0, what was known at time 0     view {t0, t0, INT64_MIN, INT64_MIN}
 *     LATE      model 0, time 0, and what is dated up to time 0   view {t0, t0, t1, t0}
 *     TIME      the same at time 1                             view {t1, t0, t1, t0}
 *     CUSTOMER  model 0, time 1, all that is known at time 1   view {t1, t1, INT64_MIN, INT64_MIN}
 *     AFTER     model 1, the same
 */
#ifndef PERLY_SCORE_CHANGE_H
#define PERLY_SCORE_CHANGE_H

#include "score/score.h"

typedef enum ChangeCause {
    CHANGE_LATE,
    CHANGE_TIME,
    CHANGE_CUSTOMER,
    CHANGE_MODEL,
    CHANGE_CAUSE_COUNT
} ChangeCause;

/* "late", "time", "customer", "model". A literal. */
Slice change_cause_name(ChangeCause cause);

enum { CHANGE_TEXTS_MAX = 3 };

typedef struct ChangePart {
    Slice name; /* of the component or gate */
    Slice label;
    bool is_gate;
    int32_t causes[CHANGE_CAUSE_COUNT]; /* thousandths, positive is better */
    int32_t total;
} ChangePart;

/* Parts, causes and total agree exactly: rows, columns and all sum to `total`. */
typedef struct ScoreChange {
    int32_t total; /* raw_thousandths after less before */
    int32_t causes[CHANGE_CAUSE_COUNT];
    ChangePart
        *parts; /* components, then gates, of the model after; then those that only the model before has */
    uint32_t part_count;
} ScoreChange;

/* `results[0..5)` in the order above; `models[0]` made the first four, `models[1]` the last (it may be the
 * same). */
typedef struct ChangeInput {
    const Model *models[2];
    const ScoreResult *results[CHANGE_CAUSE_COUNT + 1];
} ChangeInput;

/* False, and nothing written, when one of the five has no score. ERROR_OUT_OF_MEMORY is told through `error`.
 */
bool score_change(Arena *arena, const ChangeInput *input, ScoreChange *change, Error *error);

/*
 * Fills in `result->changes`, in `arena`: at most CHANGE_TEXTS_MAX texts for people, what moved the score
 * most first: "Recency of contact -5.2 (time passed)", in points. Parts that point the other way than the
 * level are left out, and so is what rounds to 0. A level that rises because it was held long enough says
 * that first. ERROR_OUT_OF_MEMORY.
 */
Error score_change_tell(Arena *arena, const ScoreChange *change, ScoreResult *result);

#endif
