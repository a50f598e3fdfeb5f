#include "cel/regex_build.h"

enum { CATEGORY_COUNT = 30, CATEGORY_CN = 2, CATEGORY_LL = 5, CATEGORY_LU = 9, ALTERNATE_FROM_LU = 30 };

static const char CATEGORY_NAMES[] = "CcCfCnCoCsLlLmLoLtLuMcMeMnNdNlNoPcPdPePfPiPoPsScSkSmSoZlZpZs";

static uint32_t read_varint(const uint8_t **at)
{
    uint32_t value = 0;
    unsigned shift = 0;
    uint32_t byte = 0;
    do {
        byte = *(*at)++;
        value |= (byte & 127U) << shift;
        shift += 7;
    } while (byte >= 128);
    return value;
}

uint32_t unicode_category_mask(Slice name)
{
    if (slice_equal(name, SLICE("Any"))) {
        return (1U << CATEGORY_COUNT) - 1;
    }
    uint32_t mask = 0;
    for (uint32_t i = 0; i < CATEGORY_COUNT; i++) {
        const Slice known = {CATEGORY_NAMES + (size_t)i * 2, name.length == 1 ? 1 : 2};
        if (i != CATEGORY_CN && slice_equal(name, known)) {
            mask |= 1U << i;
        }
    }
    return mask;
}

void unicode_add_category(RegexBuilder *build, RuneSet *set, uint32_t mask)
{
    const uint8_t *at = unicode_category_runs;
    uint32_t low = 0;
    while (low <= RUNE_MAX) {
        const uint32_t head = *at++;
        const uint32_t length = (head & 7U) != 0 ? head & 7U : read_varint(&at) + 8;
        uint32_t kind = head >> 3;
        uint32_t other = kind;
        uint32_t step = length;
        if (kind >= ALTERNATE_FROM_LU) {
            other = kind == ALTERNATE_FROM_LU ? CATEGORY_LL : CATEGORY_LU;
            kind = CATEGORY_LL + CATEGORY_LU - other;
            step = 1;
        }
        for (const uint32_t end = low + length; low < end; low += step) {
            if ((mask >> kind & 1U) != 0) {
                set_add(build, set, low, low + step - 1);
            }
            const uint32_t turn = kind;
            kind = other;
            other = turn;
        }
    }
}

/* Adds the part of the first `count` ranges within low..high, moved by `distance`. */
static void add_moved(RegexBuilder *build, RuneSet *set, uint32_t count, RuneRange from, uint32_t distance)
{
    uint32_t at = 0;
    uint32_t end = count;
    while (at < end) {
        const uint32_t middle = (at + end) / 2;
        if (set->ranges[middle].high < from.low) {
            at = middle + 1;
        } else {
            end = middle;
        }
    }
    for (; at < count && set->ranges[at].low <= from.high; at++) {
        const RuneRange range = set->ranges[at];
        const uint32_t low = range.low > from.low ? range.low : from.low;
        const uint32_t high = range.high < from.high ? range.high : from.high;
        set_add(build, set, low + distance, high + distance);
    }
}

void unicode_add_folds(RegexBuilder *build, RuneSet *set)
{
    const uint32_t count = set->count;
    const uint32_t highest = count == 0 ? 0 : set->ranges[count - 1].high;
    const uint8_t *at = unicode_fold_runs;
    uint32_t first = read_varint(&at);
    while (first <= highest) {
        const uint32_t length = read_varint(&at);
        const uint32_t distance = read_varint(&at);
        /* Distance 1: pairs, one after the other. */
        const uint32_t step = distance == 1 ? 1 : length;
        for (uint32_t done = 0; done < length; done += step) {
            const uint32_t low = first + 2 * done;
            add_moved(build, set, count, (RuneRange){low, low + step - 1}, distance);
            add_moved(build, set, count, (RuneRange){low + distance, low + distance + step - 1},
                      0U - distance);
        }
        first += read_varint(&at);
    }
}
