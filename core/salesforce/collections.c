#include "salesforce/collections.h"

#include "base/assert.h"
#include "salesforce/internal.h"
#include "salesforce/url.h"

static Error finish(Arena *arena, RequestMethod method, Slice purpose, const Buffer *path,
                    const SfRecord *records, size_t count, RequestSpec *spec)
{
    perly_assert(count >= 1 && count <= SF_COLLECTION_RECORDS_MAX);
    Buffer body;
    buffer_init(&body, arena, 0);
    buffer_append(&body, SLICE("{\"allOrNone\":false,\"records\":["));
    for (size_t i = 0; i < count; i++) {
        buffer_append(&body, i == 0 ? SLICE("") : SLICE(","));
        sf_record_append(&body, &records[i]);
    }
    buffer_append(&body, SLICE("]}"));
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
