/* Macros over lists, maps and optionals to instructions. */
#include "cel/compiler.h"

/* `range.optMap(x, body)`: the variable's register stands behind the result's. */
static void compile_optional(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const uint32_t mark = compiler->top;
    const uint32_t source = cel_compile_operand(compiler, node->first);
    const uint32_t result = cel_reserve(compiler, 2);
    compiler->offset = node->offset;
    cel_emit(compiler, OP_UNWRAP, 0, result + 1, source, cel_raw(0));
    const uint32_t end = cel_emit_end(compiler);
    if (node->local != NULL) {
        node->local->place = result + 1;
    }
    cel_compile_to(compiler, node->first->next, result);
    if (node->loop == LOOP_OPT_MAP) {
        cel_emit(compiler, OP_WRAP, 0, result, result, cel_raw(0));
    }
    cel_patch(compiler, end, cel_here(compiler));
    cel_emit(compiler, OP_MOVE, 0, dst, result, cel_raw(0));
    compiler->top = mark;
}

/* The registers of a loop being compiled. */
typedef struct Loop {
    uint32_t result;
    uint32_t variables; /* one or two registers */
    uint32_t keys;      /* of a sort */
    uint32_t next;      /* the NEXT instruction */
    uint32_t ends[4];   /* to be patched with the place behind the loop */
    uint32_t end_count;
} Loop;

static void ends_at(Loop *loop, uint32_t instruction)
{
    loop->ends[loop->end_count++] = instruction;
}

/* What the result is before the first turn. */
static void loop_begin(CelCompiler *compiler, const CelNode *node, const Loop *loop)
{
    switch ((CelLoop)node->loop) {
    case LOOP_ALL:
        cel_emit(compiler, OP_MOVE, 0, loop->result, cel_constant(compiler, cel_bool(true)), cel_raw(0));
        break;
    case LOOP_EXISTS:
        cel_emit(compiler, OP_MOVE, 0, loop->result, cel_constant(compiler, cel_bool(false)), cel_raw(0));
        break;
    case LOOP_EXISTS_ONE:
    case LOOP_COUNT:
        cel_emit(compiler, OP_MOVE, 0, loop->result, cel_constant(compiler, cel_int(0)), cel_raw(0));
        break;
    case LOOP_MAP_VALUE:
    case LOOP_MAP_ENTRY: cel_emit(compiler, OP_MAP_NEW, 0, loop->result, cel_raw(0), cel_raw(0)); break;
    case LOOP_SORT_BY:
        cel_emit(compiler, OP_LIST_NEW, 0, loop->keys, cel_raw(0), cel_raw(0));
        cel_emit(compiler, OP_LIST_NEW, 0, loop->result, cel_raw(0), cel_raw(0));
        break;
    default: cel_emit(compiler, OP_LIST_NEW, 0, loop->result, cel_raw(0), cel_raw(0)); break;
    }
}

/* Goes on when the condition is true, to the next element when it is false, else out with unknown or error.
 */
static void loop_condition(CelCompiler *compiler, Loop *loop, const CelNode *condition)
{
    const uint32_t value = cel_compile_operand(compiler, condition);
    compiler->offset = condition->offset;
    cel_emit(compiler, OP_BRANCH, !cel_is_in_place(condition), loop->result, value, cel_raw(loop->next));
    ends_at(loop, cel_emit_end(compiler));
}

/* To the next element, or out when the value decides; what is neither true nor false is merged. */
static void loop_all(CelCompiler *compiler, const CelNode *node, Loop *loop, const CelNode *body)
{
    const bool all = node->loop == LOOP_ALL;
    const uint32_t value = cel_compile_operand(compiler, body);
    const uint32_t merged = cel_is_in_place(body) ? cel_reserve(compiler, 1) : value;
    compiler->offset = body->offset;
    const uint32_t branch =
        cel_emit(compiler, OP_BRANCH, merged == value, merged, value, cel_raw(loop->next));
    const uint32_t end = cel_emit_end(compiler);
    if (all) {
        cel_emit(compiler, OP_JUMP, 0, cel_raw(0), cel_raw(0), cel_raw(loop->next));
        cel_patch(compiler, branch, cel_here(compiler));
    }
    cel_emit(compiler, OP_MOVE, 0, loop->result, cel_constant(compiler, cel_bool(!all)), cel_raw(0));
    ends_at(loop, cel_emit(compiler, OP_JUMP, 0, cel_raw(0), cel_raw(0), cel_raw(0)));
    cel_patch(compiler, end, cel_here(compiler));
    cel_emit(compiler, all ? OP_AND : OP_OR, 0, loop->result, loop->result, merged);
}

static void loop_append(CelCompiler *compiler, Loop *loop, uint32_t list, uint32_t value)
{
    const uint32_t append = cel_emit(compiler, OP_APPEND, 0, list, value, cel_raw(0));
    ends_at(loop, append);
}

