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
#include "cel/text.h"
#include "cel/vm_ops.h"

enum { BLOCK_ROWS = CEL_BLOCK_ROWS, COLUMNS_MAX = 64 };

/* Rows of a block, a bit each. */
typedef uint64_t RowSet;

/* A constant, variable or register of the frame. CEL_NULL: of a kind that is not kept here. */
typedef struct Column {
    union {
        int64_t integers[BLOCK_ROWS]; /* ints; milliseconds of times, which have no part of one */
        double numbers[BLOCK_ROWS];
        uint32_t places[BLOCK_ROWS][2]; /* text and text lists: offset from `heap`, bytes */
    } as;
    RowSet bools;
    RowSet rows; /* those that have a value */
    const char *heap;
    CelKind kind;
} Column;

typedef struct CelBlock {
    CelEvaluation *evaluation;
    const CelInstruction *code; /* the program's */
    RowSet *waiting;            /* one set an instruction */
    Column *columns;            /* one each of the frame */
    CelValue *results;
    RowView first; /* the block's first row */
    size_t row_stride;
    uint32_t view;  /* of the rows */
    uint32_t count; /* of the block's rows */
    RowSet alive;   /* neither finished nor left */
    RowSet left;
    RowSet charged;  /* rows that have a cost */
    uint64_t *costs; /* of those */
} Block;

/* The rows of a set, one after another. */
#define EACH_ROW(set)                                                                                        \
    for (RowSet rest_ = (set), row = 0; rest_ != 0 && (row = (RowSet)__builtin_ctzll(rest_), true);          \
         rest_ &= rest_ - 1)

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

/*
 * Makes room for values of `set`. True when no other row needs what the column holds, so that whatever is
 * written to it does no harm.
 */
static bool claim(const Block *block, Column *column, CelKind kind, const char *heap, RowSet set)
{
    if (column->rows == 0 || column->kind != kind || column->heap != heap) {
        column->kind = kind;
        column->heap = heap;
        column->rows = 0;
    }
    const bool alone = (column->rows & block->alive & ~set) == 0;
    column->rows |= set;
    return alone;
}

static void store_bools(const Block *block, Column *column, RowSet set, RowSet yes)
{
    (void)claim(block, column, CEL_BOOL, NULL, set);
    column->bools = (column->bools & ~set) | (yes & set);
}

/* A column of the rows. Other objects than the rows are the same for every row: their stride is 0. */
typedef struct Source {
    const char *states;
    const char *slots;
    const char *heap;
    size_t stride;
} Source;

/* False when the view has no row. */
static bool source_of(const Block *block, const CelInstruction *code, Source *source)
{
    const bool own = code->a == block->view;
    const RowView row = own ? block->first : block->evaluation->views[code->a].row;
    if (row.slots == NULL) {
        return false;
    }
    *source = (Source){row.states + code->b, row.slots + 8 * (size_t)code->b, row.heap,
                       own ? block->row_stride : 0};
    return true;
}

/* The rows of `set` that have a value. */
static RowSet have(const Source *source, RowSet set)
{
    RowSet yes = 0;
    EACH_ROW(set)
    {
        yes |= (RowSet)(source->states[source->stride * (size_t)row] == ROW_VALUE) << row;
    }
    return yes;
}

/* All rows of the block at once, their values with them, wanted or not. */
static RowSet load_all(const Source *source, uint32_t count, Column *column)
{
    const char *state = source->states;
    const char *slot = source->slots;
    RowSet yes = 0;
    for (uint32_t row = 0; row < count; row++) {
        yes |= (RowSet)(*state == ROW_VALUE) << row;
        memcpy(&column->as.integers[row], slot, 8);
        state += source->stride;
        slot += source->stride;
    }
    return yes;
}

static void load_some(const Source *source, RowSet set, Column *column)
{
    EACH_ROW(set)
    {
        memcpy(&column->as.integers[row], source->slots + source->stride * (size_t)row, 8);
    }
}

static RowSet load_bools(const Source *source, RowSet set)
{
    RowSet yes = 0;
    EACH_ROW(set)
    {
        yes |= (RowSet)(source->slots[source->stride * (size_t)row] & 1) << row;
    }
    return yes;
}

