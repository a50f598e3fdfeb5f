#include "salesforce/url.h"

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void sf_url_append(Buffer *buffer, Slice text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        const unsigned byte = (unsigned char)text.data[i];
        if (is_unreserved(text.data[i])) {
            buffer_append_byte(buffer, text.data[i]);
        } else {
            buffer_append_byte(buffer, '%');
            buffer_append_byte(buffer, digits[byte >> 4]);
            buffer_append_byte(buffer, digits[byte & 15U]);
        }
    }
}

void sf_url_append_pair(Buffer *buffer, Slice name, Slice value)
{
    if (buffer->length != 0 && buffer->data[buffer->length - 1] != '?') {
        buffer_append_byte(buffer, '&');
    }
    buffer_append(buffer, name);
    buffer_append_byte(buffer, '=');
    sf_url_append(buffer, value);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static Error decode(Arena *arena, Slice text, Slice *value)
{
    char *bytes = arena_alloc(arena, text.length, 1);
    if (bytes == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a URL parameter"));
    }
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.data[i];
        if (c != '%') {
            bytes[length++] = (char)(c == '+' ? ' ' : c);
            continue;
        }
        const int high = i + 1 < text.length ? hex_value(text.data[i + 1]) : -1;
        const int low = i + 2 < text.length ? hex_value(text.data[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return error_make(ERROR_SF_ANSWER,
                              SLICE("a URL parameter has a '%' without two hexadecimal digits"));
        }
        bytes[length++] = (char)(high << 4 | low);
        i += 2;
    }
    *value = slice_make(bytes, length);
    return ERROR_NONE;
}

Error sf_url_parameter(Arena *arena, Slice query, Slice name, Slice *value, bool *found)
{
    Slice encoded = SLICE("");
    bool seen = false;
    for (size_t at = 0; at < query.length;) {
        const size_t end = slice_find_byte(query, '&', at);
        const Slice pair = slice_part(query, at, end);
        const size_t equals = slice_find_byte(pair, '=', 0);
        if (slice_equal(slice_part(pair, 0, equals), name)) {
            if (seen) {
                return error_make(ERROR_SF_ANSWER, SLICE("a URL has the same parameter twice"));
            }
            seen = true;
            encoded = slice_part(pair, equals + 1, pair.length);
        }
        at = end + 1;
    }
    if (seen) {
        RETURN_IF_ERROR(decode(arena, encoded, value));
    }
    *found = seen;
    return ERROR_NONE;
}
