#include "cel/lexer.h"
#include "base/assert.h"
#include "base/utf8.h"
#include "cel/internal.h"

static bool is_letter(char byte)
{
    const unsigned lower = ((unsigned char)byte | 0x20U) - 'a';
    return lower < 26 || byte == '_';
}

static bool is_digit(char byte)
{
    return (unsigned char)byte - (unsigned)'0' < 10;
}

static int hex_value(char byte)
{
    if (is_digit(byte)) {
        return byte - '0';
    }
    const char lower = (char)(byte | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static char byte_at(Slice source, size_t at)
{
    if (at >= source.length) {
        return '\0';
    }
    return source.data[at];
}

bool cel_is_reserved(Slice word)
{
    static const Slice words[] = {
        SLICE_INIT("as"),        SLICE_INIT("break"),  SLICE_INIT("const"),    SLICE_INIT("continue"),
        SLICE_INIT("else"),      SLICE_INIT("for"),    SLICE_INIT("function"), SLICE_INIT("if"),
        SLICE_INIT("import"),    SLICE_INIT("let"),    SLICE_INIT("loop"),     SLICE_INIT("package"),
        SLICE_INIT("namespace"), SLICE_INIT("return"), SLICE_INIT("var"),      SLICE_INIT("void"),
        SLICE_INIT("while"),
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_equal(words[i], word)) {
            return true;
        }
    }
    return false;
}

static uint32_t skip_blank(Slice source, uint32_t at)
{
    while (at < source.length) {
        const char byte = source.data[at];
        if (byte == '/' && byte_at(source, at + 1) == '/') {
            at = (uint32_t)slice_find_byte(source, '\n', at);
        } else if (byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\f') {
            at++;
        } else {
            break;
        }
    }
    return at;
}

static CelToken token_make(CelTokenKind kind, uint32_t start, size_t end)
{
    return (CelToken){.kind = kind, .start = start, .length = (uint32_t)end - start};
}

static CelToken token_bad(uint32_t start, size_t end, const char *problem)
{
    return (CelToken){.kind = TOKEN_BAD, .start = start, .length = (uint32_t)end - start, .problem = problem};
}

static size_t skip_digits(Slice source, size_t at)
{
    while (is_digit(byte_at(source, at))) {
        at++;
    }
    return at;
}

/* Past an exponent, or where it would begin when there is none. */
static size_t skip_exponent(Slice source, size_t at)
{
    if ((byte_at(source, at) | 0x20) != 'e') {
        return at;
    }
    const char sign = byte_at(source, at + 1);
    const size_t digits = at + 1 + (sign == '+' || sign == '-');
    return is_digit(byte_at(source, digits)) ? skip_digits(source, digits) : at;
}

static CelToken number_token(Slice source, uint32_t start)
{
    size_t at = start;
    CelTokenKind kind = TOKEN_INT;
    if (byte_at(source, at) == '0' && (byte_at(source, at + 1) | 0x20) == 'x' &&
        hex_value(byte_at(source, at + 2)) >= 0) {
        at += 2;
        while (hex_value(byte_at(source, at)) >= 0) {
            at++;
        }
    } else {
        at = skip_digits(source, at);
        if (byte_at(source, at) == '.' && is_digit(byte_at(source, at + 1))) {
            at = skip_digits(source, at + 1);
            kind = TOKEN_DOUBLE;
        }
        const size_t exponent = skip_exponent(source, at);
        kind = exponent == at ? kind : TOKEN_DOUBLE;
        at = exponent;
    }
    if (kind == TOKEN_INT && (byte_at(source, at) | 0x20) == 'u') {
        return token_make(TOKEN_UINT, start, at + 1);
    }
    return token_make(kind, start, at);
}

/* `quote` is where the quotes begin, behind a prefix. */
static CelToken string_token(Slice source, uint32_t start, size_t quote, bool raw, bool bytes)
{
    const char mark = source.data[quote];
    const bool triple = byte_at(source, quote + 1) == mark && byte_at(source, quote + 2) == mark;
    size_t at = quote + (triple ? 3 : 1);
    for (; at < source.length; at++) {
        const char byte = source.data[at];
        if (byte == mark && !triple) {
            return token_make(bytes ? TOKEN_BYTES : TOKEN_STRING, start, at + 1);
        }
        if (byte == mark && byte_at(source, at + 1) == mark && byte_at(source, at + 2) == mark) {
            return token_make(bytes ? TOKEN_BYTES : TOKEN_STRING, start, at + 3);
        }
        if (!triple && (byte == '\n' || byte == '\r')) {
            break;
        }
        if (byte == '\\' && !raw) {
            at++;
        }
    }
    return token_bad(start, at < source.length ? at : source.length, "the string has no closing quote");
}

static CelTokenKind word_kind(char first, Slice word)
{
    switch (first) {
    case 't': return slice_equal(word, SLICE("true")) ? TOKEN_TRUE : TOKEN_IDENT;
    case 'f': return slice_equal(word, SLICE("false")) ? TOKEN_FALSE : TOKEN_IDENT;
    case 'n': return slice_equal(word, SLICE("null")) ? TOKEN_NULL : TOKEN_IDENT;
    case 'i': return slice_equal(word, SLICE("in")) ? TOKEN_IN : TOKEN_IDENT;
    default: return TOKEN_IDENT;
    }
}

static CelToken word_token(Slice source, uint32_t start)
{
    size_t at = start;
    while (is_letter(byte_at(source, at)) || is_digit(byte_at(source, at))) {
        at++;
    }
    const Slice word = slice_part(source, start, at);
    const char next = byte_at(source, at);
    if (word.length <= 2 && (next == '"' || next == '\'')) {
        unsigned raw = 0;
        unsigned bytes = 0;
        for (size_t i = 0; i < word.length; i++) {
            raw += (word.data[i] | 0x20) == 'r';
            bytes += (word.data[i] | 0x20) == 'b';
        }
        if (raw + bytes == word.length && raw <= 1 && bytes <= 1) {
            return string_token(source, start, at, raw == 1, bytes == 1);
        }
    }
    return token_make(word_kind(source.data[start], word), start, at);
}

static CelToken quoted_token(Slice source, uint32_t start)
{
    size_t at = start + 1;
    while (at < source.length && source.data[at] != '`') {
        const char byte = source.data[at];
        if (!is_letter(byte) && !is_digit(byte) && byte != '.' && byte != '-' && byte != '/' && byte != ' ') {
            return token_bad(start, at + 1,
                             "a name in back quotes holds letters, digits, '_', '.', '-', '/' and spaces");
        }
        at++;
    }
    if (at == source.length || at == start + 1) {
        return token_bad(start, at, "a name in back quotes is not closed or empty");
    }
    return token_make(TOKEN_QUOTED_IDENT, start, at + 1);
}

/* The kind of a mark and its length; TOKEN_BAD when it is none. */
static CelTokenKind mark_kind(char byte, char next, size_t *length)
{
    const bool equal = next == '=';
    *length = 1;
    switch (byte) {
    case '|': *length = 2; return next == '|' ? TOKEN_OR : TOKEN_BAD;
    case '&': *length = 2; return next == '&' ? TOKEN_AND : TOKEN_BAD;
    case '=': *length = 2; return equal ? TOKEN_EQUAL : TOKEN_BAD;
    case '!': *length += equal; return equal ? TOKEN_NOT_EQUAL : TOKEN_NOT;
    case '<': *length += equal; return equal ? TOKEN_LESS_EQUAL : TOKEN_LESS;
    case '>': *length += equal; return equal ? TOKEN_GREATER_EQUAL : TOKEN_GREATER;
    case '+': return TOKEN_PLUS;
    case '-': return TOKEN_MINUS;
    case '*': return TOKEN_STAR;
    case '/': return TOKEN_SLASH;
    case '%': return TOKEN_PERCENT;
    case '?': return TOKEN_QUESTION;
    case ':': return TOKEN_COLON;
    case '.': return TOKEN_DOT;
    case ',': return TOKEN_COMMA;
    case '(': return TOKEN_LEFT_PAREN;
    case ')': return TOKEN_RIGHT_PAREN;
    case '[': return TOKEN_LEFT_BRACKET;
    case ']': return TOKEN_RIGHT_BRACKET;
    case '{': return TOKEN_LEFT_BRACE;
    case '}': return TOKEN_RIGHT_BRACE;
    default: return TOKEN_BAD;
    }
}

static CelToken mark_token(Slice source, uint32_t start)
{
    size_t length = 0;
    const CelTokenKind kind = mark_kind(source.data[start], byte_at(source, (size_t)start + 1), &length);
    if (kind != TOKEN_BAD) {
        return token_make(kind, start, start + length);
    }
    size_t end = start;
    uint32_t code_point = 0;
    utf8_decode(source, &end, &code_point);
    const char *problem = "this character has no meaning here";
    switch (source.data[start]) {
    case '=': problem = "'=' does not compare: write '=='"; break;
    case '&': problem = "'and' is written '&&'"; break;
    case '|': problem = "'or' is written '||'"; break;
    case ';': problem = "an expression has no ';'"; break;
    default: break;
    }
    return token_bad(start, end, problem);
}

CelToken cel_token(Slice source, uint32_t at)
{
    const uint32_t start = skip_blank(source, at);
    if (start >= source.length) {
        return token_make(TOKEN_END, start, start);
    }
    const char byte = source.data[start];
    if (is_letter(byte)) {
        return word_token(source, start);
    }
    if (is_digit(byte) || (byte == '.' && is_digit(byte_at(source, (size_t)start + 1)))) {
        return number_token(source, start);
    }
    if (byte == '"' || byte == '\'') {
        return string_token(source, start, start, false, false);
    }
    return byte == '`' ? quoted_token(source, start) : mark_token(source, start);
}

/* `digits` digits of base 8 or 16 at `*at`. */
static bool read_digits(Slice text, size_t *at, unsigned digits, unsigned base, uint32_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < digits; i++) {
        const int digit = hex_value(byte_at(text, *at));
        if (digit < 0 || (unsigned)digit >= base) {
            return false;
        }
        *value = *value * base + (uint32_t)digit;
        (*at)++;
    }
    return true;
}

