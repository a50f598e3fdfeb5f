#include "store/record.h"

#include "base/assert.h"

static void pad(Buffer *record, size_t to)
{
    while (record->length % to != 0 && !record->failed) {
        buffer_append_byte(record, 0);
    }
}

void record_uint32(Buffer *record, uint32_t value)
{
    buffer_append(record, slice_make((const char *)&value, sizeof value));
}

void record_text(Buffer *record, Slice text)
{
    perly_assert(text.length <= UINT32_MAX);
    record_uint32(record, (uint32_t)text.length);
    buffer_append(record, text);
    pad(record, 4);
}

void record_batch(Buffer *record, Slice batch)
{
    perly_assert(batch.length <= UINT32_MAX);
    record_uint32(record, (uint32_t)batch.length);
    pad(record, 8);
    buffer_append(record, batch);
    pad(record, 4);
}

void record_rows(Buffer *record, RowWriter *rows)
{
    const size_t bytes = row_writer_bytes(rows);
    perly_assert(bytes <= UINT32_MAX);
    record_uint32(record, (uint32_t)bytes);
    pad(record, 8);
    row_writer_append(rows, record);
    pad(record, 4);
}

void record_patch(Buffer *record, size_t at, uint32_t value)
{
    if (!record->failed) {
        perly_assert(at + sizeof value <= record->length);
        memcpy(record->data + at, &value, sizeof value);
    }
}

static bool has(RecordReader *reader, size_t bytes)
{
    if (reader->failed || bytes > reader->bytes.length - reader->at) {
        reader->failed = true;
    }
    return !reader->failed;
}

uint32_t record_read_uint32(RecordReader *reader)
{
    uint32_t value = 0;
    if (has(reader, sizeof value)) {
        memcpy(&value, reader->bytes.data + reader->at, sizeof value);
        reader->at += sizeof value;
    }
    return value;
}

static void skip_padding(RecordReader *reader, size_t to)
{
    const size_t padded = (reader->at + to - 1) / to * to;
    reader->at = padded < reader->bytes.length ? padded : reader->bytes.length;
}

Slice record_read_bytes(RecordReader *reader, uint32_t bytes)
{
    if (!has(reader, bytes)) {
        return (Slice){NULL, 0};
    }
    const Slice part = slice_part(reader->bytes, reader->at, reader->at + bytes);
    reader->at += bytes;
    skip_padding(reader, 4);
    return part;
}

Slice record_read_text(RecordReader *reader)
{
    return record_read_bytes(reader, record_read_uint32(reader));
}

Slice record_read_batch(RecordReader *reader)
{
    const uint32_t length = record_read_uint32(reader);
    skip_padding(reader, 8);
    return record_read_bytes(reader, length);
}
