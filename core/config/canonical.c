/* The resolved configuration as JSON, canonical, and its hashes: equal configurations give equal bytes. */
#include "config/internal.h"

/* Only what is there: an absent text and an empty one mean the same. */
static void write_optional(JsonWriter *writer, Slice key, Slice text)
{
    if (text.length > 0) {
        json_write_text_member(writer, key, text);
    }
}

/* In the largest unit that gives an integer: 24h and 1d are the same. */
static void write_duration(JsonWriter *writer, Slice key, int64_t ms)
{
    static const struct {
        Slice unit;
        int64_t ms;
    } units[] = {{SLICE_INIT("w"), 604800000},
                 {SLICE_INIT("d"), 86400000},
                 {SLICE_INIT("h"), 3600000},
                 {SLICE_INIT("m"), 60000},
                 {SLICE_INIT("s"), 1000}};
    size_t at = 0;
    while (ms % units[at].ms != 0) {
        at++;
    }
    json_write_key(writer, key);
    buffer_append(writer->buffer, ms == 0 ? SLICE("\"0s") : SLICE("\""));
    if (ms != 0) {
        buffer_append_int64(writer->buffer, ms / units[at].ms);
        buffer_append(writer->buffer, units[at].unit);
    }
    buffer_append_byte(writer->buffer, '"');
    writer->comma = true;
}

static void write_filter(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("filter"));
    json_write_object_begin(writer);
    write_optional(writer, SLICE("account"), config->salesforce.filter_account.text);
    json_write_object_end(writer);
}

