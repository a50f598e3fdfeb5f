/* The section "model": signals, components, gates, segments, risk. */
#include "config/internal.h"

/* A component, gate or rule may be named once. */
static bool is_repeated(Reader *reader, JsonValue value, Slice name, const Slice *names, size_t stride,
                        uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const Slice *other = (const Slice *)(const void *)((const char *)names + (size_t)i * stride);
        if (slice_equal(name, *other)) {
            READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), name, SLICE("` is defined twice"));
            return true;
        }
    }
    return false;
}

static bool read_signal_object(Reader *reader, JsonValue value, ConfigSignal *signal)
{
    bool imported = false;
    if (!READER_OBJECT(reader, value, SLICE("label"), SLICE("value"), SLICE("imported"), SLICE("max_age"))) {
        return false;
    }
    reader_text(reader, json_get(value, SLICE("label")), &signal->label);
    reader_bool(reader, json_get(value, SLICE("imported")), &imported);
    reader_config_text(reader, json_get(value, SLICE("value")), &signal->expression);
    reader_duration(reader, json_get(value, SLICE("max_age")), &signal->max_age_ms);
    if (imported == (signal->expression.text.length > 0)) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     SLICE("a signal has either `value`, an expression, or `\"imported\": true`"));
        return false;
    }
    if (signal->max_age_ms != 0 && !imported) {
        READER_ISSUE(reader, json_get(value, SLICE("max_age")), ERROR_CONFIG_VALUE,
                     SLICE("`max_age` is for imported signals: others are computed anew each time"));
        return false;
    }
    return true;
}

static void read_signal(Reader *reader, JsonValue value, ConfigSignal *signals)
{
    Config *config = reader->config;
    const Slice name = json_key(value);
    ConfigSignal signal = {
        .name = reader_copy(reader, name), .label = SLICE(""), .expression.text = SLICE("")};
    if (!reader_name(reader, value, name, false)) {
        return;
    }
    const bool read = json_type(value) == JSON_OBJECT ? read_signal_object(reader, value, &signal)
                                                      : reader_config_text(reader, value, &signal.expression);
    if (!read) {
        return;
    }
    if (json_type(value) != JSON_OBJECT && signal.expression.text.length == 0) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("the expression is empty"));
        return;
    }
    if (signal.label.length == 0) {
        signal.label = signal.name;
    }
    uint32_t at = 0;
    while (at < config->signal_count && slice_compare(signals[at].name, name) < 0) {
        at++;
    }
    if (at == config->signal_count || !slice_equal(signals[at].name, name)) {
        memmove(&signals[at + 1], &signals[at], (config->signal_count - at) * sizeof signal);
        config->signal_count++;
    }
    signals[at] = signal;
}

static void read_signals(Reader *reader, JsonValue value)
{
    Config *config = reader->config;
    if (!reader_object(reader, value, NULL, 0)) {
        return;
    }
    const size_t count = json_count(value);
    if (count + config->signal_count > CONFIG_SIGNALS_MAX) {
        READER_ISSUE(reader, value, ERROR_LIMIT_EXCEEDED, SLICE("too many: at most 200 signals are allowed"));
        return;
    }
    ConfigSignal *signals = READER_ARRAY(reader, ConfigSignal, config->signal_count + count);
    if (signals == NULL) {
        return;
    }
    if (config->signal_count > 0) {
        memcpy(signals, config->signals, config->signal_count * sizeof signals[0]);
    }
    config->signals = signals;
    for (JsonValue signal = json_first(value); json_present(signal); signal = json_next(signal)) {
        read_signal(reader, signal, signals);
    }
}

static bool read_component(Reader *reader, JsonValue value, ConfigComponent *component)
{
    *component = (ConfigComponent){.name = SLICE(""), .label = SLICE("")};
    if (!READER_OBJECT(reader, value, SLICE("name"), SLICE("label"), SLICE("weight"), SLICE("optional"),
                       SLICE("score"), SLICE("reason"))) {
        return false;
    }
    const bool complete = reader_required(reader, value, SLICE("name")) &
                          reader_required(reader, value, SLICE("weight")) &
                          reader_required(reader, value, SLICE("score"));
    const bool good =
        reader_text(reader, json_get(value, SLICE("name")), &component->name) &
        reader_text(reader, json_get(value, SLICE("label")), &component->label) &
        reader_double(reader, json_get(value, SLICE("weight")), 0, 1000000, &component->weight) &
        reader_bool(reader, json_get(value, SLICE("optional")), &component->optional) &
        reader_config_text(reader, json_get(value, SLICE("score")), &component->score) &
        reader_config_text(reader, json_get(value, SLICE("reason")), &component->reason);
    if (component->label.length == 0) {
        component->label = component->name;
    }
    return complete && good && reader_name(reader, json_get(value, SLICE("name")), component->name, true);
}

