#include "cel/checker.h"

enum { PATH_BYTES_MAX = 256 };

static bool lenient(const CelChecker *checker)
{
    return checker->environment->checking == CEL_CHECK_NONE;
}

static const CelType *dyn(void)
{
    return cel_type_plain(CEL_TYPE_DYN);
}

static const CelType *not_null(CelChecker *checker, const CelType *type)
{
    checker->context->out_of_memory = checker->context->out_of_memory || type == NULL;
    return type == NULL ? dyn() : type;
}

static const CelType *optional_of(CelChecker *checker, const CelType *inner)
{
    return not_null(checker, cel_type_make(checker->context->arena, CEL_TYPE_ABSTRACT, SLICE("optional_type"),
                                           &inner, 1));
}

static bool is_optional(const CelType *type)
{
    return type->kind == CEL_TYPE_ABSTRACT && type->count == 1 &&
           slice_equal(type->name, SLICE("optional_type"));
}

static Slice printed(CelChecker *checker, const CelType *type)
{
    Buffer text;
    buffer_init(&text, checker->context->arena, 0);
    cel_type_print(&text, cel_resolve_all(checker, type, 0));
    return buffer_slice(&text);
}

static const CelType *literal_type(CelValue literal)
{
    switch ((CelKind)literal.kind) {
    case CEL_NULL: return cel_type_plain(CEL_TYPE_NULL);
    case CEL_BOOL: return cel_type_plain(CEL_TYPE_BOOL);
    case CEL_INT: return cel_type_plain(CEL_TYPE_INT);
    case CEL_UINT: return cel_type_plain(CEL_TYPE_UINT);
    case CEL_DOUBLE: return cel_type_plain(CEL_TYPE_DOUBLE);
    case CEL_STRING: return cel_type_plain(CEL_TYPE_STRING);
    case CEL_BYTES: return cel_type_plain(CEL_TYPE_BYTES);
    default: return dyn();
    }
}

static void check_ident(CelChecker *checker, CelNode *node)
{
    const bool absolute = (node->flags & NODE_ABSOLUTE) != 0;
    const CelLocal *local = absolute ? NULL : cel_local_find(checker, node->name);
    if (local != NULL) {
        node->reference = REFERENCE_LOCAL;
        node->local = (CelLocal *)local;
        node->type = local->type;
    } else if (!cel_name_find(checker, node, node->name, absolute)) {
        cel_undeclared(checker, node, node->name);
    }
}

/* Is the whole chain of selections the name of a variable or a type? The longest such chain wins. */
static bool check_dotted(CelChecker *checker, CelNode *node)
{
    char buffer[PATH_BYTES_MAX];
    Slice name = {0};
    const CelNode *root = node;
    while (root->kind == NODE_SELECT) {
        root = root->first;
    }
    if (root->kind != NODE_IDENT || (!checker->environment->has_dots && root->name.length != 6)) {
        return false; /* "google" is the only namespace of types */
    }
    const uint8_t flags = node->flags;
    node->flags &= (uint8_t)~NODE_TEST;
    const bool found = cel_dotted_name(node, buffer, sizeof buffer, &name) && !cel_is_local(checker, node) &&
                       cel_name_find(checker, node, name, (root->flags & NODE_ABSOLUTE) != 0);
    node->flags = flags;
    return found;
}

static bool column_find(const RowSchema *schema, Slice name, uint32_t *column)
{
    for (uint32_t i = 0; i < schema->column_count; i++) {
        if (slice_equal(schema->columns[i].name, name)) {
            *column = i;
            return true;
        }
    }
    return false;
}

static void become_column(CelNode *node, const RowSchema *schema, uint32_t column, CelNode *object)
{
    node->first = object;
    node->reference = REFERENCE_COLUMN;
    node->slot = column;
    node->type = cel_type_of_column(schema->columns[column].type);
}

/* `record.Owner.Name` where the schema has a column "Owner.Name". */
static bool check_dotted_column(CelChecker *checker, CelNode *node)
{
    char buffer[PATH_BYTES_MAX];
    Slice name = {0};
    uint32_t column = 0;
    CelNode *root = node->first;
    while (root->kind == NODE_SELECT && (root->flags & (NODE_OPTIONAL | NODE_TEST)) == 0) {
        root = root->first;
    }
    if (root == node->first || root->kind != NODE_IDENT) {
        return false;
    }
    const uint8_t flags = node->flags;
    node->flags = 0;
    const bool dotted = cel_dotted_name(node, buffer, sizeof buffer, &name);
    node->flags = flags;
    const CelLocal *local = cel_local_find(checker, root->name);
    uint32_t slot = 0;
    const CelType *type = local != NULL ? cel_resolve(checker, local->type) : NULL;
    if (local == NULL && cel_variable_find(checker->environment, root->name, &slot)) {
        type = checker->environment->variables[slot].type;
    }
    if (!dotted || type == NULL || type->kind != CEL_TYPE_OBJECT ||
        !column_find(type->schema, slice_part(name, root->name.length + 1, name.length), &column)) {
        return false;
    }
    check_ident(checker, root);
    become_column(node, type->schema, column, root);
    return true;
}

