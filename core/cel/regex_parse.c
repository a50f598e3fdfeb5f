/*
 * Expressions: one pass over the pattern, without recursion, that writes the program as it goes. A repetition
 * copies or wraps the code of the atom before it; an alternative wraps the code of the branch before it.
 */
#include "cel/regex_parse.h"

#include "base/utf8.h"

enum {
    PATTERN_BYTES = 65536,
    NESTING = 1000,
    INSTRUCTIONS_MAX = 65536,
    TABLE_STATES = 128,
    REPEAT_MAX = 1000,
    QUOTE_BYTES = 120
};

bool parser_fail(Parser *parser, Slice text, size_t start, size_t end)
{
    Slice quoted = slice_part(parser->pattern, start, end);
    const bool cut = quoted.length > QUOTE_BYTES;
    if (cut) {
        quoted.length = QUOTE_BYTES;
        quoted.length = utf8_valid_length(quoted);
    }
    parser->error =
        ERROR_TEXT(parser->arena, ERROR_REGEX_SYNTAX, text, quoted.length == 0 ? SLICE("") : SLICE(": "),
                   quoted, cut ? SLICE("...") : SLICE(""));
    parser->error.place.line = 1;
    parser->error.place.column = (uint32_t)utf8_count(slice_part(parser->pattern, 0, start)) + 1;
    return false;
}

static bool fail_limit(Parser *parser, Slice message)
{
    parser->error = error_make(ERROR_LIMIT_EXCEEDED, message);
    parser->error.place.line = 1;
    parser->error.place.column = (uint32_t)utf8_count(slice_part(parser->pattern, 0, parser->at)) + 1;
    return false;
}

static bool fail_memory(Parser *parser)
{
    parser->error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to compile the regular expression"));
    return false;
}

bool parser_rune(Parser *parser, uint32_t *rune)
{
    return parser->at < parser->pattern.length && utf8_decode(parser->pattern, &parser->at, rune);
}

static void begin_atom(Parser *parser, bool nullable)
{
    parser->atom = (Atom){.exists = true, .start = parser->program.count, .copies = 1, .nullable = nullable};
}

static void emit_set(Parser *parser)
{
    begin_atom(parser, false);
    program_class(&parser->program, &parser->set);
}

static void emit_literal(Parser *parser, uint32_t rune)
{
    if ((parser->flags & FLAG_FOLD) == 0) {
        begin_atom(parser, false);
        program_rune(&parser->program, rune);
        return;
    }
    class_clear(&parser->set);
    class_add(&parser->set, rune, rune);
    class_fold(&parser->set);
    emit_set(parser);
}

static void emit_dot(Parser *parser)
{
    class_clear(&parser->set);
    if ((parser->flags & FLAG_DOT_NEWLINE) != 0) {
        class_add(&parser->set, 0, RUNE_MAX);
    } else {
        class_add(&parser->set, 0, '\n' - 1);
        class_add(&parser->set, '\n' + 1, RUNE_MAX);
    }
    emit_set(parser);
}

static void emit_condition(Parser *parser, int32_t condition)
{
    begin_atom(parser, true);
    program_emit(&parser->program, OP_CONDITION, condition);
}

/* Groups. */

/* The atom before is complete: what it is copied counts for the group. */
static void end_atom(Parser *parser)
{
    Group *group = &parser->groups[parser->depth];
    if (parser->atom.exists) {
        group->copies = parser->atom.copies > group->copies ? parser->atom.copies : group->copies;
        group->branch_filled = group->branch_filled || !parser->atom.nullable;
    }
    parser->atom.exists = false;
}

static bool open_group(Parser *parser, size_t place, uint32_t flags, bool capture, Slice name)
{
    if (parser->depth + 1 >= parser->depth_limit) {
        return fail_limit(parser, SLICE("groups are nested too deeply in the regular expression"));
    }
    Group *groups = regex_grow(parser->arena, parser->groups, parser->depth + 1, &parser->group_capacity,
                               sizeof(Group), _Alignof(Group));
    if (groups == NULL) {
        return fail_memory(parser);
    }
    parser->groups = groups;
    end_atom(parser);
    Group *group = &groups[++parser->depth];
    *group = (Group){.start = parser->program.count, .flags = flags, .copies = 1, .place = place};
    if (capture) {
        Slice *names = regex_grow(parser->arena, parser->names, parser->captures, &parser->name_capacity,
                                  sizeof(Slice), _Alignof(Slice));
        if (names == NULL) {
            return fail_memory(parser);
        }
        parser->names = names;
        names[parser->captures++] = name;
        group->index = parser->captures;
        program_emit(&parser->program, OP_CAPTURE, (int32_t)(2 * group->index));
    }
    group->branch = parser->program.count;
    return true;
}

