#include "cel/parser.h"
#include "base/assert.h"
#include "base/utf8.h"

static CelNode *parse_expression(CelParser *parser);
static CelNode *parse_unary(CelParser *parser);

static void advance(CelParser *parser)
{
    parser->token = cel_token(parser->context->source, parser->token.start + parser->token.length);
}

static bool at_token(const CelParser *parser, CelTokenKind kind)
{
    return parser->token.kind == kind;
}

static bool accept(CelParser *parser, CelTokenKind kind)
{
    if (!at_token(parser, kind)) {
        return false;
    }
    advance(parser);
    return true;
}

static Slice token_source(const CelParser *parser)
{
    const Slice text = slice_part(parser->context->source, parser->token.start,
                                  (size_t)parser->token.start + parser->token.length);
    perly_assert(text.data != NULL || text.length == 0);
    return text;
}

/* One issue a place: what follows from a first mistake is noise. */
static void complain(CelParser *parser, Slice expected)
{
    const uint32_t offset = parser->token.start;
    if (parser->last_issue == offset) {
        return;
    }
    parser->last_issue = offset;
    if (at_token(parser, TOKEN_BAD)) {
        ISSUE(parser->context, CEL_ERROR_SYNTAX, offset, slice_from_text(parser->token.problem));
    } else if (at_token(parser, TOKEN_END)) {
        ISSUE(parser->context, CEL_ERROR_SYNTAX, offset, SLICE("the expression ends here, expected "),
              expected);
    } else if (slice_equal(token_source(parser), SLICE("and"))) {
        ISSUE(parser->context, CEL_ERROR_SYNTAX, offset, SLICE("'and' is written '&&'"));
    } else if (slice_equal(token_source(parser), SLICE("or"))) {
        ISSUE(parser->context, CEL_ERROR_SYNTAX, offset, SLICE("'or' is written '||'"));
    } else {
        ISSUE(parser->context, CEL_ERROR_SYNTAX, offset, SLICE("unexpected `"), token_source(parser),
              SLICE("`, expected "), expected);
    }
}

static void expect(CelParser *parser, CelTokenKind kind, Slice name)
{
    if (!accept(parser, kind)) {
        complain(parser, name);
    }
}

/* A bracket's end: when it is not here, all up to it is skipped, with the brackets in between. */
static void expect_close(CelParser *parser, CelTokenKind close, Slice name)
{
    unsigned open = 0;
    if (accept(parser, close)) {
        return;
    }
    complain(parser, name);
    while (!at_token(parser, TOKEN_END) && !(open == 0 && at_token(parser, close))) {
        const CelTokenKind kind = parser->token.kind;
        open += kind == TOKEN_LEFT_PAREN || kind == TOKEN_LEFT_BRACKET || kind == TOKEN_LEFT_BRACE;
        open -= open > 0 &&
                (kind == TOKEN_RIGHT_PAREN || kind == TOKEN_RIGHT_BRACKET || kind == TOKEN_RIGHT_BRACE);
        advance(parser);
    }
    (void)accept(parser, close);
}

/* Skips what cannot begin or continue an expression, so that parsing goes on behind a mistake. */
static void recover(CelParser *parser)
{
    while (!at_token(parser, TOKEN_END) && !at_token(parser, TOKEN_COMMA) &&
           !at_token(parser, TOKEN_RIGHT_PAREN) && !at_token(parser, TOKEN_RIGHT_BRACKET) &&
           !at_token(parser, TOKEN_RIGHT_BRACE) && !at_token(parser, TOKEN_OR) &&
           !at_token(parser, TOKEN_AND)) {
        advance(parser);
    }
}

static CelNode *error_node(CelParser *parser, Slice expected)
{
    complain(parser, expected);
    CelNode *node = cel_node(parser->context, NODE_ERROR, parser->token.start);
    recover(parser);
    return node;
}

static CelNode *number_literal(CelParser *parser, bool negative, uint32_t offset)
{
    CelNode *node = cel_node(parser->context, NODE_LITERAL, offset);
    if (!cel_literal_number(parser->token.kind, token_source(parser), negative, &node->literal)) {
        ISSUE(parser->context, CEL_ERROR_SYNTAX, offset, SLICE("the number `"), token_source(parser),
              SLICE("` is out of range"));
        node->kind = NODE_ERROR;
    }
    advance(parser);
    return node;
}

