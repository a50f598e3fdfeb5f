#include "cel/regex_internal.h"

void regex_reach(const Regex *regex, uint32_t id, uint32_t holds, uint32_t *seen, uint32_t *stack)
{
    uint32_t depth = 0;
    stack[depth++] = id;
    while (depth != 0) {
        id = stack[--depth];
        while (!regex_bit(seen, id)) {
            const RegexInst *inst = &regex->program[id];
            regex_bit_set(seen, id);
            if (inst->op < OP_JUMP || (inst->op == OP_CONDITION && ((uint32_t)inst->x & ~holds) != 0)) {
                break;
            }
            if (inst->op == OP_FORK_NEXT || inst->op == OP_FORK_JUMP) {
                stack[depth++] = (uint32_t)inst->x;
            }
            id = inst->op == OP_JUMP ? (uint32_t)inst->x : id + 1;
        }
    }
}

static void fill_bits(uint32_t *words, size_t count)
{
    memset(words, 0xFF, count * sizeof(uint32_t));
}

/* The bytes with which what the instruction takes can begin. */
static void add_first(Regex *regex, const RegexInst *inst)
{
    if (inst->op == OP_CLASS) {
        const RegexClass *set = &regex->classes[inst->x];
        for (int i = 0; i < 4; i++) {
            regex->first[i] |= set->ascii[i];
        }
        fill_bits(regex->first + 4, set->count == 0 ? 0 : 4);
    } else if (inst->op == OP_RUNE && inst->x < 0x80) {
        regex_bit_set(regex->first, (uint32_t)inst->x);
    } else {
        fill_bits(inst->op == OP_RUNE ? regex->first + 4 : regex->first, inst->op == OP_RUNE ? 4 : 8);
    }
}

static uint32_t encode(uint32_t rune, char *bytes)
{
    const uint32_t length = rune < 0x80 ? 1 : (rune < 0x800 ? 2 : (rune < 0x10000 ? 3 : 4));
    for (uint32_t i = length; i-- > 1; rune >>= 6) {
        bytes[i] = (char)(0x80U | (rune & 0x3FU));
    }
    bytes[0] = (char)(length == 1 ? rune : ((0xF00U >> length & 0xFFU) | rune));
    return length;
}

/* The code points that every match begins with; surrogates too, unlike utf8_encode. */
static void find_literal(Regex *regex)
{
    const RegexInst *inst = regex->program;
    while (inst->op == OP_RUNE && regex->literal_length + 4 <= LITERAL_BYTES_MAX) {
        regex->literal_length += encode((uint32_t)inst->x, regex->literal + regex->literal_length);
        inst += 1 + inst->waits;
    }
    regex->literal_only = inst->op == OP_MATCH;
}

bool regex_analyse(Regex *regex, Arena *scratch)
{
    const ArenaMark mark = arena_mark(scratch);
    uint32_t *seen = ARENA_ARRAY(scratch, uint32_t, regex->instructions / 32 + 1);
    uint32_t *stack = ARENA_ARRAY(scratch, uint32_t, regex->forks + 1);
    if (seen == NULL || stack == NULL) {
        return false;
    }
    /* From a position that is not the text's beginning; all other conditions are taken to hold. */
    regex_reach(regex, 0, ~(uint32_t)AT_TEXT_BEGIN, seen, stack);
    regex->anchored = true;
    regex->has_first = true;
    for (uint32_t id = 0; id < regex->instructions; id++) {
        const RegexInst *inst = &regex->program[id];
        if (regex_bit(seen, id) && inst->op < OP_JUMP) {
            regex->anchored = false;
            regex->has_first = regex->has_first && inst->op != OP_MATCH;
            add_first(regex, inst);
        }
    }
    arena_rewind(scratch, mark);
    find_literal(regex);
    return true;
}
