/*
 * What an expression may cost at most, told before it runs: a walk through the checked and folded tree. Lists
 * have the length that the text tells, or LIST_FACTOR elements; a loop costs its body for each of them.
 */
#include "base/number.h"
#include "cel/checker.h"
#include "cel/library.h"
#include "cel/program.h"

/* Beyond SATURATED only the order of magnitude is kept, so that nothing overflows. SORT: of n elements, each.
 */
enum { LIST_FACTOR = 100, SHORT_LIST_FACTOR = 10, FEW_LISTS = 10, SORT_FACTOR = 8, TURN_COST = 2 };

#define SATURATED UINT64_C(1000000000000)

typedef struct Estimate {
    uint64_t cost;
    uint64_t size; /* elements, when it is a list or a map */
} Estimate;

static uint64_t limited(uint64_t number)
{
    return number < SATURATED ? number : SATURATED;
}

static uint64_t product(uint64_t a, uint64_t b)
{
    return b != 0 && a > SATURATED / b ? SATURATED : a * b;
}

static Estimate estimate(const CelChecker *checker, CelNode *node);

static bool is_list(const CelChecker *checker, const CelNode *node)
{
    const CelType *type = node->type == NULL ? NULL : cel_resolve(checker, node->type);
    return type != NULL && (type->kind == CEL_TYPE_LIST || type->kind == CEL_TYPE_MAP);
}

/* Of a node of which only the type is known; what may be a list is one where it is looped over. */
static uint64_t size_of_type(const CelChecker *checker, const CelNode *node)
{
    return is_list(checker, node) || (node->type != NULL && cel_has_dyn(checker, node->type)) ? LIST_FACTOR
                                                                                              : 1;
}

static uint64_t size_of_literal(CelValue literal)
{
    return literal.kind == CEL_LIST ? literal.length : (literal.kind == CEL_MAP ? literal.as.map->count : 1);
}

/* A call that is resolved when it runs has the first row of its function; those that matter here have one. */
static const CelOverload *overload_of(const CelNode *node)
{
    const bool known = node->reference == REFERENCE_OVERLOAD || node->reference == REFERENCE_FUNCTION;
    return known ? &cel_overloads[node->slot] : NULL;
}

/* What a function does with the elements of its arguments, besides looking at each once. */
static uint64_t function_cost(CelFunction *run, uint64_t first, uint64_t second)
{
    if (run == cel_fn_distinct) {
        return product(first, first);
    }
    if (run == cel_fn_sets_contains || run == cel_fn_sets_equivalent || run == cel_fn_sets_intersects) {
        return product(first, second);
    }
    return run == cel_fn_sort ? product(first, SORT_FACTOR) : 0;
}

/* Is the result one of the things that an argument holds, or may hold? */
static bool gives_element(const CelNode *node)
{
    static const Slice names[] = {SLICE_INIT("_[_]"), SLICE_INIT("_[?_]"), SLICE_INIT("first"),
                                  SLICE_INIT("last"), SLICE_INIT("or"),    SLICE_INIT("orValue"),
                                  SLICE_INIT("value")};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(node->name, names[i])) {
            return true;
        }
    }
    return false;
}

/* A few lists count as lists do elsewhere; of many, each is a short one (the roles of all contacts). */
static uint64_t size_of_flat(uint64_t lists)
{
    const uint64_t few = product(lists < FEW_LISTS ? lists : FEW_LISTS, LIST_FACTOR);
    const uint64_t many = product(lists, SHORT_LIST_FACTOR);
    return few > many ? few : many;
}

/*
 * What a function makes of lists is as long as they are together. Not so an element, which has a length of
 * its own, and what flatten makes: each element may be a list. A list made of none has LIST_FACTOR elements.
 */
static uint64_t size_of_result(const CelChecker *checker, const CelNode *node, CelFunction *run,
                               uint64_t lists)
{
    const uint64_t least = size_of_type(checker, node);
    if (run == cel_fn_flatten) {
        return size_of_flat(lists);
    }
    return lists == 0 || (gives_element(node) && lists < least) ? least : lists;
}

