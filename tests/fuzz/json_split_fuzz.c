/*
 * The splitter on any bytes: cut by the first byte of the input and whole it must hand out the same elements,
 * each of them JSON, and end with the same error.
 */
#include "../plain_memory.h"
#include "base/assert.h"
#include "base/hash.h"
#include "json/document.h"
#include "json/split.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Seen {
    uint64_t hash;
    Arena arena; /* of one element */
} Seen;

static Error see_element(void *context, Slice element)
{
    Seen *seen = context;
    seen->hash = hash64(seen->hash, element);
    JsonDocument document;
    perly_assert(json_parse(&seen->arena, element, &document).code == ERROR_OK);
    arena_reset(&seen->arena);
    return ERROR_NONE;
}

static Error split(Seen *seen, Slice key, Slice input, size_t chunk)
{
    const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    arena_init(&arena, &allocator, 0);
    arena_init(&seen->arena, &allocator, 0);
    JsonSplitter splitter;
    json_split_init(&splitter, &arena, key, (JsonElementSink){see_element, seen});
    Error error = ERROR_NONE;
    bool closed = false;
    for (size_t at = 0; error.code == ERROR_OK && !closed;) {
        const Slice part = slice_part(input, at, at + chunk);
        closed = at + part.length == input.length;
        char *copy = malloc(part.length + 1);
        perly_assert(copy != NULL);
        memcpy(copy + 1, part.data, part.length);
        error = json_split_feed(&splitter, slice_make(copy + 1, part.length), closed);
        free(copy);
        at += part.length;
    }
    if (error.code == ERROR_OK) {
        JsonDocument rest;
        perly_assert(json_parse(&seen->arena, json_split_rest(&splitter), &rest).code == ERROR_OK);
        seen->hash = hash64(seen->hash, json_split_rest(&splitter));
    }
    error.message = SLICE("");
    error.place.pointer = SLICE("");
    arena_free(&arena);
    arena_free(&seen->arena);
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 100000) {
        return 0;
    }
    const Slice key = data[0] % 2 == 0 ? SLICE("records") : SLICE("");
    const Slice input = slice_make((const char *)data + 1, size - 1);
    Seen cut = {.hash = 0};
    Seen whole = {.hash = 0};
    const Error cut_error = split(&cut, key, input, 1U + data[0] / 2U);
    const Error whole_error = split(&whole, key, input, SIZE_MAX / 2);
    perly_assert(cut.hash == whole.hash && cut_error.code == whole_error.code);
    perly_assert(cut_error.place.line == whole_error.place.line &&
                 cut_error.place.column == whole_error.place.column);
    return 0;
}
