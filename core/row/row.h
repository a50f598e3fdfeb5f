/*
 * The one row layout: mapped CSV rows, storage rows, the inputs of expressions and snapshots are all batches
 * of this form, read in place. wasm/ABI.md shows one as a hex dump. Little-endian; the batch starts at a
 * multiple of 8 bytes.
 *
 *     header      32 bytes, see RowHeader
 *     rows        row_count times row_stride bytes: one state byte a column, padded to 8, then one slot of
 *                 8 bytes a column
 *     heap        text and bytes, unpadded
 *
 * A slot holds by column type: int64; double (never NaN, never -0.0); bool as 0 or 1; time as int64
 * milliseconds since 1970 (UTC); text, bytes and list as two uint32: offset into the heap, length in bytes.
 * A list is text: elements joined by ';' (as Salesforce sends a multi-select picklist), the empty text is the
 * empty list. The slot of an absent or null value is 0.
 */
#ifndef PERLY_ROW_ROW_H
#define PERLY_ROW_ROW_H

#include "base/assert.h"
#include "base/buffer.h"
#include "base/error.h"

typedef enum RowType {
    ROW_INT64,
    ROW_DOUBLE,
    ROW_BOOL,
    ROW_TEXT,
    ROW_BYTES,
    ROW_TIME,
    ROW_LIST,
    ROW_TYPE_COUNT
} RowType;

typedef enum RowState {
    ROW_ABSENT = 0, /* not read: a partial row leaves the stored value alone */
    ROW_NULL = 1,
    ROW_VALUE = 2
} RowState;

typedef struct RowColumn {
    Slice name; /* SQL column or CEL attribute; lower case, unique within the schema */
    RowType type;
} RowColumn;

/* `columns` outlives the schema's users. */
typedef struct RowSchema {
    const RowColumn *columns;
    uint32_t column_count; /* 1..ROW_COLUMNS_MAX */
} RowSchema;

enum { ROW_COLUMNS_MAX = 1024, ROW_HEADER_BYTES = 32 };

/* Rows and heap each; together with the header they stay below 4 GiB, the reach of an offset. */
#define ROW_WRITER_BYTES_MAX ((size_t)0x7FFFFF00)

#define ROW_MAGIC UINT32_C(0x31575250) /* "PRW1" */

typedef struct RowHeader {
    uint32_t magic;
    uint32_t column_count;
    uint32_t row_count;
    uint32_t row_stride;  /* bytes from one row to the next */
    uint32_t heap_offset; /* from the start of the batch */
    uint32_t heap_bytes;
    uint64_t reserved; /* 0 */
} RowHeader;

/* A batch being read. The bytes belong to whoever gave them and must stay while the view is used. */
typedef struct RowBatch {
    const char *rows; /* the first row */
    const char *heap;
    uint32_t column_count;
    uint32_t row_count;
    uint32_t row_stride;
    uint32_t heap_bytes;
} RowBatch;

/* One row, in place: a pointer to its first state byte, and the heap of its batch. */
typedef struct RowView {
    const char *states; /* column_count bytes of RowState */
    const char *slots;  /* 8 bytes a column */
    const char *heap;
} RowView;

static inline uint32_t row_states_bytes(uint32_t column_count)
{
    return (column_count + 7U) & ~7U;
}

static inline uint32_t row_stride_bytes(uint32_t column_count)
{
    return row_states_bytes(column_count) + 8U * column_count;
}

/*
 * Opens a batch for reading, trusting nothing: alignment, sizes, states, and with `schema` also each slot
 * (text within the heap, bool 0 or 1, double finite and not -0.0, 0 where there is no value). Without a
 * schema (NULL) the slots are not looked at, so row_text must not be called on such a view. The batch must
 * fill `bytes` exactly. ERROR_LIMIT_EXCEEDED (too many columns) or ERROR_INTERNAL, with a literal message.
 */
Error row_batch_open(RowBatch *batch, Slice bytes, const RowSchema *schema);

