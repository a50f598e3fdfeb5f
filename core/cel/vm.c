/*
 * The interpreter: one loop, one switch, the common kinds of each operator inline, the rest in step.c and
 * operators.c. It trusts the program, which cel_verify has checked.
 */
#include "cel/text.h"
#include "cel/vm_ops.h"

/* The position is in bytes; iterator[1].length counts the elements. */
static bool next_piece(CelValue *iterator, CelValue *variables, bool two)
{
    CelWalk walk = {*iterator, (uint32_t)iterator[1].as.integer};
    if (!cel_walk_next(&walk, &variables[two])) {
        return false;
    }
    if (two) {
        variables[0] = cel_int(iterator[1].length);
    }
    iterator[1].as.integer = walk.at;
    iterator[1].length++;
    return true;
}

static bool next_entry(CelValue *iterator, CelValue *variables, bool two)
{
    const CelMap *map = iterator->as.map;
    const uint32_t at = (uint32_t)iterator[1].as.integer;
    if (at >= map->count) {
        return false;
    }
    variables[0] = map->entries[2 * (size_t)at];
    if (two) {
        variables[1] = map->entries[2 * (size_t)at + 1];
    }
    iterator[1].as.integer++;
    return true;
}

static bool next_element(CelValue *iterator, CelValue *variables, bool two)
{
    const uint32_t at = (uint32_t)iterator[1].as.integer;
    if (iterator->form == CEL_LIST_TEXT) {
        return iterator->kind == CEL_MAP ? next_entry(iterator, variables, two)
                                         : next_piece(iterator, variables, two);
    }
    if (at >= iterator->length) {
        return false;
    }
    variables[two] = iterator->form == CEL_LIST_ROWS
                         ? cel_object(iterator->as.rows, iterator->as.rows->first + at)
                         : iterator->as.items[at];
    if (two) {
        variables[0] = cel_int(at);
    }
    iterator[1].as.integer++;
    return true;
}

/* NEXT and NEXT_VIEW: the instruction before the next one. */
static inline const CelInstruction *next(CelEvaluation *evaluation, const CelInstruction *code)
{
    CelValue *frame = evaluation->frame;
    return next_element(A, DST, code->flag == 2) ? code : evaluation->program->code + code->b - 1;
}

/* Any other list than one of rows leaves the view to the VIEW behind. */
static inline const CelInstruction *next_view(CelEvaluation *evaluation, const CelInstruction *code)
{
    CelValue *frame = evaluation->frame;
    CelValue *position = A + 1;
    const CelRows *rows = A->as.rows;
    const int64_t at = position->as.integer;
    if (A->kind != CEL_LIST || A->form != CEL_LIST_ROWS) {
        return next(evaluation, code);
    }
    if (at >= A->length) {
        return evaluation->program->code + code->b - 1;
    }
    CelView *view = &evaluation->views[code[1].dst];
    const CelValue object = cel_object(rows, rows->first + (uint32_t)at);
    *DST = object;
    position->as.integer = at + 1;
    view->object = object;
    if (at == 0) {
        view->row = row_at(rows->batch, rows->first);
        position->length = rows->batch->row_stride;
    } else {
        view->row.states += position->length;
        view->row.slots += position->length;
    }
    return code + 1;
}

static inline const CelInstruction *branch(const CelProgram *program, CelValue *frame,
                                           const CelInstruction *code)
{
    if (A->kind != CEL_BOOL) {
        return cel_no_branch(program, frame, code);
    }
    return A->as.integer != 0 ? code + 1 : program->code + code->b - 1;
}

static bool out_of_budget(CelEvaluation *evaluation, const CelInstruction *next)
{
    evaluation->cost += (uint64_t)(next->b - (next - evaluation->program->code));
    return evaluation->cost > evaluation->cost_limit;
}

/* FIXED. True when there was a value. */
static inline bool load_fixed(const CelEvaluation *evaluation, const CelInstruction *code, CelValue *dst)
{
    const RowView *row = &evaluation->views[code->a].row;
    if (__builtin_expect(!cel_has_value(*row, code->b), 0)) {
        *dst = cel_no_value(evaluation, code);
        return false;
    }
    cel_load_fixed(dst, code, *row);
    return true;
}

