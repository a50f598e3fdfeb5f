#include "base/base64.h"

static const char standard_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Up to three bytes at `at` as four digits, of which the first (bytes + 1) carry them. */
static void append_group(Buffer *buffer, Slice bytes, size_t at, const char *digits, bool padded)
{
    const size_t left = bytes.length - at;
    const size_t count = left < 3 ? left : 3;
    uint32_t group = 0;
    for (size_t i = 0; i < 3; i++) {
        group = group << 8 | (i < count ? (unsigned char)bytes.data[at + i] : 0U);
    }
    for (size_t i = 0; i < 4; i++) {
        if (i <= count) {
            buffer_append_byte(buffer, digits[group >> (18 - 6 * i) & 63U]);
        } else if (padded) {
            buffer_append_byte(buffer, '=');
        }
    }
}

void base64_append(Buffer *buffer, Slice bytes)
{
    for (size_t at = 0; at < bytes.length; at += 3) {
        append_group(buffer, bytes, at, standard_digits, true);
    }
}

void base64url_append(Buffer *buffer, Slice bytes)
{
    for (size_t at = 0; at < bytes.length; at += 3) {
        append_group(buffer, bytes, at, url_digits, false);
    }
}
