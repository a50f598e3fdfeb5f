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
    return ERROR_TEXT(arena, ERROR_SF_ROW_COUNT, SLICE("a page of Bulk results announced "),
                      slice_make(want, want_length), SLICE(" rows and had "), slice_make(got, got_length));
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