static void read_components(Reader *reader, JsonValue value)
{
    Config *config = reader->config;
    uint32_t count = 0;
    if (!reader_array(reader, value, CONFIG_COMPONENTS_MAX, &count)) {
        return;
    }
    ConfigComponent *components = READER_ARRAY(reader, ConfigComponent, count);
    config->components = components;
    config->component_count = 0;
    if (components == NULL) {
        return;
    }
    double total = 0;
    for (JsonValue item = json_first(value); json_present(item); item = json_next(item)) {
        ConfigComponent *component = &components[config->component_count];
        if (read_component(reader, item, component) &&
            !is_repeated(reader, item, component->name, &components[0].name, sizeof *component,
                         config->component_count)) {
            config->component_count++;
            total += component->weight;
        }
    }
    if (config->component_count == count && total <= 0) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     SLICE("no component has a weight: there is nothing to score"));
    }
}

static bool read_gate(Reader *reader, JsonValue value, ConfigGate *gate)
{
    *gate = (ConfigGate){.name = SLICE(""), .label = SLICE("")};
    if (!READER_OBJECT(reader, value, SLICE("name"), SLICE("label"), SLICE("when"), SLICE("at_most"),
                       SLICE("reason"))) {
        return false;
    }
    const bool complete = reader_required(reader, value, SLICE("name")) &
                          reader_required(reader, value, SLICE("when")) &
                          reader_required(reader, value, SLICE("at_most"));
    const bool good = reader_text(reader, json_get(value, SLICE("name")), &gate->name) &
                      reader_text(reader, json_get(value, SLICE("label")), &gate->label) &
                      reader_config_text(reader, json_get(value, SLICE("when")), &gate->when) &
                      reader_double(reader, json_get(value, SLICE("at_most")), 0, 100, &gate->at_most) &
                      reader_config_text(reader, json_get(value, SLICE("reason")), &gate->reason);
    if (gate->label.length == 0) {
        gate->label = gate->name;
    }
    return complete && good && reader_name(reader, json_get(value, SLICE("name")), gate->name, true);
}

static void read_gates(Reader *reader, JsonValue value)
{
    Config *config = reader->config;
    uint32_t count = 0;
    if (!reader_array(reader, value, CONFIG_GATES_MAX, &count)) {
        return;
    }
    ConfigGate *gates = READER_ARRAY(reader, ConfigGate, count);
    config->gates = gates;
    config->gate_count = 0;
    for (JsonValue item = json_first(value); gates != NULL && json_present(item); item = json_next(item)) {
        ConfigGate *gate = &gates[config->gate_count];
        if (read_gate(reader, item, gate) &&
            !is_repeated(reader, item, gate->name, &gates[0].name, sizeof *gate, config->gate_count)) {
            config->gate_count++;
        }
    }
}

static void read_weights(Reader *reader, JsonValue value, double *weights)
{
    const Config *config = reader->config;
    Slice names[CONFIG_COMPONENTS_MAX];
    for (uint32_t i = 0; i < config->component_count; i++) {
        names[i] = config->components[i].name;
        weights[i] = config->components[i].weight;
    }
    if (!reader_object(reader, value, names, config->component_count)) {
        return;
    }
    double total = 0;
    for (uint32_t i = 0; i < config->component_count; i++) {
        reader_double(reader, json_get(value, names[i]), 0, 1000000, &weights[i]);
        total += weights[i];
    }
    if (total <= 0) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     SLICE("no component has a weight: there is nothing to score"));
    }
}

