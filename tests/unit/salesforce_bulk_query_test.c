#include "salesforce.h"
#include "salesforce/bulk_query.h"

#define ID "750R0000000zlh9IAA"
#define PATH "/services/data/v66.0/jobs/query/" ID

static const Slice version = SLICE_INIT("66.0");
static const Slice job_id = SLICE_INIT(ID);

static void writes_requests(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(
        sf_bulk_query_create(arena, version, SLICE("SELECT Id FROM Account WHERE Name = 'a\"\\'b'"), &spec),
        ERROR_OK, "create");
    CHECK_SPEC(arena, spec,
               "bulk.create: POST /services/data/v66.0/jobs/query\nContent-Type: application/json\n\n"
               "{\"operation\":\"queryAll\",\"query\":\"SELECT Id FROM Account WHERE Name = 'a\\\"\\\\'b'\"}",
               "create");
    CHECK_ERROR(sf_bulk_query_poll(arena, version, job_id, &spec), ERROR_OK, "poll");
    CHECK_SPEC(arena, spec, "bulk.poll: GET " PATH "\n", "poll");
    CHECK_ERROR(sf_bulk_query_delete(arena, version, job_id, &spec), ERROR_OK, "delete");
    CHECK_SPEC(arena, spec, "bulk.delete: DELETE " PATH "\n", "delete");
    CHECK_ERROR(sf_bulk_query_abort(arena, version, job_id, &spec), ERROR_OK, "abort");
    CHECK_SPEC(arena, spec,
               "bulk.abort: PATCH " PATH "\nContent-Type: application/json\n\n{\"state\":\"Aborted\"}",
               "abort");
    scratch_close(&scratch);
}

static void pages_by_locator(void)
{
    static const struct {
        uint32_t rows_max;
        Slice locator;
        Slice path;
    } rows[] = {
        {0, SLICE_INIT(""), SLICE_INIT(PATH "/results")},
        {50000, SLICE_INIT(""), SLICE_INIT(PATH "/results?maxRecords=50000")},
        {50000, SLICE_INIT("MTAwMDA"), SLICE_INIT(PATH "/results?maxRecords=50000&locator=MTAwMDA")},
        {0, SLICE_INIT("a+/="), SLICE_INIT(PATH "/results?locator=a%2B%2F%3D")},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    const Sink sink = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        RequestSpec spec;
        CHECK_ERROR(
            sf_bulk_query_page(arena, version, job_id, rows[i].rows_max, rows[i].locator, &sink, &spec),
            ERROR_OK, rows[i].path.data);
        CHECK_TEXT(spec.path, rows[i].path, "path");
        CHECK_TEXT(spec.accept, SLICE("text/csv"), "accept");
        CHECK(spec.sink == &sink && spec.method == METHOD_GET && !spec.once);
    }
    scratch_close(&scratch);
}

