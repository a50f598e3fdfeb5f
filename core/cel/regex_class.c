#include "cel/regex_internal.h"

void *regex_grow(Arena *arena, void *block, uint32_t count, uint32_t *capacity, size_t bytes, size_t align)
{
    if (count < *capacity) {
        return block;
    }
    const uint32_t wanted = *capacity < 8 ? 8 : *capacity * 2;
    if (wanted > UINT32_MAX / 2 || wanted > SIZE_MAX / bytes) {
        return NULL;
    }
    void *moved = arena_resize(arena, block, *capacity * bytes, wanted * bytes, align);
    if (moved != NULL) {
        *capacity = wanted;
    }
    return moved;
}

void class_init(ClassBuilder *builder, Arena *arena)
{
    *builder = (ClassBuilder){.arena = arena};
}

void class_clear(ClassBuilder *builder)
{
    builder->count = 0;
    builder->settled = 0;
}

static void push_range(ClassBuilder *builder, uint32_t low, uint32_t high)
{
    RuneRange *ranges = regex_grow(builder->arena, builder->ranges, builder->count, &builder->capacity,
                                   sizeof(RuneRange), _Alignof(RuneRange));
    if (ranges == NULL) {
        builder->failed = true;
        return;
    }
    builder->ranges = ranges;
    ranges[builder->count++] = (RuneRange){low, high};
}

void class_add(ClassBuilder *builder, uint32_t low, uint32_t high)
{
    if (builder->count != 0) {
        RuneRange *last = &builder->ranges[builder->count - 1];
        if (low >= last->low && low <= last->high + 1) {
            last->high = high > last->high ? high : last->high;
            return;
        }
    }
    push_range(builder, low, high);
}

static void sift_down(RuneRange *ranges, uint32_t at, uint32_t count)
{
    const RuneRange moved = ranges[at];
    uint32_t child = 2 * at + 1;
    while (child < count) {
        if (child + 1 < count && ranges[child].low < ranges[child + 1].low) {
            child++;
        }
        if (ranges[child].low <= moved.low) {
            break;
        }
        ranges[at] = ranges[child];
        at = child;
        child = 2 * at + 1;
    }
    ranges[at] = moved;
}

/* Heap sort: no recursion, no bad case. */
static void sort_ranges(RuneRange *ranges, uint32_t count)
{
    for (uint32_t i = count / 2; i-- > 0;) {
        sift_down(ranges, i, count);
    }
    for (uint32_t end = count; end-- > 1;) {
        const RuneRange largest = ranges[0];
        ranges[0] = ranges[end];
        ranges[end] = largest;
        sift_down(ranges, 0, end);
    }
}

void class_tidy(ClassBuilder *builder)
{
    RuneRange *ranges = builder->ranges;
    bool sorted = true;
    for (uint32_t i = 1; i < builder->count && sorted; i++) {
        sorted = ranges[i - 1].low <= ranges[i].low;
    }
    if (!sorted) {
        sort_ranges(ranges, builder->count);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < builder->count; i++) {
        if (kept != 0 && ranges[i].low <= ranges[kept - 1].high + 1) {
            const uint32_t high = ranges[i].high;
            ranges[kept - 1].high = high > ranges[kept - 1].high ? high : ranges[kept - 1].high;
        } else {
            ranges[kept++] = ranges[i];
        }
    }
    builder->count = kept;
}

void class_settle(ClassBuilder *builder)
{
    if (builder->count >= 4096 && builder->count / 2 >= builder->settled) {
        class_tidy(builder);
        builder->settled = builder->count;
    }
}

void class_negate(ClassBuilder *builder)
{
    class_tidy(builder);
    uint32_t low = 0;
    uint32_t kept = 0;
    const uint32_t count = builder->count;
    RuneRange *ranges = builder->ranges;
    for (uint32_t i = 0; i < count; i++) {
        const RuneRange range = ranges[i];
        if (range.low > low) {
            ranges[kept++] = (RuneRange){low, range.low - 1};
        }
        low = range.high + 1;
    }
    builder->count = kept;
    if (low <= RUNE_MAX) {
        push_range(builder, low, RUNE_MAX);
    }
}

void class_fold(ClassBuilder *builder)
{
    /* An orbit has at most four members, each linked to its neighbours: three passes reach all of them. */
    for (int pass = 0; pass < 3; pass++) {
        class_tidy(builder);
        unicode_add_folds(builder, builder->count);
    }
    class_tidy(builder);
}

typedef struct NamedClass {
    char name[7];
    uint8_t pairs;
    char ranges[9];
} NamedClass;

static const NamedClass NAMED_CLASSES[] = {
    {"d", 1, "09"},           {"s", 3, "\t\n\f\r  "}, {"w", 4, "09AZ__az"},   {"alnum", 3, "09AZaz"},
    {"alpha", 2, "AZaz"},     {"ascii", 1, {0, 127}}, {"blank", 2, "\t\t  "}, {"cntrl", 2, {0, 31, 127, 127}},
    {"digit", 1, "09"},       {"graph", 1, "!~"},     {"lower", 1, "az"},     {"print", 1, " ~"},
    {"punct", 4, "!/:@[`{~"}, {"space", 2, "\t\r  "}, {"upper", 1, "AZ"},     {"word", 4, "09AZ__az"},
    {"xdigit", 3, "09AFaf"},
};

bool class_add_named(ClassBuilder *builder, Slice name)
{
    for (size_t i = 0; i < sizeof NAMED_CLASSES / sizeof NAMED_CLASSES[0]; i++) {
        const NamedClass *known = &NAMED_CLASSES[i];
        if (slice_equal(name, slice_from_text(known->name))) {
            for (size_t pair = 0; pair < known->pairs; pair++) {
                class_add(builder, (uint8_t)known->ranges[2 * pair], (uint8_t)known->ranges[2 * pair + 1]);
            }
            return true;
        }
    }
    return false;
}
