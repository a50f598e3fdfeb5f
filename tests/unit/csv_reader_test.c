#include "csv_log.h"
#include "test.h"

typedef struct Case {
    const char *name;
    Slice input;
    Slice log;
} Case;

#define CASE(name, input, log)                                                                               \
    {                                                                                                        \
        name, SLICE_INIT(input), SLICE_INIT(log)                                                             \
    }

static const Case cases[] = {
    CASE("nothing", "", "rows 0 nul 0 line 1\n"),
    CASE("one field", "a", "[a]\nrows 1 nul 0 line 2\n"),
    CASE("two rows", "a,b\nc,d\n", "[a][b]\n[c][d]\nrows 2 nul 0 line 3\n"),
    CASE("no end of the last row", "a,b\nc,d", "[a][b]\n[c][d]\nrows 2 nul 0 line 3\n"),
    CASE("crlf", "a,b\r\nc,\"d\"\r\n", "[a][b]\n[c][d]\nrows 2 nul 0 line 3\n"),
    CASE("cr at the end", "a,b\r", "[a][b]\nrows 1 nul 0 line 2\n"),
    CASE("cr at the end, quoted", "a,\"b\"\r", "[a][b]\nrows 1 nul 0 line 2\n"),
    CASE("cr is data", "a\rb,c\r,d\r\r\n", "[a\rb][c\r][d\r]\nrows 1 nul 0 line 2\n"),
    CASE("empty fields", ",,\n\"\",,\"\"\n", "[][][]\n[][][]\nrows 2 nul 0 line 3\n"),
    CASE("empty last field without end", "a,", "[a][]\nrows 1 nul 0 line 2\n"),
    CASE("empty lines", "\n\na\n", "[]\n[]\n[a]\nrows 3 nul 0 line 4\n"),
    CASE("quoted", "\"a\",\"b\"\n", "[a][b]\nrows 1 nul 0 line 2\n"),
    CASE("separator and line ends inside", "\"a,\n\r\nb\",c\nd\n",
         "[a,\n\r\nb][c]\n[d]\nrows 2 nul 0 line 5\n"),
    CASE("doubled quotes", "\"a\"\"b\",\"\"\"\",\"\"\"x\"\"\"\n", "[a\"b][\"][\"x\"]\nrows 1 nul 0 line 2\n"),
    CASE("spaces are data", " a , b \n", "[ a ][ b ]\nrows 1 nul 0 line 2\n"),
    CASE("nul inside fields", "a\0b,\"c\0\"\n", "[ab][c]\nrows 1 nul 2 line 2\n"),
    CASE("nul around quotes", "\0\"a\"\0,\"b\"\0\"\"\n\0", "[a][b\"]\nrows 1 nul 4 line 2\n"),
    CASE("nul between cr and lf", "\"a\"\r\0\nb\0\r\0\n", "[a]\n[b]\nrows 2 nul 3 line 3\n"),
    CASE("nothing but nul", "\0\0", "rows 0 nul 2 line 1\n"),
    CASE("byte-order mark", "\xEF\xBB\xBF\"a\",b\n", "[a][b]\nrows 1 nul 0 line 2\n"),
    CASE("half a byte-order mark", "\xEF\xBBz,b\n", "[\xEF\xBBz][b]\nrows 1 nul 0 line 2\n"),
    CASE("nothing but half a mark", "\xEF", "[\xEF]\nrows 1 nul 0 line 2\n"),
    CASE("a second mark is data",
         "a\n\xEF\xBB\xBF"
         "b\n",
         "[a]\n[\xEF\xBB\xBF"
         "b]\nrows 2 nul 0 line 3\n"),
    CASE("utf-8 and not", "\xC3\xA9,\xFF\n", "[\xC3\xA9][\xFF]\nrows 1 nul 0 line 2\n"),
    CASE("quote in an unquoted field", "a\nb\"c\"\n", "[a]\nCSV_SYNTAX line 2\nrows 1\n"),
    CASE("quote after a space", "a, \"b\"\n", "CSV_SYNTAX line 1\nrows 0\n"),
    CASE("text after a quote", "a\n\"b\nc\"d\n", "[a]\nCSV_SYNTAX line 3\nrows 1\n"),
    CASE("cr after a quote", "\"b\"\rc\n", "CSV_SYNTAX line 1\nrows 0\n"),
    CASE("two cr after a quote", "\"b\"\r\r\n", "CSV_SYNTAX line 1\nrows 0\n"),
    CASE("never closed", "a\nb,\"x\n\",\"c\n\n\n", "[a]\nCSV_SYNTAX line 3\nrows 1\n"),
    CASE("the quote opened last", "a\n\"", "[a]\nCSV_SYNTAX line 2\nrows 1\n"),
    CASE("quotes after one another", "\"\"\"\"\"", "CSV_SYNTAX line 1\nrows 0\n"),
};

typedef struct Cut {
    size_t first; /* length of the first chunk */
    size_t rest;  /* of all others */
    bool started;
} Cut;

