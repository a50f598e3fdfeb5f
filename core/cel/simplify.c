/*
 * Loops that cost less, in the checked tree. What does not change from turn to turn is computed once, before
 * the loop; lists that are only made to be looked at are not made. Results, errors and unknowns are those of
 * the tree as it was: values may be computed that are then not used, but errors are values here as well.
 */
#include "cel/internal.h"
#include "cel/library.h"
#include "cel/program.h"

/* A loop around the node being looked at. `depth` counts from 1. */
typedef struct Scope {
    CelNode *loop;
    uint16_t depth;
    const struct Scope *outer;
} Scope;

static bool is_loop(const CelNode *node, CelLoop loop)
{
    return node != NULL && node->kind == NODE_LOOP && node->loop == loop && node->name2.length == 0 &&
           (node->flags & NODE_FILTERED) == 0;
}

/* A column of this object: it has a value or is unknown, but is never an error. */
static bool is_column_of(const CelNode *node, const CelLocal *object)
{
    return node->kind == NODE_SELECT && node->reference == REFERENCE_COLUMN &&
           (node->flags & (NODE_TEST | NODE_OPTIONAL)) == 0 && node->first->kind == NODE_IDENT &&
           node->first->reference == REFERENCE_LOCAL && node->first->local == object;
}

/* `range.filter(x, p).size()` counts. */
static bool count_only(CelNode *node)
{
    if (node->kind != NODE_CALL || node->reference != REFERENCE_OVERLOAD ||
        cel_overloads[node->slot].run != cel_fn_size || !is_loop(node->first, LOOP_FILTER)) {
        return false;
    }
    cel_node_become(node, node->first);
    node->loop = LOOP_COUNT;
    return true;
}

/* `range.map(x, x.column).exists(y, p)`: y is bound to the column in each turn. */
static bool skip_map(CelContext *context, CelNode *node)
{
    CelNode *map = node->first;
    const bool looks = is_loop(node, LOOP_ALL) || is_loop(node, LOOP_EXISTS) ||
                       is_loop(node, LOOP_EXISTS_ONE) || is_loop(node, LOOP_COUNT);
    if (!looks || !is_loop(map, LOOP_MAP) || !is_column_of(map->first->next, map->local)) {
        return false;
    }
    CelNode *bind = ARENA_NEW(context->arena, CelNode);
    if (bind == NULL) {
        context->out_of_memory = true;
        return false;
    }
    CelNode *column = map->first->next;
    CelNode *body = map->next;
    *bind = (CelNode){
        .kind = NODE_BIND, .offset = body->offset, .type = body->type, .first = column, .local = node->local};
    column->next = body;
    node->first = map->first;
    node->first->next = bind;
    node->local = map->local;
    return true;
}

/* `range.filter(x, p).map(y, y.column)` is `range.map(x, p, x.column)`. */
static bool merge_filter(CelNode *node)
{
    CelNode *filter = node->first;
    if (!is_loop(node, LOOP_MAP) || !is_loop(filter, LOOP_FILTER) ||
        !is_column_of(filter->next, node->local)) {
        return false;
    }
    CelNode *column = filter->next;
    column->first->local = filter->local;
    filter->first->next->next = column;
    node->first = filter->first;
    node->local = filter->local;
    node->flags |= NODE_FILTERED;
    return true;
}

/* Moves the node, which needs nothing that is deeper than `depth`, before the outermost loop that is. */
static void hoist(CelContext *context, CelNode *node, uint16_t depth, const Scope *scope)
{
    CelNode *moved = ARENA_NEW(context->arena, CelNode);
    CelLocal *local = ARENA_NEW(context->arena, CelLocal);
    if (moved == NULL || local == NULL) {
        context->out_of_memory = true;
        return;
    }
    while (scope->depth > depth + 1) {
        scope = scope->outer;
    }
    *local = (CelLocal){.type = node->type, .view = CEL_NO_VIEW, .depth = depth};
    *moved = *node;
    moved->next = NULL;
    moved->local = local;
    CelNode **end = &scope->loop->hoisted;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = moved;
    node->kind = NODE_IDENT;
    node->reference = REFERENCE_LOCAL;
    node->flags &= NODE_MAYBE;
    node->first = NULL;
    node->local = local;
}

static bool is_simple(const CelNode *node)
{
    return node->kind == NODE_LITERAL ||
           (node->first == NULL && node->kind == NODE_IDENT &&
            (node->reference == REFERENCE_LOCAL || node->reference == REFERENCE_VARIABLE)) ||
           (node->kind == NODE_SELECT && node->reference == REFERENCE_VARIABLE &&
            (node->flags & NODE_TEST) == 0);
}

/* One cheap instruction, which takes no memory and costs nothing. */
static bool can_move(const CelNode *node)
{
    CelOpcode opcode = OP_END;
    uint8_t flag = 0;
    if (node->kind == NODE_SELECT) {
        return node->reference == REFERENCE_COLUMN && (node->flags & (NODE_TEST | NODE_OPTIONAL)) == 0 &&
               is_simple(node->first);
    }
    if (node->kind != NODE_CALL || node->type == NULL || node->first == NULL || !is_simple(node->first) ||
        (node->first->next != NULL && !is_simple(node->first->next))) {
        return false;
    }
    switch (node->type->kind) {
    case CEL_TYPE_INT:
    case CEL_TYPE_UINT:
    case CEL_TYPE_DOUBLE:
    case CEL_TYPE_TIMESTAMP:
    case CEL_TYPE_DURATION:
        return cel_operator_find(node->name, &opcode, &flag) && opcode >= OP_ADD && opcode <= OP_NEGATE;
    default: return false;
    }
}

static uint16_t deeper(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

static uint16_t simplify(CelContext *context, CelNode *node, const Scope *scope);

/* `depth` is that of a link's first child. */
static uint16_t simplify_one(CelContext *context, CelNode *node, const Scope *scope, uint16_t depth)
{
    while (count_only(node) || skip_map(context, node) || merge_filter(node)) {
    }
    if (node->kind == NODE_IDENT && node->reference == REFERENCE_LOCAL) {
        return node->local->depth;
    }
    const bool turns =
        node->kind == NODE_LOOP && node->loop != LOOP_OPT_MAP && node->loop != LOOP_OPT_FLAT_MAP;
    const Scope inner = {node, (uint16_t)(scope->depth + 1), scope};
    if (node->local != NULL) {
        node->local->depth = turns ? inner.depth : scope->depth;
    }
    if (node->local2 != NULL) {
        node->local2->depth = inner.depth;
    }
    for (CelNode *child = cel_node_own(node); child != NULL; child = child->next) {
        const bool turned = turns && child != node->first;
        depth = deeper(depth, simplify(context, child, turned ? &inner : scope));
    }
    depth = depth > scope->depth ? scope->depth : depth;
    if (depth < scope->depth && can_move(node)) {
        hoist(context, node, depth, scope);
    }
    return depth;
}

/* The depth of the innermost loop that the node's value depends on; 0 for none. */
static uint16_t simplify(CelContext *context, CelNode *node, const Scope *scope)
{
    uint32_t count = 0;
    uint16_t depth = 0;
    if ((node->flags & NODE_LINK) == 0) {
        return simplify_one(context, node, scope, 0);
    }
    CelNode **chain = cel_node_chain(context->arena, node, &count, &context->out_of_memory);
    for (uint32_t i = 0; chain != NULL && i < count; i++) {
        depth = simplify_one(context, chain[i], scope, depth);
    }
    return depth;
}

void cel_simplify(CelContext *context, CelNode *root)
{
    const Scope none = {0};
    (void)simplify(context, root, &none);
}