static Estimate estimate_call(const CelChecker *checker, CelNode *node)
{
    const CelOverload *overload = overload_of(node);
    CelFunction *const run = overload == NULL ? NULL : overload->run;
    Estimate all = {.cost = overload == NULL ? 1U : 1U + overload->cost};
    uint64_t sizes[2] = {0, 0};
    uint64_t lists = 0;
    for (CelNode *child = cel_node_own(node); child != NULL; child = child->next) {
        const Estimate part = estimate(checker, child);
        const bool list = size_of_type(checker, child) > 1;
        all.cost = limited(all.cost + part.cost + (list ? part.size : 0));
        lists = limited(lists + (list ? part.size : 0));
        sizes[child != node->first] = part.size;
    }
    all.cost = limited(all.cost + function_cost(run, sizes[0], sizes[1]));
    all.size = size_of_result(checker, node, run, lists);
    return all;
}

static Estimate estimate_loop(const CelChecker *checker, CelNode *node)
{
    const Estimate range = estimate(checker, node->first);
    const bool once = node->loop == LOOP_OPT_MAP || node->loop == LOOP_OPT_FLAT_MAP;
    const uint64_t turns = once ? 1 : range.size;
    uint64_t turn = TURN_COST + (node->loop == LOOP_SORT_BY ? SORT_FACTOR : 0);
    for (CelNode *part = node->first->next; part != NULL; part = part->next) {
        turn = limited(turn + estimate(checker, part).cost);
    }
    return (Estimate){limited(range.cost + product(turns, turn)), turns};
}

static Estimate estimate_bind(const CelChecker *checker, CelNode *node)
{
    const Estimate value = estimate(checker, node->first);
    if (node->local != NULL) {
        node->local->size = value.size;
    }
    const Estimate body = estimate(checker, node->first->next);
    return (Estimate){limited(value.cost + body.cost), body.size};
}

static Estimate estimate_parts(const CelChecker *checker, CelNode *node)
{
    Estimate all = {.cost = 1};
    for (CelNode *child = node->first; child != NULL; child = child->next) {
        all.cost = limited(all.cost + estimate(checker, child).cost);
        all.size++;
    }
    return all;
}

static Estimate estimate_one(const CelChecker *checker, CelNode *node)
{
    switch ((CelNodeKind)node->kind) {
    case NODE_LITERAL: return (Estimate){1, size_of_literal(node->literal)};
    case NODE_IDENT:
        if (node->reference == REFERENCE_LOCAL && node->local->size > 0) {
            return (Estimate){1, node->local->size};
        }
        break;
    case NODE_CALL: return estimate_call(checker, node);
    case NODE_LOOP: return estimate_loop(checker, node);
    case NODE_BIND: return estimate_bind(checker, node);
    case NODE_LIST:
    case NODE_MAP: return estimate_parts(checker, node);
    case NODE_SELECT:
        return (Estimate){1 + (node->first == NULL ? 0 : estimate(checker, node->first).cost),
                          size_of_type(checker, node)};
    case NODE_ERROR:
    case NODE_STRUCT: break;
    }
    return (Estimate){1, size_of_type(checker, node)};
}

/* A chain by a loop: its links are as many as the text has. */
static Estimate estimate(const CelChecker *checker, CelNode *node)
{
    Estimate all = {0, 0};
    for (; (node->flags & NODE_LINK) != 0; node = node->first) {
        const Estimate part = estimate_call(checker, node);
        all.cost = limited(all.cost + part.cost);
        all.size = limited(all.size + part.size);
    }
    const Estimate first = estimate_one(checker, node);
    return (Estimate){limited(all.cost + first.cost), limited(all.size + first.size)};
}

void cel_check_budget(const CelChecker *checker, CelNode *root)
{
    CelContext *context = checker->context;
    char may[NUMBER_TEXT_BYTES];
    char allowed[NUMBER_TEXT_BYTES];
    const uint64_t budget = context->environment->budget;
    const uint64_t cost = estimate(checker, root).cost;
    if (cost <= budget) {
        return;
    }
    const Slice most = {allowed, number_print_uint64(budget, allowed)};
    ISSUE(context, CEL_ERROR_LIMIT, root->offset, SLICE("the expression may cost "),
          (Slice){may, number_print_uint64(cost, may)}, SLICE(" steps, "), most, SLICE(" are allowed"));
    cel_issue_suggest(context,
                      SLICE("loops in loops cost most: a list counts as 100 elements, unless its length "
                            "is written"));
}
