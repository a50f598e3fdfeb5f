#include "base/error.h"

#include "base/assert.h"
#include "base/error_facts.h"

static const ErrorFacts *facts_of(ErrorCode code)
{
    perly_assert((unsigned)code < ERROR_CODE_COUNT);
    return &error_facts[code];
}

Error error_join(Arena *arena, ErrorCode code, const Slice *parts, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        length += parts[i].length;
    }
    char *text = arena_alloc(arena, length, 1);
    if (text == NULL) {
        return error_make(code, count == 0 ? SLICE("") : parts[0]);
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].length != 0) {
            memcpy(text + at, parts[i].data, parts[i].length);
            at += parts[i].length;
        }
    }
    return error_make(code, slice_make(text, length));
}

Error error_copy(Arena *arena, Error error)
{
    Slice *const texts[] = {&error.message, &error.place.source, &error.place.pointer};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!arena_keep(arena, *texts[i], texts[i])) {
            *texts[i] = SLICE("");
        }
    }
    return error;
}

ErrorClass error_class(ErrorCode code)
{
    return facts_of(code)->class;
}

Slice error_name(ErrorCode code)
{
    return facts_of(code)->name;
}

bool error_find(Slice name, ErrorCode *code)
{
    for (unsigned i = 0; i < ERROR_CODE_COUNT; i++) {
        if (slice_equal(error_facts[i].name, name)) {
            *code = (ErrorCode)i;
            return true;
        }
    }
    return false;
}

Slice error_remedy(ErrorCode code)
{
    return facts_of(code)->remedy;
}

int error_exit(ErrorCode code)
{
    return facts_of(code)->exit;
}
