/*
 * Tree to instructions. An expression is compiled either into a register of the caller's choice or, when it
 * is a constant, a variable or a local, into no instruction at all: instructions read those in place.
 * Registers are a stack; a call's arguments are neighbours.
 */
#include "cel/compiler.h"

#include "cel/library.h"

enum { CALL_ARGUMENTS_MAX = 127 };

/* A value that is there already, or UINT32_MAX. */
static uint32_t in_place(CelCompiler *compiler, const CelNode *node)
{
    if (node->kind == NODE_LITERAL) {
        return cel_constant(compiler, node->literal);
    }
    if (node->kind == NODE_ERROR) {
        return cel_error_constant(compiler, CEL_ERROR_SYNTAX, "syntax error", node->offset);
    }
    if ((node->kind != NODE_IDENT && node->kind != NODE_SELECT) || (node->flags & NODE_TEST) != 0) {
        return UINT32_MAX;
    }
    switch ((CelReference)node->reference) {
    case REFERENCE_LOCAL: return node->local->place;
    case REFERENCE_VARIABLE: return cel_compile_variable(compiler, node->slot);
    case REFERENCE_CONSTANT: return cel_constant(compiler, node->literal);
    case REFERENCE_UNDECLARED:
        return cel_error_constant(compiler, node->kind == NODE_IDENT ? CEL_ERROR_UNDECLARED : CEL_ERROR_KEY,
                                  "undeclared reference: there is no variable or field of this name",
                                  node->offset);
    case REFERENCE_NONE:
    case REFERENCE_COLUMN:
    case REFERENCE_OVERLOAD:
    case REFERENCE_FUNCTION: break;
    }
    return UINT32_MAX;
}

bool cel_is_in_place(const CelNode *node)
{
    const bool name = node->kind == NODE_IDENT || node->kind == NODE_SELECT;
    return node->kind == NODE_LITERAL || node->kind == NODE_ERROR ||
           (name && (node->flags & NODE_TEST) == 0 && node->reference != REFERENCE_NONE &&
            node->reference != REFERENCE_COLUMN);
}

/* The operand of an instruction: in place, or in a new register. */
uint32_t cel_compile_operand(CelCompiler *compiler, const CelNode *node)
{
    const uint32_t place = in_place(compiler, node);
    if (place != UINT32_MAX) {
        return place;
    }
    const uint32_t dst = cel_reserve(compiler, 1);
    cel_compile_to(compiler, node, dst);
    return dst;
}

/* The view of an object that is a variable or a loop's variable; CEL_NO_VIEW when it must be looked for. */
static uint16_t view_of(CelCompiler *compiler, const CelNode *object)
{
    if (object->kind == NODE_IDENT && object->reference == REFERENCE_LOCAL) {
        return object->local->view;
    }
    if ((object->kind != NODE_IDENT && object->kind != NODE_SELECT) ||
        object->reference != REFERENCE_VARIABLE) {
        return CEL_NO_VIEW;
    }
    const uint32_t variable = cel_compile_variable(compiler, object->slot) & ~CEL_SPACE_MASK;
    return variable < compiler->variable_count ? compiler->views[variable] : CEL_NO_VIEW;
}

static CelKind kind_of_column(RowType type)
{
    switch (type) {
    case ROW_INT64: return CEL_INT;
    case ROW_DOUBLE: return CEL_DOUBLE;
    case ROW_BOOL: return CEL_BOOL;
    case ROW_TIME: return CEL_TIMESTAMP;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST:
    case ROW_TYPE_COUNT: break;
    }
    return CEL_NULL;
}

static void compile_column(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const bool test = (node->flags & NODE_TEST) != 0;
    const CelType *type = cel_resolve(compiler->checker, node->first->type);
    const RowType column = type->schema->columns[node->slot].type;
    const CelKind kind = kind_of_column(column);
    const uint16_t view = view_of(compiler, node->first);
    const uint32_t number = cel_raw(node->slot);
    cel_compile_read(compiler, type->schema, node->slot);
    if (view == CEL_NO_VIEW) {
        const uint32_t object = cel_compile_operand(compiler, node->first);
        compiler->offset = node->offset;
        cel_emit(compiler, test ? OP_HAS_COLUMN : OP_COLUMN, (uint8_t)column, dst, object, number);
    } else if (test) {
        cel_emit(compiler, OP_HAS, 0, dst, cel_raw(view), number);
    } else if (kind == CEL_NULL) {
        cel_emit(compiler, OP_TEXT, (uint8_t)column, dst, cel_raw(view), number);
    } else {
        cel_emit(compiler, OP_FIXED, (uint8_t)kind, dst, cel_raw(view), number);
    }
    if ((node->flags & NODE_OPTIONAL) != 0 && !test) {
        cel_emit(compiler, OP_WRAP, 0, dst, dst, cel_raw(0));
    }
}

