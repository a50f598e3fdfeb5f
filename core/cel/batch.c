/*
 * One program over many rows, the usual cases only. Rows are taken in blocks of 64; each instruction is done
 * for all rows of the block that come to it before the next is looked at. Here a register is a column: values
 * of one kind for a set of the rows; a bool column is a set itself, so conditions take no loop at all. All
 * jumps lead forward, so each instruction has a set of rows that wait for it, and one pass does all.
 *
 * A row to which anything unusual happens (an unknown, an error, an overflow, a kind that an instruction does
 * not take here) leaves the block and is evaluated by itself, from the beginning, by vm.c. So nothing of that
 * is decided here, and results are those of cel_evaluate.
 */
#include "cel/batch.h"
#include "cel/vm_ops.h"

enum { COLUMNS_MAX = 64 };

/* The rows of `rows` leave the block. */
static void leave(Block *block, RowSet rows)
{
    block->alive &= ~rows;
    block->left |= rows;
}

static void go_to(Block *block, const CelInstruction *next, RowSet rows)
{
    block->waiting[next - block->code] |= rows;
}

static void finish(Block *block, const CelInstruction *code, RowSet set)
{
    const CelProgram *program = block->evaluation->program;
    const Column *column = &block->columns[code->a];
    if (code->a < program->constant_count + program->variable_count) {
        EACH_ROW(set)
        {
            block->results[row] = block->evaluation->frame[code->a];
        }
    } else if (column->kind == CEL_STRING || column->kind == CEL_LIST) {
        EACH_ROW(set)
        {
            block->results[row] = (CelValue){.kind = (uint8_t)column->kind,
                                             .form = column->kind == CEL_LIST ? CEL_LIST_TEXT : 0,
                                             .length = column->as.places[row][1],
                                             .as.text = column->heap + column->as.places[row][0]};
        }
    } else {
        const bool bools = column->kind == CEL_BOOL;
        EACH_ROW(set)
        {
            block->results[row] = (CelValue){.kind = (uint8_t)column->kind,
                                             .as.integer = bools ? (int64_t)(column->bools >> row & 1)
                                                                 : column->as.integers[row]};
        }
    }
    block->alive &= ~set;
}

/* JUMP_FALSE, JUMP_TRUE and BRANCH: the rows for which a is false (or true) go to b, the others on. */
static RowSet part(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *a = &block->columns[code->a];
    const RowSet jumping = set & (code->opcode == OP_JUMP_TRUE ? a->bools : ~a->bools);
    if (a->kind != CEL_BOOL) {
        return 0;
    }
    go_to(block, block->code + code->b, jumping);
    go_to(block, code + (code->opcode == OP_BRANCH ? 2 : 1), set & ~jumping);
    return set;
}

/* The instruction that is done here: of a superinstruction the first. OP_COUNT_ALL when
 * there is none. */
static CelOpcode base_of(uint8_t opcode)
{
    switch ((CelOpcode)opcode) {
    case OP_FIXED_BOOL:
    case OP_FIXED_COMPARE:
    case OP_FIXED_OPERATE: return OP_FIXED;
    case OP_TEXT_EQUAL:
    case OP_TEXT_IN: return OP_TEXT;
    case OP_EQUAL:
    case OP_NOT_EQUAL: return OP_COMPARE;
    case OP_SUBTRACT:
    case OP_MULTIPLY:
    case OP_DIVIDE: return OP_ADD;
    case OP_OR:
    case OP_NOT: return OP_AND;
    case OP_JUMP_FALSE:
    case OP_JUMP_TRUE: return OP_BRANCH;
    case OP_END:
    case OP_RETURN:
    case OP_MOVE:
    case OP_FIXED:
    case OP_TEXT:
    case OP_HAS:
    case OP_ADD:
    case OP_COMPARE:
    case OP_IN:
    case OP_SEARCH:
    case OP_AND:
    case OP_JUMP:
    case OP_JUMP_KNOWN:
    case OP_BRANCH: return (CelOpcode)opcode;
    default: return OP_COUNT_ALL;
    }
}

/* The operands of an instruction have values in these rows. */
static RowSet rows_of(const Block *block, const CelInstruction *code, CelOpcode base)
{
    const Column *columns = block->columns;
    switch (base) {
    case OP_ADD:
    case OP_COMPARE:
    case OP_IN:
    case OP_SEARCH: return columns[code->a].rows & columns[code->b].rows;
    case OP_AND: return columns[code->a].rows & (code->opcode == OP_NOT ? ~(RowSet)0 : columns[code->b].rows);
    case OP_MOVE:
    case OP_RETURN:
    case OP_JUMP_KNOWN:
    case OP_BRANCH: return columns[code->a].rows;
    default: return ~(RowSet)0;
    }
}

