#include "salesforce.h"
#include "salesforce/query.h"

static void asks(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(
        sf_query(arena, SLICE("66.0"), SF_QUERY, SLICE("SELECT Id FROM Account WHERE Name = 'a+b'"), &spec),
        ERROR_OK, "query");
    CHECK_SPEC(
        arena, spec,
        "query: GET /services/data/v66.0/query?q=SELECT%20Id%20FROM%20Account%20WHERE%20Name%20%3D%20%27a%2Bb"
        "%27\n",
        "query");
    CHECK_ERROR(sf_query(arena, SLICE("66.0"), SF_QUERY_ALL, SLICE("x"), &spec), ERROR_OK, "all");
    CHECK_SPEC(arena, spec, "query.all: GET /services/data/v66.0/queryAll?q=x\n", "all");
    CHECK_ERROR(sf_query(arena, SLICE("66.0"), SF_QUERY_TOOLING, SLICE("x"), &spec), ERROR_OK, "tooling");
    CHECK_SPEC(arena, spec, "query.tooling: GET /services/data/v66.0/tooling/query?q=x\n", "tooling");
    static char text[13000];
    memset(text, 'a', sizeof text);
    CHECK_ERROR(sf_query(arena, SLICE("66.0"), SF_QUERY, slice_make(text, sizeof text), &spec),
                ERROR_SF_REQUEST_TOO_LONG, "too long for a URL");
    CHECK_ERROR(sf_query_next(arena, SLICE("/services/data/v66.0/query/01gD0000002HU6KIAW-2000"), &spec),
                ERROR_OK, "next");
    CHECK_SPEC(arena, spec, "query.next: GET /services/data/v66.0/query/01gD0000002HU6KIAW-2000\n", "next");
    static const Slice bad[] = {
        SLICE_INIT(""), SLICE_INIT("https://evil.example/services/data/v66.0/query/x"),
        SLICE_INIT("//evil.example/services/data/v66.0"),
        SLICE_INIT("/services/data/v66.0/query/x HTTP/1.1\r\nX: y"), SLICE_INIT("/services/oauth2/revoke")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_ERROR(sf_query_next(arena, bad[i], &spec), ERROR_SF_ANSWER, bad[i].data);
    }
    scratch_close(&scratch);
}

static Error join(void *context, JsonValue record)
{
    Buffer *names = context;
    Slice name = SLICE("");
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("Name")), &name));
    buffer_append(names, name);
    buffer_append_byte(names, ';');
    return ERROR_NONE;
}

#define ROWS "[{\"attributes\":{\"type\":\"Account\",\"url\":\"/x\"},\"Name\":\"a\"},{\"Name\":\"b\"}]"

static void reads_pages(void)
{
    static const struct {
        Slice body;
        Slice names;
        Slice next;
        ErrorCode code;
        bool done;
    } rows[] = {
        {SLICE_INIT("{\"totalSize\":2,\"done\":true,\"records\":" ROWS "}"), SLICE_INIT("a;b;"),
         SLICE_INIT(""), ERROR_OK, true},
        {SLICE_INIT("{\"totalSize\":9,\"done\":false,\"nextRecordsUrl\":\"/services/data/v66.0/query/01g-2\","
                    "\"records\":" ROWS "}"),
         SLICE_INIT("a;b;"), SLICE_INIT("/services/data/v66.0/query/01g-2"), ERROR_OK, false},
        {SLICE_INIT("{\"records\":[],\"done\":true,\"totalSize\":0}"), SLICE_INIT(""), SLICE_INIT(""),
         ERROR_OK, true},
        {SLICE_INIT("{\"records\":" ROWS ",\"done\":false,\"totalSize\":9}"), SLICE_INIT("a;b;"),
         SLICE_INIT(""), ERROR_SF_ANSWER, false},
        {SLICE_INIT("{\"records\":" ROWS "}"), SLICE_INIT("a;b;"), SLICE_INIT(""), ERROR_SF_ANSWER, false},
        {SLICE_INIT("{\"records\":[{}],\"done\":true}"), SLICE_INIT(""), SLICE_INIT(""), ERROR_SF_ANSWER,
         false},
        {SLICE_INIT("{\"done\":true}"), SLICE_INIT(""), SLICE_INIT(""), ERROR_SF_ANSWER, false},
        {SLICE_INIT("{\"records\":" ROWS), SLICE_INIT("a;b;"), SLICE_INIT(""), ERROR_SF_ANSWER, false},
        {SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT(""), ERROR_SF_ANSWER, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Scratch scratch;
        Scratch other;
        Arena *arena = scratch_open(&scratch);
        Arena *aside = scratch_open(&other);
        SfQueryPage page = {0};
        Buffer names;
        buffer_init(&names, arena, 0);
        CHECK_ERROR(sf_query_read(arena, aside, rows[i].body, join, &names, &page), rows[i].code,
                    rows[i].body.data);
        CHECK_TEXT(buffer_slice(&names), rows[i].names, rows[i].body.data);
        CHECK_TEXT(page.next_path, rows[i].next, rows[i].body.data);
        CHECK_NAMED(page.done == rows[i].done, rows[i].body.data);
        scratch_close(&scratch);
        scratch_close(&other);
    }
}

static void counts_without_rows(void)
{
    Scratch scratch;
    Scratch other;
    SfQueryPage page = {0};
    CHECK_ERROR(sf_query_read(scratch_open(&scratch), scratch_open(&other),
                              SLICE("{\"totalSize\":123456,\"done\":true,\"records\":[]}"), NULL, NULL,
                              &page),
                ERROR_OK, "COUNT()");
    CHECK(page.total == 123456 && page.rows == 0);
    scratch_close(&scratch);
    scratch_close(&other);
}

TEST_MAIN(asks, reads_pages, counts_without_rows)
