#include "salesforce/marker.h"

static const Slice marker_begin = SLICE_INIT("[perly:");

bool sf_key_valid(Slice key)
{
    for (size_t i = 0; i < key.length; i++) {
        const char c = key.data[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return key.length == SF_KEY_BYTES;
}

void sf_marker_append(Buffer *buffer, Slice key)
{
    buffer_append(buffer, marker_begin);
    buffer_append(buffer, key);
    buffer_append_byte(buffer, ']');
}

void sf_marker_end(Buffer *buffer, Slice key)
{
    if (!sf_marker_found(buffer_slice(buffer), key)) {
        buffer_append(buffer, buffer->length == 0 ? SLICE("") : SLICE("\n\n"));
        sf_marker_append(buffer, key);
    }
}

bool sf_marker_found(Slice text, Slice key)
{
    size_t at = slice_find(text, marker_begin, 0);
    while (at != SIZE_MAX) {
        const size_t start = at + marker_begin.length;
        const size_t end = start + key.length;
        if (end < text.length && text.data[end] == ']' && slice_equal(slice_part(text, start, end), key)) {
            return true;
        }
        at = slice_find(text, marker_begin, start);
    }
    return false;
}

Error sf_marker_row(void *context, JsonValue record)
{
    SfMarkerSearch *search = context;
    Slice text = SLICE("");
    Slice id = SLICE("");
    RETURN_IF_ERROR(json_text_or(json_get(record, search->column), SLICE(""), &text));
    if (search->found || !sf_marker_found(text, search->key)) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("Id")), &id));
    RETURN_IF_ERROR(sf_id_normalise(id, search->id));
    search->found = true;
    return ERROR_NONE;
}