static void append_code(Buffer *out, uint32_t code, bool as_byte)
{
    char bytes[UTF8_BYTES_MAX] = {(char)code};
    const size_t length = as_byte ? 1 : utf8_encode(code, bytes);
    buffer_append(out, (Slice){bytes, length});
}

static const char *numeric_escape(Slice text, size_t *at, char escape, bool bytes, Buffer *out)
{
    uint32_t code = 0;
    bool good = false;
    switch (escape) {
    case 'x':
    case 'X': good = read_digits(text, at, 2, 16, &code); break;
    case 'u': good = !bytes && read_digits(text, at, 4, 16, &code); break;
    case 'U': good = !bytes && read_digits(text, at, 8, 16, &code); break;
    default:
        (*at)--;
        good = escape <= '3' && read_digits(text, at, 3, 8, &code);
        break;
    }
    if (!good) {
        return "an escape is incomplete: \\xHH, \\uHHHH, \\UHHHHHHHH (not in bytes) or \\OOO up to \\377";
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
        return "an escape names no Unicode character";
    }
    append_code(out, code, bytes);
    return NULL;
}

static const char *read_escape(Slice text, size_t *at, bool bytes, Buffer *out)
{
    static const char letters[] = "abfnrtv\\?\"'`";
    static const char values[] = "\a\b\f\n\r\t\v\\?\"'`";
    const char escape = byte_at(text, *at);
    (*at)++;
    const char *letter = escape == '\0' ? NULL : strchr(letters, escape);
    if (letter != NULL) {
        buffer_append_byte(out, values[letter - letters]);
        return NULL;
    }
    if (is_digit(escape) || (escape | 0x20) == 'x' || (escape | 0x20) == 'u') {
        return numeric_escape(text, at, escape, bytes, out);
    }
    return "no such escape; a backslash itself is written \\\\";
}

