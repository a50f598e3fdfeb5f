#include "row/row.h"
#include "test.h"

/* One column of each type. */
static const RowColumn columns[] = {
    {SLICE_INIT("id"), ROW_TEXT},        {SLICE_INIT("employees"), ROW_INT64},
    {SLICE_INIT("revenue"), ROW_DOUBLE}, {SLICE_INIT("active"), ROW_BOOL},
    {SLICE_INIT("created"), ROW_TIME},   {SLICE_INIT("roles"), ROW_LIST},
    {SLICE_INIT("digest"), ROW_BYTES},
};
static const RowSchema schema = {columns, 7};

/* The batch that writes_the_vector makes: two rows of seven columns, 9 bytes of heap. */
static const char vector_hex[] =
    "50525731 07000000 02000000 40000000 a0000000 15000000 0000000000000000" /* header */
    "02 02 02 02 02 02 02 00"                                                /* states of row 0 */
    "00000000 0b000000"                                                      /* id: heap[0..11) */
    "2a00000000000000"                                                       /* employees: 42 */
    "000000000000f83f"                                                       /* revenue: 1.5 */
    "0100000000000000"                                                       /* active: true */
    "00043cad9a010000"                                                       /* created */
    "0b000000 08000000"                                                      /* roles: heap[11..19) */
    "13000000 02000000"                                                      /* digest: heap[19..21) */
    "02 01 01 00 00 02 00 00"                                                /* states of row 1 */
    "15000000 00000000"                                                      /* id: empty text */
    "0000000000000000 0000000000000000 0000000000000000 0000000000000000"
    "15000000 00000000" /* roles: empty list */
    "0000000000000000"
    "303031504552 4c593030 31" /* "001PERLY001" */
    "43464f3b55736572"         /* "CFO;User" */
    "00ff";

static const int64_t created_ms = INT64_C(0x19AAD3C0400);

static unsigned hex_digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t from_hex(const char *hex, char *bytes)
{
    size_t count = 0;
    for (size_t i = 0; hex[i] != '\0';) {
        if (hex[i] == ' ') {
            i++;
            continue;
        }
        bytes[count++] = (char)(hex_digit(hex[i]) << 4 | hex_digit(hex[i + 1]));
        i += 2;
    }
    return count;
}

typedef struct Fixture {
    TestAllocator memory;
    Arena arena;
    RowWriter writer;
} Fixture;

static void setup(Fixture *f, size_t bytes_limit)
{
    test_allocator_init(&f->memory);
    arena_init(&f->arena, &f->memory.allocator, 0);
    row_writer_init(&f->writer, &f->arena, &schema, bytes_limit);
}

static void teardown(Fixture *f)
{
    arena_free(&f->arena);
    CHECK_INT(f->memory.bytes, 0, "all memory returned");
}

static void write_two_rows(RowWriter *writer)
{
    row_writer_begin(writer);
    row_writer_text(writer, 0, SLICE("001PERLY001"));
    row_writer_int64(writer, 1, 42);
    row_writer_double(writer, 2, 1.5);
    row_writer_bool(writer, 3, true);
    row_writer_time(writer, 4, created_ms);
    row_writer_text(writer, 5, SLICE("CFO;User"));
    row_writer_text(writer, 6, SLICE("\0\xff"));
    CHECK_ERROR(row_writer_end(writer), ERROR_OK, "row 0");
    row_writer_begin(writer);
    row_writer_text(writer, 0, SLICE(""));
    row_writer_null(writer, 1);
    row_writer_double(writer, 2, 1e308 * 10);
    row_writer_text(writer, 5, SLICE(""));
    CHECK_ERROR(row_writer_end(writer), ERROR_OK, "row 1");
}

