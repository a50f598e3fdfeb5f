/*
 * The usual cases of the instructions, on one frame: what the loop over instructions (vm.c) and the loop over
 * rows (batch.c) both do at once. What they do not decide is left to step.c.
 */
#ifndef PERLY_CEL_VM_OPS_H
#define PERLY_CEL_VM_OPS_H

#include "base/time.h"
#include "cel/internal.h"
#include "cel/program.h"
#include "cel/text.h"

#define DST (&frame[code->dst])
#define A (&frame[code->a])
#define B (&frame[code->b])

/*
 * Does any instruction but RETURN, NEXT, COUNT and those that read a view, on evaluation->frame, and gives
 * the instruction before the next one. Kept out of the loops: the linker would put all of it into them.
 */
__attribute__((noinline)) const CelInstruction *cel_step(CelEvaluation *evaluation,
                                                         const CelInstruction *code);

/* What is read through a view that has no row, or of a column that has no value. */
CelValue cel_no_value(const CelEvaluation *evaluation, const CelInstruction *code);

/* The error of the instruction that goes beyond the cost's limit. */
CelValue cel_out_of_cost(const CelProgram *program, const CelInstruction *code);

/* A condition that is neither true nor false: the result is known, where the END instruction says. */
const CelInstruction *cel_no_branch(const CelProgram *program, CelValue *frame, const CelInstruction *code);

static inline bool cel_has_value(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE;
}

/* FIXED, of a column that has a value. One store for the kind and the zeros behind it, the value's first 8
 * bytes, little-endian as everywhere. */
static inline void cel_load_fixed(CelValue *dst, const CelInstruction *code, RowView row)
{
    const uint64_t head = code->flag;
    memcpy(dst, &head, sizeof head);
    dst->as.integer = row_int64(row, code->b);
}

/* TEXT, of a column that has a value; in two stores as well. */
static inline void cel_load_text(CelValue *dst, const CelInstruction *code, RowView row)
{
    const Slice text = row_text(row, code->b);
    const unsigned kind = code->flag == ROW_TEXT    ? CEL_STRING
                          : code->flag == ROW_BYTES ? CEL_BYTES
                                                    : CEL_LIST | CEL_LIST_TEXT << 8; /* and its form */
    const uint64_t head = (uint64_t)text.length << 32 | kind;
    memcpy(dst, &head, sizeof head);
    dst->as.integer = (int64_t)(uintptr_t)text.data;
}

static inline bool cel_same_text(const CelValue *a, const CelValue *b)
{
    return a->length == b->length && cel_same_bytes(a->as.text, b->as.text, a->length);
}

static inline unsigned cel_order_bits(bool less, bool same, bool greater)
{
    return (unsigned)less | (unsigned)same << 1 | (unsigned)greater << 2;
}

/* Int (its `length` is 0), and times of whole milliseconds. */
static inline bool cel_is_whole(const CelValue *value)
{
    const unsigned kinds = 1U << CEL_INT | 1U << CEL_TIMESTAMP | 1U << CEL_DURATION;
    return (kinds >> value->kind & 1) != 0 && value->length == 0;
}

/*
 * The order of two values of one common kind in *order, none of its bits for NaN; false when they are of
 * other kinds: ask the slow way.
 */
static inline bool cel_quick_order(const CelValue *a, const CelValue *b, unsigned *order)
{
    if (a->kind != b->kind) {
        return false;
    }
    if (a->kind == CEL_DOUBLE) {
        const double x = a->as.number;
        const double y = b->as.number;
        *order = cel_order_bits(x<y, x == y, x> y);
        return true;
    }
    const int64_t x = a->as.integer;
    const int64_t y = b->as.integer;
    *order = 1U << ((unsigned)(x >= y) + (unsigned)(x > y)); /* CEL_LESS, CEL_SAME, CEL_GREATER */
    return cel_is_whole(a) && cel_is_whole(b);
}

static inline bool cel_quick_doubles(CelOpcode opcode, const CelValue *a, const CelValue *b, CelValue *dst)
{
    if (a->kind != CEL_DOUBLE || b->kind != CEL_DOUBLE) {
        return false;
    }
    const double x = a->as.number;
    const double y = b->as.number;
    switch (opcode) {
    case OP_ADD: *dst = cel_double(x + y); return true;
    case OP_SUBTRACT: *dst = cel_double(x - y); return true;
    case OP_MULTIPLY: *dst = cel_double(x * y); return true;
    default: *dst = cel_double(x / y); return true;
    }
}

/* A time of whole milliseconds minus (or plus) a duration or a time: the usual "how long ago". */
static inline bool cel_quick_times(CelOpcode opcode, const CelValue *a, const CelValue *b, CelValue *dst)
{
    const bool since = opcode == OP_SUBTRACT && b->kind == CEL_TIMESTAMP;
    const bool moved = opcode <= OP_SUBTRACT && b->kind == CEL_DURATION;
    if (a->kind != CEL_TIMESTAMP || !(since || moved) || (a->length | b->length) != 0) {
        return false;
    }
    const int64_t ms = opcode == OP_ADD ? a->as.integer + b->as.integer : a->as.integer - b->as.integer;
    const bool good = since ? ms >= -CEL_DURATION_MS_MAX && ms <= CEL_DURATION_MS_MAX
                            : ms >= TIME_MS_MIN && ms <= TIME_MS_MAX;
    if (good) {
        *dst = since ? cel_duration(ms, 0) : cel_timestamp(ms, 0);
    }
    return good;
}

