/*
 * The resolved configuration as JSON, canonical (RFC 8785), and its hashes: equal configurations give equal
 * bytes. It is written in order of keys, so that nothing is sorted or read again: a process that scores one
 * account waits for this.
 */
#include "base/hash.h"
#include "config/internal.h"

/* Where the parts that make the model's hash stand in the text. */
typedef struct Parts {
    size_t holidays_end; /* they stand first; 1 when there are none */
    size_t model_begin;  /* "mapping": ..., "model": ... */
    size_t model_end;
    size_t filter_begin;
    size_t filter_end;
} Parts;

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

static void write_mapping(JsonWriter *writer, const Config *config)
{
    static const struct {
        Slice key;
        Entity entity;
    } entities[] = {{SLICE_INIT("account"), ENTITY_ACCOUNT},
                    {SLICE_INIT("activity"), ENTITY_ACTIVITY},
                    {SLICE_INIT("contact"), ENTITY_CONTACT},
                    {SLICE_INIT("opportunity"), ENTITY_OPPORTUNITY},
                    {SLICE_INIT("user"), ENTITY_USER}};
    json_write_key(writer, SLICE("mapping"));
    json_write_object_begin(writer);
    for (size_t at = 0; at < sizeof entities / sizeof entities[0]; at++) {
        const ConfigMappings *mappings = &config->mappings[entities[at].entity];
        json_write_key(writer, entities[at].key);
        json_write_object_begin(writer);
        if (mappings->all_fields) {
            json_write_bool_member(writer, SLICE("*"), true); /* before every letter */
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

static void write_components(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("components"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->component_count; i++) {
        const ConfigComponent *component = &config->components[i];
        json_write_object_begin(writer);
        json_write_text_member(writer, SLICE("label"), component->label);
        json_write_text_member(writer, SLICE("name"), component->name);
        json_write_bool_member(writer, SLICE("optional"), component->optional);
        write_optional(writer, SLICE("reason"), component->reason.text);
        json_write_text_member(writer, SLICE("score"), component->score.text);
        json_write_double_member(writer, SLICE("weight"), component->weight);
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
        json_write_double_member(writer, SLICE("at_most"), gate->at_most);
        json_write_text_member(writer, SLICE("label"), gate->label);
        json_write_text_member(writer, SLICE("name"), gate->name);
        write_optional(writer, SLICE("reason"), gate->reason.text);
        json_write_text_member(writer, SLICE("when"), gate->when.text);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_risk(JsonWriter *writer, const ConfigRisk *risk)
{
    static const RiskLevel by_name[] = {RISK_CRITICAL, RISK_HIGH, RISK_LOW, RISK_MEDIUM};
    json_write_key(writer, SLICE("risk"));
    json_write_object_begin(writer);
    write_duration(writer, SLICE("hold_up"), risk->hold_up_ms);
    json_write_int64_member(writer, SLICE("hysteresis"), risk->hysteresis);
    json_write_key(writer, SLICE("levels"));
    json_write_object_begin(writer);
    for (unsigned i = 0; i < RISK_LEVEL_COUNT; i++) {
        json_write_int64_member(writer, risk_level_name(by_name[i]), risk->edges[by_name[i]]);
    }
    json_write_object_end(writer);
    json_write_object_end(writer);
}

/* The component whose name follows `after` in order. Names are unique. */
static const ConfigComponent *next_component(const Config *config, Slice after)
{
    const ConfigComponent *next = NULL;
    for (uint32_t i = 0; i < config->component_count; i++) {
        const ConfigComponent *component = &config->components[i];
        if (slice_compare(component->name, after) > 0 &&
            (next == NULL || slice_compare(component->name, next->name) < 0)) {
            next = component;
        }
    }
    return next;
}

static void write_segments(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("segments"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->segment_count; i++) {
        const ConfigSegment *segment = &config->segments[i];
        json_write_object_begin(writer);
        json_write_key(writer, SLICE("weights"));
        json_write_object_begin(writer);
        for (const ConfigComponent *component = next_component(config, SLICE("")); component != NULL;
             component = next_component(config, component->name)) {
            json_write_double_member(writer, component->name,
                                     segment->weights[component - config->components]);
        }
        json_write_object_end(writer);
        json_write_text_member(writer, SLICE("when"), segment->when.text);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_signals(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("signals"));
    json_write_object_begin(writer);
    for (uint32_t i = 0; i < config->signal_count; i++) {
        const ConfigSignal *signal = &config->signals[i];
        const bool imported = signal->expression.text.length == 0;
        json_write_key(writer, signal->name);
        json_write_object_begin(writer);
        if (imported) {
            json_write_bool_member(writer, SLICE("imported"), true);
        }
        json_write_text_member(writer, SLICE("label"), signal->label);
        if (imported) {
            write_duration(writer, SLICE("max_age"), signal->max_age_ms);
        }
        write_optional(writer, SLICE("value"), signal->expression.text);
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

static void write_model(JsonWriter *writer, const Config *config)
{
    json_write_key(writer, SLICE("model"));
    json_write_object_begin(writer);
    write_components(writer, config);
    write_gates(writer, config);
    json_write_double_member(writer, SLICE("minimum_coverage"), config->minimum_coverage);
    write_risk(writer, &config->risk);
    write_segments(writer, config);
    write_signals(writer, config);
    json_write_object_end(writer);
}

static void write_task(JsonWriter *writer, const ConfigRule *rule)
{
    json_write_key(writer, SLICE("task"));
    json_write_object_begin(writer);
    write_optional(writer, SLICE("description"), rule->task_description.text);
    json_write_key(writer, SLICE("due"));
    json_write_object_begin(writer);
    if (rule->due_expression.text.length > 0) {
        json_write_text_member(writer, SLICE("business_days"), rule->due_expression.text);
    } else {
        json_write_int64_member(writer, SLICE("business_days"), rule->due_business_days);
    }
    json_write_object_end(writer);
    json_write_text_member(writer, SLICE("priority"), rule->task_priority);
    if (rule->reminder_hour >= 0) {
        json_write_key(writer, SLICE("reminder"));
        json_write_object_begin(writer);
        json_write_int64_member(writer, SLICE("hour"), rule->reminder_hour);
        json_write_object_end(writer);
    }
    json_write_text_member(writer, SLICE("subject"), rule->task_subject.text);
    json_write_object_end(writer);
}

static void write_rule(JsonWriter *writer, const ConfigRule *rule)
{
    static const Slice modes[] = {
        [RULE_SHADOW] = SLICE_INIT("shadow"), [RULE_ON] = SLICE_INIT("on"), [RULE_OFF] = SLICE_INIT("off")};
    json_write_object_begin(writer);
    if (rule->has_chatter) {
        json_write_key(writer, SLICE("chatter"));
        json_write_object_begin(writer);
        if (rule->chatter_mentions_owner) {
            json_write_text_member(writer, SLICE("mention"), SLICE("owner"));
        }
        json_write_text_member(writer, SLICE("text"), rule->chatter_text.text);
        json_write_object_end(writer);
    }
    write_duration(writer, SLICE("cooldown"), rule->cooldown_ms);
    json_write_text_member(writer, SLICE("mode"), modes[rule->mode]);
    json_write_text_member(writer, SLICE("name"), rule->name);
    json_write_bool_member(writer, SLICE("on_first"), rule->on_first);
    if (rule->has_task) {
        write_task(writer, rule);
    }
    json_write_text_member(writer, SLICE("when"), rule->when.text);
    json_write_object_end(writer);
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
    if (limits->api_calls_per_day != 0) {
        json_write_int64_member(writer, SLICE("api_calls_per_day"), limits->api_calls_per_day);
    }
    json_write_double_member(writer, SLICE("api_reserve"), limits->api_reserve);
    if (limits->history_months != CONFIG_HISTORY_MONTHS) {
        json_write_int64_member(writer, SLICE("history_months"), limits->history_months);
    }
    json_write_int64_member(writer, SLICE("tasks_per_owner_day"), limits->tasks_per_owner_day);
    json_write_object_end(writer);
}

/* A duration that joined later: as it is by default it is not written, and hashes stay. */
static void write_joined(JsonWriter *writer, Slice key, int64_t ms, int64_t by_default)
{
    if (ms != by_default) {
        write_duration(writer, key, ms);
    }
}

static void write_salesforce(JsonWriter *writer, const ConfigSalesforce *salesforce, Parts *parts)
{
    json_write_key(writer, SLICE("salesforce"));
    json_write_object_begin(writer);
    json_write_text_member(writer, SLICE("api_version"), salesforce->api_version);
    write_optional(writer, SLICE("fallback_owner"), salesforce->fallback_owner);
    parts->filter_begin = writer->buffer->length + 1; /* behind the comma */
    json_write_key(writer, SLICE("filter"));
    json_write_object_begin(writer);
    write_optional(writer, SLICE("account"), salesforce->filter_account.text);
    json_write_object_end(writer);
    parts->filter_end = writer->buffer->length;
    write_joined(writer, SLICE("lag"), salesforce->lag_ms, CONFIG_LAG_MS);
    json_write_text_member(writer, SLICE("login"), salesforce->login);
    write_joined(writer, SLICE("overlap"), salesforce->overlap_ms, CONFIG_OVERLAP_MS);
    write_duration(writer, SLICE("poll"), salesforce->poll_ms);
    config_write_refresh(writer, salesforce);
    if (!slice_equal(salesforce->small_windows, SLICE("bulk"))) { /* it joined later: hashes stay */
        json_write_text_member(writer, SLICE("small_windows"), salesforce->small_windows);
    }
    json_write_text_member(writer, SLICE("touch"), salesforce->touch);
    json_write_object_end(writer);
}

static void write_document(JsonWriter *writer, const Config *config, Parts *parts)
{
    json_write_object_begin(writer);
    config_write_holidays(writer, config);
    parts->holidays_end = writer->buffer->length;
    write_limits(writer, &config->limits);
    parts->model_begin = writer->buffer->length + 1;
    write_mapping(writer, config);
    write_model(writer, config);
    parts->model_end = writer->buffer->length;
    json_write_key(writer, SLICE("rules"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->rule_count; i++) {
        write_rule(writer, &config->rules[i]);
    }
    json_write_array_end(writer);
    write_salesforce(writer, &config->salesforce, parts);
    json_write_object_end(writer);
}

static void hash_texts(const Slice *texts, size_t count, char hex[SHA256_HEX_BYTES])
{
    Sha256 hash;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&hash);
    for (size_t i = 0; i < count; i++) {
        sha256_update(&hash, texts[i]);
    }
    sha256_finish(&hash, digest);
    hash_hex(digest, sizeof digest, hex);
}

static Error write_parts(Arena *arena, const Config *config, Parts *parts, Slice *text)
{
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    JsonWriter writer = {&buffer, false};
    write_document(&writer, config, parts);
    if (buffer.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to write the configuration"));
    }
    *text = buffer_slice(&buffer);
    return ERROR_NONE;
}

Error config_write_canonical(Arena *arena, const Config *config, Slice *text)
{
    Parts parts = {0};
    return write_parts(arena, config, &parts, text);
}

Error config_hashes(Arena *arena, Config *config)
{
    const ArenaMark mark = arena_mark(arena);
    Parts parts = {0};
    Slice canonical;
    RETURN_IF_ERROR(write_parts(arena, config, &parts, &canonical));
    hash_texts(&canonical, 1, config->hash);
    const Slice filter = slice_part(canonical, parts.filter_begin, parts.filter_end);
    const Slice model = slice_part(canonical, parts.model_begin, parts.model_end);
    const bool counted = slice_find(filter, SLICE("business_days"), 0) != SIZE_MAX ||
                         slice_find(model, SLICE("business_days"), 0) != SIZE_MAX;
    const Slice holidays = slice_part(canonical, 1, counted ? parts.holidays_end : 1);
    const Slice comma = slice_part(SLICE(","), 0, holidays.length > 0);
    const Slice texts[] = {SLICE("{"), filter, SLICE(","), model, comma, holidays, SLICE("}")};
    hash_texts(texts, sizeof texts / sizeof texts[0], config->model_hash);
    arena_rewind(arena, mark);
    return ERROR_NONE;
}
