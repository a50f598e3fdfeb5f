#include "salesforce.h"
#include "salesforce/chatter.h"

#define AT_0800 INT64_C(1795420800000) /* 2026-11-23T08:00:00.000Z */
#define KEY "0123456789abcdef0123456789abcdef01234567"

static const Slice version = SLICE_INIT("66.0");
static const Slice account = SLICE_INIT("0015500001QdQWaAAN");
static const Slice user = SLICE_INIT("005B0000005V71XIAS");

static void posts_once_with_a_marker(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_chatter_post(arena, version, account, SLICE("Health fell from 62 to 41: no touch"),
                                SLICE(KEY), &spec),
                ERROR_OK, "post");
    CHECK_SPEC(arena, spec,
               "once chatter.post: POST /services/data/v66.0/sobjects/FeedItem\n"
               "Content-Type: application/json\n\n"
               "{\"ParentId\":\"0015500001QdQWaAAN\",\"Type\":\"TextPost\","
               "\"Body\":\"Health fell from 62 to 41: no touch\\n\\n[perly:" KEY "]\"}",
               "post");
    CHECK_ERROR(sf_chatter_post_mention(arena, version, account, user, SLICE("look"), SLICE(KEY), &spec),
                ERROR_OK, "mention");
    CHECK_SPEC(arena, spec,
               "once chatter.mention: POST /services/data/v66.0/chatter/feed-elements\n"
               "Content-Type: application/json\n\n"
               "{\"body\":{\"messageSegments\":[{\"type\":\"Mention\",\"id\":\"005B0000005V71XIAS\"},"
               "{\"type\":\"Text\",\"text\":\" look\\n\\n[perly:" KEY
               "]\"}]},\"feedElementType\":\"FeedItem\","
               "\"subjectId\":\"0015500001QdQWaAAN\"}",
               "mention");
    scratch_close(&scratch);
}

static void cuts_long_posts_but_not_the_marker(void)
{
    static char text[20000];
    memset(text, 'a', sizeof text);
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_chatter_post(arena, version, account, slice_make(text, sizeof text), SLICE(KEY), &spec),
                ERROR_OK, "long");
    const size_t body = slice_find(spec.body, SLICE("\"Body\":\""), 0) + 8;
    CHECK(slice_find_byte(spec.body, '"', body) - body < SF_CHATTER_UNITS_MAX);
    CHECK(sf_marker_found(spec.body, SLICE(KEY)));
    scratch_close(&scratch);
}

static void looks_in_the_accounts_feed(void)
{
    Scratch scratch;
    Slice soql = {NULL, 0};
    CHECK_ERROR(sf_chatter_find(scratch_open(&scratch), account, user, AT_0800, &soql), ERROR_OK, "find");
    CHECK_TEXT(
        soql,
        SLICE("SELECT Id,Body,CreatedDate FROM AccountFeed WHERE CreatedDate >= 2026-11-23T08:00:00.000Z AND "
              "(ParentId = '0015500001QdQWaAAN' AND CreatedById = '005B0000005V71XIAS') "
              "ORDER BY CreatedDate DESC LIMIT 50"),
        "find");
    scratch_close(&scratch);
}

static void knows_chatter_that_is_off(void)
{
    static const struct {
        bool mention;
        ErrorCode code;
        Slice message;
        ErrorCode meaning;
    } cases[] = {
        {false, ERROR_SF_RECORD_GONE, SLICE_INIT("NOT_FOUND: no resource, HTTP 404"), ERROR_SF_CHATTER_OFF},
        {false, ERROR_SF_RECORD_GONE, SLICE_INIT("ENTITY_IS_DELETED: gone"), ERROR_SF_RECORD_GONE},
        {true, ERROR_SF_RECORD_GONE, SLICE_INIT("NOT_FOUND: no subject, HTTP 404"), ERROR_SF_RECORD_GONE},
        {true, ERROR_SF_CHATTER_OFF, SLICE_INIT("FUNCTIONALITY_NOT_ENABLED, HTTP 403"), ERROR_SF_CHATTER_OFF},
        {false, ERROR_SF_OBJECT_UNKNOWN, SLICE_INIT("INVALID_TYPE: no object"), ERROR_SF_CHATTER_OFF},
        {false, ERROR_OK, SLICE_INIT(""), ERROR_OK},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const Error error =
            sf_chatter_error(arena, cases[i].mention, error_make(cases[i].code, cases[i].message));
        CHECK_ERROR(error, cases[i].meaning, "meaning");
        CHECK(slice_find(error.message, cases[i].message, 0) != SIZE_MAX);
    }
    scratch_close(&scratch);
}

TEST_MAIN(posts_once_with_a_marker, cuts_long_posts_but_not_the_marker, looks_in_the_accounts_feed,
          knows_chatter_that_is_off)