static void compile_select(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const bool test = (node->flags & NODE_TEST) != 0;
    if (node->reference == REFERENCE_VARIABLE) {
        cel_emit(compiler, OP_HAS_VALUE, 0, dst, cel_compile_variable(compiler, node->slot), cel_raw(0));
        return;
    }
    if (node->reference == REFERENCE_CONSTANT) {
        cel_emit(compiler, OP_MOVE, 0, dst, cel_constant(compiler, cel_bool(true)), cel_raw(0));
        return;
    }
    if (node->reference == REFERENCE_COLUMN) {
        compile_column(compiler, node, dst);
        return;
    }
    const uint32_t object = cel_compile_operand(compiler, node->first);
    compiler->offset = node->offset;
    compiler->reads_any =
        compiler->reads_any || cel_resolve(compiler->checker, node->first->type)->kind != CEL_TYPE_MAP;
    const CelOpcode opcode =
        test ? OP_HAS_FIELD : ((node->flags & NODE_OPTIONAL) != 0 ? OP_OPTIONAL_FIELD : OP_FIELD);
    cel_emit(compiler, opcode, 0, dst, object, cel_constant(compiler, cel_string(node->name)));
}

/* `a && b`: b is computed unless a decides; AND merges when a is unknown or an error. */
static void compile_logical(CelCompiler *compiler, const CelNode *node, uint32_t dst, CelOpcode merge)
{
    const uint32_t mark = compiler->top;
    cel_compile_to(compiler, node->first, dst);
    const uint32_t jump =
        cel_emit(compiler, merge == OP_AND ? OP_JUMP_FALSE : OP_JUMP_TRUE, 0, cel_raw(0), dst, cel_raw(0));
    const uint32_t right = cel_compile_operand(compiler, node->first->next);
    compiler->offset = node->offset;
    cel_emit(compiler, merge, 0, dst, dst, right);
    cel_patch(compiler, jump, cel_here(compiler));
    compiler->top = mark;
}

/* `?:`, all branches of a chain: they end at the same place, where its value is. */
static void compile_branch(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const CelNode *condition = node->first;
    uint32_t count = 0;
    uint32_t *ends = ARENA_ARRAY(compiler->context->arena, uint32_t, node->count);
    compiler->context->out_of_memory = compiler->context->out_of_memory || ends == NULL;
    for (; ends != NULL && condition->next != NULL; condition = condition->next->next) {
        const uint32_t mark = compiler->top;
        const uint32_t place = cel_compile_operand(compiler, condition);
        compiler->offset = condition == node->first ? node->offset : condition->offset;
        const uint32_t branch =
            cel_emit(compiler, OP_BRANCH, !cel_is_in_place(condition), dst, place, cel_raw(0));
        ends[count++] = cel_emit_end(compiler);
        compiler->top = mark;
        cel_compile_to(compiler, condition->next, dst);
        ends[count++] = cel_emit(compiler, OP_JUMP, 0, cel_raw(0), cel_raw(0), cel_raw(0));
        cel_patch(compiler, branch, cel_here(compiler));
    }
    cel_compile_to(compiler, condition, dst);
    while (count > 0) {
        cel_patch(compiler, ends[--count], cel_here(compiler));
    }
}

/* coalesce(a, b, c): the first that is known. */
static void compile_coalesce(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    uint32_t jumps[CALL_ARGUMENTS_MAX];
    uint32_t count = 0;
    for (const CelNode *child = node->first; child != NULL; child = child->next) {
        cel_compile_to(compiler, child, dst);
        if (child->next != NULL && count < CALL_ARGUMENTS_MAX) {
            jumps[count++] = cel_emit(compiler, OP_JUMP_KNOWN, 0, cel_raw(0), dst, cel_raw(0));
        }
    }
    while (count > 0) {
        cel_patch(compiler, jumps[--count], cel_here(compiler));
    }
}

