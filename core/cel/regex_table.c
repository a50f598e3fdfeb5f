/*
 * The table that tells whether there is a match: a deterministic automaton, built whole when the pattern is
 * compiled, so that a Regex stays immutable. A pattern for which it would be large has none.
 *
 * A state is the set of instructions that wait for the next character, together with what the character
 * before was; conditions are decided when the next character is known, so a match is seen one character late,
 * and the end of the text is a column of its own. Columns are classes of characters that no instruction tells
 * apart. All characters above U+007F share one column; when an instruction does tell some of them apart, the
 * table gives up at the first of them and the caller searches otherwise.
 */
#include "cel/regex_internal.h"

enum {
    TABLE_INSTRUCTIONS_MAX = 256,
    TABLE_WORK_MAX = 60000, /* visits of instructions while building: some 100 microseconds */
    SET_WORDS = TABLE_INSTRUCTIONS_MAX / 32
};

/* What stands before a position; those that the pattern does not tell apart become BEFORE_OTHER. */
enum { BEFORE_OTHER, BEFORE_TEXT, BEFORE_NEWLINE, BEFORE_WORD };

typedef struct State {
    uint32_t waiting[SET_WORDS];
    uint32_t before;
} State;

typedef struct Builder {
    const Regex *regex;
    RegexTable *table;
    State *states;
    uint8_t *next;
    uint32_t count;
    uint32_t states_max;
    uint32_t work;
    uint32_t
        wide; /* column of what is above U+007F; the next is of invalid bytes, the one after of the end */
    uint8_t sample[128]; /* a member of each column */
    uint32_t stack[TABLE_INSTRUCTIONS_MAX + 1];
} Builder;

static uint32_t kind_before(const Regex *regex, uint32_t before)
{
    static const uint32_t NEEDED[] = {0, AT_TEXT_BEGIN | AT_LINE_BEGIN, AT_LINE_BEGIN,
                                      AT_WORD_EDGE | AT_NO_WORD_EDGE};
    if (before == BEFORE_TEXT && regex->anchored) {
        return before;
    }
    return (regex->conditions & NEEDED[before]) != 0 ? before : BEFORE_OTHER;
}

static uint32_t before_of(const Regex *regex, uint32_t byte)
{
    return kind_before(regex,
                       byte == '\n' ? BEFORE_NEWLINE : (regex_is_word(byte) ? BEFORE_WORD : BEFORE_OTHER));
}

/* Splits every column into members and others of the set. */
static void refine(RegexTable *table, const uint32_t members[4])
{
    uint8_t moved[128][2];
    memset(moved, 255, sizeof moved);
    uint8_t columns = 0;
    for (uint32_t byte = 0; byte < 128; byte++) {
        uint8_t *column = &moved[table->column_of[byte]][regex_bit(members, byte) ? 1 : 0];
        if (*column == 255) {
            *column = columns++;
        }
        table->column_of[byte] = *column;
    }
    table->columns = columns;
}

static void refine_conditions(const Regex *regex, RegexTable *table)
{
    uint32_t words[4] = {0};
    const uint32_t newline[4] = {1U << '\n'};
    for (uint32_t byte = 0; byte < 128; byte++) {
        if (regex_is_word(byte)) {
            regex_bit_set(words, byte);
        }
    }
    if ((regex->conditions & (AT_WORD_EDGE | AT_NO_WORD_EDGE)) != 0) {
        refine(table, words);
    }
    if ((regex->conditions & (AT_LINE_BEGIN | AT_LINE_END)) != 0) {
        refine(table, newline);
    }
}

/* False when the program tells characters above U+007F apart. */
static bool find_columns(const Regex *regex, RegexTable *table)
{
    uint32_t single[4] = {0};
    /* \B can hold inside a character. */
    bool uniform = (regex->conditions & AT_NO_WORD_EDGE) == 0;
    table->columns = 1;
    for (uint32_t i = 0; i < regex->class_count; i++) {
        const RegexClass *set = &regex->classes[i];
        const RuneRange *range = regex->ranges + set->first;
        uniform = uniform && (set->count == 0 || (range->low == 0x80 && range->high == RUNE_LENIENT));
        refine(table, set->ascii);
    }
    for (uint32_t i = 0; i < regex->instructions; i++) {
        const RegexInst *inst = &regex->program[i];
        if (inst->op == OP_RUNE && inst->x < 0x80) {
            regex_bit_set(single, (uint32_t)inst->x);
        }
        uniform = uniform && (inst->op != OP_RUNE || inst->x < 0x80);
    }
    for (uint32_t byte = 0; byte < 128; byte++) {
        if (regex_bit(single, byte)) {
            uint32_t one[4] = {0};
            regex_bit_set(one, byte);
            refine(table, one);
        }
    }
    refine_conditions(regex, table);
    return uniform;
}

