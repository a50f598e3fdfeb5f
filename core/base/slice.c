#include "base/slice.h"

size_t slice_find(Slice text, Slice needle, size_t start)
{
    if (needle.length == 0) {
        return start <= text.length ? start : SIZE_MAX;
    }
    size_t at = start;
    while (at < text.length && text.length - at >= needle.length) {
        at = slice_find_byte(text, needle.data[0], at);
        if (text.length - at < needle.length) {
            break;
        }
        if (memcmp(text.data + at, needle.data, needle.length) == 0) {
            return at;
        }
        at++;
    }
    return SIZE_MAX;
}

static char lower_ascii(char c)
{
    const char lower = (char)((unsigned char)c | 0x20U);
    if (lower >= 'a' && lower <= 'z') {
        return lower;
    }
    return c;
}

bool slice_equal_ignoring_case(Slice a, Slice b)
{
    if (a.length != b.length) {
        return false;
    }
    for (size_t i = 0; i < a.length; i++) {
        if (lower_ascii(a.data[i]) != lower_ascii(b.data[i])) {
            return false;
        }
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Slice slice_trim(Slice text)
{
    size_t first = 0;
    size_t last = text.length;
    while (first < last && is_space(text.data[first])) {
        first++;
    }
    while (last > first && is_space(text.data[last - 1])) {
        last--;
    }
    return slice_part(text, first, last);
}
