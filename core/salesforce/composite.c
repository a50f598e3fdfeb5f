#include "salesforce/composite.h"

#include "base/assert.h"
#include "salesforce/errors.h"
#include "salesforce/internal.h"
#include "salesforce/url.h"

/* {"method":"GET","url":"/services/data/v66.0/sobjects/Account/describe","referenceId":"d0","httpHeaders":{...}}
 */
static void write_item(JsonWriter *json, Slice url, const SfCompositeDescribe *item, size_t index)
{
    char digits[] = {'d', (char)('a' + (char)index), '\0'};
    json_write_object_begin(json);
    spec_json_pair(json, SLICE("method"), SLICE("GET"));
    spec_json_pair(json, SLICE("url"), url);
    spec_json_pair(json, SLICE("referenceId"), slice_make(digits, 2));
    if (item->modified_since.length != 0) {
        json_write_key(json, SLICE("httpHeaders"));
        json_write_object_begin(json);
        spec_json_pair(json, SLICE("If-Modified-Since"), item->modified_since);
        json_write_object_end(json);
    }
    json_write_object_end(json);
}

Error sf_composite_describe(Arena *arena, Slice version, const SfCompositeDescribe *items, size_t count,
                            RequestSpec *spec)
{
    perly_assert(count >= 1 && count <= SF_COMPOSITE_MAX);
    Buffer path;
    Buffer url;
    Buffer body;
    spec_path(&path, arena, version, SLICE("/composite"));
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    json_write_object_begin(&json);
    json_write_bool_member(&json, SLICE("allOrNone"), false);
    json_write_bool_member(&json, SLICE("collateSubrequests"), true);
    json_write_key(&json, SLICE("compositeRequest"));
    json_write_array_begin(&json);
    for (size_t i = 0; i < count; i++) {
        spec_path(&url, arena, version, SLICE("/sobjects/"));
        sf_url_append(&url, items[i].object);
        buffer_append(&url, SLICE("/describe"));
        write_item(&json, buffer_slice(&url), &items[i], i);
        body.failed = body.failed || url.failed;
    }
    json_write_array_end(&json);
    json_write_object_end(&json);
    return spec_finish(spec, METHOD_POST, SLICE("describe.all"), &path, SPEC_JSON, &body);
}

/* Where the value of the outermost object's member "body" stands in the text; both 0 when there is none. */
typedef struct Span {
    size_t begin;
    size_t end;
} Span;

static Error find_body(Arena *scratch, Slice text, Span *span)
{
    const uint64_t wanted = json_key_hash(SLICE("body"));
    JsonScan scan;
    JsonEvent event = JSON_BYTES_END;
    bool inside = false;
    bool matches = false;
    size_t at = 0;
    json_scan_init(&scan, scratch);
    do {
        const uint32_t depth = scan.depth;
        RETURN_IF_ERROR(json_scan_next(&scan, text, &at, &event));
        const bool begins =
            event == JSON_OBJECT_BEGIN || event == JSON_ARRAY_BEGIN || event == JSON_SCALAR_BEGIN;
        const bool ends = event == JSON_OBJECT_END || event == JSON_ARRAY_END || event == JSON_SCALAR_END;
        if (event == JSON_KEY_END && scan.depth == 1) {
            matches = scan.key_hash == wanted;
        } else if (begins && depth == 1 && matches && !inside) {
            inside = true;
            span->begin = at - 1;
        } else if (ends && inside && scan.depth == 1) {
            span->end = at;
            return ERROR_NONE;
        }
    } while (event != JSON_BYTES_END);
    return ERROR_NONE;
}

/* The element with null in place of its body, which may be far longer than the rest and is not parsed here.
 */
static Error parse_frame(Arena *scratch, Slice text, Span span, JsonDocument *document)
{
    Buffer frame;
    buffer_init(&frame, scratch, 0);
    buffer_append(&frame, slice_part(text, 0, span.begin));
    buffer_append(&frame, span.end == 0 ? SLICE("") : SLICE("null"));
    buffer_append(&frame, slice_part(text, span.end, text.length));
    if (frame.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an answer"));
    }
    return json_parse(scratch, buffer_slice(&frame), document);
}

static Error read_part(SfCompositeReader *reader, Slice text)
{
    Span span = {0, 0};
    JsonDocument document;
    int64_t status = 0;
    RETURN_IF_ERROR(find_body(reader->scratch, text, &span));
    RETURN_IF_ERROR(parse_frame(reader->scratch, text, span, &document));
    const JsonValue root = json_root(&document);
    const JsonValue headers = json_get(root, SLICE("httpHeaders"));
    RETURN_IF_ERROR(json_int64(json_get(root, SLICE("httpStatusCode")), &status));
    if (status < 100 || status > 999) {
        return json_error(root, ERROR_JSON_TYPE, SLICE("not an HTTP status"));
    }
    SfCompositePart part = {.index = reader->count, .status = (uint32_t)status};
    const Slice body = slice_part(text, span.begin, span.end);
    RETURN_IF_ERROR(json_text_or(json_get(headers, SLICE("Last-Modified")), SLICE(""), &part.last_modified));
    if (status == 200) {
        part.body = body;
    } else if (status != 304) {
        part.error = sf_classify(reader->scratch, part.status, SLICE(""), body);
    }
    return reader->part(reader->context, &part);
}

static Error on_part(void *context, Slice text)
{
    SfCompositeReader *reader = context;
    if (reader->count == reader->wanted) {
        return error_make(ERROR_SF_ANSWER, SLICE("more answers than were asked for"));
    }
    const ArenaMark mark = arena_mark(reader->scratch);
    RETURN_IF_ERROR(read_part(reader, text));
    arena_rewind(reader->scratch, mark);
    reader->count++;
    return ERROR_NONE;
}

void sf_composite_begin(SfCompositeReader *reader, Arena *scratch, size_t count, SfCompositeFunction *part,
                        void *context)
{
    *reader = (SfCompositeReader){.scratch = scratch, .part = part, .context = context, .wanted = count};
    json_split_init(&reader->splitter, scratch, SLICE("compositeResponse"),
                    (JsonElementSink){on_part, reader});
}

Error sf_composite_feed(SfCompositeReader *reader, Slice bytes, bool closed)
{
    RETURN_IF_ERROR(
        answer_error(SLICE("composite answer"), json_split_feed(&reader->splitter, bytes, closed)));
    if (closed && reader->count != reader->wanted) {
        return error_make(ERROR_SF_ANSWER, SLICE("fewer answers than were asked for"));
    }
    return ERROR_NONE;
}
