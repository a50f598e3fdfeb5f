#include "csv/reader.h"

#include "base/assert.h"
#include "csv/internal.h"

static const Slice byte_order_mark = SLICE_INIT("\xEF\xBB\xBF");

enum { MARK_SETTLED = 4 };

static uint32_t limit_or(uint32_t wanted, uint32_t standard, uint32_t most)
{
    const uint32_t limit = wanted == 0 ? standard : wanted;
    return limit > most ? most : limit;
}

Error csv_reader_init(CsvReader *reader, Arena *arena, CsvSink sink, const CsvReaderOptions *options)
{
    CsvReaderOptions chosen = options == NULL ? (CsvReaderOptions){0} : *options;
    chosen.field_bytes_limit =
        limit_or(chosen.field_bytes_limit, CSV_FIELD_BYTES_DEFAULT, CSV_RECORD_BYTES_MAX);
    chosen.record_bytes_limit =
        limit_or(chosen.record_bytes_limit, CSV_RECORD_BYTES_DEFAULT, CSV_RECORD_BYTES_MAX);
    chosen.columns_limit = limit_or(chosen.columns_limit, CSV_COLUMNS_DEFAULT, CSV_COLUMNS_MAX);
    uint32_t *ends = ARENA_ARRAY(arena, uint32_t, chosen.columns_limit);
    Slice *fields = ARENA_ARRAY(arena, Slice, chosen.columns_limit);
    if (ends == NULL || fields == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("CSV: no memory for a reader"));
    }
    *reader = (CsvReader){
        .line = 1, .row_line = 1, .sink = sink, .options = chosen, .ends = ends, .fields = fields};
    buffer_init(&reader->carry, arena, 0);
    buffer_init(&reader->scratch, arena, 0);
    return ERROR_NONE;
}

/* A mark that turns out to be none becomes the beginning of the first row. */
static void skip_mark(CsvScan *scan, bool closed)
{
    CsvReader *reader = scan->reader;
    while (reader->mark_bytes < byte_order_mark.length && scan->at < scan->length &&
           scan->bytes[scan->at] == byte_order_mark.data[reader->mark_bytes]) {
        reader->mark_bytes++;
        scan->at++;
    }
    if (reader->mark_bytes == byte_order_mark.length) {
        reader->mark_bytes = MARK_SETTLED;
    } else if (scan->at < scan->length || closed) {
        if (reader->mark_bytes != 0) {
            buffer_append(&reader->carry, slice_part(byte_order_mark, 0, reader->mark_bytes));
            reader->state = CSV_PLAIN;
        }
        reader->mark_bytes = MARK_SETTLED;
    }
    scan->row_start = scan->at;
}

/* Keeps what the chunk holds of the row begun. */
static void carry_over(CsvScan *scan)
{
    CsvReader *reader = scan->reader;
    if (csv_record_too_long(scan, scan->length)) {
        return;
    }
    buffer_append(&reader->carry,
                  slice_part(slice_make(scan->bytes, scan->length), scan->row_start, SIZE_MAX));
    if (reader->carry.failed) {
        csv_fail(scan, ERROR_OUT_OF_MEMORY, SLICE("CSV: no memory for a row that is cut by a chunk's end"));
    }
}

/* The line on which the unfinished field began; the row so far is in `carry`. */
static uint64_t line_of_field(const CsvReader *reader)
{
    const uint32_t last = reader->field_count;
    const size_t start = last == 0 ? 0 : (reader->ends[last - 1] & ~CSV_END_DIRTY) + (size_t)1;
    uint64_t line = reader->line;
    for (size_t i = start; i < reader->carry.length; i++) {
        line -= reader->carry.data[i] == '\n';
    }
    return line;
}

static void finish(CsvReader *reader)
{
    CsvScan scan = {.reader = reader, .bytes = "", .shift = reader->carry.length};
    reader->ended = true;
    if (reader->state == CSV_QUOTED) {
        reader->line = line_of_field(reader);
        csv_fail_syntax(&scan, 0, SLICE("CSV: the input ends inside a quoted value"));
        return;
    }
    const bool row_begun = reader->state != CSV_AT_FIELD || reader->field_count != 0;
    reader->state = CSV_AT_FIELD;
    if (row_begun) {
        csv_end_row(&scan, 0);
    }
}

Error csv_reader_feed(CsvReader *reader, Slice bytes, bool closed, size_t *taken)
{
    *taken = 0;
    if (reader->error.code != ERROR_OK) {
        return reader->error;
    }
    perly_assert(!reader->ended || bytes.length == 0);
    CsvScan scan = {.reader = reader, .bytes = bytes.data, .length = bytes.length};
    reader->paused = false;
    if (reader->mark_bytes != MARK_SETTLED) {
        skip_mark(&scan, closed);
    }
    scan.shift = reader->carry.length - scan.row_start;
    if (!reader->options.scalar) {
        csv_scan_blocks(&scan);
    }
    csv_scan_bytes(&scan, scan.length);
    if (!scan.stopped) {
        carry_over(&scan);
    }
    if (!scan.stopped && closed && !reader->ended) {
        finish(reader);
    }
    *taken = reader->error.code == ERROR_OK ? scan.at : 0;
    return reader->error;
}
