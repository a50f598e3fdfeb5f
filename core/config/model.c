#include "config/model.h"

#include "config/compiler.h"

uint32_t model_signal_find(const Model *model, Slice name)
{
    for (uint32_t i = 0; i < model->config->signal_count; i++) {
        if (slice_equal(model->signals[i].config->name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

uint32_t model_component_find(const Model *model, Slice name)
{
    for (uint32_t i = 0; i < model->config->component_count; i++) {
        if (slice_equal(model->components[i].config->name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

static Error declare_rows(ModelCompiler *compiler)
{
    const EntitySchema *entities = compiler->model->schemas.entities;
    CelEnvironment *environment = compiler->environment;
    RETURN_IF_ERROR(cel_declare_row(environment, SLICE("account"), &entities[ENTITY_ACCOUNT].row));
    RETURN_IF_ERROR(cel_declare_row(environment, SLICE("owner"), &entities[ENTITY_USER].row));
    RETURN_IF_ERROR(cel_declare_rows(environment, SLICE("contacts"), &entities[ENTITY_CONTACT].row));
    RETURN_IF_ERROR(cel_declare_rows(environment, SLICE("opportunities"), &entities[ENTITY_OPPORTUNITY].row));
    RETURN_IF_ERROR(cel_declare_rows(environment, SLICE("activities"), &entities[ENTITY_ACTIVITY].row));
    return cel_declare(environment, SLICE("now"), cel_type_plain(CEL_TYPE_TIMESTAMP));
}

static Error declare_signal(ModelCompiler *compiler, Slice name, const CelType *type)
{
    Buffer full;
    buffer_init(&full, compiler->arena, 0);
    buffer_append(&full, SLICE("signals."));
    buffer_append(&full, name);
    return full.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a signal"))
                       : cel_declare(compiler->environment, buffer_slice(&full), type);
}

static Error compile_signals(ModelCompiler *compiler)
{
    const Config *config = compiler->config;
    uint32_t order[CONFIG_SIGNALS_MAX];
    if (!order_signals(compiler, order)) {
        return ERROR_NONE;
    }
    for (uint32_t i = 0; i < config->signal_count; i++) {
        ModelSignal *signal = &compiler->model->signals[i];
        signal->config = &config->signals[order[i]];
        signal->type = cel_type_plain(CEL_TYPE_DOUBLE);
        if (signal->config->expression.text.length > 0) {
            signal->program = compile_expression(compiler, &signal->config->expression, EXPRESSION_SIGNAL);
            signal->type =
                signal->program == NULL ? cel_type_plain(CEL_TYPE_DYN) : cel_program_type(signal->program);
            signal->needs = signal->program == NULL ? 0 : program_needs(compiler->model, signal->program);
        }
        RETURN_IF_ERROR(declare_signal(compiler, signal->config->name, signal->type));
    }
    return ERROR_NONE;
}

static Error declare_rule_slots(ModelCompiler *compiler)
{
    const CelType *texts = cel_type_list(compiler->arena, cel_type_plain(CEL_TYPE_STRING));
    const struct {
        Slice name;
        const CelType *type;
    } slots[RULE_SLOT_COUNT] = {
        [RULE_SCORE] = {SLICE_INIT("score"), cel_type_plain(CEL_TYPE_INT)},
        [RULE_COVERAGE] = {SLICE_INIT("coverage"), cel_type_plain(CEL_TYPE_DOUBLE)},
        [RULE_RISK_LEVEL] = {SLICE_INIT("risk.level"), cel_type_plain(CEL_TYPE_STRING)},
        [RULE_RISK_CHANGED] = {SLICE_INIT("risk.changed"), cel_type_plain(CEL_TYPE_BOOL)},
        [RULE_RISK_WORSENED] = {SLICE_INIT("risk.worsened"), cel_type_plain(CEL_TYPE_BOOL)},
        [RULE_RISK_IMPROVED] = {SLICE_INIT("risk.improved"), cel_type_plain(CEL_TYPE_BOOL)},
        [RULE_RISK_STANDING] = {SLICE_INIT("risk.standing"), cel_type_plain(CEL_TYPE_STRING)},
        [RULE_PREVIOUS_SCORE] = {SLICE_INIT("previous.score"), cel_type_plain(CEL_TYPE_INT)},
        [RULE_PREVIOUS_LEVEL] = {SLICE_INIT("previous.level"), cel_type_plain(CEL_TYPE_STRING)},
        [RULE_REASONS] = {SLICE_INIT("reasons"), texts},
        [RULE_CHANGES] = {SLICE_INIT("changes"), texts},
    };
    if (texts == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a type"));
    }
    compiler->model->rule_slot = SLOT_SIGNALS + compiler->config->signal_count;
    for (unsigned i = 0; i < RULE_SLOT_COUNT; i++) {
        RETURN_IF_ERROR(cel_declare(compiler->environment, slots[i].name, slots[i].type));
    }
    return ERROR_NONE;
}

static uint32_t needs_of(const Model *model, const CelProgram *program)
{
    return program == NULL ? 0 : program_needs(model, program);
}

/* A text is part of what is told, so what it reads is needed as well. */
static uint32_t template_needs(const Model *model, const Template *text)
{
    uint32_t needs = 0;
    for (uint32_t i = 0; i < text->count; i++) {
        needs |= needs_of(model, text->parts[i].program);
    }
    return needs;
}

static void compile_components(ModelCompiler *compiler)
{
    const Config *config = compiler->config;
    Model *model = compiler->model;
    for (uint32_t i = 0; i < config->component_count; i++) {
        ModelComponent *component = &model->components[i];
        component->config = &config->components[i];
        component->score = compile_expression(compiler, &component->config->score, EXPRESSION_NUMBER);
        component->reason = compile_template(compiler, &component->config->reason);
        component->needs = needs_of(model, component->score);
        model->needs |= component->needs | template_needs(model, &component->reason);
    }
    for (uint32_t i = 0; i < config->gate_count; i++) {
        ModelGate *gate = &model->gates[i];
        gate->config = &config->gates[i];
        gate->when = compile_expression(compiler, &gate->config->when, EXPRESSION_CONDITION);
        gate->reason = compile_template(compiler, &gate->config->reason);
        gate->needs = needs_of(model, gate->when);
        model->needs |= gate->needs | template_needs(model, &gate->reason);
    }
    for (uint32_t i = 0; i < config->segment_count; i++) {
        model->segments[i].config = &config->segments[i];
        model->segments[i].when =
            compile_expression(compiler, &config->segments[i].when, EXPRESSION_CONDITION);
        model->needs |= needs_of(model, model->segments[i].when);
    }
}

static void compile_rules(ModelCompiler *compiler)
{
    const Config *config = compiler->config;
    for (uint32_t i = 0; i < config->rule_count; i++) {
        ModelRule *rule = &compiler->model->rules[i];
        rule->config = &config->rules[i];
        rule->when = compile_expression(compiler, &rule->config->when, EXPRESSION_CONDITION);
        const uint32_t slot = compiler->model->rule_slot;
        rule->reads_change =
            rule->when != NULL && (cel_program_reads(rule->when, slot + RULE_RISK_CHANGED) ||
                                   cel_program_reads(rule->when, slot + RULE_RISK_WORSENED) ||
                                   cel_program_reads(rule->when, slot + RULE_RISK_IMPROVED));
        if (rule->config->due_expression.text.length > 0) {
            rule->due = compile_expression(compiler, &rule->config->due_expression, EXPRESSION_INT);
        }
        rule->task_subject = compile_template(compiler, &rule->config->task_subject);
        rule->task_description = compile_template(compiler, &rule->config->task_description);
        rule->chatter_text = compile_template(compiler, &rule->config->chatter_text);
        const uint32_t needs = needs_of(compiler->model, rule->when);
        rule->needs = rule->reads_change ? 0 : needs;
        compiler->model->needs |= needs | needs_of(compiler->model, rule->due) |
                                  template_needs(compiler->model, &rule->task_subject) |
                                  template_needs(compiler->model, &rule->task_description) |
                                  template_needs(compiler->model, &rule->chatter_text);
    }
}

static void compile_filter(ModelCompiler *compiler)
{
    Model *model = compiler->model;
    const ConfigText *filter = &compiler->config->salesforce.filter_account;
    model->filter_column =
        schema_column(&model->schemas.entities[ENTITY_ACCOUNT].row, SLICE(CONFIG_FILTER_COLUMN));
    if (model->filter_column != UINT32_MAX) {
        if (model->schemas.entities[ENTITY_ACCOUNT].row.columns[model->filter_column].type != ROW_BOOL) {
            COMPILER_ISSUE(compiler, filter, ERROR_CEL_TYPE, SLICE("the filter is neither true nor false"));
        }
    } else if (filter->text.length > 0) {
        model->filter = compile_expression(compiler, filter, EXPRESSION_CONDITION);
    }
}

static bool make_arrays(Arena *arena, const Config *config, Model *model)
{
    model->config = config;
    model->signals = ARENA_ARRAY(arena, ModelSignal, config->signal_count);
    model->components = ARENA_ARRAY(arena, ModelComponent, config->component_count);
    model->gates = ARENA_ARRAY(arena, ModelGate, config->gate_count);
    model->segments = ARENA_ARRAY(arena, ModelSegment, config->segment_count);
    model->rules = ARENA_ARRAY(arena, ModelRule, config->rule_count);
    return model->signals != NULL && model->components != NULL && model->gates != NULL &&
           model->segments != NULL && model->rules != NULL;
}

/* With the schemas made: everything that is CEL, in the order in which names become known. */
static Error compile_all(ModelCompiler *compiler)
{
    RETURN_IF_ERROR(declare_rows(compiler));
    compile_filter(compiler);
    RETURN_IF_ERROR(compile_signals(compiler));
    if (compiler->issues->count > 0 && compiler->model->signals[0].config == NULL) {
        return ERROR_NONE; /* a cycle: nothing that reads signals can be judged */
    }
    compile_components(compiler);
    RETURN_IF_ERROR(declare_rule_slots(compiler));
    compile_rules(compiler);
    compiler->model->needs |= UINT32_C(1) << ENTITY_ACCOUNT;
    return ERROR_NONE;
}

Error model_compile(Arena *arena, const Config *config, const MappedColumn *mapped, size_t mapped_count,
                    const struct Zones *zones, ConfigIssues *issues, Model **result)
{
    issues->count = 0;
    Model *model = ARENA_NEW(arena, Model);
    if (model == NULL || !make_arrays(arena, config, model)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the model"));
    }
    ModelCompiler compiler = {.arena = arena, .config = config, .model = model, .issues = issues};
    compiler.calendar = config_calendar(config, zones);
    RETURN_IF_ERROR(cel_environment_create(arena, &compiler.environment));
    RETURN_IF_ERROR(cel_share_patterns(compiler.environment));
    cel_set_calendar(compiler.environment, compiler.calendar);
    cel_set_budget(compiler.environment, CEL_COST_MAX);
    MappedColumn *guessed = NULL;
    if (mapped == NULL) {
        mapped_count = 0;
        if (!guess_columns(&compiler, &guessed, &mapped_count)) {
            cel_set_checking(compiler.environment, CEL_CHECK_NONE);
        }
        mapped = guessed;
    }
    if (!compiler.out_of_memory) {
        RETURN_IF_ERROR(schemas_make(arena, mapped, mapped_count, &model->schemas));
        RETURN_IF_ERROR(compile_all(&compiler));
    }
    if (compiler.out_of_memory) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the model"));
    }
    if (issues->count > 0) {
        return issues->items[0];
    }
    *result = model;
    return ERROR_NONE;
}
