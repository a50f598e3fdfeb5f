#include "csv/writer.h"

static void open_value(CsvWriter *writer)
{
    buffer_append(writer->buffer, writer->row_begun ? SLICE(",\"") : SLICE("\""));
    writer->row_begun = true;
}

static void close_value(CsvWriter *writer)
{
    buffer_append_byte(writer->buffer, '"');
}

void csv_write_text(CsvWriter *writer, Slice text)
{
    open_value(writer);
    for (size_t start = 0; start < text.length;) {
        const size_t quote = slice_find_byte(text, '"', start);
        const size_t end = quote < text.length ? quote + 1 : quote;
        buffer_append(writer->buffer, slice_part(text, start, end));
        if (quote < text.length) {
            buffer_append_byte(writer->buffer, '"');
        }
        start = end;
    }
    close_value(writer);
}

void csv_write_int64(CsvWriter *writer, int64_t value)
{
    open_value(writer);
    buffer_append_int64(writer->buffer, value);
    close_value(writer);
}

void csv_write_double(CsvWriter *writer, double value)
{
    open_value(writer);
    buffer_append_double(writer->buffer, value);
    close_value(writer);
}

void csv_write_bool(CsvWriter *writer, bool value)
{
    csv_write_text(writer, value ? SLICE("true") : SLICE("false"));
}

void csv_write_null(CsvWriter *writer)
{
    csv_write_text(writer, SLICE("#N/A"));
}

void csv_write_unchanged(CsvWriter *writer)
{
    csv_write_text(writer, SLICE(""));
}

void csv_write_row_end(CsvWriter *writer)
{
    buffer_append_byte(writer->buffer, '\n');
    writer->row_begun = false;
}