static void run_each(Block *block, const CelInstruction *code, RowSet waiting)
{
    const CelOpcode base = base_of(code->opcode);
    const RowSet set = waiting & rows_of(block, code, base);
    RowSet done = set;
    switch (base) {
    case OP_RETURN: finish(block, code, set); break;
    case OP_JUMP:
    case OP_JUMP_KNOWN: go_to(block, block->code + code->b, set); break;
    case OP_BRANCH: done = part(block, code, set); break;
    default:
        done = cel_batch_do(block, code, base, set);
        go_to(block, code + 1, done);
        break;
    }
    leave(block, waiting & ~done);
}

uint64_t cel_block_run(Block *block, const CelRows *rows, uint32_t first, uint32_t count, CelValue *results)
{
    const CelProgram *program = block->evaluation->program;
    const RowSet all = count >= BLOCK_ROWS ? ~(RowSet)0 : ((RowSet)1 << count) - 1;
    block->first = row_at(rows->batch, first);
    block->results = results;
    block->count = count;
    block->alive = all;
    block->left = 0;
    block->waiting[0] = all;
    block->charged = 0;
    for (uint32_t i = 0; i < program->code_count; i++) {
        const RowSet set = block->waiting[i];
        if (set != 0) {
            block->waiting[i] = 0;
            run_each(block, &block->code[i], set);
        }
    }
    return block->left;
}

/* The same value for all rows. */
static void fill(Column *column, const CelValue *value)
{
    column->kind = CEL_NULL;
    column->rows = ~(RowSet)0;
    if (value->kind == CEL_BOOL) {
        column->bools = value->as.integer != 0 ? ~(RowSet)0 : 0;
    } else if (value->kind != CEL_DOUBLE && value->kind != CEL_STRING && !cel_is_whole(value)) {
        return;
    }
    column->kind = (CelKind)value->kind;
    column->heap = value->kind != CEL_STRING ? NULL : (value->length == 0 ? "" : value->as.text);
    for (unsigned i = 0; i < BLOCK_ROWS; i++) {
        if (value->kind == CEL_STRING) {
            column->as.places[i][0] = 0;
            column->as.places[i][1] = value->length;
        } else {
            column->as.integers[i] = value->as.integer;
        }
    }
}

static bool fits(const CelProgram *program)
{
    for (uint32_t i = 0; i < program->code_count; i++) {
        if (base_of(program->code[i].opcode) == OP_COUNT_ALL) {
            return false;
        }
    }
    return program->constant_count + program->variable_count + program->register_count <= COLUMNS_MAX;
}

Block *cel_block_create(CelEvaluation *evaluation, uint32_t variable, const CelRows *rows)
{
    const CelProgram *program = evaluation->program;
    const uint32_t shared = program->constant_count + program->variable_count;
    if (!fits(program)) {
        return NULL;
    }
    const uint32_t column_count = shared + program->register_count;
    Block *block = ARENA_NEW(evaluation->scratch, Block);
    RowSet *waiting = ARENA_ARRAY(evaluation->scratch, RowSet, program->code_count);
    uint64_t *costs = arena_alloc(evaluation->scratch, BLOCK_ROWS * sizeof *costs, _Alignof(uint64_t));
    Column *columns = arena_alloc(evaluation->scratch, column_count * sizeof *columns, _Alignof(Column));
    if (block == NULL || waiting == NULL || costs == NULL || columns == NULL) {
        return NULL;
    }
    *block = (Block){.evaluation = evaluation,
                     .code = program->code,
                     .waiting = waiting,
                     .columns = columns,
                     .row_stride = rows->batch->row_stride,
                     .view = program->views[variable],
                     .costs = costs};
    for (uint32_t i = 0; i < shared; i++) {
        fill(&columns[i], &evaluation->frame[i]);
    }
    for (uint32_t i = shared; i < column_count; i++) {
        columns[i].kind = CEL_NULL;
        columns[i].rows = 0;
        columns[i].bools = 0;
    }
    columns[program->constant_count + variable].rows = 0; /* the object itself is another for each row */
    return block;
}