static void next_branch(Parser *parser)
{
    end_atom(parser);
    Group *group = &parser->groups[parser->depth];
    program_branch(&parser->program, group->branch, &group->jumps);
    group->branch = parser->program.count;
    group->nullable = group->nullable || !group->branch_filled;
    group->branch_filled = false;
    parser->at++;
}

static bool close_group(Parser *parser)
{
    if (parser->depth == 0) {
        (void)parser_fail(parser, SLICE("unexpected )"), 0, parser->pattern.length);
        parser->error.place.column = (uint32_t)utf8_count(slice_part(parser->pattern, 0, parser->at)) + 1;
        return false;
    }
    end_atom(parser);
    const Group group = parser->groups[parser->depth--];
    program_join(&parser->program, group.jumps);
    if (group.index != 0) {
        program_emit(&parser->program, OP_CAPTURE, (int32_t)(2 * group.index + 1));
    }
    parser->flags = group.flags;
    parser->atom = (Atom){.exists = true,
                          .start = group.start,
                          .copies = group.copies,
                          .nullable = group.nullable || !group.branch_filled};
    parser->at++;
    return true;
}

/* Letters, marks, digits and connectors of any script; the first character is not special. */
static bool valid_name(Slice name)
{
    static const Slice CATEGORIES[] = {SLICE_INIT("L"),  SLICE_INIT("Mn"), SLICE_INIT("Mc"),
                                       SLICE_INIT("Nd"), SLICE_INIT("Nl"), SLICE_INIT("Pc")};
    uint32_t mask = 0;
    for (size_t i = 0; i < sizeof CATEGORIES / sizeof CATEGORIES[0]; i++) {
        mask |= unicode_category_mask(CATEGORIES[i]);
    }
    for (size_t at = 0; at < name.length;) {
        uint32_t rune = 0;
        if (!utf8_decode(name, &at, &rune) || !unicode_in_category(mask, rune)) {
            return false;
        }
    }
    return name.length != 0;
}

/* At "(?P<" or "(?<": `from` is where the name begins. */
static bool named_group(Parser *parser, size_t from)
{
    static const Slice BAD_NAME = SLICE_INIT("invalid named capture group");
    const size_t start = parser->at;
    const size_t end = slice_find_byte(parser->pattern, '>', from);
    if (end == parser->pattern.length) {
        return parser_fail(parser, BAD_NAME, start, end);
    }
    const Slice name = slice_part(parser->pattern, from, end);
    if (!valid_name(name)) {
        return parser_fail(parser, BAD_NAME, start, end + 1);
    }
    const Slice kept = arena_copy(parser->arena, name);
    if (kept.data == NULL) {
        return fail_memory(parser);
    }
    parser->at = end + 1;
    return open_group(parser, start, parser->flags, true, kept);
}

static uint32_t flag_of(uint32_t rune)
{
    switch (rune) {
    case 'i': return FLAG_FOLD;
    case 'm': return FLAG_LINES;
    case 's': return FLAG_DOT_NEWLINE;
    case 'U': return FLAG_UNGREEDY;
    default: return 0;
    }
}

/* At "(?": flags for the rest of the group, "(?i)", or for a group of their own, "(?i:". */
static bool flag_group(Parser *parser)
{
    static const Slice BAD_OPERATOR = SLICE_INIT("invalid perl operator");
    const size_t start = parser->at;
    const uint32_t before = parser->flags;
    uint32_t flags = before;
    bool negated = false;
    bool dangling = false; /* a '-' without a flag */
    parser->at += 2;
    for (;;) {
        uint32_t rune = 0;
        if (!parser_rune(parser, &rune)) {
            return parser_fail(parser, BAD_OPERATOR, start, parser->at);
        }
        const uint32_t flag = flag_of(rune);
        if (flag != 0) {
            flags = negated ? flags & ~flag : flags | flag;
            dangling = false;
        } else if (rune == '-' && !negated) {
            negated = true;
            dangling = true;
        } else if ((rune == ':' || rune == ')') && !dangling) {
            parser->flags = flags;
            return rune == ')' || open_group(parser, start, before, false, SLICE(""));
        } else {
            return parser_fail(parser, BAD_OPERATOR, start, parser->at);
        }
    }
}

static bool parse_group(Parser *parser)
{
    if (parser_peek(parser, 1) != '?') {
        const size_t place = parser->at++;
        return open_group(parser, place, parser->flags, true, SLICE(""));
    }
    const bool python =
        parser_peek(parser, 2) == 'P' && parser_peek(parser, 3) == '<' && parser_peek(parser, 4) >= 0;
    const int behind = parser_peek(parser, 3); /* (?<= and (?<! would look behind */
    const bool perl = parser_peek(parser, 2) == '<' && behind >= 0 && behind != '=' && behind != '!';
    if (python || perl) {
        return named_group(parser, parser->at + (python ? 4 : 3));
    }
    return flag_group(parser);
}