static CelNode *text_literal(CelParser *parser)
{
    CelContext *context = parser->context;
    CelNode *node = cel_node(context, NODE_LITERAL, parser->token.start);
    Slice text = {0};
    const char *problem = cel_token_text(context->arena, context->source, &parser->token, &text);
    if (problem != NULL) {
        ISSUE(context, CEL_ERROR_SYNTAX, parser->token.start, slice_from_text(problem));
    }
    node->literal = at_token(parser, TOKEN_BYTES) ? cel_bytes(text) : cel_string(text);
    advance(parser);
    return node;
}

static CelNode *word_literal(CelParser *parser, CelValue value)
{
    CelNode *node = cel_node(parser->context, NODE_LITERAL, parser->token.start);
    node->literal = value;
    advance(parser);
    return node;
}

/* Comma-separated expressions up to `close`, which is taken; a trailing comma only where it is allowed. */
static void parse_list(CelParser *parser, CelNode *parent, CelTokenKind close, bool literal, Slice name)
{
    CelNode *first = NULL;
    CelNode **end = &first;
    while (!at_token(parser, close) && !(literal && at_token(parser, TOKEN_COMMA))) {
        const bool optional = literal && accept(parser, TOKEN_QUESTION);
        CelNode *node = parse_expression(parser);
        if (node != &parser->context->spare) {
            node->flags = (uint8_t)(node->flags | (optional ? NODE_MAYBE : 0));
            *end = node;
            end = &node->next;
        }
        if (!accept(parser, TOKEN_COMMA)) {
            break;
        }
        if (!literal && at_token(parser, close)) {
            complain(parser, SLICE("an argument"));
        }
    }
    if (first == NULL && literal) {
        (void)accept(parser, TOKEN_COMMA);
    }
    if (first != NULL) {
        cel_node_add(parser->context, parent, first);
    }
    expect_close(parser, close, name);
}

/*
 * The elements are chained first and added at once: adding one by one would look for the end of the list each
 * time, which is quadratic.
 */
static CelNode *parse_map(CelParser *parser)
{
    CelNode *node = cel_node(parser->context, NODE_MAP, parser->token.start);
    CelNode *first = NULL;
    CelNode **end = &first;
    advance(parser);
    while (!at_token(parser, TOKEN_RIGHT_BRACE) && !at_token(parser, TOKEN_COMMA)) {
        const bool optional = accept(parser, TOKEN_QUESTION);
        CelNode *key = parse_expression(parser);
        expect(parser, TOKEN_COLON, SLICE("`:`"));
        CelNode *value = parse_expression(parser);
        if (key != &parser->context->spare && value != &parser->context->spare) {
            key->flags = (uint8_t)(key->flags | (optional ? NODE_MAYBE : 0));
            *end = key;
            key->next = value;
            end = &value->next;
        }
        if (!accept(parser, TOKEN_COMMA)) {
            break;
        }
    }
    if (first == NULL) {
        (void)accept(parser, TOKEN_COMMA);
    } else {
        cel_node_add(parser->context, node, first);
    }
    expect_close(parser, TOKEN_RIGHT_BRACE, SLICE("`}`"));
    return node;
}

static Slice quoted_name(Slice text)
{
    return text.length > 0 && text.data[0] == '`' ? slice_part(text, 1, text.length - 1) : text;
}

/* Fields of a message: parsed, so that the mistakes in it are found, then refused by the checker. */
static CelNode *parse_struct(CelParser *parser, Slice name, uint32_t offset)
{
    CelNode *node = cel_node(parser->context, NODE_STRUCT, offset);
    CelNode *first = NULL;
    CelNode **end = &first;
    node->name = name;
    advance(parser);
    while (!at_token(parser, TOKEN_RIGHT_BRACE) && !at_token(parser, TOKEN_COMMA)) {
        const bool optional = accept(parser, TOKEN_QUESTION);
        const Slice field = quoted_name(token_source(parser));
        if (!accept(parser, TOKEN_IDENT) && !accept(parser, TOKEN_QUOTED_IDENT)) {
            complain(parser, SLICE("the name of a field"));
            recover(parser);
        }
        expect(parser, TOKEN_COLON, SLICE("`:`"));
        CelNode *value = parse_expression(parser);
        value->name2 = field;
        value->flags = (uint8_t)(value->flags | (optional ? NODE_MAYBE : 0));
        if (value != &parser->context->spare) {
            *end = value;
            end = &value->next;
        }
        if (!accept(parser, TOKEN_COMMA)) {
            break;
        }
    }
    if (first == NULL) {
        (void)accept(parser, TOKEN_COMMA);
    } else {
        cel_node_add(parser->context, node, first);
    }
    expect_close(parser, TOKEN_RIGHT_BRACE, SLICE("`}`"));
    return node;
}

