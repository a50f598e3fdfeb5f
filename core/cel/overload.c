/* Which overload of a function fits the types of the arguments. */
#include "cel/checker.h"
#include "cel/program.h"
#include "cel/zone.h"

enum { ARGUMENTS_MAX = 64, FUNCTION_NAME_MAX = 128 };

/* The arguments of a call, as a list; a long list of arguments is only checked as far as an array holds. */
typedef struct Arguments {
    const CelType *types[ARGUMENTS_MAX];
    uint32_t count;
    bool certain; /* the kinds of all are known, so the overload need not be chosen again when it runs */
    bool plain;   /* no type has parameters */
} Arguments;

static const CelType *plain_of(char letter)
{
    switch (letter) {
    case 'b': return cel_type_plain(CEL_TYPE_BOOL);
    case 'i': return cel_type_plain(CEL_TYPE_INT);
    case 'u': return cel_type_plain(CEL_TYPE_UINT);
    case 'd': return cel_type_plain(CEL_TYPE_DOUBLE);
    case 's': return cel_type_plain(CEL_TYPE_STRING);
    case 'y': return cel_type_plain(CEL_TYPE_BYTES);
    case 'n': return cel_type_plain(CEL_TYPE_NULL);
    case 't': return cel_type_plain(CEL_TYPE_TIMESTAMP);
    case 'r': return cel_type_plain(CEL_TYPE_DURATION);
    case 'N': return cel_type_plain(CEL_TYPE_NUMBER);
    case '*': return cel_type_plain(CEL_TYPE_DYN);
    default: return NULL;
    }
}

/* The type at `*at`, its parameters A and C taken from `variables`. */
static const CelType *signature_type(CelChecker *checker, const char **at, const CelType *variables[2])
{
    Arena *arena = checker->context->arena;
    const char letter = *(*at)++;
    const CelType *plain = plain_of(letter);
    if (plain != NULL) {
        return plain;
    }
    if (letter == 'A' || letter == 'C') {
        const CelType **variable = &variables[letter == 'C'];
        if (*variable == NULL) {
            *variable = cel_type_variable(checker);
        }
        return *variable;
    }
    const CelType *parts[2] = {signature_type(checker, at, variables), NULL};
    const CelType *made = NULL;
    switch (letter) {
    case 'l': made = cel_type_list(arena, parts[0]); break;
    case 'o': made = cel_type_make(arena, CEL_TYPE_ABSTRACT, SLICE("optional_type"), parts, 1); break;
    case 'T': made = cel_type_make(arena, CEL_TYPE_TYPE, SLICE("type"), parts, 1); break;
    default:
        parts[1] = signature_type(checker, at, variables);
        made = cel_type_make(arena, CEL_TYPE_MAP, SLICE("map"), parts, 2);
        break;
    }
    checker->context->out_of_memory = checker->context->out_of_memory || made == NULL;
    return made == NULL ? cel_type_plain(CEL_TYPE_DYN) : made;
}

/* Nearly all calls: plain types against a signature of plain types, without memory. 1 yes, 0 no, -1 ask on.
 */
static int fits_plainly(const char *signature, const Arguments *arguments, const CelType **result)
{
    uint32_t i = 0;
    if (!arguments->plain) {
        return -1;
    }
    for (; signature[i] != '>'; i++) {
        const CelType *wanted = plain_of(signature[i]);
        if (wanted == NULL || wanted->kind == CEL_TYPE_NUMBER || signature[i + 1] == '+') {
            return -1;
        }
        if (i == arguments->count || wanted != arguments->types[i]) {
            return 0;
        }
    }
    *result = plain_of(signature[i + 1]);
    return i != arguments->count ? 0 : (*result == NULL ? -1 : 1);
}

