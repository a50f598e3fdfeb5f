#include "salesforce/query.h"

#include "salesforce/internal.h"
#include "salesforce/url.h"

Error sf_query(Arena *arena, Slice version, SfQueryKind kind, Slice soql, RequestSpec *spec)
{
    static const struct {
        Slice path;
        Slice purpose;
    } kinds[] = {
        [SF_QUERY] = {SLICE_INIT("/query?q="), SLICE_INIT("query")},
        [SF_QUERY_ALL] = {SLICE_INIT("/queryAll?q="), SLICE_INIT("query.all")},
        [SF_QUERY_TOOLING] = {SLICE_INIT("/tooling/query?q="), SLICE_INIT("query.tooling")},
    };
    Buffer path;
    spec_path(&path, arena, version, kinds[kind].path);
    sf_url_append(&path, soql);
    return spec_finish(spec, METHOD_GET, kinds[kind].purpose, &path, SLICE(""), NULL);
}

typedef struct Rows {
    SfQueryRow *row;
    void *context;
    uint64_t count;
} Rows;

static Error on_row(void *context, JsonValue record)
{
    Rows *rows = context;
    rows->count++;
    return rows->row == NULL ? ERROR_NONE : rows->row(rows->context, record);
}

static Error read_page(Arena *arena, Arena *scratch, Slice body, Rows *rows, SfQueryPage *page)
{
    JsonDocument document;
    SfQueryPage read = {0};
    bool has_total = false;
    RETURN_IF_ERROR(answer_split(scratch, body, SLICE("records"), on_row, rows, &document));
    const JsonValue root = json_root(&document);
    RETURN_IF_ERROR(json_bool(json_get(root, SLICE("done")), &read.done));
    RETURN_IF_ERROR(answer_count(root, SLICE("totalSize"), &has_total, &read.total));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("nextRecordsUrl"), SLICE(""), &read.next_path));
    if (read.done) {
        read.next_path = SLICE("");
    } else if (read.next_path.length == 0) {
        return json_error(root, ERROR_JSON_TYPE, SLICE("not done, and no nextRecordsUrl"));
    }
    read.rows = rows->count;
    *page = read;
    return ERROR_NONE;
}

Error sf_query_read(Arena *arena, Arena *scratch, Slice body, SfQueryRow *row, void *context,
                    SfQueryPage *page)
{
    Rows rows = {row, context, 0};
    return answer_error(SLICE("query answer"), read_page(arena, scratch, body, &rows, page));
}

Error sf_query_next(Arena *arena, Slice next_path, RequestSpec *spec)
{
    Buffer path;
    buffer_init(&path, arena, 0);
    buffer_append(&path, next_path);
    if (!slice_starts_with(next_path, SLICE("/services/data/v")) || !spec_is_visible(next_path)) {
        return error_make(ERROR_SF_ANSWER, SLICE("the next page is not at a path of the data API"));
    }
    return spec_finish(spec, METHOD_GET, SLICE("query.next"), &path, SLICE(""), NULL);
}
