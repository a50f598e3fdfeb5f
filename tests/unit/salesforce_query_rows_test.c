#include "salesforce.h"
#include "salesforce/query_rows.h"

static const Slice columns[] = {SLICE_INIT("Id"), SLICE_INIT("Name"), SLICE_INIT("arr__c"),
                                SLICE_INIT("Who.Type"), SLICE_INIT("Owner.Manager.Name")};

typedef struct Taken {
    Buffer text;
    ErrorCode refuse;
} Taken;

static Error take(void *context, const Slice *cells, Slice record)
{
    Taken *taken = context;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        buffer_append(&taken->text, cells[i]);
        buffer_append_byte(&taken->text, i + 1 == sizeof columns / sizeof columns[0] ? ';' : ',');
    }
    CHECK(record.data[0] == '{' && record.data[record.length - 1] == '}');
    return taken->refuse == ERROR_OK ? ERROR_NONE : error_make(taken->refuse, SLICE("refused"));
}

/* Reads `body` in two pieces, cut at `cut`. */
static Error read(Slice body, size_t cut, uint64_t total_max, Taken *taken, Arena *arena, SfQueryPage *page)
{
    SfQueryRows rows = {.columns = columns,
                        .column_count = sizeof columns / sizeof columns[0],
                        .total_max = total_max,
                        .take = take,
                        .context = taken};
    buffer_init(&taken->text, arena, 0);
    RETURN_IF_ERROR(sf_query_rows_begin(&rows, arena));
    RETURN_IF_ERROR(sf_query_rows_feed(&rows, slice_part(body, 0, cut), false));
    RETURN_IF_ERROR(sf_query_rows_feed(&rows, slice_part(body, cut, SIZE_MAX), false));
    RETURN_IF_ERROR(sf_query_rows_feed(&rows, SLICE(""), true));
    return sf_query_rows_end(&rows, page);
}

#define ATTRIBUTES "\"attributes\":{\"type\":\"Task\",\"url\":\"/x\"}"
#define FIRST                                                                                                \
    "{" ATTRIBUTES ",\"Id\":\"1\",\"Name\":\"a\\n\\u00e9\",\"ARR__c\":39000.0,\"Who\":{" ATTRIBUTES          \
    ",\"Type\":\"Lead\"},\"Owner\":{\"Manager\":null}}"
#define SECOND                                                                                               \
    "{" ATTRIBUTES ",\"Id\":\"2\",\"Name\":null,\"ARR__c\":1.5E-3,\"Who\":null,"                             \
    "\"Owner\":{\"Manager\":{\"Name\":true}}}"
#define THIRD                                                                                                \
    "{\"Owner\":null,\"Who\":null,\"Name\":\"\",\"ARR__c\":9007199254740993,\"Id\":\"3\"}" /* another order  \
                                                                                            */
#define CELLS                                                                                                \
    "1,a\n\xC3\xA9,39000,Lead,;"                                                                             \
    "2,,0.0015,,true;3,,9007199254740993,,;"
#define PAGE(total, more)                                                                                    \
    "{\"totalSize\":" total ",\"done\":" more ",\"records\":[" FIRST "," SECOND "," THIRD "]}"

static void gives_what_a_row_of_bulk_has(void)
{
    const Slice body = SLICE(PAGE("3", "true"));
    for (size_t cut = 0; cut <= body.length; cut++) {
        Scratch scratch;
        Taken taken = {.refuse = ERROR_OK};
        SfQueryPage page = {0};
        Arena *arena = scratch_open(&scratch);
        CHECK_ERROR(read(body, cut, 2000, &taken, arena, &page), ERROR_OK, "read");
        CHECK_TEXT(buffer_slice(&taken.text), SLICE(CELLS), "cells");
        CHECK(page.done && page.rows == 3 && page.total == 3 && page.next_path.length == 0);
        scratch_close(&scratch);
    }
}

#define MORE "false,\"nextRecordsUrl\":\"/services/data/v66.0/query/01g-3\""

