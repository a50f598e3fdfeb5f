#include "row/row.h"

#include "base/assert.h"

_Static_assert(sizeof(RowHeader) == ROW_HEADER_BYTES, "the header is a wire format");

enum { SLOT_BYTES = 8 };

static Error damaged(Slice message)
{
    return error_make(ERROR_INTERNAL, message);
}

/* Bits of a double: an exponent of all ones is an infinity or NaN; the sign alone is -0.0. */
static bool double_allowed(int64_t bits)
{
    const uint64_t exponent = UINT64_C(0x7FF0000000000000);
    return ((uint64_t)bits & exponent) != exponent && (uint64_t)bits != UINT64_C(0x8000000000000000);
}

static bool text_allowed(RowView row, uint32_t column, uint32_t heap_bytes)
{
    uint32_t place[2] = {0, 0};
    memcpy(place, row.slots + SLOT_BYTES * (size_t)column, sizeof place);
    return place[0] <= heap_bytes && place[1] <= heap_bytes - place[0];
}

static bool slot_allowed(RowView row, uint32_t column, RowType type, uint32_t heap_bytes)
{
    const int64_t bits = row_int64(row, column);
    if (row_state(row, column) != ROW_VALUE) {
        return bits == 0;
    }
    switch (type) {
    case ROW_INT64:
    case ROW_TIME: return true;
    case ROW_DOUBLE: return double_allowed(bits);
    case ROW_BOOL: return bits == 0 || bits == 1;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST: return text_allowed(row, column, heap_bytes);
    case ROW_TYPE_COUNT: break;
    }
    return false;
}

static Error check_row(const RowBatch *batch, RowView row, const RowSchema *schema)
{
    for (uint32_t i = 0; i < row_states_bytes(batch->column_count); i++) {
        const unsigned state = (unsigned char)row.states[i];
        if (state > (i < batch->column_count ? (unsigned)ROW_VALUE : (unsigned)ROW_ABSENT)) {
            return damaged(SLICE("row batch: a state byte has no meaning"));
        }
    }
    for (uint32_t i = 0; schema != NULL && i < batch->column_count; i++) {
        if (!slot_allowed(row, i, schema->columns[i].type, batch->heap_bytes)) {
            return damaged(SLICE("row batch: a slot does not fit its column's type"));
        }
    }
    return ERROR_NONE;
}

static Error check_header(const RowHeader *header, size_t length, const RowSchema *schema)
{
    if (header->magic != ROW_MAGIC || header->reserved != 0) {
        return damaged(SLICE("row batch: not a batch of this version"));
    }
    if (header->column_count == 0 || header->column_count > ROW_COLUMNS_MAX) {
        return error_make(ERROR_LIMIT_EXCEEDED, SLICE("row batch: 1 to 1024 columns are possible"));
    }
    if (schema != NULL && header->column_count != schema->column_count) {
        return damaged(SLICE("row batch: the number of columns is not the schema's"));
    }
    const uint64_t rows_bytes = (uint64_t)header->row_count * header->row_stride;
    if (header->row_stride != row_stride_bytes(header->column_count) ||
        header->heap_offset != ROW_HEADER_BYTES + rows_bytes ||
        (uint64_t)header->heap_offset + header->heap_bytes != length) {
        return damaged(SLICE("row batch: the sizes in the header do not agree"));
    }
    return ERROR_NONE;
}

Error row_batch_open(RowBatch *batch, Slice bytes, const RowSchema *schema)
{
    if (bytes.length < ROW_HEADER_BYTES) {
        return damaged(SLICE("row batch: shorter than its header"));
    }
    if (((uintptr_t)bytes.data & (SLOT_BYTES - 1)) != 0) {
        return damaged(SLICE("row batch: not aligned to 8 bytes"));
    }
    RowHeader header;
    memcpy(&header, bytes.data, sizeof header);
    RETURN_IF_ERROR(check_header(&header, bytes.length, schema));
    const RowBatch opened = {.rows = bytes.data + ROW_HEADER_BYTES,
                             .heap = bytes.data + header.heap_offset,
                             .column_count = header.column_count,
                             .row_count = header.row_count,
                             .row_stride = header.row_stride,
                             .heap_bytes = header.heap_bytes};
    for (uint32_t i = 0; i < opened.row_count; i++) {
        RETURN_IF_ERROR(check_row(&opened, row_at(&opened, i), schema));
    }
    *batch = opened;
    return ERROR_NONE;
}

