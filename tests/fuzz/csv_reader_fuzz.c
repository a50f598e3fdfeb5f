/*
 * The CSV reader on any bytes: whole with the reference scanner, and cut by the first bytes of the input with
 * SIMD, must give the same rows and the same error. Each chunk is memory of its own, so that a byte too many
 * is a crash.
 */
#include "../plain_memory.h"
#include "base/assert.h"
#include "base/hash.h"
#include "csv/reader.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Seen {
    uint64_t hash;
    uint32_t rows;
    uint32_t wait_every;
} Seen;

static CsvAnswer see_row(void *context, const Slice *fields, uint32_t field_count)
{
    Seen *seen = context;
    for (uint32_t i = 0; i < field_count; i++) {
        seen->hash = hash64(seen->hash + i, fields[i]);
    }
    seen->rows++;
    return seen->wait_every != 0 && seen->rows % seen->wait_every == 0 ? CSV_WAIT : CSV_MORE;
}

static Error read_in_chunks(Seen *seen, const CsvReaderOptions *options, Slice input, size_t chunk)
{
    const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    arena_init(&arena, &allocator, 0);
    CsvReader reader;
    Error error = csv_reader_init(&reader, &arena, (CsvSink){see_row, seen}, options);
    bool closed = false;
    for (size_t at = 0; error.code == ERROR_OK && !closed;) {
        const Slice part = slice_part(input, at, at + chunk);
        closed = at + part.length == input.length;
        char *copy = malloc(part.length + 1);
        perly_assert(copy != NULL);
        memcpy(copy + 1, part.length == 0 ? "" : part.data, part.length);
        size_t done = 0;
        do {
            size_t taken = 0;
            error = csv_reader_feed(&reader, slice_make(copy + 1 + done, part.length - done), closed, &taken);
            done += taken;
        } while (error.code == ERROR_OK && reader.paused);
        free(copy);
        at += part.length;
    }
    error.message = SLICE("");
    arena_free(&arena);
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const Slice input = slice_make((const char *)data + 2, size - 2);
    CsvReaderOptions options = {.columns_limit = 20, .record_bytes_limit = 1000, .field_bytes_limit = 300};
    Seen cut = {.wait_every = data[1] % 8U};
    const Error cut_error = read_in_chunks(&cut, &options, input, 1U + data[0]);
    options.scalar = true;
    Seen whole = {.wait_every = 0};
    const Error whole_error = read_in_chunks(&whole, &options, input, SIZE_MAX / 2);
    perly_assert(cut.rows == whole.rows && cut.hash == whole.hash);
    perly_assert(cut_error.code == whole_error.code && cut_error.place.line == whole_error.place.line);
    return 0;
}
