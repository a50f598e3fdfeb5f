/* What a rule says of one account and its score. */
#include "score/change.h"
#include "score/scorer.h"

enum { REASONS_MAX = 3, BUSINESS_DAYS_MAX = 365 };

/* What lists of texts are made of while a program runs. */
typedef struct Lists {
    CelValue reasons[REASONS_MAX];
    CelValue changes[CHANGE_TEXTS_MAX];
} Lists;

static void bind_previous(Scorer *scorer, const ScoreResult *result)
{
    const uint32_t slot = scorer->model->rule_slot;
    const ScoreState *previous = &result->previous;
    scorer->values[slot + RULE_PREVIOUS_SCORE] = previous->scored ? cel_int(previous->score) : cel_unknown();
    scorer->values[slot + RULE_PREVIOUS_LEVEL] =
        previous->scored ? cel_string(risk_level_name(previous->level)) : cel_unknown();
}

/* Without a score nothing is known of score and risk. */
static void bind_score(Scorer *scorer, const ScoreResult *result)
{
    CelValue *values = &scorer->values[scorer->model->rule_slot];
    const bool scored = result->unscored == SCORE_IS_SCORED;
    values[RULE_COVERAGE] = cel_double(result->coverage);
    values[RULE_SCORE] = scored ? cel_int(result->score) : cel_unknown();
    values[RULE_RISK_LEVEL] = scored ? cel_string(risk_level_name(result->level)) : cel_unknown();
    values[RULE_RISK_STANDING] =
        scored ? cel_string(score_standing(scorer->scratch, &scorer->model->config->risk, result->level,
                                           result->score))
               : cel_unknown();
    values[RULE_RISK_CHANGED] = scored ? cel_bool(result->changed) : cel_unknown();
    values[RULE_RISK_WORSENED] =
        scored ? cel_bool(result->changed && result->level > result->previous.level) : cel_unknown();
    values[RULE_RISK_IMPROVED] =
        scored ? cel_bool(result->changed && result->level < result->previous.level) : cel_unknown();
}

static void bind_result(Scorer *scorer, const ScoreInput *input, const ScoreResult *result, Lists *lists)
{
    const uint32_t count = result->reason_count < REASONS_MAX ? result->reason_count : REASONS_MAX;
    CelValue *values = &scorer->values[scorer->model->rule_slot];
    scorer_bind(scorer, input);
    for (uint32_t i = 0; i < scorer->model->config->signal_count; i++) {
        scorer->values[SLOT_SIGNALS + i] = result->signals[i].value;
    }
    bind_score(scorer, result);
    bind_previous(scorer, result);
    for (uint32_t i = 0; i < count; i++) {
        lists->reasons[i] = cel_string(result->reasons[i].text);
    }
    for (uint32_t i = 0; i < result->change_count; i++) {
        lists->changes[i] = cel_string(result->changes[i]);
    }
    values[RULE_REASONS] = cel_list(lists->reasons, count);
    values[RULE_CHANGES] = cel_list(lists->changes, result->change_count);
}

CelValue score_rule(Scorer *scorer, const ScoreInput *input, const ScoreResult *result, uint32_t rule)
{
    Lists lists;
    const ArenaMark mark = arena_mark(scorer->scratch);
    bind_result(scorer, input, result, &lists);
    const CelValue value = unit_run(scorer, &scorer->rules[rule]);
    arena_rewind(scorer->scratch, mark);
    if (value.kind != CEL_BOOL && value.kind > CEL_ERROR) {
        return cel_error(CEL_ERROR_OVERLOAD, "the condition is neither true nor false");
    }
    return value;
}

Error score_rule_due(Scorer *scorer, Arena *arena, const ScoreInput *input, const ScoreResult *result,
                     uint32_t rule, int64_t *business_days)
{
    const ModelRule *model = &scorer->model->rules[rule];
    if (model->due == NULL) {
        *business_days = model->config->due_business_days;
        return ERROR_NONE;
    }
    Lists lists;
    const ArenaMark mark = arena_mark(scorer->scratch);
    bind_result(scorer, input, result, &lists);
    const CelValue value = unit_run(scorer, &scorer->dues[rule]);
    arena_rewind(scorer->scratch, mark);
    if (value.kind == CEL_ERROR) {
        return cel_error_explain(arena, model->due, value);
    }
    if (value.kind != CEL_INT || value.as.integer < 0 || value.as.integer > BUSINESS_DAYS_MAX) {
        return error_make(ERROR_CEL_EVALUATION,
                          SLICE("the due date is not known, or not 0 to 365 business days"));
    }
    *business_days = value.as.integer;
    return ERROR_NONE;
}

Error score_rule_text(Scorer *scorer, Arena *arena, const ScoreInput *input, const ScoreResult *result,
                      uint32_t rule, RuleText which, Slice *text)
{
    const ModelRule *model = &scorer->model->rules[rule];
    const Template *templates[] = {[RULE_TEXT_SUBJECT] = &model->task_subject,
                                   [RULE_TEXT_DESCRIPTION] = &model->task_description,
                                   [RULE_TEXT_CHATTER] = &model->chatter_text};
    Lists lists;
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    const ArenaMark mark = arena_mark(scorer->scratch);
    bind_result(scorer, input, result, &lists);
    const bool good = template_print(&buffer, templates[which], scorer_template_value, scorer);
    arena_rewind(scorer->scratch, mark);
    if (buffer.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a text"));
    }
    if (!good) {
        return error_make(ERROR_CEL_EVALUATION, SLICE("an expression in the text ended in an error"));
    }
    *text = buffer_slice(&buffer);
    return ERROR_NONE;
}
