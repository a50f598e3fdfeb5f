/*
 * Instructions while they are made. Operands carry their space in the upper bits until all constants are
 * known; cel_program_finish then turns them into indexes of the frame (constants, variables, registers).
 */
#include "cel/compiler.h"

enum {
    CODE_MAX = UINT16_MAX,
    SAME_CONSTANTS = 32 /* how many constants back a repeated one is looked for */
};

void *cel_compiler_grow(CelCompiler *compiler, void *block, uint32_t *capacity, size_t bytes)
{
    const uint32_t more = *capacity == 0 ? 32 : 2 * *capacity;
    void *grown =
        arena_resize(compiler->context->arena, block, *capacity * bytes, more * bytes, _Alignof(max_align_t));
    if (grown == NULL) {
        compiler->context->out_of_memory = true;
        return NULL;
    }
    *capacity = more;
    return grown;
}

void cel_compile_too_large(CelCompiler *compiler, uint32_t offset)
{
    if (!compiler->too_large) {
        ISSUE(compiler->context, CEL_ERROR_LIMIT, offset,
              SLICE("the expression is too large to be compiled"));
    }
    compiler->too_large = true;
}

uint32_t cel_emit(CelCompiler *compiler, CelOpcode opcode, uint8_t flag, uint32_t dst, uint32_t a, uint32_t b)
{
    if (compiler->code_count == compiler->code_capacity) {
        void *code =
            cel_compiler_grow(compiler, compiler->code, &compiler->code_capacity, sizeof *compiler->code);
        if (code == NULL) {
            compiler->code_count = 0;
            return 0;
        }
        compiler->code = code;
    }
    if (compiler->code_count >= CODE_MAX) {
        cel_compile_too_large(compiler, compiler->offset);
        compiler->code_count = 0;
    }
    compiler->code[compiler->code_count] = (CelDraft){(uint8_t)opcode, flag, compiler->offset, dst, a, b};
    return compiler->code_count++;
}

uint32_t cel_here(const CelCompiler *compiler)
{
    return compiler->code_count;
}

void cel_patch(CelCompiler *compiler, uint32_t at, uint32_t target)
{
    if (at < compiler->code_count) {
        compiler->code[at].b = cel_raw(target);
    }
}

uint32_t cel_emit_end(CelCompiler *compiler)
{
    return cel_emit(compiler, OP_END, 0, cel_raw(0), cel_raw(0), cel_raw(0));
}

uint32_t cel_reserve(CelCompiler *compiler, uint32_t count)
{
    const uint32_t first = compiler->top;
    compiler->top += count;
    if (compiler->top > compiler->register_count) {
        compiler->register_count = compiler->top;
    }
    if (compiler->top > CODE_MAX) {
        cel_compile_too_large(compiler, compiler->offset);
        compiler->top = first;
    }
    return CEL_SPACE_REGISTER | first;
}

static bool same_constant(CelValue a, CelValue b)
{
    return a.kind == b.kind && a.form == b.form && a.code == b.code && a.length == b.length &&
           a.as.uinteger == b.as.uinteger;
}

uint32_t cel_constant(CelCompiler *compiler, CelValue value)
{
    const uint32_t count = compiler->constant_count;
    for (uint32_t back = 1; back <= SAME_CONSTANTS && back <= count; back++) {
        if (same_constant(compiler->constants[count - back], value)) {
            return CEL_SPACE_CONSTANT | (count - back);
        }
    }
    if (count == compiler->constant_capacity) {
        void *constants =
            cel_compiler_grow(compiler, compiler->constants, &compiler->constant_capacity, sizeof value);
        if (constants == NULL) {
            return CEL_SPACE_CONSTANT;
        }
        compiler->constants = constants;
    }
    if (count >= CODE_MAX) {
        cel_compile_too_large(compiler, compiler->offset);
        return CEL_SPACE_CONSTANT;
    }
    compiler->constants[count] = value;
    compiler->constant_count++;
    return CEL_SPACE_CONSTANT | count;
}

uint32_t cel_error_constant(CelCompiler *compiler, CelErrorKind kind, const char *message, uint32_t offset)
{
    CelValue error = cel_error(kind, message);
    error.length = offset;
    return cel_constant(compiler, error);
}

uint16_t cel_compile_view(CelCompiler *compiler)
{
    return compiler->view_count < CEL_NO_VIEW ? (uint16_t)compiler->view_count++ : CEL_NO_VIEW;
}