static bool fits(CelChecker *checker, const char *signature, const Arguments *arguments,
                 const CelType **result)
{
    const CelType *variables[2] = {NULL, NULL};
    const uint32_t mark = checker->trail_count;
    uint32_t i = 0;
    bool good = true;
    while (*signature != '>' && good) {
        const CelType *wanted = signature_type(checker, &signature, variables);
        good = i < arguments->count && cel_assignable(checker, arguments->types[i], wanted);
        i++;
        if (*signature == '+') {
            signature++;
            for (; i < arguments->count && good; i++) {
                good = cel_assignable(checker, arguments->types[i], wanted);
            }
        }
    }
    if (!good || i != arguments->count) {
        cel_trail_undo(checker, mark);
        return false;
    }
    signature++;
    *result = signature_type(checker, &signature, variables);
    return true;
}

static Arguments arguments_of(CelChecker *checker, const CelNode *first)
{
    Arguments arguments = {.certain = true, .plain = true};
    for (; first != NULL && arguments.count < ARGUMENTS_MAX; first = first->next) {
        const CelType *type = cel_resolve(checker, first->type);
        const bool open =
            type->kind == CEL_TYPE_DYN || type->kind == CEL_TYPE_PARAMETER || type->kind == CEL_TYPE_NULL;
        arguments.certain = arguments.certain && !open;
        arguments.plain = arguments.plain && !open && type->kind < CEL_TYPE_PLAIN_COUNT;
        arguments.types[arguments.count++] = type;
    }
    return arguments;
}

static bool has_dyn(const CelChecker *checker, const Arguments *arguments)
{
    for (uint32_t i = 0; i < arguments->count && !arguments->plain; i++) {
        if (cel_has_dyn(checker, arguments->types[i])) {
            return true;
        }
    }
    return false;
}

/* Replaces the types and names of a host's signature by fresh variables. */
static const CelType *fresh(CelChecker *checker, const CelType *type, const CelType *variables[26])
{
    if (type->kind == CEL_TYPE_PARAMETER && type->variable == 0) {
        const CelType **variable = &variables[(type->name.data[0] - 'A') % 26];
        if (*variable == NULL) {
            *variable = cel_type_variable(checker);
        }
        return *variable;
    }
    if (type->count == 0 || type->count > 8) {
        return type;
    }
    const CelType *parameters[8];
    for (uint32_t i = 0; i < type->count; i++) {
        parameters[i] = fresh(checker, type->parameters[i], variables);
    }
    const CelType *made =
        cel_type_make(checker->context->arena, type->kind, type->name, parameters, type->count);
    return made == NULL ? cel_type_plain(CEL_TYPE_DYN) : made;
}

static bool host_fits(CelChecker *checker, const CelHostFunction *function, const Arguments *arguments,
                      const CelType **result)
{
    const CelType *variables[26] = {NULL};
    const uint32_t mark = checker->trail_count;
    bool good = function->count == arguments->count;
    for (uint32_t i = 0; good && i < function->count; i++) {
        good =
            cel_assignable(checker, arguments->types[i], fresh(checker, function->parameters[i], variables));
    }
    if (!good) {
        cel_trail_undo(checker, mark);
        return false;
    }
    *result = fresh(checker, function->result, variables);
    return true;
}

static bool host_call(CelChecker *checker, CelNode *node, Slice name, bool member, const Arguments *arguments,
                      bool *named)
{
    const CelHostFunction *function = checker->environment->functions;
    for (; function != NULL; function = function->next) {
        if (function->member != member || !slice_equal(function->name, name)) {
            continue;
        }
        *named = true;
        if (host_fits(checker, function, arguments, &node->type)) {
            node->reference = REFERENCE_UNDECLARED;
            return true;
        }
    }
    return false;
}

/* Admins compare a count with 0.5 and an amount with 100: so it is when it runs, so the checker allows it. */
static bool compares_numbers(const CelChecker *checker, const CelNode *node, const Arguments *arguments)
{
    const Slice name = node->name;
    const bool relation = name.length >= 3 && name.data[0] == '_' &&
                          (name.data[1] == '<' || name.data[1] == '>' || name.data[1] == '=' ||
                           (name.data[1] == '!' && name.data[2] == '='));
    return relation && checker->environment->checking == CEL_CHECK_ADMIN && arguments->count == 2 &&
           cel_is_number(arguments->types[0]) && cel_is_number(arguments->types[1]);
}

