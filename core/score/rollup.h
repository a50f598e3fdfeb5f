/*
 * Roll-ups: what the scores of an account and of all below it in the hierarchy (ParentId) say together. A
 * second pass over scores that are already made; it changes none of them.
 *
 *     RollupNode *nodes = ...;                 (in order of Id)
 *     RETURN_IF_ERROR(rollup_compute(arena, nodes, count));
 *     if (nodes[i].group.accounts > 1) { ... } (what is below it) and nodes[nodes[i].root].id (the top)
 *
 * Salesforce allows no cycle, but a pull is not one snapshot, so rows may show one for a while: its link up
 * from the smallest Id is not followed. Nor is a link to an account that is not among the nodes, or to
 * itself.
 */
#ifndef PERLY_SCORE_ROLLUP_H
#define PERLY_SCORE_ROLLUP_H

#include "base/arena.h"
#include "base/error.h"
#include "config/document.h"

/* Of an account and all below it. */
typedef struct RollupGroup {
    uint32_t accounts; /* 1: it stands alone, or at the bottom */
    uint32_t scored;   /* of them; 0: there is no score, no worst and no share */
    /*
     * Mean of the raw scores, weighted by worth: an account without one counts through its children alone.
     * Where none of the scored has any, each counts once. 0..100.
     */
    double score;
    uint32_t worst; /* the node of the worst level; of these the lowest score, then the smallest Id */
    bool has_worth;
    double at_risk; /* part of the scored accounts' worth that is at High or Critical, 0..1 */
} RollupGroup;

typedef struct RollupNode {
    Slice id;
    Slice parent_id; /* empty: none */
    bool scored;
    double raw; /* 0..100, while scored, as level */
    RiskLevel level;
    double worth;      /* in one currency; 0 or less: not known */
    uint32_t root;     /* out: the top of its hierarchy, itself when it has no parent */
    RollupGroup group; /* out */
} RollupNode;

/*
 * Fills in `root` and `group` of `nodes`, which are in ascending order of Id, each once. Sums are made in
 * order of Id, so they are the same on every host. `arena` is used inside the call. ERROR_OUT_OF_MEMORY.
 */
Error rollup_compute(Arena *arena, RollupNode *nodes, uint32_t count);

#endif
