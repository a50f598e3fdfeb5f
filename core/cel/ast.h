/*
 * The tree that the parser makes, the checker annotates and the compiler reads. Nodes live in the arena of
 * the compilation. Children are a linked list; what they are, by kind:
 *
 *     LITERAL   none; `literal`
 *     IDENT     none; `name`
 *     SELECT    the operand; `name` is the field; NODE_TEST for has(), NODE_OPTIONAL for `.?`
 *     CALL      the target first when NODE_MEMBER, then the arguments; `name`. "_?_:_" has a condition and a
 *               value for each `?`, and the value behind the last `:`
 *     LIST      the elements (NODE_MAYBE on those written `?x`)
 *     MAP       key, value, key, value (NODE_MAYBE on keys of `?k: v`)
 *     STRUCT    the values of the fields; only good for an error, since there are no messages
 *     LOOP      range, [filter], body; `loop`, `name`, `name2`
 *     BIND      initial value, body; `name`
 *     ERROR     none: stands where text could not be parsed
 */
#ifndef PERLY_CEL_AST_H
#define PERLY_CEL_AST_H

#include "cel/type.h"

typedef enum CelNodeKind {
    NODE_ERROR,
    NODE_LITERAL,
    NODE_IDENT,
    NODE_SELECT,
    NODE_CALL,
    NODE_LIST,
    NODE_MAP,
    NODE_STRUCT,
    NODE_LOOP,
    NODE_BIND
} CelNodeKind;

enum {
    NODE_TEST = 1,      /* has() */
    NODE_OPTIONAL = 2,  /* `.?` */
    NODE_ABSOLUTE = 4,  /* a name with a leading dot */
    NODE_MEMBER = 8,    /* the first child of a call is its target */
    NODE_FILTERED = 16, /* a loop has a filter between range and body */
    NODE_MAYBE = 32,    /* `?element`, `?key: value` */
    NODE_LINK = 64      /* of a chain `a + b + c`: the first child is the link before this one */
};

typedef enum CelLoop {
    LOOP_ALL,
    LOOP_EXISTS,
    LOOP_EXISTS_ONE,
    LOOP_COUNT,     /* how many of them a filter() leaves; only simplify.c makes it */
    LOOP_MAP,       /* also transformList */
    LOOP_FILTER,    /* body is the condition, the result the elements */
    LOOP_MAP_VALUE, /* transformMap */
    LOOP_MAP_ENTRY, /* transformMapEntry */
    LOOP_SORT_BY,   /* body is the key */
    LOOP_OPT_MAP,   /* range is an optional */
    LOOP_OPT_FLAT_MAP
} CelLoop;

/* What the checker found a node to be. */
typedef enum CelReference {
    REFERENCE_NONE,
    REFERENCE_VARIABLE, /* `slot` of the environment */
    REFERENCE_LOCAL,    /* `local` */
    REFERENCE_COLUMN,   /* a field of the operand, which is an object: `slot` is the column */
    REFERENCE_CONSTANT, /* `literal`, for instance the name of a type */
    REFERENCE_OVERLOAD, /* a call whose overload is known: `slot` */
    REFERENCE_FUNCTION, /* a call resolved when it runs: `slot` is the function */
    REFERENCE_UNDECLARED
} CelReference;

typedef struct CelLocal {
    Slice name;
    const CelType *type;
    const struct CelLocal *outer;
    const struct CelNode *value; /* what bind() gave it the name of; NULL in a loop */
    uint64_t size;               /* estimate.c: elements of what it is bound to, 0 in a loop */
    uint32_t place;              /* the compiler's: where the value is, */
    uint16_t view;               /* and where its row is, if it is an object */
    uint16_t depth;              /* of the loop in whose turns it changes; 0 for none */
} CelLocal;

typedef struct CelNode CelNode;
struct CelNode {
    uint8_t kind;
    uint8_t flags;
    uint8_t loop;
    uint8_t reference;
    uint16_t height; /* of the tree below, at least 1 */
    uint16_t count;  /* children, saturating */
    uint32_t offset; /* in bytes, of the token that a message should point to */
    uint32_t slot;
    Slice name;
    Slice name2;
    CelValue literal;
    CelNode *first;
    CelNode *next;
    const CelType *type;
    CelLocal *local;  /* IDENT: what it names; LOOP, BIND: the first variable */
    CelLocal *local2; /* LOOP: the second variable */
    CelNode *hoisted; /* LOOP: what is computed before it, each into its `local`; a linked list */
};

#endif
