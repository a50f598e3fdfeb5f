#include "salesforce.h"
#include "salesforce/token.h"

static const Slice production = SLICE_INIT("https://login.salesforce.com");

#define TOKEN(access, url, id)                                                                               \
    "{\"access_token\":\"" access "\",\"refresh_token\":\"5Aep861.fake\",\"signature\":\"c2ln\","            \
    "\"scope\":\"refresh_token api full\",\"instance_url\":\"" url "\",\"id\":\"" id "\","                   \
    "\"token_type\":\"Bearer\",\"issued_at\":\"1708058728442\"}"
#define URL "https://acme.my.salesforce.com"
#define IDENTITY "https://login.salesforce.com/id/00Dxx0000001gPLEAY/005xx000001SwiUAAS"

static void reads_tokens(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    SfToken token;
    CHECK_ERROR(sf_token_read(arena, SLICE(TOKEN("00Dxx!AR8AQ.fake_1", URL, IDENTITY)), production, &token),
                ERROR_OK, "full");
    CHECK_TEXT(token.access_token, SLICE("00Dxx!AR8AQ.fake_1"), "access");
    CHECK_TEXT(token.refresh_token, SLICE("5Aep861.fake"), "refresh");
    CHECK_TEXT(token.instance_url, SLICE(URL), "instance");
    CHECK_TEXT(token.scope, SLICE("refresh_token api full"), "scope");
    CHECK_TEXT(slice_make(token.org_id, SF_ID_BYTES), SLICE("00Dxx0000001gPLEAY"), "org");
    CHECK_TEXT(slice_make(token.user_id, SF_ID_BYTES), SLICE("005xx000001SwiUAAS"), "user");
    CHECK(token.issued_ms == INT64_C(1708058728442) && token.expires_in_s == 0);
    /* JWT bearer: neither refresh token nor issued_at, and the ids may have 15 characters. */
    CHECK_ERROR(
        sf_token_read(arena,
                      SLICE("{\"access_token\":\"x\",\"instance_url\":\"" URL "\",\"token_type\":\"Bearer\","
                            "\"id\":\"https://login.salesforce.com/id/00Dxx0000001gPL/005xx000001SwiU\","
                            "\"expires_in\":7200,\"issued_at\":null}"),
                      production, &token),
        ERROR_OK, "short");
    CHECK(token.refresh_token.length == 0 && token.issued_ms == 0 && token.expires_in_s == 7200);
    CHECK_TEXT(slice_make(token.org_id, SF_ID_BYTES), SLICE("00Dxx0000001gPLEAY"), "normalised");
    scratch_close(&scratch);
}

static void refuses_other_answers(void)
{
    static const Slice bad[] = {
        SLICE_INIT(""),
        SLICE_INIT("{}"),
        SLICE_INIT("[]"),
        SLICE_INIT("access_token=x"),
        SLICE_INIT(TOKEN("", URL, IDENTITY)),
        SLICE_INIT(TOKEN("secret value", URL, IDENTITY)),
        SLICE_INIT(TOKEN("secret\\r\\nX: y", URL, IDENTITY)),
        SLICE_INIT(TOKEN("secret", "http://acme.my.salesforce.com", IDENTITY)),
        SLICE_INIT(TOKEN("secret", "http://127.0.0.1:80", IDENTITY)),
        SLICE_INIT(TOKEN("secret", "", IDENTITY)),
        SLICE_INIT(TOKEN("secret", URL, "https://login.salesforce.com/id/00D")),
        SLICE_INIT(TOKEN("secret", URL, "x")),
        SLICE_INIT(TOKEN("secret", URL, "")),
        SLICE_INIT("{\"access_token\":\"secret\",\"instance_url\":\"" URL "\",\"id\":\"" IDENTITY
                   "\",\"token_type\":\"DPoP\"}"),
        SLICE_INIT("{\"access_token\":[\"secret\"],\"instance_url\":\"" URL "\",\"id\":\"" IDENTITY "\"}"),
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SfToken token;
        const Error error = sf_token_read(arena, bad[i], production, &token);
        CHECK_ERROR(error, ERROR_SF_ANSWER, bad[i].data);
        CHECK_NAMED(slice_find(error.message, SLICE("secret"), 0) == SIZE_MAX, "no token in a message");
    }
    scratch_close(&scratch);
}

static void checks_scopes(void)
{
    CHECK_ERROR(sf_scope_check(SLICE("refresh_token api full"), true), ERROR_OK, "all");
    CHECK_ERROR(sf_scope_check(SLICE("full offline_access"), true), ERROR_OK, "synonyms");
    CHECK_ERROR(sf_scope_check(SLICE("api"), false), ERROR_OK, "headless");
    CHECK_ERROR(sf_scope_check(SLICE("api"), true), ERROR_SF_SCOPE, "no refresh");
    CHECK_ERROR(sf_scope_check(SLICE("refresh_token chatter_api"), true), ERROR_SF_SCOPE, "no api");
    CHECK_ERROR(sf_scope_check(SLICE(""), false), ERROR_SF_SCOPE, "none");
}

static void asks_who_it_is(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_identity(arena, SLICE(IDENTITY), &spec), ERROR_OK, "identity");
    CHECK_SPEC(
        arena, spec,
        "oauth.identity: GET /id/00Dxx0000001gPLEAY/005xx000001SwiUAAS\nBase: https://login.salesforce.com\n",
        "identity");
    CHECK_ERROR(sf_identity(arena, SLICE("https://evil.example/id/00D/005"), &spec), ERROR_SF_ANSWER,
                "elsewhere");
    CHECK_ERROR(sf_identity(arena, SLICE("https://login.salesforce.com@evil.example/id"), &spec),
                ERROR_SF_ANSWER, "disguised");
    CHECK_ERROR(sf_identity(arena, SLICE("https://login.salesforce.com/id/x HTTP/1.1\r\nX: y"), &spec),
                ERROR_SF_ANSWER, "a second header");
    SfIdentity identity;
    CHECK_ERROR(sf_identity_read(
                    arena,
                    SLICE("{\"user_id\":\"005B0000005V71XIAS\",\"organization_id\":\"00DB0000000ToZ3MAK\","
                          "\"username\":\"sync@acme.example\",\"display_name\":\"Sync\",\"email\":null,"
                          "\"timezone\":\"America/Los_Angeles\",\"addr_street\":null,\"active\":true,"
                          "\"urls\":{\"feed_elements\":\"https://x/chatter/feed-elements\"},"
                          "\"user_type\":\"STANDARD\",\"locale\":\"en_US\",\"utcOffset\":-28800000}"),
                    &identity),
                ERROR_OK, "answer");
    CHECK_TEXT(slice_make(identity.org_id, SF_ID_BYTES), SLICE("00DB0000000ToZ3MAK"), "org");
    CHECK_TEXT(identity.timezone, SLICE("America/Los_Angeles"), "zone");
    CHECK(identity.active && identity.has_chatter);
    CHECK_ERROR(sf_identity_read(arena, SLICE("{\"user_id\":\"005B0000005V71XIAS\"}"), &identity),
                ERROR_SF_ANSWER, "no org");
    CHECK_ERROR(sf_identity_read(arena, SLICE("Bad_OAuth_Token"), &identity), ERROR_SF_ANSWER, "plain text");
    scratch_close(&scratch);
}

TEST_MAIN(reads_tokens, refuses_other_answers, checks_scopes, asks_who_it_is)