/* The largest pattern, and all patterns of an expression together: four of the largest. */
enum { PATTERN_INSTRUCTIONS_MAX = 1 << 16, PATTERN_WORK_MAX = 4 * PATTERN_INSTRUCTIONS_MAX };

/* Instructions that the next pattern may have. 0 would mean the default. */
static uint32_t pattern_left(const CelCompiler *compiler)
{
    return compiler->pattern_work < PATTERN_WORK_MAX ? PATTERN_WORK_MAX - (uint32_t)compiler->pattern_work
                                                     : 1;
}

/* The same pattern of another program, if there is one and this expression may still have as much. */
static Regex *shared_pattern(CelCompiler *compiler, Slice text)
{
    const CelPatterns *patterns = compiler->checker->environment->patterns;
    const CelPattern *at = patterns == NULL ? NULL : patterns->first;
    while (at != NULL && !slice_equal(at->text, text)) {
        at = at->next;
    }
    if (at == NULL || at->work > pattern_left(compiler)) {
        return NULL;
    }
    compiler->pattern_work += at->work;
    return at->regex;
}

static Error compile_pattern(CelCompiler *compiler, Slice text, const RegexLimits *limits, Regex **regex)
{
    const CelEnvironment *environment = compiler->checker->environment;
    if (environment->patterns == NULL) {
        return regex_compile(compiler->context->arena, text, limits, regex);
    }
    *regex = shared_pattern(compiler, text);
    if (*regex != NULL) {
        return ERROR_NONE;
    }
    const uint64_t before = compiler->pattern_work;
    RETURN_IF_ERROR(regex_compile(environment->arena, text, limits, regex));
    CelPattern *added = ARENA_NEW(environment->arena, CelPattern);
    Slice copy = {NULL, 0};
    if (added == NULL || !arena_keep(environment->arena, text, &copy)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to share a pattern"));
    }
    *added = (CelPattern){environment->patterns->first, copy, *regex, compiler->pattern_work - before};
    environment->patterns->first = added;
    return ERROR_NONE;
}

/* A pattern that is a literal is compiled with the program; a bad one is a mistake of the expression. */
static bool compile_match(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const CelNode *pattern = cel_child(node, 1);
    Regex *regex = NULL;
    const RegexLimits limits = {.instructions = pattern_left(compiler), .work = &compiler->pattern_work};
    const bool short_of = limits.instructions < PATTERN_INSTRUCTIONS_MAX;
    if (pattern == NULL || !slice_equal(node->name, SLICE("matches")) || pattern->kind != NODE_LITERAL ||
        pattern->literal.kind != CEL_STRING) {
        return false;
    }
    const Error error = compile_pattern(compiler, cel_text(pattern->literal), &limits, &regex);
    if (error.code != ERROR_OK) {
        if (error.code == ERROR_OUT_OF_MEMORY) {
            compiler->context->out_of_memory = true;
        } else if (error.code == ERROR_LIMIT_EXCEEDED && short_of) {
            ISSUE(compiler->context, CEL_ERROR_LIMIT, pattern->offset,
                  SLICE("the patterns of the expression are too large"));
        } else if (compiler->checker->environment->checking != CEL_CHECK_NONE) {
            ISSUE(compiler->context, CEL_ERROR_ARGUMENT, pattern->offset, SLICE("the pattern is not valid: "),
                  error.message);
        }
        return false;
    }
    /* Before the pattern has its number: the operand may have patterns of its own. */
    const uint32_t text = cel_compile_operand(compiler, node->first);
    if (compiler->pattern_count == compiler->pattern_capacity) {
        void *patterns =
            cel_compiler_grow(compiler, compiler->patterns, &compiler->pattern_capacity, sizeof(Regex *));
        if (patterns == NULL) {
            return false;
        }
        compiler->patterns = patterns;
    }
    compiler->patterns[compiler->pattern_count] = regex;
    compiler->offset = node->offset;
    cel_emit(compiler, OP_MATCH, 0, dst, text, cel_raw(compiler->pattern_count++));
    return true;
}

