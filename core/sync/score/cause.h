/*
 * Why an account's score is another one: the four causes of score/change.h, by scoring the account again as
 * it was known at its previous scoring. Blocks of an earlier time are made once for all accounts of a chunk
 * that were scored then; those of one time are held at once, so accounts that were scored last at many times
 * cost time and no memory.
 */
#ifndef PERLY_SYNC_SCORE_CAUSE_H
#define PERLY_SYNC_SCORE_CAUSE_H

#include "score/change.h"
#include "score/features.h"

enum { CAUSE_VIEWS = 3 }; /* BEFORE, LATE, TIME; the view CUSTOMER is the present one */

typedef struct Causes {
    Arena *arena; /* of the chunk */
    Arena *views; /* of nothing but the blocks */
    Arena *scratch;
    const Features *features;
    Scorer *scorer;
    const Model *model;
    int64_t now_ms;
    ScoreFrozen frozen; /* of the account that is asked for: as in its present scoring */
    bool made;
    int64_t then_ms; /* for which the blocks were made */
    Block blocks[CAUSE_VIEWS];
} Causes;

/* Changes live in `arena`; `views` is emptied, then and whenever blocks of another time are made. */
void causes_begin(Causes *causes, Arena *arena, Arena *views, Arena *scratch, const Features *features,
                  Scorer *scorer, const Model *model, int64_t now_ms);

/*
 * The change of `result`'s account since `then_ms`, when the same model scored it. `*known` is false when one
 * of the scorings gave no score. The scorer's last account is then another one. ERROR_OUT_OF_MEMORY.
 */
Error causes_find(Causes *causes, const ScoreResult *result, int64_t then_ms, ScoreChange *change,
                  bool *known);

#endif
