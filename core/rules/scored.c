#include "rules/scored.h"

#include "base/assert.h"
#include "rules/internal.h"

static RulesAnswer condition(void *context, uint32_t rule)
{
    const RulesScored *scored = context;
    if ((scored->model->rules[rule].needs & scored->input->frozen.entities) != 0) {
        return RULES_FROZEN;
    }
    const CelValue value = score_rule(scored->scorer, scored->input, scored->result, rule);
    if (value.kind == CEL_BOOL) {
        return value.as.boolean ? RULES_TRUE : RULES_FALSE;
    }
    return value.kind == CEL_UNKNOWN ? RULES_UNKNOWN : RULES_ERROR;
}

static bool reads_change(void *context, uint32_t rule)
{
    return ((const RulesScored *)context)->model->rules[rule].reads_change;
}

static Error text(void *context, Arena *arena, uint32_t rule, RulesText which, Slice *made)
{
    static const RuleText texts[] = {[RULES_SUBJECT] = RULE_TEXT_SUBJECT,
                                     [RULES_DESCRIPTION] = RULE_TEXT_DESCRIPTION,
                                     [RULES_POST] = RULE_TEXT_CHATTER};
    const RulesScored *scored = context;
    return score_rule_text(scored->scorer, arena, scored->input, scored->result, rule, texts[which], made);
}

static Error due(void *context, Arena *arena, uint32_t rule, int64_t *business_days)
{
    const RulesScored *scored = context;
    return score_rule_due(scored->scorer, arena, scored->input, scored->result, rule, business_days);
}

/* UINT32_MAX also when the column has another type, as a mapping may give it. */
static uint32_t find_column(const RowSchema *schema, Slice name, RowType type)
{
    const uint32_t column = schema_column(schema, name);
    return column != UINT32_MAX && schema->columns[column].type == type ? column : UINT32_MAX;
}

void rules_scored_init(RulesScored *scored, const Model *model, Scorer *scorer)
{
    const RowSchema *schema = &model->schemas.entities[ENTITY_ACCOUNT].row;
    *scored = (RulesScored){.model = model,
                            .scorer = scorer,
                            .name_column = find_column(schema, SLICE("name"), ROW_TEXT),
                            .owner_column = find_column(schema, SLICE("owner_id"), ROW_TEXT),
                            .worth_column = schema_worth(&model->schemas.entities[ENTITY_ACCOUNT])};
}

RulesEvaluator rules_scored_evaluator(RulesScored *scored)
{
    return (RulesEvaluator){scored, condition, reads_change, text, due};
}

static Slice column_text(RowView row, uint32_t column)
{
    return column != UINT32_MAX && row_state(row, column) == ROW_VALUE ? row_text(row, column) : SLICE("");
}

static void read_row(const RulesScored *scored, RulesAccount *account)
{
    const RowView row = row_at(&scored->input->block->accounts, scored->input->account);
    account->name = column_text(row, scored->name_column);
    account->owner_id = column_text(row, scored->owner_column);
    if (scored->worth_column != UINT32_MAX && row_state(row, scored->worth_column) == ROW_VALUE) {
        const RowSchema *schema = &scored->model->schemas.entities[ENTITY_ACCOUNT].row;
        account->worth = schema->columns[scored->worth_column].type == ROW_DOUBLE
                             ? row_double(row, scored->worth_column)
                             : (double)row_int64(row, scored->worth_column);
    }
}

/* The level that the score would have without `theirs`, thousandths that model, merge and import moved it by.
 */
static RiskLevel level_without(const RulesScored *scored, int64_t theirs)
{
    const ScoreResult *result = scored->result;
    int64_t raw = result->raw_thousandths - theirs;
    int64_t due_ms = 0;
    raw = raw < 0 ? 0 : (raw > 100000 ? 100000 : raw);
    return score_level(&scored->model->config->risk, &result->previous, (int32_t)((raw + 500) / 1000),
                       scored->input->now_ms, &due_ms)
        .level;
}

static void read_change(const RulesScored *scored, const RulesWhy *why, RulesAccount *account)
{
    const ScoreResult *result = scored->result;
    const bool moved = why->merged || why->imported;
    RulesChange *change = &account->change;
    *change = (RulesChange){.touched = why->touched,
                            .model_changed = why->model_changed,
                            .merged = why->merged,
                            .imported = why->imported,
                            .level_without = result->level};
    if (why->change != NULL) {
        const int32_t *causes = why->change->causes;
        change->parts[CAUSE_CUSTOMER] = causes[CHANGE_CUSTOMER];
        change->parts[CAUSE_TIME] = causes[CHANGE_TIME];
        change->parts[CAUSE_DATA] = causes[CHANGE_LATE];
        change->parts[CAUSE_MODEL] = causes[CHANGE_MODEL];
    }
    if (!account->scored || !result->previous.scored || !(why->model_changed || moved)) {
        return;
    }
    if (why->change == NULL) {
        change->level_without = result->previous.level; /* nothing else is known to have moved it */
        return;
    }
    const int64_t data = (int64_t)change->parts[CAUSE_CUSTOMER] + change->parts[CAUSE_DATA];
    change->level_without = level_without(scored, change->parts[CAUSE_MODEL] + (moved ? data : 0));
}

static Error read_reasons(const ScoreResult *result, Arena *arena, RulesAccount *account)
{
    const uint32_t count =
        result->reason_count < RULES_REASONS_MAX ? result->reason_count : RULES_REASONS_MAX;
    Slice *reasons = ARENA_ARRAY(arena, Slice, count);
    int32_t *points = ARENA_ARRAY(arena, int32_t, count);
    if (reasons == NULL || points == NULL) {
        return RULES_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        reasons[i] = result->reasons[i].text;
        points[i] = result->reasons[i].thousandths;
    }
    account->reasons = reasons;
    account->reason_points = points;
    account->reason_count = count;
    return ERROR_NONE;
}

Error rules_scored_account(RulesScored *scored, Arena *arena, const ScoreInput *input,
                           const ScoreResult *result, const RulesWhy *why, RulesAccount *account)
{
    const bool is_scored = result->unscored == SCORE_IS_SCORED;
    RulesAccount made = {.id = result->account_id,
                         .left_out = result->unscored == UNSCORED_FILTER ||
                                     result->unscored == UNSCORED_FILTER_UNKNOWN,
                         .scored = is_scored,
                         .baseline = result->baseline,
                         .changed = result->changed,
                         .score = result->score,
                         .level = result->level,
                         .previous_level = result->previous.level};
    scored->input = input;
    scored->result = result;
    RETURN_IF_ERROR(read_reasons(result, arena, &made));
    read_row(scored, &made);
    read_change(scored, why, &made);
    *account = made;
    return ERROR_NONE;
}
