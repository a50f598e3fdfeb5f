/*
 * The reader's promise: the same rows, and the same error, however the input is cut, with SIMD and without.
 */
#include "csv_log.h"
#include "test.h"

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static size_t random_below(uint64_t *state, size_t limit)
{
    return (size_t)(random_next(state) >> 16) % limit;
}

/* Valid CSV of every kind: plain and quoted, doubled quotes, line ends inside, CRLF, NUL. */
static Slice make_csv(Buffer *text, size_t bytes, uint64_t seed)
{
    static const char *const parts[] = {"Perly Health", "\"\"", ",", "\n", "\r\n", "\xC3\xA9"};
    uint64_t state = seed;
    while (text->length < bytes) {
        const bool quoted = random_below(&state, 4) != 0;
        const size_t count = random_below(&state, 5);
        buffer_append(text, quoted ? SLICE("\"") : SLICE(""));
        for (size_t i = 0; i < count; i++) {
            const size_t part = random_below(&state, 20);
            buffer_append(text, quoted ? slice_from_text(parts[part < 6 ? part : 0]) : SLICE("plain"));
        }
        if (random_below(&state, 200) == 0) {
            buffer_append_byte(text, '\0');
        }
        buffer_append(text, quoted ? SLICE("\"") : SLICE(""));
        const size_t end = random_below(&state, 20);
        buffer_append(text, end > 2 ? SLICE(",") : (end > 0 ? SLICE("\n") : SLICE("\r\n")));
    }
    return buffer_slice(text);
}

typedef struct Cut {
    size_t first;
    bool started;
} Cut;

static size_t cut_once(void *context)
{
    Cut *cut = context;
    const size_t length = cut->started ? SIZE_MAX : cut->first;
    cut->started = true;
    return length;
}

static void gives_the_same_rows_at_every_split_of_2_kb(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    Buffer text;
    buffer_init(&text, &arena, 0);
    const Slice input = make_csv(&text, 2048, 42);
    const CsvReaderOptions options[] = {{.scalar = false}, {.scalar = true}};
    const Slice want = csv_log_run(&arena, input, &options[1], NULL, NULL, 0);
    CHECK(want.length > input.length / 2);
    for (size_t at = 0; at <= input.length; at++) {
        const ArenaMark mark = arena_mark(&arena);
        Cut cut = {at, false};
        CHECK_TEXT(csv_log_run(&arena, input, &options[at % 2], cut_once, &cut, 0), want, "split");
        Cut again = {at, false};
        CHECK_TEXT(csv_log_run(&arena, input, &options[(at + 1) % 2], cut_once, &again, 1), want,
                   "with waits");
        arena_rewind(&arena, mark);
    }
    arena_free(&arena);
}

/* Rows compared in place with those of the reference, so that 10 GB take seconds. */
typedef struct Expected {
    Buffer text; /* the bytes of all fields; reserved at once, so that slices into it stay */
    Slice *fields;
    uint32_t *counts; /* fields of each row */
    size_t field_total;
    size_t row_total;
    size_t field_at;
    size_t row_at;
    size_t wrong;
} Expected;

static CsvAnswer keep_row(void *context, const Slice *fields, uint32_t field_count)
{
    Expected *expected = context;
    for (uint32_t i = 0; i < field_count; i++) {
        const size_t at = expected->text.length;
        buffer_append(&expected->text, fields[i]);
        expected->fields[expected->field_total++] = slice_make(expected->text.data + at, fields[i].length);
    }
    expected->counts[expected->row_total++] = field_count;
    return CSV_MORE;
}

static CsvAnswer compare_row(void *context, const Slice *fields, uint32_t field_count)
{
    Expected *expected = context;
    if (expected->row_at == expected->row_total || expected->counts[expected->row_at] != field_count) {
        expected->wrong++;
        return CSV_MORE;
    }
    for (uint32_t i = 0; i < field_count; i++) {
        expected->wrong += !slice_equal(fields[i], expected->fields[expected->field_at + i]);
    }
    expected->row_at++;
    expected->field_at += field_count;
    return CSV_MORE;
}