static uint32_t conditions_between(const Builder *builder, uint32_t before, uint32_t column)
{
    const bool end = column == builder->wide + 2;
    const uint32_t byte = column < builder->wide ? builder->sample[column] : 0x80;
    uint32_t holds = 0;
    holds |= before == BEFORE_TEXT ? AT_TEXT_BEGIN | AT_LINE_BEGIN : 0;
    holds |= before == BEFORE_NEWLINE ? AT_LINE_BEGIN : 0;
    holds |= end ? AT_TEXT_END | AT_LINE_END : 0;
    holds |= byte == '\n' ? AT_LINE_END : 0;
    return holds |
           ((before == BEFORE_WORD) != (!end && regex_is_word(byte)) ? AT_WORD_EDGE : AT_NO_WORD_EDGE);
}

static bool takes(const Builder *builder, const RegexInst *inst, uint32_t column)
{
    const Regex *regex = builder->regex;
    if (column > builder->wide) {
        return false;
    }
    if (inst->op == OP_RUNE) {
        return column < builder->wide && builder->sample[column] == inst->x;
    }
    const RegexClass *set = &regex->classes[inst->x];
    return column == builder->wide ? set->count != 0 : regex_bit(set->ascii, builder->sample[column]);
}

/* Follows `id` until it waits for a character; those that take `column` go into `reached`. True: a match. */
static bool follow(Builder *builder, uint32_t id, uint32_t holds, uint32_t column, uint32_t *seen,
                   State *reached)
{
    const RegexInst *program = builder->regex->program;
    uint32_t depth = 0;
    builder->stack[depth++] = id;
    while (depth != 0) {
        id = builder->stack[--depth];
        for (bool on = true; on && !regex_bit(seen, id);) {
            const RegexInst *inst = &program[id];
            regex_bit_set(seen, id);
            builder->work++;
            switch (inst->op) {
            case OP_MATCH: return true;
            case OP_JUMP: id = (uint32_t)inst->x; break;
            case OP_FORK_NEXT:
            case OP_FORK_JUMP:
                builder->stack[depth++] = (uint32_t)inst->x;
                id++;
                break;
            case OP_CAPTURE: id++; break;
            case OP_CONDITION:
                on = ((uint32_t)inst->x & ~holds) == 0;
                id++;
                break;
            default:
                if (takes(builder, inst, column)) {
                    regex_bit_set(reached->waiting, id + 1 + inst->waits);
                }
                on = false;
            }
        }
    }
    return false;
}

static uint8_t find_state(Builder *builder, const State *wanted)
{
    for (uint32_t i = 0; i < builder->count; i++) {
        if (memcmp(&builder->states[i], wanted, sizeof *wanted) == 0) {
            return (uint8_t)i;
        }
    }
    if (builder->count == builder->states_max) {
        builder->work = TABLE_WORK_MAX;
        return TABLE_DEAD;
    }
    builder->states[builder->count] = *wanted;
    return (uint8_t)builder->count++;
}

static uint8_t step(Builder *builder, const State *state, uint32_t column)
{
    const Regex *regex = builder->regex;
    const uint32_t holds = conditions_between(builder, state->before, column);
    uint32_t seen[SET_WORDS] = {0};
    State reached = {0};
    bool live = !regex->anchored;
    for (uint32_t id = 0; id < regex->instructions; id++) {
        if (regex_bit(state->waiting, id) && follow(builder, id, holds, column, seen, &reached)) {
            return TABLE_MATCH;
        }
    }
    const bool starts = !regex->anchored || state->before == BEFORE_TEXT;
    if (starts && follow(builder, 0, holds, column, seen, &reached)) {
        return TABLE_MATCH;
    }
    for (uint32_t i = 0; i < SET_WORDS; i++) {
        live = live || reached.waiting[i] != 0;
    }
    if (!live || column == builder->wide + 2) {
        return TABLE_DEAD;
    }
    reached.before = before_of(regex, column < builder->wide ? builder->sample[column] : 0x80);
    return find_state(builder, &reached);
}

