/*
 * Streaming CSV (RFC 4180), as Salesforce's Bulk API 2.0 writes it and as people save it.
 *
 * Bytes are fed as they arrive, cut anywhere; each complete row goes to a sink as slices. The rows, and the
 * error if there is one, are the same however the input is cut, and whether SIMD is used or not.
 *
 *  - Fields are separated by ',', rows by LF or CRLF; the last row may lack its end.
 *  - A field that begins with '"' ends at the next '"' that is not doubled; it may hold separators, line ends
 *    and '""' for one '"'. A quote inside an unquoted field, or anything but a separator or line end after a
 *    closing quote, is an error. In an unquoted field a CR is data, unless LF or the input's end
 *    follows.
 *  - NUL bytes are dropped and counted wherever they stand; a byte-order mark at the very beginning is
 *    skipped. All other bytes pass through, valid UTF-8 or not.
 *  - The header is a row like any other. An empty line is a row of one empty field. Rows may differ in their
 *    number of fields: what that means is the sink's business.
 *
 *     static CsvAnswer count_rows(void *context, const Slice *fields, uint32_t field_count)
 *     {
 *         *(uint64_t *)context += field_count == 25;
 *         return CSV_MORE;
 *     }
 *     CsvSink sink = {count_rows, &rows};
 *     error = csv_reader_init(&reader, arena, sink, NULL);
 *     error = csv_reader_feed(&reader, chunk, false, &taken);
 *     error = csv_reader_feed(&reader, SLICE(""), true, &taken);
 */
#ifndef PERLY_CSV_READER_H
#define PERLY_CSV_READER_H

#include "base/buffer.h"
#include "base/error.h"

typedef enum CsvAnswer {
    CSV_MORE, /* the row is taken, go on */
    CSV_WAIT, /* the row is taken, and no other for now: feed stops after it */
    CSV_STOP  /* the sink has failed and keeps its own error: the reader takes nothing more */
} CsvAnswer;

/*
 * One row; `field_count` is at least 1. The slices and the array are valid during this call only. It may not
 * call the reader.
 */
typedef CsvAnswer CsvRowFunction(void *context, const Slice *fields, uint32_t field_count);

typedef struct CsvSink {
    CsvRowFunction *row;
    void *context;
} CsvSink;

/*
 * Salesforce allows 131,072 characters in a field and 400,000 in a record; a character has at most 4 bytes.
 * The record's limit counts raw bytes, and a text of nothing but quotes doubles when it is written.
 */
enum {
    CSV_FIELD_BYTES_DEFAULT = 4 * 131072,
    CSV_RECORD_BYTES_DEFAULT = 4 * 400000 + 65536,
    CSV_RECORD_BYTES_MAX = 1 << 30,
    CSV_COLUMNS_DEFAULT = 1024,
    CSV_COLUMNS_MAX = 65536
};

/* 0 means the default; more than the maximum means the maximum. */
typedef struct CsvReaderOptions {
    uint32_t field_bytes_limit;  /* of one field, without its quotes */
    uint32_t record_bytes_limit; /* of one row as it is written, without its LF */
    uint32_t columns_limit;
    bool scalar; /* never use SIMD: for tests, which compare the two */
} CsvReaderOptions;

/* The caller's memory; nothing to release. Read `rows`, `nul_bytes`, `line` and `row`; the rest is the
 * reader's. */
typedef struct CsvReader {
    uint64_t rows;      /* given to the sink, the header included */
    uint64_t nul_bytes; /* dropped */
    uint64_t line;      /* that the reader has reached, from 1; in the sink: on which the row ends */
    uint64_t row_line;  /* on which the row begun begins */
    Slice row;          /* in the sink: the row as it is written, without its LF */

    CsvSink sink;
    CsvReaderOptions options;
    uint8_t state;
    uint8_t mark_bytes; /* how much of a byte-order mark was seen; 4 when that is settled */
    bool dirty;         /* the field begun holds a doubled quote or a NUL, so it must be copied */
    bool paused;        /* the sink said wait */
    bool ended;
    uint32_t field_count; /* complete fields of the row begun */
    uint32_t *ends;       /* where each ends, from the row's first byte; the top bit says dirty */
    Slice *fields;
    Buffer carry;   /* the row begun in an earlier chunk, as far as it came */
    Buffer scratch; /* the dirty fields of one row, cleaned */
    Error error;
} CsvReader;

/*
 * `options` may be NULL; it is copied. The arena outlives the reader: it holds two small arrays, and later at
 * most a few times the longest row that was cut by the end of a chunk. ERROR_OUT_OF_MEMORY.
 */
Error csv_reader_init(CsvReader *reader, Arena *arena, CsvSink sink, const CsvReaderOptions *options);

/*
 * Reads on; `closed` says that nothing follows `bytes`. Gives every row that is complete to the sink. All
 * bytes are taken, unless the sink waits: then `*taken` says how many were, and when it wants more the caller
 * feeds the rest (even if it is empty), again with `closed`. The bytes are not needed after the call.
 *
 * Errors stay: every later call returns the same one and takes nothing. Rows before the error were given to
 * the sink. ERROR_CSV_SYNTAX (with the line), ERROR_CSV_FIELD_TOO_LONG, ERROR_LIMIT_EXCEEDED (too many
 * columns, record too long), ERROR_CANCELLED (the sink said stop), ERROR_OUT_OF_MEMORY. An end inside a
 * quoted field is ERROR_CSV_SYNTAX with the line on which the field began.
 */
Error csv_reader_feed(CsvReader *reader, Slice bytes, bool closed, size_t *taken);

#endif
