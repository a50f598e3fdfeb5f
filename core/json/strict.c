#include "json/strict.h"

#include "base/assert.h"
#include "base/number.h"
#include "base/utf8.h"
#include "json/internal.h"
#include "json/plain.h"

typedef enum ScanState {
    BEFORE_VALUE,
    BEFORE_VALUE_OR_END, /* after '[' */
    BEFORE_KEY,
    BEFORE_KEY_OR_END, /* after '{' */
    BEFORE_COLON,
    AFTER_VALUE,
    IN_TEXT,
    IN_ESCAPE,
    IN_HEX,
    BEFORE_LOW_BACKSLASH, /* after a high surrogate */
    BEFORE_LOW_U,
    IN_LITERAL,
    AFTER_MINUS,
    AFTER_ZERO,
    IN_INTEGER,
    AFTER_POINT,
    IN_FRACTION,
    AFTER_E,
    AFTER_E_SIGN,
    IN_EXPONENT
} ScanState;

void json_scan_init(JsonScan *scan, Arena *arena)
{
    *scan = (JsonScan){.arena = arena, .line = 1, .column = 1, .state = BEFORE_VALUE};
}

static void fail(JsonScan *scan, ErrorCode code, Slice message)
{
    scan->error = error_make(code, message);
    scan->error.place.line = scan->line;
    scan->error.place.column = scan->column;
}

static void fail_syntax(JsonScan *scan, Slice message)
{
    fail(scan, ERROR_JSON_SYNTAX, message);
}

static bool is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool in_object(const JsonScan *scan)
{
    return scan->depth != 0 && (scan->objects >> (scan->depth - 1) & 1U) != 0;
}

static JsonEvent begin_container(JsonScan *scan, bool object)
{
    if (scan->depth == JSON_DEPTH_MAX) {
        fail(scan, ERROR_LIMIT_EXCEEDED, SLICE("JSON: nested deeper than 64"));
        return JSON_BYTES_END;
    }
    const uint64_t bit = UINT64_C(1) << scan->depth;
    scan->objects = object ? scan->objects | bit : scan->objects & ~bit;
    scan->first_key[scan->depth] = scan->key_count;
    scan->depth++;
    scan->state = object ? BEFORE_KEY_OR_END : BEFORE_VALUE_OR_END;
    return object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
}

