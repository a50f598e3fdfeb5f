/*
 * Scoring: the pure function (model, block, time, previous state) -> signals, components, score, level,
 * reasons. It writes nothing, reads no clock, and gives the same bits on every target: sums run in the order
 * of the model.
 *
 *     Scorer *scorer = NULL;
 *     RETURN_IF_ERROR(scorer_create(arena, model, &scratch, &scorer));
 *     for (uint32_t i = 0; i < block.accounts.row_count; i++) {
 *         const ScoreInput input = {&block, i, now_ms, states[i], {0}};
 *         RETURN_IF_ERROR(score_account(scorer, arena, &input, &results[i]));
 *     }
 *
 * Health is sum(weight * score) / sum(weight) over the components that are known, then held under the gates
 * that are true. Unknown is never scored as bad: such a component leaves the mean and lowers the coverage.
 */
#ifndef PERLY_SCORE_SCORE_H
#define PERLY_SCORE_SCORE_H

#include "config/model.h"
#include "snapshot/block.h"

/* What an earlier scoring of the account left. All zero: there was none. */
typedef struct ScoreState {
    bool scored_before; /* at any time: if not, this score is a baseline */
    bool scored;        /* the last scoring gave a score */
    RiskLevel level;    /* while `scored` */
    int32_t score;
    bool has_candidate; /* a better level is being held */
    RiskLevel candidate;
    int64_t candidate_since_ms;
} ScoreState;

typedef enum ScoreKnown { SCORE_UNKNOWN, SCORE_KNOWN, SCORE_ERROR } ScoreKnown;

typedef struct ScoreSignal {
    CelValue value; /* in the arena of the result; unknown, or an error */
    int64_t age_ms; /* of an imported signal; -1: none */
} ScoreSignal;

typedef struct ScoreComponent {
    ScoreKnown known;
    bool frozen;         /* as it was: an object that it needs could not be read */
    double score;        /* 0..100 */
    double weight;       /* the segment's, or the component's */
    double points;       /* lost against a perfect score: weight * (100 - score) / sum of known weights */
    int32_t thousandths; /* of `points`; all components and gates together: 100,000 - raw_thousandths */
    CelValue error;      /* when known is SCORE_ERROR */
} ScoreComponent;

typedef struct ScoreGate {
    bool applies;
    bool frozen;
    double points; /* taken away by it, after the gates before it */
    int32_t thousandths;
} ScoreGate;

/* Why points are missing, the weightiest first. */
typedef struct ScoreReason {
    bool is_gate;
    uint32_t index; /* of the component or gate */
    int32_t thousandths;
    Slice text; /* the template's, or the label */
} ScoreReason;

typedef enum Unscored {
    SCORE_IS_SCORED,
    UNSCORED_FILTER,         /* the filter is false */
    UNSCORED_FILTER_UNKNOWN, /* the filter is unknown or an error */
    UNSCORED_COVERAGE        /* too little is known */
} Unscored;

typedef struct ScoreResult {
    Slice account_id;
    ScoreSignal *signals; /* in the model's order, as all arrays here */
    ScoreComponent *components;
    ScoreGate *gates;
    ScoreReason *reasons;
    uint32_t reason_count;
    uint32_t segment; /* whose weights count; UINT32_MAX: none */
    uint32_t errors;  /* signals, components, gates and segments that ended in an error */
    Unscored unscored;
    double coverage; /* 0..1 */
    double raw;      /* 0..100, when scored; never -0.0 */
    int32_t raw_thousandths;
    int32_t score;   /* raw, rounded half up */
    RiskLevel level; /* with hysteresis */
    RiskLevel plain; /* without: what the table says of `score` */
    bool baseline;   /* the very first score */
    bool changed;    /* the level differs from that of the previous scoring */
    ScoreState previous;
    const Slice *changes; /* what moved the score since then, in words: score_change_tell; else none */
    uint32_t change_count;
    ScoreState state; /* to keep for the next scoring */
    int64_t due_ms;   /* when a held level would be reached; 0: none is held */
} ScoreResult;

typedef struct Scorer Scorer;

/* `scratch` is used inside calls only and may be reset between them. ERROR_OUT_OF_MEMORY. */
Error scorer_create(Arena *arena, const Model *model, Arena *scratch, Scorer **result);

/* A component or gate of the previous scoring, for when its objects could not be read this time. */
typedef struct ScoreKept {
    bool known;   /* of a gate: it applied */
    double score; /* of a component */
} ScoreKept;

