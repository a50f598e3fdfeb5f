/* Compiled programs, and what the VM runs on. */
#ifndef PERLY_CEL_PROGRAM_H
#define PERLY_CEL_PROGRAM_H

#include "cel/environment.h"
#include "cel/functions.h"
#include "cel/regex.h"

typedef enum CelOpcode {
#define OPCODE(name, dst, a, b, meaning) OP_##name,
#include "cel/opcodes.def"
#undef OPCODE
    OP_COUNT_ALL
} CelOpcode;

typedef struct CelInstruction {
    uint8_t opcode;
    uint8_t flag;
    uint16_t dst;
    uint16_t a;
    uint16_t b;
} CelInstruction;

/* A column that a program may read, of any object of the schema. */
typedef struct CelRead {
    const RowSchema *schema;
    uint32_t column;
} CelRead;

struct CelProgram {
    const CelInstruction *code;
    const uint32_t *offsets; /* in the source, one an instruction */
    const CelValue *constants;
    Regex *const *patterns;
    const uint16_t *slots;           /* the environment's slot of each variable in the frame */
    const RowSchema *const *schemas; /* of each of those variables, when it is an object or a list of them */
    const CelRead *reads;
    uint32_t code_count;
    uint32_t constant_count;
    uint32_t pattern_count;
    uint32_t variable_count; /* variables that the program reads */
    uint32_t register_count;
    const uint16_t *views; /* of each variable that is an object: the number of its view, or CEL_NO_VIEW */
    uint32_t view_count;
    uint32_t read_count;
    bool reads_any; /* an object may be looked into where its type is not known */
    bool has_loop;
    Slice source;
    const CelType *type;
    CelCalendar calendar;
};

#define CEL_NO_VIEW UINT16_C(0xFFFF)

/* The states of a row that has no value in any column: of a view whose value is no object. */
extern const char cel_no_states[ROW_COLUMNS_MAX];

/* Where the row of an object lies. */
typedef struct CelView {
    RowView row;
    CelValue object;
} CelView;

struct CelEvaluation {
    const CelProgram *program;
    CelValue *frame;
    CelView *views;
    Arena *scratch;
    uint64_t cost;
    uint64_t cost_limit;
    CelCall call;
};

static inline void cel_view_set(CelView *view, const CelValue *object)
{
    view->object = *object;
    if (object->kind == CEL_OBJECT) {
        view->row = row_at(object->as.rows->batch, object->length);
    } else {
        view->row.states = cel_no_states;
    }
}

/*
 * batch.c: evaluates up to CEL_BLOCK_ROWS rows at once, `variable` (its number in the program) bound to each.
 * Made in the scratch arena; NULL when the program has instructions that are not done so, or there is no
 * memory. cel_block_run gives the rows (a bit each, counted from `first`) that need cel_evaluate: they have
 * no result yet.
 */
enum { CEL_BLOCK_ROWS = 64 };
typedef struct CelBlock CelBlock;
CelBlock *cel_block_create(CelEvaluation *evaluation, uint32_t variable, const CelRows *rows);
uint64_t cel_block_run(CelBlock *block, const CelRows *rows, uint32_t first, uint32_t count,
                       CelValue *results);

/* All operators on values that may be unknown or errors; `flag` as in the instruction. */
CelValue cel_operate(const CelCall *call, CelOpcode opcode, uint8_t flag, const CelValue *a,
                     const CelValue *b);
CelValue cel_call(const CelCall *call, uint32_t overload, const CelValue *arguments, uint32_t count);
CelValue cel_call_dynamic(const CelCall *call, uint32_t function, bool member, const CelValue *arguments,
                          uint32_t count);
CelValue cel_field(const CelCall *call, const CelValue *operand, Slice name);
CelValue cel_optional(Arena *arena, const CelValue *value);
/* One element or entry into a literal or a comprehension; the map or list becomes an error when it fails. */
CelValue cel_map_put(const CelCall *call, CelMap *map, const CelValue *key, const CelValue *value);
CelValue cel_sort_by(const CelCall *call, const CelValue *list, const CelValue *keys);

/* Replaces what is constant in the tree by its value. */
void cel_fold(CelContext *context, CelNode *root);

/* Makes loops cheaper, in a tree without mistakes. */
void cel_simplify(CelContext *context, CelNode *root);

/* Shortens jumps and marks superinstructions, in place. */
void cel_optimise(CelInstruction *code, uint32_t count);

/* A broken instruction is a bug of the compiler: false. */
bool cel_verify(const CelProgram *program);

/* The operator instruction of a function ("_+_"), with its flag; false when it is none. */
bool cel_operator_find(Slice name, CelOpcode *opcode, uint8_t *flag);

#endif
