#include "json/cjson_memory.h"

#include "base/assert.h"
#include "base/number.h"

static Arena *arena_in_progress;

enum { CJSON_ALIGN = 8 };

void json_memory_enter(Arena *arena)
{
    perly_assert(arena_in_progress == NULL);
    arena_in_progress = arena;
}

void json_memory_leave(void)
{
    arena_in_progress = NULL;
}

void *json_cjson_allocate(size_t bytes)
{
    perly_assert(arena_in_progress != NULL);
    return arena_alloc(arena_in_progress, bytes, CJSON_ALIGN);
}

void json_cjson_release(void *block)
{
    (void)block;
}

void *json_cjson_resize(void *block, size_t bytes)
{
    (void)block;
    (void)bytes;
    return NULL;
}

double json_cjson_strtod(const char *text, char **end)
{
    const Slice number = slice_from_text(text);
    double value = 0;
    const Error error = number_parse_double(number, &value);
    perly_assert(error.code == ERROR_OK);
    *end = (char *)text + number.length;
    return value;
}