/* FIXED and TEXT; the rows that had a value. */
static RowSet load(Block *block, const CelInstruction *code, RowSet set, CelKind kind)
{
    Source source;
    Column *column = &block->columns[code->dst];
    const char *heap = NULL;
    if (!source_of(block, code, &source)) {
        return 0;
    }
    if (kind == CEL_BOOL) {
        const RowSet loaded = have(&source, set);
        store_bools(block, column, loaded, load_bools(&source, loaded));
        return loaded;
    }
    if (kind == CEL_STRING || kind == CEL_LIST) {
        heap = source.heap;
    }
    if (claim(block, column, kind, heap, set)) {
        return set & load_all(&source, block->count, column);
    }
    const RowSet loaded = have(&source, set);
    load_some(&source, loaded, column);
    return loaded;
}

static RowSet has(Block *block, const CelInstruction *code, RowSet set)
{
    Source source;
    const RowSet yes = source_of(block, code, &source) ? have(&source, set) : 0;
    store_bools(block, &block->columns[code->dst], set, yes);
    return set;
}

static RowSet move(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *from = &block->columns[code->a];
    Column *to = &block->columns[code->dst];
    if (from->kind == CEL_BOOL) {
        store_bools(block, to, set, from->bools);
        return set;
    }
    (void)claim(block, to, from->kind, from->heap, set);
    EACH_ROW(set)
    {
        to->as.integers[row] = from->as.integers[row];
    }
    return from->kind == CEL_NULL ? 0 : set;
}

static void operate_doubles(CelOpcode opcode, const double *a, const double *b, double *result)
{
    switch (opcode) {
    case OP_ADD:
        for (unsigned i = 0; i < BLOCK_ROWS; i++) {
            result[i] = a[i] + b[i];
        }
        break;
    case OP_SUBTRACT:
        for (unsigned i = 0; i < BLOCK_ROWS; i++) {
            result[i] = a[i] - b[i];
        }
        break;
    case OP_MULTIPLY:
        for (unsigned i = 0; i < BLOCK_ROWS; i++) {
            result[i] = a[i] * b[i];
        }
        break;
    default:
        for (unsigned i = 0; i < BLOCK_ROWS; i++) {
            result[i] = a[i] / b[i];
        }
        break;
    }
}

/* Numbers and times: false for an overflow, or a division that is not usual. */
static inline bool operate_integers(CelOpcode opcode, int64_t a, int64_t b, int64_t *result)
{
    switch (opcode) {
    case OP_ADD: return !__builtin_add_overflow(a, b, result);
    case OP_SUBTRACT: return !__builtin_sub_overflow(a, b, result);
    case OP_MULTIPLY: return !__builtin_mul_overflow(a, b, result);
    default: *result = b > 0 ? a / b : 0; return b > 0;
    }
}

/* The kind of the result of an operation on integers; CEL_NULL when it is none. */
static CelKind kind_of(CelOpcode opcode, CelKind a, CelKind b)
{
    if (a == CEL_INT && b == CEL_INT) {
        return CEL_INT;
    }
    if (opcode > OP_SUBTRACT || (a != CEL_TIMESTAMP && a != CEL_DURATION) ||
        (b != CEL_TIMESTAMP && b != CEL_DURATION)) {
        return CEL_NULL;
    }
    if (a == b) {
        return a == CEL_DURATION || opcode == OP_SUBTRACT ? CEL_DURATION : CEL_NULL;
    }
    return a == CEL_TIMESTAMP || opcode == OP_ADD ? CEL_TIMESTAMP : CEL_NULL;
}

static RowSet operate(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *a = &block->columns[code->a];
    const Column *b = &block->columns[code->b];
    Column *result = &block->columns[code->dst];
    const CelOpcode opcode = (CelOpcode)code->opcode;
    const bool doubles = a->kind == CEL_DOUBLE && b->kind == CEL_DOUBLE;
    const CelKind kind = doubles ? CEL_DOUBLE : kind_of(opcode, a->kind, b->kind);
    const int64_t low =
        kind == CEL_INT ? INT64_MIN : (kind == CEL_DURATION ? -CEL_DURATION_MS_MAX : TIME_MS_MIN);
    const int64_t high =
        kind == CEL_INT ? INT64_MAX : (kind == CEL_DURATION ? CEL_DURATION_MS_MAX : TIME_MS_MAX);
    RowSet done = doubles ? set : 0;
    if (kind == CEL_NULL) {
        return 0;
    }
    const bool alone = claim(block, result, kind, NULL, set);
    if (doubles) {
        Column apart;
        Column *to = alone ? result : &apart;
        operate_doubles(opcode, a->as.numbers, b->as.numbers, to->as.numbers);
        EACH_ROW(alone ? 0 : set)
        {
            result->as.numbers[row] = apart.as.numbers[row];
        }
        return set;
    }
    EACH_ROW(set)
    {
        int64_t value = 0;
        const bool good = operate_integers(opcode, a->as.integers[row], b->as.integers[row], &value) &&
                          value >= low && value <= high;
        result->as.integers[row] = value;
        done |= (RowSet)good << row;
    }
    return done;
}

