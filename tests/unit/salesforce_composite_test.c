#include "salesforce.h"
#include "salesforce/composite.h"
#include "salesforce/describe.h"

static void asks_for_all_describes_at_once(void)
{
    static const SfCompositeDescribe items[] = {
        {SLICE_INIT("Account"), SLICE_INIT("Mon, 23 Nov 2026 08:00:00 GMT")},
        {SLICE_INIT("Contact"), SLICE_INIT("")},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_composite_describe(arena, SLICE("66.0"), items, 2, &spec), ERROR_OK, "two");
    CHECK_SPEC(arena, spec,
               "describe.all: POST /services/data/v66.0/composite\nContent-Type: application/json\n\n"
               "{\"allOrNone\":false,\"collateSubrequests\":true,\"compositeRequest\":["
               "{\"method\":\"GET\",\"url\":\"/services/data/v66.0/sobjects/Account/"
               "describe\",\"referenceId\":\"da\","
               "\"httpHeaders\":{\"If-Modified-Since\":\"Mon, 23 Nov 2026 08:00:00 GMT\"}},"
               "{\"method\":\"GET\",\"url\":\"/services/data/v66.0/sobjects/Contact/describe\","
               "\"referenceId\":\"db\"}]}",
               "two");
    CHECK_NAMED(!spec.once, "only reads");
    scratch_close(&scratch);
}

typedef struct Log {
    Arena *arena;
    Buffer text;
} Log;

static Error note(void *context, const SfCompositePart *part)
{
    Log *log = context;
    buffer_append_uint64(&log->text, part->index);
    buffer_append_byte(&log->text, ' ');
    buffer_append_uint64(&log->text, part->status);
    buffer_append_byte(&log->text, ' ');
    buffer_append(&log->text, part->last_modified);
    buffer_append_byte(&log->text, ' ');
    buffer_append(&log->text, part->body);
    buffer_append_byte(&log->text, ' ');
    buffer_append(&log->text, part->error.code == ERROR_OK ? SLICE("") : error_name(part->error.code));
    buffer_append_byte(&log->text, ';');
    return ERROR_NONE;
}

#define FRESH                                                                                                \
    "{\"body\":{\"name\":\"Account\",\"body\":[1,{\"body\":2}],\"fields\":[]},\"httpHeaders\":{\"Last-"      \
    "Modified\":\"today\"},"                                                                                 \
    "\"httpStatusCode\":200,\"referenceId\":\"da\"}"
#define SAME                                                                                                 \
    "{\"referenceId\":\"db\",\"httpStatusCode\":304,\"httpHeaders\":{\"ETag\":\"\\\"1\\\"\"},\"body\":null}"
#define MISSING                                                                                              \
    "{\"httpStatusCode\":404,\"body\":[{\"errorCode\":\"NOT_FOUND\",\"message\":\"The requested resource "   \
    "does not exist\"}]}"

static Error read_in_pieces(Arena *arena, Slice body, size_t piece, size_t count, Log *log)
{
    SfCompositeReader reader;
    sf_composite_begin(&reader, arena, count, note, log);
    for (size_t at = 0; at < body.length; at += piece) {
        RETURN_IF_ERROR(sf_composite_feed(&reader, slice_part(body, at, at + piece), false));
    }
    return sf_composite_feed(&reader, SLICE(""), true);
}

static void reads_each_answer(void)
{
    static const struct {
        Slice body;
        Slice log;
        ErrorCode code;
        uint32_t count;
    } rows[] = {
        {SLICE_INIT("{\"compositeResponse\":[" FRESH "," SAME "," MISSING "]}"),
         SLICE_INIT("0 200 today {\"name\":\"Account\",\"body\":[1,{\"body\":2}],\"fields\":[]} ;1 304   ;"
                    "2 404   SF_RECORD_GONE;"),
         ERROR_OK, 3},
        {SLICE_INIT("{\"compositeResponse\":[{\"httpStatusCode\":200}]}"), SLICE_INIT("0 200   ;"), ERROR_OK,
         1},
        {SLICE_INIT("{\"compositeResponse\":[{\"body\":7,\"httpStatusCode\":200}]}"),
         SLICE_INIT("0 200  7 ;"), ERROR_OK, 1},
        {SLICE_INIT("{\"compositeResponse\":[" SAME "]}"), SLICE_INIT("0 304   ;"), ERROR_SF_ANSWER, 2},
        {SLICE_INIT("{\"compositeResponse\":[" SAME "," SAME "]}"), SLICE_INIT("0 304   ;"), ERROR_SF_ANSWER,
         1},
        {SLICE_INIT("{\"compositeResponse\":[{}]}"), SLICE_INIT(""), ERROR_SF_ANSWER, 1},
        {SLICE_INIT("{\"compositeResponse\":[null]}"), SLICE_INIT(""), ERROR_SF_ANSWER, 1},
        {SLICE_INIT("{\"compositeResponse\":[[\"body\",1]]}"), SLICE_INIT(""), ERROR_SF_ANSWER, 1},
        {SLICE_INIT("{\"compositeResponse\":[{\"httpStatusCode\":20000}]}"), SLICE_INIT(""), ERROR_SF_ANSWER,
         1},
        {SLICE_INIT("{\"compositeResponse\":["), SLICE_INIT(""), ERROR_SF_ANSWER, 1},
        {SLICE_INIT("{}"), SLICE_INIT(""), ERROR_SF_ANSWER, 1},
        {SLICE_INIT(""), SLICE_INIT(""), ERROR_SF_ANSWER, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Scratch scratch;
        Scratch other;
        Log log = {.arena = scratch_open(&scratch)};
        buffer_init(&log.text, log.arena, 0);
        CHECK_ERROR(
            read_in_pieces(scratch_open(&other), rows[i].body, rows[i].body.length, rows[i].count, &log),
            rows[i].code, rows[i].body.data);
        CHECK_TEXT(buffer_slice(&log.text), rows[i].log, rows[i].body.data);
        for (size_t piece = 1; piece < 8; piece++) {
            buffer_clear(&log.text);
            arena_reset(&other.arena);
            CHECK_ERROR(read_in_pieces(&other.arena, rows[i].body, piece, rows[i].count, &log), rows[i].code,
                        rows[i].body.data);
            CHECK_TEXT(buffer_slice(&log.text), rows[i].log, rows[i].body.data);
        }
        scratch_close(&scratch);
        scratch_close(&other);
    }
}

TEST_MAIN(asks_for_all_describes_at_once, reads_each_answer)
