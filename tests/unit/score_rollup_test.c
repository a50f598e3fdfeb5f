/* Roll-ups over hierarchies: sums, worst, tops; cycles and gaps; random hierarchies of thousands. */
#include "score/rollup.h"
#include "test.h"

static RollupNode node(const char *id, const char *parent, double raw, double worth)
{
    static const ConfigRisk risk = {.edges = {75, 50, 25, 0}};
    RollupNode made = {.id = slice_from_text(id), .parent_id = slice_from_text(parent), .worth = worth};
    made.scored = raw >= 0;
    made.raw = raw;
    while (made.scored && raw < (double)risk.edges[made.level]) {
        made.level = (RiskLevel)(made.level + 1);
    }
    return made;
}

static void begin(TestAllocator *allocator, Arena *arena)
{
    test_allocator_init(allocator);
    arena_init(arena, &allocator->allocator, 0);
}

typedef struct Wanted {
    uint32_t root;
    uint32_t accounts;
    uint32_t scored;
    double score; /* -1: none */
    uint32_t worst;
    double at_risk; /* -1: no worth */
} Wanted;

typedef struct Case {
    const char *name;
    RollupNode nodes[6];
    Wanted wanted[6];
    uint32_t count;
} Case;

static void check_case(const Case *item)
{
    TestAllocator allocator;
    Arena arena;
    RollupNode nodes[6];
    begin(&allocator, &arena);
    memcpy(nodes, item->nodes, sizeof nodes);
    CHECK_ERROR(rollup_compute(&arena, nodes, item->count), ERROR_OK, item->name);
    for (uint32_t i = 0; i < item->count; i++) {
        const RollupGroup *group = &nodes[i].group;
        const Wanted *wanted = &item->wanted[i];
        CHECK_INT(nodes[i].root, wanted->root, item->name);
        CHECK_INT(group->accounts, wanted->accounts, item->name);
        CHECK_INT(group->scored, wanted->scored, item->name);
        if (group->scored != 0) {
            CHECK_NAMED(group->score == wanted->score, item->name);
            CHECK_INT(group->worst, wanted->worst, item->name);
        }
        CHECK_INT(group->has_worth, wanted->at_risk >= 0, item->name);
        CHECK_NAMED(!group->has_worth || group->at_risk == wanted->at_risk, item->name);
    }
    arena_free(&arena);
    CHECK_INT(allocator.bytes, 0, item->name);
}

static void rolls_up(void)
{
    const Case cases[] = {
        {"weighted by worth, the parent's own included",
         {node("a", "", 80, 100), node("b", "a", 40, 300)},
         {{0, 2, 2, 50, 1, 0.75}, {0, 1, 1, 40, 1, 1}},
         2},
        {"a parent without worth counts through its children",
         {node("a", "", 100, 0), node("b", "a", 60, 100), node("c", "a", 20, 300)},
         {{0, 3, 3, 30, 2, 0.75}, {0, 1, 1, 60, 1, 0}, {0, 1, 1, 20, 2, 1}},
         3},
        {"where no worth is known each counts once",
         {node("a", "", 90, 0), node("b", "a", 30, -1)},
         {{0, 2, 2, 60, 1, -1}, {0, 1, 1, 30, 1, -1}},
         2},
        {"an account that has no score is counted and nothing else",
         {node("a", "", -1, 500), node("b", "a", 55, 10)},
         {{0, 2, 1, 55, 1, 0}, {0, 1, 1, 55, 1, 0}},
         2},
        {"nobody has a score",
         {node("a", "", -1, 1), node("b", "a", -1, 1)},
         {{0, 2, 0, -1, 0, -1}, {0, 1, 0, -1, 0, -1}},
         2},
        {"three levels; the top may have a later Id",
         {node("a", "b", 10, 0), node("b", "c", 20, 0), node("c", "", 30, 0)},
         {{2, 1, 1, 10, 0, -1}, {2, 2, 2, 15, 0, -1}, {2, 3, 3, 20, 0, -1}},
         3},
        {"equally bad: the smaller Id",
         {node("a", "c", 10, 0), node("b", "c", 10, 0), node("c", "", 90, 0)},
         {{2, 1, 1, 10, 0, -1}, {2, 1, 1, 10, 1, -1}, {2, 3, 3, 110.0 / 3, 0, -1}},
         3},
        {"its own parent", {node("a", "a", 70, 1)}, {{0, 1, 1, 70, 0, 0}}, 1},
        {"a parent that was not pulled", {node("b", "a", 70, 1)}, {{0, 1, 1, 70, 0, 0}}, 1},
        {"a cycle is cut above its smallest Id, and what hangs on it stays",
         {node("a", "c", 10, 0), node("b", "a", 20, 0), node("c", "b", 30, 0), node("d", "c", 40, 0)},
         {{0, 4, 4, 25, 0, -1}, {0, 3, 3, 30, 1, -1}, {0, 2, 2, 35, 2, -1}, {0, 1, 1, 40, 3, -1}},
         4},
        {"two cycles",
         {node("a", "b", 10, 0), node("b", "a", 20, 0), node("c", "d", 30, 0), node("d", "c", 40, 0)},
         {{0, 2, 2, 15, 0, -1}, {0, 1, 1, 20, 1, -1}, {2, 2, 2, 35, 2, -1}, {2, 1, 1, 40, 3, -1}},
         4},
        {"none", {{.id = {NULL, 0}}}, {{0, 0, 0, 0, 0, 0}}, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_case(&cases[i]);
    }
}

enum { MANY = 20000, ID_BYTES = 8 };

static uint32_t draw(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)(*seed >> 33);
}

