/* Columns of the score's row, as JSON. */
#include "base/number.h"
#include "base/time.h"
#include "json/writer.h"
#include "score/score.h"

static Error finish(const Buffer *buffer, Slice *json)
{
    if (buffer->failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to write a score"));
    }
    *json = buffer_slice(buffer);
    return ERROR_NONE;
}

Error score_reasons_json(Arena *arena, const Model *model, const ScoreResult *result, Slice *json)
{
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    JsonWriter writer = {&buffer, false};
    json_write_array_begin(&writer);
    for (uint32_t i = 0; i < result->reason_count; i++) {
        const ScoreReason *reason = &result->reasons[i];
        const Slice name = reason->is_gate ? model->gates[reason->index].config->name
                                           : model->components[reason->index].config->name;
        const Slice label = reason->is_gate ? model->gates[reason->index].config->label
                                            : model->components[reason->index].config->label;
        json_write_object_begin(&writer);
        json_write_text_member(&writer, reason->is_gate ? SLICE("gate") : SLICE("component"), name);
        json_write_text_member(&writer, SLICE("label"), label);
        json_write_int64_member(&writer, SLICE("points"), -reason->thousandths);
        json_write_text_member(&writer, SLICE("text"), reason->text);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    return finish(&buffer, json);
}

static void write_component(JsonWriter *writer, const ConfigComponent *config,
                            const ScoreComponent *component)
{
    json_write_object_begin(writer);
    json_write_text_member(writer, SLICE("name"), config->name);
    json_write_double_member(writer, SLICE("weight"), component->weight);
    json_write_key(writer, SLICE("score"));
    if (component->known == SCORE_KNOWN) {
        json_write_double(writer, component->score);
        json_write_int64_member(writer, SLICE("points"), -component->thousandths);
    } else {
        json_write_null(writer);
    }
    if (component->frozen) {
        json_write_bool_member(writer, SLICE("frozen"), true);
    }
    if (component->known == SCORE_ERROR) {
        json_write_text_member(writer, SLICE("error"), slice_from_text(component->error.as.text));
    }
    json_write_object_end(writer);
}

Error score_components_json(Arena *arena, const Model *model, const ScoreResult *result, Slice *json)
{
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    JsonWriter writer = {&buffer, false};
    json_write_array_begin(&writer);
    for (uint32_t i = 0; i < model->config->component_count; i++) {
        write_component(&writer, model->components[i].config, &result->components[i]);
    }
    for (uint32_t i = 0; i < model->config->gate_count; i++) {
        if (result->gates[i].applies) {
            json_write_object_begin(&writer);
            json_write_text_member(&writer, SLICE("gate"), model->gates[i].config->name);
            json_write_double_member(&writer, SLICE("at_most"), model->gates[i].config->at_most);
            json_write_int64_member(&writer, SLICE("points"), -result->gates[i].thousandths);
            json_write_object_end(&writer);
        }
    }
    json_write_array_end(&writer);
    return finish(&buffer, json);
}

static Error read_kept(JsonValue item, const Model *model, ScoreKept *kept)
{
    const Config *config = model->config;
    const JsonValue gate = json_get(item, SLICE("gate"));
    const JsonValue score = json_get(item, SLICE("score"));
    Slice name;
    RETURN_IF_ERROR(json_text(json_present(gate) ? gate : json_get(item, SLICE("name")), &name));
    if (!json_present(gate)) {
        const uint32_t index = model_component_find(model, name);
        if (index != UINT32_MAX && json_type(score) == JSON_NUMBER) {
            kept[index].known = true;
            return json_double(score, &kept[index].score);
        }
        return ERROR_NONE;
    }
    for (uint32_t i = 0; i < config->gate_count; i++) {
        if (slice_equal(config->gates[i].name, name)) {
            kept[config->component_count + i].known = true;
        }
    }
    return ERROR_NONE;
}

Error score_kept_read(Arena *arena, const Model *model, Slice json, ScoreKept *kept)
{
    JsonDocument document;
    for (uint32_t i = 0; i < model->config->component_count + model->config->gate_count; i++) {
        kept[i] = (ScoreKept){false, 0};
    }
    const ArenaMark mark = arena_mark(arena);
    RETURN_IF_ERROR(json_parse(arena, json, &document));
    for (JsonValue item = json_first(json_root(&document)); json_present(item); item = json_next(item)) {
        RETURN_IF_ERROR(read_kept(item, model, kept));
    }
    arena_rewind(arena, mark);
    return ERROR_NONE;
}

static void write_time(JsonWriter *writer, int64_t ms)
{
    char text[TIME_TEXT_BYTES];
    time_print(ms, text);
    json_write_text(writer, slice_make(text, sizeof text));
}

/* Unsigned integers beyond int64 are written as doubles: a signal is a measure. */
static void write_plain(JsonWriter *writer, CelValue value)
{
    switch ((CelKind)value.kind) {
    case CEL_BOOL: json_write_bool(writer, value.as.integer != 0); break;
    case CEL_INT: json_write_int64(writer, value.as.integer); break;
    case CEL_UINT: json_write_double(writer, (double)value.as.uinteger); break;
    case CEL_DOUBLE: json_write_double(writer, value.as.number); break;
    case CEL_STRING: json_write_text(writer, cel_text(value)); break;
    case CEL_TIMESTAMP: write_time(writer, value.as.integer); break;
    case CEL_DURATION: json_write_double(writer, (double)value.as.integer / 1000); break;
    default: json_write_null(writer); break;
    }
}

static void write_value(JsonWriter *writer, CelValue value)
{
    if (value.kind != CEL_LIST) {
        write_plain(writer, value);
        return;
    }
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < value.length; i++) {
        write_plain(writer, value.as.items[i]);
    }
    json_write_array_end(writer);
}

