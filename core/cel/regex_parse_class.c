/* Escapes and bracket classes. */
#include "cel/regex_build.h"

static const char BAD_ESCAPE[] = "invalid escape sequence";
static const char BAD_RANGE[] = "invalid character class range";

enum { SETTLE_AT_LEAST = 1024 };

static uint32_t hex_digit(uint32_t rune)
{
    const uint32_t letter = (rune | 0x20U) - 'a';
    return rune - '0' < 10 ? rune - '0' : (letter < 6 ? letter + 10 : 16);
}

/* After "\x": two digits, or any number of them in braces. */
static uint32_t hex_escape(RegexBuilder *build, const uint8_t *start)
{
    const bool braces = *build->at == '{';
    uint32_t value = 0;
    uint32_t count = 0;
    bool valid = true;
    build->at += braces ? 1 : 0;
    while (build->at < build->end && (braces ? valid : count < 2)) {
        const uint32_t next = build_rune(build);
        if (braces && next == '}' && count > 0) {
            return value;
        }
        value = value * 16 + hex_digit(next);
        valid = valid && hex_digit(next) < 16 && value <= RUNE_MAX;
        count++;
    }
    if (braces || !valid || count < 2) {
        build_fail(build, BAD_ESCAPE, start);
    }
    return value;
}

static bool is_octal(uint32_t byte)
{
    return byte - '0' < 8;
}

uint32_t parse_escape(RegexBuilder *build)
{
    static const char LETTERS[] = "n\nr\rt\ta\af\fv\v";
    const uint8_t *start = build->at++;
    if (build->at == build->end) {
        build->at = start;
        build_fail(build, "trailing \\", start);
        return 0;
    }
    uint32_t rune = build_rune(build);
    if (rune == 'x') {
        return hex_escape(build, start);
    }
    /* \1 to \7 alone would be back references. */
    if (rune == '0' || (is_octal(rune) && is_octal(*build->at))) {
        rune -= '0';
        for (int more = 0; more < 2 && is_octal(*build->at); more++) {
            rune = rune * 8 + (*build->at++ - (uint32_t)'0');
        }
        return rune;
    }
    for (size_t i = 0; i + 1 < sizeof LETTERS; i += 2) {
        if (rune == (uint8_t)LETTERS[i]) {
            return (uint8_t)LETTERS[i + 1];
        }
    }
    if (rune >= 0x80 || (regex_is_word(rune) && rune != '_')) {
        build_fail(build, BAD_ESCAPE, start);
    }
    return rune;
}

/* Adds build->part, or its complement, to the set. */
static void add_part(RegexBuilder *build, bool negated)
{
    RuneSet *part = &build->part;
    RuneSet *set = &build->set;
    if (negated) {
        set_fold(build, part);
        set_negate(build, part);
    }
    for (uint32_t i = 0; i < part->count; i++) {
        set_add(build, set, part->ranges[i].low, part->ranges[i].high);
    }
    part->count = 0;
}

static Slice text_between(const uint8_t *from, const uint8_t *to)
{
    return slice_make((const char *)from, (size_t)(to - from));
}

/* At "\p" or "\P". */
static void category_escape(RegexBuilder *build)
{
    const uint8_t *start = build->at;
    bool negated = start[1] == 'P';
    build->at += 2;
    const uint8_t *name = build->at;
    const uint8_t *name_end = name;
    if (*name == '{') {
        const Slice rest = text_between(name, build->end);
        const size_t brace = slice_find_byte(rest, '}', 0);
        name_end = name + brace;
        build->at = name_end + (brace == rest.length ? 0 : 1);
        name += brace == rest.length ? brace : 1;
    } else if (name < build->end) {
        (void)build_rune(build);
        name_end = build->at;
    }
    if (name < name_end && *name == '^') {
        negated = !negated;
        name++;
    }
    const uint32_t mask = unicode_category_mask(text_between(name, name_end));
    if (mask == 0) {
        build_fail(build,
                   "invalid character class range (known are the general categories such as \\p{Lu} or \\pN, "
                   "not the scripts)",
                   start);
    }
    unicode_add_category(build, &build->part, mask);
    add_part(build, negated);
}

bool parse_class_escape(RegexBuilder *build)
{
    const uint8_t letter = build->at[1];
    const char lower = (char)(letter | 0x20);
    if (lower == 'p') {
        category_escape(build);
        return true;
    }
    if (lower != 'd' && lower != 's' && lower != 'w') {
        return false;
    }
    (void)set_add_named(build, &build->part, slice_make(&lower, 1));
    add_part(build, letter != (uint8_t)lower);
    build->at += 2;
    return true;
}

/* At "[:": "[:alpha:]" or "[:^alpha:]". False, and nothing read, when no ":]" follows. */
static bool posix_class(RegexBuilder *build)
{
    const uint8_t *start = build->at;
    const size_t length = slice_find(text_between(start + 2, build->end), SLICE(":]"), 0);
    if (length == SIZE_MAX) {
        return false;
    }
    const bool negated = start[2] == '^';
    const uint8_t *name = start + (negated ? 3 : 2);
    const uint8_t *name_end = start + 2 + length;
    build->at = name_end + 2;
    if (name_end - name < 4 || !set_add_named(build, &build->part, text_between(name, name_end))) {
        build_fail(build, BAD_RANGE, start);
    }
    add_part(build, negated);
    return true;
}

static uint32_t class_member(RegexBuilder *build)
{
    return *build->at == '\\' ? parse_escape(build) : build_rune(build);
}

static void class_range(RegexBuilder *build)
{
    const uint8_t *start = build->at;
    const uint32_t low = class_member(build);
    uint32_t high = low;
    /* A '-' before the bracket stands for itself. */
    if (*build->at == '-' && build->at + 1 < build->end && build->at[1] != ']') {
        build->at++;
        high = class_member(build);
        if (high < low) {
            build_fail(build, BAD_RANGE, start);
        }
    }
    set_add(build, &build->set, low, high);
}

void parse_class(RegexBuilder *build)
{
    const uint8_t *start = build->at++;
    const bool negated = *build->at == '^';
    RuneSet *set = &build->set;
    set->count = 0;
    build->at += negated ? 1 : 0;
    /* A bracket that comes first stands for itself. */
    for (bool first = true; build->at < build->end && (first || *build->at != ']'); first = false) {
        const bool posix = build->at[0] == '[' && build->at[1] == ':' && posix_class(build);
        if (!posix && !(*build->at == '\\' && parse_class_escape(build))) {
            class_range(build);
        }
        /* So that memory stays bounded. */
        if (set->count >= SETTLE_AT_LEAST && set->count / 2 >= set->settled) {
            set_tidy(set);
        }
    }
    if (build->at == build->end) {
        build_fail(build, "missing ]", start);
        return;
    }
    build->at++;
    set_fold(build, set);
    if (negated) {
        set_negate(build, set);
    }
}
