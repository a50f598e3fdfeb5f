/*
 * A small org for the tests of rules: a configuration, users, and conditions that answer what a test says.
 * The includer's tests use rules_world_run or drive the run themselves.
 */
#ifndef PERLY_TESTS_UNIT_RULES_WORLD_H
#define PERLY_TESTS_UNIT_RULES_WORLD_H

#include "base/time.h"
#include "rules/local_day.h"
#include "rules/rules.h"
#include "test.h"

enum { WORLD_RULES = 3, WORLD_USERS = 6 };

/* Monday, 2026-11-23T12:00:00Z */
#define WORLD_NOW INT64_C(1795435200000)

typedef struct World {
    TestAllocator memory;
    Arena arena;
    Config config;
    ConfigRule rules[WORLD_RULES];
    RulesAnswer answers[WORLD_RULES];
    bool reads_change[WORLD_RULES];
    int64_t due[WORLD_RULES];
    ErrorCode text_fails;
    ErrorCode due_fails;
    Slice subject;
    Slice description;
    Slice post;
    RulesUser users[WORLD_USERS];
    RulesInput input;
    RulesState states[WORLD_RULES];
    char zones_bytes[ZONES_BYTES_MAX];
    Zones zones;
} World;

static RulesAnswer world_condition(void *context, uint32_t rule)
{
    return ((World *)context)->answers[rule];
}

static bool world_reads_change(void *context, uint32_t rule)
{
    return ((World *)context)->reads_change[rule];
}

static Error world_text(void *context, Arena *arena, uint32_t rule, RulesText which, Slice *text)
{
    const World *world = context;
    (void)rule;
    if (world->text_fails != ERROR_OK) {
        return error_make(world->text_fails, SLICE("division by zero"));
    }
    const Slice made = which == RULES_SUBJECT       ? world->subject
                       : which == RULES_DESCRIPTION ? world->description
                                                    : world->post;
    return arena_keep(arena, made, text) ? ERROR_NONE : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory"));
}

static Error world_due(void *context, Arena *arena, uint32_t rule, int64_t *business_days)
{
    const World *world = context;
    (void)arena;
    if (world->due_fails != ERROR_OK) {
        return error_make(world->due_fails, SLICE("no such key"));
    }
    *business_days = world->due[rule];
    return ERROR_NONE;
}

static void world_read_zones(World *world)
{
    FILE *file = fopen(PERLY_ROOT "/toolchain/perly_zones.bin", "rb");
    CHECK(file != NULL);
    if (file != NULL) {
        const size_t length = fread(world->zones_bytes, 1, sizeof world->zones_bytes, file);
        (void)fclose(file);
        CHECK_ERROR(zones_open(&world->zones, slice_make(world->zones_bytes, length)), ERROR_OK, "zones");
    }
}

/* One rule, "critical", that makes a Task due in 2 business days; limits as shipped. */
static World *world_create(void)
{
    static World world;
    world = (World){.subject = SLICE("Acme is at critical risk"),
                    .description = SLICE("Health fell."),
                    .post = SLICE("Health fell from 60 to 20")};
    test_allocator_init(&world.memory);
    arena_init(&world.arena, &world.memory.allocator, 0);
    for (uint32_t i = 0; i < WORLD_RULES; i++) {
        static const Slice names[WORLD_RULES] = {SLICE_INIT("critical"), SLICE_INIT("second"),
                                                 SLICE_INIT("third")};
        world.rules[i] = (ConfigRule){.name = names[i],
                                      .has_task = true,
                                      .task_priority = SLICE("High"),
                                      .due_business_days = 2,
                                      .mode = RULE_ON};
        world.answers[i] = RULES_TRUE;
        world.due[i] = 2;
        world.states[i].seen = true;
    }
    const RulesUser users[WORLD_USERS] = {
        {SLICE("005M"), true, SLICE(""), SLICE("UTC")},
        {SLICE("005A"), true, SLICE("005M"), SLICE("UTC")},
        {SLICE("005B"), true, SLICE("005M"), SLICE("Europe/Berlin")},
        {SLICE("005C"), false, SLICE("005M"), SLICE("UTC")},
        {SLICE("005D"), false, SLICE("005C"), SLICE("UTC")},
        {SLICE("005E"), true, SLICE(""), SLICE("America/Los_Angeles")},
    };
    memcpy(world.users, users, sizeof users);
    world_read_zones(&world);
    world.config.rules = world.rules;
    world.config.rule_count = 1;
    world.config.limits =
        (ConfigLimits){.actions_at_least = 25, .actions_percent = 2, .tasks_per_owner_day = 5};
    world.input =
        (RulesInput){.config = &world.config,
                     .evaluator = {&world, world_condition, world_reads_change, world_text, world_due},
                     .org_id = SLICE("00D000000000001AAA"),
                     .now_ms = WORLD_NOW,
                     .zones = &world.zones,
                     .users = world.users,
                     .user_count = WORLD_USERS};
    return &world;
}

/* Fell from Medium to Critical, as the customer changed. */
static RulesAccount world_account(const char *id, const char *owner_id)
{
    return (RulesAccount){
        .id = slice_from_text(id),
        .name = SLICE("Acme"),
        .owner_id = slice_from_text(owner_id),
        .scored = true,
        .changed = true,
        .score = 20,
        .level = RISK_CRITICAL,
        .previous_level = RISK_MEDIUM,
        .change = {.parts = {[CAUSE_CUSTOMER] = -40000}, .touched = true, .level_without = RISK_CRITICAL}};
}

/* One run over `count` accounts, each with the states of `world`. */
static RulesOutcome world_run(World *world, const RulesAccount *accounts, size_t count, uint64_t scored)
{
    RulesRun *run = NULL;
    RulesOutcome outcome = {0};
    CHECK_ERROR(rules_begin(&world->arena, &world->input, &run), ERROR_OK, "begin");
    for (size_t i = 0; i < count; i++) {
        RulesState after[WORLD_RULES];
        CHECK_ERROR(rules_account(run, &accounts[i], world->states, after), ERROR_OK, "account");
        if (count == 1) {
            memcpy(world->states, after, sizeof after);
        }
    }
    CHECK_ERROR(rules_finish(run, scored, &outcome), ERROR_OK, "finish");
    return outcome;
}

static void world_end(World *world)
{
    arena_free(&world->arena);
    CHECK_INT(world->memory.bytes, 0, "all memory came back");
}

#endif
