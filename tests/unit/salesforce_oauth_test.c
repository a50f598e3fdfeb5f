#include "salesforce.h"
#include "salesforce/oauth.h"

static const Slice production = SLICE_INIT("https://login.salesforce.com");

static const SfApp confidential = {SLICE_INIT("3MVG9.fake+client"), SLICE_INIT("fake&secret"),
                                   SLICE_INIT("http://localhost:8717/callback"), SLICE_INIT("")};
static const SfApp public = {SLICE_INIT("3MVG9.fake"), SLICE_INIT(""),
                             SLICE_INIT("http://localhost:8717/callback"), SLICE_INIT("api refresh_token")};

/* RFC 7636, appendix B. */
static const unsigned char random_bytes[SF_PKCE_RANDOM_BYTES] = {
    116, 24,  223, 180, 151, 153, 224, 37,  79, 250, 96, 125, 216, 173, 187, 186,
    22,  212, 37,  77,  105, 214, 191, 240, 91, 88,  5,  88,  83,  132, 141, 121};
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static SfPkce example_pkce(void)
{
    SfPkce pkce;
    sf_oauth_pkce((const char *)random_bytes, &pkce);
    return pkce;
}

static void derives_the_challenge(void)
{
    const SfPkce pkce = example_pkce();
    CHECK_TEXT(slice_make(pkce.verifier, SF_PKCE_TEXT_BYTES), SLICE(VERIFIER), "verifier");
    CHECK_TEXT(slice_make(pkce.challenge, SF_PKCE_TEXT_BYTES), SLICE(CHALLENGE), "challenge");
}

static void writes_the_authorize_url(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    const SfPkce pkce = example_pkce();
    Slice url = {NULL, 0};
    CHECK_ERROR(sf_oauth_authorize_url(arena, &confidential, production, SLICE("s1"), &pkce, &url), ERROR_OK,
                "url");
    CHECK_TEXT(url,
               SLICE("https://login.salesforce.com/services/oauth2/authorize?response_type=code"
                     "&client_id=3MVG9.fake%2Bclient&redirect_uri=http%3A%2F%2Flocalhost%3A8717%2Fcallback"
                     "&scope=api%20refresh_token%20full&state=s1&code_challenge=" CHALLENGE
                     "&code_challenge_method=S256"),
               "default scopes");
    CHECK_ERROR(sf_oauth_authorize_url(arena, &public, production, SLICE("s1"), &pkce, &url), ERROR_OK,
                "url");
    CHECK(slice_find(url, SLICE("&scope=api%20refresh_token&"), 0) != SIZE_MAX);
    scratch_close(&scratch);
}

