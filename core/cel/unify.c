/*
 * When one type may stand for another. The rules are cel-go's, so that what it accepts we accept: dyn agrees
 * with all, a type variable is bound to the most general type it has met, null fits whatever may be absent.
 */
#include "cel/checker.h"

static void *grow(CelChecker *checker, void *block, uint32_t *capacity, size_t bytes)
{
    const uint32_t more = *capacity == 0 ? 32 : 2 * *capacity;
    void *grown =
        arena_resize(checker->context->arena, block, *capacity * bytes, more * bytes, _Alignof(max_align_t));
    if (grown == NULL) {
        checker->context->out_of_memory = true;
        return block;
    }
    *capacity = more;
    return grown;
}

/* Counts a step; true when there have been too many, which is an issue once. Then no walk goes deeper. */
static bool spent(const CelChecker *checker)
{
    if (*checker->steps == CEL_TYPE_STEPS_MAX) {
        ISSUE(checker->context, CEL_ERROR_LIMIT, 0, SLICE("the types of the expression are too complex"));
    }
    *checker->steps += *checker->steps <= CEL_TYPE_STEPS_MAX;
    return *checker->steps > CEL_TYPE_STEPS_MAX;
}

/* As spent, for a walk that is at this depth: lists of lists may be as deep as the text is. */
static bool too_deep(const CelChecker *checker, unsigned depth)
{
    if (depth > CEL_DEPTH_MAX && *checker->steps <= CEL_TYPE_STEPS_MAX) {
        ISSUE(checker->context, CEL_ERROR_LIMIT, 0,
              SLICE("the types of the expression are nested too deeply"));
        *checker->steps = CEL_TYPE_STEPS_MAX + 1;
    }
    return spent(checker);
}

const CelType *cel_type_variable(CelChecker *checker)
{
    if (checker->variable_count == checker->variable_capacity) {
        checker->bound = grow(checker, checker->bound, &checker->variable_capacity, sizeof(const CelType *));
    }
    CelType *type = ARENA_NEW(checker->context->arena, CelType);
    if (type == NULL || checker->variable_count == checker->variable_capacity) {
        checker->context->out_of_memory = true;
        return cel_type_plain(CEL_TYPE_DYN);
    }
    checker->bound[checker->variable_count++] = NULL;
    *type = (CelType){.kind = CEL_TYPE_PARAMETER, .name = SLICE("dyn"), .variable = checker->variable_count};
    return type;
}

static void bind(CelChecker *checker, const CelType *variable, const CelType *type)
{
    if (checker->trail_count == checker->trail_capacity) {
        checker->trail = grow(checker, checker->trail, &checker->trail_capacity, sizeof checker->trail[0]);
    }
    if (checker->trail_count == checker->trail_capacity) {
        return;
    }
    const CelType **cell = &checker->bound[variable->variable - 1];
    checker->trail[checker->trail_count++] = (CelBinding){variable->variable, *cell};
    *cell = type;
}

void cel_trail_undo(CelChecker *checker, uint32_t mark)
{
    while (checker->trail_count > mark) {
        const CelBinding *last = &checker->trail[--checker->trail_count];
        checker->bound[last->variable - 1] = last->before;
    }
}

static const CelType *bound_to(const CelChecker *checker, const CelType *type)
{
    return type->kind == CEL_TYPE_PARAMETER && type->variable != 0 ? checker->bound[type->variable - 1]
                                                                   : NULL;
}

const CelType *cel_resolve(const CelChecker *checker, const CelType *type)
{
    for (const CelType *next = bound_to(checker, type); next != NULL; next = bound_to(checker, type)) {
        type = next;
    }
    return type;
}