bool row_keep(RowView row, Arena *arena, const RowKeep *items, size_t count)
{
    bool kept = true;
    for (size_t i = 0; i < count && kept; i++) {
        const uint32_t column = items[i].column;
        const Slice text = row_state(row, column) == ROW_VALUE ? row_text(row, column) : SLICE("");
        kept = arena_keep(arena, text, items[i].text);
    }
    return kept;
}

void row_writer_init(RowWriter *writer, Arena *arena, const RowSchema *schema, size_t bytes_limit)
{
    perly_assert(schema->column_count > 0 && schema->column_count <= ROW_COLUMNS_MAX);
    const bool bounded = bytes_limit != 0 && bytes_limit < ROW_WRITER_BYTES_MAX;
    const size_t limit = bounded ? bytes_limit : ROW_WRITER_BYTES_MAX;
    *writer = (RowWriter){.schema = schema};
    buffer_init(&writer->rows, arena, limit);
    buffer_init(&writer->heap, arena, limit);
}

/* Room in one of the two buffers, or NULL with the reason in `failure`; the buffer itself stays usable. */
static char *reserve(RowWriter *writer, Buffer *buffer, size_t bytes)
{
    const bool over = bytes > buffer->length_limit - buffer->length;
    char *room = over ? NULL : buffer_reserve(buffer, bytes);
    if (room == NULL) {
        writer->failure = over ? ERROR_LIMIT_EXCEEDED : ERROR_OUT_OF_MEMORY;
        buffer->failed = false;
    }
    return room;
}

void row_writer_begin(RowWriter *writer)
{
    perly_assert(writer->states == NULL);
    const uint32_t columns = writer->schema->column_count;
    writer->failure = ERROR_OK;
    writer->heap_row_start = writer->heap.length;
    char *row = reserve(writer, &writer->rows, row_stride_bytes(columns));
    if (row != NULL) {
        memset(row, 0, row_stride_bytes(columns));
        writer->states = row;
        writer->slots = row + row_states_bytes(columns);
    }
}

void row_writer_double(RowWriter *writer, uint32_t column, double value)
{
    perly_assert(row_writer_type(writer, column) == ROW_DOUBLE);
    const double plain = value == 0 ? 0.0 : value; /* -0.0 equals 0.0 */
    uint64_t bits = 0;
    memcpy(&bits, &plain, sizeof bits);
    const bool finite = double_allowed((int64_t)bits);
    row_writer_set(writer, column, finite ? ROW_VALUE : ROW_NULL, finite ? bits : 0);
}

bool row_writer_grow_heap(RowWriter *writer, size_t bytes)
{
    return writer->failure == ERROR_OK && reserve(writer, &writer->heap, bytes) != NULL;
}

void row_writer_reserve(RowWriter *writer, size_t rows_bytes, size_t heap_bytes)
{
    (void)reserve(writer, &writer->rows, rows_bytes);
    (void)reserve(writer, &writer->heap, heap_bytes);
    writer->failure = ERROR_OK;
}

Error row_writer_end(RowWriter *writer)
{
    perly_assert(writer->states != NULL || writer->failure != ERROR_OK);
    writer->states = NULL;
    writer->slots = NULL;
    const ErrorCode failure = writer->failure;
    writer->failure = ERROR_OK;
    if (failure != ERROR_OK) {
        writer->heap.length = writer->heap_row_start;
        return error_make(failure, failure == ERROR_LIMIT_EXCEEDED ? SLICE("row batch: full")
                                                                   : SLICE("row batch: no memory for a row"));
    }
    writer->rows.length += row_stride_bytes(writer->schema->column_count);
    writer->row_count++;
    return ERROR_NONE;
}

