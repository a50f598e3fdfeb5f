/*
 * The `fields` column of the outbox on any bytes: what is read can be written, and read again as the same.
 * The first byte chooses the kind of action.
 */
#include "../plain_memory.h"
#include "base/assert.h"
#include "rules/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Allocator allocator = {plain_resize, NULL};
    if (size == 0) {
        return 0;
    }
    Arena arena;
    arena_init(&arena, &allocator, 0);
    const RulesKind kind = (RulesKind)(data[0] % (RULES_DIGEST + 1));
    RulesAction first = {0};
    if (rules_fields_read(&arena, kind, slice_make((const char *)data + 1, size - 1), &first).code ==
        ERROR_OK) {
        Slice json = {NULL, 0};
        RulesAction second = {0};
        perly_assert(rules_fields_write(&arena, &first, &json).code == ERROR_OK);
        perly_assert(rules_fields_read(&arena, kind, json, &second).code == ERROR_OK);
        perly_assert(slice_equal(first.text, second.text));
        perly_assert(slice_equal(first.subject, second.subject));
        perly_assert(slice_equal(first.description, second.description));
        perly_assert(first.due_day == second.due_day);
    }
    arena_free(&arena);
    return 0;
}