const CelType *cel_resolve_all(const CelChecker *checker, const CelType *type, unsigned depth)
{
    const CelType *resolved = cel_resolve(checker, type);
    if (resolved->kind == CEL_TYPE_PARAMETER || too_deep(checker, depth)) {
        return cel_type_plain(CEL_TYPE_DYN);
    }
    if (resolved->count == 0) {
        return resolved;
    }
    const CelType *parameters[8];
    const uint32_t count = resolved->count < 8 ? resolved->count : 8;
    for (uint32_t i = 0; i < count; i++) {
        parameters[i] = cel_resolve_all(checker, resolved->parameters[i], depth + 1);
    }
    const CelType *made =
        cel_type_make(checker->context->arena, resolved->kind, resolved->name, parameters, count);
    return made == NULL ? cel_type_plain(CEL_TYPE_DYN) : made;
}

bool cel_is_dyn(const CelChecker *checker, const CelType *type)
{
    return cel_resolve(checker, type)->kind == CEL_TYPE_DYN;
}

bool cel_has_dyn(const CelChecker *checker, const CelType *type)
{
    const CelType *resolved = cel_resolve(checker, type);
    bool found = resolved->kind == CEL_TYPE_DYN || resolved->kind == CEL_TYPE_PARAMETER || spent(checker);
    for (uint32_t i = 0; i < resolved->count && !found; i++) {
        found = cel_has_dyn(checker, resolved->parameters[i]);
    }
    return found;
}

static bool same_head(const CelType *a, const CelType *b)
{
    return a->kind == b->kind && a->count == b->count && a->schema == b->schema &&
           (a->kind != CEL_TYPE_ABSTRACT || slice_equal(a->name, b->name)) &&
           (a->kind != CEL_TYPE_PARAMETER ||
            (a->variable == b->variable && (a->variable != 0 || slice_equal(a->name, b->name))));
}

static bool same_type(const CelChecker *checker, const CelType *a, const CelType *b)
{
    if (a == b) {
        return true;
    }
    if (!same_head(a, b) || spent(checker)) {
        return false;
    }
    for (uint32_t i = 0; i < a->count; i++) {
        if (!same_type(checker, a->parameters[i], b->parameters[i])) {
            return false;
        }
    }
    return true;
}

/*
 * Does the variable occur in the type, or in what a variable of the type stands for? Then binding it would
 * make a type that contains itself, or variables that stand for one another in a circle.
 */
static bool occurs(const CelChecker *checker, const CelType *variable, const CelType *type, unsigned depth)
{
    for (const CelType *next = bound_to(checker, type); next != NULL; next = bound_to(checker, type)) {
        if (type->variable == variable->variable) {
            return true;
        }
        type = next;
    }
    if (type->kind == CEL_TYPE_PARAMETER) {
        return type->variable == variable->variable;
    }
    bool found = too_deep(checker, depth);
    for (uint32_t i = 0; i < type->count && !found; i++) {
        found = occurs(checker, variable, type->parameters[i], depth + 1);
    }
    return found;
}

static bool is_parameter(const CelType *type)
{
    return type->kind == CEL_TYPE_PARAMETER;
}

static bool as_general(const CelChecker *checker, const CelType *a, const CelType *b)
{
    a = cel_resolve(checker, a);
    b = cel_resolve(checker, b);
    if (a->kind == CEL_TYPE_DYN || is_parameter(a)) {
        return true;
    }
    if (a == b) {
        return true;
    }
    if (b->kind == CEL_TYPE_DYN || is_parameter(b) || !same_head(a, b) || spent(checker)) {
        return false;
    }
    for (uint32_t i = 0; i < a->count && a->kind != CEL_TYPE_TYPE; i++) {
        if (!as_general(checker, a->parameters[i], b->parameters[i])) {
            return false;
        }
    }
    return true;
}

static bool assignable(CelChecker *checker, const CelType *from, const CelType *to, unsigned depth);

