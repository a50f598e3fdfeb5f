#include "json/document.h"

#include "base/number.h"
#include "json/cjson_memory.h"
#include "json/internal.h"
#include <cJSON.h>

/* 2^53: from here on a double cannot hold every integer. */
#define LARGE_NUMBER 9007199254740992.0

/* A list of the texts of large numbers, in the order of the document. */
typedef struct LargeNumber {
    struct LargeNumber *next;
    char *text; /* NUL-terminated */
} LargeNumber;

typedef struct Check {
    Arena *arena;
    LargeNumber *first;
    LargeNumber **last;
    size_t values;
} Check;

static bool is_large(double value)
{
    return value >= LARGE_NUMBER || value <= -LARGE_NUMBER;
}

/* Remembers the digits of a large number: cJSON keeps only a double. */
static Error note_number(Check *check, const JsonScan *scan)
{
    const Slice text = slice_make(scan->number, scan->number_length);
    double value = 0;
    RETURN_IF_ERROR(number_parse_double(text, &value));
    if (!is_large(value)) {
        return ERROR_NONE;
    }
    LargeNumber *entry = ARENA_NEW(check->arena, LargeNumber);
    char *copy = arena_alloc(check->arena, text.length + 1, 1);
    if (entry == NULL || copy == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("JSON: no memory for a large number"));
    }
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    entry->text = copy;
    *check->last = entry;
    check->last = &entry->next;
    return ERROR_NONE;
}

static Error note_event(Check *check, const JsonScan *scan, JsonEvent event)
{
    if (event == JSON_OBJECT_BEGIN || event == JSON_ARRAY_BEGIN || event == JSON_SCALAR_BEGIN) {
        check->values++;
        if (check->values > JSON_DOCUMENT_VALUES_MAX) {
            Error error =
                error_make(ERROR_LIMIT_EXCEEDED, SLICE("JSON: more than 262,144 values in a document"));
            error.place.line = scan->line;
            return error;
        }
    }
    if (event == JSON_SCALAR_END && scan->scalar == JSON_SCALAR_NUMBER) {
        return note_number(check, scan);
    }
    return ERROR_NONE;
}

static Error check_text(Check *check, Slice text)
{
    JsonScan scan;
    json_scan_init(&scan, check->arena);
    size_t at = 0;
    JsonEvent event = JSON_BYTES_END;
    do {
        RETURN_IF_ERROR(json_scan_next(&scan, text, &at, &event));
        RETURN_IF_ERROR(note_event(check, &scan, event));
    } while (event != JSON_BYTES_END);
    RETURN_IF_ERROR(json_scan_close(&scan, &event));
    return note_event(check, &scan, event);
}

/* Gives the large numbers their digits, as `valuestring`, which cJSON leaves NULL for numbers. */
static void keep_digits(cJSON *root, const LargeNumber *large)
{
    const cJSON *path[JSON_DEPTH_MAX];
    size_t depth = 0;
    for (const cJSON *node = root; node != NULL && large != NULL;
         node = json_node_following(node, path, &depth)) {
        if (cJSON_IsNumber(node) && is_large(node->valuedouble)) {
            ((cJSON *)node)->valuestring = large->text;
            large = large->next;
        }
    }
}

Error json_parse(Arena *arena, Slice text, JsonDocument *document)
{
    const Slice mark = SLICE("\xEF\xBB\xBF");
    const Slice json = slice_starts_with(text, mark) ? slice_part(text, mark.length, SIZE_MAX) : text;
    if (json.length > JSON_DOCUMENT_BYTES_MAX) {
        return error_make(ERROR_LIMIT_EXCEEDED, SLICE("JSON: a document longer than 4 MiB"));
    }
    Check check = {.arena = arena};
    check.last = &check.first;
    RETURN_IF_ERROR(check_text(&check, json));
    json_memory_enter(arena);
    cJSON *root = cJSON_ParseWithLengthOpts(json.data, json.length, NULL, 0);
    json_memory_leave();
    if (root == NULL) { /* the strict pass has accepted the text, so it was the memory */
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("JSON: no memory for a document"));
    }
    keep_digits(root, check.first);
    *document = (JsonDocument){.arena = arena, .text = json, .root = root};
    return ERROR_NONE;
}

JsonValue json_root(const JsonDocument *document)
{
    return (JsonValue){.document = document, .node = document->root};
}

JsonType json_type(JsonValue value)
{
    if (value.node == NULL) {
        return JSON_ABSENT;
    }
    switch (value.node->type & 0xFF) {
    case cJSON_False:
    case cJSON_True: return JSON_BOOL;
    case cJSON_Number: return JSON_NUMBER;
    case cJSON_String: return JSON_TEXT;
    case cJSON_Array: return JSON_ARRAY;
    case cJSON_Object: return JSON_OBJECT;
    default: return JSON_NULL;
    }
}

