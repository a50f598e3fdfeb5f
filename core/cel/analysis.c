/*
 * Which fields an expression may read, from its tree alone: the mapping asks this before it knows the org's
 * fields, since the answer becomes the list of fields to fetch.
 */
#include "cel/cel.h"
#include "cel/parser.h"

enum { PATH_BYTES_MAX = 512 };

/* Names that hide the variable, or stand for it (or for an element of it). */
typedef struct Scope {
    Slice name;
    bool alias;
    const struct Scope *outer;
} Scope;

typedef struct Search {
    Arena *arena;
    Slice variable;
    Slice *paths;
    uint32_t count;
    uint32_t capacity;
    bool whole;
    bool out_of_memory;
} Search;

static bool is_alias(const Search *search, const Scope *scope, const CelNode *node)
{
    if (node->kind != NODE_IDENT) {
        return false;
    }
    for (; scope != NULL && (node->flags & NODE_ABSOLUTE) == 0; scope = scope->outer) {
        if (slice_equal(scope->name, node->name)) {
            return scope->alias;
        }
    }
    return slice_equal(node->name, search->variable);
}

static void add_path(Search *search, Slice path)
{
    for (uint32_t i = 0; i < search->count; i++) {
        if (slice_equal(search->paths[i], path)) {
            return;
        }
    }
    if (search->count == ROW_COLUMNS_MAX) {
        search->whole = true; /* no row has more columns */
        return;
    }
    if (search->count == search->capacity) {
        const size_t old = search->capacity * sizeof *search->paths;
        Slice *grown = arena_resize(search->arena, search->paths, old,
                                    old == 0 ? 16 * sizeof *search->paths : 2 * old, _Alignof(Slice));
        if (grown == NULL) {
            search->out_of_memory = true;
            return;
        }
        search->paths = grown;
        search->capacity = old == 0 ? 16 : 2 * search->capacity;
    }
    if (!arena_keep(search->arena, path, &search->paths[search->count])) {
        search->out_of_memory = true;
        return;
    }
    search->count++;
}

/* `x.f` and `x['f']`: the field, and the node it is taken from; NULL when the node is something else. */
static const CelNode *field_of(const CelNode *node, Slice *field)
{
    if (node->kind == NODE_SELECT) {
        *field = node->name;
        return node->first;
    }
    const CelNode *index = node->kind == NODE_CALL ? cel_child(node, 1) : NULL;
    if (index == NULL || (node->flags & NODE_MEMBER) != 0 || index->kind != NODE_LITERAL ||
        index->literal.kind != CEL_STRING ||
        (!slice_equal(node->name, SLICE("_[_]")) && !slice_equal(node->name, SLICE("_[?_]")))) {
        return NULL;
    }
    *field = cel_text(index->literal);
    return node->first;
}

/* Is the node a chain of fields from the variable? Then it is noted. */
static bool note_chain(Search *search, const Scope *scope, const CelNode *node)
{
    char path[PATH_BYTES_MAX];
    size_t start = sizeof path;
    Slice field = {0};
    const CelNode *inner = field_of(node, &field);
    while (inner != NULL) {
        if (field.length + 1 > start) {
            return false;
        }
        start -= field.length;
        memcpy(path + start, field.data, field.length);
        if (is_alias(search, scope, inner)) {
            add_path(search, (Slice){path + start, sizeof path - start});
            return true;
        }
        path[--start] = '.';
        inner = field_of(inner, &field);
    }
    return false;
}

static void search_node(Search *search, const Scope *scope, const CelNode *node);

/* A loop over the variable, or over what filter() and sortBy() leave of it, has its elements as variables. */
static bool ranges_over(const Search *search, const Scope *scope, const CelNode *range)
{
    while (range->kind == NODE_LOOP && (range->loop == LOOP_FILTER || range->loop == LOOP_SORT_BY)) {
        range = range->first;
    }
    return is_alias(search, scope, range);
}

/* `used_up`: the elements that are the loop's result go to another loop, or are only counted. */
static void search_loop(Search *search, const Scope *scope, const CelNode *node, bool used_up)
{
    const bool elements = ranges_over(search, scope, node->first);
    const bool two = node->name2.length > 0;
    const Scope first = {.name = node->name, .alias = elements && !two, .outer = scope};
    const Scope second = {.name = node->name2, .alias = elements, .outer = &first};
    if (node->first->kind == NODE_LOOP) {
        search_loop(search, scope, node->first, true);
    } else if (!is_alias(search, scope, node->first)) {
        search_node(search, scope, node->first);
    }
    if (elements && !used_up && (node->loop == LOOP_FILTER || node->loop == LOOP_SORT_BY)) {
        search->whole = true;
    }
    for (const CelNode *body = node->first->next; body != NULL; body = body->next) {
        search_node(search, two ? &second : &first, body);
    }
}

static void search_children(Search *search, const Scope *scope, const CelNode *node)
{
    uint32_t count = 0;
    CelNode **chain = cel_node_chain(search->arena, (CelNode *)node, &count, &search->out_of_memory);
    for (uint32_t i = 0; chain != NULL && i < count; i++) {
        for (const CelNode *child = cel_node_own(chain[i]); child != NULL; child = child->next) {
            search_node(search, scope, child);
        }
    }
}

static void search_node(Search *search, const Scope *scope, const CelNode *node)
{
    if (is_alias(search, scope, node)) {
        search->whole = true;
        return;
    }
    if (note_chain(search, scope, node)) {
        return;
    }
    if (node->kind == NODE_LOOP) {
        search_loop(search, scope, node, false);
        return;
    }
    if (node->kind == NODE_BIND) {
        const bool alias = is_alias(search, scope, node->first);
        const Scope inner = {.name = node->name, .alias = alias, .outer = scope};
        if (!alias) {
            search_node(search, scope, node->first);
        }
        search_node(search, &inner, node->first->next);
        return;
    }
    if (node->kind == NODE_CALL && slice_equal(node->name, SLICE("size")) && node->count == 1) {
        if (node->first->kind == NODE_LOOP) {
            search_loop(search, scope, node->first, true);
            return;
        }
        if (is_alias(search, scope, node->first)) {
            return;
        }
    }
    search_children(search, scope, node);
}

Error cel_find_fields(Arena *arena, Slice text, Slice variable, Slice **paths, uint32_t *count, bool *whole)
{
    CelIssues *issues = ARENA_NEW(arena, CelIssues);
    if (issues == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to analyse an expression"));
    }
    CelContext context = {.arena = arena, .source = text, .issues = issues};
    const CelNode *root = cel_parse(&context);
    Search search = {.arena = arena, .variable = variable};
    if (issues->count > 0) {
        Error error = error_make(ERROR_CEL_SYNTAX, cel_issue_text(arena, text, &issues->items[0]));
        error.place.line = issues->items[0].line;
        error.place.column = issues->items[0].column;
        return error;
    }
    search_node(&search, NULL, root);
    if (context.out_of_memory || search.out_of_memory) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to analyse an expression"));
    }
    *paths = search.paths;
    *count = search.count;
    *whole = search.whole;
    return ERROR_NONE;
}