/* Repetitions. */

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

/* A number without leading zeros. */
static bool read_count(Parser *parser, int32_t *count)
{
    if (!is_digit(parser_peek(parser, 0)) ||
        (parser_peek(parser, 0) == '0' && is_digit(parser_peek(parser, 1)))) {
        return false;
    }
    int32_t value = 0;
    for (; is_digit(parser_peek(parser, 0)); parser->at++) {
        if (value >= 100000000) {
            return false;
        }
        value = value * 10 + (parser_peek(parser, 0) - '0');
    }
    *count = value;
    return true;
}

/* At '{': {2} {2,} {2,5}. Anything else is a literal brace: false, and nothing is read. */
static bool read_counts(Parser *parser, int32_t *min, int32_t *max)
{
    const size_t start = parser->at++;
    bool valid = read_count(parser, min);
    *max = *min;
    if (valid && parser_peek(parser, 0) == ',') {
        parser->at++;
        *max = -1;
        valid = parser_peek(parser, 0) == '}' || read_count(parser, max);
    }
    if (!valid || parser_peek(parser, 0) != '}') {
        parser->at = start;
        return false;
    }
    parser->at++;
    return true;
}

static bool repeat_atom(Parser *parser, size_t start, Repeat repeat)
{
    static const Slice BAD_SIZE = SLICE_INIT("invalid repetition size");
    Atom *atom = &parser->atom;
    if (repeat.min > REPEAT_MAX || repeat.max > REPEAT_MAX || (repeat.max != -1 && repeat.max < repeat.min)) {
        return parser_fail(parser, BAD_SIZE, start, parser->at);
    }
    if (!atom->exists) {
        return parser_fail(parser, SLICE("no argument for repetition operator"), start, parser->at);
    }
    const uint32_t times = (uint32_t)(repeat.max < 0 ? repeat.min : repeat.max);
    if (times > 1) {
        atom->copies *= times;
        if (atom->copies > REPEAT_MAX) {
            return parser_fail(parser, BAD_SIZE, start, parser->at);
        }
    }
    program_repeat(&parser->program, atom->start, atom->nullable, repeat);
    atom->nullable = atom->nullable || repeat.min == 0;
    return true;
}

/* At an operator. `*last` is where the operator just before it began, if there was one, else SIZE_MAX. */
static bool parse_repeat(Parser *parser, size_t *last)
{
    const size_t start = parser->at;
    const int sign = parser_peek(parser, 0);
    Repeat repeat = {sign == '+' ? 1 : 0, sign == '?' ? 1 : -1, (parser->flags & FLAG_UNGREEDY) != 0};
    if (sign != '{') {
        parser->at++;
    } else if (!read_counts(parser, &repeat.min, &repeat.max)) {
        parser->at++;
        *last = SIZE_MAX;
        end_atom(parser);
        emit_literal(parser, '{');
        return true;
    }
    if (parser_peek(parser, 0) == '?') {
        parser->at++;
        repeat.lazy = !repeat.lazy;
    }
    if (*last != SIZE_MAX) {
        return parser_fail(parser, SLICE("bad repetition operator"), *last, parser->at);
    }
    *last = start;
    return repeat_atom(parser, start, repeat);
}

/* The loop. */

static void quoted_text(Parser *parser)
{
    parser->at += 2;
    while (parser->at < parser->pattern.length) {
        uint32_t rune = 0;
        if (parser_peek(parser, 0) == '\\' && parser_peek(parser, 1) == 'E') {
            parser->at += 2;
            return;
        }
        (void)parser_rune(parser, &rune);
        end_atom(parser);
        emit_literal(parser, rune);
    }
}

static bool parse_escape(Parser *parser)
{
    const int letter = parser_peek(parser, 1);
    if (letter == 'Q') {
        quoted_text(parser);
        return true;
    }
    end_atom(parser);
    switch (letter) {
    case 'A': emit_condition(parser, AT_TEXT_BEGIN); break;
    case 'z': emit_condition(parser, AT_TEXT_END); break;
    case 'b': emit_condition(parser, AT_WORD_EDGE); break;
    case 'B': emit_condition(parser, AT_NO_WORD_EDGE); break;
    case 'C':
        begin_atom(parser, false);
        program_emit(&parser->program, OP_BYTE, 0);
        break;
    default: {
        bool found = false;
        class_clear(&parser->set);
        if (!parser_class_escape(parser, &found)) {
            return false;
        }
        uint32_t rune = 0;
        if (!found) {
            if (!parser_escape(parser, &rune)) {
                return false;
            }
            emit_literal(parser, rune);
            return true;
        }
        if ((parser->flags & FLAG_FOLD) != 0) {
            class_fold(&parser->set);
        }
        class_tidy(&parser->set);
        emit_set(parser);
        return true;
    }
    }
    parser->at += 2;
    return true;
}