/* `row` must be less than row_count. */
static inline RowView row_at(const RowBatch *batch, uint32_t row)
{
    const char *states = batch->rows + (size_t)row * batch->row_stride;
    return (RowView){states, states + row_states_bytes(batch->column_count), batch->heap};
}

static inline RowState row_state(RowView row, uint32_t column)
{
    return (RowState)(unsigned char)row.states[column];
}

static inline int64_t row_int64(RowView row, uint32_t column)
{
    int64_t value = 0;
    memcpy(&value, row.slots + 8 * (size_t)column, sizeof value);
    return value;
}

static inline double row_double(RowView row, uint32_t column)
{
    double value = 0;
    memcpy(&value, row.slots + 8 * (size_t)column, sizeof value);
    return value;
}

static inline bool row_bool(RowView row, uint32_t column)
{
    return row_int64(row, column) != 0;
}

/* Text, bytes or list; lives as long as the batch. */
static inline Slice row_text(RowView row, uint32_t column)
{
    uint32_t place[2] = {0, 0};
    memcpy(place, row.slots + 8 * (size_t)column, sizeof place);
    return (Slice){row.heap + place[0], place[1]};
}

/* A column whose text is kept, and where. */
typedef struct RowKeep {
    uint32_t column;
    Slice *text;
} RowKeep;

/*
 * Each text becomes a copy of its column's in `arena`, "" where there is no value: arena_keep for a row.
 * False when there is no memory; some may have been kept then.
 *
 *     if (!ROW_KEEP(row, arena, {0, &health->account_id}, {2, &health->model_hash})) { ... }
 */
__attribute__((warn_unused_result)) bool row_keep(RowView row, Arena *arena, const RowKeep *items,
                                                  size_t count);
#define ROW_KEEP(row, arena, ...)                                                                            \
    row_keep((row), (arena), (const RowKeep[]){__VA_ARGS__},                                                 \
             sizeof((const RowKeep[]){__VA_ARGS__}) / sizeof(RowKeep))

/*
 * A batch being written, row by row. Rows and heap grow apart in the writer's arena and are joined by
 * row_writer_finish.
 *
 *     row_writer_init(&writer, arena, &schema, 1 << 20);
 *     row_writer_begin(&writer);
 *     row_writer_int64(&writer, 0, 42);
 *     error = row_writer_end(&writer);
 *     error = row_writer_finish(&writer, &bytes);
 */
typedef struct RowWriter {
    const RowSchema *schema;
    Buffer rows;
    Buffer heap;
    uint32_t row_count;
    char *states; /* of the row begun, NULL between rows */
    char *slots;
    size_t heap_row_start; /* the heap's length when the row began: a dropped row gives its text back */
    ErrorCode failure;     /* of the row begun; ERROR_OK while all went well */
} RowWriter;

/*
 * `bytes_limit` bounds rows and heap each; 0, and anything larger, means ROW_WRITER_BYTES_MAX. Allocates
 * nothing yet. `schema` and `arena` outlive the writer; after a reset of the arena the writer must be
 * initialised again.
 */
void row_writer_init(RowWriter *writer, Arena *arena, const RowSchema *schema, size_t bytes_limit);

/* Takes memory for rows and texts of so many bytes at once, instead of growing step by step; a hint. */
void row_writer_reserve(RowWriter *writer, size_t rows_bytes, size_t heap_bytes);

/* Begins a row whose values are all absent. */
void row_writer_begin(RowWriter *writer);

/*
 * Set one value of the row begun; the column's type must be the function's (an assertion), except that
 * row_writer_text serves text, bytes and list. A double that is NaN or infinite is stored as null, -0.0 as
 * 0.0.
 */
