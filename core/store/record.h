/*
 * Records: the bytes that cross the storage and seal ports (perly/host.h draws them). Little-endian uint32
 * fields, texts padded to 4, batches at multiples of 8.
 */
#ifndef PERLY_STORE_RECORD_H
#define PERLY_STORE_RECORD_H

#include "row/row.h"

/* Append to a record; a buffer that failed swallows them, so the caller asks `failed` once at the end. */
void record_uint32(Buffer *record, uint32_t value);
void record_text(Buffer *record, Slice text);
void record_batch(Buffer *record, Slice batch);

/* The writer's rows as a batch; the writer is then empty. */
void record_rows(Buffer *record, RowWriter *rows);

/* Overwrites a uint32 written before: counts that are known only at the end. */
void record_patch(Buffer *record, size_t at, uint32_t value);

/* A record being read. A read past the end gives 0 or an empty slice and sets `failed`. */
typedef struct RecordReader {
    Slice bytes;
    size_t at;
    bool failed;
} RecordReader;

uint32_t record_read_uint32(RecordReader *reader);
Slice record_read_text(RecordReader *reader);

/* `bytes` raw bytes, then the padding to a multiple of 4. */
Slice record_read_bytes(RecordReader *reader, uint32_t bytes);
Slice record_read_batch(RecordReader *reader);

#endif
