/* The ends of fields and rows: from raw bytes to slices, and the limits. */
#include "base/number.h"
#include "csv/internal.h"

void csv_fail(CsvScan *scan, ErrorCode code, Slice what)
{
    scan->reader->error = error_make(code, what);
    scan->reader->error.place.line = (uint32_t)scan->reader->row_line;
    scan->stopped = true;
}

/* With the field's number in front: "field 7: ...". */
static void fail_field(CsvScan *scan, ErrorCode code, uint32_t field, Slice what)
{
    CsvReader *reader = scan->reader;
    char digits[NUMBER_TEXT_BYTES];
    const Slice number = slice_make(digits, number_print_uint64((uint64_t)field + 1, digits));
    const Error error = ERROR_TEXT(reader->carry.arena, code, what, SLICE(": field "), number);
    csv_fail(scan, code, error.message);
}

bool csv_record_too_long(CsvScan *scan, size_t at)
{
    if (scan->shift + at <= scan->reader->options.record_bytes_limit) {
        return false;
    }
    csv_fail(scan, ERROR_LIMIT_EXCEEDED, SLICE("CSV: a record is longer than the limit"));
    return true;
}

void csv_fail_syntax(CsvScan *scan, size_t at, Slice what)
{
    if (!csv_record_too_long(scan, at)) {
        fail_field(scan, ERROR_CSV_SYNTAX, scan->reader->field_count, what);
        scan->reader->error.place.line = (uint32_t)scan->reader->line;
    }
}

void csv_end_field(CsvScan *scan, size_t at)
{
    CsvReader *reader = scan->reader;
    if (reader->field_count == reader->options.columns_limit) {
        if (!csv_record_too_long(scan, at)) {
            csv_fail(scan, ERROR_LIMIT_EXCEEDED, SLICE("CSV: a row has more columns than the limit"));
        }
        return;
    }
    reader->ends[reader->field_count++] = (uint32_t)(scan->shift + at) | (reader->dirty ? CSV_END_DIRTY : 0);
    reader->dirty = false;
}

static size_t copy_without_nul(Slice raw, char *out)
{
    size_t count = 0;
    for (size_t start = 0; start < raw.length;) {
        const size_t end = slice_find_byte(raw, '\0', start);
        memcpy(out + count, raw.data + start, end - start);
        count += end - start;
        start = end + 1;
    }
    return count;
}

/* In place: without the quotes around, and with one of each two inside. */
static size_t unquote(char *text, size_t length)
{
    const Slice inner = slice_make(text, length - 1);
    size_t count = 0;
    for (size_t start = 1; start < inner.length;) {
        const size_t quote = slice_find_byte(inner, '"', start);
        const size_t end = quote < inner.length ? quote + 1 : quote;
        memmove(text + count, text + start, end - start);
        count += end - start;
        start = end + 1; /* past the second quote */
    }
    return count;
}

/* The text of a field that holds a NUL or a doubled quote. `out` has room for as much as `raw`. */
static size_t clean_field(Slice raw, bool last, char *out)
{
    size_t length = copy_without_nul(raw, out);
    if (last && length != 0 && out[length - 1] == '\r') {
        length--;
    }
    return length != 0 && out[0] == '"' ? unquote(out, length) : length;
}

/* A field that must be copied. One reservation serves the whole row: a later one could move the fields
 * before. */
static bool clean_into(CsvReader *reader, Slice raw, bool last, size_t row_bytes, Slice *field)
{
    if (reader->scratch.length == 0 && buffer_reserve(&reader->scratch, row_bytes) == NULL) {
        return false;
    }
    char *out = reader->scratch.data + reader->scratch.length;
    const size_t bytes = clean_field(raw, last, out);
    reader->scratch.length += bytes;
    *field = slice_make(out, bytes);
    return true;
}

/* The fields of the complete row; false when there is no memory to clean one. */
static bool make_fields(CsvReader *reader, Slice row)
{
    const uint32_t count = reader->field_count;
    uint32_t *last = &reader->ends[count - 1];
    if ((*last & CSV_END_DIRTY) == 0 && row.length != 0 && row.data[row.length - 1] == '\r') {
        *last -= 1; /* the CR of a CRLF */
    }
    size_t start = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t end = reader->ends[i];
        const size_t bytes = (end & ~CSV_END_DIRTY) - start;
        const char *field = row.data + start;
        start += bytes + 1;
        if ((end & CSV_END_DIRTY) == 0) {
            const size_t quote = bytes != 0 && field[0] == '"' ? 1 : 0;
            reader->fields[i] = slice_make(field + quote, bytes - 2 * quote);
        } else if (!clean_into(reader, slice_make(field, bytes), i + 1 == count, row.length,
                               &reader->fields[i])) {
            return false;
        }
    }
    return true;
}

static bool fields_within_limit(CsvScan *scan)
{
    const CsvReader *reader = scan->reader;
    if (reader->row.length <= reader->options.field_bytes_limit) {
        return true;
    }
    for (uint32_t i = 0; i < reader->field_count; i++) {
        if (reader->fields[i].length > reader->options.field_bytes_limit) {
            fail_field(scan, ERROR_CSV_FIELD_TOO_LONG, i, SLICE("CSV: a field is longer than the limit"));
            return false;
        }
    }
    return true;
}

static void give_row(CsvScan *scan)
{
    CsvReader *reader = scan->reader;
    reader->rows++;
    switch (reader->sink.row(reader->sink.context, reader->fields, reader->field_count)) {
    case CSV_MORE: break;
    case CSV_WAIT:
        reader->paused = true;
        scan->stopped = true;
        break;
    case CSV_STOP: csv_fail(scan, ERROR_CANCELLED, SLICE("CSV: the reader of the rows has stopped")); break;
    }
}

void csv_end_row(CsvScan *scan, size_t at)
{
    CsvReader *reader = scan->reader;
    csv_end_field(scan, at);
    if (scan->stopped || csv_record_too_long(scan, at)) {
        return;
    }
    reader->row = slice_make(scan->bytes + scan->row_start, at - scan->row_start);
    if (reader->carry.length != 0) {
        buffer_append(&reader->carry, reader->row);
        reader->row = buffer_slice(&reader->carry);
    }
    if (reader->carry.failed || !make_fields(reader, reader->row)) {
        csv_fail(scan, ERROR_OUT_OF_MEMORY, SLICE("CSV: no memory for a row"));
        return;
    }
    if (fields_within_limit(scan)) {
        give_row(scan);
    }
    reader->line++;
    reader->row_line = reader->line;
    reader->field_count = 0;
    reader->scratch.length = 0;
    reader->carry.length = 0;
    scan->row_start = at + 1;
    scan->shift = 0 - scan->row_start;
}
