#include "cel/regex_internal.h"

enum {
    CATEGORY_COUNT = 30,
    CATEGORY_CN = 2,
    CATEGORY_LL = 5,
    CATEGORY_LU = 9,
    ALTERNATE_FROM_LU = 30,
    ALTERNATE_FROM_LL = 31
};

static const char CATEGORY_NAMES[] = "CcCfCnCoCsLlLmLoLtLuMcMeMnNdNlNoPcPdPePfPiPoPsScSkSmSoZlZpZs";

static uint32_t read_varint(const uint8_t **at)
{
    uint32_t value = 0;
    unsigned shift = 0;
    uint8_t byte = 0;
    do {
        byte = *(*at)++;
        value |= (uint32_t)(byte & 127U) << shift;
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
        const char *known = CATEGORY_NAMES + (size_t)i * 2;
        const bool same = name.length == 1 ? name.data[0] == known[0]
                                           : name.length == 2 && memcmp(name.data, known, 2) == 0;
        if (same && i != CATEGORY_CN) {
            mask |= 1U << i;
        }
    }
    return mask;
}

/* A run of one category, or of Lu and Ll in turn. */
typedef struct Run {
    uint32_t low;
    uint32_t high;
    uint32_t kind;
} Run;

static Run read_run(const uint8_t **at, uint32_t low)
{
    const uint32_t head = *(*at)++;
    const uint32_t length = (head & 7U) != 0 ? head & 7U : read_varint(at) + 8;
    return (Run){low, low + length - 1, head >> 3};
}

/* Of alternating runs: the mask's bits for the first, third... and for the second, fourth... code points. */
static bool takes_first(const Run *run, uint32_t mask)
{
    const uint32_t category = run->kind == ALTERNATE_FROM_LU   ? CATEGORY_LU
                              : run->kind == ALTERNATE_FROM_LL ? CATEGORY_LL
                                                               : run->kind;
    return (mask >> category & 1U) != 0;
}

static bool takes_second(const Run *run, uint32_t mask)
{
    const uint32_t category = run->kind == ALTERNATE_FROM_LU   ? CATEGORY_LL
                              : run->kind == ALTERNATE_FROM_LL ? CATEGORY_LU
                                                               : run->kind;
    return (mask >> category & 1U) != 0;
}

void unicode_add_category(ClassBuilder *builder, uint32_t mask)
{
    const uint8_t *at = unicode_category_runs;
    for (uint32_t low = 0; low <= RUNE_MAX;) {
        const Run run = read_run(&at, low);
        const bool first = takes_first(&run, mask);
        const bool second = takes_second(&run, mask);
        if (first && second) {
            class_add(builder, run.low, run.high);
        } else if (first || second) {
            for (uint32_t rune = run.low + (first ? 0 : 1); rune <= run.high; rune += 2) {
                class_add(builder, rune, rune);
            }
        }
        low = run.high + 1;
    }
}

bool unicode_in_category(uint32_t mask, uint32_t rune)
{
    const uint8_t *at = unicode_category_runs;
    Run run = read_run(&at, 0);
    while (run.high < rune) {
        run = read_run(&at, run.high + 1);
    }
    return (rune - run.low) % 2 == 0 ? takes_first(&run, mask) : takes_second(&run, mask);
}

/* The part of `range` within low..high, moved by `distance`. */
static void add_moved(ClassBuilder *builder, RuneRange range, uint32_t low, uint32_t high, uint32_t distance)
{
    const uint32_t first = range.low > low ? range.low : low;
    const uint32_t last = range.high < high ? range.high : high;
    if (first <= last) {
        class_add(builder, first + distance, last + distance);
    }
}

/* The first of the sorted ranges that ends at `rune` or later. */
static uint32_t find_range(const ClassBuilder *builder, uint32_t count, uint32_t rune)
{
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (builder->ranges[middle].high < rune) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

typedef struct Fold {
    uint32_t low;
    uint32_t count;
    uint32_t distance;
} Fold;

static void add_fold(ClassBuilder *builder, uint32_t count, const Fold *fold)
{
    const bool pairs = fold->distance == 1;
    const uint32_t high = fold->low + (pairs ? 2 * fold->count : fold->count) - 1;
    for (uint32_t i = find_range(builder, count, fold->low); i < count; i++) {
        const RuneRange range = builder->ranges[i];
        if (range.low > high + (pairs ? 0 : fold->distance)) {
            break;
        }
        if (!pairs) {
            add_moved(builder, range, fold->low, high, fold->distance);
            add_moved(builder, range, fold->low + fold->distance, high + fold->distance, 0U - fold->distance);
        } else if (range.high >= fold->low && range.low <= high) {
            const uint32_t first =
                range.low > fold->low ? range.low - ((range.low - fold->low) & 1U) : fold->low;
            const uint32_t last = range.high < high ? range.high + 1 - ((range.high - fold->low) & 1U) : high;
            class_add(builder, first, last);
        }
    }
}

void unicode_add_folds(ClassBuilder *builder, uint32_t count)
{
    if (count == 0) {
        return;
    }
    const uint8_t *at = unicode_fold_runs;
    const uint8_t *end = unicode_fold_runs + unicode_fold_runs_bytes;
    Fold fold = {0};
    while (at < end) {
        fold.low += read_varint(&at);
        fold.count = read_varint(&at);
        fold.distance = read_varint(&at);
        if (fold.low > builder->ranges[count - 1].high) {
            break;
        }
        add_fold(builder, count, &fold);
    }
}
