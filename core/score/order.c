/* Putting rows in order: a merge sort, stable and the same everywhere, one pass when they are in order
 * already. */
#include "score/internal.h"

static int compare_rows(const FeatureRow *a, const FeatureRow *b)
{
    const int group = slice_compare(a->group, b->group);
    if (group != 0) {
        return group;
    }
    if (a->date != b->date) {
        return a->date < b->date ? -1 : 1;
    }
    return slice_compare(a->id, b->id);
}

static void merge(const FeatureRow *from, FeatureRow *to, size_t start, size_t middle, size_t end)
{
    size_t left = start;
    size_t right = middle;
    for (size_t at = start; at < end; at++) {
        const bool take_left =
            right == end || (left < middle && compare_rows(&from[left], &from[right]) <= 0);
        to[at] = from[take_left ? left++ : right++];
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

Error feature_rows_sort(Arena *arena, FeatureRows rows)
{
    size_t ordered = 1;
    while (ordered < rows.count && compare_rows(&rows.items[ordered - 1], &rows.items[ordered]) <= 0) {
        ordered++;
    }
    if (ordered >= rows.count) {
        return ERROR_NONE;
    }
    FeatureRow *other = ARENA_ARRAY(arena, FeatureRow, rows.count);
    if (other == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to put rows in order"));
    }
    FeatureRow *from = rows.items;
    FeatureRow *to = other;
    for (size_t width = 1; width < rows.count; width *= 2) {
        for (size_t start = 0; start < rows.count; start += 2 * width) {
            merge(from, to, start, least(start + width, rows.count), least(start + 2 * width, rows.count));
        }
        FeatureRow *const swapped = from;
        from = to;
        to = swapped;
    }
    if (from != rows.items) {
        memcpy(rows.items, from, rows.count * sizeof rows.items[0]);
    }
    return ERROR_NONE;
}

Error feature_rows_by_id(Arena *arena, FeatureRows rows, FeatureRows *ordered)
{
    *ordered = (FeatureRows){ARENA_ARRAY(arena, FeatureRow, rows.count), rows.count};
    if (ordered->items == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to put rows in order"));
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        ordered->items[i] = (FeatureRow){.id = rows.items[i].id, .view = rows.items[i].view};
    }
    return feature_rows_sort(arena, *ordered);
}

uint32_t feature_group_find(FeatureRows rows, Slice group)
{
    uint32_t low = 0;
    for (uint32_t high = rows.count; low < high;) {
        const uint32_t middle = low + (high - low) / 2;
        if (slice_compare(rows.items[middle].group, group) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t feature_rows_find(FeatureRows rows, BlockRange range, Slice id)
{
    uint32_t low = range.first;
    uint32_t high = range.first + range.count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = slice_compare(rows.items[middle].id, id);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return BLOCK_NO_ROW;
}

Error change_index_make(Arena *arena, const LoggedChange *changes, size_t count, ChangeIndex *index)
{
    *index = (ChangeIndex){.changes = changes};
    if (count == 0) {
        return ERROR_NONE;
    }
    FeatureRows keys = {ARENA_ARRAY(arena, FeatureRow, count), (uint32_t)count};
    index->order = ARENA_ARRAY(arena, uint32_t, count);
    index->count = (uint32_t)count;
    if (keys.items == NULL || index->order == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the change log"));
    }
    for (size_t i = 0; i < count; i++) {
        keys.items[i] =
            (FeatureRow){.group = changes[i].id, .date = changes[i].seen_ms, .position = (uint32_t)i};
    }
    RETURN_IF_ERROR(feature_rows_sort(arena, keys));
    for (size_t i = 0; i < count; i++) {
        index->order[i] = keys.items[i].position;
    }
    return ERROR_NONE;
}

BlockRange change_index_find(const ChangeIndex *index, Slice id)
{
    uint32_t low = 0;
    uint32_t high = index->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (slice_compare(index->changes[index->order[middle]].id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    BlockRange range = {low, 0};
    while (low + range.count < index->count &&
           slice_equal(index->changes[index->order[low + range.count]].id, id)) {
        range.count++;
    }
    return range;
}