static size_t cut_at(void *context)
{
    Cut *cut = context;
    const size_t length = cut->started ? cut->rest : cut->first;
    cut->started = true;
    return length;
}

static void check_case(const Case *c, size_t first, size_t rest, bool scalar, uint32_t wait_every)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    const CsvReaderOptions options = {.scalar = scalar};
    Cut cut = {first, rest, false};
    CHECK_TEXT(csv_log_run(&arena, c->input, &options, cut_at, &cut, wait_every), c->log, c->name);
    arena_free(&arena);
}

static void reads_every_case_cut_anywhere(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int scalar = 0; scalar < 2; scalar++) {
            check_case(&cases[i], 1, 1, scalar != 0, 0);
            check_case(&cases[i], SIZE_MAX, 1, scalar != 0, 1);
            for (size_t at = 0; at <= cases[i].input.length; at++) {
                check_case(&cases[i], at, SIZE_MAX, scalar != 0, (uint32_t)(at % 3));
            }
        }
    }
}

/* Each case again behind a first row of every length up to two blocks, so that SIMD sees it everywhere. */
static void reads_every_case_at_every_offset(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    const CsvReaderOptions scalar = {.scalar = true};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t offset = 1; offset <= 130; offset++) {
            char text[512];
            const size_t length = offset + cases[i].input.length;
            memset(text, 'x', sizeof text); /* and more behind, so that the case is in a whole block */
            text[offset - 1] = '\n';
            memcpy(text + offset, cases[i].input.data, cases[i].input.length);
            for (size_t tail = 0; tail <= 64; tail += 64) {
                arena_reset(&arena);
                const Slice input = slice_make(text, length + tail);
                CHECK_TEXT(csv_log_run(&arena, input, NULL, NULL, NULL, 0),
                           csv_log_run(&arena, input, &scalar, NULL, NULL, 0), cases[i].name);
            }
        }
    }
    arena_free(&arena);
}

typedef struct LimitCase {
    const char *name;
    CsvReaderOptions options;
    Slice input;
    Slice log;
} LimitCase;

static const LimitCase limit_cases[] = {
    {"field at its limit",
     {.field_bytes_limit = 3},
     SLICE_INIT("abc,\"d\"\"e\"\n"),
     SLICE_INIT("[abc][d\"e]\nrows 1 nul 0 line 2\n")},
    {"field over its limit",
     {.field_bytes_limit = 3},
     SLICE_INIT("a\n\"x\",\"a\nbcd\"\n"),
     SLICE_INIT("[a]\nCSV_FIELD_TOO_LONG line 2\nrows 1\n")},
    {"columns at the limit",
     {.columns_limit = 3},
     SLICE_INIT("a,b,c\n"),
     SLICE_INIT("[a][b][c]\nrows 1 nul 0 line 2\n")},
    {"columns over the limit",
     {.columns_limit = 3},
     SLICE_INIT("a\na,\"\n\",c,d\n"),
     SLICE_INIT("[a]\nLIMIT_EXCEEDED line 2\nrows 1\n")},
    {"record at its limit",
     {.record_bytes_limit = 7},
     SLICE_INIT("a,\"b\",c\na,\"b\",c\n"),
     SLICE_INIT("[a][b][c]\n[a][b][c]\nrows 2 nul 0 line 3\n")},
    {"record over its limit",
     {.record_bytes_limit = 7},
     SLICE_INIT("a\na,\"b\n\",c\n"),
     SLICE_INIT("[a]\nLIMIT_EXCEEDED line 2\nrows 1\n")},
    {"too long before it is wrong",
     {.record_bytes_limit = 7},
     SLICE_INIT("1234567\"8\n"),
     SLICE_INIT("CSV_SYNTAX line 1\nrows 0\n")},
    {"too long, then wrong",
     {.record_bytes_limit = 7},
     SLICE_INIT("12345678\"9\n"),
     SLICE_INIT("LIMIT_EXCEEDED line 1\nrows 0\n")},
    {"too long, never ended",
     {.record_bytes_limit = 7},
     SLICE_INIT("\"12345678"),
     SLICE_INIT("LIMIT_EXCEEDED line 1\nrows 0\n")},
};

static void keeps_its_limits(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < sizeof limit_cases / sizeof limit_cases[0]; i++) {
        const LimitCase *c = &limit_cases[i];
        for (size_t at = 0; at <= c->input.length; at++) {
            Cut cut = {at, SIZE_MAX, false};
            CHECK_TEXT(csv_log_run(&arena, c->input, &c->options, cut_at, &cut, 0), c->log, c->name);
        }
    }
    arena_free(&arena);
}

