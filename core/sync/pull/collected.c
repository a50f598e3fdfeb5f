#include "sync/pull/collected.h"

#include "base/hash.h"

/* For the 4,000 rows of 2.5 MiB. */
enum { MARKS = 1 << 19, MARK_BYTES = MARKS / 8, HASH_SEED = 2 };

/* The batch that makes it full brings some more. */
enum { ROOM_BYTES = COLLECTED_BYTES + COLLECTED_BYTES / 4 };

void collected_open(Collected *collected, const Allocator *allocator, const RowSchema *schema)
{
    *collected = (Collected){.schema = *schema};
    arena_init(&collected->arena, allocator, 0);
    collected_clear(collected);
}

void collected_close(Collected *collected)
{
    arena_free(&collected->arena);
}

void collected_clear(Collected *collected)
{
    arena_reset(&collected->arena);
    row_writer_init(&collected->rows, &collected->arena, &collected->schema, 0);
    collected->marks = NULL;
}

static uint32_t mark_of(Slice key)
{
    return (uint32_t)(hash64(HASH_SEED, key) % MARKS);
}

/* Takes memory at once for as many rows as will wait; those of `batch` tell how it is divided. */
static Error begin(Collected *collected, const RowBatch *batch)
{
    const uint64_t rows_bytes = (uint64_t)batch->row_count * batch->row_stride;
    const uint64_t share = ROOM_BYTES * rows_bytes / (rows_bytes + batch->heap_bytes);
    collected->marks = ARENA_ARRAY(&collected->arena, unsigned char, MARK_BYTES);
    row_writer_reserve(&collected->rows, (size_t)share, ROOM_BYTES - (size_t)share);
    return collected->marks == NULL
               ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for rows that wait to be written"))
               : ERROR_NONE;
}

Error collected_add(Collected *collected, const RowBatch *batch, uint32_t row)
{
    if (collected->marks == NULL) {
        RETURN_IF_ERROR(begin(collected, batch));
    }
    const RowView view = row_at(batch, row);
    RETURN_IF_ERROR(row_writer_copy(&collected->rows, view));
    const uint32_t mark = mark_of(row_text(view, 0));
    unsigned char *byte = &collected->marks[mark / 8];
    *byte = (unsigned char)(*byte | 1U << mark % 8);
    return ERROR_NONE;
}

bool collected_may_have(const Collected *collected, Slice key)
{
    const uint32_t mark = mark_of(key);
    return collected->marks != NULL && ((uint32_t)collected->marks[mark / 8] >> mark % 8 & 1U) != 0;
}

bool collected_is_empty(const Collected *collected)
{
    return collected->rows.row_count == 0;
}

bool collected_is_full(const Collected *collected)
{
    return row_writer_bytes(&collected->rows) >= COLLECTED_BYTES;
}