/* The searches of text have an instruction, which takes its operands where they are. */
static bool compile_search(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    static CelFunction *const searches[] = {cel_fn_starts_with, cel_fn_ends_with, cel_fn_contains};
    for (unsigned i = 0; i < 3; i++) {
        if (node->reference == REFERENCE_OVERLOAD && cel_overloads[node->slot].run == searches[i]) {
            const uint32_t text = cel_compile_operand(compiler, node->first);
            const uint32_t wanted = cel_compile_operand(compiler, node->first->next);
            compiler->offset = node->offset;
            cel_emit(compiler, OP_SEARCH, (uint8_t)i, dst, text, wanted);
            return true;
        }
    }
    return false;
}

static void compile_function(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    if (node->reference == REFERENCE_UNDECLARED) {
        const uint32_t error =
            cel_error_constant(compiler, CEL_ERROR_UNDECLARED,
                               "unbound function: there is no function of this name", node->offset);
        cel_emit(compiler, OP_MOVE, 0, dst, error, cel_raw(0));
        return;
    }
    if (compile_search(compiler, node, dst) || compile_match(compiler, node, dst)) {
        return;
    }
    if (node->count > CALL_ARGUMENTS_MAX) {
        ISSUE(compiler->context, CEL_ERROR_LIMIT, node->offset, SLICE("a call has more than 127 arguments"));
        return;
    }
    const uint32_t first = cel_reserve(compiler, node->count == 0 ? 1 : node->count);
    uint32_t at = first;
    for (const CelNode *child = node->first; child != NULL; child = child->next) {
        cel_compile_to(compiler, child, at++);
    }
    compiler->offset = node->offset;
    if (node->reference == REFERENCE_OVERLOAD) {
        cel_emit(compiler, OP_CALL, (uint8_t)node->count, dst, cel_raw(node->slot), first);
    } else {
        const unsigned member = (node->flags & NODE_MEMBER) != 0 ? 128 : 0;
        cel_emit(compiler, OP_CALL_DYNAMIC, (uint8_t)(node->count | member), dst, cel_raw(node->slot), first);
    }
}

/* Operators in a chain: each link but the first takes what the one before left in `dst`. */
static void compile_chain(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    uint32_t count = 0;
    uint32_t left = dst;
    CelOpcode opcode = OP_END;
    uint8_t flag = 0;
    CelNode **chain =
        cel_node_chain(compiler->context->arena, (CelNode *)node, &count, &compiler->context->out_of_memory);
    if (chain != NULL && cel_is_in_place(chain[0])) {
        left = cel_compile_operand(compiler, chain[0]);
    } else if (chain != NULL) {
        cel_compile_to(compiler, chain[0], dst);
    }
    for (uint32_t i = 1; chain != NULL && i < count; i++) {
        const uint32_t mark = compiler->top;
        const uint32_t right = cel_compile_operand(compiler, chain[i]->first->next);
        (void)cel_operator_find(chain[i]->name, &opcode, &flag);
        compiler->offset = chain[i]->offset;
        cel_emit(compiler, opcode, flag, dst, left, right);
        compiler->top = mark;
        left = dst;
    }
}

static void compile_call(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const uint32_t mark = compiler->top;
    CelOpcode opcode = OP_END;
    uint8_t flag = 0;
    if ((node->flags & NODE_LINK) != 0) {
        compile_chain(compiler, node, dst);
    } else if (slice_equal(node->name, SLICE("_?_:_"))) {
        compile_branch(compiler, node, dst);
    } else if (slice_equal(node->name, SLICE("coalesce")) && node->reference != REFERENCE_UNDECLARED) {
        compile_coalesce(compiler, node, dst);
    } else if (!cel_operator_find(node->name, &opcode, &flag)) {
        compile_function(compiler, node, dst);
    } else if (opcode == OP_AND || opcode == OP_OR) {
        compile_logical(compiler, node, dst, opcode);
    } else {
        const uint32_t left = cel_compile_operand(compiler, node->first);
        const uint32_t right =
            node->first->next == NULL ? cel_raw(0) : cel_compile_operand(compiler, node->first->next);
        compiler->offset = node->offset;
        cel_emit(compiler, opcode, flag, dst, left, right);
    }
    compiler->top = mark;
}

