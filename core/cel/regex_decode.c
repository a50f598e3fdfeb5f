#include "cel/regex_internal.h"

uint32_t regex_decode(Slice text, size_t at, uint32_t *bytes)
{
    const uint8_t *from = (const uint8_t *)text.data + at;
    const uint32_t first = from[0];
    *bytes = 1;
    if (first < 0x80) {
        return first;
    }
    if (first < 0xC2 || first > 0xF4) {
        return RUNE_INVALID;
    }
    const uint32_t length = first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4);
    if (text.length - at < length) {
        return RUNE_INVALID;
    }
    uint32_t rune = first & (0x7FU >> length);
    for (uint32_t i = 1; i < length; i++) {
        if ((from[i] & 0xC0U) != 0x80) {
            return RUNE_INVALID;
        }
        rune = rune << 6 | (from[i] & 0x3FU);
    }
    *bytes = length;
    const bool overlong = (length == 3 && rune < 0x800) || (length == 4 && rune < 0x10000);
    return overlong || rune > RUNE_MAX ? RUNE_LENIENT : rune;
}

bool regex_class_has(const Regex *regex, const RegexClass *set, uint32_t rune)
{
    if (rune < 0x80) {
        return regex_bit(set->ascii, rune);
    }
    const RuneRange *ranges = regex->ranges + set->first;
    uint32_t low = 0;
    uint32_t high = set->count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (ranges[middle].high < rune) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && ranges[low].low <= rune;
}

bool regex_is_word(uint32_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= 'a' && byte <= 'z');
}
