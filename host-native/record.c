#include "record.h"
#include <math.h>

#define BATCH_MAGIC UINT32_C(0x31575250) /* "PRW1" */

NativeRecord native_record_open(const char *bytes, size_t length)
{
    return (NativeRecord){bytes, length, 0, false};
}

/* The next `length` bytes, which begin at a multiple of `alignment`, or NULL. */
static const char *take(NativeRecord *record, size_t length, size_t alignment)
{
    const size_t at = (record->at + alignment - 1) / alignment * alignment;
    if (record->broken || at > record->length || length > record->length - at) {
        record->broken = true;
        return NULL;
    }
    record->at = at + length;
    return record->bytes + at;
}

uint32_t native_record_u32(NativeRecord *record)
{
    uint32_t value = 0;
    const char *bytes = take(record, sizeof value, sizeof value);
    if (bytes != NULL) {
        memcpy(&value, bytes, sizeof value);
    }
    return value;
}

static NativeText take_text(NativeRecord *record, size_t alignment)
{
    const uint32_t length = native_record_u32(record);
    const char *bytes = take(record, length, alignment);
    return bytes == NULL ? NATIVE_TEXT("") : (NativeText){bytes, length};
}

NativeText native_record_text(NativeRecord *record)
{
    return take_text(record, 1);
}

NativeText native_record_batch(NativeRecord *record)
{
    return take_text(record, 8);
}

uint32_t native_record_count(NativeRecord *record, size_t item_bytes)
{
    const uint32_t count = native_record_u32(record);
    if (!record->broken && count > (record->length - record->at) / item_bytes) {
        record->broken = true;
    }
    return record->broken ? 0 : count;
}

void native_record_put_u32(NativeBuffer *buffer, uint32_t value)
{
    native_buffer_zeros(buffer, (4 - buffer->length % 4) % 4);
    native_buffer_u32(buffer, value);
}

void native_record_put_text(NativeBuffer *buffer, NativeText text)
{
    native_record_put_u32(buffer, (uint32_t)text.length);
    native_buffer_slice(buffer, text);
    native_buffer_zeros(buffer, (4 - text.length % 4) % 4);
}

void native_record_put_batch(NativeBuffer *buffer, NativeText batch)
{
    native_record_put_u32(buffer, (uint32_t)batch.length);
    native_buffer_zeros(buffer, (8 - buffer->length % 8) % 8);
    native_buffer_slice(buffer, batch);
}

static uint32_t states_bytes(uint32_t column_count)
{
    return (column_count + 7U) & ~7U;
}

size_t native_batch_row_bytes(uint32_t column_count)
{
    return states_bytes(column_count) + 8 * (size_t)column_count;
}

bool native_batch_open(NativeBatch *batch, NativeText bytes, uint32_t column_count)
{
    if (bytes.length == 0) {
        *batch = (NativeBatch){bytes.bytes, bytes.bytes, 0, 1, 0, 0, 0};
        return column_count == 0;
    }
    uint32_t header[NATIVE_BATCH_HEADER_BYTES / sizeof(uint32_t)] = {0};
    if (bytes.length < sizeof header || column_count > NATIVE_COLUMNS_MAX) {
        return false;
    }
    memcpy(header, bytes.bytes, sizeof header);
    const uint64_t rows_bytes = (uint64_t)header[2] * header[3];
    const uint64_t heap_offset = header[4];
    if (header[0] != BATCH_MAGIC || header[1] != column_count ||
        header[3] != native_batch_row_bytes(column_count) || heap_offset < sizeof header + rows_bytes ||
        heap_offset > bytes.length || header[5] > bytes.length - heap_offset) {
        return false;
    }
    *batch = (NativeBatch){bytes.bytes + sizeof header,
                           bytes.bytes + heap_offset,
                           column_count,
                           column_count == 0 ? 1 : header[2],
                           header[3],
                           header[5],
                           states_bytes(column_count)};
    return true;
}

void native_batch_begin(NativeBatchWriter *writer)
{
    const size_t bytes = native_batch_row_bytes(writer->column_count);
    const size_t at = writer->rows.length;
    native_buffer_zeros(&writer->rows, bytes);
    if (!writer->rows.failed) {
        memset(writer->rows.bytes + at, NATIVE_NULL, writer->column_count);
        writer->row_count++;
    }
}

static void put(NativeBatchWriter *writer, uint32_t column, const void *slot)
{
    if (writer->rows.failed) {
        return;
    }
    char *row = writer->rows.bytes + writer->rows.length - native_batch_row_bytes(writer->column_count);
    row[column] = NATIVE_VALUE;
    memcpy(row + states_bytes(writer->column_count) + 8 * (size_t)column, slot, 8);
}

void native_batch_int64(NativeBatchWriter *writer, uint32_t column, int64_t value)
{
    put(writer, column, &value);
}

void native_batch_double(NativeBatchWriter *writer, uint32_t column, double value)
{
    if (isfinite(value)) {
        const double stored = value == 0 ? 0.0 : value; /* -0.0 is not stored */
        put(writer, column, &stored);
    }
}

void native_batch_text(NativeBatchWriter *writer, uint32_t column, NativeText text)
{
    if (text.length > UINT32_MAX - writer->heap.length) {
        writer->heap.failed = true;
        return;
    }
    const uint32_t place[2] = {(uint32_t)writer->heap.length, (uint32_t)text.length};
    native_buffer_slice(&writer->heap, text);
    put(writer, column, place);
}

size_t native_batch_bytes(const NativeBatchWriter *writer)
{
    return NATIVE_BATCH_HEADER_BYTES + writer->rows.length + writer->heap.length;
}

bool native_batch_finish(NativeBatchWriter *writer, NativeBuffer *out)
{
    const size_t heap_offset = NATIVE_BATCH_HEADER_BYTES + writer->rows.length;
    bool ok = !writer->rows.failed && !writer->heap.failed && native_batch_bytes(writer) <= UINT32_MAX;
    if (ok) {
        const uint32_t header[NATIVE_BATCH_HEADER_BYTES / sizeof(uint32_t)] = {
            BATCH_MAGIC,           writer->column_count,
            writer->row_count,     (uint32_t)native_batch_row_bytes(writer->column_count),
            (uint32_t)heap_offset, (uint32_t)writer->heap.length};
        native_buffer_bytes(out, header, sizeof header);
        native_buffer_bytes(out, writer->rows.bytes, writer->rows.length);
        native_buffer_bytes(out, writer->heap.bytes, writer->heap.length);
        ok = !out->failed;
    }
    native_buffer_clear(&writer->rows);
    native_buffer_clear(&writer->heap);
    writer->row_count = 0;
    return ok;
}

bool native_record_put_rows(NativeBuffer *buffer, NativeBatchWriter *writer)
{
    const size_t bytes = native_batch_bytes(writer);
    native_record_put_u32(buffer, (uint32_t)bytes);
    native_buffer_zeros(buffer, (8 - buffer->length % 8) % 8);
    return native_buffer_reserve(buffer, bytes) && native_batch_finish(writer, buffer);
}

void native_batch_free(NativeBatchWriter *writer)
{
    native_buffer_free(&writer->rows);
    native_buffer_free(&writer->heap);
}
