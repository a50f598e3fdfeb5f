/* A set of texts with a number each: open addressing, at most half full. */
#ifndef PERLY_BASE_TEXT_SET_H
#define PERLY_BASE_TEXT_SET_H

#include "base/arena.h"
#include "base/error.h"

typedef struct TextSet {
    Slice *texts; /* their bytes belong to whoever added them */
    uint32_t *numbers;
    uint32_t slots; /* a power of two */
} TextSet;

/* Room for `count` texts, in `arena`. ERROR_OUT_OF_MEMORY. */
Error text_set_init(TextSet *set, Arena *arena, size_t count);

/* Adds the text with its number; false when it is there already. */
bool text_set_add(TextSet *set, Slice text, uint32_t number);

/* The number of the text; UINT32_MAX: it is not there. */
uint32_t text_set_find(const TextSet *set, Slice text);

#endif
