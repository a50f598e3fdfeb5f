#include "csv/writer.h"

#include "csv_log.h"
#include "test.h"

static void writes_rows(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    Buffer text;
    buffer_init(&text, &arena, 0);
    CsvWriter writer = {&text, false};
    csv_write_text(&writer, SLICE("Id"));
    csv_write_text(&writer, SLICE("Perly_Health_Score__c"));
    csv_write_row_end(&writer);
    csv_write_text(&writer, SLICE("say \"hi\", \"\n\""));
    csv_write_int64(&writer, -87);
    csv_write_double(&writer, 0.1);
    csv_write_bool(&writer, true);
    csv_write_bool(&writer, false);
    csv_write_null(&writer);
    csv_write_unchanged(&writer);
    csv_write_row_end(&writer);
    CHECK_TEXT(buffer_slice(&text),
               SLICE("\"Id\",\"Perly_Health_Score__c\"\n"
                     "\"say \"\"hi\"\", \"\"\n\"\"\",\"-87\",\"0.1\",\"true\",\"false\",\"#N/A\",\"\"\n"),
               "two rows");
    arena_free(&arena);
}

/* What is written is read back: every byte but NUL, in fields of every length up to two blocks. */
static void reads_back(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    Buffer text;
    Buffer want;
    buffer_init(&text, &arena, 0);
    buffer_init(&want, &arena, 0);
    CsvWriter writer = {&text, false};
    uint64_t lines = 1;
    for (size_t length = 0; length <= 130; length++) {
        char value[130];
        for (size_t i = 0; i < length; i++) {
            value[i] = (char)(1 + (length * 37 + i * 11) % 255);
            lines += value[i] == '\n';
        }
        csv_write_text(&writer, slice_make(value, length));
        csv_write_row_end(&writer);
        lines++;
        buffer_append_byte(&want, '[');
        buffer_append(&want, slice_make(value, length));
        buffer_append(&want, SLICE("]\n"));
    }
    buffer_append(&want, SLICE("rows 131 nul 0 line "));
    buffer_append_uint64(&want, lines);
    buffer_append_byte(&want, '\n');
    CHECK_TEXT(csv_log_run(&arena, buffer_slice(&text), NULL, NULL, NULL, 0), buffer_slice(&want),
               "read back");
    arena_free(&arena);
}

static void tells_of_a_full_buffer(void)
{
    TestAllocator memory;
    test_allocator_init(&memory);
    Arena arena;
    arena_init(&arena, &memory.allocator, 0);
    Buffer text;
    buffer_init(&text, &arena, 4);
    CsvWriter writer = {&text, false};
    csv_write_text(&writer, SLICE("a"));
    CHECK(!text.failed);
    csv_write_text(&writer, SLICE("b"));
    CHECK(text.failed);
    arena_free(&arena);
}

TEST_MAIN(writes_rows, reads_back, tells_of_a_full_buffer)
