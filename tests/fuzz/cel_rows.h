/* A schema and some rows of it, one of them empty, that expressions of the harnesses read. */
#ifndef PERLY_FUZZ_CEL_ROWS_H
#define PERLY_FUZZ_CEL_ROWS_H

#include "base/assert.h"
#include "row/row.h"

enum { ROWS = 3 };

static const RowColumn COLUMNS[] = {{SLICE_INIT("name"), ROW_TEXT}, {SLICE_INIT("arr"), ROW_DOUBLE},
                                    {SLICE_INIT("n"), ROW_INT64},   {SLICE_INIT("at"), ROW_TIME},
                                    {SLICE_INIT("tags"), ROW_LIST}, {SLICE_INIT("b"), ROW_BOOL}};
static const RowSchema SCHEMA = {COLUMNS, 6};

static inline void make_rows(Arena *arena, RowBatch *batch)
{
    RowWriter writer;
    Slice bytes = {0};
    row_writer_init(&writer, arena, &SCHEMA, 1 << 16);
    for (int i = 0; i < ROWS; i++) {
        row_writer_begin(&writer);
        if (i != 1) {
            row_writer_text(&writer, 0, i == 0 ? SLICE("a") : SLICE("Ærø"));
            row_writer_double(&writer, 1, i * 1.5);
            row_writer_int64(&writer, 2, i);
            row_writer_time(&writer, 3, INT64_C(1780272000000) + i);
            row_writer_text(&writer, 4, SLICE("a;b"));
            row_writer_bool(&writer, 5, i == 0);
        }
        perly_assert(row_writer_end(&writer).code == ERROR_OK);
    }
    perly_assert(row_writer_finish(&writer, &bytes).code == ERROR_OK);
    perly_assert(row_batch_open(batch, bytes, &SCHEMA).code == ERROR_OK);
}

#endif
