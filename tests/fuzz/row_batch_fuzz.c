/*
 * row_batch_open on hostile bytes. What it accepts is then read in full, so that a missing check is a
 * crash under the address sanitizer. The first byte chooses the columns' types.
 */
#include "base/assert.h"
#include "row/row.h"
#include <stdlib.h>

enum { FUZZ_COLUMNS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t read_all(const RowBatch *batch, const RowColumn *columns)
{
    uint64_t sum = 0;
    for (uint32_t r = 0; r < batch->row_count; r++) {
        const RowView row = row_at(batch, r);
        for (uint32_t c = 0; c < batch->column_count; c++) {
            const RowType type = columns[c].type;
            if (row_state(row, c) == ROW_VALUE &&
                (type == ROW_TEXT || type == ROW_BYTES || type == ROW_LIST)) {
                const Slice text = row_text(row, c);
                for (size_t i = 0; i < text.length; i++) {
                    sum += (unsigned char)text.data[i];
                }
            }
            sum += (uint64_t)row_int64(row, c);
        }
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    RowColumn columns[FUZZ_COLUMNS];
    for (unsigned i = 0; i < FUZZ_COLUMNS; i++) {
        columns[i] = (RowColumn){SLICE("c"), (RowType)((data[0] + i) % ROW_TYPE_COUNT)};
    }
    const RowSchema schema = {columns, 1U + data[1] % FUZZ_COLUMNS};
    char *copy = malloc(size - 2); /* aligned, and its end is the end of the input */
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data + 2, size - 2);
    RowBatch batch;
    if (row_batch_open(&batch, slice_make(copy, size - 2), &schema).code == ERROR_OK) {
        volatile uint64_t sum = read_all(&batch, columns); /* volatile: the reads must happen */
        (void)sum;
        perly_assert(row_batch_open(&batch, slice_make(copy, size - 2), NULL).code == ERROR_OK);
    }
    free(copy);
    return 0;
}
