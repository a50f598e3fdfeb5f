/* Functions on text. Positions count characters (code points), as everywhere in CEL. */
#include "base/utf8.h"
#include "cel/internal.h"
#include "cel/library.h"
#include "cel/regex.h"
#include "cel/text.h"

static CelValue out_of_range(void)
{
    return cel_error(CEL_ERROR_INDEX, "index out of range");
}

CelValue cel_fn_size(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue value = arguments[0];
    (void)count;
    if (!cel_charge(call, value.kind == CEL_STRING ? value.length / 16 : 0)) {
        return CEL_ERROR_COST;
    }
    switch ((CelKind)value.kind) {
    case CEL_STRING: return cel_int((int64_t)utf8_count(cel_text(value)));
    case CEL_BYTES: return cel_int(value.length);
    case CEL_LIST: return cel_int(cel_list_count(&value));
    default: return cel_int(value.as.map->count);
    }
}

CelValue cel_fn_contains(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    if (!cel_charge(call, arguments[0].length / 8)) {
        return CEL_ERROR_COST;
    }
    return cel_bool(cel_search(CEL_SEARCH_ANYWHERE, cel_text(arguments[0]), cel_text(arguments[1])));
}

CelValue cel_fn_starts_with(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_bool(cel_search(CEL_SEARCH_START, cel_text(arguments[0]), cel_text(arguments[1])));
}

CelValue cel_fn_ends_with(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)call;
    (void)count;
    return cel_bool(cel_search(CEL_SEARCH_END, cel_text(arguments[0]), cel_text(arguments[1])));
}

CelValue cel_match(const CelCall *call, const Regex *regex, Slice text)
{
    uint64_t steps = *call->cost < call->cost_limit ? call->cost_limit - *call->cost : 0;
    const uint64_t before = steps;
    const RegexResult result = regex_search(regex, call->arena, text, 0, NULL, 0, &steps);
    *call->cost += before - steps;
    if (result == REGEX_LIMIT || result == REGEX_NO_MEMORY) {
        return result == REGEX_LIMIT ? CEL_ERROR_COST : CEL_ERROR_MEMORY;
    }
    return cel_bool(result == REGEX_MATCH);
}

CelValue cel_fn_matches(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    Regex *regex = NULL;
    const RegexLimits limits = {.table_states = 1};
    (void)count;
    if (!cel_charge(call, (uint64_t)arguments[1].length * 8)) {
        return CEL_ERROR_COST;
    }
    if (regex_compile(call->arena, cel_text(arguments[1]), &limits, &regex).code != ERROR_OK) {
        return cel_error(CEL_ERROR_ARGUMENT, "the pattern is not valid");
    }
    return cel_match(call, regex, cel_text(arguments[0]));
}

CelValue cel_fn_char_at(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const size_t at = cel_byte_of(text, arguments[1].as.integer);
    uint32_t code = 0;
    (void)count;
    if (at == SIZE_MAX || !cel_charge(call, text.length / 8)) {
        return at == SIZE_MAX ? out_of_range() : CEL_ERROR_COST;
    }
    size_t end = at;
    if (at < text.length) {
        utf8_decode(text, &end, &code);
    }
    return cel_string(slice_part(text, at, end));
}

static int64_t position_at(Slice text, size_t byte)
{
    return (int64_t)utf8_count(slice_part(text, 0, byte));
}

CelValue cel_fn_index_of(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const size_t start = count == 3 ? cel_byte_of(text, arguments[2].as.integer) : 0;
    if (start == SIZE_MAX || !cel_charge(call, text.length / 4)) {
        return start == SIZE_MAX ? out_of_range() : CEL_ERROR_COST;
    }
    const size_t found = slice_find(text, cel_text(arguments[1]), start);
    return cel_int(found == SIZE_MAX ? -1 : position_at(text, found));
}

