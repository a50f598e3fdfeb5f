#include "base/sort.h"

#include <stdbool.h>

const void **sort_pointers(const void **items, const void **spare, size_t count, SortCompare *compare)
{
    const void **from = items;
    const void **to = spare;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; start < count; start += 2 * width) {
            const size_t middle = start + width < count ? start + width : count;
            const size_t end = start + 2 * width < count ? start + 2 * width : count;
            size_t left = start;
            size_t right = middle;
            for (size_t at = start; at < end; at++) {
                const bool take_left =
                    left < middle && (right >= end || compare(from[left], from[right]) <= 0);
                to[at] = take_left ? from[left++] : from[right++];
            }
        }
        const void **swapped = from;
        from = to;
        to = swapped;
    }
    return from;
}