static bool is_container(JsonValue value)
{
    const JsonType type = json_type(value);
    return type == JSON_ARRAY || type == JSON_OBJECT;
}

JsonValue json_get(JsonValue object, Slice key)
{
    JsonValue found = {.document = object.document, .parent = object.node, .key = key};
    if (object.node == NULL) { /* the error is about what was missing first */
        found.parent = object.parent;
        found.key = object.key;
        return found;
    }
    const cJSON *child = json_type(object) == JSON_OBJECT ? object.node->child : NULL;
    while (child != NULL && !slice_equal(slice_from_text(child->string), key)) {
        child = child->next;
    }
    found.node = child;
    return found;
}

JsonValue json_first(JsonValue container)
{
    const cJSON *child = is_container(container) ? container.node->child : NULL;
    return (JsonValue){.document = container.document, .node = child, .parent = container.node};
}

JsonValue json_next(JsonValue value)
{
    value.node = value.node == NULL ? NULL : value.node->next;
    return value;
}

Slice json_key(JsonValue member)
{
    const bool named = member.node != NULL && member.node->string != NULL;
    return named ? slice_from_text(member.node->string) : SLICE("");
}

size_t json_count(JsonValue container)
{
    size_t count = 0;
    for (JsonValue value = json_first(container); json_present(value); value = json_next(value)) {
        count++;
    }
    return count;
}

static Slice type_name(JsonType type)
{
    static const Slice names[] = {
        [JSON_ABSENT] = SLICE_INIT("nothing"),     [JSON_NULL] = SLICE_INIT("null"),
        [JSON_BOOL] = SLICE_INIT("true or false"), [JSON_NUMBER] = SLICE_INIT("a number"),
        [JSON_TEXT] = SLICE_INIT("text"),          [JSON_ARRAY] = SLICE_INIT("a list"),
        [JSON_OBJECT] = SLICE_INIT("an object"),
    };
    return names[type];
}

static Error expect(JsonValue value, JsonType wanted)
{
    const JsonType type = json_type(value);
    if (type == wanted) {
        return ERROR_NONE;
    }
    const Error error = ERROR_TEXT(value.document->arena, ERROR_JSON_TYPE, SLICE("expected "),
                                   type_name(wanted), SLICE(", found "), type_name(type));
    return json_error(value, error.code, error.message);
}

Error json_expect_object(JsonValue value)
{
    return expect(value, JSON_OBJECT);
}

Error json_expect_array(JsonValue value)
{
    return expect(value, JSON_ARRAY);
}

Error json_text(JsonValue value, Slice *text)
{
    RETURN_IF_ERROR(expect(value, JSON_TEXT));
    *text = slice_from_text(value.node->valuestring);
    return ERROR_NONE;
}

Error json_bool(JsonValue value, bool *result)
{
    RETURN_IF_ERROR(expect(value, JSON_BOOL));
    *result = cJSON_IsTrue(value.node) != 0;
    return ERROR_NONE;
}

Error json_double(JsonValue value, double *number)
{
    RETURN_IF_ERROR(expect(value, JSON_NUMBER));
    *number = value.node->valuedouble + 0.0; /* -0.0 + 0.0 is 0.0 */
    return ERROR_NONE;
}

Slice json_large_number(JsonValue value)
{
    const bool large = json_type(value) == JSON_NUMBER && value.node->valuestring != NULL;
    return large ? slice_from_text(value.node->valuestring) : SLICE("");
}

Error json_int64(JsonValue value, int64_t *number)
{
    RETURN_IF_ERROR(expect(value, JSON_NUMBER));
    const double as_double = value.node->valuedouble;
    const Slice digits = json_large_number(value);
    int64_t result = 0;
    const bool ok = digits.length != 0 ? number_parse_int64(digits, &result).code == ERROR_OK
                                       : number_to_int64(as_double, &result) && (double)result == as_double;
    if (!ok) {
        return json_error(value, ERROR_JSON_TYPE, SLICE("expected a whole number of at most 64 bits"));
    }
    *number = result;
    return ERROR_NONE;
}

static bool is_nothing(JsonValue value)
{
    return json_type(value) <= JSON_NULL;
}

Error json_text_or(JsonValue value, Slice otherwise, Slice *text)
{
    if (is_nothing(value)) {
        *text = otherwise;
        return ERROR_NONE;
    }
    return json_text(value, text);
}

Error json_bool_or(JsonValue value, bool otherwise, bool *result)
{
    if (is_nothing(value)) {
        *result = otherwise;
        return ERROR_NONE;
    }
    return json_bool(value, result);
}

Error json_double_or(JsonValue value, double otherwise, double *number)
{
    if (is_nothing(value)) {
        *number = otherwise;
        return ERROR_NONE;
    }
    return json_double(value, number);
}

Error json_int64_or(JsonValue value, int64_t otherwise, int64_t *number)
{
    if (is_nothing(value)) {
        *number = otherwise;
        return ERROR_NONE;
    }
    return json_int64(value, number);
}