const char *cel_token_text(Arena *arena, Slice source, const CelToken *token, Slice *text)
{
    Slice body = slice_part(source, token->start, (size_t)token->start + token->length);
    bool raw = false;
    perly_assert(body.data != NULL); /* the lexer has seen both quotes */
    while (is_letter(body.data[0])) {
        raw = raw || (body.data[0] | 0x20) == 'r';
        body = slice_part(body, 1, body.length);
    }
    const char mark = body.data[0];
    const size_t quotes = body.length >= 6 && body.data[1] == mark && body.data[2] == mark ? 3 : 1;
    body = slice_part(body, quotes, body.length - quotes);
    if (raw || slice_find_byte(body, '\\', 0) == body.length) {
        *text = body;
        return NULL;
    }
    Buffer out;
    buffer_init(&out, arena, 0);
    for (size_t at = 0; at < body.length;) {
        const size_t backslash = slice_find_byte(body, '\\', at);
        buffer_append(&out, slice_part(body, at, backslash));
        at = backslash + 1;
        if (backslash < body.length) {
            const char *problem = read_escape(body, &at, token->kind == TOKEN_BYTES, &out);
            if (problem != NULL) {
                return problem;
            }
        }
    }
    *text = buffer_slice(&out);
    return out.failed ? "out of memory" : NULL;
}