CelValue cel_fn_last_index_of(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const Slice wanted = cel_text(arguments[1]);
    size_t at = count == 3 ? cel_byte_of(text, arguments[2].as.integer) : text.length;
    if (at == SIZE_MAX || !cel_charge(call, text.length + (uint64_t)wanted.length)) {
        return at == SIZE_MAX ? out_of_range() : CEL_ERROR_COST;
    }
    if (wanted.length > text.length) {
        return cel_int(-1);
    }
    at = at > text.length - wanted.length ? text.length - wanted.length : at;
    for (;; at--) {
        if (memcmp(text.data + at, wanted.data, wanted.length) == 0) {
            return cel_int(position_at(text, at));
        }
        if (at == 0) {
            return cel_int(-1);
        }
    }
}

CelValue cel_fn_substring(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const size_t start = cel_byte_of(text, arguments[1].as.integer);
    const size_t end = count == 3 ? cel_byte_of(text, arguments[2].as.integer) : text.length;
    if (start == SIZE_MAX || end == SIZE_MAX || !cel_charge(call, text.length / 4)) {
        return start == SIZE_MAX || end == SIZE_MAX ? out_of_range() : CEL_ERROR_COST;
    }
    return start > end ? cel_error(CEL_ERROR_RANGE, "invalid substring range: start after end")
                       : cel_string(slice_part(text, start, end));
}

/* A copy of the text whose bytes may be changed; `data` NULL when there is no memory. */
static char *copy_of(const CelCall *call, Slice text)
{
    return cel_charge(call, text.length / 8) ? (char *)arena_copy(call->arena, text).data : NULL;
}

static CelValue change_case(const CelCall *call, const CelValue *value, char first, char last)
{
    char *bytes = copy_of(call, cel_text(*value));
    if (value->length == 0 || bytes == NULL) {
        return value->length == 0 ? *value : CEL_ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < value->length; i++) {
        bytes[i] = (char)(bytes[i] >= first && bytes[i] <= last ? bytes[i] ^ 0x20 : bytes[i]);
    }
    return cel_string((Slice){bytes, value->length});
}

CelValue cel_fn_lower(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return change_case(call, &arguments[0], 'A', 'Z');
}

CelValue cel_fn_upper(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return change_case(call, &arguments[0], 'a', 'z');
}

