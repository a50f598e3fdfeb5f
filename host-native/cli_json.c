#include "cli_json.h"
#include <stdlib.h>
#include <string.h>

static size_t skip_space(NativeText text, size_t at)
{
    while (at < text.length && (text.bytes[at] == ' ' || text.bytes[at] == '\n' || text.bytes[at] == '\t' ||
                                text.bytes[at] == '\r')) {
        at++;
    }
    return at;
}

/* Behind the string that begins at `at`. */
static size_t skip_string(NativeText text, size_t at)
{
    for (at++; at < text.length && text.bytes[at] != '"'; at++) {
        at += text.bytes[at] == '\\' ? 1 : 0;
    }
    return at < text.length ? at + 1 : text.length;
}

/* Behind the value that begins at `at`, whatever it holds. */
static size_t skip_value(NativeText text, size_t at)
{
    int depth = 0;
    while (at < text.length) {
        const char c = text.bytes[at];
        if (c == '"') {
            at = skip_string(text, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (c == '}' || c == ']' || c == ',') {
            if (depth == 0) {
                return at;
            }
            depth -= c == ',' ? 0 : 1;
            at++;
        } else {
            at++;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
            return at;
        }
    }
    return at;
}

static NativeText value_at(NativeText text, size_t at)
{
    size_t end = skip_value(text, at);
    const NativeText value = {text.bytes + at, end - at};
    while (end > at && (text.bytes[end - 1] == ' ' || text.bytes[end - 1] == '\n')) {
        end--;
    }
    return (NativeText){value.bytes, end - at};
}

NativeText cli_json_get(NativeText object, const char *key)
{
    size_t at = skip_space(object, 0);
    if (at >= object.length || object.bytes[at] != '{') {
        return NATIVE_TEXT("");
    }
    at = skip_space(object, at + 1);
    while (at < object.length && object.bytes[at] == '"') {
        const size_t key_end = skip_string(object, at);
        const bool found =
            key_end - at == strlen(key) + 2 && memcmp(object.bytes + at + 1, key, strlen(key)) == 0;
        at = skip_space(object, key_end);
        if (at >= object.length || object.bytes[at] != ':') {
            break;
        }
        at = skip_space(object, at + 1);
        if (found) {
            return value_at(object, at);
        }
        at = skip_space(object, skip_value(object, at));
        at = at < object.length && object.bytes[at] == ',' ? skip_space(object, at + 1) : object.length;
    }
    return NATIVE_TEXT("");
}

bool cli_json_next(NativeText array, size_t *at, NativeText *item)
{
    size_t start = skip_space(array, *at);
    if (start >= array.length || (array.bytes[start] != (*at == 0 ? '[' : ','))) {
        return false;
    }
    start = skip_space(array, start + 1);
    if (start >= array.length || array.bytes[start] == ']') {
        return false;
    }
    *item = value_at(array, start);
    *at = skip_space(array, start + item->length);
    return true;
}

static void write_utf8(NativeBuffer *out, uint32_t code)
{
    char bytes[4];
    size_t length = 0;
    if (code < 0x80) {
        bytes[length++] = (char)code;
    } else if (code < 0x800) {
        bytes[length++] = (char)(0xc0 | (code >> 6));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[length++] = (char)(0xe0 | (code >> 12));
        bytes[length++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    } else {
        bytes[length++] = (char)(0xf0 | (code >> 18));
        bytes[length++] = (char)(0x80 | ((code >> 12) & 0x3f));
        bytes[length++] = (char)(0x80 | ((code >> 6) & 0x3f));
        bytes[length++] = (char)(0x80 | (code & 0x3f));
    }
    native_buffer_bytes(out, bytes, length);
}

static uint32_t hex_at(NativeText value, size_t at)
{
    char digits[5] = {0};
    for (size_t i = 0; i < 4 && at + i < value.length; i++) {
        digits[i] = value.bytes[at + i];
    }
    return (uint32_t)strtoul(digits, NULL, 16);
}

/* One escape, at the letter behind the backslash; how many bytes it took. */
static size_t write_escape(NativeBuffer *out, NativeText value, size_t at)
{
    static const char letters[] = "nrtbf";
    static const char meanings[] = "\n\r\t\b\f";
    const char letter = value.bytes[at];
    const char *found = strchr(letters, letter);
    if (letter != 'u') {
        native_buffer_bytes(
            out, found != NULL && letter != '\0' ? meanings + (found - letters) : &value.bytes[at], 1);
        return 1;
    }
    const uint32_t code = hex_at(value, at + 1);
    const bool pair =
        code >= 0xd800 && code < 0xdc00 && at + 10 < value.length && value.bytes[at + 5] == '\\';
    write_utf8(out, pair ? 0x10000 + ((code - 0xd800) << 10) + (hex_at(value, at + 7) & 0x3ff) : code);
    return pair ? 11 : 5;
}

void cli_json_plain(NativeBuffer *out, NativeText value)
{
    if (value.length < 2 || value.bytes[0] != '"') {
        native_buffer_slice(out, value);
        return;
    }
    for (size_t at = 1; at + 1 < value.length;) {
        if (value.bytes[at] == '\\') {
            at += 1 + write_escape(out, value, at + 1);
        } else {
            native_buffer_bytes(out, value.bytes + at++, 1);
        }
    }
}

bool cli_json_is(NativeText value, const char *word)
{
    const size_t length = strlen(word);
    if (value.length == length + 2 && value.bytes[0] == '"') {
        return memcmp(value.bytes + 1, word, length) == 0;
    }
    return value.length == length && length > 0 && memcmp(value.bytes, word, length) == 0;
}

double cli_json_double(NativeText value, double otherwise)
{
    char text[40] = {0};
    char *end = NULL;
    if (value.length == 0 || value.length >= sizeof text) {
        return otherwise;
    }
    memcpy(text, value.bytes, value.length);
    const double number = strtod(text, &end);
    return end == text ? otherwise : number;
}

void cli_json_string(NativeBuffer *json, NativeText text)
{
    native_buffer_text(json, "\"");
    for (size_t i = 0; i < text.length; i++) {
        const unsigned char c = (unsigned char)text.bytes[i];
        if (c == '"' || c == '\\') {
            native_buffer_text(json, "\\");
            native_buffer_bytes(json, text.bytes + i, 1);
        } else if (c < ' ') {
            native_buffer_format(json, "\\u%04x", c);
        } else {
            native_buffer_bytes(json, text.bytes + i, 1);
        }
    }
    native_buffer_text(json, "\"");
}

unsigned long cli_json_number(const char *text)
{
    char *end = NULL;
    const unsigned long number = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' ? number : 0;
}
