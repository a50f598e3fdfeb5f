/*
 * Drives a CSV reader and writes down everything that can be seen of it, so that two ways of feeding can be
 * compared as text:
 *
 *     [a][b, c]\n      a row
 *     CSV_SYNTAX line 2\n
 *     rows 1 nul 0 line 2\n
 */
#ifndef PERLY_TESTS_UNIT_CSV_LOG_H
#define PERLY_TESTS_UNIT_CSV_LOG_H

#include "csv/reader.h"
#include <stdlib.h>

typedef struct CsvLog {
    Buffer text;
    uint32_t wait_every; /* the sink says wait after every that many rows; 0: never */
    uint32_t rows;
} CsvLog;

/* How the input is cut: the length of the next chunk, at least 1; more than is left means all. */
typedef size_t CsvCut(void *context);

static inline CsvAnswer csv_log_row(void *context, const Slice *fields, uint32_t field_count)
{
    CsvLog *log = context;
    for (uint32_t i = 0; i < field_count; i++) {
        buffer_append_byte(&log->text, '[');
        buffer_append(&log->text, fields[i]);
        buffer_append_byte(&log->text, ']');
    }
    buffer_append_byte(&log->text, '\n');
    log->rows++;
    return log->wait_every != 0 && log->rows % log->wait_every == 0 ? CSV_WAIT : CSV_MORE;
}

static inline void csv_log_end(CsvLog *log, const CsvReader *reader, Error error)
{
    if (error.code != ERROR_OK) {
        buffer_append(&log->text, error_name(error.code));
        buffer_append(&log->text, SLICE(" line "));
        buffer_append_uint64(&log->text, error.place.line);
        buffer_append_byte(&log->text, '\n');
    }
    buffer_append(&log->text, SLICE("rows "));
    buffer_append_uint64(&log->text, reader->rows);
    /* After an error in the middle of a chunk, what was read beyond the rows depends on the cut. */
    if (error.code == ERROR_OK) {
        buffer_append(&log->text, SLICE(" nul "));
        buffer_append_uint64(&log->text, reader->nul_bytes);
        buffer_append(&log->text, SLICE(" line "));
        buffer_append_uint64(&log->text, reader->line);
    }
    buffer_append_byte(&log->text, '\n');
}

/* Each chunk is copied to memory of its own, exactly as long, so that reading past its end or later is seen.
 */
static inline Slice csv_log_run(Arena *arena, Slice input, const CsvReaderOptions *options, CsvCut *cut,
                                void *cut_context, uint32_t wait_every)
{
    CsvLog log = {.wait_every = wait_every};
    buffer_init(&log.text, arena, 0);
    CsvReader reader;
    Error error = csv_reader_init(&reader, arena, (CsvSink){csv_log_row, &log}, options);
    size_t at = 0;
    bool closed = false;
    while (error.code == ERROR_OK && !closed) {
        size_t length = cut == NULL ? input.length : cut(cut_context);
        length = length > input.length - at ? input.length - at : length;
        closed = at + length == input.length;
        char *chunk = malloc(length + (length == 0));
        if (chunk == NULL) {
            abort();
        }
        memcpy(chunk, input.length == 0 ? "" : input.data + at, length);
        for (size_t done = 0;;) {
            size_t taken = 0;
            error = csv_reader_feed(&reader, slice_make(chunk + done, length - done), closed, &taken);
            done += taken;
            if (error.code != ERROR_OK || !reader.paused) {
                break;
            }
        }
        free(chunk);
        at += length;
    }
    csv_log_end(&log, &reader, error);
    return buffer_slice(&log.text);
}

#endif