static JsonEvent end_container(JsonScan *scan)
{
    const bool object = in_object(scan);
    if (object && !json_keys_end(scan)) {
        return JSON_BYTES_END;
    }
    scan->depth--;
    scan->state = AFTER_VALUE;
    return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static JsonEvent begin_scalar(JsonScan *scan, unsigned char byte)
{
    switch (byte) {
    case '"':
        scan->scalar = JSON_SCALAR_TEXT;
        scan->in_key = false;
        scan->state = IN_TEXT;
        return JSON_SCALAR_BEGIN;
    case 't': scan->literal = "rue"; break;
    case 'f': scan->literal = "alse"; break;
    case 'n': scan->literal = "ull"; break;
    default:
        if (byte != '-' && !is_digit(byte)) {
            fail_syntax(scan, SLICE("JSON: expected a value"));
            return JSON_BYTES_END;
        }
        scan->scalar = JSON_SCALAR_NUMBER;
        scan->number[0] = (char)byte;
        scan->number_length = 1;
        scan->state = byte == '-' ? AFTER_MINUS : (byte == '0' ? AFTER_ZERO : IN_INTEGER);
        return JSON_SCALAR_BEGIN;
    }
    scan->scalar = JSON_SCALAR_LITERAL;
    scan->state = IN_LITERAL;
    return JSON_SCALAR_BEGIN;
}

static JsonEvent before_value(JsonScan *scan, unsigned char byte)
{
    if (is_space(byte)) {
        return JSON_BYTES_END;
    }
    if (byte == '{' || byte == '[') {
        return begin_container(scan, byte == '{');
    }
    if (byte == ']' && scan->state == BEFORE_VALUE_OR_END) {
        return end_container(scan);
    }
    return begin_scalar(scan, byte);
}

static JsonEvent before_key(JsonScan *scan, unsigned char byte)
{
    if (byte == '"') {
        scan->in_key = true;
        scan->key_hash = JSON_KEY_HASH_START;
        scan->key_line = scan->line;
        scan->key_column = scan->column;
        scan->state = IN_TEXT;
        return JSON_KEY_BEGIN;
    }
    if (byte == '}' && scan->state == BEFORE_KEY_OR_END) {
        return end_container(scan);
    }
    if (!is_space(byte)) {
        fail_syntax(scan, scan->state == BEFORE_KEY ? SLICE("JSON: expected a key in quotes")
                                                    : SLICE("JSON: expected a key in quotes or '}'"));
    }
    return JSON_BYTES_END;
}

static JsonEvent after_value(JsonScan *scan, unsigned char byte)
{
    if (is_space(byte)) {
        return JSON_BYTES_END;
    }
    if (scan->depth == 0) {
        fail_syntax(scan, SLICE("JSON: text after the end of the document"));
        return JSON_BYTES_END;
    }
    const bool object = in_object(scan);
    if (byte == ',') {
        scan->state = object ? BEFORE_KEY : BEFORE_VALUE;
        return JSON_BYTES_END;
    }
    if (byte == (object ? '}' : ']')) {
        return end_container(scan);
    }
    fail_syntax(scan, object ? SLICE("JSON: expected ',' or '}'") : SLICE("JSON: expected ',' or ']'"));
    return JSON_BYTES_END;
}

static void hash_byte(JsonScan *scan, unsigned char byte)
{
    scan->key_hash = json_key_hash_byte(scan->key_hash, byte);
}

static JsonEvent end_text(JsonScan *scan)
{
    if (!scan->in_key) {
        scan->state = AFTER_VALUE;
        return JSON_SCALAR_END;
    }
    scan->state = BEFORE_COLON;
    return json_keys_add(scan) ? JSON_KEY_END : JSON_BYTES_END;
}

/* The first byte of a sequence tells how many follow, and the range of the second (Unicode, table 3-7). */
static void begin_sequence(JsonScan *scan, unsigned char byte)
{
    scan->low = byte == 0xE0 ? 0xA0 : (byte == 0xF0 ? 0x90 : 0x80);
    scan->high = byte == 0xED ? 0x9F : (byte == 0xF4 ? 0x8F : 0xBF);
    if (byte >= 0xC2 && byte <= 0xDF) {
        scan->following = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        scan->following = 2;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        scan->following = 3;
    } else {
        fail(scan, ERROR_TEXT_ENCODING, SLICE("JSON: not UTF-8"));
    }
}

static JsonEvent in_text(JsonScan *scan, unsigned char byte)
{
    if (scan->following != 0) {
        if (byte < scan->low || byte > scan->high) {
            fail(scan, ERROR_TEXT_ENCODING, SLICE("JSON: not UTF-8"));
            return JSON_BYTES_END;
        }
        scan->following--;
        scan->low = 0x80;
        scan->high = 0xBF;
    } else if (byte == '"') {
        return end_text(scan);
    } else if (byte == '\\') {
        scan->state = IN_ESCAPE;
        return JSON_BYTES_END;
    } else if (byte < ' ') {
        fail_syntax(scan, SLICE("JSON: control character in text (a missing quote?)"));
        return JSON_BYTES_END;
    } else if (byte >= 0x80) {
        begin_sequence(scan, byte);
    }
    hash_byte(scan, byte);
    return JSON_BYTES_END;
}

static void in_escape(JsonScan *scan, unsigned char byte)
{
    static const char escapes[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    if (byte == 'u') {
        scan->unit = 0;
        scan->hex_digits = 0;
        scan->state = IN_HEX;
        return;
    }
    const char *found = byte == '\0' ? NULL : strchr(escapes, (char)byte);
    if (found == NULL) {
        fail_syntax(scan, SLICE("JSON: no such escape"));
        return;
    }
    hash_byte(scan, (unsigned char)meanings[found - escapes]);
    scan->state = IN_TEXT;
}

static void end_unit(JsonScan *scan)
{
    const uint32_t unit = scan->unit;
    uint32_t code_point = unit;
    scan->state = IN_TEXT;
    if (scan->leading != 0) {
        if (unit < 0xDC00 || unit > 0xDFFF) {
            fail_syntax(scan, SLICE("JSON: surrogate without its other half"));
            return;
        }
        code_point = 0x10000 + ((scan->leading & 0x3FFU) << 10 | (unit & 0x3FFU));
        scan->leading = 0;
    } else if (unit >= 0xD800 && unit <= 0xDBFF) {
        scan->leading = unit;
        scan->state = BEFORE_LOW_BACKSLASH;
        return;
    } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
        fail_syntax(scan, SLICE("JSON: surrogate without its other half"));
        return;
    } else if (unit == 0) {
        fail_syntax(scan, SLICE("JSON: \\u0000 is not allowed"));
        return;
    }
    char bytes[UTF8_BYTES_MAX];
    const size_t count = utf8_encode(code_point, bytes);
    for (size_t i = 0; i < count; i++) {
        hash_byte(scan, (unsigned char)bytes[i]);
    }
}

static void in_hex(JsonScan *scan, unsigned char byte)
{
    unsigned digit = 0;
    if (is_digit(byte)) {
        digit = byte - (unsigned)'0';
    } else if ((byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F')) {
        digit = (byte | 0x20U) - 'a' + 10;
    } else {
        fail_syntax(scan, SLICE("JSON: expected four hexadecimal digits after \\u"));
        return;
    }
    scan->unit = scan->unit << 4 | digit;
    scan->hex_digits++;
    if (scan->hex_digits == 4) {
        end_unit(scan);
    }
}

static void before_low_half(JsonScan *scan, unsigned char byte)
{
    const bool backslash = scan->state == BEFORE_LOW_BACKSLASH;
    if (byte != (backslash ? '\\' : 'u')) {
        fail_syntax(scan, SLICE("JSON: surrogate without its other half"));
        return;
    }
    scan->state = backslash ? BEFORE_LOW_U : IN_HEX;
    scan->unit = 0;
    scan->hex_digits = 0;
}

static JsonEvent in_literal(JsonScan *scan, unsigned char byte)
{
    if (byte != (unsigned char)scan->literal[0]) {
        fail_syntax(scan, SLICE("JSON: expected a value (true, false and null are in lower case)"));
        return JSON_BYTES_END;
    }
    scan->literal++;
    if (scan->literal[0] != '\0') {
        return JSON_BYTES_END;
    }
    scan->state = AFTER_VALUE;
    return JSON_SCALAR_END;
}

/* The state after `byte` within a number, or AFTER_VALUE when it does not continue it. */
static ScanState number_state(ScanState state, unsigned char byte)
{
    switch (state) {
    case AFTER_MINUS: return byte == '0' ? AFTER_ZERO : (is_digit(byte) ? IN_INTEGER : AFTER_VALUE);
    case AFTER_ZERO:
    case IN_INTEGER:
        if (is_digit(byte) && state == IN_INTEGER) {
            return IN_INTEGER;
        }
        return byte == '.' ? AFTER_POINT : ((byte | 0x20U) == 'e' ? AFTER_E : AFTER_VALUE);
    case AFTER_POINT: return is_digit(byte) ? IN_FRACTION : AFTER_VALUE;
    case IN_FRACTION: return is_digit(byte) ? IN_FRACTION : ((byte | 0x20U) == 'e' ? AFTER_E : AFTER_VALUE);
    case AFTER_E:
        return byte == '+' || byte == '-' ? AFTER_E_SIGN : (is_digit(byte) ? IN_EXPONENT : AFTER_VALUE);
    default: return is_digit(byte) ? IN_EXPONENT : AFTER_VALUE; /* AFTER_E_SIGN, IN_EXPONENT */
    }
}

static bool number_complete(ScanState state)
{
    return state == AFTER_ZERO || state == IN_INTEGER || state == IN_FRACTION || state == IN_EXPONENT;
}

static JsonEvent end_number(JsonScan *scan)
{
    double value = 0;
    if (!number_complete((ScanState)scan->state)) {
        fail_syntax(scan, SLICE("JSON: a number needs digits here"));
        return JSON_BYTES_END;
    }
    if (number_parse_double(slice_make(scan->number, scan->number_length), &value).code != ERROR_OK) {
        fail_syntax(scan, SLICE("JSON: number too large for a double"));
        return JSON_BYTES_END;
    }
    scan->state = AFTER_VALUE;
    return JSON_SCALAR_END;
}

/* False: the byte does not belong to the number, which has ended (or was wrong). */
static bool in_number(JsonScan *scan, unsigned char byte, JsonEvent *event)
{
    const ScanState next = number_state((ScanState)scan->state, byte);
    if (next == AFTER_VALUE) {
        if (scan->state == AFTER_ZERO && is_digit(byte)) {
            fail_syntax(scan, SLICE("JSON: a number may not begin with 0"));
        } else {
            *event = end_number(scan);
        }
        return false;
    }
    if (scan->number_length == JSON_NUMBER_BYTES_MAX) {
        fail(scan, ERROR_LIMIT_EXCEEDED, SLICE("JSON: a number longer than 512 bytes"));
        return false;
    }
    scan->number[scan->number_length++] = (char)byte;
    scan->state = (uint8_t)next;
    return true;
}

/* False when the byte was not taken: the number before it has ended. */
static bool step(JsonScan *scan, unsigned char byte, JsonEvent *event)
{
    switch ((ScanState)scan->state) {
    case BEFORE_VALUE:
    case BEFORE_VALUE_OR_END: *event = before_value(scan, byte); return true;
    case BEFORE_KEY:
    case BEFORE_KEY_OR_END: *event = before_key(scan, byte); return true;
    case BEFORE_COLON:
        if (byte == ':') {
            scan->state = BEFORE_VALUE;
        } else if (!is_space(byte)) {
            fail_syntax(scan, SLICE("JSON: expected ':' after a key"));
        }
        return true;
    case AFTER_VALUE: *event = after_value(scan, byte); return true;
    case IN_TEXT: *event = in_text(scan, byte); return true;
    case IN_ESCAPE: in_escape(scan, byte); return true;
    case IN_HEX: in_hex(scan, byte); return true;
    case BEFORE_LOW_BACKSLASH:
    case BEFORE_LOW_U: before_low_half(scan, byte); return true;
    case IN_LITERAL: *event = in_literal(scan, byte); return true;
    case AFTER_MINUS:
    case AFTER_ZERO:
    case IN_INTEGER:
    case AFTER_POINT:
    case IN_FRACTION:
    case AFTER_E:
    case AFTER_E_SIGN:
    case IN_EXPONENT: return in_number(scan, byte, event);
    }
    return true;
}

Error json_scan_next(JsonScan *scan, Slice bytes, size_t *at, JsonEvent *event)
{
    JsonEvent found = JSON_BYTES_END;
    while (*at < bytes.length && found == JSON_BYTES_END && scan->error.code == ERROR_OK) {
        const bool in_value = scan->state == IN_TEXT && !scan->in_key && scan->following == 0;
        const size_t run = in_value ? json_plain_run(bytes, *at) : 0;
        if (run != 0) {
            *at += run;
            scan->column += (uint32_t)run;
            continue;
        }
        const unsigned char byte = (unsigned char)bytes.data[*at];
        if (!step(scan, byte, &found) || scan->error.code != ERROR_OK) {
            continue; /* the byte is not taken: at an error it is the place */
        }
        (*at)++;
        if (byte == '\n') {
            scan->line++;
            scan->column = 1;
        } else {
            scan->column += (byte & 0xC0U) != 0x80U;
        }
    }
    if (scan->error.code == ERROR_OK) {
        *event = found;
    }
    return scan->error;
}

Error json_scan_close(JsonScan *scan, JsonEvent *event)
{
    JsonEvent found = JSON_BYTES_END;
    if (scan->error.code == ERROR_OK && scan->depth == 0 && scan->state >= AFTER_MINUS) {
        found = end_number(scan);
    }
    if (scan->error.code == ERROR_OK && (scan->depth != 0 || scan->state != AFTER_VALUE)) {
        fail_syntax(scan, SLICE("JSON: the document ends too early"));
    }
    if (scan->error.code == ERROR_OK) {
        *event = found;
    }
    return scan->error;
}
