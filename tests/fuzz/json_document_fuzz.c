/*
 * The strict pass and cJSON on any bytes. What the strict pass accepts, cJSON must accept too, and the
 * canonical text of it must be accepted again and be its own canonical text.
 */
#include "../plain_memory.h"
#include "base/assert.h"
#include "json/writer.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Slice canonical(Arena *arena, const JsonDocument *document)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    JsonWriter writer = {&text, false};
    perly_assert(json_write_canonical(&writer, json_root(document)).code == ERROR_OK);
    return buffer_slice(&text);
}

/* An error about the last value of all must find its place. */
static void check_place(const JsonDocument *document)
{
    JsonValue value = json_root(document);
    for (JsonValue child = json_first(value); json_present(child); child = json_first(value)) {
        value = child;
        for (child = json_next(child); json_present(child); child = json_next(child)) {
            value = child;
        }
    }
    perly_assert(json_error(value, ERROR_JSON_TYPE, SLICE("x")).place.line > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    arena_init(&arena, &allocator, 0);
    char *copy = malloc(size + 1); /* its end is the end of the input */
    perly_assert(copy != NULL);
    memcpy(copy + 1, data, size);
    JsonDocument document;
    const Error error = json_parse(&arena, slice_make(copy + 1, size), &document);
    perly_assert(error.code != ERROR_OUT_OF_MEMORY);
    if (error.code == ERROR_OK) {
        check_place(&document);
        const Slice first = canonical(&arena, &document);
        JsonDocument again;
        perly_assert(json_parse(&arena, first, &again).code == ERROR_OK);
        perly_assert(slice_equal(first, canonical(&arena, &again)));
    } else {
        perly_assert(error.place.line > 0 || error.code == ERROR_LIMIT_EXCEEDED);
    }
    free(copy);
    arena_free(&arena);
    return 0;
}