static void loop_sort(CelCompiler *compiler, Loop *loop, const CelNode *body)
{
    const uint32_t key = cel_compile_operand(compiler, body);
    /* An unknown or failed key becomes the result: SORT_BY finds it in the keys. */
    const uint32_t append = cel_emit(compiler, OP_APPEND, 0, loop->keys, key, cel_raw(0));
    ends_at(loop, append);
    loop_append(compiler, loop, loop->result, loop->variables);
}

static void loop_turn(CelCompiler *compiler, const CelNode *node, Loop *loop, const CelNode *body)
{
    switch ((CelLoop)node->loop) {
    case LOOP_ALL:
    case LOOP_EXISTS: loop_all(compiler, node, loop, body); break;
    case LOOP_EXISTS_ONE:
    case LOOP_COUNT:
        loop_condition(compiler, loop, body);
        cel_emit(compiler, OP_COUNT, 0, loop->result, cel_raw(0), cel_raw(loop->next));
        break;
    case LOOP_FILTER:
        loop_condition(compiler, loop, body);
        loop_append(compiler, loop, loop->result, loop->variables);
        break;
    case LOOP_SORT_BY: loop_sort(compiler, loop, body); break;
    case LOOP_MAP_VALUE: {
        const uint32_t value = cel_compile_operand(compiler, body);
        cel_emit(compiler, OP_MAP_PUT, 0, loop->result, loop->variables, value);
        break;
    }
    case LOOP_MAP_ENTRY: {
        const uint32_t value = cel_compile_operand(compiler, body);
        compiler->offset = body->offset;
        cel_emit(compiler, OP_MAP_MERGE, 0, loop->result, value, cel_raw(0));
        break;
    }
    default: {
        const uint32_t value = cel_compile_operand(compiler, body);
        loop_append(compiler, loop, loop->result, value);
        break;
    }
    }
}

/* When the elements are objects, their columns are read through a view that each turn sets. */
static void view_element(CelCompiler *compiler, const CelNode *node, uint32_t element)
{
    CelLocal *local = node->local2 != NULL ? node->local2 : node->local;
    if (local == NULL || cel_resolve(compiler->checker, local->type)->kind != CEL_TYPE_OBJECT) {
        return;
    }
    local->view = cel_compile_view(compiler);
    if (local->view != CEL_NO_VIEW) {
        cel_emit(compiler, OP_VIEW, 0, cel_raw(local->view), element, cel_raw(0));
    }
}

void cel_compile_loop(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const uint32_t mark = compiler->top;
    const bool two = node->name2.length > 0;
    const CelNode *body = node->first->next;
    Loop loop = {0};
    if (node->loop == LOOP_OPT_MAP || node->loop == LOOP_OPT_FLAT_MAP) {
        compile_optional(compiler, node, dst);
        return;
    }
    for (const CelNode *hoisted = node->hoisted; hoisted != NULL; hoisted = hoisted->next) {
        hoisted->local->place = cel_compile_operand(compiler, hoisted);
    }
    const uint32_t iterator = cel_reserve(compiler, 2);
    const uint32_t range = cel_compile_operand(compiler, node->first);
    loop.variables = cel_reserve(compiler, 2);
    loop.result = dst;
    if (node->loop == LOOP_SORT_BY) {
        loop.keys = cel_reserve(compiler, 1);
    }
    if (node->local != NULL) {
        node->local->place = loop.variables;
    }
    if (node->local2 != NULL) {
        node->local2->place = loop.variables + 1;
    }
    compiler->offset = node->offset;
    loop_begin(compiler, node, &loop);
    cel_emit(compiler, OP_ITERATE, 0, loop.result, iterator, range);
    ends_at(&loop, cel_emit_end(compiler));
    loop.next = cel_emit(compiler, OP_NEXT, two ? 2 : 1, loop.variables, iterator, cel_raw(0));
    view_element(compiler, node, two ? loop.variables + 1 : loop.variables);
    if ((node->flags & NODE_FILTERED) != 0) {
        loop_condition(compiler, &loop, body);
        body = body->next;
    }
    const uint32_t inner = compiler->top;
    loop_turn(compiler, node, &loop, body);
    compiler->top = inner;
    cel_emit(compiler, OP_JUMP, 0, cel_raw(0), cel_raw(0), cel_raw(loop.next));
    cel_patch(compiler, loop.next, cel_here(compiler));
    compiler->offset = node->offset;
    if (node->loop == LOOP_EXISTS_ONE) {
        cel_emit(compiler, OP_EQUAL, 0, loop.result, loop.result, cel_constant(compiler, cel_int(1)));
    } else if (node->loop == LOOP_SORT_BY) {
        for (uint32_t i = 0; i < loop.end_count; i++) {
            cel_patch(compiler, loop.ends[i], cel_here(compiler));
        }
        loop.end_count = 0;
        cel_emit(compiler, OP_SORT_BY, 0, loop.result, loop.result, loop.keys);
    }
    for (uint32_t i = 0; i < loop.end_count; i++) {
        cel_patch(compiler, loop.ends[i], cel_here(compiler));
    }
    compiler->has_loop = true;
    compiler->top = mark;
}
