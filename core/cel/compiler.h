/* A compilation's state, and instructions before their operands have places. */
#ifndef PERLY_CEL_COMPILER_H
#define PERLY_CEL_COMPILER_H

#include "cel/checker.h"
#include "cel/program.h"

/* The space of an operand, in its upper bits. */
#define CEL_SPACE_REGISTER UINT32_C(0)
#define CEL_SPACE_CONSTANT (UINT32_C(1) << 28)
#define CEL_SPACE_VARIABLE (UINT32_C(2) << 28)
#define CEL_SPACE_RAW (UINT32_C(3) << 28)
#define CEL_SPACE_MASK (UINT32_C(3) << 28)

typedef struct CelDraft {
    uint8_t opcode;
    uint8_t flag;
    uint32_t offset;
    uint32_t dst;
    uint32_t a;
    uint32_t b;
} CelDraft;

typedef struct CelCompiler {
    CelContext *context;
    CelChecker *checker;
    uint32_t offset; /* in the source, of what is being compiled */
    CelDraft *code;
    CelValue *constants;
    Regex **patterns;
    uint16_t *slots;
    uint16_t *views; /* of each variable */
    CelRead *reads;
    uint32_t code_count;
    uint32_t code_capacity;
    uint32_t constant_count;
    uint32_t constant_capacity;
    uint32_t pattern_count;
    uint64_t pattern_work; /* as in RegexLimits */
    uint32_t pattern_capacity;
    uint32_t variable_count;
    uint32_t variable_capacity;
    uint32_t view_variable_capacity;
    uint32_t view_count;
    uint32_t read_count;
    uint32_t read_capacity;
    uint32_t register_count;
    uint32_t top; /* the next free register */
    bool reads_any;
    bool has_loop;
    bool too_large;
} CelCompiler;

uint32_t cel_emit(CelCompiler *compiler, CelOpcode opcode, uint8_t flag, uint32_t dst, uint32_t a,
                  uint32_t b);
uint32_t cel_constant(CelCompiler *compiler, CelValue value);

/* draft.c */
static inline uint32_t cel_raw(uint32_t number)
{
    return CEL_SPACE_RAW | number;
}

/* Grows an array of the compilation to twice its capacity; NULL (and noted) when there is no memory. */
void *cel_compiler_grow(CelCompiler *compiler, void *block, uint32_t *capacity, size_t bytes);
/* An issue, once, at `offset`. */
void cel_compile_too_large(CelCompiler *compiler, uint32_t offset);
/* The second half of an instruction; its jump is patched later. */
uint32_t cel_emit_end(CelCompiler *compiler);
/* The next instruction's number. */
uint32_t cel_here(const CelCompiler *compiler);
/* Sets the jump of an instruction. */
void cel_patch(CelCompiler *compiler, uint32_t at, uint32_t target);
/* The first of `count` new registers that are neighbours. */
uint32_t cel_reserve(CelCompiler *compiler, uint32_t count);
uint32_t cel_error_constant(CelCompiler *compiler, CelErrorKind kind, const char *message, uint32_t offset);
uint32_t cel_compile_variable(CelCompiler *compiler, uint32_t slot);
/* The number of a new view; CEL_NO_VIEW when there are too many. */
uint16_t cel_compile_view(CelCompiler *compiler);
/* Notes that a column may be read. */
void cel_compile_read(CelCompiler *compiler, const RowSchema *schema, uint32_t column);
CelProgram *cel_program_finish(CelCompiler *compiler, Arena *arena);

/* compiler.c: into a register; or wherever the value is already. */
void cel_compile_to(CelCompiler *compiler, const CelNode *node, uint32_t dst);
uint32_t cel_compile_operand(CelCompiler *compiler, const CelNode *node);
/* Is the value a constant, a variable or a local, so that the operand is that and no copy? */
bool cel_is_in_place(const CelNode *node);

/* compile_loop.c */
void cel_compile_loop(CelCompiler *compiler, const CelNode *node, uint32_t dst);

/* NULL when there are issues (or no memory). */
const CelProgram *cel_generate(CelChecker *checker, const CelNode *root);

#endif
