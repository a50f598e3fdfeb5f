/* The instructions of the batch form: each is done for a set of rows, on columns of one kind. */
#include "cel/batch.h"
#include "cel/text.h"
#include "cel/vm_ops.h"

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

/* Two rows at once, for the vector instructions that every target has. */
typedef double Doubles __attribute__((vector_size(16)));
typedef int64_t Integers __attribute__((vector_size(16)));
typedef uint64_t Bits __attribute__((vector_size(16)));

#define ROWS_WHERE(type, condition)                                                                          \
    Bits yes = {0};                                                                                          \
    Bits bits = {1, 2};                                                                                      \
    for (unsigned i = 0; i < BLOCK_ROWS; i += 2) {                                                           \
        type x;                                                                                              \
        type y;                                                                                              \
        memcpy(&x, a + i, sizeof x);                                                                         \
        memcpy(&y, b + i, sizeof y);                                                                         \
        yes |= (Bits)(x condition y)&bits;                                                                   \
        bits <<= 2;                                                                                          \
    }                                                                                                        \
    return yes[0] | yes[1]

static RowSet order_doubles(const double *a, const double *b, unsigned wanted)
{
    if (wanted == CEL_LESS) {
        ROWS_WHERE(Doubles, <);
    }
    if (wanted == CEL_SAME) {
        ROWS_WHERE(Doubles, ==);
    }
    ROWS_WHERE(Doubles, <=);
}

static RowSet order_integers(const int64_t *a, const int64_t *b, unsigned wanted)
{
    if (wanted == CEL_LESS) {
        ROWS_WHERE(Integers, <);
    }
    if (wanted == CEL_SAME) {
        ROWS_WHERE(Integers, ==);
    }
    ROWS_WHERE(Integers, <=);
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

/* Long texts are left to cel_evaluate, which charges for them, here and below. */
static RowSet same_texts(const Column *a, const Column *b, RowSet *set)
{
    RowSet yes = 0;
    RowSet open = 0;
    EACH_ROW(*set)
    {
        const Slice text = text_of(a, row);
        if (text.length > CEL_SHORT_TEXT) {
            open |= (RowSet)1 << row;
        } else {
            yes |= (RowSet)same(text, text_of(b, row)) << row;
        }
    }
    *set &= ~open;
    return yes;
}

/* COMPARE, EQUAL and NOT_EQUAL. */
static RowSet compare(Block *block, const CelInstruction *code, RowSet set)
{
    const Column *a = &block->columns[code->a];
    const Column *b = &block->columns[code->b];
    const bool ordered = code->opcode == OP_COMPARE;
    const unsigned wanted = ordered ? code->flag : CEL_SAME;
    RowSet yes = 0;
    if (a->kind != b->kind) {
        return 0;
    }
    if (a->kind == CEL_DOUBLE || a->kind == CEL_INT || a->kind == CEL_TIMESTAMP || a->kind == CEL_DURATION) {
        yes = order(a, b, wanted);
    } else if (a->kind == CEL_STRING && !ordered) {
        yes = same_texts(a, b, &set);
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
        if (text.length > CEL_SHORT_TEXT) {
            continue;
        }
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
        const Slice wanted = text_of(b, row);
        if (wanted.length > CEL_SHORT_TEXT) {
            continue;
        }
        done |= (RowSet)charge(block, row, cel_search_cost((CelSearch)code->flag, text)) << row;
        yes |= (RowSet)cel_search((CelSearch)code->flag, text, wanted) << row;
    }
    store_bools(block, &block->columns[code->dst], done, yes);
    return done;
}

RowSet cel_batch_do(Block *block, const CelInstruction *code, CelOpcode base, RowSet set)
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