static bool is_null(const CelNode *node)
{
    return node->kind == NODE_LITERAL && node->literal.kind == CEL_NULL;
}

/* `_+_`, `!_`, `@in`: what no function that is called by its name can be called. */
static bool is_operator(Slice name)
{
    const size_t at = name.length > 1 && name.data[0] == '_';
    const char c = name.data[at];
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_');
}

static bool is_equality(Slice name)
{
    return slice_equal(name, SLICE("_==_")) || slice_equal(name, SLICE("_!=_"));
}

/* Where the text of a node begins, when it is a chain of fields, indexes and methods; else CEL_NO_OFFSET. */
static uint32_t source_start(Slice source, const CelNode *node)
{
    while (node->kind == NODE_SELECT || node->kind == NODE_LOOP ||
           (node->kind == NODE_CALL &&
            ((node->flags & NODE_MEMBER) != 0 || slice_equal(node->name, SLICE("_[_]"))))) {
        node = node->first;
    }
    if (node->kind == NODE_IDENT || (node->kind == NODE_CALL && !is_operator(node->name))) {
        return (uint32_t)(node->name.data - source.data);
    }
    return node->kind == NODE_LIST || node->kind == NODE_MAP ? node->offset : CEL_NO_OFFSET;
}

/*
 * What a field is taken of, as it was written before `end`: "rows[0]" of `(rows[0]).arr`. The brackets around
 * it, of which it has the last ones alone, are left out. Empty when it is nothing that can be repeated.
 */
static Slice operand_source(const CelChecker *checker, const CelNode *operand, uint32_t end)
{
    const Slice source = checker->context->source;
    const uint32_t start = source_start(source, operand);
    uint32_t at = start;
    int open = 0;
    while (start != CEL_NO_OFFSET) {
        const CelToken token = cel_token(source, at);
        const CelTokenKind kind = token.kind;
        open += kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACKET || kind == TOKEN_LEFT_BRACE;
        open -= kind == TOKEN_RIGHT_PAREN || kind == TOKEN_RIGHT_BRACKET || kind == TOKEN_RIGHT_BRACE;
        if (open < 0 || token.start >= end) {
            return slice_part(source, start, at);
        }
        at = token.start + token.length;
    }
    return (Slice){0};
}

/* "account.arr", as it must stand in has(); empty when that cannot be told. */
static Slice field_path(CelChecker *checker, const CelNode *field)
{
    char buffer[FUNCTION_NAME_MAX];
    Slice path = {0};
    if (field->reference != REFERENCE_COLUMN) {
        return cel_dotted_name(field, buffer, sizeof buffer, &path) ? cel_keep(checker->context, path) : path;
    }
    const Slice operand = operand_source(checker, field->first, field->offset);
    if (operand.length == 0) {
        return path;
    }
    return ERROR_TEXT(checker->context->arena, ERROR_CEL_TYPE, operand, SLICE("."), field->name).message;
}

/* What a name was bound to, and what dyn() was told to forget. */
static const CelNode *origin(const CelNode *node)
{
    for (;;) {
        if (node->kind == NODE_IDENT && node->reference == REFERENCE_LOCAL && node->local->value != NULL) {
            node = node->local->value;
        } else if (node->kind == NODE_CALL && slice_equal(node->name, SLICE("dyn")) && node->first != NULL) {
            node = node->first;
        } else {
            return node;
        }
    }
}

static bool has_null(const CelNode *list)
{
    const CelNode *element = list->kind == NODE_LIST ? list->first : NULL;
    while (element != NULL && !is_null(element)) {
        element = element->next;
    }
    return element != NULL;
}

