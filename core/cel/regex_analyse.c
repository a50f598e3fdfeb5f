#include "cel/regex_internal.h"

/* What can be the first byte of a match, seen from the program's beginning. */
typedef struct First {
    bool without_begin; /* reachable though the position is not the text's beginning */
    bool empty;         /* the end can be reached without a byte */
    uint32_t bytes[8];
} First;

static uint32_t lead_byte(uint32_t rune)
{
    return rune < 0x80      ? rune
           : rune < 0x800   ? 0xC0U | rune >> 6
           : rune < 0x10000 ? 0xE0U | rune >> 12
                            : 0xF0U | rune >> 18;
}

static void add_bytes(First *first, uint32_t low, uint32_t high)
{
    for (uint32_t byte = low; byte <= high; byte++) {
        regex_bit_set(first->bytes, byte);
    }
}

static void add_consumer(const Regex *regex, const RegexInst *inst, First *first)
{
    first->without_begin = true;
    if (inst->op == OP_MATCH) {
        first->empty = true;
    } else if (inst->op == OP_RUNE) {
        regex_bit_set(first->bytes, lead_byte((uint32_t)inst->x));
    } else if (inst->op == OP_CLASS) {
        const RegexClass *set = &regex->classes[inst->x];
        for (int i = 0; i < 4; i++) {
            first->bytes[i] |= set->ascii[i];
        }
        for (uint32_t i = 0; i < set->count; i++) {
            const RuneRange range = regex->ranges[set->first + i];
            add_bytes(first, lead_byte(range.low), range.high == RUNE_LENIENT ? 0xF4 : lead_byte(range.high));
        }
    } else {
        add_bytes(first, 0, 255);
    }
}

/* Follows all that takes no byte; conditions are taken to hold, but for the text's beginning if `inside`. */
static bool find_first(const Regex *regex, Arena *scratch, bool inside, First *first)
{
    const ArenaMark mark = arena_mark(scratch);
    uint32_t *seen = ARENA_ARRAY(scratch, uint32_t, regex->instructions / 32 + 1);
    uint32_t *stack = ARENA_ARRAY(scratch, uint32_t, regex->forks + 1);
    if (seen == NULL || stack == NULL) {
        return false;
    }
    uint32_t depth = 0;
    stack[depth++] = 0;
    while (depth != 0) {
        uint32_t id = stack[--depth];
        while (!regex_bit(seen, id)) {
            regex_bit_set(seen, id);
            const RegexInst *inst = &regex->program[id];
            if (inst->op == OP_JUMP) {
                id = (uint32_t)inst->x;
                continue;
            }
            if (inst->op < OP_JUMP ||
                (inst->op == OP_CONDITION && inside && (inst->x & AT_TEXT_BEGIN) != 0)) {
                if (inst->op < OP_JUMP) {
                    add_consumer(regex, inst, first);
                }
                break;
            }
            if (inst->op == OP_FORK_NEXT || inst->op == OP_FORK_JUMP) {
                stack[depth++] = (uint32_t)inst->x;
            }
            id++;
        }
    }
    arena_rewind(scratch, mark);
    return true;
}

static uint32_t encode(uint32_t rune, char *bytes)
{
    if (rune < 0x80) {
        bytes[0] = (char)rune;
        return 1;
    }
    const uint32_t length = rune < 0x800 ? 2 : (rune < 0x10000 ? 3 : 4);
    for (uint32_t i = length; i-- > 1; rune >>= 6) {
        bytes[i] = (char)(0x80U | (rune & 0x3FU));
    }
    bytes[0] = (char)((0xF00U >> length & 0xFFU) | rune);
    return length;
}

/* The code points that every match begins with; surrogates too, unlike utf8_encode. */
static void find_literal(Regex *regex)
{
    const RegexInst *inst = regex->program;
    regex->literal_begin = inst->op == OP_CONDITION && inst->x == AT_TEXT_BEGIN;
    inst += regex->literal_begin ? 1 : 0;
    while (inst->op == OP_RUNE && regex->literal_length + 4 <= LITERAL_BYTES_MAX) {
        regex->literal_length += (uint8_t)encode((uint32_t)inst->x, regex->literal + regex->literal_length);
        inst += 1 + inst->waits;
    }
    regex->literal_end = inst->op == OP_CONDITION && inst->x == AT_TEXT_END;
    inst += regex->literal_end ? 1 : 0;
    regex->literal_only = inst->op == OP_MATCH;
}

bool regex_analyse(Regex *regex, Arena *scratch)
{
    First inside = {0};
    if (!find_first(regex, scratch, true, &inside)) {
        return false;
    }
    regex->anchored = !inside.without_begin;
    regex->has_first = !inside.empty && !regex->anchored;
    /* At the text's beginning more may be possible; a search looks there without asking `first`. */
    memcpy(regex->first, inside.bytes, sizeof inside.bytes);
    find_literal(regex);
    return true;
}
