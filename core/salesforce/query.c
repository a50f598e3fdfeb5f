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

Error query_read_page(Arena *arena, JsonValue root, uint64_t rows, SfQueryPage *page)
{
    SfQueryPage read = {.rows = rows};
    bool has_total = false;
    RETURN_IF_ERROR(json_bool(json_get(root, SLICE("done")), &read.done));
    RETURN_IF_ERROR(answer_count(root, SLICE("totalSize"), &has_total, &read.total));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("nextRecordsUrl"), SLICE(""), &read.next_path));
    if (read.done) {
        read.next_path = SLICE("");
    } else if (read.next_path.length == 0) {
        return json_error(root, ERROR_JSON_TYPE, SLICE("not done, and no nextRecordsUrl"));
    }
    *page = read;
    return ERROR_NONE;
}

static Error read_page(Arena *arena, Arena *scratch, Slice body, Rows *rows, SfQueryPage *page)
{
    JsonDocument document;
    RETURN_IF_ERROR(answer_split(scratch, body, SLICE("records"), on_row, rows, &document));
    return query_read_page(arena, json_root(&document), rows->count, page);
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

Error sf_query_batch(Arena *arena, uint32_t rows, RequestSpec *spec)
{
    Buffer header;
    buffer_init(&header, arena, 0);
    buffer_append(&header, SLICE("Sforce-Query-Options: batchSize="));
    buffer_append_uint64(&header, rows < SF_QUERY_BATCH_MIN   ? SF_QUERY_BATCH_MIN
                                  : rows > SF_QUERY_BATCH_MAX ? SF_QUERY_BATCH_MAX
                                                              : rows);
    buffer_append(&header, SLICE("\r\n"));
    spec->headers = buffer_slice(&header);
    return header.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a request")) : ERROR_NONE;
}
