#include "score/rollup.h"

#define NO_NODE UINT32_MAX

typedef struct Sums {
    double weighted; /* raw score times worth */
    double plain;    /* raw scores */
    double worth;    /* of scored accounts */
    double at_risk;
} Sums;

typedef struct Rollup {
    RollupNode *nodes;
    uint32_t count;
    uint32_t *parents; /* NO_NODE: a top */
    uint32_t *depths;  /* below the top; NO_NODE: not known yet */
    uint32_t *order;   /* nodes by depth, then Id */
    Sums *sums;
} Rollup;

static uint32_t find(const Rollup *rollup, Slice id)
{
    uint32_t low = 0;
    uint32_t high = rollup->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = slice_compare(rollup->nodes[middle].id, id);
        if (order == 0) {
            return middle;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NO_NODE;
}

/* The smallest node of the cycle that `from` lies in. */
static uint32_t smallest_of_cycle(const Rollup *rollup, uint32_t from)
{
    uint32_t smallest = from;
    for (uint32_t at = rollup->parents[from]; at != from; at = rollup->parents[at]) {
        smallest = at < smallest ? at : smallest;
    }
    return smallest;
}

/*
 * Cuts each cycle once. `marks` tells by which walk a node was reached first: a walk that meets itself has
 * found a cycle, one that meets another has nothing new above it.
 */
static void cut_cycles(Rollup *rollup, uint32_t *marks)
{
    for (uint32_t i = 0; i < rollup->count; i++) {
        marks[i] = NO_NODE;
    }
    for (uint32_t i = 0; i < rollup->count; i++) {
        uint32_t at = i;
        while (at != NO_NODE && marks[at] == NO_NODE) {
            marks[at] = i;
            at = rollup->parents[at];
        }
        if (at != NO_NODE && marks[at] == i) {
            rollup->parents[smallest_of_cycle(rollup, at)] = NO_NODE;
        }
    }
}

/* Depths and tops, each node once: up to one whose depth is known, then back down by way of `path`. */
static void find_depths(Rollup *rollup, uint32_t *path)
{
    for (uint32_t i = 0; i < rollup->count; i++) {
        rollup->depths[i] = NO_NODE;
    }
    for (uint32_t i = 0; i < rollup->count; i++) {
        uint32_t length = 0;
        for (uint32_t at = i; at != NO_NODE && rollup->depths[at] == NO_NODE; at = rollup->parents[at]) {
            path[length++] = at;
        }
        while (length > 0) {
            const uint32_t at = path[--length];
            const uint32_t parent = rollup->parents[at];
            rollup->depths[at] = parent == NO_NODE ? 0 : rollup->depths[parent] + 1;
            rollup->nodes[at].root = parent == NO_NODE ? at : rollup->nodes[parent].root;
        }
    }
}

/* Counting sort: nodes of one depth stay in order of Id. `starts` has room for count + 1. */
static void order_by_depth(Rollup *rollup, uint32_t *starts)
{
    memset(starts, 0, ((size_t)rollup->count + 1) * sizeof *starts);
    for (uint32_t i = 0; i < rollup->count; i++) {
        starts[rollup->depths[i] + 1]++;
    }
    for (uint32_t depth = 0; depth < rollup->count; depth++) {
        starts[depth + 1] += starts[depth];
    }
    for (uint32_t i = 0; i < rollup->count; i++) {
        rollup->order[starts[rollup->depths[i]]++] = i;
    }
}

static bool is_worse(const RollupNode *nodes, uint32_t a, uint32_t b)
{
    if (nodes[a].level != nodes[b].level) {
        return nodes[a].level > nodes[b].level;
    }
    return nodes[a].raw != nodes[b].raw ? nodes[a].raw < nodes[b].raw : a < b;
}

static void begin_group(Rollup *rollup, uint32_t at)
{
    RollupNode *node = &rollup->nodes[at];
    Sums *sums = &rollup->sums[at];
    node->group = (RollupGroup){.accounts = 1};
    *sums = (Sums){0};
    if (!node->scored) {
        return;
    }
    node->group.scored = 1;
    node->group.worst = at;
    sums->plain = node->raw;
    if (node->worth > 0) {
        sums->worth = node->worth;
        sums->weighted = node->raw * node->worth;
        sums->at_risk = node->level >= RISK_HIGH ? node->worth : 0;
    }
}

static void add_group(Rollup *rollup, uint32_t child, uint32_t parent)
{
    const RollupGroup *from = &rollup->nodes[child].group;
    RollupGroup *into = &rollup->nodes[parent].group;
    if (from->scored != 0 && (into->scored == 0 || is_worse(rollup->nodes, from->worst, into->worst))) {
        into->worst = from->worst;
    }
    into->accounts += from->accounts;
    into->scored += from->scored;
    rollup->sums[parent].weighted += rollup->sums[child].weighted;
    rollup->sums[parent].plain += rollup->sums[child].plain;
    rollup->sums[parent].worth += rollup->sums[child].worth;
    rollup->sums[parent].at_risk += rollup->sums[child].at_risk;
}

static void end_group(Rollup *rollup, uint32_t at)
{
    RollupGroup *group = &rollup->nodes[at].group;
    const Sums *sums = &rollup->sums[at];
    group->has_worth = sums->worth > 0;
    if (group->has_worth) {
        group->score = sums->weighted / sums->worth;
        group->at_risk = sums->at_risk / sums->worth;
    } else if (group->scored != 0) {
        group->score = sums->plain / group->scored;
    }
}

Error rollup_compute(Arena *arena, RollupNode *nodes, uint32_t count)
{
    const ArenaMark mark = arena_mark(arena);
    Rollup rollup = {.nodes = nodes, .count = count};
    uint32_t *spare = ARENA_ARRAY(arena, uint32_t, (size_t)count + 1);
    rollup.parents = ARENA_ARRAY(arena, uint32_t, count);
    rollup.depths = ARENA_ARRAY(arena, uint32_t, count);
    rollup.order = ARENA_ARRAY(arena, uint32_t, count);
    rollup.sums = ARENA_ARRAY(arena, Sums, count);
    if (spare == NULL || rollup.parents == NULL || rollup.depths == NULL || rollup.order == NULL ||
        rollup.sums == NULL) {
        arena_rewind(arena, mark);
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to roll up scores"));
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t parent = nodes[i].parent_id.length == 0 ? NO_NODE : find(&rollup, nodes[i].parent_id);
        rollup.parents[i] = parent == i ? NO_NODE : parent;
        begin_group(&rollup, i);
    }
    cut_cycles(&rollup, spare);
    find_depths(&rollup, spare);
    order_by_depth(&rollup, spare);
    /* From the deepest on, so that a node is whole before it is added to its parent; within a depth in order
     * of Id, so that a parent's sums are made in that order. */
    for (uint32_t end = count; end > 0;) {
        uint32_t begin = end;
        while (begin > 0 && rollup.depths[rollup.order[begin - 1]] == rollup.depths[rollup.order[end - 1]]) {
            begin--;
        }
        for (uint32_t i = begin; i < end; i++) {
            const uint32_t at = rollup.order[i];
            end_group(&rollup, at);
            if (rollup.parents[at] != NO_NODE) {
                add_group(&rollup, at, rollup.parents[at]);
            }
        }
        end = begin;
    }
    arena_rewind(arena, mark);
    return ERROR_NONE;
}