static void write_mapping(JsonWriter *writer, const Config *config)
{
    static const Slice keys[ENTITY_ROLE] = {SLICE_INIT("account"), SLICE_INIT("contact"),
                                            SLICE_INIT("opportunity"), SLICE_INIT("activity"),
                                            SLICE_INIT("user")};
    json_write_key(writer, SLICE("mapping"));
    json_write_object_begin(writer);
    for (unsigned entity = 0; entity < ENTITY_ROLE; entity++) {
        const ConfigMappings *mappings = &config->mappings[entity];
        json_write_key(writer, keys[entity]);
        json_write_object_begin(writer);
        if (mappings->all_fields) {
            json_write_bool_member(writer, SLICE("*"), true);
        }
        for (uint32_t i = 0; i < mappings->count; i++) {
            if (!slice_equal(mappings->items[i].name, SLICE(CONFIG_FILTER_COLUMN))) {
                json_write_text_member(writer, mappings->items[i].name, mappings->items[i].expression.text);
            }
        }
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

static void write_signals(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("signals"));
    json_write_object_begin(writer);
    for (uint32_t i = 0; i < config->signal_count; i++) {
        const ConfigSignal *signal = &config->signals[i];
        json_write_key(writer, signal->name);
        json_write_object_begin(writer);
        json_write_text_member(writer, SLICE("label"), signal->label);
        write_optional(writer, SLICE("value"), signal->expression.text);
        if (signal->expression.text.length == 0) {
            json_write_bool_member(writer, SLICE("imported"), true);
            write_duration(writer, SLICE("max_age"), signal->max_age_ms);
        }
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

static void write_components(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("components"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->component_count; i++) {
        const ConfigComponent *component = &config->components[i];
        json_write_object_begin(writer);
        json_write_text_member(writer, SLICE("name"), component->name);
        json_write_text_member(writer, SLICE("label"), component->label);
        json_write_double_member(writer, SLICE("weight"), component->weight);
        json_write_bool_member(writer, SLICE("optional"), component->optional);
        json_write_text_member(writer, SLICE("score"), component->score.text);
        write_optional(writer, SLICE("reason"), component->reason.text);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_gates(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("gates"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->gate_count; i++) {
        const ConfigGate *gate = &config->gates[i];
        json_write_object_begin(writer);
        json_write_text_member(writer, SLICE("name"), gate->name);
        json_write_text_member(writer, SLICE("label"), gate->label);
        json_write_text_member(writer, SLICE("when"), gate->when.text);
        json_write_double_member(writer, SLICE("at_most"), gate->at_most);
        write_optional(writer, SLICE("reason"), gate->reason.text);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_segments(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("segments"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->segment_count; i++) {
        json_write_object_begin(writer);
        json_write_text_member(writer, SLICE("when"), config->segments[i].when.text);
        json_write_key(writer, SLICE("weights"));
        json_write_object_begin(writer);
        for (uint32_t j = 0; j < config->component_count; j++) {
            json_write_double_member(writer, config->components[j].name, config->segments[i].weights[j]);
        }
        json_write_object_end(writer);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_model(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("model"));
    json_write_object_begin(writer);
    write_signals(writer, config);
    write_components(writer, config);
    write_gates(writer, config);
    write_segments(writer, config);
    json_write_double_member(writer, SLICE("minimum_coverage"), config->minimum_coverage);
    json_write_key(writer, SLICE("risk"));
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("levels"));
    json_write_object_begin(writer);
    for (unsigned i = 0; i < RISK_LEVEL_COUNT; i++) {
        json_write_int64_member(writer, risk_level_name((RiskLevel)i), config->risk.edges[i]);
    }
    json_write_object_end(writer);
    json_write_int64_member(writer, SLICE("hysteresis"), config->risk.hysteresis);
    write_duration(writer, SLICE("hold_up"), config->risk.hold_up_ms);
    json_write_object_end(writer);
    json_write_object_end(writer);
}

static void write_task(JsonWriter *writer, const ConfigRule *rule)
{
    json_write_key(writer, SLICE("task"));
    json_write_object_begin(writer);
    json_write_text_member(writer, SLICE("subject"), rule->task_subject.text);
    write_optional(writer, SLICE("description"), rule->task_description.text);
    json_write_text_member(writer, SLICE("priority"), rule->task_priority);
    json_write_key(writer, SLICE("due"));
    json_write_object_begin(writer);
    if (rule->due_expression.text.length > 0) {
        json_write_text_member(writer, SLICE("business_days"), rule->due_expression.text);
    } else {
        json_write_int64_member(writer, SLICE("business_days"), rule->due_business_days);
    }
    json_write_object_end(writer);
    if (rule->reminder_hour >= 0) {
        json_write_key(writer, SLICE("reminder"));
        json_write_object_begin(writer);
        json_write_int64_member(writer, SLICE("hour"), rule->reminder_hour);
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

static void write_rules(JsonWriter *writer, const Config *config)
{
    static const Slice modes[] = {
        [RULE_SHADOW] = SLICE_INIT("shadow"), [RULE_ON] = SLICE_INIT("on"), [RULE_OFF] = SLICE_INIT("off")};
    json_write_key(writer, SLICE("rules"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->rule_count; i++) {
        const ConfigRule *rule = &config->rules[i];
        json_write_object_begin(writer);
        json_write_text_member(writer, SLICE("name"), rule->name);
        json_write_text_member(writer, SLICE("when"), rule->when.text);
        if (rule->has_task) {
            write_task(writer, rule);
        }
        if (rule->has_chatter) {
            json_write_key(writer, SLICE("chatter"));
            json_write_object_begin(writer);
            json_write_text_member(writer, SLICE("text"), rule->chatter_text.text);
            if (rule->chatter_mentions_owner) {
                json_write_text_member(writer, SLICE("mention"), SLICE("owner"));
            }
            json_write_object_end(writer);
        }
        write_duration(writer, SLICE("cooldown"), rule->cooldown_ms);
        json_write_bool_member(writer, SLICE("on_first"), rule->on_first);
        json_write_text_member(writer, SLICE("mode"), modes[rule->mode]);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_limits(JsonWriter *writer, const ConfigLimits *limits)
{
    json_write_key(writer, SLICE("limits"));
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("actions_per_run"));
    json_write_object_begin(writer);
    json_write_int64_member(writer, SLICE("at_least"), limits->actions_at_least);
    json_write_double_member(writer, SLICE("percent"), limits->actions_percent);
    json_write_object_end(writer);
    json_write_int64_member(writer, SLICE("tasks_per_owner_day"), limits->tasks_per_owner_day);
    json_write_double_member(writer, SLICE("api_reserve"), limits->api_reserve);
    if (limits->api_calls_per_day != 0) {
        json_write_int64_member(writer, SLICE("api_calls_per_day"), limits->api_calls_per_day);
    }
    json_write_object_end(writer);
}

static void write_document(JsonWriter *writer, const Config *config)
{
    const ConfigSalesforce *salesforce = &config->salesforce;
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("salesforce"));
    json_write_object_begin(writer);
    json_write_text_member(writer, SLICE("login"), salesforce->login);
    json_write_text_member(writer, SLICE("api_version"), salesforce->api_version);
    write_duration(writer, SLICE("poll"), salesforce->poll_ms);
    json_write_text_member(writer, SLICE("touch"), salesforce->touch);
    write_optional(writer, SLICE("fallback_owner"), salesforce->fallback_owner);
    write_filter(writer, config);
    json_write_object_end(writer);
    write_mapping(writer, config);
    write_model(writer, config);
    write_rules(writer, config);
    write_limits(writer, &config->limits);
    config_write_holidays(writer, config);
    json_write_object_end(writer);
}

static void write_model_document(JsonWriter *writer, const Config *config)
{
    json_write_object_begin(writer);
    write_filter(writer, config);
    write_mapping(writer, config);
    write_model(writer, config);
    json_write_object_end(writer);
}

/* Writes the document in `scratch`, then sorted in `canonical`. */
static Error make_canonical(Arena *scratch, const Config *config, void (*write)(JsonWriter *, const Config *),
                            Buffer *canonical)
{
    Buffer text;
    JsonDocument document;
    buffer_init(&text, scratch, 0);
    JsonWriter writer = {&text, false};
    write(&writer, config);
    if (text.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to write the configuration"));
    }
    RETURN_IF_ERROR(json_parse(scratch, buffer_slice(&text), &document));
    JsonWriter sorted = {canonical, false};
    return json_write_canonical(&sorted, json_root(&document));
}

static void hash_text(Slice text, char hex[SHA256_HEX_BYTES])
{
    Sha256 hash;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&hash);
    sha256_update(&hash, text);
    sha256_finish(&hash, digest);
    hash_hex(digest, sizeof digest, hex);
}

static Error make_hashes(Arena *arena, Arena *scratch, Config *config)
{
    Buffer canonical;
    Buffer model;
    buffer_init(&canonical, arena, 0);
    buffer_init(&model, scratch, 0);
    RETURN_IF_ERROR(make_canonical(scratch, config, write_document, &canonical));
    RETURN_IF_ERROR(make_canonical(scratch, config, write_model_document, &model));
    config->canonical = buffer_slice(&canonical);
    hash_text(config->canonical, config->hash);
    hash_text(buffer_slice(&model), config->model_hash);
    return ERROR_NONE;
}

Error config_hashes(Arena *arena, Config *config)
{
    Arena scratch;
    arena_init(&scratch, arena->allocator, 0);
    const Error error = make_hashes(arena, &scratch, config);
    arena_free(&scratch);
    return error.code == ERROR_OK ? ERROR_NONE
                                  : error_make(error.code, SLICE("no memory to write the configuration"));
}
