#include "salesforce.h"
#include "salesforce/versions.h"

#define V(number) "{\"label\":\"x\",\"url\":\"/services/data/v" number "\",\"version\":\"" number "\"}"

static void orders_versions_as_numbers(void)
{
    CHECK(sf_version_valid(SLICE("66.0")) && sf_version_valid(SLICE("9.0")) &&
          sf_version_valid(SLICE("100.0")));
    static const Slice bad[] = {SLICE_INIT(""),       SLICE_INIT("66"),     SLICE_INIT("v66.0"),
                                SLICE_INIT("66.0.1"), SLICE_INIT(".0"),     SLICE_INIT("066.0"),
                                SLICE_INIT("66."),    SLICE_INIT("1000.0"), SLICE_INIT("66.0/x")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_NAMED(!sf_version_valid(bad[i]), bad[i].data);
    }
    CHECK(sf_version_compare(SLICE("9.0"), SLICE("60.0")) < 0);
    CHECK(sf_version_compare(SLICE("100.0"), SLICE("66.0")) > 0);
    CHECK(sf_version_compare(SLICE("66.0"), SLICE("66.0")) == 0);
}

static void negotiates(void)
{
    static const struct {
        Slice body;
        ErrorCode code;
        Slice version;
    } rows[] = {
        {SLICE_INIT("[" V("31.0") "," V("65.0") "," V("66.0") "]"), ERROR_OK, SLICE_INIT("66.0")},
        {SLICE_INIT("[" V("66.0") "," V("67.0") "," V("68.0") "]"), ERROR_OK, SLICE_INIT("66.0")},
        {SLICE_INIT("[" V("64.0") "," V("63.0") "," V("9.0") "]"), ERROR_OK, SLICE_INIT("64.0")},
        {SLICE_INIT("[" V("62.0") "," V("odd") "]"), ERROR_OK, SLICE_INIT("62.0")},
        {SLICE_INIT("[" V("61.0") "]"), ERROR_SF_VERSION, SLICE_INIT("")},
        {SLICE_INIT("[" V("9.0") "]"), ERROR_SF_VERSION, SLICE_INIT("")},
        {SLICE_INIT("[" V("67.0") "]"), ERROR_SF_VERSION, SLICE_INIT("")},
        {SLICE_INIT("[]"), ERROR_SF_VERSION, SLICE_INIT("")},
        {SLICE_INIT("{}"), ERROR_SF_ANSWER, SLICE_INIT("")},
        {SLICE_INIT("[{}]"), ERROR_SF_ANSWER, SLICE_INIT("")},
        {SLICE_INIT("[1]"), ERROR_SF_ANSWER, SLICE_INIT("")},
        {SLICE_INIT(""), ERROR_SF_ANSWER, SLICE_INIT("")},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Slice version = SLICE("");
        CHECK_ERROR(sf_versions_negotiate(arena, rows[i].body, SF_VERSION_OURS, &version), rows[i].code,
                    rows[i].body.data);
        CHECK_TEXT(version, rows[i].version, rows[i].body.data);
    }
    Slice version = SLICE("");
    CHECK_TEXT(sf_versions_negotiate(arena, rows[4].body, SF_VERSION_OURS, &version).message,
               SLICE("Perly needs API version 62.0 to 66.0; the newest of the org is 61.0"), "message");
    RequestSpec spec;
    CHECK_ERROR(sf_versions(arena, &spec), ERROR_OK, "versions");
    CHECK_SPEC(arena, spec, "versions: GET /services/data\n", "versions");
    scratch_close(&scratch);
}

TEST_MAIN(orders_versions_as_numbers, negotiates)
