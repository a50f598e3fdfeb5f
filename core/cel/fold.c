/*
 * Constant folding. What does not depend on a variable is computed once, when it is compiled; what would be
 * an error stays as it is, so that the error comes up (or is absorbed) when the expression runs.
 */
#include "cel/program.h"

enum { FOLD_ARGUMENTS_MAX = 64, FOLD_COST_MAX = 1000000 };

static bool is_literal(const CelNode *node)
{
    return node->kind == NODE_LITERAL && (node->flags & NODE_MAYBE) == 0;
}

static bool all_literal(const CelNode *first)
{
    for (; first != NULL; first = first->next) {
        if (!is_literal(first)) {
            return false;
        }
    }
    return true;
}

static void become(CelNode *node, CelValue value)
{
    if (value.kind > CEL_ERROR) {
        node->kind = NODE_LITERAL;
        node->flags &= NODE_MAYBE;
        node->literal = value;
        node->first = NULL;
    }
}

static void fold_list(CelContext *context, CelNode *node)
{
    uint32_t count = 0;
    for (const CelNode *child = node->first; child != NULL; child = child->next) {
        count++;
    }
    CelValue *items = ARENA_ARRAY(context->arena, CelValue, count);
    if (items == NULL) {
        return;
    }
    const CelNode *child = node->first;
    for (uint32_t i = 0; i < count; i++, child = child->next) {
        items[i] = child->literal;
    }
    become(node, cel_list(items, count));
}

static CelCall fold_context(CelContext *context)
{
    return (CelCall){.arena = context->arena,
                     .calendar = &context->environment->calendar,
                     .cost = &context->fold_cost,
                     .cost_limit = FOLD_COST_MAX};
}

static void fold_map(CelContext *context, CelNode *node)
{
    const CelCall call = fold_context(context);
    CelMap *map = cel_map_create(context->arena, node->count / 2U);
    CelValue result = map == NULL ? cel_unknown() : cel_map(map);
    for (const CelNode *key = node->first; key != NULL && key->next != NULL && result.kind == CEL_MAP;
         key = key->next->next) {
        result = cel_map_put(&call, map, &key->literal, &key->next->literal);
    }
    become(node, result);
}

/* Conditions that are known take the branches that cannot be reached with them. */
static void fold_conditions(CelNode *node)
{
    CelNode **link = &node->first;
    while ((*link)->next != NULL) {
        CelNode *condition = *link;
        CelNode *value = condition->next;
        if (!is_literal(condition) || condition->literal.kind != CEL_BOOL) {
            link = &value->next;
            continue;
        }
        *link = value->next;
        if (cel_is_true(condition->literal)) {
            value->next = NULL;
            *link = value;
            break;
        }
    }
    if (node->first->next == NULL) {
        cel_node_become(node, node->first);
        return;
    }
    node->count = 0;
    for (const CelNode *child = node->first; child != NULL; child = child->next) {
        node->count++;
    }
}

/* A value of `&&` or `||` that is known and decides. */
static bool fold_logical(CelNode *node)
{
    CelNode *condition = node->first;
    if (condition->next == NULL || !is_literal(condition) || condition->literal.kind != CEL_BOOL) {
        return false;
    }
    const bool yes = cel_is_true(condition->literal);
    if (slice_equal(node->name, yes ? SLICE("_||_") : SLICE("_&&_"))) {
        become(node, condition->literal);
        return true;
    }
    return false;
}

static void fold_call(CelContext *context, CelNode *node)
{
    CelOpcode opcode = OP_END;
    uint8_t flag = 0;
    const CelCall call = fold_context(context);
    if (node->first != NULL && slice_equal(node->name, SLICE("_?_:_"))) {
        fold_conditions(node);
        return;
    }
    if (node->count == 2 && fold_logical(node)) {
        return;
    }
    if (!all_literal(node->first) || node->first == NULL || node->reference == REFERENCE_UNDECLARED) {
        return;
    }
    if (cel_operator_find(node->name, &opcode, &flag)) {
        const CelNode *right = node->first->next == NULL ? node->first : node->first->next;
        become(node, cel_operate(&call, opcode, flag, &node->first->literal, &right->literal));
    } else if (node->reference == REFERENCE_OVERLOAD && node->count <= FOLD_ARGUMENTS_MAX &&
               cel_overloads[node->slot].run != NULL) {
        CelValue arguments[FOLD_ARGUMENTS_MAX];
        uint32_t count = 0;
        for (const CelNode *child = node->first; child != NULL; child = child->next) {
            arguments[count++] = child->literal;
        }
        become(node, cel_call(&call, node->slot, arguments, count));
    }
}

static void fold_one(CelContext *context, CelNode *root)
{
    if (root->kind != NODE_LOOP && root->kind != NODE_BIND && root->first == NULL &&
        root->kind != NODE_LIST && root->kind != NODE_MAP) {
        if ((root->kind == NODE_IDENT || root->kind == NODE_SELECT) &&
            root->reference == REFERENCE_CONSTANT) {
            become(root, root->literal);
        }
        return;
    }
    if (root->kind == NODE_SELECT && root->reference != REFERENCE_NONE &&
        root->reference != REFERENCE_COLUMN) {
        if (root->reference == REFERENCE_CONSTANT && (root->flags & NODE_TEST) == 0) {
            become(root, root->literal);
        }
        return;
    }
    for (CelNode *child = cel_node_own(root); child != NULL; child = child->next) {
        cel_fold(context, child);
    }
    if (root->kind == NODE_CALL) {
        fold_call(context, root);
    } else if (root->kind == NODE_LIST && all_literal(root->first)) {
        fold_list(context, root);
    } else if (root->kind == NODE_MAP && all_literal(root->first)) {
        fold_map(context, root);
    }
}

void cel_fold(CelContext *context, CelNode *root)
{
    uint32_t count = 0;
    if ((root->flags & NODE_LINK) == 0) {
        fold_one(context, root);
        return;
    }
    CelNode **chain = cel_node_chain(context->arena, root, &count, &context->out_of_memory);
    for (uint32_t i = 0; chain != NULL && i < count; i++) {
        fold_one(context, chain[i]);
    }
}
