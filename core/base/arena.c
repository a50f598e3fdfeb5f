#include "base/arena.h"

#include "base/assert.h"

struct ArenaPage {
    ArenaPage *previous;
    size_t capacity; /* bytes after this header */
    size_t used;
    size_t reserved; /* keeps the payload aligned to 16 on 64-bit targets */
};

enum { PAGE_BYTES_MIN = 4096, PAGE_BYTES_MAX = 1 << 20, ALIGN_MAX = 16 };

static char *page_data(ArenaPage *page)
{
    return (char *)page + sizeof(ArenaPage);
}

void arena_init(Arena *arena, const Allocator *allocator, size_t bytes_limit)
{
    *arena = (Arena){.allocator = allocator, .bytes_limit = bytes_limit};
}

static size_t aligned(const ArenaPage *page, size_t align)
{
    const uintptr_t at = (uintptr_t)page + sizeof(ArenaPage) + page->used;
    return page->used + (size_t)(-at & (align - 1));
}

static bool page_fits(const ArenaPage *page, size_t bytes, size_t align)
{
    const size_t start = aligned(page, align);
    return start <= page->capacity && page->capacity - start >= bytes;
}

static void page_push(Arena *arena, ArenaPage *page)
{
    page->used = 0;
    page->previous = arena->page;
    arena->page = page;
}

static void page_wipe_part(ArenaPage *page, size_t from, size_t to)
{
    char *data = page_data(page) + from;
    memset(data, 0, to - from);
    __asm__ volatile("" : : "r"(data) : "memory"); /* or a compiler would leave out what nobody reads */
}

static void page_wipe(ArenaPage *page)
{
    page_wipe_part(page, 0, page->capacity);
}

/* The smallest that is large enough: a small request must not take the page that a large one will need. */
static bool reuse_spare(Arena *arena, size_t bytes)
{
    ArenaPage **best = NULL;
    for (ArenaPage **link = &arena->spare; *link != NULL; link = &(*link)->previous) {
        if ((*link)->capacity >= bytes && (best == NULL || (*link)->capacity < (*best)->capacity)) {
            best = link;
        }
    }
    if (best == NULL) {
        return false;
    }
    ArenaPage *page = *best;
    *best = page->previous;
    page_push(arena, page);
    return true;
}

/*
 * Before a page is added because every spare one was too small: the largest of them makes room for it.
 * Without this an arena whose requests vary around a size would gain a page each time the size has a new
 * record.
 */
static void drop_largest_spare(Arena *arena)
{
    ArenaPage **largest = &arena->spare;
    for (ArenaPage **link = &arena->spare; *link != NULL; link = &(*link)->previous) {
        if ((*link)->capacity > (*largest)->capacity) {
            largest = link;
        }
    }
    ArenaPage *page = *largest;
    if (page == NULL) {
        return;
    }
    const size_t total = page->capacity + sizeof(ArenaPage);
    *largest = page->previous;
    arena->page_bytes -= total;
    page_wipe(page);
    (void)arena->allocator->resize(arena->allocator->context, page, total, 0);
}

/* Each page doubles the memory held, between the bounds, so that small arenas stay small. */
static bool add_page(Arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(ArenaPage) - PAGE_BYTES_MAX) {
        return false;
    }
    drop_largest_spare(arena);
    size_t total = arena->page_bytes < PAGE_BYTES_MIN ? PAGE_BYTES_MIN : arena->page_bytes;
    total = total > PAGE_BYTES_MAX ? PAGE_BYTES_MAX : total;
    const size_t needed = bytes + sizeof(ArenaPage);
    const size_t room = arena->bytes_limit == 0 ? SIZE_MAX : arena->bytes_limit - arena->page_bytes;
    if (needed > room) {
        return false;
    }
    total = total < needed ? needed : total;
    total = total > room ? room : total;
    ArenaPage *page = arena->allocator->resize(arena->allocator->context, NULL, 0, total);
    if (page == NULL) {
        return false;
    }
    page->capacity = total - sizeof(ArenaPage);
    arena->page_bytes += total;
    page_push(arena, page);
    return true;
}

