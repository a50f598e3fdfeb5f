#include "base/assert.h"
#include "base/number.h"
#include "cel/parser.h"

/* How a macro's arguments become a node. */
typedef enum Shape {
    SHAPE_LOOP,
    SHAPE_LOOP2,
    SHAPE_HAS,
    SHAPE_BIND,
    SHAPE_BLOCK,
    SHAPE_INDEX,
    SHAPE_ITER
} Shape;

typedef struct Macro {
    Slice name;
    bool member;     /* on a target that is a value; else global, or on the namespace `cel` */
    uint8_t minimum; /* arguments */
    uint8_t maximum;
    uint8_t shape;
    uint8_t loop;
} Macro;

static const Macro MACROS[] = {
#define MACRO(name, member, minimum, maximum, shape, loop, doc, example, result)                             \
    {SLICE_INIT(#name), member, minimum, maximum, SHAPE_##shape, loop},
#include "cel/macros.def"
#undef MACRO
};

static CelNode *bad_argument(CelContext *context, uint32_t offset, Slice message)
{
    ISSUE(context, CEL_ERROR_SYNTAX, offset, message);
    return cel_node(context, NODE_ERROR, offset);
}

/* The argument as the name of a variable; an issue and an empty slice when it is something else. */
static Slice variable_name(CelContext *context, const CelNode *argument)
{
    perly_assert(argument != NULL); /* the macro's arguments were counted */
    if (argument->kind == NODE_ERROR) {
        return (Slice){0};
    }
    if (argument->kind != NODE_IDENT || (argument->flags & NODE_ABSOLUTE) != 0) {
        ISSUE(context, CEL_ERROR_SYNTAX, argument->offset,
              SLICE("expected a simple name for the variable of this macro"));
        return (Slice){0};
    }
    if (slice_equal(argument->name, SLICE("__result__")) || slice_equal(argument->name, SLICE("@result"))) {
        ISSUE(context, CEL_ERROR_SYNTAX, argument->offset, SLICE("this name is used by the macro itself"));
        return (Slice){0};
    }
    return argument->name;
}

static CelNode *expand_loop(CelContext *context, const Macro *macro, CelNode *target, CelNode *arguments,
                            uint32_t offset)
{
    perly_assert(arguments != NULL && arguments->next != NULL);
    CelNode *node = cel_node(context, NODE_LOOP, offset);
    node->loop = macro->loop;
    context->has_loop = true;
    node->name = variable_name(context, arguments);
    CelNode *rest = arguments->next;
    if (macro->shape == SHAPE_LOOP2) {
        node->name2 = variable_name(context, rest);
        if (slice_equal(node->name, node->name2) && node->name.length > 0) {
            return bad_argument(context, rest->offset, SLICE("the two variables need different names"));
        }
        rest = rest->next;
        perly_assert(rest != NULL);
    }
    if (rest->next != NULL) {
        node->flags |= NODE_FILTERED;
    }
    target->next = NULL;
    cel_node_add(context, node, target);
    cel_node_add(context, node, rest);
    return node;
}

static CelNode *expand_has(CelContext *context, CelNode *argument)
{
    perly_assert(argument != NULL);
    if (argument->kind != NODE_SELECT || (argument->flags & (NODE_TEST | NODE_OPTIONAL)) != 0) {
        if (argument->kind == NODE_ERROR) {
            return argument;
        }
        return bad_argument(context, argument->offset, SLICE("has() takes a field, as in has(account.arr)"));
    }
    argument->flags |= NODE_TEST;
    return argument;
}

static CelNode *bind_node(CelContext *context, Slice name, CelNode *value, CelNode *body, uint32_t offset)
{
    CelNode *node = cel_node(context, NODE_BIND, offset);
    node->name = name;
    cel_node_add(context, node, value);
    cel_node_add(context, node, body);
    return node;
}

static Slice numbered_name(CelContext *context, Slice prefix, int64_t first, int64_t second)
{
    Buffer name;
    buffer_init(&name, context->arena, 0);
    buffer_append(&name, prefix);
    buffer_append_int64(&name, first);
    buffer_append(&name, SLICE(":"));
    buffer_append_int64(&name, second);
    return buffer_slice(&name);
}

/* cel.block([a, b], body): the innermost bind is made first. */
static CelNode *expand_block(CelContext *context, CelNode *arguments, uint32_t offset)
{
    CelNode *body = arguments->next;
    if (arguments->kind != NODE_LIST || arguments->count > CEL_DEPTH_MAX) {
        return bad_argument(context, arguments->offset, SLICE("cel.block() takes a list and an expression"));
    }
    CelNode *slots[CEL_DEPTH_MAX];
    uint32_t count = 0;
    for (CelNode *slot = arguments->first; slot != NULL; slot = slot->next) {
        slots[count++] = slot;
    }
    while (count > 0) {
        count--;
        slots[count]->next = NULL;
        body =
            bind_node(context, numbered_name(context, SLICE("@index"), count, 0), slots[count], body, offset);
    }
    return body;
}

static bool natural(const CelNode *argument)
{
    return argument->kind == NODE_LITERAL && argument->literal.kind == CEL_INT &&
           argument->literal.as.integer >= 0;
}

static CelNode *expand_global(CelContext *context, const Macro *macro, CelNode *arguments, uint32_t offset)
{
    switch ((Shape)macro->shape) {
    case SHAPE_HAS: return expand_has(context, arguments);
    case SHAPE_BIND: {
        const Slice name = variable_name(context, arguments);
        CelNode *value = arguments->next;
        CelNode *body = value->next;
        value->next = NULL;
        return bind_node(context, name, value, body, offset);
    }
    case SHAPE_BLOCK: return expand_block(context, arguments, offset);
    case SHAPE_INDEX:
        if (natural(arguments)) {
            return cel_node_ident(
                context, numbered_name(context, SLICE("@index"), arguments->literal.as.integer, 0), offset);
        }
        break;
    case SHAPE_ITER:
        if (natural(arguments) && natural(arguments->next)) {
            return cel_node_ident(context,
                                  numbered_name(context, SLICE("@it"), arguments->literal.as.integer,
                                                arguments->next->literal.as.integer),
                                  offset);
        }
        break;
    case SHAPE_LOOP:
    case SHAPE_LOOP2: break;
    }
    return bad_argument(context, arguments->offset, SLICE("expected a literal number"));
}

CelNode *cel_expand_macro(CelContext *context, Slice name, CelNode *target, CelNode *arguments,
                          uint32_t offset)
{
    const bool namespaced =
        target != NULL && target->kind == NODE_IDENT && slice_equal(target->name, SLICE("cel"));
    unsigned count = 0;
    for (const CelNode *argument = arguments; argument != NULL; argument = argument->next) {
        count++;
    }
    for (size_t i = 0; i < sizeof MACROS / sizeof MACROS[0]; i++) {
        const Macro *macro = &MACROS[i];
        if (count < macro->minimum || count > macro->maximum || !slice_equal(macro->name, name)) {
            continue;
        }
        if (macro->member) {
            if (target != NULL) {
                return expand_loop(context, macro, target, arguments, offset);
            }
        } else if (macro->shape == SHAPE_HAS ? target == NULL : namespaced) {
            return expand_global(context, macro, arguments, offset);
        }
    }
    return NULL;
}
