/* Putting things in order: a merge sort of pointers, stable, with the same result on every host. */
#ifndef PERLY_BASE_SORT_H
#define PERLY_BASE_SORT_H

#include <stddef.h>

/* <0, 0, >0, as memcmp. */
typedef int SortCompare(const void *a, const void *b);

/*
 * Orders `count` pointers; equal ones keep their order. `spare` has room for as many. Returns `items` or
 * `spare`, whichever holds the result. Never NULL inside.
 */
const void **sort_pointers(const void **items, const void **spare, size_t count, SortCompare *compare);

#endif
