/* The native host's HTTP: requests from the port, heads and gzip from a server that may be anybody's. */
#include "http_internal.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_request(const char *bytes, size_t length)
{
    HttpRequest request = {0};
    if (http_request_parse(&request, bytes, length) == NULL &&
        request.body + request.body_length < request.body) {
        abort();
    }
    http_request_free(&request);
}

static void parse_head(const char *bytes, size_t length)
{
    HttpHead head = {0};
    for (size_t at = 0; at < length;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        const size_t next = end == NULL ? length : (size_t)(end - bytes) + 1;
        (void)http_head_line(&head, bytes + at, next - at);
        at = next;
    }
    if (head.lines.length > HTTP_HEAD_MAX + 4 * length) {
        abort();
    }
    native_buffer_free(&head.lines);
}

static void inflate_all(const char *bytes, size_t length)
{
    HttpInflate inflate = {0};
    static char out[4096];
    size_t steps = 0;
    if (!http_inflate_begin(&inflate)) {
        return;
    }
    while ((length > 0 || inflate.more) && steps++ < 10000) {
        size_t got = 0;
        if (http_inflate_step(&inflate, &bytes, &length, out, sizeof out, &got) != INFLATE_OK ||
            got > sizeof out) {
            break;
        }
    }
    http_inflate_end(&inflate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const char *bytes = (const char *)data + 1;
    switch (data[0] % 3) {
    case 0: parse_request(bytes, size - 1); break;
    case 1: parse_head(bytes, size - 1); break;
    default: inflate_all(bytes, size - 1); break;
    }
    return 0;
}
