#include "base/utf8.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0U) == 0x80U;
}

/* How many bytes follow a lead byte, and the range of the first of them (Unicode 15, table 3-7). */
typedef struct Lead {
    uint8_t following;
    uint8_t low;
    uint8_t high;
} Lead;

static Lead lead_of(unsigned char byte)
{
    if (byte >= 0xC2 && byte <= 0xDF) {
        return (Lead){1, 0x80, 0xBF};
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return (Lead){2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF};
    }
    if (byte >= 0xF0 && byte <= 0xF4) {
        return (Lead){3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    }
    return (Lead){0, 0, 0};
}

bool utf8_decode(Slice text, size_t *at, uint32_t *code_point)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    const unsigned char first = bytes[(*at)++];
    if (first < 0x80) {
        *code_point = first;
        return true;
    }
    const Lead lead = lead_of(first);
    uint32_t value = lead.following == 0 ? 0 : first & (0x3FU >> lead.following);
    for (unsigned i = 0; i < lead.following; i++) {
        const unsigned char next = *at < text.length ? bytes[*at] : 0;
        const bool valid = i == 0 ? next >= lead.low && next <= lead.high : is_continuation(next);
        if (!valid) {
            *code_point = 0xFFFD;
            return false;
        }
        value = (value << 6) | (next & 0x3FU);
        (*at)++;
    }
    *code_point = lead.following == 0 ? 0xFFFD : value;
    return lead.following != 0;
}

size_t utf8_encode(uint32_t code_point, char bytes[UTF8_BYTES_MAX])
{
    if (code_point < 0x80) {
        bytes[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        bytes[0] = (char)(0xC0U | (code_point >> 6));
        bytes[1] = (char)(0x80U | (code_point & 0x3FU));
        return 2;
    }
    if (code_point < 0x10000) {
        bytes[0] = (char)(0xE0U | (code_point >> 12));
        bytes[1] = (char)(0x80U | ((code_point >> 6) & 0x3FU));
        bytes[2] = (char)(0x80U | (code_point & 0x3FU));
        return 3;
    }
    bytes[0] = (char)(0xF0U | (code_point >> 18));
    bytes[1] = (char)(0x80U | ((code_point >> 12) & 0x3FU));
    bytes[2] = (char)(0x80U | ((code_point >> 6) & 0x3FU));
    bytes[3] = (char)(0x80U | (code_point & 0x3FU));
    return 4;
}

/* Where the next byte that is not ASCII stands, eight at a time. */
static size_t skip_ascii(Slice text, size_t at)
{
    uint64_t eight = 0;
    for (; text.length - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, text.data + at, sizeof eight);
        eight &= UINT64_C(0x8080808080808080);
        if (eight != 0) {
            return at + ((unsigned)__builtin_ctzll(eight) >> 3);
        }
    }
    while (at < text.length && (unsigned char)text.data[at] < 0x80) {
        at++;
    }
    return at;
}

size_t utf8_valid_length(Slice text)
{
    for (size_t at = 0; (at = skip_ascii(text, at)) < text.length;) {
        const unsigned char *bytes = (const unsigned char *)text.data + at;
        const Lead lead = lead_of(bytes[0]);
        if (lead.following == 0 || text.length - at <= lead.following || bytes[1] < lead.low ||
            bytes[1] > lead.high) {
            return at;
        }
        for (unsigned i = 2; i <= lead.following; i++) {
            if (!is_continuation(bytes[i])) {
                return at;
            }
        }
        at += 1U + lead.following;
    }
    return text.length;
}

size_t utf8_count(Slice text)
{
    size_t at = 0;
    size_t count = 0;
    uint32_t code_point = 0;
    while (at < text.length) {
        (void)utf8_decode(text, &at, &code_point);
        count++;
    }
    return count;
}