/* A call whose `(` is the current token. A message about it points to its name. */
static CelNode *parse_call(CelParser *parser, Slice name, CelNode *target)
{
    CelContext *context = parser->context;
    const uint32_t offset = (uint32_t)(name.data - context->source.data);
    CelNode *node = cel_node(context, NODE_CALL, offset);
    node->name = name;
    advance(parser);
    parse_list(parser, node, TOKEN_RIGHT_PAREN, false, SLICE("`)`"));
    CelNode *macro = cel_expand_macro(context, name, target, node->first, offset);
    if (macro != NULL || node == &context->spare) {
        return macro != NULL ? macro : node;
    }
    if (target != NULL) {
        CelNode *arguments = node->first;
        node->first = NULL;
        node->count = 0;
        node->height = 1;
        node->flags |= NODE_MEMBER;
        target->next = arguments;
        cel_node_add(context, node, target);
    }
    return node;
}

static CelNode *parse_name(CelParser *parser, bool absolute)
{
    CelContext *context = parser->context;
    const uint32_t offset = parser->token.start;
    const Slice name = token_source(parser);
    advance(parser);
    CelNode *node = NULL;
    if (at_token(parser, TOKEN_LEFT_PAREN)) {
        node = parse_call(parser, name, NULL);
    } else {
        node = cel_node_ident(context, name, offset);
        if (cel_is_reserved(name)) {
            ISSUE(context, CEL_ERROR_SYNTAX, offset, SLICE("`"), name, SLICE("` is a reserved word"));
            node->kind = NODE_ERROR;
        }
    }
    node->flags = (uint8_t)(node->flags | (absolute ? NODE_ABSOLUTE : 0));
    return node;
}

static CelNode *parse_primary(CelParser *parser)
{
    switch (parser->token.kind) {
    case TOKEN_INT:
    case TOKEN_UINT:
    case TOKEN_DOUBLE: return number_literal(parser, false, parser->token.start);
    case TOKEN_STRING:
    case TOKEN_BYTES: return text_literal(parser);
    case TOKEN_TRUE: return word_literal(parser, cel_bool(true));
    case TOKEN_FALSE: return word_literal(parser, cel_bool(false));
    case TOKEN_NULL: return word_literal(parser, cel_null());
    case TOKEN_IDENT: return parse_name(parser, false);
    case TOKEN_DOT:
        advance(parser);
        if (at_token(parser, TOKEN_IDENT)) {
            return parse_name(parser, true);
        }
        return error_node(parser, SLICE("a name"));
    case TOKEN_LEFT_PAREN: {
        advance(parser);
        CelNode *inner = parse_expression(parser);
        expect_close(parser, TOKEN_RIGHT_PAREN, SLICE("`)`"));
        return inner;
    }
    case TOKEN_LEFT_BRACKET: {
        CelNode *list = cel_node(parser->context, NODE_LIST, parser->token.start);
        advance(parser);
        parse_list(parser, list, TOKEN_RIGHT_BRACKET, true, SLICE("`]`"));
        return list;
    }
    case TOKEN_LEFT_BRACE: return parse_map(parser);
    default: return error_node(parser, SLICE("a value, a name or `(`"));
    }
}

/* Behind a `.`, which has been taken. */
static CelNode *parse_selection(CelParser *parser, CelNode *operand, uint32_t offset)
{
    CelContext *context = parser->context;
    const bool optional = accept(parser, TOKEN_QUESTION);
    const Slice name = quoted_name(token_source(parser));
    const bool plain = at_token(parser, TOKEN_IDENT);
    if (!plain && !at_token(parser, TOKEN_QUOTED_IDENT)) {
        return error_node(parser, SLICE("the name of a field"));
    }
    advance(parser);
    if (plain && !optional && at_token(parser, TOKEN_LEFT_PAREN)) {
        return parse_call(parser, name, operand);
    }
    CelNode *node = cel_node(context, NODE_SELECT, offset);
    node->name = name;
    node->flags = (uint8_t)(node->flags | (optional ? NODE_OPTIONAL : 0));
    cel_node_add(context, node, operand);
    return node;
}

