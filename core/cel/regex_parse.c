/*
 * Expressions: one pass over the pattern, without recursion, that writes the program as it goes. A repetition
 * copies or wraps the code of the atom before it; an alternative wraps the code of the branch before it.
 */
#include "cel/regex_build.h"

enum { REPEAT_MAX = 1000, COUNT_MAX = 100000000 };

uint32_t build_rune(RegexBuilder *build)
{
    uint32_t bytes = 0;
    const uint32_t rune = regex_decode(build->at, (size_t)(build->end - build->at), &bytes);
    build->at += bytes;
    return rune;
}

/* The atom before is complete: what it is made of counts for its group. */
static void end_atom(RegexBuilder *build)
{
    RegexGroup *group = build->group;
    if (build->atom.exists) {
        group->copies = build->atom.copies > group->copies ? build->atom.copies : group->copies;
        group->branch_filled = group->branch_filled || !build->atom.nullable;
    }
    build->atom.exists = false;
}

static void begin_atom(RegexBuilder *build, bool nullable)
{
    end_atom(build);
    build->atom = (RegexAtom){build->count, 1, true, nullable};
}

static void emit_set(RegexBuilder *build)
{
    begin_atom(build, false);
    program_class(build);
}

static void emit_literal(RegexBuilder *build, uint32_t rune)
{
    build->set.count = 0;
    set_add(build, &build->set, rune, rune);
    set_fold(build, &build->set);
    emit_set(build);
}

static void emit_dot(RegexBuilder *build)
{
    build->set.count = 0;
    if ((build->flags & FLAG_DOT_NEWLINE) == 0) {
        set_add(build, &build->set, '\n', '\n');
    }
    set_negate(build, &build->set);
    emit_set(build);
}

static void emit_condition(RegexBuilder *build, int32_t condition)
{
    begin_atom(build, true);
    program_emit(build, OP_CONDITION, condition);
}

/* Groups. */

static void open_group(RegexBuilder *build, const uint8_t *place, uint32_t flags, bool capture)
{
    end_atom(build);
    RegexGroup *group = ARENA_NEW(build->arena, RegexGroup);
    if (group == NULL) {
        build_fail_memory(build);
        return;
    }
    if (++build->depth >= build->limits.nesting) {
        build_fail_limit(build, "groups are nested too deeply in the regular expression");
    }
    *group = (RegexGroup){
        .outer = build->group, .place = place, .start = build->count, .flags = flags, .copies = 1};
    build->group = group;
    if (capture) {
        group->index = ++build->captures;
        program_emit(build, OP_CAPTURE, (int32_t)(2 * group->index));
    }
    group->branch = build->count;
}

static void next_branch(RegexBuilder *build)
{
    end_atom(build);
    RegexGroup *group = build->group;
    program_branch(build, group->branch, &group->jumps);
    group->branch = build->count;
    group->nullable = group->nullable || !group->branch_filled;
    group->branch_filled = false;
}

static void fail_whole(RegexBuilder *build, const char *message, const uint8_t *place)
{
    const bool first = build->failure == ERROR_OK;
    build->at = build->end;
    build_fail(build, message, build->pattern);
    build->place = first ? place : build->place;
}

static void close_group(RegexBuilder *build)
{
    const RegexGroup *group = build->group;
    if (group->outer == NULL) {
        fail_whole(build, "unexpected )", build->at - 1);
        return;
    }
    end_atom(build);
    program_join(build, group->jumps);
    if (group->index != 0) {
        program_emit(build, OP_CAPTURE, (int32_t)(2 * group->index + 1));
    }
    build->group = group->outer;
    build->flags = group->flags;
    build->depth--;
    build->atom = (RegexAtom){group->start, group->copies, true, group->nullable || !group->branch_filled};
}

