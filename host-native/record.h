/*
 * Records and batches, as host.h and core/row/row.h draw them, read and written by a host that shares no
 * code with the core. A record comes from our own core; its lengths are checked all the same, and nothing
 * is read outside of it. Every uint32 stands at a multiple of 4, also after a batch, whose heap is not
 * padded.
 *
 *     NativeRecord record = native_record_open(bytes, length);
 *     const NativeText table = native_record_text(&record);
 *     const uint32_t count = native_record_u32(&record);
 *     if (record.broken) ...
 */
#ifndef PERLY_HOST_NATIVE_RECORD_H
#define PERLY_HOST_NATIVE_RECORD_H

#include "buffer.h"
#include <string.h>

/* Column types and value states as they stand in records and batches. */
enum {
    NATIVE_INT64,
    NATIVE_DOUBLE,
    NATIVE_BOOL,
    NATIVE_TEXT_TYPE,
    NATIVE_BYTES,
    NATIVE_TIME,
    NATIVE_LIST,
    NATIVE_TYPE_COUNT
};
enum { NATIVE_ABSENT, NATIVE_NULL, NATIVE_VALUE };

enum { NATIVE_COLUMNS_MAX = 1024, NATIVE_BATCH_HEADER_BYTES = 32 };

/* A record being read. Once `broken`, every read gives 0 or an empty text. */
typedef struct NativeRecord {
    const char *bytes;
    size_t length;
    size_t at;
    bool broken;
} NativeRecord;

NativeRecord native_record_open(const char *bytes, size_t length);
uint32_t native_record_u32(NativeRecord *record);
NativeText native_record_text(NativeRecord *record);

/* The bytes of a batch; native_batch_open makes sense of them. */
NativeText native_record_batch(NativeRecord *record);

/*
 * A count of items that take at least `item_bytes` each in the rest of the record: a greater one breaks the
 * record, so that no hostile count becomes an allocation.
 */
uint32_t native_record_count(NativeRecord *record, size_t item_bytes);

/* Write in the same form. The record begins at offset 0 of `buffer`. */
void native_record_put_u32(NativeBuffer *buffer, uint32_t value);
void native_record_put_text(NativeBuffer *buffer, NativeText text);
void native_record_put_batch(NativeBuffer *buffer, NativeText batch);

/* A batch being read, in place. */
typedef struct NativeBatch {
    const char *rows;
    const char *heap;
    uint32_t column_count;
    uint32_t row_count;
    uint32_t row_stride;
    uint32_t heap_bytes;
    uint32_t states_bytes; /* from the start of a row to its first slot */
} NativeBatch;

/*
 * Checks header and sizes; false when `bytes` is not a batch of `column_count` columns. Texts are checked one
 * by one by native_row_text. A batch of no columns, also one of no bytes, has one row: a statement without
 * parameters runs once.
 */
bool native_batch_open(NativeBatch *batch, NativeText bytes, uint32_t column_count);

static inline const char *native_batch_row(const NativeBatch *batch, uint32_t row)
{
    return batch->rows + (size_t)row * batch->row_stride;
}

static inline uint8_t native_row_state(const char *row, uint32_t column)
{
    return (uint8_t)row[column];
}

static inline int64_t native_row_int64(const NativeBatch *batch, const char *row, uint32_t column)
{
    int64_t value = 0;
    memcpy(&value, row + batch->states_bytes + 8 * (size_t)column, sizeof value);
    return value;
}

static inline double native_row_double(const NativeBatch *batch, const char *row, uint32_t column)
{
    double value = 0;
    memcpy(&value, row + batch->states_bytes + 8 * (size_t)column, sizeof value);
    return value;
}

/* False when the text would lie outside of the batch. */
static inline bool native_row_text(const NativeBatch *batch, const char *row, uint32_t column,
                                   NativeText *text)
{
    uint32_t place[2] = {0, 0};
    memcpy(place, row + batch->states_bytes + 8 * (size_t)column, sizeof place);
    if (place[0] > batch->heap_bytes || place[1] > batch->heap_bytes - place[0]) {
        return false;
    }
    *text = (NativeText){batch->heap + place[0], place[1]};
    return true;
}

/* A batch being written. All zero but column_count is an empty one. */
typedef struct NativeBatchWriter {
    uint32_t column_count;
    uint32_t row_count;
    NativeBuffer rows;
    NativeBuffer heap;
} NativeBatchWriter;

/* Begins a row of nulls; without memory rows.failed is set and the row's setters do nothing. */
void native_batch_begin(NativeBatchWriter *writer);
void native_batch_int64(NativeBatchWriter *writer, uint32_t column, int64_t value); /* also bool and time */
void native_batch_double(NativeBatchWriter *writer, uint32_t column, double value); /* not finite: null */
void native_batch_text(NativeBatchWriter *writer, uint32_t column, NativeText text);

/* Size of the batch if it were finished now, and what a row adds beside its texts. */
size_t native_batch_bytes(const NativeBatchWriter *writer);
size_t native_batch_row_bytes(uint32_t column_count);

/* Appends the batch to `out`; the writer is empty afterwards. False without memory or beyond 4 GiB. */
bool native_batch_finish(NativeBatchWriter *writer, NativeBuffer *out);
void native_batch_free(NativeBatchWriter *writer);

/* The batch as a field of a record; the writer is then empty. False without memory. */
bool native_record_put_rows(NativeBuffer *buffer, NativeBatchWriter *writer);

#endif
