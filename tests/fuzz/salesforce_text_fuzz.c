/*
 * What is text and not JSON: URLs that people paste, headers, ids, and the literals that we write into SOQL
 * and into fields. Nothing that goes in may come out as another clause, another header or another host.
 */
#include "base/http_date.h"
#include "base/utf8.h"
#include "salesforce.h"
#include "salesforce/bulk_query.h"
#include "salesforce/headers.h"
#include "salesforce/ids.h"
#include "salesforce/login.h"
#include "salesforce/marker.h"
#include "salesforce/oauth.h"
#include "salesforce/query.h"
#include "salesforce/soql.h"
#include "salesforce/text.h"
#include "salesforce/url.h"

static void check_urls(Arena *arena, Slice input)
{
    Slice value = SLICE("");
    bool found = false;
    RequestSpec spec;
    if (sf_login_base(arena, input, &value).code == ERROR_OK) {
        perly_assert(slice_starts_with(value, SLICE("https://")) || sf_url_is_loopback(value));
        perly_assert(slice_find_byte(value, '@', 0) == value.length &&
                     slice_find_byte(value, '?', 0) == value.length);
        Slice again = SLICE("");
        perly_assert(sf_login_base(arena, value, &again).code == ERROR_OK && slice_equal(value, again));
    }
    if (sf_oauth_redirect_read(arena, input, SLICE("state-1"), &value).code == ERROR_OK) {
        perly_assert(slice_find(input, SLICE("state"), 0) != SIZE_MAX && value.length != 0);
    }
    if (sf_url_parameter(arena, input, SLICE("code"), &value, &found).code == ERROR_OK && found) {
        Buffer url;
        buffer_init(&url, arena, 0);
        sf_url_append_pair(&url, SLICE("code"), value);
        Slice again = SLICE("");
        perly_assert(sf_url_parameter(arena, buffer_slice(&url), SLICE("code"), &again, &found).code ==
                     ERROR_OK);
        perly_assert(found && slice_equal(value, again));
    }
    if (sf_query_next(arena, input, &spec).code == ERROR_OK) {
        perly_assert(slice_find_byte(spec.path, '\r', 0) == spec.path.length);
        perly_assert(slice_find_byte(spec.path, ' ', 0) == spec.path.length);
    }
}

static void check_headers(Slice input)
{
    int64_t ms = 0;
    SfLimitInfo info;
    SfBulkPage page;
    if (http_date_parse(input, &ms).code == ERROR_OK) {
        perly_assert(ms >= TIME_MS_MIN && ms <= TIME_MS_MAX + 1000);
    }
    (void)sf_server_time(input, &ms);
    const double wait_ms = request_retry_after_ms(input, ms);
    perly_assert(wait_ms >= 0 && wait_ms <= REQUEST_RETRY_AFTER_MS_MAX);
    (void)sf_limit_info_read(input, &info);
    if (sf_bulk_page_read(input, &page).code == ERROR_OK) {
        perly_assert(page.last == (page.locator.length == 0));
    }
}

/* Between the first and the last quote no quote stands alone. */
static void check_literal(Slice literal)
{
    perly_assert(literal.length >= 2 && literal.data[0] == '\'' && literal.data[literal.length - 1] == '\'');
    for (size_t i = 1; i + 1 < literal.length; i++) {
        perly_assert(literal.data[i] != '\'' && literal.data[i] != '\n' && literal.data[i] != '\0');
        i += literal.data[i] == '\\' ? 1 : 0;
        perly_assert(i + 1 < literal.length);
    }
}

static void check_texts(Arena *arena, Slice input)
{
    Buffer text;
    char id[SF_ID_BYTES];
    buffer_init(&text, arena, 0);
    if (sf_soql_append_text(&text, input).code == ERROR_OK) {
        check_literal(buffer_slice(&text));
    }
    buffer_clear(&text);
    sf_text_append(&text, input, 20);
    perly_assert(utf8_count(buffer_slice(&text)) <= 20);
    perly_assert(utf8_valid_length(buffer_slice(&text)) == text.length);
    if (sf_id_normalise(input, id).code == ERROR_OK) {
        perly_assert(memcmp(input.data, id, SF_ID_SHORT_BYTES) == 0);
    }
    (void)sf_marker_found(input, SLICE("0123456789abcdef0123456789abcdef01234567"));
    perly_assert(!sf_field_path_valid(input) || slice_find_byte(input, ' ', 0) == input.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 20000) {
        return 0;
    }
    FuzzArenas arenas;
    fuzz_open(&arenas);
    const Slice input = slice_make((const char *)data, size);
    check_urls(&arenas.result, input);
    check_headers(input);
    check_texts(&arenas.result, input);
    fuzz_close(&arenas);
    return 0;
}
