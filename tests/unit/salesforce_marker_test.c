#include "salesforce.h"
#include "salesforce/marker.h"
#include "salesforce/query.h"

#define KEY "0123456789abcdef0123456789abcdef01234567"

static void finds_its_marker_alone(void)
{
    static const struct {
        Slice text;
        bool found;
    } rows[] = {
        {SLICE_INIT("Health fell.\n\n[perly:" KEY "]"), true},
        {SLICE_INIT("<p>Health fell.</p><p>[perly:" KEY "]</p>"), true},
        {SLICE_INIT("[perly:0000000000000000000000000000000000000000] [perly:" KEY "]"), true},
        {SLICE_INIT("[perly:[perly:" KEY "]"), true},
        {SLICE_INIT("[perly:" KEY), false},
        {SLICE_INIT("[perly:" KEY "0]"), false},
        {SLICE_INIT("[perly:0123456789abcdef]"), false},
        {SLICE_INIT(KEY), false},
        {SLICE_INIT("[perly:"), false},
        {SLICE_INIT(""), false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_NAMED(sf_marker_found(rows[i].text, SLICE(KEY)) == rows[i].found, rows[i].text.data);
    }
    Scratch scratch;
    Buffer text;
    buffer_init(&text, scratch_open(&scratch), 0);
    sf_marker_append(&text, SLICE(KEY));
    CHECK_TEXT(buffer_slice(&text), SLICE("[perly:" KEY "]"), "marker");
    CHECK(sf_marker_found(buffer_slice(&text), SLICE(KEY)));
    scratch_close(&scratch);
    CHECK(sf_key_valid(SLICE(KEY)) && !sf_key_valid(SLICE("0123")) && !sf_key_valid(SLICE("")));
    CHECK(!sf_key_valid(SLICE("0123456789ABCDEF0123456789abcdef01234567")));
}

#define ROWS(first, second)                                                                                  \
    "{\"totalSize\":2,\"done\":true,\"records\":[{\"Id\":\"0D5xx0000000001\",\"Body\":" first                \
    "},{\"Id\":\"0D5xx0000000002\",\"Body\":" second "}]}"

static void searches_rows(void)
{
    static const struct {
        Slice body;
        Slice id; /* empty: not found */
        ErrorCode code;
    } rows[] = {
        {SLICE_INIT(ROWS("\"x\"", "\"fell\\n[perly:" KEY "]\"")), SLICE_INIT("0D5xx0000000002"), ERROR_OK},
        {SLICE_INIT(ROWS("\"[perly:" KEY "]\"", "\"[perly:" KEY "]\"")), SLICE_INIT("0D5xx0000000001"),
         ERROR_OK},
        {SLICE_INIT(ROWS("null", "\"\"")), SLICE_INIT(""), ERROR_OK},
        {SLICE_INIT("{\"totalSize\":0,\"done\":true,\"records\":[]}"), SLICE_INIT(""), ERROR_OK},
        {SLICE_INIT(ROWS("7", "null")), SLICE_INIT(""), ERROR_SF_ANSWER},
        {SLICE_INIT("{\"totalSize\":1,\"done\":true,\"records\":[{\"Body\":\"[perly:" KEY "]\"}]}"),
         SLICE_INIT(""), ERROR_SF_ANSWER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Scratch scratch;
        Scratch other;
        SfQueryPage page;
        SfMarkerSearch search = {.key = SLICE(KEY), .column = SLICE("Body")};
        CHECK_ERROR(sf_query_read(scratch_open(&scratch), scratch_open(&other), rows[i].body, sf_marker_row,
                                  &search, &page),
                    rows[i].code, rows[i].body.data);
        CHECK_NAMED(search.found == (rows[i].id.length != 0), rows[i].body.data);
        CHECK_NAMED(!search.found || slice_starts_with(slice_make(search.id, SF_ID_BYTES),
                                                       slice_part(rows[i].id, 0, SF_ID_SHORT_BYTES)),
                    rows[i].body.data);
        scratch_close(&scratch);
        scratch_close(&other);
    }
}

TEST_MAIN(finds_its_marker_alone, searches_rows)