/* What is compared with null by `==`, `!=` or `in [null]`; NULL when the call does nothing of this kind. */
static const CelNode *compared_with_null(const CelNode *node)
{
    const CelNode *left = node->first;
    const CelNode *right = left == NULL ? NULL : left->next;
    if (right == NULL) {
        return NULL;
    }
    if (slice_equal(node->name, SLICE("@in"))) {
        return has_null(right) ? left : NULL;
    }
    if (!is_equality(node->name)) {
        return NULL;
    }
    return is_null(right) ? left : (is_null(left) ? right : NULL);
}

/* `field == null` never is what was meant: a field (or signal) without a value is unknown, not null. */
static bool refuse_null(CelChecker *checker, const CelNode *node)
{
    const CelNode *value =
        checker->environment->checking == CEL_CHECK_ADMIN ? compared_with_null(node) : NULL;
    if (value == NULL) {
        return false;
    }
    const CelNode *field = origin(value);
    if (cel_resolve(checker, field->type)->kind == CEL_TYPE_OBJECT) {
        ISSUE(checker->context, CEL_ERROR_OVERLOAD, node->offset,
              SLICE("a record is never null: ask for one of its fields, as in has(account.arr)"));
        return true;
    }
    if (field->reference != REFERENCE_COLUMN &&
        (field->reference != REFERENCE_VARIABLE || field->kind != NODE_SELECT)) {
        return false;
    }
    const bool different = slice_equal(node->name, SLICE("_!=_"));
    ISSUE(checker->context, CEL_ERROR_OVERLOAD, node->offset,
          SLICE("a field without a value is unknown, never null"));
    const Slice path = field_path(checker, field);
    if (path.length > 0) {
        const Error text = ERROR_TEXT(checker->context->arena, ERROR_CEL_TYPE, SLICE("write "),
                                      different ? SLICE("") : SLICE("!"), SLICE("has("), path, SLICE(")"));
        cel_issue_suggest(checker->context, text.message);
    }
    return true;
}

/* All overloads that fit are found: with dyn arguments there may be several, and then the result is dyn. */
static bool table_call(CelChecker *checker, CelNode *node, uint32_t first, uint32_t end, bool member,
                       const Arguments *arguments)
{
    const unsigned style = member ? CEL_STYLE_MEMBER : CEL_STYLE_GLOBAL;
    const bool open = has_dyn(checker, arguments);
    uint32_t found = 0;
    for (uint32_t i = first; i < end; i++) {
        const CelType *result = NULL;
        const char *signature = cel_overloads[i].signature;
        if ((cel_overloads[i].style & style) == 0) {
            continue;
        }
        const int plainly = fits_plainly(signature, arguments, &result);
        if (plainly == 0 || (plainly < 0 && !fits(checker, signature, arguments, &result))) {
            continue;
        }
        if (found++ == 0) {
            node->type = result;
            node->slot = i;
        } else if (cel_resolve(checker, node->type) != cel_resolve(checker, result)) {
            node->type = cel_type_plain(CEL_TYPE_DYN);
        }
        if (!open) {
            break;
        }
    }
    node->reference = found == 1 && arguments->certain ? REFERENCE_OVERLOAD : REFERENCE_FUNCTION;
    if (node->reference == REFERENCE_FUNCTION) {
        node->slot = first;
    }
    return found > 0;
}

static bool resolve_named(CelChecker *checker, CelNode *node, Slice name, bool member,
                          const Arguments *arguments, bool *named)
{
    uint32_t first = 0;
    uint32_t end = 0;
    if (checker->environment->functions != NULL && host_call(checker, node, name, member, arguments, named)) {
        return true;
    }
    if (!cel_function_find(name, &first, &end)) {
        return false;
    }
    bool styled = false;
    for (uint32_t i = first; i < end; i++) {
        styled = styled || (cel_overloads[i].style & (member ? CEL_STYLE_MEMBER : CEL_STYLE_GLOBAL)) != 0;
    }
    *named = *named || styled;
    if (!styled) {
        return false;
    }
    if (table_call(checker, node, first, end, member, arguments)) {
        return true;
    }
    if (compares_numbers(checker, node, arguments)) {
        node->type = cel_type_plain(CEL_TYPE_BOOL);
        return true;
    }
    return checker->environment->checking == CEL_CHECK_NONE;
}