static CelNode *parse_index(CelParser *parser, CelNode *operand, uint32_t offset)
{
    advance(parser);
    const bool optional = accept(parser, TOKEN_QUESTION);
    CelNode *index = parse_expression(parser);
    expect_close(parser, TOKEN_RIGHT_BRACKET, SLICE("`]`"));
    return cel_node_call(parser->context, optional ? SLICE("_[?_]") : SLICE("_[_]"), offset, operand, index);
}

/* `a.b.C` as the name of a message, when the node is nothing but names. A selection that there was no node
 * for has no operand. */
static Slice struct_name(CelContext *context, const CelNode *node)
{
    if (node == NULL) {
        return (Slice){0};
    }
    if (node->kind == NODE_IDENT) {
        return node->name;
    }
    if (node->kind != NODE_SELECT || (node->flags & (NODE_OPTIONAL | NODE_TEST)) != 0) {
        return (Slice){0};
    }
    const Slice outer = struct_name(context, node->first);
    if (outer.length == 0) {
        return outer;
    }
    return ERROR_TEXT(context->arena, ERROR_CEL_SYNTAX, outer, SLICE("."), node->name).message;
}

/* What follows a primary; `named` when a `{` may make it a message. */
static CelNode *parse_member(CelParser *parser, CelNode *node, bool named)
{
    for (;;) {
        const uint32_t offset = parser->token.start;
        if (accept(parser, TOKEN_DOT)) {
            node = parse_selection(parser, node, offset);
        } else if (at_token(parser, TOKEN_LEFT_BRACKET)) {
            node = parse_index(parser, node, offset);
        } else if (at_token(parser, TOKEN_LEFT_BRACE) && named &&
                   struct_name(parser->context, node).length > 0) {
            node = parse_struct(parser, struct_name(parser->context, node), offset);
        } else {
            return node;
        }
    }
}

static CelNode *parse_unary(CelParser *parser)
{
    const uint32_t offset = parser->token.start;
    const CelTokenKind kind = parser->token.kind;
    uint32_t count = 0;
    uint32_t last = offset;
    if (kind != TOKEN_MINUS && kind != TOKEN_NOT) {
        const bool named = kind == TOKEN_IDENT || kind == TOKEN_DOT;
        return parse_member(parser, parse_primary(parser), named);
    }
    while (at_token(parser, kind)) {
        last = parser->token.start;
        count++;
        advance(parser);
    }
    CelNode *node = NULL;
    if (kind == TOKEN_MINUS && (at_token(parser, TOKEN_INT) || at_token(parser, TOKEN_DOUBLE))) {
        /* The last sign belongs to the literal: the smallest int has no positive twin. */
        count--;
        node = parse_member(parser, number_literal(parser, true, last), false);
    } else {
        const bool named = at_token(parser, TOKEN_IDENT) || at_token(parser, TOKEN_DOT);
        node = parse_member(parser, parse_primary(parser), named);
    }
    if (count % 2 == 0) {
        return node;
    }
    return cel_node_call(parser->context, kind == TOKEN_NOT ? SLICE("!_") : SLICE("-_"), offset, node, NULL);
}

typedef struct Operator {
    uint8_t precedence; /* 0: not a binary operator */
    Slice name;
} Operator;

static Operator operator_of(CelTokenKind kind)
{
    switch (kind) {
    case TOKEN_OR: return (Operator){1, SLICE("_||_")};
    case TOKEN_AND: return (Operator){2, SLICE("_&&_")};
    case TOKEN_EQUAL: return (Operator){3, SLICE("_==_")};
    case TOKEN_NOT_EQUAL: return (Operator){3, SLICE("_!=_")};
    case TOKEN_LESS: return (Operator){3, SLICE("_<_")};
    case TOKEN_LESS_EQUAL: return (Operator){3, SLICE("_<=_")};
    case TOKEN_GREATER: return (Operator){3, SLICE("_>_")};
    case TOKEN_GREATER_EQUAL: return (Operator){3, SLICE("_>=_")};
    case TOKEN_IN: return (Operator){3, SLICE("@in")};
    case TOKEN_PLUS: return (Operator){4, SLICE("_+_")};
    case TOKEN_MINUS: return (Operator){4, SLICE("_-_")};
    case TOKEN_STAR: return (Operator){5, SLICE("_*_")};
    case TOKEN_SLASH: return (Operator){5, SLICE("_/_")};
    case TOKEN_PERCENT: return (Operator){5, SLICE("_%_")};
    default: return (Operator){0, {0}};
    }
}

