#include "salesforce.h"
#include "salesforce/login.h"

static void accepts_login_hosts_alone(void)
{
    static const struct {
        Slice text;
        Slice base; /* empty: refused */
    } rows[] = {
        {SLICE_INIT("production"), SLICE_INIT("https://login.salesforce.com")},
        {SLICE_INIT("sandbox"), SLICE_INIT("https://test.salesforce.com")},
        {SLICE_INIT("acme.my.salesforce.com"), SLICE_INIT("https://acme.my.salesforce.com")},
        {SLICE_INIT(" https://ACME.my.salesforce.com/ "), SLICE_INIT("https://acme.my.salesforce.com")},
        {SLICE_INIT("acme--uat.sandbox.my.salesforce.com"),
         SLICE_INIT("https://acme--uat.sandbox.my.salesforce.com")},
        {SLICE_INIT("acme-dev-ed.develop.my.salesforce.com"),
         SLICE_INIT("https://acme-dev-ed.develop.my.salesforce.com")},
        {SLICE_INIT("login.salesforce.com"), SLICE_INIT("https://login.salesforce.com")},
        {SLICE_INIT("http://127.0.0.1:8080"), SLICE_INIT("http://127.0.0.1:8080")},
        {SLICE_INIT("http://127.0.0.1:8080/"), SLICE_INIT("http://127.0.0.1:8080")},
        {SLICE_INIT("http://localhost"), SLICE_INIT("http://localhost")},
        {SLICE_INIT("https://[::1]:8443"), SLICE_INIT("https://[::1]:8443")},
        {SLICE_INIT("http://acme.my.salesforce.com"), SLICE_INIT("")},
        {SLICE_INIT("http://127.0.0.1.example.com"), SLICE_INIT("")},
        {SLICE_INIT("http://127.0.0.1:0"), SLICE_INIT("")},
        {SLICE_INIT("http://127.0.0.1:80@example.com"), SLICE_INIT("")},
        {SLICE_INIT("http://localhost:99999"), SLICE_INIT("")},
        {SLICE_INIT("http://localhost/x"), SLICE_INIT("")},
        {SLICE_INIT("acme.my.salesforce.com.example.com"), SLICE_INIT("")},
        {SLICE_INIT("acme.my.salesforce.com/services"), SLICE_INIT("")},
        {SLICE_INIT("acme.my.salesforce.com:8443"), SLICE_INIT("")},
        {SLICE_INIT("user@acme.my.salesforce.com"), SLICE_INIT("")},
        {SLICE_INIT("example.com?.my.salesforce.com"), SLICE_INIT("")},
        {SLICE_INIT("example.com#.my.salesforce.com"), SLICE_INIT("")},
        {SLICE_INIT(".my.salesforce.com"), SLICE_INIT("")},
        {SLICE_INIT("a..my.salesforce.com"), SLICE_INIT("")},
        {SLICE_INIT("-a.my.salesforce.com"), SLICE_INIT("")},
        {SLICE_INIT("acme.my.salesforce.com\r\nX: y"), SLICE_INIT("")},
        {SLICE_INIT("example.com"), SLICE_INIT("")},
        {SLICE_INIT("https://"), SLICE_INIT("")},
        {SLICE_INIT("/"), SLICE_INIT("")},
        {SLICE_INIT(""), SLICE_INIT("")},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Slice base = SLICE("");
        const ErrorCode want = rows[i].base.length == 0 ? ERROR_SF_LOGIN_HOST : ERROR_OK;
        CHECK_ERROR(sf_login_base(arena, rows[i].text, &base), want, rows[i].text.data);
        CHECK_TEXT(base, rows[i].base, rows[i].text.data);
    }
    scratch_close(&scratch);
}

static void checks_instance_urls(void)
{
    static const Slice production = SLICE_INIT("https://login.salesforce.com");
    static const Slice local = SLICE_INIT("http://127.0.0.1:8080");
    CHECK_ERROR(sf_instance_url_check(SLICE("https://acme.my.salesforce.com"), production), ERROR_OK,
                "usual");
    CHECK_ERROR(sf_instance_url_check(SLICE("https://na1.salesforce.com"), production), ERROR_OK, "old");
    CHECK_ERROR(sf_instance_url_check(SLICE("http://127.0.0.1:8080"), local), ERROR_OK, "local");
    CHECK_ERROR(sf_instance_url_check(SLICE("http://127.0.0.1:8080"), production), ERROR_SF_ANSWER, "mixed");
    CHECK_ERROR(sf_instance_url_check(SLICE("http://acme.my.salesforce.com"), production), ERROR_SF_ANSWER,
                "plain");
    CHECK_ERROR(sf_instance_url_check(SLICE("https://acme.my.salesforce.com/x"), production), ERROR_SF_ANSWER,
                "path");
    CHECK_ERROR(sf_instance_url_check(SLICE("https://a@b.com"), production), ERROR_SF_ANSWER, "credentials");
    CHECK_ERROR(sf_instance_url_check(SLICE(""), production), ERROR_SF_ANSWER, "empty");
    CHECK_TEXT(sf_url_origin(SLICE("https://login.salesforce.com/id/00D/005")), production, "origin");
    CHECK_TEXT(sf_url_origin(local), local, "no path");
    CHECK_TEXT(sf_url_origin(SLICE("/id")), SLICE("/id"), "no scheme");
}

TEST_MAIN(accepts_login_hosts_alone, checks_instance_urls)
