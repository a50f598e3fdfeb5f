/*
 * libFuzzer harness for regular expressions: the pattern up to the first 0xFF byte, then the text. Whatever
 * they are, compiling and searching end within bounds, groups lie in the text, and a search with groups
 * agrees with one without.
 */
#include "../plain_memory.h"
#include "base/assert.h"
#include "cel/regex.h"

enum { GROUPS_MAX = 8, TEXT_MAX = 4096 };

static void check_group(Slice text, Slice group)
{
    if (group.data == NULL) {
        perly_assert(group.length == 0);
        return;
    }
    const size_t start = (size_t)(group.data - text.data);
    perly_assert(start <= text.length && group.length <= text.length - start);
}

static void search(const Regex *regex, Arena *scratch, Slice text, size_t from)
{
    Slice groups[GROUPS_MAX];
    const uint64_t budget = ((uint64_t)text.length + 2) * (regex_instruction_count(regex) + 2) * 2;
    uint64_t steps = budget;
    const RegexResult result = regex_search(regex, scratch, text, from, groups, GROUPS_MAX, &steps);
    perly_assert(result == REGEX_MATCH || result == REGEX_NO_MATCH);
    perly_assert(steps <= budget);
    steps = budget;
    perly_assert(regex_search(regex, scratch, text, from, NULL, 0, &steps) == result);
    for (size_t i = 0; result == REGEX_MATCH && i < GROUPS_MAX; i++) {
        perly_assert(i != 0 || groups[i].data != NULL);
        perly_assert(i <= regex_group_count(regex) || groups[i].data == NULL);
        check_group(text, groups[i]);
    }
    perly_assert(result != REGEX_MATCH || groups[0].data >= text.data + from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Allocator allocator = {plain_resize, NULL};
    const RegexLimits limits = {.pattern_bytes = 4096, .nesting = 100, .instructions = 3000};
    const Slice all = size == 0 ? SLICE("") : slice_make((const char *)data, size);
    const size_t end = slice_find_byte(all, (char)0xFF, 0);
    const Slice text = slice_part(all, end + 1 < size ? end + 1 : size, end + 1 + TEXT_MAX);
    Arena arena;
    Regex *regex = NULL;
    arena_init(&arena, &allocator, 0);
    const Error error = regex_compile(&arena, slice_part(all, 0, end), &limits, &regex);
    perly_assert((error.code == ERROR_OK) == (regex != NULL));
    if (regex == NULL) {
        perly_assert(error.message.length != 0 && error.place.column <= end + 1);
    } else {
        search(regex, &arena, text, 0);
        search(regex, &arena, text, text.length / 2);
    }
    arena_free(&arena);
    return 0;
}