/* In the container and outwards. `buffer` must hold the longest name. */
static bool resolve_global(CelChecker *checker, CelNode *node, Slice name, const Arguments *arguments,
                           bool *named)
{
    Slice container = (node->flags & NODE_ABSOLUTE) != 0 ? (Slice){0} : checker->environment->container;
    char buffer[FUNCTION_NAME_MAX];
    while (container.length > 0 && container.length + 1 + name.length <= sizeof buffer) {
        memcpy(buffer, container.data, container.length);
        buffer[container.length] = '.';
        memcpy(buffer + container.length + 1, name.data, name.length);
        if (resolve_named(checker, node, (Slice){buffer, container.length + 1 + name.length}, false,
                          arguments, named)) {
            return true;
        }
        while (container.length > 0 && container.data[container.length - 1] != '.') {
            container.length--;
        }
        container.length -= container.length > 0;
    }
    return resolve_named(checker, node, name, false, arguments, named);
}

/* The first argument of a link is checked. */
static void check_arguments(CelChecker *checker, const CelNode *node)
{
    for (CelNode *first = cel_node_own(node); first != NULL; first = first->next) {
        cel_check_node(checker, first);
    }
}

/* `math.greatest(x)`: a target that is a namespace, not a value. */
static bool namespace_call(CelChecker *checker, CelNode *node)
{
    char buffer[FUNCTION_NAME_MAX];
    Slice target = {0};
    uint32_t first = 0;
    uint32_t end = 0;
    if (!cel_dotted_name(node->first, buffer, sizeof buffer / 2, &target) ||
        cel_is_local(checker, node->first) || target.length + 1 + node->name.length > sizeof buffer) {
        return false;
    }
    char name[FUNCTION_NAME_MAX];
    memcpy(name, target.data, target.length);
    name[target.length] = '.';
    memcpy(name + target.length + 1, node->name.data, node->name.length);
    const Slice full = {name, target.length + 1 + node->name.length};
    bool exists = cel_function_find(full, &first, &end);
    for (const CelHostFunction *function = checker->environment->functions; function != NULL && !exists;
         function = function->next) {
        exists = !function->member && slice_equal(function->name, full);
    }
    if (!exists) {
        return false;
    }
    node->name = cel_keep(checker->context, full);
    node->first = node->first->next;
    node->count--;
    node->flags &= (uint8_t)~NODE_MEMBER;
    return true;
}

static bool mentions_error(const CelNode *first)
{
    for (; first != NULL; first = first->next) {
        if (first->kind == NODE_ERROR || first->reference == REFERENCE_UNDECLARED) {
            return true;
        }
    }
    return false;
}

/* A zone that is written out is looked up now: a misspelt one should not wait for the first row. */
static void check_zone(CelChecker *checker, const CelNode *node)
{
    const CelNode *zone = cel_child(node, node->count - 1U);
    int32_t offset = 0;
    if (checker->environment->checking == CEL_CHECK_NONE || node->reference != REFERENCE_OVERLOAD ||
        zone == NULL || zone->kind != NODE_LITERAL || zone->literal.kind != CEL_STRING ||
        cel_overloads[node->slot].signature[0] != 't') {
        return;
    }
    const CelValue found =
        cel_zone_offset(checker->environment->calendar.zones, cel_text(zone->literal), 0, &offset);
    if (found.kind == CEL_ERROR) {
        ISSUE(checker->context, CEL_ERROR_ARGUMENT, zone->offset, slice_from_text(found.as.text));
    }
}

