/*
 * The usual cases of the instructions, on one frame: what the loop over instructions (vm.c) and the loop over
 * rows (batch.c) both do at once. What they do not decide is left to cel_step.
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
 * the instruction before the next one.
 */
const CelInstruction *cel_step(CelEvaluation *evaluation, const CelInstruction *code);

/* What is read through a view that has no row, or of a column that has no value. */
CelValue cel_no_value(const CelEvaluation *evaluation, const CelInstruction *code);

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

/* TEXT, of a column that has a value. */
static inline void cel_load_text(CelValue *dst, const CelInstruction *code, RowView row)
{
    *dst = cel_string(row_text(row, code->b));
    if (code->flag != ROW_TEXT) {
        dst->kind = code->flag == ROW_BYTES ? CEL_BYTES : CEL_LIST;
        dst->form = CEL_LIST_TEXT;
    }
}

static inline bool cel_same_text(const CelValue *a, const CelValue *b)
{
    return a->length == b->length && cel_same_bytes(a->as.text, b->as.text, a->length);
}

static inline unsigned cel_order_bits(bool less, bool same, bool greater)
{
    return (unsigned)less | (unsigned)same << 1 | (unsigned)greater << 2;
}

/* Int, and times of whole milliseconds. */
static inline bool cel_is_whole(const CelValue *value)
{
    return value->kind == CEL_INT ||
           ((value->kind == CEL_TIMESTAMP || value->kind == CEL_DURATION) && value->length == 0);
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
    *order = cel_order_bits(x<y, x == y, x> y);
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

static inline bool cel_quick_compare(const CelInstruction *code, CelValue *frame)
{
    unsigned order = 0;
    if (!cel_quick_order(A, B, &order)) {
        return false;
    }
    *DST = cel_bool((order & code->flag) != 0);
    return true;
}

static inline bool cel_quick_equal(const CelInstruction *code, CelValue *frame)
{
    const bool wanted = code->opcode == OP_EQUAL;
    unsigned order = 0;
    if (A->kind == CEL_STRING && B->kind == CEL_STRING) {
        *DST = cel_bool(cel_same_text(A, B) == wanted);
        return true;
    }
    if (!cel_quick_order(A, B, &order)) {
        return false;
    }
    *DST = cel_bool((order == CEL_SAME) == wanted);
    return true;
}

/* AND and OR of two bools. */
static inline bool cel_quick_logical(const CelInstruction *code, CelValue *frame)
{
    if (A->kind != CEL_BOOL || B->kind != CEL_BOOL) {
        return false;
    }
    const int64_t both = A->as.integer & B->as.integer;
    *DST = cel_bool((code->opcode == OP_AND ? both : A->as.integer | B->as.integer) != 0);
    return true;
}

/* What a condition tells a superinstruction: nothing (only its first instruction was done), false or true. */
typedef enum CelTest { CEL_TEST_OPEN, CEL_TEST_FALSE, CEL_TEST_TRUE } CelTest;

static inline CelTest cel_tested(bool condition)
{
    return condition ? CEL_TEST_TRUE : CEL_TEST_FALSE;
}

static inline CelTest cel_test_order(const CelInstruction *compare, const CelValue *frame)
{
    unsigned order = 0;
    return cel_quick_order(&frame[compare->a], &frame[compare->b], &order)
               ? cel_tested((order & compare->flag) != 0)
               : CEL_TEST_OPEN;
}

/* TEXT_TEST, when the text is in dst. */
static inline CelTest cel_test_text(const CelInstruction *code, const CelValue *frame)
{
    const CelValue *other = &frame[code[1].a == code->dst ? code[1].b : code[1].a];
    return DST->kind == CEL_STRING && other->kind == CEL_STRING ? cel_tested(cel_same_text(DST, other))
                                                                : CEL_TEST_OPEN;
}

/* TEXT_IN_TEST, when the text is in dst. Only lists of strings are decided here. */
static inline CelTest cel_test_text_in(const CelInstruction *code, const CelValue *frame)
{
    const CelValue *list = &frame[code[1].b];
    if (DST->kind != CEL_STRING || list->kind != CEL_LIST || list->form != CEL_LIST_ITEMS) {
        return CEL_TEST_OPEN;
    }
    for (uint32_t i = 0; i < list->length; i++) {
        if (list->as.items[i].kind != CEL_STRING) {
            return CEL_TEST_OPEN;
        }
        if (cel_same_text(DST, &list->as.items[i])) {
            return CEL_TEST_TRUE;
        }
    }
    return CEL_TEST_FALSE;
}

static inline bool cel_jumps(CelOpcode opcode, const CelValue *condition)
{
    if (opcode == OP_JUMP_KNOWN) {
        return condition->kind != CEL_UNKNOWN;
    }
    return condition->kind == CEL_BOOL && (condition->as.integer != 0) == (opcode == OP_JUMP_TRUE);
}

#endif
