#include "tree.h"

#include "base/utf8.h"
#include "cel/parser.h"

static void print_node(Buffer *out, const CelNode *node);

static void print_quoted(Buffer *out, Slice text, bool bytes)
{
    static const char special[] = "\a\b\f\n\r\t\v\\\"";
    static const char letters[] = "abfnrtv\\\"";
    buffer_append(out, bytes ? SLICE("b\"") : SLICE("\""));
    for (size_t i = 0; i < text.length; i++) {
        const char *found = text.data[i] == '\0' ? NULL : strchr(special, text.data[i]);
        if (found == NULL) {
            buffer_append_byte(out, text.data[i]);
        } else {
            buffer_append_byte(out, '\\');
            buffer_append_byte(out, letters[found - special]);
        }
    }
    buffer_append_byte(out, '"');
}

static void print_literal(Buffer *out, CelValue value)
{
    switch ((CelKind)value.kind) {
    case CEL_NULL: buffer_append(out, SLICE("null^Constant_NullValue")); break;
    case CEL_BOOL:
        buffer_append(out, value.as.integer != 0 ? SLICE("true") : SLICE("false"));
        buffer_append(out, SLICE("^Constant_BoolValue"));
        break;
    case CEL_INT:
        buffer_append_int64(out, value.as.integer);
        buffer_append(out, SLICE("^Constant_Int64Value"));
        break;
    case CEL_UINT:
        buffer_append_uint64(out, value.as.uinteger);
        buffer_append(out, SLICE("u^Constant_Uint64Value"));
        break;
    case CEL_DOUBLE:
        buffer_append_double(out, value.as.number);
        buffer_append(out, SLICE("^Constant_DoubleValue"));
        break;
    default:
        print_quoted(out, cel_text(value), value.kind == CEL_BYTES);
        buffer_append(out, value.kind == CEL_BYTES ? SLICE("^Constant_BytesValue")
                                                   : SLICE("^Constant_StringValue"));
        break;
    }
}

static void print_children(Buffer *out, const CelNode *first)
{
    for (; first != NULL; first = first->next) {
        if ((first->flags & NODE_MAYBE) != 0) {
            buffer_append_byte(out, '?');
        }
        print_node(out, first);
        if (first->next != NULL) {
            buffer_append_byte(out, ',');
        }
    }
}

/* A chain of branches as the suite has it, each in the one before. */
static void print_branches(Buffer *out, const CelNode *condition)
{
    const CelNode *value = condition->next;
    if (value == NULL) {
        print_node(out, condition);
        return;
    }
    buffer_append(out, SLICE("_?_:_("));
    print_node(out, condition);
    buffer_append(out, SLICE(", "));
    print_node(out, value);
    buffer_append(out, SLICE(", "));
    print_branches(out, value->next);
    buffer_append(out, SLICE(")^Expr_CallExpr"));
}

static void print_call(Buffer *out, const CelNode *node)
{
    const CelNode *first = node->first;
    if (slice_equal(node->name, SLICE("_?_:_"))) {
        print_branches(out, first);
        return;
    }
    if ((node->flags & NODE_MEMBER) != 0) {
        print_node(out, first);
        buffer_append_byte(out, '.');
        first = first->next;
    }
    buffer_append(out, node->name);
    buffer_append_byte(out, '(');
    print_children(out, first);
    buffer_append(out, SLICE(")^Expr_CallExpr"));
}

static void print_entries(Buffer *out, const CelNode *node)
{
    buffer_append_byte(out, '{');
    for (const CelNode *key = node->first; key != NULL; key = key->next) {
        const bool field = node->kind == NODE_STRUCT;
        if ((key->flags & NODE_MAYBE) != 0) {
            buffer_append_byte(out, '?');
        }
        if (field) {
            buffer_append(out, key->name2);
        } else {
            print_node(out, key);
            key = key->next;
        }
        buffer_append_byte(out, ':');
        print_node(out, key);
        buffer_append(out, SLICE("^Expr_CreateStruct_Entry"));
        buffer_append(out, key->next == NULL ? SLICE("") : SLICE(","));
    }
    buffer_append(out, SLICE("}^Expr_StructExpr"));
}

#define RESULT "@result^Expr_IdentExpr"
#define TRUE_TEXT "true^Constant_BoolValue"

/* What a loop begins with, and how long it goes on. */
static Slice loop_start(CelLoop loop)
{
    switch (loop) {
    case LOOP_ALL: return SLICE("true^Constant_BoolValue,@not_strictly_false(" RESULT ")^Expr_CallExpr,");
    case LOOP_EXISTS:
        return SLICE("false^Constant_BoolValue,@not_strictly_false(!_(" RESULT
                     ")^Expr_CallExpr)^Expr_CallExpr,");
    case LOOP_EXISTS_ONE: return SLICE("0^Constant_Int64Value," TRUE_TEXT ",");
    default: return SLICE("[]^Expr_ListExpr," TRUE_TEXT ",");
    }
}