/* A time that is written out and is none would be an error in every evaluation that reaches it. */
static void check_time(CelChecker *checker, const CelNode *node)
{
    const CelNode *text = node->first;
    uint64_t cost = 0;
    const CelCall call = {.arena = checker->context->arena, .cost = &cost, .cost_limit = CEL_COST_MAX};
    if (checker->environment->checking != CEL_CHECK_ADMIN || node->reference != REFERENCE_OVERLOAD ||
        text == NULL || text->kind != NODE_LITERAL ||
        !(slice_equal(node->name, SLICE("timestamp")) || slice_equal(node->name, SLICE("duration")))) {
        return;
    }
    const CelValue value = cel_call(&call, node->slot, &text->literal, 1);
    if (value.kind == CEL_ERROR) {
        ISSUE(checker->context, CEL_ERROR_ARGUMENT, text->offset, slice_from_text(value.as.text));
    }
}

/* Is there a function of this name in any form? Namespaces are looked through only when it is called. */
static bool is_function(const CelChecker *checker, const CelNode *node)
{
    uint32_t first = 0;
    uint32_t end = 0;
    return checker->environment->functions != NULL || checker->environment->container.length > 0 ||
           (node->name.length > 0 && is_operator(node->name)) || cel_function_find(node->name, &first, &end);
}

/*
 * Each branch of a chain as `condition ? value : rest`, the last first, the rest having the type that was
 * found for it.
 */
static void check_branches(CelChecker *checker, CelNode *node)
{
    const uint32_t count = node->count;
    CelNode **children = ARENA_ARRAY(checker->context->arena, CelNode *, count);
    checker->context->out_of_memory = checker->context->out_of_memory || children == NULL;
    check_arguments(checker, node);
    CelNode *child = node->first;
    for (uint32_t i = 0; children != NULL && i < count; i++, child = child->next) {
        children[i] = child;
    }
    for (uint32_t i = count; children != NULL && i >= 3; i -= 2) {
        CelNode rest = *children[i - 1];
        CelNode value = *children[i - 2];
        CelNode condition = *children[i - 3];
        rest.next = NULL;
        rest.type = i == count ? rest.type : node->type;
        value.next = &rest;
        condition.next = &value;
        const Arguments arguments = arguments_of(checker, &condition);
        bool named = false;
        if (!resolve_named(checker, node, node->name, false, &arguments, &named) &&
            !mentions_error(&condition)) {
            CelNode place = *node;
            place.offset = i == 3 ? node->offset : condition.offset;
            cel_mismatch(checker, &place, false, arguments.types, arguments.count);
            node->type = cel_type_plain(CEL_TYPE_DYN);
        }
    }
}

void cel_check_call(CelChecker *checker, CelNode *node)
{
    bool named = false;
    if ((node->flags & NODE_MEMBER) != 0) {
        (void)namespace_call(checker, node);
    }
    const bool member = (node->flags & NODE_MEMBER) != 0;
    node->type = cel_type_plain(CEL_TYPE_DYN);
    if (checker->environment->checking != CEL_CHECK_NONE && !is_function(checker, node)) {
        if (!cel_undeclared_function(checker, node, member)) {
            check_arguments(checker, node);
        }
        return;
    }
    if (slice_equal(node->name, SLICE("_?_:_"))) {
        check_branches(checker, node);
        return;
    }
    check_arguments(checker, node);
    const Arguments arguments = arguments_of(checker, node->first);
    if (refuse_null(checker, node)) {
        return;
    }
    const bool found = member ? resolve_named(checker, node, node->name, true, &arguments, &named)
                              : resolve_global(checker, node, node->name, &arguments, &named);
    if (found) {
        check_zone(checker, node);
        check_time(checker, node);
        return;
    }
    if (!named) {
        (void)cel_undeclared_function(checker, node, member);
    } else if (!mentions_error(node->first)) {
        cel_mismatch(checker, node, member, arguments.types, arguments.count);
    }
}
