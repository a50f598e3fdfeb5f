/* Typed reading of JSON values, with a mistake for each that is not what it should be. */
#include "base/number.h"
#include "config/internal.h"

void config_issue_add(ConfigIssues *issues, Error error)
{
    if (issues->count < CONFIG_ISSUES_MAX) {
        issues->items[issues->count] = error;
    }
    issues->count++;
}

Slice reader_copy(Reader *reader, Slice text)
{
    Slice copy = SLICE("");
    reader->out_of_memory |= !arena_keep(reader->arena, text, &copy);
    return copy;
}

void *reader_alloc(Reader *reader, size_t count, size_t bytes, size_t align)
{
    void *block = arena_calloc(reader->arena, count, bytes, align);
    reader->out_of_memory |= block == NULL;
    return block;
}

/* `error` may point into the document, which goes away. */
static void add_copied(Reader *reader, Error error)
{
    error.message = reader_copy(reader, error.message);
    error.place.source = reader_copy(reader, error.place.source);
    error.place.pointer = reader_copy(reader, error.place.pointer);
    config_issue_add(reader->issues, error);
}

void reader_issue(Reader *reader, JsonValue value, ErrorCode code, const Slice *parts, size_t count)
{
    const Error joined = error_join(reader->arena, code, parts, count);
    add_copied(reader, json_error(value, code, joined.message));
}

bool reader_object(Reader *reader, JsonValue value, const Slice *keys, size_t count)
{
    const Error error = json_expect_object(value);
    if (error.code != ERROR_OK) {
        add_copied(reader, error);
        return false;
    }
    for (JsonValue member = json_first(value); keys != NULL && json_present(member);
         member = json_next(member)) {
        const Slice key = json_key(member);
        size_t at = 0;
        while (at < count && !slice_equal(keys[at], key)) {
            at++;
        }
        if (at == count) {
            const Slice nearest = nearest_name(key, keys, count);
            READER_ISSUE(reader, member, ERROR_CONFIG_KEY, SLICE("unknown key `"), key,
                         nearest.length > 0 ? SLICE("`; did you mean `") : SLICE("`"), nearest,
                         nearest.length > 0 ? SLICE("`?") : SLICE(""));
        }
    }
    return true;
}

bool reader_text(Reader *reader, JsonValue value, Slice *result)
{
    if (!json_present(value)) {
        return true;
    }
    Slice text;
    const Error error = json_text(value, &text);
    if (error.code != ERROR_OK) {
        add_copied(reader, error);
        return false;
    }
    *result = reader_copy(reader, text);
    return true;
}

bool reader_config_text(Reader *reader, JsonValue value, ConfigText *result)
{
    Slice text = result->text;
    if (!json_present(value)) {
        return true;
    }
    if (!reader_text(reader, value, &text)) {
        return false;
    }
    *result = (ConfigText){text, reader_copy(reader, json_pointer(value)), false};
    return true;
}

bool reader_bool(Reader *reader, JsonValue value, bool *result)
{
    const Error error = json_present(value) ? json_bool(value, result) : ERROR_NONE;
    if (error.code != ERROR_OK) {
        add_copied(reader, error);
    }
    return error.code == ERROR_OK;
}

bool reader_double(Reader *reader, JsonValue value, double lowest, double highest, double *result)
{
    double number = 0;
    if (!json_present(value)) {
        return true;
    }
    const Error error = json_double(value, &number);
    if (error.code != ERROR_OK) {
        add_copied(reader, error);
        return false;
    }
    if (number < lowest || number > highest) {
        char low[NUMBER_TEXT_BYTES];
        char high[NUMBER_TEXT_BYTES];
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("out of range: from "),
                     slice_make(low, number_print_double(lowest, low)), SLICE(" to "),
                     slice_make(high, number_print_double(highest, high)), SLICE(" is allowed"));
        return false;
    }
    *result = number;
    return true;
}

