#include "base/utf8.h"
#include "cel/regex_build.h"

enum {
    PATTERN_BYTES = 16384,
    NESTING = 1000,
    INSTRUCTIONS_MAX = 65536,
    TABLE_STATES = 128,
    QUOTE_BYTES = 120,
    ZEROS_BEHIND = 4
};

static void fail(RegexBuilder *build, ErrorCode code, const char *message, const uint8_t *from)
{
    if (build->failure == ERROR_OK) {
        build->failure = code;
        build->message = message;
        build->from = from;
        build->to = build->at;
        build->place = from;
    }
    build->at = build->end;
}

void build_fail(RegexBuilder *build, const char *message, const uint8_t *from)
{
    fail(build, ERROR_REGEX_SYNTAX, message, from);
}

void build_fail_limit(RegexBuilder *build, const char *message)
{
    fail(build, ERROR_LIMIT_EXCEEDED, message, build->at);
}

void build_fail_memory(RegexBuilder *build)
{
    fail(build, ERROR_OUT_OF_MEMORY, "no memory to compile the regular expression", build->at);
}

void *build_grow(RegexBuilder *build, void *block, uint32_t count, uint32_t *capacity, uint32_t bytes)
{
    if (count < *capacity) {
        return block;
    }
    /* The limits of a pattern keep these products far below 2^32. */
    const uint32_t wanted = *capacity < 8 ? 8 : *capacity * 2;
    void *moved = arena_resize(build->arena, block, (size_t)*capacity * bytes, (size_t)wanted * bytes, 8);
    if (moved == NULL) {
        build_fail_memory(build);
    } else {
        *capacity = wanted;
    }
    return moved;
}

static Error make_error(const RegexBuilder *build)
{
    Slice quoted = {(const char *)build->from, (size_t)(build->to - build->from)};
    const bool cut = quoted.length > QUOTE_BYTES;
    if (cut) {
        quoted.length = QUOTE_BYTES;
        quoted.length = utf8_valid_length(quoted);
    }
    Error error =
        ERROR_TEXT(build->arena, build->failure, slice_from_text(build->message),
                   quoted.length == 0 ? SLICE("") : SLICE(": "), quoted, cut ? SLICE("...") : SLICE(""));
    const Slice before = {(const char *)build->pattern, (size_t)(build->place - build->pattern)};
    error.place.line = 1;
    error.place.column = (uint32_t)utf8_count(before) + 1;
    return error;
}

static uint32_t limit_of(uint32_t given, uint32_t otherwise)
{
    return given == 0 ? otherwise : given;
}

static RegexLimits with_defaults(const RegexLimits *given)
{
    const RegexLimits limits = given == NULL ? (RegexLimits){0} : *given;
    return (RegexLimits){
        .pattern_bytes = limit_of(limits.pattern_bytes, PATTERN_BYTES),
        .nesting = limit_of(limits.nesting, NESTING),
        .instructions = limits.instructions > INSTRUCTIONS_MAX
                            ? INSTRUCTIONS_MAX
                            : limit_of(limits.instructions, INSTRUCTIONS_MAX),
        .table_states = limit_of(limits.table_states, TABLE_STATES),
        .work = limits.work,
    };
}

static void compile(RegexBuilder *build, Regex *regex)
{
    parse_pattern(build);
    program_finish(build, regex);
    regex->names = build->names;
    regex->groups = build->captures;
    if (build->failure == ERROR_OK && !(regex_analyse(regex, build->arena) &&
                                        regex_table_build(regex, build->arena, build->limits.table_states))) {
        build_fail_memory(build);
    }
}

Error regex_compile(Arena *arena, Slice pattern, const RegexLimits *limits, Regex **regex)
{
    RegexBuilder build = {.arena = arena, .limits = with_defaults(limits)};
    RegexGroup whole = {.copies = 1};
    build.group = &whole;
    if (pattern.length > build.limits.pattern_bytes) {
        return error_make(ERROR_LIMIT_EXCEEDED, SLICE("the regular expression is too long"));
    }
    Regex *made = ARENA_NEW(arena, Regex);
    char *copy = ARENA_ARRAY(arena, char, pattern.length + ZEROS_BEHIND);
    if (made == NULL || copy == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to compile the regular expression"));
    }
    if (pattern.length != 0) {
        memcpy(copy, pattern.data, pattern.length);
    }
    build.pattern = (const uint8_t *)copy;
    build.end = build.pattern + pattern.length;
    build.at = build.pattern + utf8_valid_length(slice_make(copy, pattern.length));
    if (build.at != build.end) {
        build_fail(&build, "invalid UTF-8", build.at);
    } else {
        build.at = build.pattern;
        compile(&build, made);
    }
    if (build.limits.work != NULL) {
        *build.limits.work += (uint64_t)build.count + build.range_count;
    }
    if (build.failure != ERROR_OK) {
        return make_error(&build);
    }
    *regex = made;
    return ERROR_NONE;
}

size_t regex_group_count(const Regex *regex)
{
    return regex->groups;
}

Slice regex_group_name(const Regex *regex, size_t index)
{
    const RegexName *name = regex->names;
    while (name != NULL && name->index != index) {
        name = name->next;
    }
    return name == NULL ? SLICE("") : name->name;
}

size_t regex_instruction_count(const Regex *regex)
{
    return regex->instructions;
}
