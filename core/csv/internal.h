/*
 * Inside the CSV reader. A row is kept raw and in one piece (in the chunk, or in `carry` when it began in an
 * earlier one) with the places where its fields end; slices are made when the row is complete. Two scanners
 * find the ends: csv_scan_bytes is the reference, csv_scan_blocks does 64 bytes at once and leaves every
 * block with something odd in it (NUL, syntax error) to the other.
 */
#ifndef PERLY_CSV_INTERNAL_H
#define PERLY_CSV_INTERNAL_H

#include "csv/reader.h"

/* What the byte before the next one was. */
typedef enum CsvState {
    CSV_AT_FIELD,      /* a separator, a line end, or nothing */
    CSV_PLAIN,         /* part of an unquoted field */
    CSV_QUOTED,        /* part of a quoted field, its opening quote included */
    CSV_AFTER_QUOTE,   /* a quote in a quoted field: its end, or the first of two */
    CSV_AFTER_QUOTE_CR /* CR after the closing quote: only LF may follow */
} CsvState;

/* The top bit of an entry of `ends`. */
#define CSV_END_DIRTY UINT32_C(0x80000000)

/* One call of csv_reader_feed. A byte's place in its row is `shift` + its place in `bytes`, modulo SIZE_MAX
 * + 1. */
typedef struct CsvScan {
    CsvReader *reader;
    const char *bytes;
    size_t length;
    size_t at;        /* the next byte */
    size_t row_start; /* of the row begun, in `bytes`; 0 when it began in an earlier chunk */
    size_t shift;     /* bytes of the row in `carry`, minus row_start */
    bool stopped;     /* error or wait */
} CsvScan;

/* Ends the scan with an error that stays. `what` is a literal; the line is the row's first. */
void csv_fail(CsvScan *scan, ErrorCode code, Slice what);

/* A byte at `at` that RFC 4180 forbids, unless the record was too long before it; the line is its own. */
void csv_fail_syntax(CsvScan *scan, size_t at, Slice what);

/* The field begun ends before the byte at `at`. */
void csv_end_field(CsvScan *scan, size_t at);

/* So does the row: it goes to the sink. Afterwards `stopped` tells whether to go on; `at` is not changed. */
void csv_end_row(CsvScan *scan, size_t at);

/* Reads the bytes up to `end` one at a time, or until stopped. */
void csv_scan_bytes(CsvScan *scan, size_t end);

/* Reads blocks of 64 bytes while there are any, or until stopped. Does nothing without SIMD. */
void csv_scan_blocks(CsvScan *scan);

/* True when the row begun has grown past its limit at `at`: the scan has then failed. */
bool csv_record_too_long(CsvScan *scan, size_t at);

#endif
