#include "formats.h"

#include "base/hash.h"
#include "base/number.h"
#include "csv/reader.h"
#include "json/split.h"
#include "json/writer.h"

static CsvAnswer append_row(void *context, const Slice *fields, uint32_t field_count)
{
    Buffer *rows = context;
    for (uint32_t i = 0; i < field_count; i++) {
        buffer_append_byte(rows, '[');
        buffer_append(rows, fields[i]);
        buffer_append_byte(rows, ']');
    }
    buffer_append_byte(rows, ';');
    return CSV_MORE;
}

static void append_error(Buffer *text, Error error)
{
    buffer_append(text, SLICE("error "));
    buffer_append(text, error_name(error.code));
    buffer_append_byte(text, ' ');
    buffer_append_uint64(text, error.place.line);
    buffer_append_byte(text, ':');
    buffer_append_uint64(text, error.place.column);
}

static Error read_csv(Buffer *rows, Slice text, size_t chunk, bool scalar)
{
    CsvReader reader;
    const CsvReaderOptions options = {.scalar = scalar};
    RETURN_IF_ERROR(csv_reader_init(&reader, rows->arena, (CsvSink){append_row, rows}, &options));
    Error error = ERROR_NONE;
    for (size_t at = 0; error.code == ERROR_OK && !reader.ended; at += chunk) {
        size_t taken = 0;
        error = csv_reader_feed(&reader, slice_part(text, at, at + chunk), at + chunk >= text.length, &taken);
    }
    if (error.code != ERROR_OK) {
        append_error(rows, error);
    }
    return ERROR_NONE;
}

static Error read_both_ways(Buffer *rows, Slice text, size_t chunk, bool *same)
{
    Buffer scalar;
    buffer_init(&scalar, rows->arena, 0);
    RETURN_IF_ERROR(read_csv(rows, text, chunk, false));
    RETURN_IF_ERROR(read_csv(&scalar, text, text.length + 1, true));
    *same = slice_equal(buffer_slice(rows), buffer_slice(&scalar));
    return ERROR_NONE;
}

Error formats_csv_rows(const Slice *args, Buffer *answer)
{
    uint64_t chunk = 0;
    bool same = false;
    RETURN_IF_ERROR(number_parse_uint64(args[0], &chunk));
    RETURN_IF_ERROR(read_both_ways(answer, args[1], (size_t)chunk, &same));
    return same ? ERROR_NONE : error_make(ERROR_INTERNAL, SLICE("SIMD and bytes disagree"));
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 16;
}

Error formats_csv_agreement(const Slice *args, Buffer *answer)
{
    static const char alphabet[] = "\",\n\"\r\n\0,\"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    uint64_t state = 0;
    uint64_t count = 0;
    uint64_t hash = 0;
    RETURN_IF_ERROR(number_parse_uint64(args[0], &state));
    RETURN_IF_ERROR(number_parse_uint64(args[1], &count));
    for (uint64_t turn = 0; turn < count; turn++) {
        const ArenaMark mark = arena_mark(answer->arena);
        char text[600];
        const size_t length = (size_t)(random_next(&state) % sizeof text);
        const size_t plain = turn % 2 == 0 ? 40 : 4; /* turns with few quotes, and with many */
        for (size_t i = 0; i < length; i++) {
            text[i] = alphabet[random_next(&state) % (10 + plain)];
        }
        Buffer rows;
        bool same = false;
        buffer_init(&rows, answer->arena, 0);
        const size_t chunk = 1 + (size_t)(random_next(&state) % 300);
        RETURN_IF_ERROR(read_both_ways(&rows, slice_make(text, length), chunk, &same));
        if (!same) {
            return error_make(ERROR_INTERNAL, SLICE("SIMD and bytes disagree"));
        }
        hash = hash64(hash, buffer_slice(&rows));
        arena_rewind(answer->arena, mark);
    }
    buffer_append_uint64(answer, hash);
    return ERROR_NONE;
}

Error formats_json_canonical(const Slice *args, Buffer *answer)
{
    JsonDocument document;
    const Error error = json_parse(answer->arena, args[0], &document);
    if (error.code != ERROR_OK) {
        append_error(answer, error);
        return ERROR_NONE;
    }
    JsonWriter writer = {answer, false};
    return json_write_canonical(&writer, json_root(&document));
}

static Error append_element(void *context, Slice element)
{
    Buffer *answer = context;
    buffer_append(answer, element);
    buffer_append_byte(answer, ';');
    return ERROR_NONE;
}

Error formats_json_split(const Slice *args, Buffer *answer)
{
    uint64_t chunk = 0;
    RETURN_IF_ERROR(number_parse_uint64(args[1], &chunk));
    JsonSplitter splitter;
    json_split_init(&splitter, answer->arena, args[0], (JsonElementSink){append_element, answer});
    Error error = ERROR_NONE;
    bool closed = false;
    for (size_t at = 0; error.code == ERROR_OK && !closed; at += (size_t)chunk) {
        closed = at + (size_t)chunk >= args[2].length;
        error = json_split_feed(&splitter, slice_part(args[2], at, at + (size_t)chunk), closed);
    }
    if (error.code != ERROR_OK) {
        append_error(answer, error);
        return ERROR_NONE;
    }
    buffer_append(answer, json_split_rest(&splitter));
    return ERROR_NONE;
}