static void fill(Builder *builder)
{
    RegexTable *table = builder->table;
    for (uint32_t i = 0; i < 4; i++) {
        const State first = {.before = kind_before(builder->regex, i)};
        table->begin[i] = find_state(builder, &first);
    }
    for (uint32_t i = 0; i < builder->count && builder->work < TABLE_WORK_MAX; i++) {
        for (uint32_t column = 0; column < table->columns; column++) {
            const bool known = !table->ascii_only || column < builder->wide || column == builder->wide + 2;
            builder->next[i * table->columns + column] =
                known ? step(builder, &builder->states[i], column) : TABLE_DEAD;
        }
    }
}

bool regex_table_build(Regex *regex, Arena *arena, uint32_t states_max)
{
    states_max = states_max < TABLE_STATES_MAX ? states_max : TABLE_STATES_MAX;
    if (regex->instructions > TABLE_INSTRUCTIONS_MAX || regex->has_byte || states_max < 4 ||
        regex->literal_only) {
        return true;
    }
    const ArenaMark start = arena_mark(arena);
    RegexTable *table = ARENA_NEW(arena, RegexTable);
    if (table == NULL) {
        return false;
    }
    table->ascii_only = !find_columns(regex, table);
    const uint32_t wide = table->columns;
    table->columns = (uint8_t)(wide + 3);
    const size_t bytes = (size_t)states_max * table->columns;
    uint8_t *next = arena_alloc(arena, bytes, 1);
    const ArenaMark built = arena_mark(arena);
    Builder *builder = ARENA_NEW(arena, Builder);
    State *states = ARENA_ARRAY(arena, State, states_max);
    if (next == NULL || builder == NULL || states == NULL) {
        return false;
    }
    *builder = (Builder){.regex = regex,
                         .table = table,
                         .states = states,
                         .next = next,
                         .states_max = states_max,
                         .wide = wide};
    for (uint32_t byte = 0; byte < 128; byte++) {
        builder->sample[table->column_of[byte]] = (uint8_t)byte;
    }
    fill(builder);
    const uint32_t count = builder->count;
    if (builder->work >= TABLE_WORK_MAX) {
        arena_rewind(arena, start);
        return true;
    }
    arena_rewind(arena, built);
    table->next = arena_resize(arena, next, bytes, (size_t)count * table->columns, 1);
    regex->table = table;
    return true;
}

RegexResult regex_table_search(const Regex *regex, Slice text, size_t from, uint64_t *steps)
{
    const RegexTable *table = regex->table;
    const uint32_t columns = table->columns;
    const uint32_t before = from == 0                                     ? BEFORE_TEXT
                            : text.data[from - 1] == '\n'                 ? BEFORE_NEWLINE
                            : regex_is_word((uint8_t)text.data[from - 1]) ? BEFORE_WORD
                                                                          : BEFORE_OTHER;
    const uint8_t *next = table->next;
    const uint8_t *bytes = (const uint8_t *)text.data;
    uint32_t state = table->begin[before];
    size_t at = from;
    const size_t end = text.length - from <= *steps ? text.length : from + (size_t)*steps;
    while (at < end) {
        uint32_t column = bytes[at] < 0x80 ? table->column_of[bytes[at]] : columns - 3U;
        uint32_t length = 1;
        if (bytes[at] >= 0x80) {
            if (table->ascii_only) {
                *steps -= at - from;
                return REGEX_LIMIT;
            }
            column += regex_decode(text, at, &length) == RUNE_INVALID ? 1 : 0;
        }
        state = next[state * columns + column];
        at += length;
        if (state >= TABLE_DEAD) {
            *steps -= at <= end ? at - from : end - from;
            return state == TABLE_MATCH ? REGEX_MATCH : REGEX_NO_MATCH;
        }
    }
    *steps -= end - from;
    if (end < text.length) {
        return REGEX_LIMIT;
    }
    return next[state * columns + columns - 1] == TABLE_MATCH ? REGEX_MATCH : REGEX_NO_MATCH;
}
