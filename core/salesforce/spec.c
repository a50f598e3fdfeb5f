#include "salesforce/internal.h"
#include "salesforce/url.h"

void spec_path(Buffer *path, Arena *arena, Slice version, Slice rest)
{
    buffer_init(path, arena, 0);
    buffer_append(path, SLICE("/services/data/v"));
    sf_url_append(path, version);
    buffer_append(path, rest);
}

Error spec_finish(RequestSpec *spec, RequestMethod method, Slice purpose, const Buffer *path,
                  Slice content_type, const Buffer *body)
{
    if (path->failed || (body != NULL && body->failed)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a request"));
    }
    if (path->length > SPEC_PATH_BYTES_MAX) {
        return error_make(ERROR_SF_REQUEST_TOO_LONG, SLICE("a request's URL has at most 12 KiB"));
    }
    *spec = (RequestSpec){.method = method, .path = buffer_slice(path), .purpose = purpose};
    if (body != NULL) {
        spec->content_type = content_type;
        spec->body = buffer_slice(body);
    }
    return ERROR_NONE;
}

static char escape_of(char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

void spec_json_text(Buffer *body, Slice text)
{
    static const char digits[] = "0123456789abcdef";
    buffer_append_byte(body, '"');
    for (size_t i = 0; i < text.length; i++) {
        const unsigned byte = (unsigned char)text.data[i];
        const char escape = escape_of(text.data[i]);
        if (escape != 0) {
            buffer_append_byte(body, '\\');
            buffer_append_byte(body, escape);
        } else if (byte < ' ') {
            buffer_append(body, SLICE("\\u00"));
            buffer_append_byte(body, digits[byte >> 4]);
            buffer_append_byte(body, digits[byte & 15U]);
        } else {
            buffer_append_byte(body, text.data[i]);
        }
    }
    buffer_append_byte(body, '"');
}

void spec_json_raw(Buffer *body, Slice name, Slice json)
{
    if (body->length != 0 && body->data[body->length - 1] != '{') {
        buffer_append_byte(body, ',');
    }
    buffer_append_byte(body, '"');
    buffer_append(body, name);
    buffer_append(body, SLICE("\":"));
    buffer_append(body, json);
}

void spec_json_pair(Buffer *body, Slice name, Slice text)
{
    spec_json_raw(body, name, SLICE(""));
    spec_json_text(body, text);
}