static CelNode *parse_binary(CelParser *parser, unsigned lowest);

/* `left` and all that follows it by the same logical operator. */
static CelNode *parse_logical(CelParser *parser, CelNode *left, Operator op)
{
    const CelTokenKind kind = parser->token.kind;
    const uint32_t offset = parser->token.start;
    CelNode *end = left;
    uint32_t count = 1;
    while (accept(parser, kind)) {
        CelNode *right = parse_binary(parser, op.precedence + 1U);
        if (right != &parser->context->spare && left != &parser->context->spare) {
            end->next = right;
            end = right;
            count++;
        }
    }
    return cel_node_balance(parser->context, &left, count, op.name, offset);
}

static CelNode *parse_binary(CelParser *parser, unsigned lowest)
{
    CelNode *left = parse_unary(parser);
    bool chained = false;
    for (;;) {
        const Operator op = operator_of(parser->token.kind);
        if (op.precedence == 0 || op.precedence < lowest) {
            return left;
        }
        if (op.precedence <= 2) {
            left = parse_logical(parser, left, op);
            chained = false;
            continue;
        }
        const uint32_t offset = parser->token.start;
        advance(parser);
        CelNode *right = parse_binary(parser, op.precedence + 1U);
        left = (chained ? cel_node_link : cel_node_call)(parser->context, op.name, offset, left, right);
        chained = true;
    }
}

/*
 * `a ? x : b ? y : z`, behind its first condition: one node of all, so that a long chain is not a deep one.
 * What is parsed after a `:` is the next condition, or the last value.
 */
static CelNode *parse_branches(CelParser *parser, CelNode *condition)
{
    CelContext *context = parser->context;
    CelNode *call = cel_node(context, NODE_CALL, parser->token.start);
    CelNode *end = condition;
    call->name = SLICE("_?_:_");
    while (accept(parser, TOKEN_QUESTION)) {
        CelNode *yes = parse_binary(parser, 1);
        expect(parser, TOKEN_COLON, SLICE("`:`"));
        CelNode *next = parse_binary(parser, 1);
        if (end != &context->spare && yes != &context->spare && next != &context->spare) {
            end->next = yes;
            yes->next = next;
            end = next;
        }
    }
    cel_node_add(context, call, condition);
    return call;
}

static CelNode *parse_expression(CelParser *parser)
{
    if (parser->depth >= CEL_DEPTH_MAX) {
        if (parser->last_issue != CEL_NO_OFFSET - 1) {
            ISSUE(parser->context, CEL_ERROR_LIMIT, parser->token.start,
                  SLICE("the expression is nested too deeply"));
        }
        parser->last_issue = CEL_NO_OFFSET - 1;
        parser->token = (CelToken){.kind = TOKEN_END, .start = (uint32_t)parser->context->source.length};
        return cel_node(parser->context, NODE_ERROR, 0);
    }
    parser->depth++;
    CelNode *node = parse_binary(parser, 1);
    if (at_token(parser, TOKEN_QUESTION)) {
        node = parse_branches(parser, node);
    }
    parser->depth--;
    return node;
}

CelNode *cel_parse(CelContext *context)
{
    const size_t valid = utf8_valid_length(context->source);
    if (context->source.length > CEL_SOURCE_BYTES_MAX) {
        ISSUE(context, CEL_ERROR_LIMIT, 0, SLICE("the expression is longer than 1 MiB"));
        return cel_node(context, NODE_ERROR, 0);
    }
    if (valid != context->source.length) {
        ISSUE(context, CEL_ERROR_SYNTAX, (uint32_t)valid, SLICE("the expression is not valid UTF-8"));
        return cel_node(context, NODE_ERROR, 0);
    }
    CelParser parser = {
        .context = context, .token = cel_token(context->source, 0), .last_issue = CEL_NO_OFFSET};
    CelNode *root = parse_expression(&parser);
    if (!at_token(&parser, TOKEN_END)) {
        complain(&parser, SLICE("an operator or the end"));
    }
    return root;
}