uint32_t cel_compile_variable(CelCompiler *compiler, uint32_t slot)
{
    for (uint32_t i = 0; i < compiler->variable_count; i++) {
        if (compiler->slots[i] == slot) {
            return CEL_SPACE_VARIABLE | i;
        }
    }
    if (compiler->variable_count == compiler->variable_capacity) {
        void *slots = cel_compiler_grow(compiler, compiler->slots, &compiler->variable_capacity,
                                        sizeof *compiler->slots);
        if (slots == NULL) {
            return CEL_SPACE_VARIABLE;
        }
        compiler->slots = slots;
    }
    if (compiler->variable_count == compiler->view_variable_capacity) {
        void *views = cel_compiler_grow(compiler, compiler->views, &compiler->view_variable_capacity,
                                        sizeof *compiler->views);
        if (views == NULL) {
            return CEL_SPACE_VARIABLE;
        }
        compiler->views = views;
    }
    const bool object = compiler->checker->environment->variables[slot].type->kind == CEL_TYPE_OBJECT;
    compiler->views[compiler->variable_count] = object ? cel_compile_view(compiler) : CEL_NO_VIEW;
    compiler->slots[compiler->variable_count] = (uint16_t)slot;
    return CEL_SPACE_VARIABLE | compiler->variable_count++;
}

void cel_compile_read(CelCompiler *compiler, const RowSchema *schema, uint32_t column)
{
    for (uint32_t i = 0; i < compiler->read_count; i++) {
        if (compiler->reads[i].schema == schema && compiler->reads[i].column == column) {
            return;
        }
    }
    if (compiler->read_count == compiler->read_capacity) {
        void *reads =
            cel_compiler_grow(compiler, compiler->reads, &compiler->read_capacity, sizeof *compiler->reads);
        if (reads == NULL) {
            return;
        }
        compiler->reads = reads;
    }
    compiler->reads[compiler->read_count++] = (CelRead){schema, column};
}

static uint16_t relocated(const CelCompiler *compiler, uint32_t place)
{
    const uint32_t number = place & ~CEL_SPACE_MASK;
    switch (place & CEL_SPACE_MASK) {
    case CEL_SPACE_RAW:
    case CEL_SPACE_CONSTANT: return (uint16_t)number;
    case CEL_SPACE_VARIABLE: return (uint16_t)(compiler->constant_count + number);
    default: return (uint16_t)(compiler->constant_count + compiler->variable_count + number);
    }
}

static const RowSchema *schema_of(const CelType *type)
{
    if (type->kind == CEL_TYPE_LIST) {
        type = type->parameters[0];
    }
    return type->kind == CEL_TYPE_OBJECT ? type->schema : NULL;
}

CelProgram *cel_program_finish(CelCompiler *compiler, Arena *arena)
{
    CelProgram *program = ARENA_NEW(arena, CelProgram);
    CelInstruction *code = ARENA_ARRAY(arena, CelInstruction, compiler->code_count);
    uint32_t *offsets = ARENA_ARRAY(arena, uint32_t, compiler->code_count);
    const RowSchema **schemas = ARENA_ARRAY(arena, const RowSchema *, compiler->variable_count);
    if (program == NULL || code == NULL || offsets == NULL || schemas == NULL ||
        compiler->context->out_of_memory) {
        compiler->context->out_of_memory = true;
        return NULL;
    }
    if (compiler->constant_count + compiler->variable_count + compiler->register_count > UINT16_MAX) {
        cel_compile_too_large(compiler, 0);
        return NULL;
    }
    for (uint32_t i = 0; i < compiler->code_count; i++) {
        const CelDraft *draft = &compiler->code[i];
        code[i] = (CelInstruction){draft->opcode, draft->flag, relocated(compiler, draft->dst),
                                   relocated(compiler, draft->a), relocated(compiler, draft->b)};
        offsets[i] = draft->offset;
    }
    cel_optimise(code, compiler->code_count);
    for (uint32_t i = 0; i < compiler->variable_count; i++) {
        schemas[i] = schema_of(compiler->checker->environment->variables[compiler->slots[i]].type);
    }
    *program = (CelProgram){.code = code,
                            .offsets = offsets,
                            .constants = compiler->constants,
                            .patterns = compiler->patterns,
                            .slots = compiler->slots,
                            .views = compiler->views,
                            .view_count = compiler->view_count,
                            .schemas = schemas,
                            .reads = compiler->reads,
                            .read_count = compiler->read_count,
                            .reads_any = compiler->reads_any,
                            .code_count = compiler->code_count,
                            .constant_count = compiler->constant_count,
                            .pattern_count = compiler->pattern_count,
                            .variable_count = compiler->variable_count,
                            .register_count = compiler->register_count,
                            .has_loop = compiler->has_loop,
                            .source = compiler->context->source,
                            .calendar = compiler->checker->environment->calendar};
    return program;
}