/* May `variable` stand for `type`? `*known` tells whether it already stood for something. */
static bool substitute(CelChecker *checker, const CelType *type, const CelType *variable, bool *known,
                       unsigned depth)
{
    *known = true;
    if (same_type(checker, type, variable)) {
        return true;
    }
    if (variable->variable == 0) {
        *known = false;
        return false;
    }
    const CelType *stands_for = bound_to(checker, variable);
    if (stands_for != NULL) {
        stands_for = cel_resolve(checker, stands_for);
        if (same_type(checker, type, stands_for)) {
            return true;
        }
        if (!assignable(checker, type, stands_for, depth + 1)) {
            return false;
        }
        const CelType *general = as_general(checker, type, stands_for) ? type : stands_for;
        if (!occurs(checker, variable, general, 0)) {
            bind(checker, variable, general);
        }
        return true;
    }
    *known = false;
    if (occurs(checker, variable, type, 0)) {
        return false;
    }
    bind(checker, variable, type);
    return true;
}

/* null stands for what may be absent: times, optionals and other abstract types, objects. */
static bool takes_null(const CelType *type)
{
    return type->kind == CEL_TYPE_NULL || type->kind == CEL_TYPE_TIMESTAMP ||
           type->kind == CEL_TYPE_DURATION || type->kind == CEL_TYPE_ABSTRACT ||
           type->kind == CEL_TYPE_OBJECT;
}

static bool is_number(const CelType *type)
{
    return type->kind == CEL_TYPE_INT || type->kind == CEL_TYPE_UINT || type->kind == CEL_TYPE_DOUBLE ||
           type->kind == CEL_TYPE_NUMBER;
}

/* A parameter in the type of a declared variable: it may be anything. */
static bool is_open(const CelType *type)
{
    return is_parameter(type) && type->variable == 0;
}

static bool assignable(CelChecker *checker, const CelType *from, const CelType *to, unsigned depth)
{
    bool known = false;
    if (from == to || is_open(from) || is_open(to)) {
        return true;
    }
    if (too_deep(checker, depth)) {
        return false;
    }
    if (is_parameter(to)) {
        if (substitute(checker, from, to, &known, depth)) {
            return true;
        }
        if (known) {
            return false;
        }
    }
    if (is_parameter(from) && to->kind == CEL_TYPE_NUMBER) {
        /* Which number it is stays open; what it stands for already must be one. */
        from = cel_resolve(checker, from);
        return is_parameter(from) || from->kind == CEL_TYPE_DYN || is_number(from);
    }
    if (is_parameter(from)) {
        return substitute(checker, to, from, &known, depth);
    }
    if (from->kind == CEL_TYPE_DYN || to->kind == CEL_TYPE_DYN) {
        return true;
    }
    if (from->kind == CEL_TYPE_NULL || to->kind == CEL_TYPE_NULL) {
        return takes_null(from->kind == CEL_TYPE_NULL ? to : from);
    }
    if (to->kind == CEL_TYPE_NUMBER) {
        return is_number(from);
    }
    if (from->kind == CEL_TYPE_TYPE && to->kind == CEL_TYPE_TYPE) {
        return true;
    }
    if (!same_head(from, to)) {
        return false;
    }
    for (uint32_t i = 0; i < from->count; i++) {
        if (!assignable(checker, from->parameters[i], to->parameters[i], depth + 1)) {
            return false;
        }
    }
    return true;
}

bool cel_assignable(CelChecker *checker, const CelType *from, const CelType *to)
{
    const uint32_t mark = checker->trail_count;
    if (assignable(checker, from, to, 0)) {
        return true;
    }
    cel_trail_undo(checker, mark);
    return false;
}

const CelType *cel_join(CelChecker *checker, const CelType *joined, const CelType *next)
{
    if (joined == NULL || joined == next) {
        return next;
    }
    if (cel_assignable(checker, joined, next)) {
        if (next->kind == CEL_TYPE_NULL) {
            return joined;
        }
        return as_general(checker, joined, next) ? joined : next;
    }
    return cel_type_plain(CEL_TYPE_DYN);
}
