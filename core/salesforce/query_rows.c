#include "salesforce/query_rows.h"

#include "base/number.h"
#include "salesforce/internal.h"

static Error on_element(void *context, Slice element);

Error sf_query_rows_begin(SfQueryRows *rows, Arena *arena)
{
    rows->arena = arena;
    rows->passes_over = false;
    rows->cells = ARENA_ARRAY(arena, Slice, rows->column_count);
    json_split_init(&rows->splitter, arena, SLICE("records"), (JsonElementSink){on_element, rows});
    return rows->cells == NULL ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a page")) : ERROR_NONE;
}

/* Cells. */

static Error number_text(Arena *arena, JsonValue value, Slice *cell)
{
    char text[NUMBER_TEXT_BYTES];
    double number = 0;
    *cell = json_large_number(value);
    if (cell->length == 0) {
        RETURN_IF_ERROR(json_double(value, &number));
        if (!arena_keep(arena, slice_make(text, number_print_double(number, text)), cell)) {
            return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a page"));
        }
    }
    return ERROR_NONE;
}

static Error cell_text(Arena *arena, JsonValue value, Slice *cell)
{
    bool flag = false;
    switch (json_type(value)) {
    case JSON_TEXT: return json_text(value, cell);
    case JSON_NUMBER: return number_text(arena, value, cell);
    case JSON_BOOL:
        RETURN_IF_ERROR(json_bool(value, &flag));
        *cell = flag ? SLICE("true") : SLICE("false");
        return ERROR_NONE;
    case JSON_NULL: *cell = SLICE(""); return ERROR_NONE;
    case JSON_ABSENT:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return json_error(value, ERROR_JSON_TYPE, SLICE("no value of a field"));
}

/* Salesforce names fields in its own case, whatever that of the query. */
static JsonValue member_of(JsonValue object, Slice name)
{
    JsonValue member = json_first(object);
    while (json_present(member) && !slice_equal_ignoring_case(json_key(member), name)) {
        member = json_next(member);
    }
    return member;
}

/* Members stand in the order of the query: the next one is looked at first. */
static JsonValue next_member(JsonValue record, Slice name, JsonValue *next)
{
    const bool follows = json_present(*next) && slice_equal_ignoring_case(json_key(*next), name);
    const JsonValue member = follows ? *next : member_of(record, name);
    *next = json_next(member);
    return member;
}

/* "Owner.Name": a record within the record, or null where there is no owner. */
static JsonValue value_at(JsonValue record, Slice path, JsonValue *next)
{
    size_t end = slice_find_byte(path, '.', 0);
    if (end >= path.length) {
        return next_member(record, path, next);
    }
    JsonValue value = member_of(record, slice_part(path, 0, end));
    while (end < path.length && json_type(value) == JSON_OBJECT) {
        const size_t from = end + 1;
        end = slice_find_byte(path, '.', from);
        value = member_of(value, slice_part(path, from, end));
    }
    return value;
}

static Error read_cells(SfQueryRows *rows, JsonValue record)
{
    JsonValue next = json_next(json_first(record)); /* behind "attributes" */
    RETURN_IF_ERROR(json_expect_object(record));
    for (uint32_t i = 0; i < rows->column_count; i++) {
        const JsonValue value = value_at(record, rows->columns[i], &next);
        if (!json_present(value)) {
            return ERROR_TEXT(rows->arena, ERROR_SF_PAGE_HEADER, SLICE("a record has no field "),
                              rows->columns[i]);
        }
        RETURN_IF_ERROR(cell_text(rows->arena, value, &rows->cells[i]));
    }
    return ERROR_NONE;
}

/* Records. */

static Error read_record(SfQueryRows *rows, Slice element)
{
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(rows->arena, element, &document));
    RETURN_IF_ERROR(read_cells(rows, json_root(&document)));
    return rows->take(rows->context, rows->cells, element);
}

/* What stands before the records, with the list and the document closed, is a document of its own. */
static Error read_head(SfQueryRows *rows)
{
    Buffer head;
    JsonDocument document;
    bool found = false;
    uint64_t total = 0;
    buffer_init(&head, rows->arena, 0);
    buffer_append(&head, json_split_rest(&rows->splitter));
    buffer_append(&head, SLICE("]}"));
    if (head.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a page"));
    }
    RETURN_IF_ERROR(json_parse(rows->arena, buffer_slice(&head), &document));
    RETURN_IF_ERROR(answer_count(json_root(&document), SLICE("totalSize"), &found, &total));
    rows->passes_over = found && total > rows->total_max;
    return ERROR_NONE;
}

static Error on_element(void *context, Slice element)
{
    SfQueryRows *rows = context;
    const ArenaMark mark = arena_mark(rows->arena);
    Error error = rows->splitter.elements == 0 ? read_head(rows) : ERROR_NONE;
    if (error.code == ERROR_OK && !rows->passes_over) {
        error = read_record(rows, element);
    }
    if (error.code == ERROR_OK) {
        arena_rewind(rows->arena, mark); /* an error's message lives there */
    }
    return error;
}

Error sf_query_rows_feed(SfQueryRows *rows, Slice bytes, bool closed)
{
    return answer_error(SLICE("query answer"), json_split_feed(&rows->splitter, bytes, closed));
}

Error sf_query_rows_end(SfQueryRows *rows, SfQueryPage *page)
{
    JsonDocument document;
    if (!rows->splitter.found) {
        return error_make(ERROR_SF_ANSWER, SLICE("the answer to a query has no records"));
    }
    Error error = json_parse(rows->arena, json_split_rest(&rows->splitter), &document);
    if (error.code == ERROR_OK) {
        error = query_read_page(rows->arena, json_root(&document), rows->splitter.elements, page);
    }
    return answer_error(SLICE("query answer"), error);
}
