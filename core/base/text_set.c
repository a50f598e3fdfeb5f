#include "base/text_set.h"

#include "base/hash.h"

Error text_set_init(TextSet *set, Arena *arena, size_t count)
{
    set->slots = 16;
    while (set->slots < count * 2) {
        set->slots *= 2;
    }
    set->texts = ARENA_ARRAY(arena, Slice, set->slots);
    set->numbers = ARENA_ARRAY(arena, uint32_t, set->slots);
    return set->texts == NULL || set->numbers == NULL
               ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a set of texts"))
               : ERROR_NONE;
}

/* The slot that has the text, or is empty and would take it. */
static uint32_t slot_of(const TextSet *set, Slice text)
{
    uint32_t at = (uint32_t)hash64(1, text) & (set->slots - 1);
    while (set->texts[at].data != NULL && !slice_equal(set->texts[at], text)) {
        at = (at + 1) & (set->slots - 1);
    }
    return at;
}

bool text_set_add(TextSet *set, Slice text, uint32_t number)
{
    const uint32_t at = slot_of(set, text);
    if (set->texts[at].data != NULL) {
        return false;
    }
    set->texts[at] = text;
    set->numbers[at] = number;
    return true;
}

uint32_t text_set_find(const TextSet *set, Slice text)
{
    const uint32_t at = slot_of(set, text);
    return set->texts[at].data == NULL ? UINT32_MAX : set->numbers[at];
}
