#include "salesforce/text.h"

#include "base/utf8.h"

static const Slice ellipsis = SLICE_INIT("\xe2\x80\xa6");

/* Code units of the next character; 0 for one that is left out. */
static size_t next_units(Slice text, size_t *at, uint32_t *code_point)
{
    (void)utf8_decode(text, at, code_point);
    const bool control = *code_point < 0x20 || *code_point == 0x7f;
    if (control && *code_point != '\t' && *code_point != '\n' && *code_point != '\r') {
        return 0;
    }
    return *code_point > 0xffff ? 2 : 1;
}

static size_t count_units(Slice text)
{
    size_t units = 0;
    for (size_t at = 0; at < text.length;) {
        uint32_t code_point = 0;
        units += next_units(text, &at, &code_point);
    }
    return units;
}

void sf_text_append(Buffer *buffer, Slice text, size_t units_max)
{
    const bool cut = count_units(text) > units_max;
    size_t left = cut && units_max > 0 ? units_max - 1 : units_max;
    for (size_t at = 0; at < text.length;) {
        uint32_t code_point = 0;
        const size_t units = next_units(text, &at, &code_point);
        if (units > left) {
            break;
        }
        if (units != 0) {
            char bytes[UTF8_BYTES_MAX];
            buffer_append(buffer, slice_make(bytes, utf8_encode(code_point, bytes)));
            left -= units;
        }
    }
    if (cut && units_max > 0) {
        buffer_append(buffer, ellipsis);
    }
}