/* {"days_since_touch": {"value": 12}, "usage": {"value": 80, "age": 3600}, "x": {"error": "..."}, "y": {}} */
Error score_signals_json(Arena *arena, const Model *model, const ScoreResult *result, Slice *json)
{
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    JsonWriter writer = {&buffer, false};
    json_write_object_begin(&writer);
    for (uint32_t i = 0; i < model->config->signal_count; i++) {
        const ScoreSignal *signal = &result->signals[i];
        json_write_key(&writer, model->signals[i].config->name);
        json_write_object_begin(&writer);
        if (signal->value.kind == CEL_ERROR) {
            json_write_text_member(&writer, SLICE("error"), slice_from_text(signal->value.as.text));
        } else if (signal->value.kind != CEL_UNKNOWN) {
            json_write_key(&writer, SLICE("value"));
            write_value(&writer, signal->value);
        }
        if (signal->age_ms >= 0) {
            json_write_int64_member(&writer, SLICE("age"), signal->age_ms / 1000);
        }
        json_write_object_end(&writer);
    }
    json_write_object_end(&writer);
    return finish(&buffer, json);
}

/* 0.426 as "42 %": rounded down, so that 49.9 % is not told to be 50 %. */
static void append_percent(Buffer *buffer, double part)
{
    int64_t percent = 0;
    (void)number_to_int64(number_floor(part * 100), &percent);
    buffer_append_int64(buffer, percent);
    buffer_append(buffer, SLICE(" %"));
}

Slice score_unscored_text(Arena *arena, const Model *model, const ScoreResult *result)
{
    Buffer buffer;
    bool first = true;
    switch (result->unscored) {
    case SCORE_IS_SCORED: return SLICE("");
    case UNSCORED_FILTER: return SLICE("the filter leaves it out");
    case UNSCORED_FILTER_UNKNOWN:
        return SLICE("whether the filter admits it is not known: a field that it reads is empty");
    case UNSCORED_COVERAGE: break;
    }
    buffer_init(&buffer, arena, 0);
    buffer_append(&buffer, SLICE("too little is known: "));
    append_percent(&buffer, result->coverage);
    buffer_append(&buffer, SLICE(" of the weight, "));
    append_percent(&buffer, model->config->minimum_coverage);
    buffer_append(&buffer, SLICE(" is needed; unknown:"));
    for (uint32_t i = 0; i < model->config->component_count; i++) {
        if (result->components[i].known != SCORE_KNOWN && !model->config->components[i].optional) {
            buffer_append(&buffer, first ? SLICE(" ") : SLICE(", "));
            first = false;
            buffer_append(&buffer, model->config->components[i].label);
        }
    }
    return buffer.failed ? SLICE("too little is known") : buffer_slice(&buffer);
}
