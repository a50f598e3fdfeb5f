/* The one check of a program, after which the VM checks nothing: every operand lies where the table says. */
#include "cel/program.h"

typedef enum Use { USE_NONE, USE_OUT, USE_IN, USE_BOTH, USE_RAW, USE_JUMP } Use;

typedef struct Shape {
    const char *name;
    uint8_t dst;
    uint8_t a;
    uint8_t b;
} Shape;

static const Shape SHAPES[OP_COUNT_ALL] = {
#define OPCODE(name, dst, a, b, meaning) {#name, USE_##dst, USE_##a, USE_##b},
#include "cel/opcodes.def"
#undef OPCODE
};

static bool operand_good(const CelProgram *program, uint8_t use, uint16_t operand)
{
    const uint32_t writable = program->constant_count + program->variable_count;
    const uint32_t frame = writable + program->register_count;
    switch ((Use)use) {
    case USE_OUT:
    case USE_BOTH: return operand >= writable && operand < frame;
    case USE_IN: return operand < frame;
    case USE_JUMP: return operand < program->code_count;
    case USE_NONE:
    case USE_RAW: break;
    }
    return true;
}

/* Instructions that read or write neighbours of an operand, or numbers with bounds. */
static bool special_good(const CelProgram *program, const CelInstruction *code)
{
    const uint32_t writable = program->constant_count + program->variable_count;
    const uint32_t frame = writable + program->register_count;
    switch ((CelOpcode)code->opcode) {
    case OP_CALL:
        return code->a < cel_overload_count && cel_overloads[code->a].run != NULL &&
               (uint32_t)code->b + code->flag <= frame;
    case OP_CALL_DYNAMIC:
        return code->a < cel_overload_count && (uint32_t)code->b + (code->flag & 127U) <= frame;
    case OP_MATCH: return code->b < program->pattern_count;
    case OP_LIST: return (uint32_t)code->a + code->b <= frame;
    case OP_ITERATE:
    case OP_NEXT:
    case OP_NEXT_VIEW: return code->a >= writable && code->a + 1U < frame && code->dst + 1U < frame;
    case OP_UNWRAP: return code->dst > writable;
    case OP_VIEW: return code->dst < program->view_count;
    case OP_FIXED:
    case OP_FIXED_BOOL:
    case OP_FIXED_COMPARE:
    case OP_FIXED_OPERATE:
    case OP_TEXT:
    case OP_TEXT_EQUAL:
    case OP_TEXT_IN:
    case OP_HAS: return code->a < program->view_count && code->b < ROW_COLUMNS_MAX;
    default: return true;
    }
}

static bool has_end(uint8_t opcode)
{
    return opcode == OP_BRANCH || opcode == OP_ITERATE || opcode == OP_UNWRAP;
}

bool cel_verify(const CelProgram *program)
{
    for (uint32_t i = 0; i < program->code_count; i++) {
        const CelInstruction *code = &program->code[i];
        if (code->opcode >= OP_COUNT_ALL) {
            return false;
        }
        const Shape *shape = &SHAPES[code->opcode];
        if (!operand_good(program, shape->dst, code->dst) || !operand_good(program, shape->a, code->a) ||
            !operand_good(program, shape->b, code->b) || !special_good(program, code)) {
            return false;
        }
        if (has_end(code->opcode) && (i + 1 == program->code_count || code[1].opcode != OP_END)) {
            return false;
        }
    }
    return program->code_count > 0 && program->code[program->code_count - 1].opcode == OP_RETURN;
}

Slice cel_program_disassemble(Arena *arena, const CelProgram *program)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    for (uint32_t i = 0; i < program->code_count; i++) {
        const CelInstruction *code = &program->code[i];
        const Shape *shape = &SHAPES[code->opcode];
        const uint16_t operands[] = {code->dst, code->a, code->b};
        const uint8_t uses[] = {shape->dst, shape->a, shape->b};
        buffer_append_uint64(&text, i);
        buffer_append(&text, SLICE("\t"));
        buffer_append(&text, slice_from_text(shape->name));
        for (unsigned j = 0; j < 3; j++) {
            const bool constant = operands[j] < program->constant_count;
            if (uses[j] == USE_NONE) {
                continue;
            }
            buffer_append(&text,
                          uses[j] == USE_JUMP
                              ? SLICE(" ->")
                              : (uses[j] == USE_RAW ? SLICE(" #") : (constant ? SLICE(" k") : SLICE(" r"))));
            buffer_append_uint64(&text, operands[j]);
        }
        if (code->flag != 0) {
            buffer_append(&text, SLICE(" x"));
            buffer_append_uint64(&text, code->flag);
        }
        buffer_append(&text, SLICE("\n"));
    }
    return buffer_slice(&text);
}
