#include "salesforce/login.h"

#include "base/number.h"

enum { HOST_BYTES_MAX = 253, PORT_MAX = 65535 };

static const Slice https = SLICE_INIT("https://");
static const Slice http = SLICE_INIT("http://");

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (char)(c + ('a' - 'A'));
    }
    return c;
}

/* Letters, digits, dots and hyphens, beginning with a letter or digit, no empty label. */
static bool is_host(Slice host)
{
    if (host.data == NULL || host.length == 0 || host.length > HOST_BYTES_MAX) {
        return false;
    }
    char before = '.';
    for (size_t i = 0; i < host.length; i++) {
        const char c = lower(host.data[i]);
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!word && !(before != '.' && (c == '-' || c == '.'))) {
            return false;
        }
        before = c;
    }
    return before != '.';
}

static bool ends_with(Slice text, Slice end)
{
    return text.length > end.length &&
           slice_equal_ignoring_case(slice_part(text, text.length - end.length, text.length), end);
}

static bool is_login_host(Slice host)
{
    return is_host(host) && (slice_equal_ignoring_case(host, SLICE("login.salesforce.com")) ||
                             slice_equal_ignoring_case(host, SLICE("test.salesforce.com")) ||
                             ends_with(host, SLICE(".my.salesforce.com")));
}

static bool skip(Slice *text, Slice prefix)
{
    if (text->length < prefix.length ||
        !slice_equal_ignoring_case(slice_part(*text, 0, prefix.length), prefix)) {
        return false;
    }
    *text = slice_part(*text, prefix.length, text->length);
    return true;
}

bool sf_url_is_loopback(Slice url)
{
    if (!skip(&url, https) && !skip(&url, http)) {
        return false;
    }
    if (!skip(&url, SLICE("127.0.0.1")) && !skip(&url, SLICE("[::1]")) && !skip(&url, SLICE("localhost"))) {
        return false;
    }
    uint64_t port = 0;
    return url.length == 0 || (skip(&url, SLICE(":")) && number_parse_uint64(url, &port).code == ERROR_OK &&
                               port >= 1 && port <= PORT_MAX);
}

static Error join_lower(Arena *arena, Slice scheme, Slice host, Slice *base)
{
    char *text = arena_alloc(arena, scheme.length + host.length, 1);
    if (text == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a host name"));
    }
    memcpy(text, scheme.data, scheme.length);
    for (size_t i = 0; i < host.length; i++) {
        text[scheme.length + i] = lower(host.data[i]);
    }
    *base = slice_make(text, scheme.length + host.length);
    return ERROR_NONE;
}

Error sf_login_base(Arena *arena, Slice text, Slice *base)
{
    Slice rest = slice_trim(text);
    if (rest.length > 1 && rest.data[rest.length - 1] == '/') {
        rest = slice_part(rest, 0, rest.length - 1);
    }
    if (slice_equal(rest, SLICE("production"))) {
        *base = SLICE("https://login.salesforce.com");
        return ERROR_NONE;
    }
    if (slice_equal(rest, SLICE("sandbox"))) {
        *base = SLICE("https://test.salesforce.com");
        return ERROR_NONE;
    }
    if (sf_url_is_loopback(rest)) {
        return join_lower(arena, SLICE(""), rest, base);
    }
    (void)skip(&rest, https);
    if (!is_login_host(rest)) {
        return ERROR_TEXT(arena, ERROR_SF_LOGIN_HOST, SLICE("not a Salesforce login host: "),
                          slice_part(text, 0, HOST_BYTES_MAX));
    }
    return join_lower(arena, https, rest, base);
}

Error sf_instance_url_check(Slice url, Slice login_base)
{
    Slice host = url;
    if (skip(&host, https) && is_host(host)) {
        return ERROR_NONE;
    }
    if (sf_url_is_loopback(url) && sf_url_is_loopback(login_base)) {
        return ERROR_NONE;
    }
    return error_make(ERROR_SF_ANSWER, SLICE("the token answer names no usable instance_url"));
}

Slice sf_url_origin(Slice url)
{
    const size_t scheme = slice_find(url, SLICE("://"), 0);
    return scheme == SIZE_MAX ? url : slice_part(url, 0, slice_find_byte(url, '/', scheme + 3));
}