static void reads_redirects(void)
{
    static const struct {
        Slice url;
        ErrorCode code;
        Slice value;
    } rows[] = {
        {SLICE_INIT("http://localhost:8717/callback?code=aPrx%3D%3D&state=st-1"), ERROR_OK,
         SLICE_INIT("aPrx==")},
        {SLICE_INIT("/callback?state=st-1&code=x"), ERROR_OK, SLICE_INIT("x")},
        {SLICE_INIT(" code=x&state=st-1#top\n"), ERROR_OK, SLICE_INIT("x")},
        {SLICE_INIT("/callback?code=x&state=st-2"), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT("/callback?code=x&state=st-1x"), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT("/callback?code=x&state="), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT("/callback?code=x"), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT("/callback?state=st-1"), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT("/callback?state=st-1&code="), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT("/callback"), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT(""), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
        {SLICE_INIT("/callback?code=x&code=y&state=st-1"), ERROR_SF_ANSWER, SLICE_INIT("")},
        {SLICE_INIT("/callback?code=%x&state=st-1"), ERROR_SF_ANSWER, SLICE_INIT("")},
        {SLICE_INIT(
             "/callback?error=access_denied&error_description=end-user+denied+authorization&state=st-1"),
         ERROR_SF_OAUTH_DENIED, SLICE_INIT("")},
        {SLICE_INIT("/callback?error=OAUTH_APP_BLOCKED"), ERROR_SF_APP_BLOCKED, SLICE_INIT("")},
        {SLICE_INIT("/callback?error=access_denied&state=st-2"), ERROR_SF_OAUTH_STATE, SLICE_INIT("")},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Slice code = SLICE("");
        CHECK_ERROR(sf_oauth_redirect_read(arena, rows[i].url, SLICE("st-1"), &code), rows[i].code,
                    rows[i].url.data);
        CHECK_TEXT(code, rows[i].value, rows[i].url.data);
    }
    Slice code = SLICE("");
    const Error denied = sf_oauth_redirect_read(arena, rows[13].url, SLICE("st-1"), &code);
    CHECK_TEXT(denied.message, SLICE("access_denied: end-user denied authorization"), "message");
    scratch_close(&scratch);
}

static void writes_token_requests(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    const SfPkce pkce = example_pkce();
    RequestSpec spec;
    CHECK_ERROR(sf_oauth_by_code(arena, &confidential, production, SLICE("aPrx=="), &pkce, &spec), ERROR_OK,
                "code");
    CHECK_SPEC(arena, spec,
               "once anonymous oauth.token: POST /services/oauth2/token\n"
               "Base: https://login.salesforce.com\n"
               "Content-Type: application/x-www-form-urlencoded\n\n"
               "grant_type=authorization_code&code=aPrx%3D%3D&client_id=3MVG9.fake%2Bclient"
               "&client_secret=fake%26secret&redirect_uri=http%3A%2F%2Flocalhost%3A8717%2Fcallback"
               "&code_verifier=" VERIFIER,
               "code, confidential");
    CHECK_ERROR(sf_oauth_by_code(arena, &public, production, SLICE("x"), &pkce, &spec), ERROR_OK, "code");
    CHECK_NAMED(slice_find(spec.body, SLICE("client_secret"), 0) == SIZE_MAX,
                "a public client sends no secret");
    CHECK_ERROR(sf_oauth_by_refresh(arena, &public, production, SLICE("5Aep861.fake"), &spec), ERROR_OK,
                "refresh");
    CHECK_SPEC(arena, spec,
               "once anonymous oauth.token: POST /services/oauth2/token\n"
               "Base: https://login.salesforce.com\n"
               "Content-Type: application/x-www-form-urlencoded\n\n"
               "grant_type=refresh_token&refresh_token=5Aep861.fake&client_id=3MVG9.fake",
               "refresh");
    CHECK_ERROR(
        sf_oauth_by_client_credentials(arena, &confidential, SLICE("https://acme.my.salesforce.com"), &spec),
        ERROR_OK, "client credentials");
    CHECK_SPEC(arena, spec,
               "anonymous oauth.token: POST /services/oauth2/token\n"
               "Base: https://acme.my.salesforce.com\n"
               "Content-Type: application/x-www-form-urlencoded\n\n"
               "grant_type=client_credentials&client_id=3MVG9.fake%2Bclient&client_secret=fake%26secret",
               "client credentials");
    CHECK_ERROR(sf_oauth_by_client_credentials(arena, &confidential, production, &spec), ERROR_SF_LOGIN_HOST,
                "not on login.salesforce.com");
    CHECK_ERROR(sf_oauth_revoke(arena, production, SLICE("5Aep861.fake!"), &spec), ERROR_OK, "revoke");
    CHECK_SPEC(arena, spec,
               "anonymous oauth.revoke: POST /services/oauth2/revoke\n"
               "Base: https://login.salesforce.com\n"
               "Content-Type: application/x-www-form-urlencoded\n\n"
               "token=5Aep861.fake%21",
               "revoke");
    scratch_close(&scratch);
}

static void writes_assertions(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    Slice input = {NULL, 0};
    RequestSpec spec;
    CHECK_ERROR(sf_oauth_jwt_input(arena, SLICE("3MVG9.fake"), SLICE("sync@acme.example"), production,
                                   1795449600, &input),
                ERROR_OK, "input");
    /* {"alg":"RS256"} . {"iss":"3MVG9.fake","sub":"sync@acme.example","aud":"https://...","exp":1795449600}
     */
    CHECK_TEXT(
        input,
        SLICE("eyJhbGciOiJSUzI1NiJ9."
              "eyJpc3MiOiIzTVZHOS5mYWtlIiwic3ViIjoic3luY0BhY21lLmV4YW1wbGUiLCJhdWQiOiJodHRwczovL2xvZ2luLnNhb"
              "GVzZm9yY2UuY29tIiwiZXhwIjoxNzk1NDQ5NjAwfQ"),
        "input");
    CHECK_ERROR(sf_oauth_by_assertion(arena, production, SLICE("aGVhZA.Y2xhaW1z"), SLICE("\xfb\xff"), &spec),
                ERROR_OK, "assertion");
    CHECK_SPEC(
        arena, spec,
        "anonymous oauth.token: POST /services/oauth2/token\n"
        "Base: https://login.salesforce.com\n"
        "Content-Type: application/x-www-form-urlencoded\n\n"
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=aGVhZA.Y2xhaW1z.-_8",
        "assertion");
    scratch_close(&scratch);
}

static void fails_without_memory(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    const SfPkce pkce = example_pkce();
    for (int round = 0; round < 2; round++) {
        Arena small;
        arena_init(&small, &memory.allocator, 32);
        RequestSpec spec = {.body = SLICE("untouched")};
        Slice url = {NULL, 0};
        CHECK_ERROR(sf_oauth_authorize_url(&small, &public, production, SLICE("s"), &pkce, &url),
                    ERROR_OUT_OF_MEMORY, "url");
        CHECK_ERROR(sf_oauth_by_refresh(&small, &public, production, SLICE("t"), &spec), ERROR_OUT_OF_MEMORY,
                    "refresh");
        CHECK_TEXT(spec.body, SLICE("untouched"), "out-parameter");
        arena_free(&small);
    }
}

TEST_MAIN(derives_the_challenge, writes_the_authorize_url, reads_redirects, writes_token_requests,
          writes_assertions, fails_without_memory)
