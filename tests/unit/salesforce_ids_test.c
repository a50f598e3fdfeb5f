#include "salesforce/ids.h"
#include "test.h"

/* Ids that Salesforce gave out, so their checksums are Salesforce's. */
static const struct {
    Slice text;
    Slice id;
    Slice object;
} known[] = {
    {SLICE_INIT("0015500001QdQWa"), SLICE_INIT("0015500001QdQWaAAN"), SLICE_INIT("Account")},
    {SLICE_INIT("0015500001QdQWaAAN"), SLICE_INIT("0015500001QdQWaAAN"), SLICE_INIT("Account")},
    {SLICE_INIT("005bm000005TvBK"), SLICE_INIT("005bm000005TvBKAA0"), SLICE_INIT("User")},
    {SLICE_INIT("750Hn00000OUfXP"), SLICE_INIT("750Hn00000OUfXPIA1"), SLICE_INIT("")},
    {SLICE_INIT("012000000000000"), SLICE_INIT("012000000000000AAA"), SLICE_INIT("RecordType")},
    {SLICE_INIT("0054W00000BZkk0"), SLICE_INIT("0054W00000BZkk0QAD"), SLICE_INIT("User")},
    {SLICE_INIT("00DB0000000ToZ3MAK"), SLICE_INIT("00DB0000000ToZ3MAK"), SLICE_INIT("Organization")},
    {SLICE_INIT("005B0000005V71XIAS"), SLICE_INIT("005B0000005V71XIAS"), SLICE_INIT("User")},
};

static void normalises_known_ids(void)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char id[SF_ID_BYTES];
        CHECK_ERROR(sf_id_normalise(known[i].text, id), ERROR_OK, known[i].id.data);
        CHECK_TEXT(slice_make(id, SF_ID_BYTES), known[i].id, "18 characters");
        CHECK_TEXT(sf_id_object(known[i].text), known[i].object, known[i].id.data);
    }
}

static void refuses_what_is_no_id(void)
{
    static const Slice bad[] = {
        SLICE_INIT(""),
        SLICE_INIT("001"),
        SLICE_INIT("0015500001QdQW"),
        SLICE_INIT("0015500001QdQWaA"),
        SLICE_INIT("0015500001QdQWaAANx"),
        SLICE_INIT("0015500001QdQW'"),
        SLICE_INIT("0015500001QdQW\0"),
        SLICE_INIT("0015500001QdQW a"),
        SLICE_INIT("0015500001QdQ\xc3\xa9"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char id[SF_ID_BYTES] = "untouched";
        const Error error = sf_id_normalise(bad[i], id);
        CHECK_ERROR(error, ERROR_SF_ID, "refused");
        CHECK_TEXT(error.place.pointer, bad[i], "the place is the text");
        CHECK_TEXT(slice_make(id, 9), SLICE("untouched"), "out-parameter");
        CHECK_TEXT(sf_id_object(bad[i]), SLICE(""), "object");
    }
}

static void tells_lost_case(void)
{
    char id[SF_ID_BYTES];
    CHECK_ERROR(sf_id_import(SLICE("0015500001QdQWaAAN"), id), ERROR_OK, "intact");
    CHECK_ERROR(sf_id_import(SLICE("0015500001QdQWa"), id), ERROR_OK, "15 cannot be judged");
    CHECK_ERROR(sf_id_import(SLICE("0015500001QDQWAAAN"), id), ERROR_SF_ID, "upper-cased");
    CHECK_ERROR(sf_id_import(SLICE("0015500001qdqwaaan"), id), ERROR_SF_ID, "lower-cased");
    CHECK_ERROR(sf_id_normalise(SLICE("0015500001QdQWaXXX"), id), ERROR_OK, "the checksum is ours to fix");
    CHECK_TEXT(slice_make(id, SF_ID_BYTES), SLICE("0015500001QdQWaAAN"), "fixed, the case untouched");
}

static void case_tells_records_apart(void)
{
    char lower[SF_ID_BYTES];
    char upper[SF_ID_BYTES];
    CHECK_ERROR(sf_id_normalise(SLICE("0015500001QdQWa"), lower), ERROR_OK, "lower");
    CHECK_ERROR(sf_id_normalise(SLICE("0015500001QdQWA"), upper), ERROR_OK, "upper");
    CHECK(!slice_equal(slice_make(lower, SF_ID_SHORT_BYTES), slice_make(upper, SF_ID_SHORT_BYTES)));
    CHECK(!slice_equal_ignoring_case(slice_make(lower, SF_ID_BYTES), slice_make(upper, SF_ID_BYTES)));
}

TEST_MAIN(normalises_known_ids, refuses_what_is_no_id, tells_lost_case, case_tells_records_apart)
