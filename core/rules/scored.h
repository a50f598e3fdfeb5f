/*
 * The rules' view of what scoring made: the evaluator behind which the model's programs stand, and an account
 * with its causes from a result and its change.
 *
 *     RulesScored scored;
 *     rules_scored_init(&scored, model, scorer);
 *     input.evaluator = rules_scored_evaluator(&scored);
 *     ...
 *     score_account(scorer, arena, &score_input, &result);
 *     RETURN_IF_ERROR(rules_scored_account(&scored, arena, &score_input, &result, &why, &account));
 *     RETURN_IF_ERROR(rules_account(run, &account, states, states));
 */
#ifndef PERLY_RULES_SCORED_H
#define PERLY_RULES_SCORED_H

#include "rules/rules.h"
#include "score/change.h"

/* `input` and `result` are those of the account that the scorer scored last; rules_scored_account sets them.
 */
typedef struct RulesScored {
    const Model *model;
    Scorer *scorer;
    const ScoreInput *input;
    const ScoreResult *result;
    uint32_t name_column; /* of the account's row; UINT32_MAX: none */
    uint32_t owner_column;
    uint32_t worth_column;
} RulesScored;

/* Both outlive `scored`. */
void rules_scored_init(RulesScored *scored, const Model *model, Scorer *scorer);

/* `scored` outlives the evaluator and does not move. */
RulesEvaluator rules_scored_evaluator(RulesScored *scored);

/* Why the score is another one, as far as the caller knows. */
typedef struct RulesWhy {
    const ScoreChange *change; /* NULL: not known */
    bool touched;
    bool model_changed;
    bool merged;
    bool imported;
} RulesWhy;

/*
 * Fills in `account`, whose lists live in `arena`, its texts in the block and the result.
 * ERROR_OUT_OF_MEMORY.
 */
Error rules_scored_account(RulesScored *scored, Arena *arena, const ScoreInput *input,
                           const ScoreResult *result, const RulesWhy *why, RulesAccount *account);

#endif
