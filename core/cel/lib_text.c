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
    if (!cel_charge(call, value.kind == CEL_LIST ? cel_list_cost(&value) : 0)) {
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
    return cel_search_value(call, CEL_SEARCH_ANYWHERE, &arguments[0], &arguments[1]);
}

CelValue cel_fn_starts_with(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return cel_search_value(call, CEL_SEARCH_START, &arguments[0], &arguments[1]);
}

CelValue cel_fn_ends_with(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    (void)count;
    return cel_search_value(call, CEL_SEARCH_END, &arguments[0], &arguments[1]);
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

/* What the pattern takes, it gives back; what is left of the cost limits it before. */
static CelValue match_pattern(const CelCall *call, Slice text, Slice pattern)
{
    const uint64_t left = call->cost_limit - *call->cost;
    uint64_t work = 0;
    Regex *regex = NULL;
    const RegexLimits limits = {
        .instructions = left < UINT16_MAX ? (uint32_t)left + 1 : 0, .table_states = 1, .work = &work};
    const Error error = regex_compile(call->arena, pattern, &limits, &regex);
    if (!cel_charge(call, 2 * work)) {
        return CEL_ERROR_COST;
    }
    switch (error.code) {
    case ERROR_OK: return cel_match(call, regex, text);
    case ERROR_LIMIT_EXCEEDED: return cel_error(CEL_ERROR_LIMIT, "the pattern is too large");
    case ERROR_OUT_OF_MEMORY: return CEL_ERROR_MEMORY;
    default: return cel_error(CEL_ERROR_ARGUMENT, "the pattern is not valid");
    }
}

CelValue cel_fn_matches(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const ArenaMark mark = arena_mark(call->arena);
    (void)count;
    if (!cel_charge(call, (uint64_t)arguments[1].length * 8)) {
        return CEL_ERROR_COST;
    }
    const CelValue result = match_pattern(call, cel_text(arguments[0]), cel_text(arguments[1]));
    arena_rewind(call->arena, mark);
    return result;
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

/* What cel_find has found, as a result. */
static CelValue found_position(const CelCall *call, Slice text, size_t found)
{
    if (!cel_charge(call, 0)) {
        return CEL_ERROR_COST;
    }
    return cel_int(found == SIZE_MAX ? -1 : position_at(text, found));
}

CelValue cel_fn_index_of(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const size_t start = count == 3 ? cel_byte_of(text, arguments[2].as.integer) : 0;
    if (start == SIZE_MAX || !cel_charge(call, text.length / 4)) {
        return start == SIZE_MAX ? out_of_range() : CEL_ERROR_COST;
    }
    return found_position(call, text, cel_find(call, text, cel_text(arguments[1]), start));
}

CelValue cel_fn_last_index_of(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    const Slice wanted = cel_text(arguments[1]);
    const size_t start = count == 3 ? cel_byte_of(text, arguments[2].as.integer) : text.length;
    if (start == SIZE_MAX || !cel_charge(call, text.length + (uint64_t)wanted.length)) {
        return start == SIZE_MAX ? out_of_range() : CEL_ERROR_COST;
    }
    return found_position(call, text, cel_find_last(call, text, wanted, start));
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

/* A copy of the text whose bytes may be changed, unless it is empty; NULL when there is no memory. */
static char *copy_of(const CelCall *call, Slice text)
{
    return cel_charge(call, text.length / 8) && arena_keep(call->arena, text, &text) ? (char *)text.data
                                                                                     : NULL;
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
static size_t piece_end(const CelCall *call, Slice text, Slice separator, size_t start)
{
    if (separator.length > 0) {
        const size_t found = cel_find(call, text, separator, start);
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
    cel_build(call, &out);
    size_t at = 0;
    if (from.length == 0 && left != 0) {
        buffer_append(&out, to);
        left--;
    }
    while (at < text.length && left != 0) {
        const size_t end = piece_end(call, text, from, at);
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
    return cel_built(call, &out);
}

static uint32_t piece_count(const CelCall *call, Slice text, Slice separator, int64_t limit)
{
    uint32_t pieces = 1;
    size_t at = 0;
    while (limit < 0 || pieces < limit) {
        const size_t end = piece_end(call, text, separator, at);
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
    const uint32_t pieces = limit == 0 ? 0 : piece_count(call, text, separator, limit);
    if (!cel_charge(call, text.length / 4 + 2 * (uint64_t)pieces)) {
        return CEL_ERROR_COST;
    }
    CelValue *items =
        pieces > CEL_RESULT_BYTES_MAX / sizeof(CelValue) ? NULL : ARENA_ARRAY(call->arena, CelValue, pieces);
    size_t at = 0;
    for (uint32_t i = 0; i < pieces && items != NULL; i++) {
        const size_t end = i + 1 == pieces ? text.length : piece_end(call, text, separator, at);
        items[i] = cel_string(slice_part(text, at, end));
        at = end + separator.length;
    }
    return items == NULL ? CEL_ERROR_MEMORY : cel_list(items, pieces);
}

/* All of the text; null, or what is wrong. */
static CelValue join(const CelCall *call, Buffer *out, const CelValue *list, Slice separator)
{
    CelWalk walk = {.list = *list};
    CelValue item;
    for (bool first = true; cel_walk_next(&walk, &item); first = false) {
        if (item.kind != CEL_STRING) {
            return item.kind == CEL_UNKNOWN
                       ? item
                       : cel_error(CEL_ERROR_OVERLOAD, "no such overload: join() takes a list of strings");
        }
        buffer_append(out, first ? SLICE("") : separator);
        buffer_append(out, cel_text(item));
        if (!cel_charge(call, 1)) {
            return CEL_ERROR_COST;
        }
    }
    return cel_null();
}

CelValue cel_fn_join(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    Buffer out;
    cel_build(call, &out);
    const CelValue wrong = join(call, &out, &arguments[0], count == 2 ? cel_text(arguments[1]) : (Slice){0});
    const CelValue built = cel_built(call, &out); /* paid for in any case */
    return wrong.kind <= CEL_ERROR ? wrong : built;
}

CelValue cel_fn_quote(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    static const char special[] = "\a\b\f\n\r\t\v\\\"";
    static const char letters[] = "abfnrtv\\\"";
    const Slice text = cel_text(arguments[0]);
    Buffer out;
    (void)count;
    cel_build(call, &out);
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
    return cel_built(call, &out);
}
