/* Looking names up, and saying which name was probably meant when there is none. */
#include "base/nearest.h"
#include "cel/checker.h"

enum { NAME_BYTES_MAX = 256 };

bool cel_dotted_name(const CelNode *node, char *buffer, size_t size, Slice *name)
{
    size_t start = size;
    while (node->kind == NODE_SELECT && (node->flags & (NODE_OPTIONAL | NODE_TEST)) == 0) {
        if (node->name.length + 1 > start) {
            return false;
        }
        start -= node->name.length + 1;
        buffer[start] = '.';
        memcpy(buffer + start + 1, node->name.data, node->name.length);
        node = node->first;
    }
    if (node == NULL || node->kind != NODE_IDENT || node->name.length > start) {
        return false;
    }
    start -= node->name.length;
    memcpy(buffer + start, node->name.data, node->name.length);
    *name = (Slice){buffer + start, size - start};
    return true;
}

const CelLocal *cel_local_find(const CelChecker *checker, Slice name)
{
    for (const CelLocal *local = checker->scope; local != NULL; local = local->outer) {
        if (slice_equal(local->name, name)) {
            return local;
        }
    }
    return NULL;
}

bool cel_is_local(const CelChecker *checker, const CelNode *node)
{
    while (node->kind == NODE_SELECT) {
        node = node->first;
    }
    return node->kind == NODE_IDENT && (node->flags & NODE_ABSOLUTE) == 0 &&
           cel_local_find(checker, node->name) != NULL;
}

typedef struct TypeName {
    Slice name;
    CelTypeKind kind;
} TypeName;

static const TypeName TYPE_NAMES[] = {
    {SLICE_INIT("bool"), CEL_TYPE_BOOL},
    {SLICE_INIT("bytes"), CEL_TYPE_BYTES},
    {SLICE_INIT("double"), CEL_TYPE_DOUBLE},
    {SLICE_INIT("google.protobuf.Duration"), CEL_TYPE_DURATION},
    {SLICE_INIT("google.protobuf.Timestamp"), CEL_TYPE_TIMESTAMP},
    {SLICE_INIT("int"), CEL_TYPE_INT},
    {SLICE_INIT("list"), CEL_TYPE_LIST},
    {SLICE_INIT("map"), CEL_TYPE_MAP},
    {SLICE_INIT("null_type"), CEL_TYPE_NULL},
    {SLICE_INIT("optional_type"), CEL_TYPE_ABSTRACT},
    {SLICE_INIT("string"), CEL_TYPE_STRING},
    {SLICE_INIT("type"), CEL_TYPE_TYPE},
    {SLICE_INIT("uint"), CEL_TYPE_UINT},
};

static bool type_name_find(CelChecker *checker, CelNode *node, Slice name)
{
    for (size_t i = 0; i < sizeof TYPE_NAMES / sizeof TYPE_NAMES[0]; i++) {
        if (slice_equal(TYPE_NAMES[i].name, name)) {
            const CelType *inner =
                cel_type_plain(TYPE_NAMES[i].kind < CEL_TYPE_PLAIN_COUNT ? TYPE_NAMES[i].kind : CEL_TYPE_DYN);
            node->reference = REFERENCE_CONSTANT;
            node->literal = cel_type_value(TYPE_NAMES[i].name);
            node->type = cel_type_make(checker->context->arena, CEL_TYPE_TYPE, SLICE("type"), &inner, 1);
            return true;
        }
    }
    return false;
}

static bool exact_find(CelChecker *checker, CelNode *node, Slice name)
{
    if (cel_variable_find(checker->environment, name, &node->slot)) {
        node->reference = REFERENCE_VARIABLE;
        node->type = checker->environment->variables[node->slot].type;
        return true;
    }
    return type_name_find(checker, node, name);
}

bool cel_name_find(CelChecker *checker, CelNode *node, Slice name, bool absolute)
{
    Slice container = checker->environment->container;
    char buffer[NAME_BYTES_MAX];
    while (!absolute && container.length > 0 && container.length + 1 + name.length <= sizeof buffer) {
        memcpy(buffer, container.data, container.length);
        buffer[container.length] = '.';
        memcpy(buffer + container.length + 1, name.data, name.length);
        if (exact_find(checker, node, (Slice){buffer, container.length + 1 + name.length})) {
            return true;
        }
        while (container.length > 0 && container.data[container.length - 1] != '.') {
            container.length--;
        }
        container.length -= container.length > 0;
    }
    return exact_find(checker, node, name);
}