/* A quote that never ends must not fill the memory. */
static void bounds_its_memory(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    CsvLog log = {.wait_every = 0};
    CsvReader reader;
    CHECK_ERROR(csv_reader_init(&reader, &arena, (CsvSink){csv_log_row, &log}, NULL), ERROR_OK, "init");
    char chunk[1000];
    memset(chunk, '\n', sizeof chunk);
    size_t taken = 0;
    Error error = csv_reader_feed(&reader, SLICE("a,\""), false, &taken);
    for (int i = 0; i < 100000 && error.code == ERROR_OK; i++) {
        error = csv_reader_feed(&reader, slice_make(chunk, sizeof chunk), false, &taken);
    }
    CHECK_ERROR(error, ERROR_LIMIT_EXCEEDED, "record too long");
    CHECK_INT(taken, 0, "nothing is taken by a call that fails");
    CHECK(memory.bytes_peak < (size_t)4 * CSV_RECORD_BYTES_DEFAULT);
    error = csv_reader_feed(&reader, SLICE("x"), true, &taken);
    CHECK_ERROR(error, ERROR_LIMIT_EXCEEDED, "the error stays");
    arena_free(&arena);
}

static CsvAnswer stop_at_second(void *context, const Slice *fields, uint32_t field_count)
{
    (void)fields;
    (void)field_count;
    return ++*(int *)context == 2 ? CSV_STOP : CSV_MORE;
}

static void stops_when_the_sink_says_so(void)
{
    for (int scalar = 0; scalar < 2; scalar++) {
        TestAllocator memory;
        test_allocator_init(&memory);
        Arena arena;
        arena_init(&arena, &memory.allocator, 0);
        int rows = 0;
        CsvReader reader;
        const CsvReaderOptions options = {.scalar = scalar != 0};
        CHECK_ERROR(csv_reader_init(&reader, &arena, (CsvSink){stop_at_second, &rows}, &options), ERROR_OK,
                    "init");
        char text[100];
        memset(text, '\n', sizeof text);
        size_t taken = 0;
        CHECK_ERROR(csv_reader_feed(&reader, slice_make(text, sizeof text), true, &taken), ERROR_CANCELLED,
                    "stop");
        CHECK_INT(rows, 2, "no row after it");
        arena_free(&arena);
    }
}

static CsvAnswer wait_always(void *context, const Slice *fields, uint32_t field_count)
{
    (void)fields;
    (void)field_count;
    ++*(int *)context;
    return CSV_WAIT;
}

static void waits_after_each_row(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    int rows = 0;
    CsvReader reader;
    CHECK_ERROR(csv_reader_init(&reader, &arena, (CsvSink){wait_always, &rows}, NULL), ERROR_OK, "init");
    const Slice text = SLICE("ab,c\nde\nf");
    static const size_t want[] = {5, 3, 1, 0};
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        size_t taken = 0;
        CHECK_ERROR(csv_reader_feed(&reader, slice_part(text, at, SIZE_MAX), true, &taken), ERROR_OK, "feed");
        CHECK_INT(taken, want[i], "taken");
        CHECK_INT(rows, i < 3 ? i + 1 : 3, "one row a call");
        at += taken;
    }
    arena_free(&arena);
}

/* Once it has seen the longest row that a chunk's end cuts, the reader allocates nothing. */
static void allocates_nothing_while_rows_flow(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    int rows = 0;
    CsvReader reader;
    CHECK_ERROR(csv_reader_init(&reader, &arena, (CsvSink){wait_always, &rows}, NULL), ERROR_OK, "init");
    for (int i = 0; i < 100000; i++) {
        size_t taken = 0;
        const Slice part = i % 2 == 0 ? SLICE("\"001\",\"some \"\"na") : SLICE("me\"\"\",\"x\"\n");
        CHECK_ERROR(csv_reader_feed(&reader, part, false, &taken), ERROR_OK, "feed");
        if (i == 3) {
            memory.fail_at = memory.calls + 1;
        }
    }
    CHECK_INT(rows, 50000, "rows");
    arena_free(&arena);
}

static void survives_every_failed_allocation(void)
{
    for (long fail_at = 1;; fail_at++) {
        TestAllocator memory;
        test_allocator_init(&memory);
        memory.fail_at = fail_at;
        Arena arena;
        arena_init(&arena, &memory.allocator, 0);
        int rows = 0;
        CsvReader reader;
        Error error = csv_reader_init(&reader, &arena, (CsvSink){wait_always, &rows}, NULL);
        char text[3000];
        memset(text, '"', sizeof text);
        for (int i = 0; i < 9 && error.code == ERROR_OK; i++) {
            size_t taken = 0;
            error = csv_reader_feed(&reader, slice_make(text, sizeof text), i == 8, &taken);
        }
        const bool clean = memory.calls < fail_at;
        CHECK_ERROR(error, clean ? ERROR_OK : ERROR_OUT_OF_MEMORY, "the n-th allocation fails");
        arena_free(&arena);
        CHECK_INT(memory.bytes, 0, "all returned");
        if (clean) {
            break;
        }
    }
}

TEST_MAIN(reads_every_case_cut_anywhere, reads_every_case_at_every_offset, keeps_its_limits,
          bounds_its_memory, stops_when_the_sink_says_so, waits_after_each_row,
          allocates_nothing_while_rows_flow, survives_every_failed_allocation)
