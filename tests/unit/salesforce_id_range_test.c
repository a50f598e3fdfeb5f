/* Ranges of ids: numbers in base 62, and every row in one range whatever the order. */
#include "salesforce/id_range.h"

#include "test.h"

static void halves_and_doubles(void)
{
    static const struct {
        const char *from;
        const char *to;
        const char *middle; /* NULL: none */
        const char *beyond;
    } rows[] = {
        {"001000000000000", "001000000000010", "00100000000000V", "001000000000020"},
        {"001000000000000", "001000000000002", "001000000000001", "001000000000004"},
        {"001000000000000", "001000000000003", "001000000000001", "001000000000006"},
        {"00100000000000Z", "00100000000000b", "00100000000000a", "00100000000000d"},
        {"00100000000000z", "001000000000011", "001000000000010", "001000000000013"},
        {"0015500001QdQWa", "0015500001QdQWc", "0015500001QdQWb", "0015500001QdQWe"},
        {"0015500001QdQWaAAN", "0015500001QdQWcAAN", "0015500001QdQWb", "0015500001QdQWe"},
        {"001000000000000", "001zzzzzzzzzzzz", "001Uzzzzzzzzzzz", NULL},
        {"001zzzzzzzzzzzx", "001zzzzzzzzzzzy", NULL, "001zzzzzzzzzzzz"},
        {"001zzzzzzzzzzzy", "001zzzzzzzzzzzz", NULL, NULL},
        {"001000000000001", "001000000000001", NULL, NULL},
        {"001000000000002", "001000000000001", NULL, NULL},
        {"001000000000001", "003000000000009", NULL, NULL},
        {"", "001000000000001", NULL, NULL},
        {"001000000000001", "", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Slice from = slice_from_text(rows[i].from);
        const Slice to = slice_from_text(rows[i].to);
        char id[SF_ID_SHORT_BYTES];
        const bool has_middle = sf_id_middle(from, to, id);
        CHECK_NAMED(has_middle == (rows[i].middle != NULL), rows[i].from);
        if (has_middle) {
            CHECK_TEXT(slice_make(id, sizeof id), slice_from_text(rows[i].middle), "middle");
        }
        const bool has_beyond = sf_id_beyond(from, to, id);
        CHECK_NAMED(has_beyond == (rows[i].beyond != NULL), rows[i].from);
        if (has_beyond) {
            CHECK_TEXT(slice_make(id, sizeof id), slice_from_text(rows[i].beyond), "beyond");
        }
    }
}

static void halving_ends_at_the_first(void)
{
    const Slice from = SLICE("00T000000000000");
    char to[SF_ID_SHORT_BYTES];
    memcpy(to, "00Tzzzzzzzzzzzz", sizeof to);
    int count = 0;
    while (sf_id_middle(from, slice_make(to, sizeof to), to)) {
        count++;
    }
    CHECK_INT(count, 71, "twelve digits have 71 bits and a half");
    CHECK_TEXT(slice_make(to, sizeof to), SLICE("00T000000000001"), "the next one");
}

/* Orders in which a database might compare ids. */
static int by_bytes(Slice a, Slice b)
{
    return slice_compare(a, b);
}

static int fold(char c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

static int without_case(Slice a, Slice b)
{
    int order = 0;
    for (size_t i = 0; i < a.length && order == 0; i++) {
        order = fold(a.data[i]) - fold(b.data[i]);
    }
    return order;
}

static int backwards(Slice a, Slice b)
{
    return -slice_compare(a, b);
}

static int from_the_end(Slice a, Slice b)
{
    int order = 0;
    for (size_t i = a.length; i > 0 && order == 0; i--) {
        order = a.data[i - 1] - b.data[i - 1];
    }
    return order;
}

/* Ranges as a pull makes them: each begins where the one before ends. */
static void no_order_misses_a_row(void)
{
    typedef int Order(Slice a, Slice b);
    static Order *const orders[] = {by_bytes, without_case, backwards, from_the_end};
    enum { RANGES = 9, ROWS = 5000 };
    char ends[RANGES][SF_ID_SHORT_BYTES];
    const Slice first = SLICE("001F00000AzbY1q");
    CHECK(sf_id_middle(first, SLICE("001F00000Bcc9Zy"), ends[0]));
    CHECK(sf_id_middle(first, slice_make(ends[0], sizeof ends[0]), ends[0]));
    CHECK(sf_id_middle(first, slice_make(ends[0], sizeof ends[0]), ends[0]));
    CHECK(sf_id_beyond(first, slice_make(ends[0], sizeof ends[0]), ends[1]));
    for (int i = 2; i < RANGES; i++) {
        CHECK(sf_id_beyond(slice_make(ends[i - 2], sizeof ends[0]), slice_make(ends[i - 1], sizeof ends[0]),
                           ends[i]));
    }
    uint32_t dice = 7;
    for (int row = 0; row < ROWS; row++) {
        char id[SF_ID_SHORT_BYTES];
        memcpy(id, "001F00000", 9);
        for (int i = 9; i < SF_ID_SHORT_BYTES; i++) {
            dice = dice * 1664525 + 1013904223;
            id[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(dice >> 16) % 62];
        }
        const Slice text = slice_make(id, sizeof id);
        for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
            int times = 0;
            for (int range = 0; range <= RANGES; range++) {
                const bool from = range == 0 || orders[o](text, slice_make(ends[range - 1], sizeof id)) >= 0;
                const bool to = range == RANGES || orders[o](text, slice_make(ends[range], sizeof id)) < 0;
                times += from && to ? 1 : 0;
            }
            CHECK_NAMED(times >= 1 && (o != 0 || times == 1), "every row, and by bytes once");
        }
    }
}

TEST_MAIN(halves_and_doubles, halving_ends_at_the_first, no_order_misses_a_row)