/* Unicode's White_Space. */
static bool is_space(uint32_t code)
{
    return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
           (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
           code == 0x205F || code == 0x3000;
}

CelValue cel_fn_trim(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    size_t start = SIZE_MAX;
    size_t end = 0;
    (void)count;
    if (!cel_charge(call, text.length / 8)) {
        return CEL_ERROR_COST;
    }
    for (size_t at = 0; at < text.length;) {
        const size_t before = at;
        uint32_t code = 0;
        utf8_decode(text, &at, &code);
        if (!is_space(code)) {
            start = start == SIZE_MAX ? before : start;
            end = at;
        }
    }
    return cel_string(start == SIZE_MAX ? (Slice){text.data, 0} : slice_part(text, start, end));
}

CelValue cel_reverse_text(const CelCall *call, const CelValue *value)
{
    const Slice text = cel_text(*value);
    char *bytes = copy_of(call, text);
    if (text.length == 0 || bytes == NULL) {
        return text.length == 0 ? *value : CEL_ERROR_MEMORY;
    }
    for (size_t at = 0; at < text.length;) {
        const size_t before = at;
        uint32_t code = 0;
        utf8_decode(text, &at, &code);
        memcpy(bytes + text.length - at, text.data + before, at - before);
    }
    return cel_string((Slice){bytes, text.length});
}

/* The end of the next piece: where `separator` begins, or behind one character when it is empty. */
static size_t piece_end(Slice text, Slice separator, size_t start)
{
    if (separator.length > 0) {
        const size_t found = slice_find(text, separator, start);
        return found == SIZE_MAX ? text.length : found;
    }
    size_t at = start;
    uint32_t code = 0;
    if (at < text.length) {
        utf8_decode(text, &at, &code);
    }
    return at;
}

CelValue cel_fn_replace(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const Slice from = cel_text(arguments[1]);
    const Slice to = cel_text(arguments[2]);
    int64_t left = count == 4 ? arguments[3].as.integer : -1;
    Buffer out;
    buffer_init(&out, call->arena, CEL_RESULT_BYTES_MAX);
    size_t at = 0;
    if (from.length == 0 && left != 0) {
        buffer_append(&out, to);
        left--;
    }
    while (at < text.length && left != 0) {
        const size_t end = piece_end(text, from, at);
        buffer_append(&out, slice_part(text, at, end));
        at = end;
        if (end < text.length || from.length == 0) {
            buffer_append(&out, to);
            at += from.length;
            left--;
        }
        if (!cel_charge(call, 1 + (to.length + (uint64_t)from.length) / 16)) {
            return CEL_ERROR_COST;
        }
    }
    buffer_append(&out, slice_part(text, at, text.length));
    return cel_charge(call, out.length / 8) ? cel_built(&out) : CEL_ERROR_COST;
}

static uint32_t piece_count(Slice text, Slice separator, int64_t limit)
{
    uint32_t pieces = 1;
    size_t at = 0;
    while (limit < 0 || pieces < limit) {
        const size_t end = piece_end(text, separator, at);
        if (end >= text.length) {
            break;
        }
        at = end + separator.length;
        pieces++;
    }
    return separator.length == 0 && text.length == 0 ? 0 : pieces;
}

CelValue cel_fn_split(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const Slice separator = cel_text(arguments[1]);
    const int64_t limit = count == 3 ? arguments[2].as.integer : -1;
    const uint32_t pieces = limit == 0 ? 0 : piece_count(text, separator, limit);
    if (!cel_charge(call, text.length / 4 + 2 * (uint64_t)pieces)) {
        return CEL_ERROR_COST;
    }
    CelValue *items = ARENA_ARRAY(call->arena, CelValue, pieces);
    size_t at = 0;
    for (uint32_t i = 0; i < pieces && items != NULL; i++) {
        const size_t end = i + 1 == pieces ? text.length : piece_end(text, separator, at);
        items[i] = cel_string(slice_part(text, at, end));
        at = end + separator.length;
    }
    return items == NULL ? CEL_ERROR_MEMORY : cel_list(items, pieces);
}

CelValue cel_fn_join(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice separator = count == 2 ? cel_text(arguments[1]) : (Slice){0};
    uint32_t items_count = 0;
    const CelValue *items = cel_items(call->arena, &arguments[0], &items_count);
    Buffer out;
    buffer_init(&out, call->arena, CEL_RESULT_BYTES_MAX);
    for (uint32_t i = 0; i < items_count; i++) {
        if (items == NULL || items[i].kind == CEL_UNKNOWN) {
            return items == NULL ? CEL_ERROR_MEMORY : items[i];
        }
        if (items[i].kind != CEL_STRING) {
            return cel_error(CEL_ERROR_OVERLOAD, "no such overload: join() takes a list of strings");
        }
        if (i > 0) {
            buffer_append(&out, separator);
        }
        buffer_append(&out, cel_text(items[i]));
    }
    return cel_charge(call, out.length / 8 + items_count) ? cel_built(&out) : CEL_ERROR_COST;
}

CelValue cel_fn_quote(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    static const char special[] = "\a\b\f\n\r\t\v\\\"";
    static const char letters[] = "abfnrtv\\\"";
    const Slice text = cel_text(arguments[0]);
    Buffer out;
    (void)count;
    buffer_init(&out, call->arena, CEL_RESULT_BYTES_MAX);
    buffer_append_byte(&out, '"');
    for (size_t i = 0; i < text.length; i++) {
        const char *found = text.data[i] == '\0' ? NULL : strchr(special, text.data[i]);
        if (found == NULL) {
            buffer_append_byte(&out, text.data[i]);
        } else {
            buffer_append_byte(&out, '\\');
            buffer_append_byte(&out, letters[found - special]);
        }
    }
    buffer_append_byte(&out, '"');
    return cel_charge(call, out.length / 4) ? cel_built(&out) : CEL_ERROR_COST;
}