/* Eight rows make a byte, so that a compiler knows all shifts. */
#define ROWS_WHERE(condition)                                                                                \
    RowSet yes = 0;                                                                                          \
    for (unsigned i = 0; i < BLOCK_ROWS; i += 8) {                                                           \
        unsigned byte = 0;                                                                                   \
        for (unsigned j = 0; j < 8; j++) {                                                                   \
            byte |= (unsigned)(a[i + j] condition b[i + j]) << j;                                            \
        }                                                                                                    \
        yes |= (RowSet)byte << i;                                                                            \
    }                                                                                                        \
    return yes

static RowSet order_doubles(const double *a, const double *b, unsigned wanted)
{
    if (wanted == CEL_LESS) {
        ROWS_WHERE(<);
    }
    if (wanted == CEL_SAME) {
        ROWS_WHERE(==);
    }
    ROWS_WHERE(<=);
}

static RowSet order_integers(const int64_t *a, const int64_t *b, unsigned wanted)
{
    if (wanted == CEL_LESS) {
        ROWS_WHERE(<);
    }
    if (wanted == CEL_SAME) {
        ROWS_WHERE(==);
    }
    ROWS_WHERE(<=);
}

/* The order `wanted` of numbers or times. What is greater is less when the sides change. */
static RowSet order(const Column *a, const Column *b, unsigned wanted)
{
    if ((wanted & CEL_GREATER) != 0) {
        return order(b, a, (wanted & CEL_SAME) | CEL_LESS);
    }
    return a->kind == CEL_DOUBLE ? order_doubles(a->as.numbers, b->as.numbers, wanted)
                                 : order_integers(a->as.integers, b->as.integers, wanted);
}

static inline Slice text_of(const Column *column, RowSet row)
{
    return (Slice){column->heap + column->as.places[row][0], column->as.places[row][1]};
}

static inline bool same(Slice a, Slice b)
{
    return a.length == b.length && cel_same_bytes(a.data, b.data, a.length);
}

static RowSet same_texts(const Column *a, const Column *b, RowSet set)
{
    RowSet yes = 0;
    EACH_ROW(set)
    {
        yes |= (RowSet)same(text_of(a, row), text_of(b, row)) << row;
    }
    return yes;
}

/* COMPARE, EQUAL and NOT_EQUAL. */
static RowSet compare(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *a = &block->columns[code->a];
    const Column *b = &block->columns[code->b];
    const bool ordered = code->opcode == OP_COMPARE || code->opcode == OP_COMPARE_TEST;
    const unsigned wanted = ordered ? code->flag : CEL_SAME;
    RowSet yes = 0;
    if (a->kind != b->kind) {
        return 0;
    }
    if (a->kind == CEL_DOUBLE || a->kind == CEL_INT || a->kind == CEL_TIMESTAMP || a->kind == CEL_DURATION) {
        yes = order(a, b, wanted);
    } else if (a->kind == CEL_STRING && !ordered) {
        yes = same_texts(a, b, set);
    } else if (a->kind == CEL_BOOL && !ordered) {
        yes = ~(a->bools ^ b->bools);
    } else {
        return 0;
    }
    store_bools(block, &block->columns[code->dst], set, code->opcode == OP_NOT_EQUAL ? ~yes : yes);
    return set;
}

static RowSet logical(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *a = &block->columns[code->a];
    const Column *b = code->opcode == OP_NOT ? a : &block->columns[code->b];
    if (a->kind != CEL_BOOL || b->kind != CEL_BOOL) {
        return 0;
    }
    const RowSet merged = code->opcode == OP_AND ? a->bools & b->bools : a->bools | b->bools;
    store_bools(block, &block->columns[code->dst], set, code->opcode == OP_NOT ? ~merged : merged);
    return set;
}