static inline bool cel_quick_operate(const CelInstruction *code, CelValue *frame)
{
    return cel_quick_doubles((CelOpcode)code->opcode, A, B, DST) ||
           cel_quick_times((CelOpcode)code->opcode, A, B, DST);
}

/* The bool that an instruction makes: OPEN when its operands are not of the usual kinds. */
typedef enum CelTest { CEL_TEST_OPEN, CEL_TEST_FALSE, CEL_TEST_TRUE } CelTest;

static inline CelTest cel_tested(bool condition)
{
    return condition ? CEL_TEST_TRUE : CEL_TEST_FALSE;
}

/* COMPARE. */
static inline CelTest cel_test_order(const CelInstruction *code, const CelValue *frame)
{
    unsigned order = 0;
    return cel_quick_order(A, B, &order) ? cel_tested((order & code->flag) != 0) : CEL_TEST_OPEN;
}

/* EQUAL, NOT_EQUAL. */
static inline CelTest cel_test_equal(const CelInstruction *code, const CelValue *frame)
{
    const bool wanted = code->opcode == OP_EQUAL;
    unsigned order = 0;
    if (A->kind == CEL_STRING && B->kind == CEL_STRING) {
        return A->length > CEL_SHORT_TEXT ? CEL_TEST_OPEN : cel_tested(cel_same_text(A, B) == wanted);
    }
    return cel_quick_order(A, B, &order) ? cel_tested((order == CEL_SAME) == wanted) : CEL_TEST_OPEN;
}

/* A longer list (or text, here and above) costs something, which is for cel_step to charge. */
enum { CEL_QUICK_IN_MAX = 64 };

/* IN. Only lists of strings are decided here. */
static inline CelTest cel_test_in(const CelInstruction *code, const CelValue *frame)
{
    if (A->kind != CEL_STRING || B->kind != CEL_LIST || B->form != CEL_LIST_ITEMS ||
        B->length > CEL_QUICK_IN_MAX || A->length > CEL_SHORT_TEXT) {
        return CEL_TEST_OPEN;
    }
    for (uint32_t i = 0; i < B->length; i++) {
        if (B->as.items[i].kind != CEL_STRING) {
            return CEL_TEST_OPEN;
        }
        if (cel_same_text(A, &B->as.items[i])) {
            return CEL_TEST_TRUE;
        }
    }
    return CEL_TEST_FALSE;
}

/* AND, OR and NOT. */
static inline CelTest cel_test_logical(const CelInstruction *code, const CelValue *frame)
{
    if (code->opcode == OP_NOT) {
        return A->kind == CEL_BOOL ? cel_tested(A->as.integer == 0) : CEL_TEST_OPEN;
    }
    if (A->kind != CEL_BOOL || B->kind != CEL_BOOL) {
        return CEL_TEST_OPEN;
    }
    return cel_tested(
        (code->opcode == OP_OR ? A->as.integer | B->as.integer : A->as.integer & B->as.integer) != 0);
}

/*
 * The instruction before the next one to be done, when `code` has just made a bool: it is carried through
 * what takes it at once, so that a condition of several parts comes to its jump without a stop.
 */
static inline const CelInstruction *cel_carry(const CelProgram *program, CelValue *frame,
                                              const CelInstruction *code, bool yes)
{
    for (;;) {
        const CelInstruction *next = code + 1;
        const bool taken = next->a == code->dst;
        if (next->opcode == OP_BRANCH && taken && next->flag != 0) {
            return yes ? next + 1 : program->code + next->b - 1;
        }
        frame[code->dst] = cel_bool(yes);
        switch ((CelOpcode)next->opcode) {
        case OP_JUMP_FALSE:
        case OP_JUMP_TRUE:
            return taken && yes == (next->opcode == OP_JUMP_TRUE) ? program->code + next->b - 1 : code;
        case OP_NOT:
            if (!taken) {
                return code;
            }
            yes = !yes;
            break;
        case OP_AND:
        case OP_OR:
            if (next->b != code->dst || frame[next->a].kind != CEL_BOOL) {
                return code;
            }
            yes = (next->opcode == OP_AND) == yes ? frame[next->a].as.integer != 0 : yes;
            break;
        default: return code;
        }
        code = next;
    }
}

static inline bool cel_jumps(CelOpcode opcode, const CelValue *condition)
{
    if (opcode == OP_JUMP_KNOWN) {
        return condition->kind != CEL_UNKNOWN;
    }
    return condition->kind == CEL_BOOL && (condition->as.integer != 0) == (opcode == OP_JUMP_TRUE);
}

#endif