/* Long chains, bushes, cycles: every account is in one hierarchy, and a top counts all of its own. */
static void counts_each_account_once(void)
{
    TestAllocator allocator;
    Arena arena;
    uint64_t seed = 7;
    begin(&allocator, &arena);
    RollupNode *nodes = ARENA_ARRAY(&arena, RollupNode, MANY);
    char *ids = arena_alloc(&arena, (size_t)MANY * ID_BYTES, 1);
    uint32_t *accounts = ARENA_ARRAY(&arena, uint32_t, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        const int written = snprintf(ids + (size_t)i * ID_BYTES, ID_BYTES, "%07u", i);
        CHECK_INT(written, ID_BYTES - 1, "id");
    }
    for (uint32_t i = 0; i < MANY; i++) {
        const bool chain = i < MANY / 2; /* the second half: anywhere, so cycles too */
        const uint32_t parent = chain ? i + 1 : MANY / 2 + draw(&seed) % (MANY / 2);
        nodes[i] = (RollupNode){.id = slice_make(ids + (size_t)i * ID_BYTES, ID_BYTES - 1),
                                .scored = draw(&seed) % 4 != 0,
                                .raw = draw(&seed) % 101};
        if (parent < MANY && draw(&seed) % 3 != 0) {
            nodes[i].parent_id = slice_make(ids + (size_t)parent * ID_BYTES, ID_BYTES - 1);
        }
    }
    CHECK_ERROR(rollup_compute(&arena, nodes, MANY), ERROR_OK, "many");
    uint32_t tops = 0;
    uint32_t scored = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        accounts[nodes[i].root]++;
        scored += nodes[i].scored ? 1 : 0;
        CHECK(nodes[nodes[i].root].root == nodes[i].root);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        if (nodes[i].root == i) {
            tops++;
            scored -= nodes[i].group.scored;
            CHECK_INT(nodes[i].group.accounts, accounts[i], "of a top: all that have it");
        }
    }
    CHECK_INT(scored, 0, "each scored account is in one hierarchy");
    CHECK(tops > MANY / 10 && tops < MANY);
    arena_free(&arena);
}

static void survives_failing_memory(void)
{
    long fails = 0;
    for (long fail_at = 1;; fail_at++) {
        TestAllocator allocator;
        Arena arena;
        begin(&allocator, &arena);
        allocator.fail_at = fail_at;
        RollupNode nodes[] = {node("a", "", 80, 100), node("b", "a", 40, 300)};
        const Error error = rollup_compute(&arena, nodes, 2);
        arena_free(&arena);
        if (error.code == ERROR_OK) {
            break;
        }
        CHECK_ERROR(error, ERROR_OUT_OF_MEMORY, "no memory");
        fails++;
    }
    CHECK(fails > 0);
}

TEST_MAIN(rolls_up, counts_each_account_once, survives_failing_memory)