size_t row_writer_bytes(const RowWriter *writer)
{
    return ROW_HEADER_BYTES + writer->rows.length + writer->heap.length;
}

RowBatch row_writer_view(const RowWriter *writer)
{
    perly_assert(writer->states == NULL);
    return (RowBatch){.rows = writer->rows.data,
                      .heap = writer->heap.data,
                      .column_count = writer->schema->column_count,
                      .row_count = writer->row_count,
                      .row_stride = row_stride_bytes(writer->schema->column_count),
                      .heap_bytes = (uint32_t)writer->heap.length};
}

/* Writes the batch to `batch`, which has room for all of it, and empties the writer. */
static void join(RowWriter *writer, char *batch)
{
    const RowHeader header = {.magic = ROW_MAGIC,
                              .column_count = writer->schema->column_count,
                              .row_count = writer->row_count,
                              .row_stride = row_stride_bytes(writer->schema->column_count),
                              .heap_offset = (uint32_t)(ROW_HEADER_BYTES + writer->rows.length),
                              .heap_bytes = (uint32_t)writer->heap.length};
    memcpy(batch, &header, sizeof header);
    if (writer->rows.length != 0) {
        memcpy(batch + ROW_HEADER_BYTES, writer->rows.data, writer->rows.length);
    }
    if (writer->heap.length != 0) {
        memcpy(batch + header.heap_offset, writer->heap.data, writer->heap.length);
    }
    buffer_clear(&writer->rows);
    buffer_clear(&writer->heap);
    writer->row_count = 0;
}

Error row_writer_finish(RowWriter *writer, Slice *bytes)
{
    return row_writer_finish_in(writer, writer->rows.arena, bytes);
}

Error row_writer_finish_in(RowWriter *writer, Arena *arena, Slice *bytes)
{
    perly_assert(writer->states == NULL);
    const size_t total = row_writer_bytes(writer);
    char *batch = arena_alloc(arena, total, SLOT_BYTES);
    if (batch == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("row batch: no memory to join rows and heap"));
    }
    join(writer, batch);
    *bytes = slice_make(batch, total);
    return ERROR_NONE;
}

void row_writer_append(RowWriter *writer, Buffer *buffer)
{
    perly_assert(writer->states == NULL && buffer->length % SLOT_BYTES == 0);
    const size_t total = row_writer_bytes(writer);
    char *batch = buffer_reserve(buffer, total);
    if (batch != NULL) {
        join(writer, batch);
        buffer->length += total;
    }
}

void row_writer_copy_value(RowWriter *writer, uint32_t to, RowView row, uint32_t from)
{
    if (row_state(row, from) != ROW_VALUE) {
        return;
    }
    switch (row_writer_type(writer, to)) {
    case ROW_INT64: row_writer_int64(writer, to, row_int64(row, from)); break;
    case ROW_DOUBLE: row_writer_double(writer, to, row_double(row, from)); break;
    case ROW_TIME: row_writer_time(writer, to, row_int64(row, from)); break;
    case ROW_BOOL: row_writer_bool(writer, to, row_bool(row, from)); break;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST: row_writer_text(writer, to, row_text(row, from)); break;
    case ROW_TYPE_COUNT: break;
    }
}

Error row_writer_copy(RowWriter *writer, RowView row)
{
    row_writer_begin(writer);
    for (uint32_t i = 0; writer->states != NULL && i < writer->schema->column_count; i++) {
        const RowType type = writer->schema->columns[i].type;
        if (row_state(row, i) == ROW_VALUE && (type == ROW_TEXT || type == ROW_BYTES || type == ROW_LIST)) {
            row_writer_text(writer, i, row_text(row, i));
        } else {
            writer->states[i] = row.states[i];
            memcpy(writer->slots + 8 * (size_t)i, row.slots + 8 * (size_t)i, 8);
        }
    }
    return row_writer_end(writer);
}
