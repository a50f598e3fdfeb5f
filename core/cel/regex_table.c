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
    TABLE_WORK_MAX = 60000, /* instructions looked at while building: some 100 microseconds */
    SET_WORDS = TABLE_INSTRUCTIONS_MAX / 32
};

typedef struct State {
    uint32_t waiting[SET_WORDS];
    uint32_t before; /* regex_before, as far as the pattern cares */
} State;

typedef struct Builder {
    const Regex *regex;
    RegexTable *table;
    uint16_t *next;
    State *states;
    uint32_t count;
    uint32_t states_max;
    uint32_t work;
    uint32_t wide;  /* the column of what is above U+007F */
    uint32_t words; /* of a set, as far as there are instructions */
    uint32_t seen[SET_WORDS];
    uint32_t stack[TABLE_INSTRUCTIONS_MAX];
    uint32_t takers[128 + TABLE_COLUMNS_BEHIND]
                   [SET_WORDS]; /* instructions that take a character of the column */
    uint8_t sample[128];        /* a member of each column */
} Builder;

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

/* Gives one character a column of its own. */
static void single_out(RegexTable *table, uint32_t byte)
{
    uint32_t other = 0;
    while (other < 128 && (other == byte || table->column_of[other] != table->column_of[byte])) {
        other++;
    }
    if (other < 128) {
        table->column_of[byte] = table->columns++;
    }
}

static void find_columns(const Regex *regex, RegexTable *table)
{
    /* What conditions tell apart; \B can hold inside a character. */
    uint32_t members[4] = {(regex->conditions & (AT_LINE_BEGIN | AT_LINE_END)) != 0 ? 1U << '\n' : 0};
    const bool words = (regex->conditions & (AT_WORD_EDGE | AT_NO_WORD_EDGE)) != 0;
    table->ascii_only = (regex->conditions & AT_NO_WORD_EDGE) != 0;
    refine(table, members);
    for (uint32_t byte = 0; byte < 128; byte++) {
        members[byte / 32] = byte % 32 == 0 ? 0 : members[byte / 32];
        if (words && regex_is_word(byte)) {
            regex_bit_set(members, byte);
        }
    }
    refine(table, members);
    for (uint32_t i = 0; i < regex->class_count; i++) {
        const RegexClass *set = &regex->classes[i];
        table->ascii_only = table->ascii_only || (set->count != 0 && set->ranges->high != RUNE_LENIENT);
        refine(table, set->ascii);
    }
    for (uint32_t i = 0; i < regex->instructions; i++) {
        const RegexInst *inst = &regex->program[i];
        if (inst->op == OP_RUNE) {
            table->ascii_only = table->ascii_only || inst->x >= 0x80;
            single_out(table, (uint32_t)inst->x & 127U);
        }
    }
}

static bool takes(const Builder *builder, const RegexInst *inst, uint32_t column)
{
    if (column < builder->wide) {
        const uint32_t byte = builder->sample[column];
        return inst->op == OP_RUNE ? byte == (uint32_t)inst->x
                                   : regex_bit(builder->regex->classes[inst->x].ascii, byte);
    }
    return column == builder->wide && inst->op == OP_CLASS && builder->regex->classes[inst->x].count != 0;
}

static void find_takers(Builder *builder)
{
    const Regex *regex = builder->regex;
    for (uint32_t id = 0; id < regex->instructions; id++) {
        const RegexInst *inst = &regex->program[id];
        const bool taking = inst->op == OP_RUNE || inst->op == OP_CLASS;
        for (uint32_t column = 0; taking && column <= builder->wide; column++) {
            if (takes(builder, inst, column)) {
                regex_bit_set(builder->takers[column], id);
            }
        }
    }
}

static uint16_t find_state(Builder *builder, State *wanted, uint32_t before)
{
    const uint32_t cared = builder->regex->conditions;
    wanted->before =
        before & (cared | (cared & AT_NO_WORD_EDGE) >> 1 | (builder->regex->anchored ? AT_TEXT_BEGIN : 0));
    uint32_t i = 0;
    while (i < builder->count && memcmp(&builder->states[i], wanted, sizeof *wanted) != 0) {
        i++;
    }
    if (i == builder->states_max) {
        builder->work = TABLE_WORK_MAX;
        return TABLE_DEAD;
    }
    if (i == builder->count) {
        builder->states[builder->count++] = *wanted;
    }
    return (uint16_t)(i * builder->table->columns);
}

