/* Making nodes, within the limits of number and depth. */
#include "cel/internal.h"

Slice cel_keep(CelContext *context, Slice text)
{
    Slice copy = SLICE("");
    context->out_of_memory |= !arena_keep(context->arena, text, &copy);
    return copy;
}

CelNode *cel_node(CelContext *context, CelNodeKind kind, uint32_t offset)
{
    CelNode *node = NULL;
    if (++context->node_count <= CEL_NODES_MAX) {
        node = ARENA_NEW(context->arena, CelNode);
        context->out_of_memory = context->out_of_memory || node == NULL;
    } else if (context->node_count == CEL_NODES_MAX + 1) {
        ISSUE(context, CEL_ERROR_LIMIT, offset, SLICE("the expression has too many parts"));
    }
    if (node == NULL) {
        node = &context->spare;
        *node = (CelNode){0};
    }
    node->kind = (uint8_t)kind;
    node->offset = offset;
    node->height = 1;
    return node;
}

void cel_node_add(CelContext *context, CelNode *parent, CelNode *child)
{
    CelNode **end = &parent->first;
    if (parent == &context->spare) {
        return;
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = child == &context->spare ? NULL : child;
    for (; *end != NULL; end = &(*end)->next) {
        parent->count = (uint16_t)(parent->count + (parent->count < UINT16_MAX));
        if ((*end)->height >= parent->height) {
            parent->height = (uint16_t)((*end)->height + 1);
        }
    }
    if (parent->height == CEL_DEPTH_MAX + 1) {
        ISSUE(context, CEL_ERROR_LIMIT, parent->offset, SLICE("the expression is nested too deeply"));
        parent->height = 1;
        parent->first = NULL;
        parent->kind = NODE_ERROR;
        parent->flags = 0;
    }
}

void cel_node_become(CelNode *node, const CelNode *child)
{
    CelNode *next = node->next;
    const uint8_t maybe = node->flags & NODE_MAYBE;
    const CelType *type = node->type;
    *node = *child;
    node->next = next;
    node->type = type;
    node->flags |= maybe;
}

CelNode *cel_node_ident(CelContext *context, Slice name, uint32_t offset)
{
    CelNode *node = cel_node(context, NODE_IDENT, offset);
    node->name = name;
    return node;
}

CelNode *cel_node_call(CelContext *context, Slice name, uint32_t offset, CelNode *first, CelNode *second)
{
    CelNode *node = cel_node(context, NODE_CALL, offset);
    node->name = name;
    cel_node_add(context, node, first);
    if (second != NULL) {
        cel_node_add(context, node, second);
    }
    return node;
}

CelNode *cel_node_link(CelContext *context, Slice name, uint32_t offset, CelNode *left, CelNode *right)
{
    CelNode *node = cel_node(context, NODE_CALL, offset);
    if (node == &context->spare || left == &context->spare) {
        return node;
    }
    node->name = name;
    node->flags = NODE_LINK;
    node->height = left->height;
    node->count = 1;
    node->first = left;
    cel_node_add(context, node, right);
    return node;
}

CelNode **cel_node_chain(Arena *arena, CelNode *node, uint32_t *count, bool *out_of_memory)
{
    uint32_t links = 1;
    for (const CelNode *link = node; (link->flags & NODE_LINK) != 0; link = link->first) {
        links++;
    }
    CelNode **chain = ARENA_ARRAY(arena, CelNode *, links);
    *out_of_memory = *out_of_memory || chain == NULL;
    *count = chain == NULL ? 0 : links;
    for (uint32_t i = *count; i > 0; i--) {
        chain[i - 1] = node;
        node = node->first;
    }
    return chain;
}

CelNode *cel_node_balance(CelContext *context, CelNode **terms, uint32_t count, Slice name, uint32_t offset)
{
    if (count == 1) {
        CelNode *term = *terms;
        *terms = term->next;
        term->next = NULL;
        return term;
    }
    CelNode *left = cel_node_balance(context, terms, (count + 1) / 2, name, offset);
    CelNode *right = cel_node_balance(context, terms, count / 2, name, offset);
    return cel_node_call(context, name, offset, left, right);
}