static void reads_page_headers(void)
{
    static const struct {
        Slice headers;
        ErrorCode code;
        bool last;
        bool has_rows;
        uint64_t rows;
        Slice locator;
    } rows[] = {
        {SLICE_INIT("sforce-locator: MTAwMDA\nsforce-numberofrecords: 50000\n"), ERROR_OK, false, true, 50000,
         SLICE_INIT("MTAwMDA")},
        {SLICE_INIT("sforce-numberofrecords: 7\nsforce-locator: null\n"), ERROR_OK, true, true, 7,
         SLICE_INIT("")},
        {SLICE_INIT("sforce-locator: null\n"), ERROR_OK, true, false, 0, SLICE_INIT("")},
        {SLICE_INIT("sforce-locator: NULL\n"), ERROR_OK, false, false, 0, SLICE_INIT("NULL")},
        {SLICE_INIT("sforce-locator: null\nsforce-numberofrecords: many\n"), ERROR_OK, true, false, 0,
         SLICE_INIT("")},
        {SLICE_INIT("sforce-numberofrecords: 7\n"), ERROR_SF_ROW_COUNT, false, false, 0, SLICE_INIT("")},
        {SLICE_INIT("sforce-locator: \nsforce-numberofrecords: 7\n"), ERROR_SF_ROW_COUNT, false, false, 0,
         SLICE_INIT("")},
        {SLICE_INIT(""), ERROR_SF_ROW_COUNT, false, false, 0, SLICE_INIT("")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SfBulkPage page = {0};
        CHECK_ERROR(sf_bulk_page_read(rows[i].headers, &page), rows[i].code, rows[i].headers.data);
        CHECK_NAMED(page.last == rows[i].last && page.has_rows == rows[i].has_rows, rows[i].headers.data);
        CHECK_INT(page.rows, rows[i].rows, rows[i].headers.data);
        CHECK_TEXT(page.locator, rows[i].locator, rows[i].headers.data);
    }
}

static void counts_rows(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    const SfBulkPage page = {.has_rows = true, .rows = 50000};
    const SfBulkPage unknown = {.has_rows = false};
    CHECK_ERROR(sf_bulk_page_check(arena, &page, 50000), ERROR_OK, "agree");
    CHECK_ERROR(sf_bulk_page_check(arena, &unknown, 12), ERROR_OK, "not announced");
    const Error error = sf_bulk_page_check(arena, &page, 49999);
    CHECK_ERROR(error, ERROR_SF_ROW_COUNT, "differ");
    CHECK_TEXT(error.message, SLICE("a page of Bulk results announced 50000 rows and had 49999"),
               "both numbers");
    scratch_close(&scratch);
}

static void pages_by_link(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    const Sink sink = {0};
    CHECK_ERROR(sf_bulk_query_links(arena, version, job_id, SLICE(""), &spec), ERROR_OK, "first list");
    CHECK_SPEC(arena, spec, "bulk.pages: GET " PATH "/resultPages\n", "first list");
    CHECK_ERROR(sf_bulk_query_links(arena, version, job_id, SLICE("locator=a%2B"), &spec), ERROR_OK, "next");
    CHECK_SPEC(arena, spec, "bulk.pages: GET " PATH "/resultPages?locator=a%2B\n", "next list");
    CHECK_ERROR(sf_bulk_query_linked(arena, version, job_id, SLICE("locator=a%2B"), &sink, &spec), ERROR_OK,
                "linked");
    CHECK_TEXT(spec.path, SLICE(PATH "/results?locator=a%2B"), "path as it was linked");
    CHECK_TEXT(spec.accept, SLICE("text/csv"), "accept");
    CHECK(spec.sink == &sink && spec.method == METHOD_GET && !spec.once);
    Slice locator = SLICE("");
    bool found = false;
    CHECK_ERROR(sf_bulk_link_locator(arena, SLICE("maxRecords=5&locator=a%2B"), &locator, &found), ERROR_OK,
                "locator");
    CHECK(found);
    CHECK_TEXT(locator, SLICE("a+"), "decoded");
    CHECK_ERROR(sf_bulk_link_locator(arena, SLICE("maxRecords=5"), &locator, &found), ERROR_OK, "none");
    CHECK(!found);
    scratch_close(&scratch);
}

#define RESULTS "/services/data/v66.0/jobs/query/" ID "/results?locator="

static void reads_links(void)
{
    static const struct {
        const char *name;
        const char *body;
        ErrorCode code;
        uint32_t count;
        bool has_next;
        const char *first;
        const char *next;
    } rows[] = {
        {"documented",
         "{\"resultPages\":[{\"resultUrl\":\"" RESULTS "A\"},{\"resultUrl\":\"" RESULTS
         "B\"}],\"nextRecordsUrl\":\"/x/resultPages?locator=C\",\"done\":false}",
         ERROR_OK, 2, true, "locator=A", "locator=C"},
        {"the other names",
         "{\"resultPages\":[{\"resultLink\":\"" RESULTS
         "A&maxRecords=7\"}],\"nextRecordUrl\":\"/x/resultPages?locator=C\",\"done\":false}",
         ERROR_OK, 1, true, "locator=A&maxRecords=7", "locator=C"},
        {"the last list, next is null",
         "{\"resultPages\":[{\"resultUrl\":\"" RESULTS "A\"}],\"nextRecordsUrl\":null,\"done\":true}",
         ERROR_OK, 1, false, "locator=A", ""},
        {"a page without a query", "{\"resultPages\":[{\"resultUrl\":\"/y/results\"}],\"done\":true}",
         ERROR_OK, 1, false, "", ""},
        {"no pages", "{\"resultPages\":[],\"done\":true}", ERROR_OK, 0, false, "", ""},
        {"neither done nor a next list", "{\"resultPages\":[],\"done\":false}", ERROR_SF_ANSWER, 0, false, "",
         ""},
        {"a next list that is the first one",
         "{\"resultPages\":[],\"done\":false,\"nextRecordsUrl\":\"/x/resultPages\"}", ERROR_SF_ANSWER, 0,
         false, "", ""},
        {"done is missing", "{\"resultPages\":[]}", ERROR_SF_ANSWER, 0, false, "", ""},
        {"no list", "{\"done\":true}", ERROR_SF_ANSWER, 0, false, "", ""},
        {"a page without a link", "{\"resultPages\":[{}],\"done\":true}", ERROR_SF_ANSWER, 0, false, "", ""},
        {"a link to something else", "{\"resultPages\":[{\"resultUrl\":\"/y?locator=A\"}],\"done\":true}",
         ERROR_SF_ANSWER, 0, false, "", ""},
        {"a link with a line of its own",
         "{\"resultPages\":[{\"resultUrl\":\"/y/results?a\\r\\nb: c\"}],\"done\":true}", ERROR_SF_ANSWER, 0,
         false, "", ""},
        {"six links",
         "{\"resultPages\":[{\"resultUrl\":\"/results?1\"},{\"resultUrl\":\"/results?2\"},{\"resultUrl\":\"/"
         "results?3\"},"
         "{\"resultUrl\":\"/results?4\"},{\"resultUrl\":\"/results?5\"},{\"resultUrl\":\"/"
         "results?6\"}],\"done\":true}",
         ERROR_SF_ANSWER, 0, false, "", ""},
        {"a page of HTML", "<html>", ERROR_SF_ANSWER, 0, false, "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Scratch scratch;
        Arena *arena = scratch_open(&scratch);
        SfBulkLinks links = {.count = 0};
        CHECK_ERROR(sf_bulk_links_read(arena, slice_from_text(rows[i].body), &links), rows[i].code,
                    rows[i].name);
        CHECK_INT(links.count, rows[i].count, rows[i].name);
        CHECK_NAMED(links.has_next == rows[i].has_next, rows[i].name);
        CHECK_TEXT(links.count == 0 ? SLICE("") : links.pages[0], slice_from_text(rows[i].first),
                   rows[i].name);
        CHECK_TEXT(links.next, slice_from_text(rows[i].next), rows[i].name);
        scratch_close(&scratch);
    }
}

TEST_MAIN(writes_requests, pages_by_link, reads_links, pages_by_locator, reads_page_headers, counts_rows)