static void print_step(Buffer *out, const CelNode *node, const CelNode *body)
{
    switch ((CelLoop)node->loop) {
    case LOOP_ALL:
    case LOOP_EXISTS:
        buffer_append(out, node->loop == LOOP_ALL ? SLICE("_&&_(" RESULT ",") : SLICE("_||_(" RESULT ","));
        print_node(out, body);
        buffer_append(out, SLICE(")^Expr_CallExpr"));
        break;
    case LOOP_EXISTS_ONE:
        buffer_append(out, SLICE("_+_(" RESULT ",1^Constant_Int64Value)^Expr_CallExpr"));
        break;
    default:
        buffer_append(out, SLICE("_+_(" RESULT ",["));
        if (node->loop == LOOP_FILTER) {
            buffer_append(out, node->name);
            buffer_append(out, SLICE("^Expr_IdentExpr"));
        } else {
            print_node(out, body);
        }
        buffer_append(out, SLICE("]^Expr_ListExpr)^Expr_CallExpr"));
        break;
    }
}

/* As the fold that cel-go makes of a macro of one variable: our tree keeps the macro. */
static void print_loop(Buffer *out, const CelNode *node)
{
    const CelNode *body = node->first->next;
    const bool condition =
        (node->flags & NODE_FILTERED) != 0 || node->loop == LOOP_FILTER || node->loop == LOOP_EXISTS_ONE;
    buffer_append(out, SLICE("__comprehension__("));
    buffer_append(out, node->name);
    buffer_append_byte(out, ',');
    print_node(out, node->first);
    buffer_append(out, SLICE(",@result,"));
    buffer_append(out, loop_start((CelLoop)node->loop));
    if (condition) {
        buffer_append(out, SLICE("_?_:_("));
        print_node(out, body);
        buffer_append_byte(out, ',');
        body = body->next == NULL ? body : body->next;
    }
    print_step(out, node, body);
    buffer_append(out, condition ? SLICE("," RESULT ")^Expr_CallExpr,") : SLICE(","));
    buffer_append(out, node->loop == LOOP_EXISTS_ONE
                           ? SLICE("_==_(" RESULT ",1^Constant_Int64Value)^Expr_CallExpr")
                           : SLICE(RESULT));
    buffer_append(out, SLICE(")^Expr_ComprehensionExpr"));
}

static void print_select(Buffer *out, const CelNode *node)
{
    if ((node->flags & NODE_OPTIONAL) != 0) {
        buffer_append(out, SLICE("_?._("));
        print_node(out, node->first);
        buffer_append_byte(out, ',');
        print_quoted(out, node->name, false);
        buffer_append(out, SLICE("^Constant_StringValue)^Expr_CallExpr"));
        return;
    }
    print_node(out, node->first);
    buffer_append_byte(out, '.');
    buffer_append(out, node->name);
    buffer_append(out, (node->flags & NODE_TEST) != 0 ? SLICE("~test-only~^Expr_SelectExpr")
                                                      : SLICE("^Expr_SelectExpr"));
}

static void print_node(Buffer *out, const CelNode *node)
{
    switch ((CelNodeKind)node->kind) {
    case NODE_LITERAL: print_literal(out, node->literal); break;
    case NODE_IDENT:
        buffer_append(out, (node->flags & NODE_ABSOLUTE) != 0 ? SLICE(".") : SLICE(""));
        buffer_append(out, node->name);
        buffer_append(out, SLICE("^Expr_IdentExpr"));
        break;
    case NODE_SELECT: print_select(out, node); break;
    case NODE_CALL: print_call(out, node); break;
    case NODE_LIST:
        buffer_append_byte(out, '[');
        print_children(out, node->first);
        buffer_append(out, SLICE("]^Expr_ListExpr"));
        break;
    case NODE_STRUCT:
        buffer_append(out, node->name);
        print_entries(out, node);
        break;
    case NODE_MAP: print_entries(out, node); break;
    case NODE_LOOP: print_loop(out, node); break;
    case NODE_BIND:
    case NODE_ERROR: buffer_append(out, SLICE("error")); break;
    }
}

void tree_print(Buffer *answer, Slice source)
{
    CelIssues *issues = ARENA_NEW(answer->arena, CelIssues);
    CelContext context = {.arena = answer->arena, .source = source, .issues = issues};
    const CelNode *root = cel_parse(&context);
    if (issues->count > 0) {
        buffer_append(answer, SLICE("!syntax "));
        buffer_append(answer, cel_issue_text(answer->arena, source, &issues->items[0]));
        return;
    }
    print_node(answer, root);
}