/* The type of a field of `operand`; an issue when it has none. */
static const CelType *field_type(CelChecker *checker, CelNode *node, const CelType *operand)
{
    const CelType *type = cel_resolve(checker, operand);
    if (is_optional(type)) {
        return optional_of(checker, field_type(checker, node, type->parameters[0]));
    }
    switch (type->kind) {
    case CEL_TYPE_MAP:
        /* Fields are string keys; a map whose keys are not known to be strings may still have some. */
        return type->parameters[1];
    case CEL_TYPE_DYN:
    case CEL_TYPE_PARAMETER: return dyn();
    case CEL_TYPE_OBJECT: cel_undeclared_column(checker, node, type); return dyn();
    default:
        if (!lenient(checker) && node->first->reference != REFERENCE_UNDECLARED &&
            node->first->kind != NODE_ERROR) {
            ISSUE(checker->context, CEL_ERROR_OVERLOAD, node->offset, SLICE("`"), printed(checker, type),
                  SLICE("` has no fields"));
        }
        return dyn();
    }
}

/* `signals.usgae`: no variable, but the first part is that of others, so the whole name is what is wrong. */
static bool check_namespace(CelChecker *checker, CelNode *node)
{
    const CelNode *root = node->first;
    char buffer[PATH_BYTES_MAX];
    uint32_t slot = 0;
    const size_t length = root->name.length + 1 + node->name.length;
    if (root->kind != NODE_IDENT || lenient(checker) || length > sizeof buffer ||
        cel_is_local(checker, root) || cel_variable_find(checker->environment, root->name, &slot)) {
        return false;
    }
    memcpy(buffer, root->name.data, root->name.length);
    buffer[root->name.length] = '.';
    memcpy(buffer + root->name.length + 1, node->name.data, node->name.length);
    const Slice prefix = {buffer, root->name.length + 1};
    for (uint32_t i = 0; i < checker->environment->variable_count; i++) {
        if (slice_starts_with(checker->environment->variables[i].name, prefix)) {
            cel_undeclared(checker, node, (Slice){buffer, length});
            return true;
        }
    }
    return false;
}

static void check_select(CelChecker *checker, CelNode *node)
{
    const bool test = (node->flags & NODE_TEST) != 0;
    if ((node->flags & NODE_OPTIONAL) == 0 && check_dotted(checker, node)) {
        node->type = test ? cel_type_plain(CEL_TYPE_BOOL) : node->type;
        return;
    }
    if ((node->flags & NODE_OPTIONAL) == 0 && check_dotted_column(checker, node)) {
        node->type = test ? cel_type_plain(CEL_TYPE_BOOL) : node->type;
        return;
    }
    if (check_namespace(checker, node)) {
        return;
    }
    cel_check_node(checker, node->first);
    const CelType *operand = cel_resolve(checker, node->first->type);
    uint32_t column = 0;
    if (operand->kind == CEL_TYPE_OBJECT && column_find(operand->schema, node->name, &column)) {
        become_column(node, operand->schema, column, node->first);
    } else {
        node->type = field_type(checker, node, operand);
    }
    if (test) {
        node->type = cel_type_plain(CEL_TYPE_BOOL);
    } else if ((node->flags & NODE_OPTIONAL) != 0 &&
               !(is_optional(operand) && is_optional(cel_resolve(checker, node->type)))) {
        node->type = optional_of(checker, node->type);
    }
}

/* `record['ARR__c']` is `record.ARR__c`. Any other index of an object cannot be checked, nor planned for. */
static bool check_object_index(CelChecker *checker, CelNode *node)
{
    CelNode *object = node->first;
    CelNode *index = cel_child(node, 1);
    uint32_t slot = 0;
    if (index == NULL || object->kind != NODE_IDENT || !slice_equal(node->name, SLICE("_[_]"))) {
        return false;
    }
    const CelLocal *local = cel_local_find(checker, object->name);
    const CelType *type = local != NULL ? cel_resolve(checker, local->type) : NULL;
    if (local == NULL && cel_variable_find(checker->environment, object->name, &slot)) {
        type = checker->environment->variables[slot].type;
    }
    if (type == NULL || type->kind != CEL_TYPE_OBJECT) {
        return false;
    }
    if (index->kind != NODE_LITERAL || index->literal.kind != CEL_STRING) {
        if (!lenient(checker)) {
            ISSUE(checker->context, CEL_ERROR_OVERLOAD, index->offset,
                  SLICE("the field must be named in quotes, so that it is known which fields are read"));
        }
        return false;
    }
    node->kind = NODE_SELECT;
    node->name = cel_text(index->literal);
    object->next = NULL;
    check_select(checker, node);
    return true;
}

