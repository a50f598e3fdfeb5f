/* Types of a tree. Types of nodes may be variables of the checker: read them with cel_resolve. */
#ifndef PERLY_CEL_CHECKER_H
#define PERLY_CEL_CHECKER_H

#include "cel/environment.h"
#include "cel/functions.h"

typedef struct CelBinding {
    uint32_t variable;
    const CelType *before;
} CelBinding;

typedef struct CelChecker {
    CelContext *context;
    const CelEnvironment *environment;
    const CelLocal *scope;
    const CelType **bound; /* by number of the variable - 1; NULL: free */
    uint32_t variable_count;
    uint32_t variable_capacity;
    CelBinding *trail; /* what to restore when an overload does not fit after all */
    uint32_t trail_count;
    uint32_t trail_capacity;
    uint32_t *steps; /* taken through types so far: shared parts make a type's tree larger than its text */
} CelChecker;

enum { CEL_TYPE_STEPS_MAX = 2000000 };

/* Annotates the tree with types and references; issues tell what is wrong. */
void cel_check(CelChecker *checker, CelNode *root);

/* types: unify.c */
const CelType *cel_type_variable(CelChecker *checker);
/* What a variable stands for, as far as is known; other types are returned as they are. */
const CelType *cel_resolve(const CelChecker *checker, const CelType *type);
/* As cel_resolve all the way down; free variables become dyn. */
const CelType *cel_resolve_all(const CelChecker *checker, const CelType *type, unsigned depth);
/* May a value of type `from` stand where `to` is wanted? Binds variables; on false nothing is bound. */
bool cel_assignable(CelChecker *checker, const CelType *from, const CelType *to);
/* The type of a list that has elements of both; `joined` NULL for the first. */
const CelType *cel_join(CelChecker *checker, const CelType *joined, const CelType *next);
bool cel_is_dyn(const CelChecker *checker, const CelType *type);
bool cel_has_dyn(const CelChecker *checker, const CelType *type);
void cel_trail_undo(CelChecker *checker, uint32_t mark);

/* calls: overload.c */
void cel_check_call(CelChecker *checker, CelNode *node);
void cel_check_node(CelChecker *checker, CelNode *node);

/* names: names.c */
/* The dotted name of a chain of selections, in `buffer`; false when it is something else or too long. */
bool cel_dotted_name(const CelNode *node, char *buffer, size_t size, Slice *name);
/* Is the first name of the chain a local variable? */
bool cel_is_local(const CelChecker *checker, const CelNode *node);
const CelLocal *cel_local_find(const CelChecker *checker, Slice name);
/* Looks `name` up in the container and outwards. Variable, name of a type, or false. */
bool cel_name_find(CelChecker *checker, CelNode *node, Slice name, bool absolute);
void cel_undeclared(CelChecker *checker, CelNode *node, Slice name);
void cel_undeclared_column(CelChecker *checker, CelNode *node, const CelType *object);
/* True when the name is, or is near to, that of a macro, whose arguments then mean nothing as they stand. */
bool cel_undeclared_function(CelChecker *checker, CelNode *node, bool member);

/* mismatch.c: the call does not take these types. */
void cel_mismatch(CelChecker *checker, const CelNode *node, bool member, const CelType *const *types,
                  uint32_t count);

/* estimate.c: an issue when the tree, checked and folded, may cost more than the environment's budget. */
void cel_check_budget(const CelChecker *checker, CelNode *root);

static inline bool cel_is_number(const CelType *type)
{
    return type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT || type->kind == CEL_TYPE_DOUBLE;
}

#endif
