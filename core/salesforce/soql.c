#include "salesforce/soql.h"

#include "base/number.h"
#include "base/utf8.h"

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool sf_identifier_valid(Slice text)
{
    if (text.length == 0 || text.length > SF_IDENTIFIER_BYTES_MAX || !is_letter(text.data[0])) {
        return false;
    }
    for (size_t i = 1; i < text.length; i++) {
        const char c = text.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '_') {
            return false;
        }
    }
    return true;
}

bool sf_field_path_valid(Slice text)
{
    size_t parts = 0;
    size_t at = 0;
    do {
        const size_t end = slice_find_byte(text, '.', at);
        parts++;
        if (parts > SF_PATH_PARTS_MAX || !sf_identifier_valid(slice_part(text, at, end))) {
            return false;
        }
        at = end + 1;
    } while (at <= text.length);
    return true;
}

/* SOQL and SOSL Reference, "Quoted String Escape Sequences": the letter after the backslash, or 0. */
static char escape_of(char c)
{
    switch (c) {
    case '\'': return '\'';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\b': return 'b';
    case '\f': return 'f';
    default: return 0;
    }
}

Error sf_soql_append_text(Buffer *soql, Slice text)
{
    if (slice_find_byte(text, '\0', 0) < text.length) {
        return error_make(ERROR_SF_SOQL, SLICE("a text with a NUL byte cannot stand in a SOQL statement"));
    }
    if (utf8_count(text) > SF_SOQL_TEXT_CHARACTERS_MAX) {
        return error_make(ERROR_SF_SOQL, SLICE("a text in a SOQL statement has at most 4,000 characters"));
    }
    buffer_append_byte(soql, '\'');
    for (size_t i = 0; i < text.length; i++) {
        const char escape = escape_of(text.data[i]);
        if (escape != 0) {
            buffer_append_byte(soql, '\\');
            buffer_append_byte(soql, escape);
        } else {
            buffer_append_byte(soql, text.data[i]);
        }
    }
    buffer_append_byte(soql, '\'');
    return ERROR_NONE;
}

void sf_soql_append_time(Buffer *soql, int64_t ms)
{
    char text[TIME_TEXT_BYTES];
    time_print(ms, text);
    buffer_append(soql, slice_make(text, sizeof text));
}

static Error append_columns(Buffer *soql, const SfSelect *select)
{
    if (select->column_count == 0) {
        return error_make(ERROR_SF_SOQL, SLICE("a statement selects at least one field"));
    }
    buffer_append(soql, SLICE("SELECT "));
    for (size_t i = 0; i < select->column_count; i++) {
        if (!sf_field_path_valid(select->columns[i])) {
            return ERROR_TEXT(soql->arena, ERROR_SF_SOQL, SLICE("not the name of a field: "),
                              select->columns[i]);
        }
        if (i != 0) {
            buffer_append_byte(soql, ',');
        }
        buffer_append(soql, select->columns[i]);
    }
    return ERROR_NONE;
}

/* " WHERE " before the first condition, " AND " before the others. */
static void append_joint(Buffer *soql, bool *has_condition)
{
    buffer_append(soql, *has_condition ? SLICE(" AND ") : SLICE(" WHERE "));
    *has_condition = true;
}

/* "Id >= 'x'", unless `id` is empty. */
static Error append_id(Buffer *soql, Slice comparison, Slice id, bool *has_condition)
{
    if (id.length == 0) {
        return ERROR_NONE;
    }
    append_joint(soql, has_condition);
    buffer_append(soql, comparison);
    return sf_soql_append_text(soql, id);
}

static Error append_conditions(Buffer *soql, const SfSelect *select)
{
    bool has_condition = false;
    if (select->window_column.length != 0) {
        if (!sf_identifier_valid(select->window_column)) {
            return ERROR_TEXT(soql->arena, ERROR_SF_SOQL, SLICE("not the name of a field: "),
                              select->window_column);
        }
        if (select->from_ms != TIME_MS_MIN) {
            append_joint(soql, &has_condition);
            buffer_append(soql, select->window_column);
            buffer_append(soql, SLICE(" >= "));
            sf_soql_append_time(soql, select->from_ms);
        }
        if (select->to_ms != TIME_MS_MAX) {
            append_joint(soql, &has_condition);
            buffer_append(soql, select->window_column);
            buffer_append(soql, SLICE(" < "));
            sf_soql_append_time(soql, select->to_ms);
        }
    }
    RETURN_IF_ERROR(append_id(soql, SLICE("Id >= "), select->id_from, &has_condition));
    RETURN_IF_ERROR(append_id(soql, SLICE("Id < "), select->id_to, &has_condition));
    if (select->where.length != 0) {
        append_joint(soql, &has_condition);
        buffer_append_byte(soql, '(');
        buffer_append(soql, select->where);
        buffer_append_byte(soql, ')');
    }
    return ERROR_NONE;
}

static Error append_tail(Buffer *soql, const SfSelect *select)
{
    if (select->order.length != 0) {
        if (!sf_field_path_valid(select->order)) {
            return ERROR_TEXT(soql->arena, ERROR_SF_SOQL, SLICE("not the name of a field: "), select->order);
        }
        buffer_append(soql, SLICE(" ORDER BY "));
        buffer_append(soql, select->order);
        buffer_append(soql, select->descending ? SLICE(" DESC") : SLICE(""));
    }
    if (select->limit != 0) {
        buffer_append(soql, SLICE(" LIMIT "));
        buffer_append_uint64(soql, select->limit);
    }
    return ERROR_NONE;
}

Error sf_soql_select(Arena *arena, const SfSelect *select, Slice *soql)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    if (!sf_identifier_valid(select->object)) {
        return ERROR_TEXT(arena, ERROR_SF_SOQL, SLICE("not the name of an object: "), select->object);
    }
    RETURN_IF_ERROR(append_columns(&text, select));
    buffer_append(&text, SLICE(" FROM "));
    buffer_append(&text, select->object);
    RETURN_IF_ERROR(append_conditions(&text, select));
    RETURN_IF_ERROR(append_tail(&text, select));
    if (text.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a SOQL statement"));
    }
    if (utf8_count(buffer_slice(&text)) > SF_SOQL_CHARACTERS_MAX) {
        return ERROR_TEXT(arena, ERROR_SF_SOQL,
                          SLICE("a SOQL statement has at most 100,000 characters; too many "
                                "fields are selected from "),
                          select->object);
    }
    *soql = buffer_slice(&text);
    return ERROR_NONE;
}
