#include "salesforce/bulk_query.h"

#include "base/number.h"
#include "salesforce/internal.h"
#include "salesforce/url.h"

static void job_path(Buffer *path, Arena *arena, Slice version, Slice job_id)
{
    spec_path(path, arena, version, SLICE("/jobs/query/"));
    sf_url_append(path, job_id);
}

Error sf_bulk_query_create(Arena *arena, Slice version, Slice soql, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/jobs/query"));
    Buffer body;
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    json_write_object_begin(&json);
    spec_json_pair(&json, SLICE("operation"), SLICE("queryAll"));
    spec_json_pair(&json, SLICE("query"), soql);
    json_write_object_end(&json);
    return spec_finish(spec, METHOD_POST, SLICE("bulk.create"), &path, SPEC_JSON, &body);
}

Error sf_bulk_query_poll(Arena *arena, Slice version, Slice job_id, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id);
    return spec_finish(spec, METHOD_GET, SLICE("bulk.poll"), &path, SLICE(""), NULL);
}

Error sf_bulk_query_page(Arena *arena, Slice version, Slice job_id, uint32_t rows_max, Slice locator,
                         const Sink *sink, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id);
    buffer_append(&path, SLICE("/results"));
    if (rows_max != 0) {
        buffer_append(&path, SLICE("?maxRecords="));
        buffer_append_uint64(&path, rows_max);
    }
    if (locator.length != 0) {
        buffer_append_byte(&path, (char)(rows_max != 0 ? '&' : '?'));
        buffer_append(&path, SLICE("locator="));
        sf_url_append(&path, locator);
    }
    RETURN_IF_ERROR(spec_finish(spec, METHOD_GET, SLICE("bulk.page"), &path, SLICE(""), NULL));
    spec->accept = SPEC_CSV;
    spec->sink = sink;
    return ERROR_NONE;
}

/* `link` behind '?', as it came: it is encoded already. */
static void append_link(Buffer *path, Slice link)
{
    if (link.length != 0) {
        buffer_append_byte(path, '?');
        buffer_append(path, link);
    }
}

Error sf_bulk_query_links(Arena *arena, Slice version, Slice job_id, Slice link, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id);
    buffer_append(&path, SLICE("/resultPages"));
    append_link(&path, link);
    return spec_finish(spec, METHOD_GET, SLICE("bulk.pages"), &path, SLICE(""), NULL);
}

Error sf_bulk_query_linked(Arena *arena, Slice version, Slice job_id, Slice link, const Sink *sink,
                           RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id);
    buffer_append(&path, SLICE("/results"));
    append_link(&path, link);
    RETURN_IF_ERROR(spec_finish(spec, METHOD_GET, SLICE("bulk.page"), &path, SLICE(""), NULL));
    spec->accept = SPEC_CSV;
    spec->sink = sink;
    return ERROR_NONE;
}

/* A link under either name: what stands behind the '?' of a URL that ends in `end`. */
static Error read_link(Arena *arena, JsonValue object, const Slice keys[2], Slice end, Slice *link,
                       bool *has_link)
{
    JsonValue value = json_get(object, keys[0]);
    value = json_present(value) ? value : json_get(object, keys[1]);
    Slice url = SLICE("");
    RETURN_IF_ERROR(json_text_or(value, SLICE(""), &url));
    *has_link = url.length != 0;
    const size_t query = slice_find_byte(url, '?', 0);
    const Slice path = slice_part(url, 0, query);
    const size_t tail = path.length < end.length ? 0 : path.length - end.length;
    if (*has_link && (!slice_equal(slice_part(path, tail, path.length), end) || !spec_is_visible(url))) {
        return json_error(value, ERROR_JSON_TYPE, SLICE("not a link to results"));
    }
    const Slice text = slice_part(url, query + 1, url.length);
    return arena_keep(arena, text, link) ? ERROR_NONE
                                         : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an answer"));
}

