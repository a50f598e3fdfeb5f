/* Reading and writing of records and batches, also of hostile ones. */
#include "record.h"
#include "test.h"
#include "time_text.h"

static void reads_what_it_wrote(void)
{
    NativeBuffer record = {0};
    NativeBuffer batch = {0};
    NativeBatchWriter writer = {.column_count = 3};
    native_batch_begin(&writer);
    native_batch_text(&writer, 0, NATIVE_TEXT("abcde"));
    native_batch_double(&writer, 1, -0.0);
    native_batch_begin(&writer);
    native_batch_int64(&writer, 2, INT64_MIN);
    CHECK(native_batch_finish(&writer, &batch));
    native_record_put_text(&record, NATIVE_TEXT("name"));
    native_record_put_text(&record, NATIVE_TEXT("x"));
    native_record_put_batch(&record, (NativeText){batch.bytes, batch.length});
    native_record_put_u32(&record, 7);

    NativeRecord reader = native_record_open(record.bytes, record.length);
    CHECK(native_text_equal(native_record_text(&reader), NATIVE_TEXT("name")));
    CHECK(native_text_equal(native_record_text(&reader), NATIVE_TEXT("x")));
    const NativeText bytes = native_record_batch(&reader);
    CHECK_INT((bytes.bytes - record.bytes) % 8, 0, "a batch stands at a multiple of 8");
    CHECK_INT(native_record_u32(&reader), 7, "a number after a batch");
    CHECK(!reader.broken);
    NativeBatch view = {0};
    CHECK(native_batch_open(&view, bytes, 3));
    CHECK_INT(view.row_count, 2, "rows");
    const char *first = native_batch_row(&view, 0);
    const char *second = native_batch_row(&view, 1);
    NativeText text = NATIVE_TEXT("");
    CHECK(native_row_text(&view, first, 0, &text) && native_text_equal(text, NATIVE_TEXT("abcde")));
    CHECK_INT(native_row_state(first, 2), NATIVE_NULL, "unset");
    CHECK_INT(native_row_int64(&view, first, 1), 0, "minus zero is stored as zero");
    CHECK_INT(native_row_int64(&view, second, 2), INT64_MIN, "least");
    native_batch_free(&writer);
    native_buffer_free(&record);
    native_buffer_free(&batch);
}

/* Reads a record as an apply reads an upsert, wherever it is cut: every text lies inside. */
static void survives_every_cut(void)
{
    NativeBuffer record = {0};
    native_record_put_u32(&record, 2);
    native_record_put_text(&record, NATIVE_TEXT("a table"));
    native_record_put_text(&record, NATIVE_TEXT("a column"));
    native_record_put_batch(&record, NATIVE_TEXT("12345678901234567890123456789012345"));
    int whole = 0;
    for (size_t length = 0; length <= record.length; length++) {
        char *copy = malloc(length + 1); /* exactly as long, for the sanitizer to see a step too far */
        memcpy(copy, record.bytes, length);
        NativeRecord reader = native_record_open(copy, length);
        (void)native_record_count(&reader, 4);
        const NativeText table = native_record_text(&reader);
        const NativeText column = native_record_text(&reader);
        const NativeText batch = native_record_batch(&reader);
        CHECK(table.length + column.length + batch.length <= length);
        NativeBatch view = {0};
        CHECK(!native_batch_open(&view, batch, 2));
        whole += reader.broken ? 0 : 1;
        free(copy);
    }
    CHECK_INT(whole, 1, "only the whole record is not broken");
    native_buffer_free(&record);
}

static void refuses_batches_that_lie(void)
{
    static const struct {
        const char *name;
        uint32_t field; /* of the header */
        uint32_t value;
    } cases[] = {{"magic", 0, 0},
                 {"columns", 1, 3},
                 {"rows", 2, 3},
                 {"rows, overflow", 2, UINT32_MAX},
                 {"stride", 3, 16},
                 {"stride, overflow", 3, UINT32_MAX},
                 {"heap inside rows", 4, 32},
                 {"heap behind", 4, 1000},
                 {"heap length", 5, 100},
                 {"heap length, overflow", 5, UINT32_MAX}};
    NativeBuffer batch = {0};
    NativeBatchWriter writer = {.column_count = 2};
    native_batch_begin(&writer);
    native_batch_text(&writer, 0, NATIVE_TEXT("text"));
    CHECK(native_batch_finish(&writer, &batch));
    NativeBatch view = {0};
    CHECK(native_batch_open(&view, (NativeText){batch.bytes, batch.length}, 2));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *copy = malloc(batch.length);
        memcpy(copy, batch.bytes, batch.length);
        memcpy(copy + 4 * (size_t)cases[i].field, &cases[i].value, 4);
        CHECK_NAMED(!native_batch_open(&view, (NativeText){copy, batch.length}, 2), cases[i].name);
        free(copy);
    }
    const uint32_t far[2] = {2, 3};
    memcpy(batch.bytes + 32 + 8, far, sizeof far);
    CHECK(native_batch_open(&view, (NativeText){batch.bytes, batch.length}, 2));
    NativeText text = NATIVE_TEXT("");
    CHECK(!native_row_text(&view, native_batch_row(&view, 0), 0, &text));
    native_batch_free(&writer);
    native_buffer_free(&batch);
}

static void counts_are_bounded(void)
{
    NativeBuffer record = {0};
    native_record_put_u32(&record, 3);
    native_record_put_u32(&record, 0);
    native_record_put_u32(&record, 0);
    NativeRecord reader = native_record_open(record.bytes, record.length);
    CHECK_INT(native_record_count(&reader, 4), 0, "three items of 4 bytes do not fit into 8");
    CHECK(reader.broken);
    reader = native_record_open(record.bytes, record.length);
    CHECK_INT(native_record_count(&reader, 2), 3, "three items of 2 bytes may");
    native_buffer_free(&record);
}

static void times_go_both_ways(void)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {-1, "1969-12-31T23:59:59.999Z"},
                 {INT64_C(1795507200000), "2026-11-24T08:00:00.000Z"},
                 {INT64_C(951782399999), "2000-02-28T23:59:59.999Z"},
                 {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
                 {INT64_C(-62135596800000), "0001-01-01T00:00:00.000Z"},
                 {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NATIVE_TIME_BYTES];
        int64_t ms = 1;
        CHECK_NAMED(native_time_print(cases[i].ms, text), cases[i].text);
        CHECK_TEXT(((Slice){text, sizeof text}), ((Slice){cases[i].text, NATIVE_TIME_BYTES}), cases[i].text);
        CHECK_NAMED(native_time_parse(cases[i].text, NATIVE_TIME_BYTES, &ms), cases[i].text);
        CHECK_INT(ms, cases[i].ms, cases[i].text);
    }
    static const char *const wrong[] = {"2026-02-29T00:00:00.000Z", "2026-13-01T00:00:00.000Z",
                                        "2026-01-01 00:00:00.000Z", "2026-01-01T24:00:00.000Z",
                                        "2026-01-01T00:00:60.000Z", "0000-01-01T00:00:00.000Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t ms = 0;
        CHECK_NAMED(!native_time_parse(wrong[i], NATIVE_TIME_BYTES, &ms), wrong[i]);
    }
    char text[NATIVE_TIME_BYTES];
    CHECK(!native_time_print(INT64_C(253402300800000), text));
    CHECK(!native_time_print(INT64_MIN, text));
}

TEST_MAIN(reads_what_it_wrote, survives_every_cut, refuses_batches_that_lie, counts_are_bounded,
          times_go_both_ways)