/* The first character is not special. */
static bool valid_name(RegexBuilder *build, const uint8_t *end)
{
    bool valid = build->at < end;
    build->set.count = 0;
    unicode_add_category(build, &build->set, UNICODE_NAME_CATEGORIES);
    while (build->at < end) {
        valid = set_has(&build->set, build_rune(build)) && valid;
    }
    return valid;
}

/* At the name in "(?P<name>" or "(?<name>". */
static void named_group(RegexBuilder *build, const uint8_t *start)
{
    const uint8_t *name = build->at;
    const Slice rest = slice_make((const char *)name, (size_t)(build->end - name));
    const size_t length = slice_find_byte(rest, '>', 0);
    const bool valid = valid_name(build, name + length);
    build->at = length == rest.length ? build->end : name + length + 1;
    RegexName *named = ARENA_NEW(build->arena, RegexName);
    if (named == NULL) {
        build_fail_memory(build);
    } else if (!valid || length == rest.length) {
        build_fail(build, "invalid named capture group", start);
    } else {
        open_group(build, start, build->flags, true);
        *named = (RegexName){build->names, slice_make((const char *)name, length), build->captures};
        build->names = named;
    }
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

/* After "(?": flags for the rest of the group, "(?i)", or for a group of their own, "(?i:". */
static void flag_group(RegexBuilder *build, const uint8_t *start)
{
    const uint32_t before = build->flags;
    uint32_t flags = before;
    bool negated = false;
    bool dangling = false; /* a '-' without a flag */
    while (build->at < build->end) {
        const uint32_t rune = build_rune(build);
        const uint32_t flag = flag_of(rune);
        if (flag != 0) {
            flags = negated ? flags & ~flag : flags | flag;
            dangling = false;
        } else if (rune == '-' && !negated) {
            negated = true;
            dangling = true;
        } else if ((rune == ':' || rune == ')') && !dangling) {
            build->flags = flags;
            if (rune == ':') {
                open_group(build, start, before, false);
            }
            return;
        } else {
            break;
        }
    }
    build_fail(build, "invalid perl operator", start);
}

/* At '('. */
static void parse_group(RegexBuilder *build)
{
    const uint8_t *start = build->at++;
    if (start[1] != '?') {
        open_group(build, start, build->flags, true);
        return;
    }
    const uint8_t *name = start + (start[2] == 'P' ? 4 : 3);
    /* (?<= and (?<! would look behind. */
    const bool named =
        name < build->end && name[-1] == '<' && (start[2] == 'P' || (*name != '=' && *name != '!'));
    build->at = named ? name : start + 2;
    if (named) {
        named_group(build, start);
    } else {
        flag_group(build, start);
    }
}

/* Repetitions. */

static bool is_digit(uint8_t byte)
{
    return byte - (uint32_t)'0' < 10;
}

/* A number without leading zeros; -1 when there is none. */
static int32_t read_count(const uint8_t **at)
{
    int32_t value = is_digit(**at) && !(**at == '0' && is_digit((*at)[1])) ? 0 : -1;
    while (value >= 0 && is_digit(**at)) {
        value = value < COUNT_MAX ? value * 10 + (*(*at)++ - '0') : -1;
    }
    return value;
}

/* At '{': {2} {2,} {2,5}. Anything else is a literal brace: false, and nothing is read. */
static bool read_counts(RegexBuilder *build, RegexRepeat *repeat)
{
    const uint8_t *at = build->at + 1;
    const int32_t min = read_count(&at);
    int32_t max = min;
    bool valid = min >= 0;
    if (valid && *at == ',') {
        at++;
        max = *at == '}' ? -1 : read_count(&at);
        valid = *at == '}' && (max >= 0 || at[-1] == ',');
    }
    if (!valid || *at != '}') {
        return false;
    }
    repeat->min = min;
    repeat->max = max;
    build->at = at + 1;
    return true;
}

static void repeat_atom(RegexBuilder *build, const uint8_t *start, const RegexRepeat *repeat)
{
    RegexAtom *atom = &build->atom;
    const bool sized = repeat->min <= REPEAT_MAX && repeat->max <= REPEAT_MAX &&
                       (repeat->max < 0 || repeat->min <= repeat->max);
    const uint32_t times = (uint32_t)(repeat->max < 0 ? repeat->min : repeat->max);
    if (sized && !atom->exists) {
        build_fail(build, "no argument for repetition operator", start);
        return;
    }
    atom->copies *= sized && times > 1 ? times : 1;
    if (!sized || atom->copies > REPEAT_MAX) {
        build_fail(build, "invalid repetition size", start);
        return;
    }
    program_repeat(build, atom->start, atom->nullable, repeat);
    atom->nullable = atom->nullable || repeat->min == 0;
}

/* At an operator; `before` is where the one just before it began, or NULL. Returns the same for the next. */
static const uint8_t *parse_repeat(RegexBuilder *build, const uint8_t *before)
{
    const uint8_t *start = build->at;
    RegexRepeat repeat = {*start == '+' ? 1 : 0, *start == '?' ? 1 : -1, (build->flags & FLAG_UNGREEDY) != 0};
    if (*start == '{' && !read_counts(build, &repeat)) {
        emit_literal(build, build_rune(build));
        return NULL;
    }
    build->at += *start == '{' ? 0 : 1;
    if (*build->at == '?') {
        build->at++;
        repeat.lazy = !repeat.lazy;
    }
    if (before != NULL) {
        build_fail(build, "bad repetition operator", before);
    } else {
        repeat_atom(build, start, &repeat);
    }
    return start;
}

/* The loop. */

static void quoted_text(RegexBuilder *build)
{
    while (build->at < build->end) {
        if (build->at[0] == '\\' && build->at[1] == 'E') {
            build->at += 2;
            return;
        }
        emit_literal(build, build_rune(build));
    }
}

/* At a backslash. */
static void parse_backslash(RegexBuilder *build)
{
    static const uint8_t LETTERS[] = {'A', AT_TEXT_BEGIN, 'z', AT_TEXT_END,
                                      'b', AT_WORD_EDGE,  'B', AT_NO_WORD_EDGE};
    const uint8_t letter = build->at[1];
    build->set.count = 0;
    if (parse_class_escape(build)) {
        set_fold(build, &build->set);
        emit_set(build);
        return;
    }
    build->at += 2;
    for (size_t i = 0; i < sizeof LETTERS; i += 2) {
        if (letter == LETTERS[i]) {
            emit_condition(build, LETTERS[i + 1]);
            return;
        }
    }
    if (letter == 'Q') {
        quoted_text(build);
    } else if (letter == 'C') {
        begin_atom(build, false);
        program_emit(build, OP_BYTE, 0);
    } else {
        build->at -= 2;
        emit_literal(build, parse_escape(build));
    }
}

void parse_pattern(RegexBuilder *build)
{
    const uint8_t *operator_before = NULL;
    while (build->at < build->end) {
        const bool lines = (build->flags & FLAG_LINES) != 0;
        const uint8_t *before = operator_before;
        operator_before = NULL;
        switch (*build->at) {
        case '(': parse_group(build); break;
        case '[':
            parse_class(build);
            emit_set(build);
            break;
        case '\\': parse_backslash(build); break;
        case '*':
        case '+':
        case '?':
        case '{': operator_before = parse_repeat(build, before); break;
        default: {
            const uint32_t rune = build_rune(build);
            switch (rune) {
            case ')': close_group(build); break;
            case '|': next_branch(build); break;
            case '.': emit_dot(build); break;
            case '^': emit_condition(build, lines ? AT_LINE_BEGIN : AT_TEXT_BEGIN); break;
            case '$': emit_condition(build, lines ? AT_LINE_END : AT_TEXT_END); break;
            default: emit_literal(build, rune);
            }
        }
        }
    }
    if (build->group->outer != NULL) {
        fail_whole(build, "missing )", build->group->place);
    }
    program_join(build, build->group->jumps);
}
