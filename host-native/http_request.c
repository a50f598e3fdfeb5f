/* Requests: from the plain message of the port to what libcurl wants. */
#include "http_internal.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", c) != NULL) {
            return false;
        }
    }
    return length > 0;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_loopback(const char *host)
{
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host));
}

static const char *check_url(HttpRequest *request)
{
    CURLU *url = curl_url();
    char *scheme = NULL;
    char *host = NULL;
    char *user = NULL;
    const char *problem = "the request's URL is not an absolute http or https URL";
    if (url != NULL && curl_url_set(url, CURLUPART_URL, request->url, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        request->loopback = is_loopback(host);
        if (curl_url_get(url, CURLUPART_USER, &user, 0) == CURLUE_OK) {
            problem = "the request's URL carries a user name";
        } else if (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && request->loopback)) {
            problem = NULL;
        } else if (strcmp(scheme, "http") == 0) {
            problem = "plain http is accepted for loopback addresses only; use https";
        }
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(url);
    return problem;
}

/* Ends the line at `at` in place and returns what follows it, or NULL. */
static char *end_line(char *at, const char *end)
{
    char *line_end = memchr(at, '\r', (size_t)(end - at));
    if (line_end == NULL || line_end + 1 >= end || line_end[1] != '\n') {
        return NULL;
    }
    *line_end = '\0';
    return line_end + 2;
}

static bool add_header(HttpRequest *request, const char *line)
{
    struct curl_slist *longer = curl_slist_append(request->headers, line);
    if (longer != NULL) {
        request->headers = longer;
    }
    return longer != NULL;
}

/* The host's own business, whatever the message says. */
static bool is_hosts(const char *name)
{
    static const char *const names[] = {"host", "connection", "accept-encoding", "expect"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *parse_length(HttpRequest *request, const char *value)
{
    char *end = NULL;
    if (value[0] < '0' || value[0] > '9' || request->has_length) {
        return "the request's Content-Length is not one number";
    }
    request->has_length = true;
    request->body_length = strtoull(value, &end, 10);
    return *end == '\0' ? NULL : "the request's Content-Length is not one number";
}

/* One header line; it is changed in place. `*typed` when it was Content-Type. */
static const char *parse_header(HttpRequest *request, char *line, bool *typed)
{
    char *colon = strchr(line, ':');
    if (colon == NULL || !is_token(line, (size_t)(colon - line)) || !is_printable(line)) {
        return "a header line of the request is not \"name: value\"";
    }
    *colon = '\0';
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    if (strcasecmp(line, "content-length") == 0) {
        return parse_length(request, value);
    }
    if (strcasecmp(line, "transfer-encoding") == 0) {
        return "the request carries Transfer-Encoding; its body must have a length";
    }
    if (is_hosts(line)) {
        return NULL;
    }
    *typed = *typed || strcasecmp(line, "content-type") == 0;
    NativeBuffer header = {0};
    native_buffer_format(&header, *value == '\0' ? "%s;" : "%s: %s", line,
                         value); /* "name;" is libcurl's empty */
    const bool ok = !header.failed && add_header(request, header.bytes);
    native_buffer_free(&header);
    return ok ? NULL : "there is not enough memory";
}

static const char *parse_line(HttpRequest *request, char *line)
{
    char *url = strchr(line, ' ');
    char *version = url == NULL ? NULL : strrchr(url + 1, ' ');
    if (version == NULL || !is_token(line, (size_t)(url - line)) || strcmp(version + 1, "HTTP/1.1") != 0) {
        return "the request line is not \"METHOD URL HTTP/1.1\"";
    }
    *url = '\0';
    *version = '\0';
    request->method = line;
    request->url = url + 1;
    if (strchr(request->url, ' ') != NULL || !is_printable(request->url)) {
        return "the request's URL has a space or a control character";
    }
    return check_url(request);
}

const char *http_request_parse(HttpRequest *request, const char *bytes, size_t length)
{
    request->bytes = malloc(length + 1);
    if (request->bytes == NULL) {
        return "there is not enough memory";
    }
    memcpy(request->bytes, bytes, length);
    request->bytes[length] = '\0';
    const char *end = request->bytes + length;
    char *line = request->bytes;
    char *next = end_line(line, end);
    const char *problem = next == NULL ? "the request has no head" : parse_line(request, line);
    bool typed = false;
    for (line = next; problem == NULL; line = next) {
        next = end_line(line, end);
        if (next == NULL) {
            problem = "the request's head does not end";
        } else if (*line == '\0') {
            break;
        } else {
            problem = parse_header(request, line, &typed);
        }
    }
    if (problem != NULL) {
        return problem;
    }
    request->body = next;
    if (request->body_length != (size_t)(end - next)) {
        return "the request's body is not as long as its Content-Length says";
    }
    /* libcurl would add these of its own accord. */
    const bool ok = add_header(request, "Accept-Encoding: gzip") && add_header(request, "Accept:") &&
                    add_header(request, "Expect:") && (typed || add_header(request, "Content-Type:"));
    return ok ? NULL : "there is not enough memory";
}

void http_request_free(HttpRequest *request)
{
    if (request->bytes != NULL) {
        explicit_bzero(request->bytes, request->body == NULL ? 0 : (size_t)(request->body - request->bytes));
    }
    curl_slist_free_all(request->headers);
    free(request->bytes);
    *request = (HttpRequest){0};
}