/* TEXT. */
static inline bool load_text(const CelEvaluation *evaluation, const CelInstruction *code, CelValue *dst)
{
    const RowView *row = &evaluation->views[code->a].row;
    if (__builtin_expect(!cel_has_value(*row, code->b), 0)) {
        *dst = cel_no_value(evaluation, code);
        return false;
    }
    cel_load_text(dst, code, *row);
    return true;
}

static inline CelTest test_search(CelEvaluation *evaluation, const CelInstruction *code)
{
    const CelValue *frame = evaluation->frame;
    const uint64_t cost = evaluation->cost + cel_search_cost((CelSearch)code->flag, cel_text(*A));
    if (A->kind != CEL_STRING || B->kind != CEL_STRING || B->length > CEL_SHORT_TEXT ||
        cost > evaluation->cost_limit) {
        return CEL_TEST_OPEN;
    }
    evaluation->cost = cost;
    return cel_tested(cel_search((CelSearch)code->flag, cel_text(*A), cel_text(*B)));
}

/* `continue` goes on to the next instruction, `break` with a bool that this one makes, or leaves open. */
static CelValue run(CelEvaluation *evaluation)
{
    const CelProgram *program = evaluation->program;
    CelValue *frame = evaluation->frame;
    for (const CelInstruction *code = program->code;; code++) {
        CelTest test = CEL_TEST_OPEN;
        switch ((CelOpcode)code->opcode) {
        case OP_RETURN: return *A;
        case OP_MOVE: *DST = *A; continue;
        case OP_VIEW: cel_view_set(&evaluation->views[code->dst], A); continue;
        case OP_FIXED: (void)load_fixed(evaluation, code, DST); continue;
        case OP_TEXT: (void)load_text(evaluation, code, DST); continue;
        case OP_HAS: test = cel_tested(cel_has_value(evaluation->views[code->a].row, code->b)); break;
        case OP_FIXED_BOOL:
            if (!load_fixed(evaluation, code, DST)) {
                continue;
            }
            test = cel_tested(DST->as.integer != 0);
            break;
        case OP_FIXED_COMPARE:
            if (!load_fixed(evaluation, code, DST)) {
                continue;
            }
            test = cel_test_order(++code, frame);
            break;
        case OP_TEXT_EQUAL:
        case OP_TEXT_IN:
            if (!load_text(evaluation, code, DST)) {
                continue;
            }
            code++;
            test = code->opcode == OP_IN ? cel_test_in(code, frame) : cel_test_equal(code, frame);
            break;
        case OP_COMPARE: test = cel_test_order(code, frame); break;
        case OP_EQUAL:
        case OP_NOT_EQUAL: test = cel_test_equal(code, frame); break;
        case OP_IN: test = cel_test_in(code, frame); break;
        case OP_SEARCH: test = test_search(evaluation, code); break;
        case OP_AND:
        case OP_OR:
        case OP_NOT: test = cel_test_logical(code, frame); break;
        case OP_FIXED_OPERATE:
            if (!load_fixed(evaluation, code, DST)) {
                continue;
            }
            code++; /* fall through */
        case OP_ADD:
        case OP_SUBTRACT:
        case OP_MULTIPLY:
        case OP_DIVIDE:
            if (cel_quick_operate(code, frame)) {
                continue;
            }
            break;
        case OP_COUNT: DST->as.integer++; /* fall through */
        case OP_JUMP: code = program->code + code->b - 1; continue;
        case OP_JUMP_FALSE:
        case OP_JUMP_TRUE:
        case OP_JUMP_KNOWN:
            code = cel_jumps((CelOpcode)code->opcode, A) ? program->code + code->b - 1 : code;
            continue;
        case OP_BRANCH: code = branch(program, frame, code); continue;
        case OP_NEXT:
            if (out_of_budget(evaluation, code)) {
                return cel_out_of_cost(program, code);
            }
            code = next(evaluation, code);
            continue;
        case OP_NEXT_VIEW:
            if (out_of_budget(evaluation, code)) {
                return cel_out_of_cost(program, code);
            }
            code = next_view(evaluation, code);
            continue;
        default: break;
        }
        code = test == CEL_TEST_OPEN ? cel_step(evaluation, code)
                                     : cel_carry(program, frame, code, test == CEL_TEST_TRUE);
    }
}

CelValue cel_evaluate(CelEvaluation *evaluation)
{
    evaluation->cost = 0;
    return run(evaluation);
}
