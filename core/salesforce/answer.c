#include "salesforce/internal.h"

#include "base/time.h"
#include "json/split.h"

Error answer_error(Slice what, Error error)
{
    switch (error.code) {
    case ERROR_JSON_SYNTAX:
    case ERROR_JSON_TYPE:
    case ERROR_TEXT_ENCODING:
    case ERROR_LIMIT_EXCEEDED:
    case ERROR_TIME_SYNTAX:
    case ERROR_SF_ID:
        error.code = ERROR_SF_ANSWER;
        error.place.source = what;
        return error;
    default: return error;
    }
}

static Error keep(Arena *arena, Slice read, Slice *text)
{
    return arena_keep(arena, read, text) ? ERROR_NONE
                                         : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an answer"));
}

Error answer_text(Arena *arena, JsonValue object, Slice key, Slice otherwise, Slice *text)
{
    Slice read = otherwise;
    RETURN_IF_ERROR(json_text_or(json_get(object, key), otherwise, &read));
    return keep(arena, read, text);
}

Error answer_text_required(Arena *arena, JsonValue object, Slice key, Slice *text)
{
    const JsonValue value = json_get(object, key);
    Slice read = SLICE("");
    RETURN_IF_ERROR(json_text(value, &read));
    if (read.length == 0) {
        return json_error(value, ERROR_JSON_TYPE, SLICE("empty"));
    }
    return keep(arena, read, text);
}

Error answer_time(JsonValue object, Slice key, int64_t otherwise, int64_t *ms)
{
    const JsonValue value = json_get(object, key);
    Slice text = SLICE("");
    RETURN_IF_ERROR(json_text_or(value, SLICE(""), &text));
    if (text.length == 0) {
        *ms = otherwise;
        return ERROR_NONE;
    }
    const Error error = time_parse(text, ms);
    return error.code == ERROR_OK ? ERROR_NONE : json_error(value, ERROR_JSON_TYPE, SLICE("not a time"));
}

Error answer_count(JsonValue object, Slice key, bool *found, uint64_t *count)
{
    const JsonValue value = json_get(object, key);
    int64_t number = -1;
    RETURN_IF_ERROR(json_int64_or(value, -1, &number));
    const bool has_value = json_present(value) && json_type(value) != JSON_NULL;
    if (has_value && number < 0) {
        return json_error(value, ERROR_JSON_TYPE, SLICE("a count below zero"));
    }
    *found = has_value;
    *count = has_value ? (uint64_t)number : 0;
    return ERROR_NONE;
}

Error answer_flag(JsonValue object, Slice key, bool *flag)
{
    return json_bool_or(json_get(object, key), false, flag);
}

typedef struct Split {
    Arena *scratch;
    AnswerElement *element;
    void *context;
} Split;

static Error on_element(void *context, Slice text)
{
    const Split *split = context;
    const ArenaMark mark = arena_mark(split->scratch);
    JsonDocument document;
    Error error = json_parse(split->scratch, text, &document);
    if (error.code == ERROR_OK) {
        error = split->element(split->context, json_root(&document));
    }
    if (error.code == ERROR_OK) {
        arena_rewind(split->scratch, mark); /* an error's message and place live there */
    }
    return error;
}

Error answer_split(Arena *scratch, Slice body, Slice array_key, AnswerElement *element, void *context,
                   JsonDocument *rest)
{
    JsonSplitter splitter;
    Split split = {scratch, element, context};
    json_split_init(&splitter, scratch, array_key, (JsonElementSink){on_element, &split});
    RETURN_IF_ERROR(json_split_feed(&splitter, body, true));
    if (!splitter.found) {
        return error_make(ERROR_SF_ANSWER, SLICE("the answer has not the list that was asked for"));
    }
    if (rest != NULL) {
        RETURN_IF_ERROR(json_parse(scratch, json_split_rest(&splitter), rest));
    }
    return ERROR_NONE;
}