static void writes_the_vector(void)
{
    Fixture f;
    setup(&f, 0);
    write_two_rows(&f.writer);
    const size_t announced = row_writer_bytes(&f.writer);
    Slice bytes = {NULL, 0};
    CHECK_ERROR(row_writer_finish(&f.writer, &bytes), ERROR_OK, "finish");
    char want[512];
    const size_t want_bytes = from_hex(vector_hex, want);
    CHECK_INT(announced, want_bytes, "row_writer_bytes");
    CHECK_TEXT(bytes, slice_make(want, want_bytes), "the batch, byte for byte");
    CHECK_INT((uintptr_t)bytes.data & 7U, 0, "aligned");
    teardown(&f);
}

static void reads_the_vector(void)
{
    _Alignas(8) char bytes[512];
    const size_t length = from_hex(vector_hex, bytes);
    RowBatch batch;
    CHECK_ERROR(row_batch_open(&batch, slice_make(bytes, length), &schema), ERROR_OK, "open");
    CHECK_INT(batch.row_count, 2, "rows");
    const RowView row = row_at(&batch, 0);
    CHECK_TEXT(row_text(row, 0), SLICE("001PERLY001"), "text");
    CHECK_INT(row_int64(row, 1), 42, "int64");
    CHECK(row_double(row, 2) == 1.5);
    CHECK(row_bool(row, 3));
    CHECK_INT(row_int64(row, 4), created_ms, "time");
    CHECK_TEXT(row_text(row, 5), SLICE("CFO;User"), "list");
    CHECK_TEXT(row_text(row, 6), SLICE("\0\xff"), "bytes");
    const RowView second = row_at(&batch, 1);
    CHECK_INT(row_state(second, 1), ROW_NULL, "null");
    CHECK_INT(row_state(second, 2), ROW_NULL, "an infinity is stored as null");
    CHECK_INT(row_state(second, 3), ROW_ABSENT, "absent");
    CHECK_INT(row_state(second, 5), ROW_VALUE, "the empty list is a value");
}

typedef struct Damage {
    const char *name;
    size_t at;
    unsigned char byte;
} Damage;

static void refuses_damage(void)
{
    static const Damage damages[] = {
        {"magic", 0, 'X'},
        {"no column", 4, 0},
        {"another column count", 4, 6},
        {"columns beyond the limit", 5, 0xFF},
        {"one row more", 8, 3},
        {"rows beyond 4 GiB", 11, 0xFF},
        {"stride", 12, 0x48},
        {"heap offset", 16, 0x98},
        {"heap bytes", 20, 0x16},
        {"reserved", 24, 1},
        {"state 3", 32, 3},
        {"state in the padding", 39, 1},
        {"text past the heap", 44, 0xFF},
        {"text offset past the heap", 43, 0x7F},
        {"bool of 2", 64, 2},
        {"infinite double", 63, 0x7F},
        {"null with a slot", 112, 1},
        {"absent with a slot", 128, 1},
    };
    _Alignas(8) char bytes[512];
    RowBatch batch;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        const size_t length = from_hex(vector_hex, bytes);
        bytes[damages[i].at] = (char)damages[i].byte;
        if (damages[i].at == 63) {
            bytes[62] = (char)0xF0;
        }
        CHECK_NAMED(row_batch_open(&batch, slice_make(bytes, length), &schema).code != ERROR_OK,
                    damages[i].name);
    }
}

static void refuses_every_other_length(void)
{
    _Alignas(8) char bytes[512];
    RowBatch batch;
    const size_t length = from_hex(vector_hex, bytes);
    for (size_t i = 0; i < length + 8; i++) {
        const Error error = row_batch_open(&batch, slice_make(bytes, i), &schema);
        CHECK_NAMED((error.code == ERROR_OK) == (i == length), "only the exact length opens");
    }
    memmove(bytes + 1, bytes, length);
    CHECK_ERROR(row_batch_open(&batch, slice_make(bytes + 1, length), &schema), ERROR_INTERNAL, "unaligned");
}

