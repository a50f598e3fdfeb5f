#include "json/split.h"

#include "json/document.h"

typedef enum SplitPart {
    PART_REST,    /* outside the array */
    PART_BETWEEN, /* in it, before or after an element */
    PART_ELEMENT
} SplitPart;

void json_split_init(JsonSplitter *splitter, Arena *arena, Slice array_key, JsonElementSink sink)
{
    *splitter = (JsonSplitter){.sink = sink,
                               .array_key = array_key,
                               .array_depth = array_key.length == 0 ? 1 : 2,
                               .key_matches = array_key.length == 0,
                               .part = PART_REST};
    json_scan_init(&splitter->scan, arena);
    buffer_init(&splitter->element, arena, JSON_DOCUMENT_BYTES_MAX);
    buffer_init(&splitter->rest, arena, JSON_DOCUMENT_BYTES_MAX);
}

static Error keep(Buffer *buffer, Slice bytes)
{
    const bool too_long = bytes.length > buffer->length_limit - buffer->length;
    buffer_append(buffer, bytes);
    if (!buffer->failed) {
        return ERROR_NONE;
    }
    return too_long ? error_make(ERROR_LIMIT_EXCEEDED,
                                 SLICE("JSON: an element, or what is around them, over 4 MiB"))
                    : error_make(ERROR_OUT_OF_MEMORY, SLICE("JSON: no memory for a part of an answer"));
}

static bool is_begin(JsonEvent event)
{
    return event == JSON_OBJECT_BEGIN || event == JSON_ARRAY_BEGIN || event == JSON_SCALAR_BEGIN;
}

static bool is_end(JsonEvent event)
{
    return event == JSON_OBJECT_END || event == JSON_ARRAY_END || event == JSON_SCALAR_END;
}

/* `run` is what the chunk holds of the element up to its end. */
static Error give_element(JsonSplitter *splitter, Slice run)
{
    Slice element = run;
    if (splitter->element.length != 0) {
        RETURN_IF_ERROR(keep(&splitter->element, run));
        element = buffer_slice(&splitter->element);
    } else if (run.length > JSON_DOCUMENT_BYTES_MAX) {
        return error_make(ERROR_LIMIT_EXCEEDED, SLICE("JSON: an element over 4 MiB"));
    }
    splitter->part = PART_BETWEEN;
    const Error error = splitter->sink.element(splitter->sink.context, element);
    splitter->element.length = 0;
    splitter->elements++;
    return error;
}

/* In the rest: has the array begun? */
static bool array_begins(JsonSplitter *splitter, JsonEvent event)
{
    if (event == JSON_KEY_END) {
        splitter->key_matches =
            splitter->scan.depth == 1 && splitter->scan.key_hash == json_key_hash(splitter->array_key);
        return false;
    }
    const bool begins =
        event == JSON_ARRAY_BEGIN && splitter->key_matches && splitter->scan.depth == splitter->array_depth;
    if (is_begin(event)) {
        splitter->key_matches = false;
    }
    return begins;
}

/* `from` is where the run in hand begins: of the rest, or of an element. */
static Error take_event(JsonSplitter *splitter, JsonEvent event, Slice bytes, size_t at, size_t *from)
{
    switch ((SplitPart)splitter->part) {
    case PART_REST:
        if (array_begins(splitter, event)) {
            splitter->part = PART_BETWEEN;
            splitter->found = true;
            return keep(&splitter->rest, slice_part(bytes, *from, at));
        }
        break;
    case PART_BETWEEN:
        if (is_begin(event)) {
            splitter->part = PART_ELEMENT;
            *from = at - 1;
        } else if (event == JSON_ARRAY_END) {
            splitter->part = PART_REST;
            *from = at - 1;
        }
        break;
    case PART_ELEMENT:
        if (is_end(event) && splitter->scan.depth == splitter->array_depth) {
            return give_element(splitter, slice_part(bytes, *from, at));
        }
        break;
    }
    return ERROR_NONE;
}

static Error keep_run(JsonSplitter *splitter, Slice run)
{
    switch ((SplitPart)splitter->part) {
    case PART_REST: return keep(&splitter->rest, run);
    case PART_ELEMENT: return keep(&splitter->element, run);
    case PART_BETWEEN: break;
    }
    return ERROR_NONE;
}

static Error feed(JsonSplitter *splitter, Slice bytes, bool closed)
{
    size_t at = 0;
    size_t from = 0;
    JsonEvent event = JSON_BYTES_END;
    do {
        RETURN_IF_ERROR(json_scan_next(&splitter->scan, bytes, &at, &event));
        RETURN_IF_ERROR(take_event(splitter, event, bytes, at, &from));
    } while (event != JSON_BYTES_END);
    RETURN_IF_ERROR(keep_run(splitter, slice_part(bytes, from, SIZE_MAX)));
    return closed ? json_scan_close(&splitter->scan, &event) : ERROR_NONE;
}

/* An error of the scan within an element says which. */
static Error with_pointer(JsonSplitter *splitter, Error error)
{
    if (splitter->part != PART_ELEMENT || error.place.pointer.length != 0) {
        return error;
    }
    Buffer pointer;
    buffer_init(&pointer, splitter->rest.arena, 0);
    if (splitter->array_key.length != 0) {
        buffer_append_byte(&pointer, '/');
        buffer_append(&pointer, splitter->array_key);
    }
    buffer_append_byte(&pointer, '/');
    buffer_append_uint64(&pointer, splitter->elements);
    error.place.pointer = pointer.failed ? SLICE("") : buffer_slice(&pointer);
    return error;
}

Error json_split_feed(JsonSplitter *splitter, Slice bytes, bool closed)
{
    if (splitter->error.code == ERROR_OK) {
        const Error error = feed(splitter, bytes, closed);
        splitter->error = error.code == ERROR_OK ? error : with_pointer(splitter, error);
    }
    return splitter->error;
}

Slice json_split_rest(const JsonSplitter *splitter)
{
    return buffer_slice(&splitter->rest);
}
