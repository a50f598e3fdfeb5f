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

bool spec_is_visible(Slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~') {
            return false;
        }
    }
    return true;
}

void spec_json_pair(JsonWriter *json, Slice name, Slice text)
{
    json_write_text_member(json, name, text);
}
