/* Records and batches as the native host reads them: nothing outside of the input is ever touched. */
#include "record.h"
#include "time_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t touch(const char *bytes, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        sum += (unsigned char)bytes[i];
    }
    return sum;
}

static uint64_t read_batch(NativeText bytes, uint32_t columns)
{
    NativeBatch batch;
    uint64_t sum = 0;
    if (!native_batch_open(&batch, bytes, columns)) {
        return 0;
    }
    for (uint32_t row = 0; row < batch.row_count && columns > 0; row++) {
        const char *at = native_batch_row(&batch, row);
        for (uint32_t column = 0; column < columns; column++) {
            NativeText text;
            char time[NATIVE_TIME_BYTES];
            sum += native_row_state(at, column) + (uint64_t)native_row_int64(&batch, at, column);
            sum += native_row_text(&batch, at, column, &text) ? touch(text.bytes, text.length) : 0;
            sum += native_time_print(native_row_int64(&batch, at, column), time) ? 1 : 0;
        }
    }
    return sum;
}

/* The first byte is a program: which field is read next, two bits each, over and over. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    NativeRecord record = native_record_open((const char *)data + 1, size - 1);
    uint64_t sum = 0;
    int64_t ms = 0;
    for (unsigned step = 0; step < 64 && !record.broken; step++) {
        const unsigned field = (data[0] >> (step % 4 * 2)) & 3;
        NativeText text = {"", 0};
        switch (field) {
        case 0: sum += native_record_u32(&record); break;
        case 1: sum += native_record_count(&record, 4); break;
        case 2: text = native_record_text(&record); break;
        default: text = native_record_batch(&record); break;
        }
        sum += touch(text.bytes, text.length) + read_batch(text, step % 5);
        sum += native_time_parse(text.bytes, text.length, &ms) ? (uint64_t)ms : 0;
    }
    volatile uint64_t kept = sum; /* what was read is used */
    (void)kept;
    return 0;
}