static void read_segments(Reader *reader, JsonValue value)
{
    Config *config = reader->config;
    uint32_t count = 0;
    if (!reader_array(reader, value, CONFIG_SEGMENTS_MAX, &count)) {
        return;
    }
    ConfigSegment *segments = READER_ARRAY(reader, ConfigSegment, count);
    config->segments = segments;
    config->segment_count = 0;
    for (JsonValue item = json_first(value); segments != NULL && json_present(item); item = json_next(item)) {
        ConfigSegment *segment = &segments[config->segment_count];
        if (!READER_OBJECT(reader, item, SLICE("when"), SLICE("weights")) ||
            !reader_required(reader, item, SLICE("when")) ||
            !reader_required(reader, item, SLICE("weights"))) {
            continue;
        }
        segment->weights = READER_ARRAY(reader, double, config->component_count);
        if (segment->weights != NULL) {
            reader_config_text(reader, json_get(item, SLICE("when")), &segment->when);
            read_weights(reader, json_get(item, SLICE("weights")), segment->weights);
            config->segment_count++;
        }
    }
}

/* False after a mistake. */
static bool read_levels(Reader *reader, JsonValue levels, ConfigRisk *risk)
{
    bool good = true;
    if (!json_present(levels)) {
        return true;
    }
    if (!READER_OBJECT(reader, levels, SLICE("Low"), SLICE("Medium"), SLICE("High"), SLICE("Critical"))) {
        return false;
    }
    for (unsigned i = 0; i < RISK_LEVEL_COUNT; i++) {
        good &= reader_int(reader, json_get(levels, risk_level_name((RiskLevel)i)), 0, 100, &risk->edges[i]);
    }
    if (good && (risk->edges[RISK_CRITICAL] != 0 || risk->edges[RISK_LOW] <= risk->edges[RISK_MEDIUM] ||
                 risk->edges[RISK_MEDIUM] <= risk->edges[RISK_HIGH] || risk->edges[RISK_HIGH] <= 0)) {
        READER_ISSUE(reader, levels, ERROR_CONFIG_VALUE,
                     SLICE("levels are lower edges, so they must fall: Low > Medium > High > Critical, and "
                           "Critical is 0"));
        good = false;
    }
    return good;
}

/* A level that no score is far enough beyond the edge for would be reached by a first score alone. */
static void read_risk(Reader *reader, JsonValue value)
{
    ConfigRisk *risk = &reader->config->risk;
    if (!READER_OBJECT(reader, value, SLICE("levels"), SLICE("hysteresis"), SLICE("hold_up"))) {
        return;
    }
    reader_duration(reader, json_get(value, SLICE("hold_up")), &risk->hold_up_ms);
    const bool good = reader_int(reader, json_get(value, SLICE("hysteresis")), 0, 50, &risk->hysteresis) &
                      read_levels(reader, json_get(value, SLICE("levels")), risk);
    if (good && risk->hysteresis >= risk->edges[RISK_HIGH]) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     SLICE("no account would become Critical any more: the hysteresis must be less than the "
                           "edge of High"));
    }
    if (good && risk->edges[RISK_LOW] + risk->hysteresis > 100) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE,
                     SLICE("no account would become Low any more: the edge of Low and the hysteresis must be "
                           "100 at most"));
    }
}

void config_read_model(Reader *reader, JsonValue model)
{
    Config *config = reader->config;
    if (!READER_OBJECT(reader, model, SLICE("signals"), SLICE("components"), SLICE("gates"),
                       SLICE("segments"), SLICE("risk"), SLICE("minimum_coverage"))) {
        return;
    }
    const JsonValue components = json_get(model, SLICE("components"));
    const JsonValue signals = json_get(model, SLICE("signals"));
    const JsonValue gates = json_get(model, SLICE("gates"));
    const JsonValue segments = json_get(model, SLICE("segments"));
    const JsonValue risk = json_get(model, SLICE("risk"));
    if (json_present(components)) {
        config->signal_count = 0;
        config->gate_count = 0;
        config->segment_count = 0;
        read_components(reader, components);
    }
    if (json_present(signals)) {
        read_signals(reader, signals);
    }
    if (json_present(gates)) {
        read_gates(reader, gates);
    }
    if (json_present(segments)) {
        read_segments(reader, segments);
    }
    if (json_present(risk)) {
        read_risk(reader, risk);
    }
    reader_double(reader, json_get(model, SLICE("minimum_coverage")), 0, 1, &config->minimum_coverage);
}
