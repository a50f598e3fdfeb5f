/* Where a value stands, for errors: values do not know it, so the document is walked again. */
#include "base/assert.h"
#include "base/buffer.h"
#include "json/document.h"
#include "json/internal.h"
#include <cJSON.h>

const cJSON *json_node_following(const cJSON *node, const cJSON **path, size_t *depth)
{
    if (node->child != NULL) {
        perly_assert(*depth < JSON_DEPTH_MAX);
        path[(*depth)++] = node;
        return node->child;
    }
    while (node->next == NULL && *depth > 0) {
        node = path[--*depth];
    }
    return *depth == 0 ? NULL : node->next;
}

/* RFC 6901: "~" is written ~0, "/" is written ~1. */
static void append_key(Buffer *pointer, Slice key)
{
    buffer_append_byte(pointer, '/');
    for (size_t i = 0; i < key.length; i++) {
        if (key.data[i] == '~' || key.data[i] == '/') {
            buffer_append(pointer, key.data[i] == '~' ? SLICE("~0") : SLICE("~1"));
        } else {
            buffer_append_byte(pointer, key.data[i]);
        }
    }
}

static void append_step(Buffer *pointer, const cJSON *parent, const cJSON *node)
{
    if (node->string != NULL) {
        append_key(pointer, slice_from_text(node->string));
        return;
    }
    uint64_t index = 0;
    for (const cJSON *child = parent->child; child != node; child = child->next) {
        index++;
    }
    buffer_append_byte(pointer, '/');
    buffer_append_uint64(pointer, index);
}

/* Finds `wanted` by walking the document: its ancestors into `path`, its number in the order of the text. */
static size_t find_node(const cJSON *root, const cJSON *wanted, const cJSON **path, size_t *depth)
{
    size_t index = 0;
    *depth = 0;
    for (const cJSON *node = root; node != NULL; node = json_node_following(node, path, depth)) {
        if (node == wanted) {
            return index;
        }
        index++;
    }
    perly_assert(false);
    return index;
}

typedef struct Found {
    Slice pointer;
    size_t index; /* in the order of the text */
} Found;

static Found find(JsonValue value)
{
    const cJSON *path[JSON_DEPTH_MAX];
    size_t depth = 0;
    Found found = {SLICE(""), 0};
    const cJSON *known = value.node != NULL ? value.node : value.parent;
    Buffer pointer;
    buffer_init(&pointer, value.document->arena, 0);
    if (known != NULL) {
        found.index = find_node(value.document->root, known, path, &depth);
        for (size_t i = 1; i <= depth; i++) {
            append_step(&pointer, path[i - 1], i == depth ? known : path[i]);
        }
    }
    if (value.node == NULL && value.key.data != NULL) {
        append_key(&pointer, value.key);
    }
    found.pointer = pointer.failed || pointer.length == 0 ? SLICE("") : buffer_slice(&pointer);
    return found;
}

Slice json_pointer(JsonValue value)
{
    return find(value).pointer;
}

/*
 * Line and column of the `index`-th object, array or scalar in the order of the text, the root being 0.
 * Nothing is written when there are fewer.
 */
static void locate(Arena *arena, Slice text, size_t index, uint32_t *line, uint32_t *column)
{
    const ArenaMark mark = arena_mark(arena);
    JsonScan scan;
    json_scan_init(&scan, arena);
    size_t at = 0;
    bool found = false;
    JsonEvent event = JSON_BYTES_END;
    do {
        if (json_scan_next(&scan, text, &at, &event).code != ERROR_OK) {
            break;
        }
        if (event == JSON_OBJECT_BEGIN || event == JSON_ARRAY_BEGIN || event == JSON_SCALAR_BEGIN) {
            found = index == 0;
            index--;
        }
    } while (!found && event != JSON_BYTES_END);
    if (found) {
        *line = scan.line;
        *column = scan.column - 1; /* the scan is behind the value's first byte */
    }
    arena_rewind(arena, mark);
}

Error json_error(JsonValue value, ErrorCode code, Slice message)
{
    Error error = error_make(code, message);
    const Found found = find(value);
    error.place.source = value.document->source;
    error.place.pointer = found.pointer;
    locate(value.document->arena, value.document->text, found.index, &error.place.line, &error.place.column);
    return error;
}
