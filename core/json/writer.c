#include "json/writer.h"

#include "base/number.h"
#include "base/utf8.h"
#include "json/plain.h"

static void begin_value(JsonWriter *writer)
{
    if (writer->comma) {
        buffer_append_byte(writer->buffer, ',');
    }
    writer->comma = true;
}

static void begin(JsonWriter *writer, char byte)
{
    begin_value(writer);
    buffer_append_byte(writer->buffer, byte);
    writer->comma = false;
}

static void end(JsonWriter *writer, char byte)
{
    buffer_append_byte(writer->buffer, byte);
    writer->comma = true;
}

void json_write_object_begin(JsonWriter *writer)
{
    begin(writer, '{');
}

void json_write_object_end(JsonWriter *writer)
{
    end(writer, '}');
}

void json_write_array_begin(JsonWriter *writer)
{
    begin(writer, '[');
}

void json_write_array_end(JsonWriter *writer)
{
    end(writer, ']');
}

static void append_control(Buffer *buffer, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char escapes[] = "btn-fr"; /* of U+0008 to U+000D; U+000B has none */
    if (byte >= '\b' && byte <= '\r' && byte != '\v') {
        buffer_append(buffer, (Slice){(const char[]){'\\', escapes[byte - '\b']}, 2});
        return;
    }
    buffer_append(buffer,
                  (Slice){(const char[]){'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 0xFU]}, 6});
}

/* One code point that may not stand as it is: an escape, or U+FFFD for what is no text. Moves `*at` past it.
 */
static void append_special(Buffer *buffer, Slice text, size_t *at)
{
    const unsigned char byte = (unsigned char)text.data[*at];
    if (byte == '"' || byte == '\\') {
        buffer_append(buffer, (Slice){(const char[]){'\\', (char)byte}, 2});
        (*at)++;
        return;
    }
    if (byte != '\0' && byte < ' ') {
        append_control(buffer, byte);
        (*at)++;
        return;
    }
    const size_t start = *at;
    uint32_t code_point = 0;
    const bool valid = utf8_decode(text, at, &code_point) && byte != '\0';
    buffer_append(buffer, valid ? slice_part(text, start, *at) : SLICE("\xEF\xBF\xBD"));
}

static void append_quoted(Buffer *buffer, Slice text)
{
    buffer_append_byte(buffer, '"');
    for (size_t at = 0; at < text.length;) {
        const size_t run = json_plain_run(text, at);
        buffer_append(buffer, slice_part(text, at, at + run));
        at += run;
        if (at < text.length) {
            append_special(buffer, text, &at);
        }
    }
    buffer_append_byte(buffer, '"');
}

void json_write_key(JsonWriter *writer, Slice key)
{
    begin_value(writer);
    append_quoted(writer->buffer, key);
    buffer_append_byte(writer->buffer, ':');
    writer->comma = false;
}

void json_write_text(JsonWriter *writer, Slice text)
{
    begin_value(writer);
    append_quoted(writer->buffer, text);
}

void json_write_int64(JsonWriter *writer, int64_t value)
{
    begin_value(writer);
    buffer_append_int64(writer->buffer, value);
}

void json_write_double(JsonWriter *writer, double value)
{
    const bool finite = value - value == 0; /* NaN for NaN and infinities */
    begin_value(writer);
    if (finite) {
        buffer_append_double(writer->buffer, value + 0.0); /* -0.0 + 0.0 is 0.0 */
    } else {
        buffer_append(writer->buffer, SLICE("null"));
    }
}

void json_write_bool(JsonWriter *writer, bool value)
{
    json_write_raw(writer, value ? SLICE("true") : SLICE("false"));
}

void json_write_null(JsonWriter *writer)
{
    json_write_raw(writer, SLICE("null"));
}

void json_write_raw(JsonWriter *writer, Slice json)
{
    begin_value(writer);
    buffer_append(writer->buffer, json);
}

void json_write_text_member(JsonWriter *writer, Slice key, Slice text)
{
    json_write_key(writer, key);
    json_write_text(writer, text);
}

void json_write_int64_member(JsonWriter *writer, Slice key, int64_t value)
{
    json_write_key(writer, key);
    json_write_int64(writer, value);
}

void json_write_double_member(JsonWriter *writer, Slice key, double value)
{
    json_write_key(writer, key);
    json_write_double(writer, value);
}

void json_write_bool_member(JsonWriter *writer, Slice key, bool value)
{
    json_write_key(writer, key);
    json_write_bool(writer, value);
}

void json_write_error_members(JsonWriter *writer, Error error)
{
    static const Slice classes[] = {SLICE_INIT("none"),    SLICE_INIT("retry_now"), SLICE_INIT("retry_later"),
                                    SLICE_INIT("refresh"), SLICE_INIT("reconnect"), SLICE_INIT("skip_record"),
                                    SLICE_INIT("stop_job")};
    json_write_text_member(writer, SLICE("code"), error_name(error.code));
    json_write_text_member(writer, SLICE("class"), classes[error_class(error.code)]);
    json_write_text_member(writer, SLICE("message"), error.message);
    json_write_text_member(writer, SLICE("remedy"), error_remedy(error.code));
    json_write_int64_member(writer, SLICE("exit"), error_exit(error.code));
    if (error.place.source.length != 0) {
        json_write_text_member(writer, SLICE("source"), error.place.source);
    }
    if (error.place.pointer.length != 0) {
        json_write_text_member(writer, SLICE("pointer"), error.place.pointer);
    }
    if (error.place.line != 0) {
        json_write_int64_member(writer, SLICE("line"), error.place.line);
        json_write_int64_member(writer, SLICE("column"), error.place.column);
    }
}