static void opens_without_a_schema(void)
{
    _Alignas(8) char bytes[512];
    RowBatch batch;
    const size_t length = from_hex(vector_hex, bytes);
    bytes[64] = 2; /* a bool of 2: a slot, and slots are the schema's */
    CHECK_ERROR(row_batch_open(&batch, slice_make(bytes, length), NULL), ERROR_OK, "layout only");
    CHECK_ERROR(row_batch_open(&batch, slice_make(bytes, length), &schema), ERROR_INTERNAL,
                "with the schema");
}

static void stores_negative_zero_as_zero(void)
{
    Fixture f;
    setup(&f, 0);
    row_writer_begin(&f.writer);
    row_writer_double(&f.writer, 2, -0.0);
    CHECK_ERROR(row_writer_end(&f.writer), ERROR_OK, "end");
    Slice bytes = {NULL, 0};
    CHECK_ERROR(row_writer_finish(&f.writer, &bytes), ERROR_OK, "finish");
    RowBatch batch;
    CHECK_ERROR(row_batch_open(&batch, bytes, &schema), ERROR_OK, "open");
    CHECK_INT(row_int64(row_at(&batch, 0), 2), 0, "bits of the double");
    teardown(&f);
}

static void drops_only_the_row_that_does_not_fit(void)
{
    Fixture f;
    setup(&f, 100);
    row_writer_begin(&f.writer);
    row_writer_text(&f.writer, 0, SLICE("kept"));
    CHECK_ERROR(row_writer_end(&f.writer), ERROR_OK, "the first row fits");
    const size_t before = row_writer_bytes(&f.writer);
    row_writer_begin(&f.writer);
    row_writer_text(&f.writer, 0, SLICE("too much"));
    CHECK_ERROR(row_writer_end(&f.writer), ERROR_LIMIT_EXCEEDED, "no room for a second row");
    CHECK_INT(row_writer_bytes(&f.writer), before, "the dropped row left nothing");
    Slice bytes = {NULL, 0};
    CHECK_ERROR(row_writer_finish(&f.writer, &bytes), ERROR_OK, "finish");
    RowBatch batch;
    CHECK_ERROR(row_batch_open(&batch, bytes, &schema), ERROR_OK, "open");
    CHECK_TEXT(row_text(row_at(&batch, 0), 0), SLICE("kept"), "first row");
    row_writer_begin(&f.writer);
    char long_text[101] = {0};
    row_writer_text(&f.writer, 0, SLICE("x"));
    row_writer_text(&f.writer, 5, slice_make(long_text, sizeof long_text));
    row_writer_int64(&f.writer, 1, 1);
    CHECK_ERROR(row_writer_end(&f.writer), ERROR_LIMIT_EXCEEDED, "text longer than the heap's limit");
    CHECK_INT(row_writer_bytes(&f.writer), ROW_HEADER_BYTES, "empty again");
    teardown(&f);
}

static void survives_every_failed_allocation(void)
{
    for (long fail_at = 1;; fail_at++) {
        Fixture f;
        setup(&f, 0);
        f.memory.fail_at = fail_at;
        Error error = ERROR_NONE;
        char text[5000];
        memset(text, 'x', sizeof text);
        for (int row = 0; row < 20 && error.code == ERROR_OK; row++) {
            row_writer_begin(&f.writer);
            row_writer_text(&f.writer, 0, slice_make(text, sizeof text));
            error = row_writer_end(&f.writer);
        }
        Slice bytes = {NULL, 0};
        if (error.code == ERROR_OK) {
            error = row_writer_finish(&f.writer, &bytes);
        }
        const bool clean = f.memory.calls < fail_at;
        CHECK_ERROR(error, clean ? ERROR_OK : ERROR_OUT_OF_MEMORY, "the n-th allocation fails");
        teardown(&f);
        if (clean) {
            break;
        }
    }
}

TEST_MAIN(writes_the_vector, reads_the_vector, refuses_damage, refuses_every_other_length,
          opens_without_a_schema, stores_negative_zero_as_zero, drops_only_the_row_that_does_not_fit,
          survives_every_failed_allocation)
