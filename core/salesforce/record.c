#include "salesforce/record.h"

#include "base/time.h"
#include "salesforce/errors.h"
#include "salesforce/internal.h"
#include "salesforce/url.h"

enum { DATE_TEXT_BYTES = 10 };

static void write_time(JsonWriter *json, int64_t ms, size_t length)
{
    char text[TIME_TEXT_BYTES];
    time_print(ms, text);
    json_write_text(json, slice_make(text, length));
}

static void write_value(JsonWriter *json, const SfField *field)
{
    switch (field->kind) {
    case SF_VALUE_NULL: json_write_null(json); break;
    case SF_VALUE_TEXT: json_write_text(json, field->text); break;
    case SF_VALUE_NUMBER: json_write_double(json, field->number); break;
    case SF_VALUE_BOOL: json_write_bool(json, field->ms != 0); break;
    case SF_VALUE_TIME: write_time(json, field->ms, TIME_TEXT_BYTES); break;
    case SF_VALUE_DATE: write_time(json, field->ms, DATE_TEXT_BYTES); break;
    }
}

void sf_record_write(JsonWriter *json, const SfRecord *record)
{
    json_write_object_begin(json);
    if (record->object.length != 0) {
        json_write_key(json, SLICE("attributes"));
        json_write_object_begin(json);
        spec_json_pair(json, SLICE("type"), record->object);
        json_write_object_end(json);
    }
    if (record->id.length != 0) {
        spec_json_pair(json, SLICE("id"), record->id);
    }
    for (size_t i = 0; i < record->field_count; i++) {
        json_write_key(json, record->fields[i].name);
        write_value(json, &record->fields[i]);
    }
    json_write_object_end(json);
}

Error sf_record_create(Arena *arena, Slice version, Slice purpose, Slice object, const SfField *fields,
                       size_t count, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/sobjects/"));
    sf_url_append(&path, object);
    Buffer body;
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    const SfRecord record = {.fields = fields, .field_count = count};
    sf_record_write(&json, &record);
    RETURN_IF_ERROR(spec_finish(spec, METHOD_POST, purpose, &path, SPEC_JSON, &body));
    spec->once = true;
    return ERROR_NONE;
}

Error sf_record_delete(Arena *arena, Slice version, Slice purpose, Slice object, Slice id, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/sobjects/"));
    sf_url_append(&path, object);
    buffer_append_byte(&path, '/');
    sf_url_append(&path, id);
    return spec_finish(spec, METHOD_DELETE, purpose, &path, SLICE(""), NULL);
}

static Error read_created(Arena *arena, Slice body, char id[SF_ID_BYTES])
{
    JsonDocument document;
    Slice text = SLICE("");
    bool success = false;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue root = json_root(&document);
    RETURN_IF_ERROR(json_bool(json_get(root, SLICE("success")), &success));
    if (!success) {
        return sf_record_error_read(arena, json_first(json_get(root, SLICE("errors"))), SLICE(""));
    }
    RETURN_IF_ERROR(json_text(json_get(root, SLICE("id")), &text));
    return sf_id_normalise(text, id);
}

Error sf_record_created_read(Arena *arena, Slice body, char id[SF_ID_BYTES])
{
    return answer_error(SLICE("answer to a create"), read_created(arena, body, id));
}