/* Adds to the rows' cost at least what vm.c would; the rows that stay below the limit. */
static inline bool charge(Block *block, RowSet row, uint64_t cost)
{
    block->costs[row] = cost + ((block->charged >> row & 1) != 0 ? block->costs[row] : 0);
    block->charged |= (RowSet)1 << row;
    return block->costs[row] <= block->evaluation->cost_limit;
}

static bool all_strings(const CelValue *list)
{
    for (uint32_t i = 0; i < list->length; i++) {
        if (list->as.items[i].kind != CEL_STRING) {
            return false;
        }
    }
    return true;
}

/* Texts in a list that is the same for all rows. */
static RowSet in_strings(Block *block, const Column *texts, const CelValue *list, RowSet set, RowSet *done)
{
    RowSet yes = 0;
    EACH_ROW(set)
    {
        const Slice text = text_of(texts, row);
        bool found = false;
        for (uint32_t i = 0; i < list->length && !found; i++) {
            found = same(text, cel_text(list->as.items[i]));
        }
        yes |= (RowSet)found << row;
        *done |= (RowSet)charge(block, row, list->length) << row;
    }
    return yes;
}

static RowSet in_texts(Block *block, const Column *texts, const Column *lists, RowSet set, RowSet *done)
{
    RowSet yes = 0;
    EACH_ROW(set)
    {
        const Slice list = text_of(lists, row);
        yes |= (RowSet)cel_text_list_contains(list, text_of(texts, row)) << row;
        *done |= (RowSet)charge(block, row, list.length) << row;
    }
    return yes;
}

static RowSet contained(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *a = &block->columns[code->a];
    const Column *b = &block->columns[code->b];
    const CelValue *list = &block->evaluation->frame[code->b];
    RowSet done = 0;
    RowSet yes = 0;
    if (a->kind != CEL_STRING) {
        return 0;
    }
    if (b->kind == CEL_LIST) {
        yes = in_texts(block, a, b, set, &done);
    } else if (code->b < block->evaluation->program->constant_count && list->kind == CEL_LIST &&
               all_strings(list)) {
        yes = in_strings(block, a, list, set, &done);
    }
    store_bools(block, &block->columns[code->dst], done, yes);
    return done;
}

static RowSet search(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *a = &block->columns[code->a];
    const Column *b = &block->columns[code->b];
    RowSet done = 0;
    RowSet yes = 0;
    if (a->kind != CEL_STRING || b->kind != CEL_STRING) {
        return 0;
    }
    EACH_ROW(set)
    {
        const Slice text = text_of(a, row);
        done |= (RowSet)charge(block, row, cel_search_cost((CelSearch)code->flag, text)) << row;
        yes |= (RowSet)cel_search((CelSearch)code->flag, text, text_of(b, row)) << row;
    }
    store_bools(block, &block->columns[code->dst], done, yes);
    return done;
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

/* The instruction that is done here: of a superinstruction the first. OP_END when there is none. */
static CelOpcode base_of(uint8_t opcode)
{
    switch ((CelOpcode)opcode) {
    case OP_FIXED_TEST:
    case OP_FIXED_COMPARE:
    case OP_FIXED_OPERATE: return OP_FIXED;
    case OP_TEXT_TEST:
    case OP_TEXT_IN_TEST: return OP_TEXT;
    case OP_HAS_TEST: return OP_HAS;
    case OP_COMPARE_TEST:
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

/* The rows for which the instruction was done; the others of `set` cannot stay. */
static RowSet do_each(Block *block, const CelInstruction *code, CelOpcode base, RowSet set)
{
    switch (base) {
    case OP_MOVE: return move(block, code, set);
    case OP_FIXED: return load(block, code, set, (CelKind)code->flag);
    case OP_TEXT:
        return code->flag == ROW_BYTES
                   ? 0
                   : load(block, code, set, code->flag == ROW_TEXT ? CEL_STRING : CEL_LIST);
    case OP_HAS: return has(block, code, set);
    case OP_ADD: return operate(block, code, set);
    case OP_COMPARE: return compare(block, code, set);
    case OP_IN: return contained(block, code, set);
    case OP_SEARCH: return search(block, code, set);
    default: return logical(block, code, set);
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
        done = do_each(block, code, base, set);
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
