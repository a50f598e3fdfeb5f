#include "salesforce/limits.h"

#include "salesforce/internal.h"
#include "salesforce/url.h"

Error sf_limits(Arena *arena, Slice version, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/limits"));
    return spec_finish(spec, METHOD_GET, SLICE("limits"), &path, SLICE(""), NULL);
}

static SfLimit read_limit(JsonValue root, Slice name)
{
    const JsonValue value = json_get(root, name);
    SfLimit limit = {0};
    bool has_max = false;
    bool has_remaining = false;
    if (answer_count(value, SLICE("Max"), &has_max, &limit.max).code != ERROR_OK ||
        answer_count(value, SLICE("Remaining"), &has_remaining, &limit.remaining).code != ERROR_OK) {
        return (SfLimit){0};
    }
    limit.known = has_max && has_remaining;
    return limit;
}

static Error read_limits(Arena *arena, Slice body, SfLimits *limits)
{
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue root = json_root(&document);
    RETURN_IF_ERROR(json_expect_object(root));
    *limits = (SfLimits){
        .api_requests = read_limit(root, SLICE("DailyApiRequests")),
        .bulk_query_jobs = read_limit(root, SLICE("DailyBulkV2QueryJobs")),
        .bulk_query_mb = read_limit(root, SLICE("DailyBulkV2QueryFileStorageMB")),
        .bulk_batches = read_limit(root, SLICE("DailyBulkApiBatches")),
        .data_storage_mb = read_limit(root, SLICE("DataStorageMB")),
    };
    return ERROR_NONE;
}

Error sf_limits_read(Arena *arena, Slice body, SfLimits *limits)
{
    return answer_error(SLICE("limits"), read_limits(arena, body, limits));
}

Error sf_record_counts(Arena *arena, Slice version, const Slice *objects, size_t count, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/limits/recordCount?sObjects="));
    for (size_t i = 0; i < count; i++) {
        buffer_append(&path, i == 0 ? SLICE("") : SLICE(","));
        sf_url_append(&path, objects[i]);
    }
    return spec_finish(spec, METHOD_GET, SLICE("counts"), &path, SLICE(""), NULL);
}

static Error read_counts(Arena *arena, Slice body, Slice object, bool *found, uint64_t *rows)
{
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue list = json_get(json_root(&document), SLICE("sObjects"));
    RETURN_IF_ERROR(json_expect_array(list));
    bool read_found = false;
    uint64_t read_rows = 0;
    for (JsonValue item = json_first(list); json_present(item) && !read_found; item = json_next(item)) {
        Slice name = SLICE("");
        RETURN_IF_ERROR(json_text(json_get(item, SLICE("name")), &name));
        if (slice_equal_ignoring_case(name, object)) {
            RETURN_IF_ERROR(answer_count(item, SLICE("count"), &read_found, &read_rows));
        }
    }
    *found = read_found;
    *rows = read_rows;
    return ERROR_NONE;
}

Error sf_record_counts_read(Arena *arena, Slice body, Slice object, bool *found, uint64_t *rows)
{
    return answer_error(SLICE("record counts"), read_counts(arena, body, object, found, rows));
}