static void reads_pages(void)
{
    static const struct {
        const char *name;
        Slice body;
        Slice cells;
        ErrorCode refuse;
        ErrorCode code;
        uint64_t total;
    } rows[] = {
        {"more", SLICE_INIT(PAGE("2000", MORE)), SLICE_INIT(CELLS), ERROR_OK, ERROR_OK, 2000},
        {"too many are passed over", SLICE_INIT(PAGE("2001", MORE)), SLICE_INIT(""), ERROR_OK, ERROR_OK,
         2001},
        {"too many, told behind", SLICE_INIT("{\"records\":[" THIRD "],\"done\":true,\"totalSize\":2001}"),
         SLICE_INIT("3,,9007199254740993,,;"), ERROR_OK, ERROR_OK, 2001},
        {"none", SLICE_INIT("{\"totalSize\":0,\"done\":true,\"records\":[]}"), SLICE_INIT(""), ERROR_OK,
         ERROR_OK, 0},
        {"no next page", SLICE_INIT(PAGE("2000", "false")), SLICE_INIT(CELLS), ERROR_OK, ERROR_SF_ANSWER, 0},
        {"no records", SLICE_INIT("{\"done\":true,\"totalSize\":0}"), SLICE_INIT(""), ERROR_OK,
         ERROR_SF_ANSWER, 0},
        {"no object", SLICE_INIT("{\"totalSize\":1,\"done\":true,\"records\":[7]}"), SLICE_INIT(""), ERROR_OK,
         ERROR_SF_ANSWER, 0},
        {"an object for a value", SLICE_INIT("{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":{}}]}"),
         SLICE_INIT(""), ERROR_OK, ERROR_SF_ANSWER, 0},
        {"NUL", SLICE_INIT("{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"a\\u0000\"}]}"),
         SLICE_INIT(""), ERROR_OK, ERROR_SF_ANSWER, 0},
        {"no field", SLICE_INIT("{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"1\"}]}"),
         SLICE_INIT(""), ERROR_OK, ERROR_SF_PAGE_HEADER, 0},
        {"cut", SLICE_INIT("{\"totalSize\":3,\"done\":true,\"records\":[" THIRD ","),
         SLICE_INIT("3,,9007199254740993,,;"), ERROR_OK, ERROR_SF_ANSWER, 0},
        {"refused", SLICE_INIT(PAGE("3", "true")), SLICE_INIT("1,a\n\xC3\xA9,39000,Lead,;"),
         ERROR_SF_PAGE_ROW, ERROR_SF_PAGE_ROW, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Scratch scratch;
        Taken taken = {.refuse = rows[i].refuse};
        SfQueryPage page = {0};
        Arena *arena = scratch_open(&scratch);
        CHECK_ERROR(read(rows[i].body, 0, 2000, &taken, arena, &page), rows[i].code, rows[i].name);
        CHECK_TEXT(buffer_slice(&taken.text), rows[i].cells, rows[i].name);
        CHECK_INT(page.total, rows[i].total, rows[i].name);
        scratch_close(&scratch);
    }
}

static Error nothing(void *context, const Slice *cells, Slice record)
{
    (void)context;
    (void)cells;
    (void)record;
    return ERROR_NONE;
}

/* However many records a page has, there is never more than one in memory. */
static void needs_memory_for_one_record(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    SfQueryRows rows = {.columns = columns, .column_count = 1, .total_max = UINT64_MAX, .take = nothing};
    SfQueryPage page = {0};
    CHECK_ERROR(sf_query_rows_begin(&rows, arena), ERROR_OK, "begin");
    CHECK_ERROR(
        sf_query_rows_feed(&rows, SLICE("{\"totalSize\":20000,\"done\":true,\"records\":[" THIRD), false),
        ERROR_OK, "first");
    const size_t bytes = scratch.memory.bytes_peak;
    for (int i = 1; i < 20000; i++) {
        CHECK_ERROR(sf_query_rows_feed(&rows, SLICE("," THIRD), false), ERROR_OK, "more");
    }
    CHECK_ERROR(sf_query_rows_feed(&rows, SLICE("]}"), true), ERROR_OK, "last");
    CHECK_ERROR(sf_query_rows_end(&rows, &page), ERROR_OK, "end");
    CHECK(page.rows == 20000 && page.done);
    CHECK(scratch.memory.bytes_peak <= bytes + 4096);
    scratch_close(&scratch);
}

static void asks_for_pages_of_a_size(void)
{
    static const struct {
        uint32_t rows;
        Slice header;
    } cases[] = {{1, SLICE_INIT("Sforce-Query-Options: batchSize=200\r\n")},
                 {700, SLICE_INIT("Sforce-Query-Options: batchSize=700\r\n")},
                 {50000, SLICE_INIT("Sforce-Query-Options: batchSize=2000\r\n")}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scratch scratch;
        RequestSpec spec = {.method = METHOD_GET};
        CHECK_ERROR(sf_query_batch(scratch_open(&scratch), cases[i].rows, &spec), ERROR_OK, "batch");
        CHECK_TEXT(spec.headers, cases[i].header, "header");
        scratch_close(&scratch);
    }
}

TEST_MAIN(gives_what_a_row_of_bulk_has, reads_pages, needs_memory_for_one_record, asks_for_pages_of_a_size)
