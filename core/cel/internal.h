/* What the files of this folder share and nobody else sees. */
#ifndef PERLY_CEL_INTERNAL_H
#define PERLY_CEL_INTERNAL_H

#include "cel/ast.h"
#include "cel/cel.h"
#include "cel/issues.h"
#include "cel/lexer.h"
#include "cel/type.h"

/* One compilation. */
typedef struct CelContext {
    Arena *arena;
    const CelEnvironment *environment;
    Slice source;
    CelIssues *issues;
    uint32_t node_count;
    uint64_t fold_cost; /* of all constants computed */
    bool out_of_memory;
    bool has_loop;
    CelNode spare; /* stands for a node that there was no memory for */
} CelContext;

void cel_issue_add(CelContext *context, CelErrorKind kind, uint32_t offset, const Slice *parts, size_t count);
/* Of the issue added last. */
void cel_issue_suggest(CelContext *context, Slice suggestion);

#define ISSUE(context, kind, offset, ...)                                                                    \
    cel_issue_add((context), (kind), (offset), (const Slice[]){__VA_ARGS__},                                 \
                  sizeof((const Slice[]){__VA_ARGS__}) / sizeof(Slice))

/* A copy in the context's arena; empty, and noted, when memory is out. */
Slice cel_keep(CelContext *context, Slice text);

/* Never NULL: when memory is out, `context->spare`. */
CelNode *cel_node(CelContext *context, CelNodeKind kind, uint32_t offset);
/* Appends a child (or a chain of them) and keeps height and count. */
void cel_node_add(CelContext *context, CelNode *parent, CelNode *child);
/* Replaces a node by one of its children, which keeps the node's place among its siblings, and its type. */
void cel_node_become(CelNode *node, const CelNode *child);
CelNode *cel_node_ident(CelContext *context, Slice name, uint32_t offset);
CelNode *cel_node_call(CelContext *context, Slice name, uint32_t offset, CelNode *first, CelNode *second);
/*
 * The node's chain, the innermost first: the first child of the first link, the links, and last the node
 * itself. Whoever walks a tree takes a chain by this, and leaves out the first child of each NODE_LINK: a
 * chain of thousands is not deep. In `arena`; NULL, and noted, when there is no memory.
 */
CelNode **cel_node_chain(Arena *arena, CelNode *node, uint32_t *count, bool *out_of_memory);
/* `left + right` as a link, when `left` is one of the same chain. */
CelNode *cel_node_link(CelContext *context, Slice name, uint32_t offset, CelNode *left, CelNode *right);
/* `a && b && c && d` as a balanced tree, so that a long chain is not a deep one. Takes `count` linked terms
 * off
 * `*terms`. */
CelNode *cel_node_balance(CelContext *context, CelNode **terms, uint32_t count, Slice name, uint32_t offset);

/* The first child that whoever walks a chain takes of this node. */
static inline CelNode *cel_node_own(const CelNode *node)
{
    return (node->flags & NODE_LINK) != 0 && node->first != NULL ? node->first->next : node->first;
}

/* The child at `index`, or NULL. */
static inline CelNode *cel_child(const CelNode *node, unsigned index)
{
    CelNode *child = node->first;
    while (child != NULL && index > 0) {
        child = child->next;
        index--;
    }
    return child;
}

/* All of a duration as nanoseconds in 64 bits, as cel-go has it; false when it is longer. */
bool cel_duration_nanos(int64_t ms, int64_t nanos, int64_t *all);
/* With whole milliseconds and nanoseconds that may be one carry off; a range error outside the limits. */
CelValue cel_duration_checked(int64_t ms, int64_t nanos);
CelValue cel_timestamp_checked(int64_t ms, int64_t nanos);

struct Regex;
struct CelCall;
CelValue cel_match(const struct CelCall *call, const struct Regex *regex, Slice text);
CelValue cel_reverse_text(const struct CelCall *call, const CelValue *value);

#endif
