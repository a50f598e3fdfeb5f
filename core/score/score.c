/* One account: signals, components, health, gates, level, reasons. */
#include "score/score.h"

#include "base/number.h"
#include "score/scorer.h"

/* NaN and infinity may not leave an expression; -0.0 is 0. */
static CelValue checked(CelValue value)
{
    if (value.kind == CEL_DOUBLE) {
        if (value.as.number - value.as.number != 0) {
            return cel_error(CEL_ERROR_RANGE, "the result is not a finite number");
        }
        value.as.number = value.as.number == 0 ? 0.0 : value.as.number;
    }
    return value;
}

static CelValue no_memory(void)
{
    return cel_error(CEL_ERROR_LIMIT, "no memory for the result");
}

/* A plain value that outlives the scratch arena. */
static CelValue keep_plain(Arena *arena, CelValue value)
{
    if (value.kind == CEL_STRING) {
        Slice text = cel_text(value);
        return arena_keep(arena, text, &text) ? cel_string(text) : no_memory();
    }
    if (value.kind == CEL_LIST || value.kind == CEL_MAP || value.kind == CEL_OBJECT ||
        value.kind == CEL_OPTIONAL || value.kind == CEL_BYTES || value.kind == CEL_TYPE) {
        return cel_error(CEL_ERROR_OTHER, "a signal is a single value or a list of such");
    }
    return checked(value);
}

static CelValue keep(Arena *arena, CelValue value)
{
    if (value.kind != CEL_LIST) {
        return keep_plain(arena, value);
    }
    uint32_t count = 0;
    const CelValue *items = cel_list_items(arena, value, &count);
    CelValue *kept = ARENA_ARRAY(arena, CelValue, count);
    if (kept == NULL || (items == NULL && count > 0)) {
        return no_memory();
    }
    for (uint32_t i = 0; i < count; i++) {
        kept[i] = keep_plain(arena, items[i]);
        if (kept[i].kind == CEL_ERROR) {
            return kept[i];
        }
    }
    return cel_list(kept, count);
}

static ScoreSignal imported(const ConfigSignal *config, const BlockSignal *supplied, int64_t now_ms)
{
    ScoreSignal signal = {cel_unknown(), -1};
    if (supplied->known) {
        signal.age_ms = now_ms - supplied->at_ms;
        if (config->max_age_ms == 0 || signal.age_ms <= config->max_age_ms) {
            signal.value = checked(cel_double(supplied->value));
        }
    }
    return signal;
}

static void evaluate_signals(Scorer *scorer, Arena *arena, const ScoreInput *input, ScoreResult *result)
{
    const Model *model = scorer->model;
    const BlockSignal *supplied = &input->block->signals[(size_t)input->account * input->block->signal_count];
    for (uint32_t i = 0; i < model->config->signal_count; i++) {
        if (model->signals[i].program == NULL) {
            result->signals[i] = imported(model->signals[i].config, &supplied[i], input->now_ms);
        } else {
            result->signals[i] = (ScoreSignal){keep(arena, unit_run(scorer, &scorer->signals[i])), -1};
        }
        scorer->values[SLOT_SIGNALS + i] = result->signals[i].value;
        result->errors += result->signals[i].value.kind == CEL_ERROR;
    }
}

/* False, and counted, when the condition is an error; false when it is unknown. */
static bool holds(Scorer *scorer, const Unit *unit, ScoreResult *result)
{
    const CelValue value = unit_run(scorer, unit);
    result->errors += value.kind == CEL_ERROR;
    return cel_is_true(value);
}

static void find_segment(Scorer *scorer, ScoreResult *result)
{
    const Config *config = scorer->model->config;
    result->segment = UINT32_MAX;
    for (uint32_t i = 0; i < config->segment_count && result->segment == UINT32_MAX; i++) {
        if (holds(scorer, &scorer->segments[i], result)) {
            result->segment = i;
        }
    }
}

static bool as_number(CelValue value, double *number)
{
    switch ((CelKind)value.kind) {
    case CEL_INT: *number = (double)value.as.integer; return true;
    case CEL_UINT: *number = (double)value.as.uinteger; return true;
    case CEL_DOUBLE: *number = value.as.number; return true;
    default: return false;
    }
}

/* What a frozen component or gate was: `index` counts components, then gates. */
static ScoreKept kept(const ScoreInput *input, uint32_t index)
{
    return input->frozen.kept == NULL ? (ScoreKept){false, 0} : input->frozen.kept[index];
}