static void compile_list(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const uint32_t mark = compiler->top;
    bool optional = false;
    uint32_t count = 0;
    for (const CelNode *child = node->first; child != NULL; child = child->next) {
        optional = optional || (child->flags & NODE_MAYBE) != 0;
        count++;
    }
    if (!optional) {
        const uint32_t first = cel_reserve(compiler, count == 0 ? 1 : count);
        uint32_t at = first;
        for (const CelNode *child = node->first; child != NULL; child = child->next) {
            cel_compile_to(compiler, child, at++);
        }
        cel_emit(compiler, OP_LIST, 0, dst, first, cel_raw(count));
        compiler->top = mark;
        return;
    }
    const uint32_t list = cel_reserve(compiler, 1);
    cel_emit(compiler, OP_LIST_NEW, 0, list, cel_raw(0), cel_raw(0));
    for (const CelNode *child = node->first; child != NULL; child = child->next) {
        const uint32_t inner = compiler->top;
        const uint32_t value = cel_compile_operand(compiler, child);
        compiler->offset = child->offset;
        const uint32_t append =
            cel_emit(compiler, (child->flags & NODE_MAYBE) != 0 ? OP_APPEND_OPTIONAL : OP_APPEND, 0, list,
                     value, cel_raw(0));
        /* An error becomes the list, and every later append leaves it: go on behind this one. */
        cel_patch(compiler, append, cel_here(compiler));
        compiler->top = inner;
    }
    cel_emit(compiler, OP_MOVE, 0, dst, list, cel_raw(0));
    compiler->top = mark;
}

static void compile_map(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const uint32_t mark = compiler->top;
    const uint32_t map = cel_reserve(compiler, 1);
    cel_emit(compiler, OP_MAP_NEW, 0, map, cel_raw(0), cel_raw(0));
    for (const CelNode *child = node->first; child != NULL && child->next != NULL;
         child = child->next->next) {
        const uint32_t inner = compiler->top;
        const uint32_t key = cel_compile_operand(compiler, child);
        const uint32_t value = cel_compile_operand(compiler, child->next);
        compiler->offset = child->offset;
        cel_emit(compiler, OP_MAP_PUT, (child->flags & NODE_MAYBE) != 0, map, key, value);
        compiler->top = inner;
    }
    cel_emit(compiler, OP_MOVE, 0, dst, map, cel_raw(0));
    compiler->top = mark;
}

static void compile_bind(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    const uint32_t mark = compiler->top;
    const uint32_t value = cel_compile_operand(compiler, node->first);
    if (node->local != NULL) {
        node->local->place = value;
    }
    cel_compile_to(compiler, node->first->next, dst);
    compiler->top = mark;
}

void cel_compile_to(CelCompiler *compiler, const CelNode *node, uint32_t dst)
{
    compiler->offset = node->offset;
    const uint32_t place = in_place(compiler, node);
    if (place != UINT32_MAX) {
        if (place != dst) {
            cel_emit(compiler, OP_MOVE, 0, dst, place, cel_raw(0));
        }
        return;
    }
    const uint32_t mark = compiler->top;
    switch ((CelNodeKind)node->kind) {
    case NODE_SELECT: compile_select(compiler, node, dst); break;
    case NODE_CALL: compile_call(compiler, node, dst); break;
    case NODE_LIST: compile_list(compiler, node, dst); break;
    case NODE_MAP: compile_map(compiler, node, dst); break;
    case NODE_LOOP: cel_compile_loop(compiler, node, dst); break;
    case NODE_BIND: compile_bind(compiler, node, dst); break;
    case NODE_ERROR:
    case NODE_LITERAL:
    case NODE_IDENT:
    case NODE_STRUCT:
        cel_emit(
            compiler, OP_MOVE, 0, dst,
            cel_error_constant(compiler, CEL_ERROR_UNDECLARED, "there are no message types", node->offset),
            cel_raw(0));
        break;
    }
    compiler->top = mark;
}

const CelProgram *cel_generate(CelChecker *checker, const CelNode *root)
{
    CelCompiler compiler = {.context = checker->context, .checker = checker, .offset = root->offset};
    const uint32_t result = cel_compile_operand(&compiler, root);
    cel_emit(&compiler, OP_RETURN, 0, cel_raw(0), result, cel_raw(0));
    if (checker->context->issues->count > 0) {
        return NULL;
    }
    CelProgram *program = cel_program_finish(&compiler, checker->context->arena);
    if (program != NULL) {
        program->type = cel_resolve_all(checker, root->type, 0);
    }
    return program;
}
