#include "cel/regex_parse.h"

static const Slice BAD_ESCAPE = SLICE_INIT("invalid escape sequence");
static const Slice BAD_RANGE = SLICE_INIT("invalid character class range");
static const Slice MISSING_BRACKET = SLICE_INIT("missing ]");

static int hex_digit(uint32_t rune)
{
    if (rune >= '0' && rune <= '9') {
        return (int)rune - '0';
    }
    const uint32_t lower = rune | 0x20U;
    return lower >= 'a' && lower <= 'f' ? (int)lower - 'a' + 10 : -1;
}

/* After "\x{": digits and the brace. */
static bool hex_braces(Parser *parser, size_t start, uint32_t *rune)
{
    uint32_t value = 0;
    bool digits = false;
    for (;;) {
        uint32_t next = 0;
        if (!parser_rune(parser, &next)) {
            return parser_fail(parser, BAD_ESCAPE, start, parser->at);
        }
        const int digit = hex_digit(next);
        if (digit < 0) {
            *rune = value;
            return (next == '}' && digits) || parser_fail(parser, BAD_ESCAPE, start, parser->at);
        }
        digits = true;
        value = value * 16 + (uint32_t)digit;
        if (value > RUNE_MAX) {
            return parser_fail(parser, BAD_ESCAPE, start, parser->at);
        }
    }
}

static bool hex_escape(Parser *parser, size_t start, uint32_t *rune)
{
    uint32_t first = 0;
    uint32_t second = 0;
    if (parser_peek(parser, 0) < 0) {
        return parser_fail(parser, BAD_ESCAPE, start, parser->at);
    }
    (void)parser_rune(parser, &first);
    if (first == '{') {
        return hex_braces(parser, start, rune);
    }
    if (parser_peek(parser, 0) < 0) {
        return parser_fail(parser, BAD_ESCAPE, start, parser->at);
    }
    (void)parser_rune(parser, &second);
    if (hex_digit(first) < 0 || hex_digit(second) < 0) {
        return parser_fail(parser, BAD_ESCAPE, start, parser->at);
    }
    *rune = (uint32_t)(hex_digit(first) * 16 + hex_digit(second));
    return true;
}

static bool is_octal(int byte)
{
    return byte >= '0' && byte <= '7';
}

/* Up to two more digits. */
static uint32_t octal_escape(Parser *parser, uint32_t first)
{
    uint32_t value = first - '0';
    for (int more = 0; more < 2 && is_octal(parser_peek(parser, 0)); more++) {
        value = value * 8 + (uint32_t)(parser_peek(parser, 0) - '0');
        parser->at++;
    }
    return value;
}

bool parser_escape(Parser *parser, uint32_t *rune)
{
    static const char LETTERS[] = "n\nr\rt\ta\af\fv\v";
    const size_t start = parser->at++;
    if (parser_peek(parser, 0) < 0) {
        return parser_fail(parser, SLICE("trailing \\"), start, start);
    }
    uint32_t next = 0;
    (void)parser_rune(parser, &next);
    if (next == 'x') {
        return hex_escape(parser, start, rune);
    }
    /* \1 to \7 alone would be back references. */
    if (next == '0' || (next >= '1' && next <= '7' && is_octal(parser_peek(parser, 0)))) {
        *rune = octal_escape(parser, next);
        return true;
    }
    for (size_t i = 0; i + 1 < sizeof LETTERS; i += 2) {
        if (next == (uint8_t)LETTERS[i]) {
            *rune = (uint8_t)LETTERS[i + 1];
            return true;
        }
    }
    if (next >= 0x80 || (regex_is_word(next) && next != '_')) {
        return parser_fail(parser, BAD_ESCAPE, start, parser->at);
    }
    *rune = next;
    return true;
}

/* Adds `parser->part`, or its complement, to the set. */
static void add_part(Parser *parser, bool negated)
{
    ClassBuilder *part = &parser->part;
    if (negated) {
        if ((parser->flags & FLAG_FOLD) != 0) {
            class_fold(part);
        }
        class_negate(part);
    }
    for (uint32_t i = 0; i < part->count; i++) {
        class_add(&parser->set, part->ranges[i].low, part->ranges[i].high);
    }
    parser->set.failed = parser->set.failed || part->failed;
    class_settle(&parser->set);
}