static Error read_links(Arena *arena, Slice body, SfBulkLinks *links)
{
    static const Slice page_keys[] = {SLICE_INIT("resultUrl"), SLICE_INIT("resultLink")};
    static const Slice next_keys[] = {SLICE_INIT("nextRecordsUrl"), SLICE_INIT("nextRecordUrl")};
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue root = json_root(&document);
    const JsonValue pages = json_get(root, SLICE("resultPages"));
    bool done = false;
    SfBulkLinks read = {.count = 0};
    RETURN_IF_ERROR(json_expect_array(pages));
    RETURN_IF_ERROR(json_bool(json_get(root, SLICE("done")), &done));
    for (JsonValue page = json_first(pages); json_present(page); page = json_next(page)) {
        bool found = false;
        if (read.count == SF_BULK_LINKS_MAX) {
            return json_error(page, ERROR_JSON_TYPE, SLICE("more links than five"));
        }
        RETURN_IF_ERROR(
            read_link(arena, page, page_keys, SLICE("/results"), &read.pages[read.count++], &found));
        if (!found) {
            return json_error(page, ERROR_JSON_TYPE, SLICE("a page without a link"));
        }
    }
    if (!done) {
        RETURN_IF_ERROR(read_link(arena, root, next_keys, SLICE("/resultPages"), &read.next, &read.has_next));
        if (!read.has_next || read.next.length == 0) {
            return json_error(root, ERROR_JSON_TYPE, SLICE("not done, and no next list"));
        }
    }
    *links = read;
    return ERROR_NONE;
}

Error sf_bulk_links_read(Arena *arena, Slice body, SfBulkLinks *links)
{
    return answer_error(SLICE("list of result pages"), read_links(arena, body, links));
}

Error sf_bulk_link_locator(Arena *arena, Slice link, Slice *locator, bool *found)
{
    return sf_url_parameter(arena, link, SLICE("locator"), locator, found);
}

Error sf_bulk_page_read(Slice headers, SfBulkPage *page)
{
    const Slice locator = request_header(headers, SLICE("sforce-locator"));
    const Slice rows = request_header(headers, SLICE("sforce-numberofrecords"));
    SfBulkPage read = {.last = slice_equal(locator, SLICE("null"))};
    if (locator.length == 0) {
        return error_make(ERROR_SF_ROW_COUNT, SLICE("a page of Bulk results has no Sforce-Locator"));
    }
    if (!read.last) {
        read.locator = locator;
    }
    read.has_rows = number_parse_uint64(rows, &read.rows).code == ERROR_OK;
    *page = read;
    return ERROR_NONE;
}

Error sf_bulk_page_check(Arena *arena, const SfBulkPage *page, uint64_t rows)
{
    if (!page->has_rows || page->rows == rows) {
        return ERROR_NONE;
    }
    char want[NUMBER_TEXT_BYTES];
    char got[NUMBER_TEXT_BYTES];
    const size_t want_length = number_print_uint64(page->rows, want);
    const size_t got_length = number_print_uint64(rows, got);
    return ERROR_TEXT(
        arena, ERROR_SF_ROW_COUNT, SLICE("a page of Bulk results announced "), slice_make(want, want_length),
        page->rows == 1 ? SLICE(" row and had ") : SLICE(" rows and had "), slice_make(got, got_length));
}

Error sf_bulk_query_delete(Arena *arena, Slice version, Slice job_id, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id);
    return spec_finish(spec, METHOD_DELETE, SLICE("bulk.delete"), &path, SLICE(""), NULL);
}

Error sf_bulk_query_abort(Arena *arena, Slice version, Slice job_id, RequestSpec *spec)
{
    Buffer path;
    job_path(&path, arena, version, job_id);
    Buffer body;
    buffer_init(&body, arena, 0);
    buffer_append(&body, SLICE("{\"state\":\"Aborted\"}"));
    return spec_finish(spec, METHOD_PATCH, SLICE("bulk.abort"), &path, SPEC_JSON, &body);
}