/* Short chunks, long chunks, and runs of both. */
static size_t random_chunk(uint64_t *state)
{
    static const size_t longest[] = {65536, 300000, 4096, 16384};
    const size_t kind = random_below(state, 64);
    return kind == 0 ? random_below(state, 3) : 1 + random_below(state, longest[kind % 4]);
}

static size_t count_wrong(Arena *arena, Slice input, Expected *expected, uint64_t seed)
{
    uint64_t state = seed;
    CsvReader reader;
    const CsvReaderOptions options = {.scalar = seed % 16 == 0};
    expected->field_at = 0;
    expected->row_at = 0;
    expected->wrong = 0;
    Error error = csv_reader_init(&reader, arena, (CsvSink){compare_row, expected}, &options);
    for (size_t at = 0; at < input.length && error.code == ERROR_OK;) {
        const size_t end = at + random_chunk(&state);
        size_t taken = 0;
        error = csv_reader_feed(&reader, slice_part(input, at, end), end >= input.length, &taken);
        at = end;
    }
    return expected->wrong + (error.code != ERROR_OK) + (expected->row_total - expected->row_at);
}

enum { SPLITTINGS = 10000 };

static void gives_the_same_rows_for_random_splittings_of_1_mb(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    Buffer text;
    buffer_init(&text, &arena, 0);
    const Slice input = make_csv(&text, 1 << 20, 7);
    Expected expected = {.fields = ARENA_ARRAY(&arena, Slice, input.length),
                         .counts = ARENA_ARRAY(&arena, uint32_t, input.length)};
    buffer_init(&expected.text, &arena, 0);
    CHECK(buffer_reserve(&expected.text, input.length) != NULL);
    const CsvReaderOptions scalar = {.scalar = true};
    CsvReader reader;
    size_t taken = 0;
    CHECK_ERROR(csv_reader_init(&reader, &arena, (CsvSink){keep_row, &expected}, &scalar), ERROR_OK, "init");
    CHECK_ERROR(csv_reader_feed(&reader, input, true, &taken), ERROR_OK, "the reference");
    CHECK(expected.row_total > 3000);
    for (uint64_t seed = 1; seed <= SPLITTINGS; seed++) {
        const ArenaMark mark = arena_mark(&arena);
        CHECK_INT(count_wrong(&arena, input, &expected, seed), 0, "fields that differ");
        arena_rewind(&arena, mark);
    }
    arena_free(&arena);
}

static size_t cut_random(void *context)
{
    return 1 + random_below(context, 100);
}

/* Anything at all, mostly wrong: the same rows and the same error on the same line. */
static void agrees_on_random_bytes(void)
{
    static const char alphabet[] = "\"\"\",,\n\r\naaaabbbb cccc\0dddd";
    static const char rare[] = "\",\n\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    uint64_t state = 99;
    for (uint32_t turn = 0; turn < 20000; turn++) {
        char text[400];
        const size_t length = random_below(&state, sizeof text);
        for (size_t i = 0; i < length; i++) {
            const char *from = turn % 2 == 0 ? alphabet : rare;
            text[i] = from[random_below(&state, turn % 2 == 0 ? sizeof alphabet - 1 : sizeof rare - 1)];
        }
        CsvReaderOptions options = {.record_bytes_limit = turn % 3 == 0 ? 100 : 0,
                                    .columns_limit = turn % 5 == 0 ? 4 : 0,
                                    .field_bytes_limit = turn % 7 == 0 ? 20 : 0};
        const Slice input = slice_make(text, length);
        arena_reset(&arena);
        const Slice simd = csv_log_run(&arena, input, &options, NULL, NULL, 0);
        const Slice simd_cut = csv_log_run(&arena, input, &options, cut_random, &state, turn % 4);
        options.scalar = true;
        const Slice scalar = csv_log_run(&arena, input, &options, NULL, NULL, 0);
        CHECK_TEXT(simd, scalar, "simd and scalar");
        CHECK_TEXT(simd_cut, scalar, "cut");
    }
    arena_free(&arena);
}

TEST_MAIN(gives_the_same_rows_at_every_split_of_2_kb, gives_the_same_rows_for_random_splittings_of_1_mb,
          agrees_on_random_bytes)