/* Issues that are only counted need no suggestion, which costs far more than they. */
static bool is_kept(const CelChecker *checker)
{
    return checker->context->issues->count <= CEL_ISSUES_MAX;
}

static void suggest(CelChecker *checker, const Nearest *nearest)
{
    if (nearest->name.length > 0) {
        const Error text = ERROR_TEXT(checker->context->arena, ERROR_CEL_UNDECLARED, SLICE("did you mean `"),
                                      nearest->name, SLICE("`?"));
        cel_issue_suggest(checker->context, text.message);
    }
}

void cel_undeclared(CelChecker *checker, CelNode *node, Slice name)
{
    node->reference = REFERENCE_UNDECLARED;
    node->type = cel_type_plain(CEL_TYPE_DYN);
    if (checker->environment->checking == CEL_CHECK_NONE) {
        return;
    }
    const Slice shown = cel_keep(checker->context, name);
    ISSUE(checker->context, CEL_ERROR_UNDECLARED, node->offset, SLICE("there is no variable `"), shown,
          SLICE("`"));
    if (!is_kept(checker)) {
        return;
    }
    Nearest nearest = nearest_begin(shown);
    for (const CelLocal *local = checker->scope; local != NULL; local = local->outer) {
        nearest_consider(&nearest, local->name);
    }
    for (uint32_t i = 0; i < checker->environment->variable_count; i++) {
        nearest_consider(&nearest, checker->environment->variables[i].name);
    }
    suggest(checker, &nearest);
}

void cel_undeclared_column(CelChecker *checker, CelNode *node, const CelType *object)
{
    node->type = cel_type_plain(CEL_TYPE_DYN);
    node->reference = REFERENCE_UNDECLARED;
    if (checker->environment->checking == CEL_CHECK_NONE) {
        return;
    }
    ISSUE(checker->context, CEL_ERROR_UNDECLARED, node->offset, SLICE("no field `"), node->name,
          SLICE("` on "), object->name);
    if (!is_kept(checker)) {
        return;
    }
    Nearest nearest = nearest_begin(node->name);
    for (uint32_t i = 0; i < object->schema->column_count; i++) {
        nearest_consider(&nearest, object->schema->columns[i].name);
    }
    suggest(checker, &nearest);
}

static const struct {
    Slice name;
    bool member;
} MACRO_NAMES[] = {
#define MACRO(name, member, minimum, maximum, shape, loop, doc, example, result) {SLICE_INIT(#name), member},
#include "cel/macros.def"
#undef MACRO
};

enum { MACRO_COUNT = sizeof MACRO_NAMES / sizeof MACRO_NAMES[0] };

bool cel_undeclared_function(CelChecker *checker, CelNode *node, bool member)
{
    node->type = cel_type_plain(CEL_TYPE_DYN);
    node->reference = REFERENCE_UNDECLARED;
    if (checker->environment->checking == CEL_CHECK_NONE) {
        return false;
    }
    ISSUE(checker->context, CEL_ERROR_UNDECLARED, node->offset, SLICE("there is no function `"), node->name,
          SLICE("`"));
    for (size_t i = 0; i < MACRO_COUNT; i++) {
        if (slice_equal(MACRO_NAMES[i].name, node->name)) {
            cel_issue_suggest(checker->context, SLICE("this macro takes other arguments"));
            return true;
        }
    }
    if (!is_kept(checker)) {
        return false;
    }
    Nearest nearest = nearest_begin(node->name);
    for (uint32_t i = 0; i < cel_overload_count; i++) {
        if ((cel_overloads[i].style & (member ? CEL_STYLE_MEMBER : CEL_STYLE_GLOBAL)) != 0) {
            nearest_consider(&nearest, cel_overload_name(i));
        }
    }
    const Slice function = nearest.name;
    for (size_t i = 0; i < MACRO_COUNT; i++) {
        if (MACRO_NAMES[i].member == member) {
            nearest_consider(&nearest, MACRO_NAMES[i].name);
        }
    }
    suggest(checker, &nearest);
    return nearest.name.data != function.data;
}
