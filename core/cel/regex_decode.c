#include "cel/regex_internal.h"

uint32_t regex_decode(const uint8_t *from, size_t left, uint32_t *bytes)
{
    const uint32_t first = from[0];
    *bytes = 1;
    if (first < 0x80) {
        return first;
    }
    const uint32_t length = first < 0xE0 ? 2 : (first < 0xF0 ? 3 : 4);
    if (first < 0xC2 || first > 0xF4 || left < length) {
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

bool regex_class_has(const RegexClass *set, uint32_t rune)
{
    uint32_t low = 0;
    uint32_t high = set->count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (set->ranges[middle].high < rune) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && set->ranges[low].low <= rune;
}

bool regex_is_word(uint32_t byte)
{
    return byte - '0' < 10 || (byte | 0x20U) - 'a' < 26 || byte == '_';
}

uint32_t regex_before(int byte)
{
    if (byte < 0) {
        return AT_TEXT_BEGIN | AT_LINE_BEGIN;
    }
    return byte == '\n' ? AT_LINE_BEGIN : (regex_is_word((uint32_t)byte) ? AT_WORD_EDGE : 0);
}

uint32_t regex_between(uint32_t before, int after)
{
    const bool word_before = (before & AT_WORD_EDGE) != 0;
    const bool word_after = after >= 0 && regex_is_word((uint32_t)after);
    uint32_t holds = before & (AT_TEXT_BEGIN | AT_LINE_BEGIN);
    holds |= word_before == word_after ? AT_NO_WORD_EDGE : AT_WORD_EDGE;
    holds |= after < 0 ? AT_TEXT_END | AT_LINE_END : (after == '\n' ? AT_LINE_END : 0);
    return holds;
}