bool reader_int(Reader *reader, JsonValue value, int64_t lowest, int64_t highest, int64_t *result)
{
    int64_t number = 0;
    if (!json_present(value)) {
        return true;
    }
    const Error error = json_int64(value, &number);
    if (error.code != ERROR_OK) {
        add_copied(reader, error);
        return false;
    }
    if (number < lowest || number > highest) {
        char low[NUMBER_TEXT_BYTES];
        char high[NUMBER_TEXT_BYTES];
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("out of range: from "),
                     slice_make(low, number_print_int64(lowest, low)), SLICE(" to "),
                     slice_make(high, number_print_int64(highest, high)), SLICE(" is allowed"));
        return false;
    }
    *result = number;
    return true;
}

bool config_duration(Slice text, int64_t *ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}, {'w', 604800000}};
    const int64_t longest = INT64_C(3155760000000);
    uint64_t number = 0;
    if (text.length < 2 ||
        number_parse_uint64(slice_part(text, 0, text.length - 1), &number).code != ERROR_OK) {
        return false;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (text.data[text.length - 1] == units[i].unit) {
            if (number > (uint64_t)(longest / units[i].ms)) {
                return false;
            }
            *ms = (int64_t)number * units[i].ms;
            return true;
        }
    }
    return false;
}

bool reader_duration(Reader *reader, JsonValue value, int64_t *ms)
{
    Slice text = SLICE("");
    if (!json_present(value)) {
        return true;
    }
    if (!reader_text(reader, value, &text)) {
        return false;
    }
    if (!config_duration(text, ms)) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), text,
                     SLICE("` is no duration: write an integer and s, m, h, d or w, such as 24h"));
        return false;
    }
    return true;
}

bool reader_choice(Reader *reader, JsonValue value, const Slice *choices, size_t count, size_t *result)
{
    Slice text = SLICE("");
    if (!json_present(value)) {
        return true;
    }
    if (!reader_text(reader, value, &text)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(text, choices[i])) {
            *result = i;
            return true;
        }
    }
    Buffer list;
    buffer_init(&list, reader->arena, 0);
    for (size_t i = 0; i < count; i++) {
        buffer_append(&list, i == 0 ? SLICE("") : i + 1 == count ? SLICE(" or ") : SLICE(", "));
        buffer_append(&list, choices[i]);
    }
    READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), text, SLICE("` is not allowed here: write "),
                 buffer_slice(&list));
    return false;
}

bool reader_required(Reader *reader, JsonValue object, Slice key)
{
    if (json_present(json_get(object, key))) {
        return true;
    }
    READER_ISSUE(reader, object, ERROR_CONFIG_VALUE, SLICE("`"), key, SLICE("` is missing"));
    return false;
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool reader_name(Reader *reader, JsonValue value, Slice name, bool dashes)
{
    bool good = name.length > 0 && name.length <= CONFIG_NAME_BYTES_MAX && is_letter(name.data[0]);
    for (size_t i = 0; good && i < name.length; i++) {
        const char byte = name.data[i];
        good = is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '_' || (dashes && byte == '-');
    }
    if (!good) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), name,
                     dashes ? SLICE("` is no name: a letter, then letters, digits, `_` and `-`, 60 at most")
                            : SLICE("` is no name: a letter, then letters, digits and `_`, 60 at most"));
    }
    return good;
}

bool reader_array(Reader *reader, JsonValue value, size_t count_max, uint32_t *count)
{
    const Error error = json_expect_array(value);
    if (error.code != ERROR_OK) {
        add_copied(reader, error);
        return false;
    }
    if (json_count(value) > count_max) {
        char most[NUMBER_TEXT_BYTES];
        READER_ISSUE(reader, value, ERROR_LIMIT_EXCEEDED, SLICE("too many: at most "),
                     slice_make(most, number_print_uint64(count_max, most)), SLICE(" are allowed"));
        return false;
    }
    *count = (uint32_t)json_count(value);
    return true;
}
