#include "salesforce/collections.h"

#include "base/assert.h"
#include "salesforce/errors.h"
#include "salesforce/internal.h"
#include "salesforce/url.h"

static Error finish(Arena *arena, RequestMethod method, Slice purpose, const Buffer *path,
                    const SfRecord *records, size_t count, RequestSpec *spec)
{
    perly_assert(count >= 1 && count <= SF_COLLECTION_RECORDS_MAX);
    Buffer body;
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    json_write_object_begin(&json);
    json_write_bool_member(&json, SLICE("allOrNone"), false);
    json_write_key(&json, SLICE("records"));
    json_write_array_begin(&json);
    for (size_t i = 0; i < count; i++) {
        sf_record_write(&json, &records[i]);
    }
    json_write_array_end(&json);
    json_write_object_end(&json);
    return spec_finish(spec, method, purpose, path, SPEC_JSON, &body);
}

Error sf_collection_update(Arena *arena, Slice version, const SfRecord *records, size_t count,
                           RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/composite/sobjects"));
    return finish(arena, METHOD_PATCH, SLICE("collection.update"), &path, records, count, spec);
}

Error sf_collection_upsert(Arena *arena, Slice version, Slice object, Slice key_field,
                           const SfRecord *records, size_t count, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/composite/sobjects/"));
    sf_url_append(&path, object);
    buffer_append_byte(&path, '/');
    sf_url_append(&path, key_field);
    return finish(arena, METHOD_PATCH, SLICE("collection.upsert"), &path, records, count, spec);
}

Error sf_collection_create(Arena *arena, Slice version, const SfRecord *records, size_t count,
                           RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/composite/sobjects"));
    RETURN_IF_ERROR(finish(arena, METHOD_POST, SLICE("collection.create"), &path, records, count, spec));
    spec->once = true;
    return ERROR_NONE;
}

typedef struct Results {
    Arena *arena;
    SfResult *results;
    size_t count;
    size_t room;
} Results;

static Error read_result(Arena *arena, JsonValue value, SfResult *result)
{
    bool success = false;
    Slice id = SLICE("");
    RETURN_IF_ERROR(json_bool(json_get(value, SLICE("success")), &success));
    RETURN_IF_ERROR(json_text_or(json_get(value, SLICE("id")), SLICE(""), &id));
    RETURN_IF_ERROR(answer_flag(value, SLICE("created"), &result->created));
    if (id.length != 0) {
        RETURN_IF_ERROR(sf_id_normalise(id, result->id));
    }
    if (!success) {
        result->error = sf_record_error_read(arena, json_first(json_get(value, SLICE("errors"))),
                                             slice_make(result->id, id.length == 0 ? 0 : SF_ID_BYTES));
        return ERROR_NONE;
    }
    return id.length == 0 ? json_error(value, ERROR_JSON_TYPE, SLICE("a success without an id")) : ERROR_NONE;
}

static Error on_result(void *context, JsonValue value)
{
    Results *results = context;
    if (results->count == results->room) {
        return error_make(ERROR_SF_ANSWER, SLICE("more results than records"));
    }
    results->results[results->count] = (SfResult){.error = ERROR_NONE};
    RETURN_IF_ERROR(read_result(results->arena, value, &results->results[results->count]));
    results->count++;
    return ERROR_NONE;
}

Error sf_collection_read(Arena *arena, Arena *scratch, Slice body, SfResult *results, size_t count)
{
    Results read = {.arena = arena, .results = results, .room = count};
    RETURN_IF_ERROR(answer_error(SLICE("results of a collection"),
                                 answer_split(scratch, body, SLICE(""), on_result, &read, NULL)));
    if (read.count != count) {
        return error_make(ERROR_SF_ANSWER, SLICE("fewer results than records"));
    }
    return ERROR_NONE;
}
