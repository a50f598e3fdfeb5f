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

/*
 * Where a test at `code` leads when its target is a test of the same value, so that this one's answer is
 * known: the `&&` in a condition.
 */
static uint16_t tested_target(const CelInstruction *code, const CelInstruction *test)
{
    const bool yes = test->opcode == OP_JUMP_TRUE;
    uint16_t target = test->b;
    for (unsigned i = 0; i < JUMPS_MAX; i++) {
        const CelInstruction *next = &code[target];
        if (next->a != test->a) {
            break;
        }
        if (next->opcode == OP_BRANCH) {
            target = yes ? (uint16_t)(target + 2) : next->b;
        } else if (next->opcode == OP_JUMP_TRUE || next->opcode == OP_JUMP_FALSE) {
            target = (next->opcode == OP_JUMP_TRUE) == yes ? next->b : (uint16_t)(target + 1);
        } else {
            break;
        }
    }
    return final_target(code, target);
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
    for (uint32_t i = 0; i < count; i++) {
        if (code[i].opcode == OP_JUMP_FALSE || code[i].opcode == OP_JUMP_TRUE) {
            code[i].b = tested_target(code, &code[i]);
        }
    }
    for (uint32_t i = 0; i + 1 < count; i++) {
        if (code[i].opcode == OP_MOVE && code[i + 1].opcode == OP_RETURN && code[i + 1].a == code[i].dst) {
            code[i] = (CelInstruction){.opcode = OP_RETURN, .a = code[i].a};
        }
    }
}

/* Exactly one operand is the value just read: then the other is there already. */
static bool uses_once(const CelInstruction *code, uint16_t value)
{
    return (code->a == value) != (code->b == value);
}

static bool on_left(const CelInstruction *code, uint16_t value)
{
    return code->a == value && code->b != value;
}

/* The superinstruction that begins here, or the instruction itself. */
static CelOpcode super(const CelInstruction *code)
{
    const CelOpcode opcode = (CelOpcode)code->opcode;
    const CelInstruction *next = code + 1;
    switch (opcode) {
    case OP_NEXT:
        return code->flag == 1 && next->opcode == OP_VIEW && next->a == code->dst ? OP_NEXT_VIEW : opcode;
    case OP_FIXED:
        if (code->flag == CEL_BOOL) {
            return OP_FIXED_BOOL;
        }
        if (next->opcode == OP_COMPARE && on_left(next, code->dst)) {
            return OP_FIXED_COMPARE;
        }
        return next->opcode >= OP_ADD && next->opcode <= OP_DIVIDE && uses_once(next, code->dst) &&
                       code->flag == CEL_DOUBLE
                   ? OP_FIXED_OPERATE
                   : opcode;
    case OP_TEXT:
        if ((next->opcode == OP_EQUAL || next->opcode == OP_NOT_EQUAL) && uses_once(next, code->dst)) {
            return OP_TEXT_EQUAL;
        }
        return next->opcode == OP_IN && on_left(next, code->dst) ? OP_TEXT_IN : opcode;
    default: return opcode;
    }
}

void cel_optimise(CelInstruction *code, uint32_t count)
{
    shorten(code, count);
    for (uint32_t i = 0; i + 1 < count; i++) {
        code[i].opcode = (uint8_t)super(&code[i]);
    }
}
