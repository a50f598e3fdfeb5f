#include "base/sort.h"

#include "test.h"

typedef struct Item {
    int key;
    int place; /* where it stood */
} Item;

static int compare_items(const void *a, const void *b)
{
    return ((const Item *)a)->key - ((const Item *)b)->key;
}

enum { ITEMS_MAX = 100 };

/* Keys of 0 to `keys` - 1 from a small generator: with few of them many are equal. */
static void check(const char *name, size_t count, uint32_t keys)
{
    Item items[ITEMS_MAX];
    const void *pointers[2 * ITEMS_MAX];
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1103515245U + 12345U;
        items[i] = (Item){(int)(state / 65536U % keys), (int)i};
        pointers[i] = &items[i];
    }
    const void *const *sorted = sort_pointers(pointers, pointers + count, count, compare_items);
    bool seen[ITEMS_MAX] = {false};
    for (size_t i = 0; i < count; i++) {
        const Item *item = sorted[i];
        CHECK_NAMED(!seen[item->place], name);
        seen[item->place] = true;
        const Item *before = i == 0 ? NULL : sorted[i - 1];
        CHECK_NAMED(before == NULL || before->key < item->key ||
                        (before->key == item->key && before->place < item->place),
                    name);
    }
}

static void orders_and_keeps_the_order_of_equals(void)
{
    static const struct {
        const char *name;
        size_t count;
        uint32_t keys;
    } rows[] = {
        {"none", 0, 1},
        {"one", 1, 1},
        {"two", 2, 50},
        {"three, all equal", 3, 1},
        {"a power of two", 64, 7},
        {"one more", 65, 1000},
        {"many equal", 100, 3},
        {"all equal", 100, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check(rows[i].name, rows[i].count, rows[i].keys);
    }
}

TEST_MAIN(orders_and_keeps_the_order_of_equals)
