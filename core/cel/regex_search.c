/*
 * Searches: plain text and questions that the table answers are decided here, the rest by regex_match.
 */
#include "cel/regex_internal.h"

void regex_set_groups(Slice text, const uint32_t *slots, uint32_t slot_count, Slice *groups,
                      size_t group_count)
{
    for (size_t i = 0; i < group_count; i++) {
        groups[i] = (Slice){NULL, 0};
        if (2 * i + 1 < slot_count && slots[2 * i + 1] != REGEX_UNSET && slots[2 * i] != REGEX_UNSET) {
            groups[i] = (Slice){text.data + slots[2 * i], slots[2 * i + 1] - slots[2 * i]};
        }
    }
}

/* REGEX_LIMIT: the table cannot tell (a byte above 0x7F), or the steps were used up. */
static RegexResult table_search(const Regex *regex, Slice text, size_t from, uint64_t *steps)
{
    const RegexTable *table = regex->table;
    const uint16_t *next = table->next;
    const uint8_t *bytes = (const uint8_t *)text.data;
    const size_t end = text.length - from <= *steps ? text.length : from + (size_t)*steps;
    uint32_t state = table->begin[regex_begin_index(regex_before(from == 0 ? -1 : bytes[from - 1]))];
    size_t at = from;
    while (at < end && state < TABLE_DEAD) {
        uint32_t length = 1;
        uint32_t column = 0;
        if (bytes[at] < 0x80) {
            column = table->column_of[bytes[at]];
        } else if (table->ascii_only) {
            *steps -= at - from;
            return REGEX_LIMIT;
        } else {
            const bool invalid = regex_decode(bytes + at, text.length - at, &length) == RUNE_INVALID;
            column = table->columns - (uint32_t)TABLE_COLUMNS_BEHIND + (invalid ? 1 : 0);
        }
        state = next[state + column];
        at += length;
    }
    *steps -= (at < end ? at : end) - from;
    if (state < TABLE_DEAD) {
        if (end < text.length) {
            return REGEX_LIMIT;
        }
        state = next[state + table->columns - 1U];
    }
    return state == TABLE_MATCH ? REGEX_MATCH : REGEX_NO_MATCH;
}

RegexResult regex_search(const Regex *regex, Arena *scratch, Slice text, size_t from, Slice *groups,
                         size_t group_count, uint64_t *steps)
{
    if (text.length >= REGEX_UNSET - 1 || *steps == 0) {
        return REGEX_LIMIT;
    }
    if (text.data == NULL) {
        text = SLICE(""); /* so that a match of nothing is told from a group that took no part */
    }
    size_t at = from;
    if (regex->literal_length != 0) {
        at = slice_find(text, slice_make(regex->literal, regex->literal_length), from);
    }
    const bool possible = at != SIZE_MAX && !(regex->anchored && at != 0);
    const uint64_t passed = ((at == SIZE_MAX ? text.length : at) - from) / 8 + 1;
    if (passed > *steps) {
        *steps = 0;
        return REGEX_LIMIT;
    }
    *steps -= passed;
    if (possible && regex->literal_only) {
        const uint32_t slots[2] = {(uint32_t)at, (uint32_t)(at + regex->literal_length)};
        regex_set_groups(text, slots, 2, groups, group_count);
        return REGEX_MATCH;
    }
    RegexResult result = possible ? REGEX_MATCH : REGEX_NO_MATCH;
    if (possible && regex->table != NULL) {
        result = table_search(regex, text, at, steps);
    }
    if (result == REGEX_NO_MATCH || (result == REGEX_MATCH && group_count == 0 && regex->table != NULL)) {
        return result;
    }
    return *steps == 0 ? REGEX_LIMIT : regex_match(regex, scratch, text, at, groups, group_count, steps);
}
