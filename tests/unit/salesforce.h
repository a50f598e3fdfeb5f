/*
 * What the tests of core/salesforce share: an arena for one test, and a request as one text, so that a test
 * can hold the exact bytes that would be sent.
 */
#ifndef PERLY_TESTS_UNIT_SALESFORCE_H
#define PERLY_TESTS_UNIT_SALESFORCE_H

#include "base/buffer.h"
#include "job/request.h"
#include "test.h"

typedef struct Scratch {
    TestAllocator memory;
    Arena arena;
} Scratch;

static inline Arena *scratch_open(Scratch *scratch)
{
    test_allocator_init(&scratch->memory);
    arena_init(&scratch->arena, &scratch->memory.allocator, 0);
    return &scratch->arena;
}

static inline void scratch_close(Scratch *scratch)
{
    arena_free(&scratch->arena);
    CHECK_INT(scratch->memory.bytes, 0, "all memory returned");
}

static inline void spec_line(Buffer *text, const char *name, Slice value)
{
    if (value.length != 0) {
        buffer_append(text, slice_from_text(name));
        buffer_append(text, value);
        buffer_append_byte(text, '\n');
    }
}

/*
 * "once bulk.create: POST /path", then "Base: ", "Accept: ", "Content-Type: " and further lines as far as
 * they are set, an empty line and the body when there is one.
 */
static inline Slice spec_text(Arena *arena, const RequestSpec *spec)
{
    static const char *const methods[] = {"GET ", "POST ", "PATCH ", "PUT ", "DELETE "};
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, spec->once ? SLICE("once ") : SLICE(""));
    buffer_append(&text, spec->anonymous ? SLICE("anonymous ") : SLICE(""));
    buffer_append(&text, spec->purpose);
    buffer_append(&text, SLICE(": "));
    buffer_append(&text, slice_from_text(methods[spec->method]));
    buffer_append(&text, spec->path);
    buffer_append_byte(&text, '\n');
    spec_line(&text, "Base: ", spec->base);
    spec_line(&text, "Accept: ", spec->accept);
    spec_line(&text, "Content-Type: ", spec->content_type);
    buffer_append(&text, spec->headers);
    if (spec->body.length != 0) {
        buffer_append_byte(&text, '\n');
        buffer_append(&text, spec->body);
    }
    return buffer_slice(&text);
}

#define CHECK_SPEC(arena, spec, want, name) CHECK_TEXT(spec_text((arena), &(spec)), SLICE(want), (name))

#endif
