/* The reference scanner: one byte at a time. */
#include "csv/internal.h"

static void unquoted(CsvScan *scan, size_t at, char byte)
{
    switch (byte) {
    case ',':
        scan->reader->state = CSV_AT_FIELD;
        csv_end_field(scan, at);
        break;
    case '\n':
        scan->reader->state = CSV_AT_FIELD;
        csv_end_row(scan, at);
        break;
    case '"':
        if (scan->reader->state == CSV_AT_FIELD) {
            scan->reader->state = CSV_QUOTED;
        } else {
            csv_fail_syntax(scan, at, SLICE("CSV: a quote inside a value that does not begin with one"));
        }
        break;
    default: scan->reader->state = CSV_PLAIN;
    }
}

static void quoted(CsvReader *reader, char byte)
{
    if (byte == '"') {
        reader->state = CSV_AFTER_QUOTE;
    }
    reader->line += byte == '\n';
}

static void after_quote(CsvScan *scan, size_t at, char byte)
{
    const bool after_cr = scan->reader->state == CSV_AFTER_QUOTE_CR;
    if (byte == '"' && !after_cr) {
        scan->reader->state = CSV_QUOTED;
        scan->reader->dirty = true;
    } else if (byte == '\r' && !after_cr) {
        scan->reader->state = CSV_AFTER_QUOTE_CR;
    } else if (byte == '\n' || (byte == ',' && !after_cr)) {
        unquoted(scan, at, byte);
    } else {
        csv_fail_syntax(scan, at, SLICE("CSV: text after a closing quote"));
    }
}

static void scan_byte(CsvScan *scan, size_t at)
{
    CsvReader *reader = scan->reader;
    const char byte = scan->bytes[at];
    if (byte == '\0') {
        reader->nul_bytes++;
        reader->dirty = true;
        return;
    }
    switch ((CsvState)reader->state) {
    case CSV_AT_FIELD:
    case CSV_PLAIN: unquoted(scan, at, byte); break;
    case CSV_QUOTED: quoted(reader, byte); break;
    case CSV_AFTER_QUOTE:
    case CSV_AFTER_QUOTE_CR: after_quote(scan, at, byte); break;
    }
}

void csv_scan_bytes(CsvScan *scan, size_t end)
{
    while (scan->at < end && !scan->stopped) {
        scan_byte(scan, scan->at);
        scan->at++;
    }
}