/* At "\p" or "\P". */
static bool category_escape(Parser *parser)
{
    const size_t start = parser->at;
    bool negated = parser_peek(parser, 1) == 'P';
    parser->at += 2;
    size_t from = parser->at;
    size_t to = from;
    if (parser_peek(parser, 0) == '{') {
        to = slice_find_byte(parser->pattern, '}', parser->at);
        if (to == parser->pattern.length) {
            return parser_fail(parser, BAD_RANGE, start, to);
        }
        from++;
        parser->at = to + 1;
    } else if (parser_peek(parser, 0) >= 0) {
        uint32_t rune = 0;
        (void)parser_rune(parser, &rune);
        to = parser->at;
    }
    if (from < to && parser->pattern.data[from] == '^') {
        negated = !negated;
        from++;
    }
    const uint32_t mask = unicode_category_mask(slice_part(parser->pattern, from, to));
    if (mask == 0) {
        return parser_fail(parser,
                           SLICE("invalid character class range (known are the general categories "
                                 "such as \\p{Lu} or \\pN, not the scripts)"),
                           start, parser->at);
    }
    class_clear(&parser->part);
    unicode_add_category(&parser->part, mask);
    add_part(parser, negated);
    return true;
}

bool parser_class_escape(Parser *parser, bool *found)
{
    const int letter = parser_peek(parser, 1);
    *found = true;
    if (letter == 'p' || letter == 'P') {
        return category_escape(parser);
    }
    const char lower = (char)(letter | 0x20);
    if (lower != 'd' && lower != 's' && lower != 'w') {
        *found = false;
        return true;
    }
    class_clear(&parser->part);
    (void)class_add_named(&parser->part, slice_make(&lower, 1));
    add_part(parser, letter != lower);
    parser->at += 2;
    return true;
}

/* At "[:": "[:alpha:]" or "[:^alpha:]". `*found` false when no ":]" follows. */
static bool posix_class(Parser *parser, bool *found)
{
    const size_t start = parser->at;
    const size_t end = slice_find(parser->pattern, SLICE(":]"), start + 2);
    *found = end != SIZE_MAX;
    if (!*found) {
        return true;
    }
    const bool negated = parser_peek(parser, 2) == '^';
    const Slice name = slice_part(parser->pattern, start + (negated ? 3 : 2), end);
    class_clear(&parser->part);
    if (name.length < 4 || !class_add_named(&parser->part, name)) {
        return parser_fail(parser, BAD_RANGE, start, end + 2);
    }
    add_part(parser, negated);
    parser->at = end + 2;
    return true;
}

static bool class_member(Parser *parser, size_t class_start, uint32_t *rune)
{
    if (parser_peek(parser, 0) < 0) {
        return parser_fail(parser, MISSING_BRACKET, class_start, parser->pattern.length);
    }
    return parser_peek(parser, 0) == '\\' ? parser_escape(parser, rune) : parser_rune(parser, rune);
}

static bool class_range(Parser *parser, size_t class_start)
{
    const size_t start = parser->at;
    uint32_t low = 0;
    if (!class_member(parser, class_start, &low)) {
        return false;
    }
    uint32_t high = low;
    /* A '-' before the bracket stands for itself. */
    if (parser_peek(parser, 0) == '-' && parser_peek(parser, 1) >= 0 && parser_peek(parser, 1) != ']') {
        parser->at++;
        if (!class_member(parser, class_start, &high)) {
            return false;
        }
        if (high < low) {
            return parser_fail(parser, BAD_RANGE, start, parser->at);
        }
    }
    class_add(&parser->set, low, high);
    class_settle(&parser->set);
    return true;
}

static bool class_item(Parser *parser, size_t class_start)
{
    bool found = false;
    if (parser_peek(parser, 0) == '[' && parser_peek(parser, 1) == ':' && parser_peek(parser, 2) >= 0) {
        if (!posix_class(parser, &found) || found) {
            return found && parser->error.code == ERROR_OK;
        }
    }
    if (parser_peek(parser, 0) == '\\') {
        if (!parser_class_escape(parser, &found) || found) {
            return found && parser->error.code == ERROR_OK;
        }
    }
    return class_range(parser, class_start);
}

bool parser_class(Parser *parser)
{
    const size_t start = parser->at++;
    const bool negated = parser_peek(parser, 0) == '^';
    parser->at += negated ? 1 : 0;
    class_clear(&parser->set);
    /* A bracket that comes first stands for itself. */
    for (bool first = true; first || parser_peek(parser, 0) != ']'; first = false) {
        if (parser_peek(parser, 0) < 0) {
            return parser_fail(parser, MISSING_BRACKET, start, parser->pattern.length);
        }
        if (!class_item(parser, start)) {
            return false;
        }
    }
    parser->at++;
    if ((parser->flags & FLAG_FOLD) != 0) {
        class_fold(&parser->set);
    }
    if (negated) {
        class_negate(&parser->set);
    }
    class_tidy(&parser->set);
    return true;
}