void *arena_alloc(Arena *arena, size_t bytes, size_t align)
{
    perly_assert(align != 0 && (align & (align - 1)) == 0 && align <= ALIGN_MAX);
    if (arena->page == NULL || !page_fits(arena->page, bytes, align)) {
        if (bytes > SIZE_MAX - ALIGN_MAX) {
            return NULL;
        }
        const size_t wanted = bytes + ALIGN_MAX;
        if (!reuse_spare(arena, wanted) && !add_page(arena, wanted)) {
            return NULL;
        }
    }
    ArenaPage *page = arena->page;
    const size_t start = aligned(page, align);
    page->used = start + bytes;
    return page_data(page) + start;
}

void *arena_calloc(Arena *arena, size_t count, size_t bytes, size_t align)
{
    if (bytes != 0 && count > SIZE_MAX / bytes) {
        return NULL;
    }
    void *block = arena_alloc(arena, count * bytes, align);
    if (block != NULL) {
        memset(block, 0, count * bytes);
    }
    return block;
}

void *arena_resize(Arena *arena, void *block, size_t old_bytes, size_t new_bytes, size_t align)
{
    ArenaPage *page = arena->page;
    if (block != NULL && page != NULL && (char *)block + old_bytes == page_data(page) + page->used) {
        const size_t start = page->used - old_bytes;
        if (page->capacity - start >= new_bytes) {
            page->used = start + new_bytes;
            return block;
        }
    }
    if (block != NULL && new_bytes <= old_bytes) {
        return block;
    }
    void *moved = arena_alloc(arena, new_bytes, align);
    if (moved != NULL && block != NULL && old_bytes != 0) {
        memcpy(moved, block, old_bytes);
    }
    return moved;
}

bool arena_keep(Arena *arena, Slice text, Slice *copy)
{
    if (text.length == 0) {
        *copy = SLICE("");
        return true;
    }
    char *data = arena_alloc(arena, text.length, 1);
    if (data == NULL) {
        return false;
    }
    memcpy(data, text.data, text.length);
    *copy = (Slice){data, text.length};
    return true;
}

ArenaMark arena_mark(const Arena *arena)
{
    return (ArenaMark){arena->page, arena->page == NULL ? 0 : arena->page->used};
}

void arena_rewind(Arena *arena, ArenaMark mark)
{
    while (arena->page != mark.page) {
        ArenaPage *page = arena->page;
        perly_assert(page != NULL);
        arena->page = page->previous;
        page->previous = arena->spare;
        arena->spare = page;
    }
    if (arena->page != NULL) {
        perly_assert(mark.used <= arena->page->used);
        arena->page->used = mark.used;
    }
}

void arena_rewind_wiped(Arena *arena, ArenaMark mark)
{
    ArenaPage *page = arena->page;
    for (; page != mark.page; page = page->previous) {
        page_wipe_part(page, 0, page->used);
    }
    if (page != NULL) {
        page_wipe_part(page, mark.used, page->used);
    }
    arena_rewind(arena, mark);
}

void arena_reset(Arena *arena)
{
    arena_rewind(arena, (ArenaMark){NULL, 0});
}

void arena_wipe(Arena *arena)
{
    arena_reset(arena);
    for (ArenaPage *page = arena->spare; page != NULL; page = page->previous) {
        page_wipe(page);
    }
}

void arena_free(Arena *arena)
{
    arena_reset(arena);
    ArenaPage *page = arena->spare;
    while (page != NULL) {
        ArenaPage *previous = page->previous;
        (void)arena->allocator->resize(arena->allocator->context, page, page->capacity + sizeof(ArenaPage),
                                       0);
        page = previous;
    }
    arena_init(arena, arena->allocator, arena->bytes_limit);
}
