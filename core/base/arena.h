/*
 * Memory. The core takes memory through one Allocator, given by the host at creation, and nothing else.
 *
 * An Arena hands out memory that lives until the arena is reset, rewound or freed; single blocks are never
 * returned. Three lifetimes exist: instance (configuration, programs, schema), job, and page (reset after
 * each commit). An arena asks the allocator for pages, never for rows, and keeps its pages across a reset, so
 * a loop that resets its arena allocates nothing after the first turn.
 *
 *     Arena arena;
 *     arena_init(&arena, allocator, 1 << 20);
 *     char *text = arena_alloc(&arena, 100, 1);
 *     arena_free(&arena);
 */
#ifndef PERLY_BASE_ARENA_H
#define PERLY_BASE_ARENA_H

#include "base/slice.h"

/*
 * Resizes `block` of `old_bytes` to `new_bytes` and returns its new place, aligned for any object.
 * A NULL block with 0 old bytes allocates; 0 new bytes frees and returns NULL. NULL for a non-zero size
 * means: no memory, and the old block is unchanged. `context` is handed through.
 */
typedef struct Allocator {
    void *(*resize)(void *context, void *block, size_t old_bytes, size_t new_bytes);
    void *context;
} Allocator;

typedef struct ArenaPage ArenaPage;

typedef struct Arena {
    const Allocator *allocator; /* outlives the arena */
    ArenaPage *page;            /* the page that is being filled, NULL before the first */
    ArenaPage *spare;           /* pages kept by a reset */
    size_t page_bytes;          /* all pages held, spare ones included */
    size_t bytes_limit;
} Arena;

/* A point to return to; valid until the arena is reset, freed, or rewound to an earlier one. */
typedef struct ArenaMark {
    ArenaPage *page;
    size_t used;
} ArenaMark;

/* `bytes_limit` bounds the sum of all pages; 0 means no limit. Allocates nothing. */
void arena_init(Arena *arena, const Allocator *allocator, size_t bytes_limit);

/*
 * `bytes` of uninitialised memory, aligned to `align` (a power of two, at most 16); 0 bytes give a valid
 * pointer that must not be read. NULL when the limit or the allocator says no: what was allocated stays
 * valid.
 */
void *arena_alloc(Arena *arena, size_t bytes, size_t align);

/* As arena_alloc for `count` elements, zero-filled; NULL also when count * bytes overflows. */
void *arena_calloc(Arena *arena, size_t count, size_t bytes, size_t align);

/*
 * Grows or shrinks the block to `new_bytes`: in place when it is the last one, else by a copy. The old block
 * is invalid after a success, untouched after NULL.
 */
void *arena_resize(Arena *arena, void *block, size_t old_bytes, size_t new_bytes, size_t align);

/*
 * `*copy` becomes a copy of `text` (which may be `*copy` itself); false, and `*copy` untouched, when there is
 * no memory. A text that is lost must not pass for an empty one, so the compiler refuses a call that is not
 * asked. An empty text needs no memory, and its copy is not NULL.
 */
__attribute__((warn_unused_result)) bool arena_keep(Arena *arena, Slice text, Slice *copy);

ArenaMark arena_mark(const Arena *arena);

/* Gives back all that was allocated since the mark; the pages are kept. */
void arena_rewind(Arena *arena, ArenaMark mark);

/* As arena_rewind, and overwrites with zeros what is given back: it held a token. */
void arena_rewind_wiped(Arena *arena, ArenaMark mark);

/* Gives back everything; the pages are kept for the next use. */
void arena_reset(Arena *arena);

/* As arena_reset, and overwrites every page with zeros first: for arenas that held a token. */
void arena_wipe(Arena *arena);

/* Returns all pages to the allocator. The arena is as after arena_init. */
void arena_free(Arena *arena);

#define ARENA_NEW(arena, Type) ((Type *)arena_calloc((arena), 1, sizeof(Type), _Alignof(Type)))
#define ARENA_ARRAY(arena, Type, count) ((Type *)arena_calloc((arena), (count), sizeof(Type), _Alignof(Type)))

#endif
