#include "base/base64.h"

/* Three bytes are four digits; of one or two bytes at the end, the digits that carry them. */
static size_t print_digits(Slice bytes, const char *digits, bool padded, char *text)
{
    size_t length = 0;
    for (size_t at = 0; at < bytes.length; at += 3) {
        const size_t left = bytes.length - at;
        const size_t count = left < 3 ? left : 3;
        uint32_t group = 0;
        for (size_t i = 0; i < 3; i++) {
            group = group << 8 | (i < count ? (unsigned char)bytes.data[at + i] : 0U);
        }
        for (size_t i = 0; i < 4; i++) {
            if (i <= count) {
                text[length++] = digits[group >> (18 - 6 * i) & 63U];
            } else if (padded) {
                text[length++] = '=';
            }
        }
    }
    return length;
}

size_t base64_print(Slice bytes, char *text)
{
    return print_digits(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true,
                        text);
}

size_t base64url_print(Slice bytes, char *text)
{
    return print_digits(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false,
                        text);
}

void base64url_append(Buffer *buffer, Slice bytes)
{
    char *room = buffer_reserve(buffer, BASE64_TEXT_BYTES(bytes.length));
    if (room != NULL) {
        buffer->length += base64url_print(bytes, room);
    }
}