static void evaluate_component(Scorer *scorer, const ScoreInput *input, uint32_t index, ScoreResult *result)
{
    const Config *config = scorer->model->config;
    ScoreComponent *component = &result->components[index];
    *component =
        (ScoreComponent){.error = cel_unknown(),
                         .frozen = (scorer->model->components[index].needs & input->frozen.entities) != 0};
    CelValue value = cel_unknown();
    if (!component->frozen) {
        value = checked(unit_run(scorer, &scorer->components[index]));
    } else if (kept(input, index).known) {
        value = cel_double(kept(input, index).score);
    }
    double number = 0;
    component->weight = result->segment == UINT32_MAX ? config->components[index].weight
                                                      : config->segments[result->segment].weights[index];
    if (as_number(value, &number)) {
        component->known = SCORE_KNOWN;
        component->score = number < 0 ? 0 : number > 100 ? 100 : number;
    } else if (value.kind != CEL_UNKNOWN) {
        component->known = SCORE_ERROR;
        component->error =
            value.kind == CEL_ERROR ? value : cel_error(CEL_ERROR_OTHER, "the score is not a number");
        result->errors++;
    }
}

/* The mean over what is known, in the order of the model; the sum of the known weights. */
static double mean(const Config *config, ScoreResult *result)
{
    double known = 0;
    double all = 0;
    double sum = 0;
    for (uint32_t i = 0; i < config->component_count; i++) {
        const ScoreComponent *component = &result->components[i];
        if (component->known == SCORE_KNOWN) {
            known += component->weight;
            sum += component->weight * component->score;
        }
        if (component->known == SCORE_KNOWN || !config->components[i].optional) {
            all += component->weight;
        }
    }
    result->coverage = all > 0 ? known / all : 0;
    if (known <= 0 || result->coverage < config->minimum_coverage) {
        result->unscored = UNSCORED_COVERAGE;
        return known;
    }
    const double raw = sum / known;
    result->raw = raw > 100 ? 100 : raw;
    return known;
}

static void apply_gates(Scorer *scorer, const ScoreInput *input, ScoreResult *result)
{
    const Config *config = scorer->model->config;
    for (uint32_t i = 0; i < config->gate_count; i++) {
        ScoreGate *gate = &result->gates[i];
        *gate = (ScoreGate){.frozen = (scorer->model->gates[i].needs & input->frozen.entities) != 0};
        gate->applies = gate->frozen ? kept(input, config->component_count + i).known
                                     : holds(scorer, &scorer->gates[i], result);
        if (gate->applies && result->unscored == SCORE_IS_SCORED && result->raw > config->gates[i].at_most) {
            gate->points = result->raw - config->gates[i].at_most;
            result->raw = config->gates[i].at_most;
        }
    }
}

/* Points in thousandths that add up to what is missing to 100. */
static void split_points(const Config *config, double known, ScoreResult *result)
{
    double points[CONFIG_COMPONENTS_MAX + CONFIG_GATES_MAX];
    int32_t thousandths[CONFIG_COMPONENTS_MAX + CONFIG_GATES_MAX];
    int64_t raw = 0;
    (void)number_to_int64(number_round(result->raw * 1000), &raw);
    result->raw_thousandths = (int32_t)raw;
    for (uint32_t i = 0; i < config->component_count; i++) {
        ScoreComponent *component = &result->components[i];
        if (component->known == SCORE_KNOWN) {
            component->points = component->weight * (100 - component->score) / known;
        }
        points[i] = component->points * 1000;
    }
    for (uint32_t i = 0; i < config->gate_count; i++) {
        points[config->component_count + i] = result->gates[i].points * 1000;
    }
    score_apportion(points, (size_t)config->component_count + config->gate_count, 100000 - raw, thousandths);
    for (uint32_t i = 0; i < config->component_count; i++) {
        result->components[i].thousandths = thousandths[i];
    }
    for (uint32_t i = 0; i < config->gate_count; i++) {
        result->gates[i].thousandths = thousandths[config->component_count + i];
    }
}

static void add_reason(ScoreResult *result, bool is_gate, uint32_t index, int32_t thousandths)
{
    if (thousandths <= 0) {
        return;
    }
    uint32_t at = result->reason_count++;
    for (; at > 0 && result->reasons[at - 1].thousandths < thousandths; at--) {
        result->reasons[at] = result->reasons[at - 1];
    }
    result->reasons[at] = (ScoreReason){.is_gate = is_gate, .index = index, .thousandths = thousandths};
}