static void check_list(CelChecker *checker, CelNode *node)
{
    const CelType *joined = NULL;
    for (CelNode *element = node->first; element != NULL; element = element->next) {
        cel_check_node(checker, element);
        const CelType *type = cel_resolve(checker, element->type);
        if ((element->flags & NODE_MAYBE) != 0) {
            if (is_optional(type)) {
                type = type->parameters[0];
            } else if (type->kind != CEL_TYPE_DYN && !lenient(checker)) {
                ISSUE(checker->context, CEL_ERROR_OVERLOAD, element->offset,
                      SLICE("`?` takes an optional, not "), printed(checker, type));
            }
        }
        joined = cel_join(checker, joined, type);
    }
    joined = joined == NULL ? cel_type_variable(checker) : joined;
    node->type = not_null(checker, cel_type_list(checker->context->arena, joined));
}

static void check_map(CelChecker *checker, CelNode *node)
{
    const CelType *keys = NULL;
    const CelType *values = NULL;
    for (CelNode *key = node->first; key != NULL && key->next != NULL; key = key->next->next) {
        CelNode *value = key->next;
        cel_check_node(checker, key);
        cel_check_node(checker, value);
        const CelType *type = cel_resolve(checker, value->type);
        if ((key->flags & NODE_MAYBE) != 0) {
            if (is_optional(type)) {
                type = type->parameters[0];
            } else if (type->kind != CEL_TYPE_DYN && !lenient(checker)) {
                ISSUE(checker->context, CEL_ERROR_OVERLOAD, value->offset,
                      SLICE("`?` takes an optional, not "), printed(checker, type));
            }
        }
        keys = cel_join(checker, keys, key->type);
        values = cel_join(checker, values, type);
    }
    keys = keys == NULL ? cel_type_variable(checker) : keys;
    values = values == NULL ? cel_type_variable(checker) : values;
    node->type = not_null(checker, cel_type_map(checker->context->arena, keys, values));
}

static CelLocal *push_local(CelChecker *checker, Slice name, const CelType *type)
{
    CelLocal *local = ARENA_NEW(checker->context->arena, CelLocal);
    if (local == NULL) {
        checker->context->out_of_memory = true;
        return NULL;
    }
    *local = (CelLocal){.name = name, .type = type, .outer = checker->scope, .view = UINT16_MAX};
    checker->scope = local;
    return local;
}

/* Types of the loop's variables: of one alone (element or key), or of two (index or key, element or value).
 */
typedef struct LoopTypes {
    const CelType *only;
    const CelType *first;
    const CelType *second;
} LoopTypes;

static LoopTypes loop_types(CelChecker *checker, const CelNode *node, const CelNode *range)
{
    const CelType *type = cel_resolve(checker, range->type);
    const bool optional = node->loop == LOOP_OPT_MAP || node->loop == LOOP_OPT_FLAT_MAP;
    if (optional && is_optional(type)) {
        return (LoopTypes){type->parameters[0], NULL, NULL};
    }
    if (!optional && type->kind == CEL_TYPE_LIST) {
        return (LoopTypes){type->parameters[0], cel_type_plain(CEL_TYPE_INT), type->parameters[0]};
    }
    if (!optional && type->kind == CEL_TYPE_MAP && node->loop != LOOP_SORT_BY) {
        return (LoopTypes){type->parameters[0], type->parameters[0], type->parameters[1]};
    }
    const bool open = type->kind == CEL_TYPE_DYN || type->kind == CEL_TYPE_PARAMETER;
    if (!open && !lenient(checker) && range->kind != NODE_ERROR) {
        ISSUE(checker->context, CEL_ERROR_OVERLOAD, range->offset, SLICE("this macro needs "),
              optional ? SLICE("an optional") : SLICE("a list or a map"), SLICE(", not "),
              printed(checker, type));
    }
    return (LoopTypes){dyn(), dyn(), dyn()};
}

static void expect_bool(CelChecker *checker, const CelNode *node)
{
    if (!lenient(checker) && !cel_assignable(checker, node->type, cel_type_plain(CEL_TYPE_BOOL))) {
        ISSUE(checker->context, CEL_ERROR_OVERLOAD, node->offset, SLICE("expected a condition (bool), not "),
              printed(checker, node->type));
    }
}

