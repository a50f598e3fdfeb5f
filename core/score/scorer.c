#include "score/scorer.h"

#include "base/assert.h"

static uint32_t slot_total(const Model *model)
{
    return model->rule_slot + RULE_SLOT_COUNT;
}

static Error out_of_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to score"));
}

static Error unit_create(Scorer *scorer, Arena *arena, const CelProgram *program, Unit *unit)
{
    *unit = (Unit){.program = program};
    if (program == NULL) {
        return ERROR_NONE;
    }
    unit->slots = cel_program_slots(program, &unit->slot_count);
    return cel_evaluation_create(arena, program, scorer->scratch, &unit->evaluation);
}

CelValue unit_run(Scorer *scorer, const Unit *unit)
{
    for (uint32_t i = 0; i < unit->slot_count; i++) {
        cel_bind(unit->evaluation, unit->slots[i], scorer->values[unit->slots[i]]);
    }
    return cel_evaluate(unit->evaluation);
}

CelValue scorer_template_value(void *context, const CelProgram *program)
{
    Scorer *scorer = context;
    uint32_t at = 0;
    while (at < scorer->text_count && scorer->texts[at].program != program) {
        at++;
    }
    perly_assert(at < scorer->text_count);
    return unit_run(scorer, &scorer->texts[at]);
}

static void bind_rows(Scorer *scorer, ModelSlot slot, const RowBatch *batch, Entity entity, BlockRange range)
{
    scorer->rows[slot] =
        (CelRows){batch, &scorer->model->schemas.entities[entity].row, range.first, range.count};
    scorer->values[slot] = cel_rows(&scorer->rows[slot]);
}

static void bind_row(Scorer *scorer, ModelSlot slot, const RowBatch *batch, Entity entity, uint32_t row)
{
    scorer->rows[slot] = (CelRows){batch, &scorer->model->schemas.entities[entity].row, 0, batch->row_count};
    scorer->values[slot] = row == BLOCK_NO_ROW ? cel_unknown() : cel_object(&scorer->rows[slot], row);
}

void scorer_bind(Scorer *scorer, const ScoreInput *input)
{
    const Block *block = input->block;
    perly_assert(input->account < block->accounts.row_count);
    perly_assert(block->signal_count == scorer->model->config->signal_count);
    const BlockAccount *ranges = &block->ranges[input->account];
    bind_row(scorer, SLOT_ACCOUNT, &block->accounts, ENTITY_ACCOUNT, input->account);
    bind_row(scorer, SLOT_OWNER, &block->users, ENTITY_USER, ranges->owner);
    bind_rows(scorer, SLOT_CONTACTS, &block->contacts, ENTITY_CONTACT, ranges->contacts);
    bind_rows(scorer, SLOT_OPPORTUNITIES, &block->opportunities, ENTITY_OPPORTUNITY, ranges->opportunities);
    bind_rows(scorer, SLOT_ACTIVITIES, &block->activities, ENTITY_ACTIVITY, ranges->activities);
    scorer->values[SLOT_NOW] = cel_timestamp(input->now_ms, 0);
}

static size_t count_texts(const Model *model)
{
    size_t count = 0;
    for (uint32_t i = 0; i < model->config->component_count; i++) {
        count += model->components[i].reason.count;
    }
    for (uint32_t i = 0; i < model->config->gate_count; i++) {
        count += model->gates[i].reason.count;
    }
    for (uint32_t i = 0; i < model->config->rule_count; i++) {
        const ModelRule *rule = &model->rules[i];
        count += (size_t)rule->task_subject.count + rule->task_description.count + rule->chatter_text.count;
    }
    return count;
}

static Error add_texts(Scorer *scorer, Arena *arena, const Template *text)
{
    for (uint32_t i = 0; i < text->count; i++) {
        if (text->parts[i].program != NULL) {
            RETURN_IF_ERROR(
                unit_create(scorer, arena, text->parts[i].program, &scorer->texts[scorer->text_count++]));
        }
    }
    return ERROR_NONE;
}

static Error create_model_units(Scorer *scorer, Arena *arena)
{
    const Model *model = scorer->model;
    RETURN_IF_ERROR(unit_create(scorer, arena, model->filter, &scorer->filter));
    for (uint32_t i = 0; i < model->config->signal_count; i++) {
        RETURN_IF_ERROR(unit_create(scorer, arena, model->signals[i].program, &scorer->signals[i]));
    }
    for (uint32_t i = 0; i < model->config->component_count; i++) {
        RETURN_IF_ERROR(unit_create(scorer, arena, model->components[i].score, &scorer->components[i]));
        RETURN_IF_ERROR(add_texts(scorer, arena, &model->components[i].reason));
    }
    for (uint32_t i = 0; i < model->config->gate_count; i++) {
        RETURN_IF_ERROR(unit_create(scorer, arena, model->gates[i].when, &scorer->gates[i]));
        RETURN_IF_ERROR(add_texts(scorer, arena, &model->gates[i].reason));
    }
    for (uint32_t i = 0; i < model->config->segment_count; i++) {
        RETURN_IF_ERROR(unit_create(scorer, arena, model->segments[i].when, &scorer->segments[i]));
    }
    return ERROR_NONE;
}

static Error create_rule_units(Scorer *scorer, Arena *arena)
{
    const Model *model = scorer->model;
    for (uint32_t i = 0; i < model->config->rule_count; i++) {
        const ModelRule *rule = &model->rules[i];
        RETURN_IF_ERROR(unit_create(scorer, arena, rule->when, &scorer->rules[i]));
        RETURN_IF_ERROR(unit_create(scorer, arena, rule->due, &scorer->dues[i]));
        RETURN_IF_ERROR(add_texts(scorer, arena, &rule->task_subject));
        RETURN_IF_ERROR(add_texts(scorer, arena, &rule->task_description));
        RETURN_IF_ERROR(add_texts(scorer, arena, &rule->chatter_text));
    }
    return ERROR_NONE;
}

Error scorer_create(Arena *arena, const Model *model, Arena *scratch, Scorer **result)
{
    const Config *config = model->config;
    Scorer *scorer = ARENA_NEW(arena, Scorer);
    if (scorer == NULL) {
        return out_of_memory();
    }
    *scorer = (Scorer){.model = model,
                       .scratch = scratch,
                       .values = ARENA_ARRAY(arena, CelValue, slot_total(model)),
                       .signals = ARENA_ARRAY(arena, Unit, config->signal_count),
                       .components = ARENA_ARRAY(arena, Unit, config->component_count),
                       .gates = ARENA_ARRAY(arena, Unit, config->gate_count),
                       .segments = ARENA_ARRAY(arena, Unit, config->segment_count),
                       .rules = ARENA_ARRAY(arena, Unit, config->rule_count),
                       .dues = ARENA_ARRAY(arena, Unit, config->rule_count),
                       .texts = ARENA_ARRAY(arena, Unit, count_texts(model))};
    if (scorer->values == NULL || scorer->signals == NULL || scorer->components == NULL ||
        scorer->gates == NULL || scorer->segments == NULL || scorer->rules == NULL || scorer->dues == NULL ||
        scorer->texts == NULL) {
        return out_of_memory();
    }
    RETURN_IF_ERROR(create_model_units(scorer, arena));
    RETURN_IF_ERROR(create_rule_units(scorer, arena));
    *result = scorer;
    return ERROR_NONE;
}
