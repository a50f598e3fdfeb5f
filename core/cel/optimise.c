/* The last pass over the instructions: jumps to jumps are shortened and superinstructions are marked. */
#include "cel/program.h"

enum { JUMPS_MAX = 8 };

/* Where a jump to `target` ends up. */
static uint16_t final_target(const CelInstruction *code, uint16_t target)
{
    for (unsigned i = 0; i < JUMPS_MAX && code[target].opcode == OP_JUMP; i++) {
        target = code[target].b;
    }
    return target;
}

static bool is_jump(uint8_t opcode)
{
    switch ((CelOpcode)opcode) {
    case OP_END:
    case OP_JUMP:
    case OP_JUMP_FALSE:
    case OP_JUMP_TRUE:
    case OP_JUMP_KNOWN:
    case OP_BRANCH: return true;
    default: return false;
    }
}

/* Instructions that write dst and have no other effect can return it at once; here those that only move. */
static void shorten(CelInstruction *code, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_jump(code[i].opcode)) {
            code[i].b = final_target(code, code[i].b);
        }
        if (code[i].opcode == OP_JUMP && code[code[i].b].opcode == OP_RETURN) {
            code[i] = code[code[i].b];
        }
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        if (code[i].opcode == OP_MOVE && code[i + 1].opcode == OP_RETURN && code[i + 1].a == code[i].dst) {
            code[i] = (CelInstruction){.opcode = OP_RETURN, .a = code[i].a};
        }
    }
}

/* The condition was computed for this branch alone, so it need not be kept. */
static bool branches_on(const CelInstruction *code, uint16_t value)
{
    return code->opcode == OP_BRANCH && code->a == value && code->flag != 0;
}

/* Exactly one operand is the value just read: then the other is there already. */
static bool uses_once(const CelInstruction *code, uint16_t value)
{
    return (code->a == value) != (code->b == value);
}

/* The superinstruction that begins here, or the instruction itself. */
static CelOpcode super(const CelInstruction *code, uint32_t left)
{
    const CelOpcode opcode = (CelOpcode)code->opcode;
    const CelInstruction *next = code + 1;
    const bool tested = left > 3 && branches_on(code + 2, next->dst);
    if (left < 3) {
        return opcode;
    }
    switch (opcode) {
    case OP_COMPARE: return branches_on(next, code->dst) ? OP_COMPARE_TEST : opcode;
    case OP_HAS: return branches_on(next, code->dst) ? OP_HAS_TEST : opcode;
    case OP_FIXED:
        if (next->opcode == OP_COMPARE && next->a == code->dst && next->b != code->dst) {
            return tested ? OP_FIXED_TEST : OP_FIXED_COMPARE;
        }
        return next->opcode >= OP_ADD && next->opcode <= OP_DIVIDE && uses_once(next, code->dst) &&
                       code->flag == CEL_DOUBLE
                   ? OP_FIXED_OPERATE
                   : opcode;
    case OP_TEXT:
        if (tested && next->opcode == OP_EQUAL && uses_once(next, code->dst)) {
            return OP_TEXT_TEST;
        }
        return tested && next->opcode == OP_IN && next->a == code->dst && next->b != code->dst
                   ? OP_TEXT_IN_TEST
                   : opcode;
    default: return opcode;
    }
}

void cel_optimise(CelInstruction *code, uint32_t count)
{
    shorten(code, count);
    for (uint32_t i = 0; i < count; i++) {
        code[i].opcode = (uint8_t)super(&code[i], count - i);
    }
}
