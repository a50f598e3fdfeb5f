#include "score_rows.h"

#include "base/time.h"
#include "json/document.h"

static Error read_time(JsonValue value, int64_t *ms)
{
    Slice text;
    RETURN_IF_ERROR(json_text(value, &text));
    return time_parse(text, ms);
}

static Error write_value(RowWriter *writer, uint32_t column, JsonValue value)
{
    int64_t integer = 0;
    double number = 0;
    bool truth = false;
    Slice text;
    switch (writer->schema->columns[column].type) {
    case ROW_INT64:
        RETURN_IF_ERROR(json_int64(value, &integer));
        row_writer_int64(writer, column, integer);
        break;
    case ROW_DOUBLE:
        RETURN_IF_ERROR(json_double(value, &number));
        row_writer_double(writer, column, number);
        break;
    case ROW_BOOL:
        RETURN_IF_ERROR(json_bool(value, &truth));
        row_writer_bool(writer, column, truth);
        break;
    case ROW_TIME:
        RETURN_IF_ERROR(read_time(value, &integer));
        row_writer_time(writer, column, integer);
        break;
    default:
        RETURN_IF_ERROR(json_text(value, &text));
        row_writer_text(writer, column, text);
        break;
    }
    return ERROR_NONE;
}

static Error add_entity(Arena *arena, JsonValue list, Entity entity, Features *features)
{
    const RowSchema *schema = &features->model->schemas.entities[entity].stored;
    RowWriter writer;
    RowBatch batch;
    Slice bytes;
    row_writer_init(&writer, arena, schema, 0);
    for (JsonValue row = json_first(list); json_present(row); row = json_next(row)) {
        row_writer_begin(&writer);
        for (JsonValue member = json_first(row); json_present(member); member = json_next(member)) {
            const uint32_t column = schema_column(schema, json_key(member));
            if (column == UINT32_MAX) {
                return json_error(member, ERROR_CONFIG_FIELD, SLICE("no such column"));
            }
            if (json_type(member) == JSON_NULL) {
                row_writer_null(&writer, column);
            } else {
                RETURN_IF_ERROR(write_value(&writer, column, member));
            }
        }
        RETURN_IF_ERROR(row_writer_end(&writer));
    }
    RETURN_IF_ERROR(row_writer_finish(&writer, &bytes));
    RETURN_IF_ERROR(row_batch_open(&batch, bytes, schema));
    return features_add(features, entity, &batch);
}

static Error add_signals(Arena *arena, JsonValue list, Features *features)
{
    SuppliedSignal *signals = ARENA_ARRAY(arena, SuppliedSignal, json_count(list));
    size_t count = 0;
    for (JsonValue item = json_first(list); json_present(item); item = json_next(item)) {
        SuppliedSignal *signal = &signals[count++];
        RETURN_IF_ERROR(json_text(json_get(item, SLICE("account_id")), &signal->account_id));
        RETURN_IF_ERROR(json_text(json_get(item, SLICE("name")), &signal->name));
        RETURN_IF_ERROR(json_double(json_get(item, SLICE("value")), &signal->value));
        RETURN_IF_ERROR(read_time(json_get(item, SLICE("at")), &signal->at_ms));
        signal->first_seen_ms = signal->at_ms;
        if (json_present(json_get(item, SLICE("seen")))) {
            RETURN_IF_ERROR(read_time(json_get(item, SLICE("seen")), &signal->first_seen_ms));
        }
    }
    features_signals(features, signals, count);
    return ERROR_NONE;
}

static Error add_changes(Arena *arena, JsonValue list, Features *features)
{
    LoggedChange *changes = ARENA_ARRAY(arena, LoggedChange, json_count(list));
    size_t count = 0;
    for (JsonValue item = json_first(list); json_present(item); item = json_next(item)) {
        LoggedChange *change = &changes[count++];
        RETURN_IF_ERROR(json_text(json_get(item, SLICE("id")), &change->id));
        RETURN_IF_ERROR(json_text(json_get(item, SLICE("column")), &change->column));
        RETURN_IF_ERROR(json_text_or(json_get(item, SLICE("old")), SLICE(""), &change->old_text));
        RETURN_IF_ERROR(json_text_or(json_get(item, SLICE("new")), SLICE(""), &change->new_text));
        change->old_known = json_type(json_get(item, SLICE("old"))) == JSON_TEXT;
        change->new_known = json_type(json_get(item, SLICE("new"))) == JSON_TEXT;
        RETURN_IF_ERROR(read_time(json_get(item, SLICE("stamp")), &change->stamp_ms));
        RETURN_IF_ERROR(read_time(json_get(item, SLICE("seen")), &change->seen_ms));
    }
    features_changes(features, changes, count);
    return ERROR_NONE;
}

Error score_rows_add(Arena *arena, Slice json, Features *features)
{
    JsonDocument *document = ARENA_NEW(arena, JsonDocument);
    if (document == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for rows"));
    }
    RETURN_IF_ERROR(json_parse(arena, json, document));
    const JsonValue root = json_root(document);
    for (JsonValue section = json_first(root); json_present(section); section = json_next(section)) {
        bool known = slice_equal(json_key(section), SLICE("signals")) ||
                     slice_equal(json_key(section), SLICE("changes"));
        for (unsigned i = 0; i < ENTITY_COUNT; i++) {
            if (slice_equal(features->model->schemas.entities[i].table, json_key(section))) {
                RETURN_IF_ERROR(add_entity(arena, section, (Entity)i, features));
                known = true;
            }
        }
        if (!known) {
            return json_error(section, ERROR_CONFIG_KEY, SLICE("no such table"));
        }
    }
    RETURN_IF_ERROR(add_signals(arena, json_get(root, SLICE("signals")), features));
    return add_changes(arena, json_get(root, SLICE("changes")), features);
}