/*
 * Objects that could not be pulled to the end: components and gates that need one of them stay as they were,
 * and rules that read one do not look (rules.h, RULES_FROZEN), so that a gap in the data never looks like a
 * silent customer. All zero: none.
 */
typedef struct ScoreFrozen {
    uint32_t entities;     /* bit e: entity e */
    const ScoreKept *kept; /* components, then gates, of the model (score_kept_read); NULL: unknown */
} ScoreFrozen;

typedef struct ScoreInput {
    const Block *block; /* made for the scorer's model */
    uint32_t account;   /* row of block->accounts */
    int64_t now_ms;     /* the cut's time */
    ScoreState previous;
    ScoreFrozen frozen;
} ScoreInput;

/*
 * Reads what score_components_json wrote at an earlier scoring, into kept[0..components + gates of the
 * model). What the text does not have is not known. ERROR_JSON_SYNTAX, ERROR_OUT_OF_MEMORY.
 */
Error score_kept_read(Arena *arena, const Model *model, Slice json, ScoreKept *kept);

/* The result's arrays and texts live in `arena`; its account id in the block. ERROR_OUT_OF_MEMORY. */
Error score_account(Scorer *scorer, Arena *arena, const ScoreInput *input, ScoreResult *result);

/*
 * The level of a score, with the state of the previous scoring: worse at once beyond the hysteresis, better
 * only after `hold_up` of elapsed time. `score` is 0..100.
 */
ScoreState score_level(const ConfigRisk *risk, const ScoreState *previous, int32_t score, int64_t now_ms,
                       int64_t *due_ms);

/* Without hysteresis; `score` may lie outside 0..100. */
RiskLevel score_level_plain(const ConfigRisk *risk, int64_t score);

enum { SCORE_MAX = 100 };

/*
 * Where the level is not what the score alone says: true, with the score at which it is left in `*edge`. For
 * a better one that is reached already (`*edge` <= score) the hold decides.
 */
bool score_level_edge(const ConfigRisk *risk, RiskLevel level, int32_t score, int32_t *edge);

/*
 * The same for people, in `arena`: "still High until 55", "still High until Medium has held for 1d"; empty
 * where the level is what the score says, or there is no memory.
 */
Slice score_standing(Arena *arena, const ConfigRisk *risk, RiskLevel level, int32_t score);

/*
 * A rule's condition for the account that `score_account` scored last with this scorer: a bool, unknown, or
 * an error. Of what is frozen it knows nothing (rules/scored.h). Lives in the scratch arena.
 */
CelValue score_rule(Scorer *scorer, const ScoreInput *input, const ScoreResult *result, uint32_t rule);

typedef enum RuleText { RULE_TEXT_SUBJECT, RULE_TEXT_DESCRIPTION, RULE_TEXT_CHATTER } RuleText;

/* A rule's text for an account and its result, in `arena`. ERROR_OUT_OF_MEMORY, ERROR_CEL_EVALUATION. */
Error score_rule_text(Scorer *scorer, Arena *arena, const ScoreInput *input, const ScoreResult *result,
                      uint32_t rule, RuleText which, Slice *text);

/* In how many business days a rule's Task is due, 0..365; ERROR_CEL_EVALUATION when its expression gives
 * none. */
Error score_rule_due(Scorer *scorer, Arena *arena, const ScoreInput *input, const ScoreResult *result,
                     uint32_t rule, int64_t *business_days);

/* Columns of the score's row: JSON texts in `arena`. ERROR_OUT_OF_MEMORY. */
Error score_reasons_json(Arena *arena, const Model *model, const ScoreResult *result, Slice *json);
Error score_components_json(Arena *arena, const Model *model, const ScoreResult *result, Slice *json);
Error score_signals_json(Arena *arena, const Model *model, const ScoreResult *result, Slice *json);

/*
 * The first expression of the result that ended in an error: what happened, in which account (place.source)
 * and where in the configuration (pointer, line, column). False when there is none. For a log that shows each
 * mistake once, with an example; result->errors counts them all.
 */
bool score_mistake(Arena *arena, const Model *model, const ScoreResult *result, Error *error);

/* A sentence that says why there is no score, in `arena`; empty when there is one. */
Slice score_unscored_text(Arena *arena, const Model *model, const ScoreResult *result);

#endif
