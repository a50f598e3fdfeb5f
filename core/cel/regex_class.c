#include "cel/regex_build.h"

static void push_range(RegexBuilder *build, RuneSet *set, uint32_t low, uint32_t high)
{
    RuneRange *ranges = build_grow(build, set->ranges, set->count, &set->capacity, sizeof(RuneRange));
    if (ranges != NULL) {
        set->ranges = ranges;
        ranges[set->count++] = (RuneRange){low, high};
    }
}

void set_add(RegexBuilder *build, RuneSet *set, uint32_t low, uint32_t high)
{
    if (set->count != 0) {
        RuneRange *last = &set->ranges[set->count - 1];
        if (low >= last->low && low <= last->high + 1) {
            last->high = high > last->high ? high : last->high;
            return;
        }
    }
    push_range(build, set, low, high);
}

/* Shell sort: small, no recursion, and quick for a few sorted stretches, which is what a set mostly is. */
static void sort_ranges(RuneRange *ranges, uint32_t count)
{
    for (uint32_t gap = count; gap > 1;) {
        gap = gap > 2 ? gap * 5 / 11 : 1;
        for (uint32_t i = gap; i < count; i++) {
            const RuneRange moved = ranges[i];
            uint32_t at = i;
            for (; at >= gap && ranges[at - gap].low > moved.low; at -= gap) {
                ranges[at] = ranges[at - gap];
            }
            ranges[at] = moved;
        }
    }
}

void set_tidy(RuneSet *set)
{
    RuneRange *ranges = set->ranges;
    sort_ranges(ranges, set->count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        if (kept != 0 && ranges[i].low <= ranges[kept - 1].high + 1) {
            const uint32_t high = ranges[i].high;
            ranges[kept - 1].high = high > ranges[kept - 1].high ? high : ranges[kept - 1].high;
        } else {
            ranges[kept++] = ranges[i];
        }
    }
    set->count = kept;
    set->settled = kept;
}

void set_negate(RegexBuilder *build, RuneSet *set)
{
    set_tidy(set);
    uint32_t low = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const RuneRange range = set->ranges[i];
        if (range.low > low) {
            set->ranges[kept++] = (RuneRange){low, range.low - 1};
        }
        low = range.high + 1;
    }
    set->count = kept;
    if (low <= RUNE_MAX) {
        push_range(build, set, low, RUNE_MAX);
    }
}

void set_fold(RegexBuilder *build, RuneSet *set)
{
    /* An orbit has at most four members, each linked to its neighbours: three passes reach all of them. */
    for (int pass = 0; pass < 3 && (build->flags & FLAG_FOLD) != 0; pass++) {
        set_tidy(set);
        unicode_add_folds(build, set);
    }
    set_tidy(set);
}

bool set_has(const RuneSet *set, uint32_t rune)
{
    bool has = false;
    for (uint32_t i = 0; i < set->count; i++) {
        has = has || (set->ranges[i].low <= rune && rune <= set->ranges[i].high);
    }
    return has;
}

/* `ranges` holds the two ends of each range. */
typedef struct NamedClass {
    char name[7];
    uint8_t length;
    uint8_t pairs;
    char ranges[9];
} NamedClass;

static const NamedClass NAMED_CLASSES[] = {
    {"d", 1, 1, "09"},           {"s", 1, 3, "\t\n\f\r  "},
    {"w", 1, 4, "09AZ__az"},     {"alnum", 5, 3, "09AZaz"},
    {"alpha", 5, 2, "AZaz"},     {"ascii", 5, 1, {0, 127}},
    {"blank", 5, 2, "\t\t  "},   {"cntrl", 5, 2, {0, 31, 127, 127}},
    {"digit", 5, 1, "09"},       {"graph", 5, 1, "!~"},
    {"lower", 5, 1, "az"},       {"print", 5, 1, " ~"},
    {"punct", 5, 4, "!/:@[`{~"}, {"space", 5, 2, "\t\r  "},
    {"upper", 5, 1, "AZ"},       {"word", 4, 4, "09AZ__az"},
    {"xdigit", 6, 3, "09AFaf"},
};

bool set_add_named(RegexBuilder *build, RuneSet *set, Slice name)
{
    for (size_t i = 0; i < sizeof NAMED_CLASSES / sizeof NAMED_CLASSES[0]; i++) {
        const NamedClass *known = &NAMED_CLASSES[i];
        if (slice_equal(name, slice_make(known->name, known->length))) {
            for (size_t pair = 0; pair < known->pairs; pair++) {
                set_add(build, set, (uint8_t)known->ranges[2 * pair], (uint8_t)known->ranges[2 * pair + 1]);
            }
            return true;
        }
    }
    return false;
}