static Error write_reason(Scorer *scorer, Arena *arena, ScoreResult *result, ScoreReason *reason)
{
    const Model *model = scorer->model;
    const Template *text =
        reason->is_gate ? &model->gates[reason->index].reason : &model->components[reason->index].reason;
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    if (text->count == 0) {
        reason->text = reason->is_gate ? model->gates[reason->index].config->label
                                       : model->components[reason->index].config->label;
        return ERROR_NONE;
    }
    result->errors += !template_print(&buffer, text, scorer_template_value, scorer);
    reason->text = buffer_slice(&buffer);
    return buffer.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a reason")) : ERROR_NONE;
}

static Error give_reasons(Scorer *scorer, Arena *arena, ScoreResult *result)
{
    const Config *config = scorer->model->config;
    for (uint32_t i = 0; i < config->gate_count; i++) {
        add_reason(result, true, i, result->gates[i].thousandths);
    }
    for (uint32_t i = 0; i < config->component_count; i++) {
        add_reason(result, false, i, result->components[i].thousandths);
    }
    for (uint32_t i = 0; i < result->reason_count; i++) {
        RETURN_IF_ERROR(write_reason(scorer, arena, result, &result->reasons[i]));
    }
    return ERROR_NONE;
}

static void judge_filter(Scorer *scorer, const ScoreInput *input, ScoreResult *result)
{
    const Model *model = scorer->model;
    CelValue value = cel_bool(true);
    if (model->filter_column != UINT32_MAX) {
        value = cel_column(row_at(&input->block->accounts, input->account), ROW_BOOL, model->filter_column);
    } else if (model->filter != NULL) {
        value = unit_run(scorer, &scorer->filter);
        result->errors += value.kind == CEL_ERROR;
    }
    if (!cel_is_true(value)) {
        result->unscored = value.kind == CEL_BOOL ? UNSCORED_FILTER : UNSCORED_FILTER_UNKNOWN;
    }
}

static bool make_arrays(Arena *arena, const Config *config, ScoreResult *result)
{
    result->signals = ARENA_ARRAY(arena, ScoreSignal, config->signal_count);
    result->components = ARENA_ARRAY(arena, ScoreComponent, config->component_count);
    result->gates = ARENA_ARRAY(arena, ScoreGate, config->gate_count);
    result->reasons = ARENA_ARRAY(arena, ScoreReason, (size_t)config->component_count + config->gate_count);
    return result->signals != NULL && result->components != NULL && result->gates != NULL &&
           result->reasons != NULL;
}

static void judge_level(const ScoreInput *input, const Config *config, ScoreResult *result)
{
    int64_t score = 0;
    (void)number_to_int64(number_round(result->raw), &score);
    result->score = (int32_t)score;
    result->plain = score_level_plain(&config->risk, score);
    result->state =
        score_level(&config->risk, &input->previous, result->score, input->now_ms, &result->due_ms);
    result->level = result->state.level;
    result->baseline = !input->previous.scored_before;
    result->changed = input->previous.scored && result->level != input->previous.level;
}

static Error score_bound(Scorer *scorer, Arena *arena, const ScoreInput *input, ScoreResult *result)
{
    const Config *config = scorer->model->config;
    judge_filter(scorer, input, result);
    evaluate_signals(scorer, arena, input, result);
    find_segment(scorer, result);
    for (uint32_t i = 0; i < config->component_count; i++) {
        evaluate_component(scorer, input, i, result);
    }
    const Unscored filtered = result->unscored;
    const double known = mean(config, result);
    result->unscored = filtered != SCORE_IS_SCORED ? filtered : result->unscored;
    apply_gates(scorer, input, result);
    if (result->unscored != SCORE_IS_SCORED) {
        result->raw = 0;
        result->state = (ScoreState){.scored_before = input->previous.scored_before};
        return ERROR_NONE;
    }
    split_points(config, known, result);
    judge_level(input, config, result);
    return give_reasons(scorer, arena, result);
}

Error score_account(Scorer *scorer, Arena *arena, const ScoreInput *input, ScoreResult *result)
{
    ScoreResult made = {.account_id = row_text(row_at(&input->block->accounts, input->account), 0),
                        .previous = input->previous};
    if (!make_arrays(arena, scorer->model->config, &made)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a score"));
    }
    const ArenaMark mark = arena_mark(scorer->scratch);
    scorer_bind(scorer, input);
    const Error error = score_bound(scorer, arena, input, &made);
    arena_rewind(scorer->scratch, mark);
    if (error.code == ERROR_OK) {
        *result = made;
    }
    return error;
}