/* All that the state leads to under the conditions; a match among it is its last bit. */
static void reach(Builder *builder, const State *state, uint32_t holds)
{
    const Regex *regex = builder->regex;
    memset(builder->seen, 0, sizeof builder->seen);
    if (!regex->anchored || (state->before & AT_TEXT_BEGIN) != 0) {
        regex_reach(regex, 0, holds, builder->seen, builder->stack);
    }
    for (uint32_t word = 0; word < builder->words; word++) {
        for (uint32_t left = state->waiting[word]; left != 0; left &= left - 1) {
            const uint32_t id = word * 32 + (uint32_t)__builtin_ctz(left);
            regex_reach(regex, id, holds, builder->seen, builder->stack);
        }
    }
    builder->work += regex->instructions;
}

/* Where what was reached goes with a character of the column. */
static uint16_t step(Builder *builder, uint32_t column, int after)
{
    const Regex *regex = builder->regex;
    State reached = {{0}, 0};
    bool live = !regex->anchored;
    if (regex_bit(builder->seen, regex->instructions - 1)) {
        return TABLE_MATCH;
    }
    for (uint32_t word = 0; word < builder->words; word++) {
        for (uint32_t left = builder->seen[word] & builder->takers[column][word]; left != 0;
             left &= left - 1) {
            const uint32_t id = word * 32 + (uint32_t)__builtin_ctz(left);
            regex_bit_set(reached.waiting, id + 1 + regex->program[id].waits);
            live = true;
        }
    }
    builder->work += regex->instructions;
    return live && after >= 0 ? find_state(builder, &reached, regex_before(after)) : TABLE_DEAD;
}

static void fill_row(Builder *builder, uint32_t row)
{
    const State state = builder->states[row];
    const uint32_t columns = builder->table->columns;
    uint32_t known = UINT32_MAX;
    for (uint32_t column = 0; column < columns; column++) {
        const int after =
            column < builder->wide ? builder->sample[column] : (column == columns - 1 ? -1 : 0x80);
        const uint32_t holds = regex_between(state.before, after) & builder->regex->conditions;
        if (holds != known) {
            reach(builder, &state, holds);
            known = holds;
        }
        builder->next[row * columns + column] = step(builder, column, after);
    }
}

static bool fill(Builder *builder)
{
    static const int BEFORE[] = {-1, '\n', 'a', ' '};
    for (size_t i = 0; i < sizeof BEFORE / sizeof BEFORE[0]; i++) {
        State first = {{0}, 0};
        const uint32_t before = regex_before(BEFORE[i]);
        builder->table->begin[regex_begin_index(before)] = find_state(builder, &first, before);
    }
    for (uint32_t row = 0; row < builder->count && builder->work < TABLE_WORK_MAX; row++) {
        fill_row(builder, row);
    }
    return builder->work < TABLE_WORK_MAX;
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
    const size_t bytes = (size_t)states_max * (128 + TABLE_COLUMNS_BEHIND) * sizeof(uint16_t);
    uint16_t *next = arena_alloc(arena, bytes, _Alignof(uint16_t));
    const ArenaMark built = arena_mark(arena);
    Builder *builder = ARENA_NEW(arena, Builder);
    State *states = ARENA_ARRAY(arena, State, states_max);
    if (table == NULL || next == NULL || builder == NULL || states == NULL) {
        return false;
    }
    find_columns(regex, table);
    builder->regex = regex;
    builder->table = table;
    builder->next = next;
    builder->states = states;
    builder->states_max = states_max;
    builder->wide = table->columns;
    builder->words = (regex->instructions + 31) / 32;
    table->columns += TABLE_COLUMNS_BEHIND;
    for (uint32_t byte = 0; byte < 128; byte++) {
        builder->sample[table->column_of[byte]] = (uint8_t)byte;
    }
    find_takers(builder);
    if (!fill(builder)) {
        arena_rewind(arena, start);
        return true;
    }
    const size_t used = (size_t)builder->count * table->columns * sizeof(uint16_t);
    arena_rewind(arena, built);
    table->next = arena_resize(arena, next, bytes, used, _Alignof(uint16_t));
    regex->table = table;
    return true;
}