static void parse_simple(Parser *parser)
{
    const bool lines = (parser->flags & FLAG_LINES) != 0;
    uint32_t rune = 0;
    end_atom(parser);
    (void)parser_rune(parser, &rune);
    switch (rune) {
    case '.': emit_dot(parser); break;
    case '^': emit_condition(parser, lines ? AT_LINE_BEGIN : AT_TEXT_BEGIN); break;
    case '$': emit_condition(parser, lines ? AT_LINE_END : AT_TEXT_END); break;
    default: emit_literal(parser, rune);
    }
}

static bool parse_next(Parser *parser, size_t *last)
{
    const size_t before = *last;
    *last = SIZE_MAX;
    switch (parser_peek(parser, 0)) {
    case '(': return parse_group(parser);
    case ')': return close_group(parser);
    case '|': next_branch(parser); return true;
    case '[':
        end_atom(parser);
        if (!parser_class(parser)) {
            return false;
        }
        emit_set(parser);
        return true;
    case '\\': return parse_escape(parser);
    case '*':
    case '+':
    case '?':
    case '{': *last = before; return parse_repeat(parser, last);
    default: parse_simple(parser); return true;
    }
}

static bool parse_pattern(Parser *parser)
{
    size_t last = SIZE_MAX;
    while (parser->at < parser->pattern.length) {
        if (!parse_next(parser, &last)) {
            return false;
        }
        if (parser->program.too_large) {
            return fail_limit(parser,
                              SLICE("the regular expression is too large: its repetitions make too many "
                                    "instructions"));
        }
        if (parser->program.failed || parser->set.failed || parser->part.failed) {
            return fail_memory(parser);
        }
    }
    if (parser->depth != 0) {
        const size_t place = parser->groups[parser->depth].place;
        (void)parser_fail(parser, SLICE("missing )"), 0, parser->pattern.length);
        parser->error.place.column = (uint32_t)utf8_count(slice_part(parser->pattern, 0, place)) + 1;
        return false;
    }
    program_join(&parser->program, parser->groups[0].jumps);
    return true;
}

static RegexLimits with_defaults(const RegexLimits *given)
{
    RegexLimits limits = given == NULL ? (RegexLimits){0} : *given;
    limits.pattern_bytes = limits.pattern_bytes == 0 ? PATTERN_BYTES : limits.pattern_bytes;
    limits.nesting = limits.nesting == 0 ? NESTING : limits.nesting;
    if (limits.instructions == 0 || limits.instructions > INSTRUCTIONS_MAX) {
        limits.instructions = INSTRUCTIONS_MAX;
    }
    limits.table_states = limits.table_states == 0 ? TABLE_STATES : limits.table_states;
    return limits;
}

static bool compile(Parser *parser, const RegexLimits *limits, Regex **regex)
{
    const size_t valid = utf8_valid_length(parser->pattern);
    if (parser->pattern.length > limits->pattern_bytes) {
        return fail_limit(parser, SLICE("the regular expression is too long"));
    }
    if (valid != parser->pattern.length) {
        return parser_fail(parser, SLICE("invalid UTF-8"), valid, valid);
    }
    parser->groups =
        regex_grow(parser->arena, NULL, 0, &parser->group_capacity, sizeof(Group), _Alignof(Group));
    Regex *made = ARENA_NEW(parser->arena, Regex);
    if (parser->groups == NULL || made == NULL) {
        return fail_memory(parser);
    }
    parser->groups[0] = (Group){.copies = 1};
    if (!parse_pattern(parser)) {
        return false;
    }
    made->names = parser->names;
    made->groups = parser->captures;
    program_finish(&parser->program, made);
    if (parser->program.too_large) {
        return fail_limit(parser, SLICE("the regular expression is too large"));
    }
    if (parser->program.failed || !regex_analyse(made, parser->arena) ||
        !regex_table_build(made, parser->arena, limits->table_states)) {
        return fail_memory(parser);
    }
    *regex = made;
    return true;
}

Error regex_compile(Arena *arena, Slice pattern, const RegexLimits *limits, Regex **regex)
{
    const RegexLimits effective = with_defaults(limits);
    Parser parser = {.arena = arena, .pattern = pattern, .depth_limit = effective.nesting};
    program_init(&parser.program, arena, effective.instructions);
    class_init(&parser.set, arena);
    class_init(&parser.part, arena);
    (void)compile(&parser, &effective, regex);
    return parser.error;
}

size_t regex_group_count(const Regex *regex)
{
    return regex->groups;
}

Slice regex_group_name(const Regex *regex, size_t index)
{
    return index >= 1 && index <= regex->groups ? regex->names[index - 1] : SLICE("");
}

size_t regex_instruction_count(const Regex *regex)
{
    return regex->instructions;
}