static inline void row_writer_null(RowWriter *writer, uint32_t column);
static inline void row_writer_int64(RowWriter *writer, uint32_t column, int64_t value);
void row_writer_double(RowWriter *writer, uint32_t column, double value);
static inline void row_writer_bool(RowWriter *writer, uint32_t column, bool value);
static inline void row_writer_time(RowWriter *writer, uint32_t column, int64_t ms);
static inline void row_writer_text(RowWriter *writer, uint32_t column, Slice text);

/* Appends a whole row of a batch of the same schema. */
Error row_writer_copy(RowWriter *writer, RowView row);

/* Copies one value of the writer's type; what is null or absent is left as it is. */
void row_writer_copy_value(RowWriter *writer, uint32_t to, RowView row, uint32_t from);

/* Ends the row. ERROR_OUT_OF_MEMORY or ERROR_LIMIT_EXCEEDED: the row is dropped, the rows before it stay. */
Error row_writer_end(RowWriter *writer);

/* Bytes that the finished batch would have now. */
size_t row_writer_bytes(const RowWriter *writer);

/* What was written so far, read in place: valid until the next row begins, or the arena is reset. */
RowBatch row_writer_view(const RowWriter *writer);

/* The whole batch, in the writer's arena, aligned to 8. The writer is then empty and may be used again. */
Error row_writer_finish(RowWriter *writer, Slice *bytes);

/* The same, with the batch in another arena than the one in which the rows were written. */
Error row_writer_finish_in(RowWriter *writer, Arena *arena, Slice *bytes);

/* The same, at the end of a buffer, whose length must be a multiple of 8. */
void row_writer_append(RowWriter *writer, Buffer *buffer);

/* Inline, since a page of a Bulk query sets millions of values. */

static inline void row_writer_set(RowWriter *writer, uint32_t column, RowState state, uint64_t bits)
{
    if (writer->failure == ERROR_OK) {
        perly_assert(writer->states != NULL);
        writer->states[column] = (char)state;
        memcpy(writer->slots + 8 * (size_t)column, &bits, sizeof bits);
    }
}

static inline RowType row_writer_type(const RowWriter *writer, uint32_t column)
{
    perly_assert(column < writer->schema->column_count);
    return writer->schema->columns[column].type;
}

static inline void row_writer_null(RowWriter *writer, uint32_t column)
{
    perly_assert(column < writer->schema->column_count);
    row_writer_set(writer, column, ROW_NULL, 0);
}

static inline void row_writer_int64(RowWriter *writer, uint32_t column, int64_t value)
{
    perly_assert(row_writer_type(writer, column) == ROW_INT64);
    row_writer_set(writer, column, ROW_VALUE, (uint64_t)value);
}

static inline void row_writer_bool(RowWriter *writer, uint32_t column, bool value)
{
    perly_assert(row_writer_type(writer, column) == ROW_BOOL);
    row_writer_set(writer, column, ROW_VALUE, value ? 1 : 0);
}

static inline void row_writer_time(RowWriter *writer, uint32_t column, int64_t ms)
{
    perly_assert(row_writer_type(writer, column) == ROW_TIME);
    row_writer_set(writer, column, ROW_VALUE, (uint64_t)ms);
}

/* Makes the heap larger, or notes the failure. False then, or when the row has failed before. */
bool row_writer_grow_heap(RowWriter *writer, size_t bytes);

static inline void row_writer_text(RowWriter *writer, uint32_t column, Slice text)
{
    const RowType type = row_writer_type(writer, column);
    Buffer *heap = &writer->heap;
    perly_assert(type == ROW_TEXT || type == ROW_BYTES || type == ROW_LIST);
    const size_t offset = heap->length; /* below 2^31: ROW_WRITER_BYTES_MAX */
    if ((text.length > heap->capacity - offset || text.length > heap->length_limit - offset) &&
        !row_writer_grow_heap(writer, text.length)) {
        return;
    }
    if (text.length != 0) {
        memcpy(heap->data + offset, text.data, text.length);
        heap->length = offset + text.length;
    }
    row_writer_set(writer, column, ROW_VALUE, offset | (uint64_t)text.length << 32);
}

#endif