static const CelType *entry_type(CelChecker *checker, const CelNode *body)
{
    const CelType *type = cel_resolve(checker, body->type);
    if (type->kind == CEL_TYPE_MAP) {
        return type;
    }
    if (type->kind != CEL_TYPE_DYN && type->kind != CEL_TYPE_PARAMETER && !lenient(checker)) {
        ISSUE(checker->context, CEL_ERROR_OVERLOAD, body->offset, SLICE("expected a map, not "),
              printed(checker, type));
    }
    return not_null(checker, cel_type_map(checker->context->arena, dyn(), dyn()));
}

static const CelType *loop_type(CelChecker *checker, const CelNode *node, const CelNode *body,
                                const LoopTypes *types)
{
    Arena *arena = checker->context->arena;
    switch ((CelLoop)node->loop) {
    case LOOP_ALL:
    case LOOP_EXISTS:
    case LOOP_EXISTS_ONE: expect_bool(checker, body); return cel_type_plain(CEL_TYPE_BOOL);
    case LOOP_MAP: return not_null(checker, cel_type_list(arena, body->type));
    case LOOP_FILTER: expect_bool(checker, body); return not_null(checker, cel_type_list(arena, types->only));
    case LOOP_SORT_BY: return not_null(checker, cel_type_list(arena, types->only));
    case LOOP_MAP_VALUE: return not_null(checker, cel_type_map(arena, types->first, body->type));
    case LOOP_MAP_ENTRY: return entry_type(checker, body);
    case LOOP_OPT_MAP: return optional_of(checker, body->type);
    case LOOP_OPT_FLAT_MAP: {
        const CelType *type = cel_resolve(checker, body->type);
        if (!is_optional(type) && type->kind != CEL_TYPE_DYN && type->kind != CEL_TYPE_PARAMETER &&
            !lenient(checker)) {
            ISSUE(checker->context, CEL_ERROR_OVERLOAD, body->offset, SLICE("expected an optional, not "),
                  printed(checker, type));
        }
        return type;
    }
    case LOOP_COUNT: break;
    }
    return dyn();
}

static void check_loop(CelChecker *checker, CelNode *node)
{
    CelNode *range = node->first;
    CelNode *body = range->next;
    const CelLocal *outer = checker->scope;
    cel_check_node(checker, range);
    const LoopTypes types = loop_types(checker, node, range);
    if (node->name2.length > 0) {
        node->local = push_local(checker, node->name, types.first);
        node->local2 = push_local(checker, node->name2, types.second);
    } else {
        node->local = push_local(checker, node->name, types.only);
    }
    if ((node->flags & NODE_FILTERED) != 0) {
        cel_check_node(checker, body);
        expect_bool(checker, body);
        body = body->next;
    }
    cel_check_node(checker, body);
    node->type = loop_type(checker, node, body, &types);
    checker->scope = outer;
}

static void check_bind(CelChecker *checker, CelNode *node)
{
    const CelLocal *outer = checker->scope;
    cel_check_node(checker, node->first);
    node->local = push_local(checker, node->name, node->first->type);
    if (node->local != NULL) {
        node->local->value = node->first;
    }
    cel_check_node(checker, node->first->next);
    node->type = node->first->next->type;
    checker->scope = outer;
}

static void check_struct(CelChecker *checker, CelNode *node)
{
    for (CelNode *field = node->first; field != NULL; field = field->next) {
        cel_check_node(checker, field);
    }
    cel_undeclared(checker, node, node->name);
}

static void check_one(CelChecker *checker, CelNode *node)
{
    if (checker->context->out_of_memory) {
        node->type = dyn();
        return;
    }
    switch ((CelNodeKind)node->kind) {
    case NODE_ERROR: node->type = dyn(); break;
    case NODE_LITERAL: node->type = literal_type(node->literal); break;
    case NODE_IDENT: check_ident(checker, node); break;
    case NODE_SELECT: check_select(checker, node); break;
    case NODE_CALL:
        if (!check_object_index(checker, node)) {
            cel_check_call(checker, node);
        }
        break;
    case NODE_LIST: check_list(checker, node); break;
    case NODE_MAP: check_map(checker, node); break;
    case NODE_STRUCT: check_struct(checker, node); break;
    case NODE_LOOP: check_loop(checker, node); break;
    case NODE_BIND: check_bind(checker, node); break;
    }
}

void cel_check_node(CelChecker *checker, CelNode *node)
{
    uint32_t count = 0;
    if ((node->flags & NODE_LINK) == 0) {
        check_one(checker, node);
        return;
    }
    CelNode **chain = cel_node_chain(checker->context->arena, node, &count, &checker->context->out_of_memory);
    for (uint32_t i = 0; chain != NULL && i < count; i++) {
        check_one(checker, chain[i]);
    }
}

void cel_check(CelChecker *checker, CelNode *root)
{
    cel_check_node(checker, root);
}
