/*
 * CSV for Bulk API 2.0 ingest: every value quoted, rows ended by LF.
 *
 * Salesforce reads `#N/A` as "set to null" and an empty value as "leave what is there", quoted or not. So an
 * empty text cannot be stored by Bulk ingest: csv_write_text of an empty slice leaves the field alone, and a
 * text that is "#N/A" sets null.
 *
 *     CsvWriter writer = {&buffer, false};
 *     csv_write_text(&writer, SLICE("001000000000001AAA"));
 *     csv_write_int64(&writer, 87);
 *     csv_write_row_end(&writer);
 *     if (buffer.failed) { ... }
 */
#ifndef PERLY_CSV_WRITER_H
#define PERLY_CSV_WRITER_H

#include "base/buffer.h"

/* Whether there was room is the buffer's to tell (`failed`). */
typedef struct CsvWriter {
    Buffer *buffer;
    bool row_begun; /* a value of the row was written, so the next needs a comma before it */
} CsvWriter;

/* Quotes are doubled; all else, line ends included, is written as it is. */
void csv_write_text(CsvWriter *writer, Slice text);

void csv_write_int64(CsvWriter *writer, int64_t value);

/* The shortest text that reads back as the same double. Finite values only. */
void csv_write_double(CsvWriter *writer, double value);

void csv_write_bool(CsvWriter *writer, bool value);

/* Sets the field to null: "#N/A". */
void csv_write_null(CsvWriter *writer);

/* Leaves the field as it is in the org: "". */
void csv_write_unchanged(CsvWriter *writer);

void csv_write_row_end(CsvWriter *writer);

#endif
