/* Tasks an owner and day, digests, and the guard over a whole run. */
#include "rules/fields.h"
#include "rules_world.h"

enum { HOUR = 3600 * 1000, ACCOUNTS_MAX = 1200 };

typedef struct Crowd {
    RulesAccount accounts[ACCOUNTS_MAX];
    char ids[ACCOUNTS_MAX][8];
    size_t count;
} Crowd;

/* `count` accounts more, of one owner, all alike but for their ids. */
static void crowd_add(Crowd *crowd, size_t count, const char *owner_id)
{
    for (size_t i = 0; i < count; i++) {
        char *id = crowd->ids[crowd->count];
        (void)snprintf(id, sizeof crowd->ids[0], "001%04u", (unsigned)crowd->count);
        crowd->accounts[crowd->count++] = world_account(id, owner_id);
    }
}

static uint32_t count_kind(const RulesOutcome *outcome, RulesKind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        count += outcome->actions[i].kind == kind;
    }
    return count;
}

static const RulesAction *find_kind(const RulesOutcome *outcome, RulesKind kind)
{
    static const RulesAction none;
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        if (outcome->actions[i].kind == kind) {
            return &outcome->actions[i];
        }
    }
    return &none;
}

static void limits_tasks_of_an_owner(void)
{
    static const struct {
        const char *name;
        size_t accounts;
        int64_t limit;
        uint32_t earlier; /* Tasks made today */
        uint32_t want_tasks;
        uint32_t want_items;
    } cases[] = {
        {"few", 3, 5, 0, 3, 0},
        {"as many as allowed", 5, 5, 0, 5, 0},
        {"one more", 6, 5, 0, 5, 1},
        {"many", 20, 5, 0, 5, 15},
        {"some made already", 5, 5, 3, 2, 3},
        {"all made already", 5, 5, 5, 0, 5},
        {"more than allowed made", 5, 5, 9, 0, 5},
        {"none allowed", 2, 0, 0, 0, 2},
        {"another limit", 8, 7, 0, 7, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World *world = world_create();
        static Crowd crowd;
        RulesEarlier earlier[16];
        crowd.count = 0;
        crowd_add(&crowd, cases[i].accounts, "005A");
        for (uint32_t j = 0; j < cases[i].earlier; j++) {
            earlier[j] = (RulesEarlier){.owner_id = SLICE("005A"), .at_ms = WORLD_NOW - HOUR};
        }
        world->input.earlier = earlier;
        world->input.earlier_count = cases[i].earlier;
        world->config.limits.tasks_per_owner_day = cases[i].limit;
        const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, 1000);
        const RulesAction *digest = find_kind(&outcome, RULES_DIGEST);
        CHECK_INT(count_kind(&outcome, RULES_TASK), cases[i].want_tasks, cases[i].name);
        CHECK_INT(count_kind(&outcome, RULES_DIGEST), cases[i].want_items > 0, cases[i].name);
        CHECK_INT(digest->items, cases[i].want_items, cases[i].name);
        CHECK_INT(outcome.note_counts[NOTE_LIMIT], cases[i].want_items, cases[i].name);
        CHECK_INT(outcome.sendable, outcome.action_count, "a digest counts as one");
        world_end(world);
    }
}

/* Which earlier Tasks count: the owner's own, of the owner's day, not held. */
static void counts_the_owners_day(void)
{
    static const struct {
        const char *name;
        const char *owner; /* of the accounts */
        const char *now;
        const char *earlier_owner;
        const char *earlier_at;
        bool held;
        bool counts;
    } cases[] = {
        {"this morning", "005A", "2026-11-23T12:00:00Z", "005A", "2026-11-23T00:00:00Z", false, true},
        {"yesterday", "005A", "2026-11-23T12:00:00Z", "005A", "2026-11-22T23:59:59Z", false, false},
        {"another owner's", "005A", "2026-11-23T12:00:00Z", "005B", "2026-11-23T08:00:00Z", false, false},
        {"held", "005A", "2026-11-23T12:00:00Z", "005A", "2026-11-23T08:00:00Z", true, false},
        {"today in Berlin, yesterday in UTC", "005B", "2026-11-24T08:00:00Z", "005B", "2026-11-23T23:00:00Z",
         false, true},
        {"yesterday in Berlin", "005B", "2026-11-24T08:00:00Z", "005B", "2026-11-23T22:59:59Z", false, false},
        {"yesterday in Los Angeles, today in UTC", "005E", "2026-11-24T12:00:00Z", "005E",
         "2026-11-24T07:59:59Z", false, false},
        {"today in Los Angeles, yesterday in UTC", "005E", "2026-11-24T04:00:00Z", "005E",
         "2026-11-23T09:00:00Z", false, true},
        {"the manager's, who stands in", "005C", "2026-11-23T12:00:00Z", "005M", "2026-11-23T08:00:00Z",
         false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World *world = world_create();
        static Crowd crowd;
        RulesEarlier earlier = {.owner_id = slice_from_text(cases[i].earlier_owner), .held = cases[i].held};
        crowd.count = 0;
        crowd_add(&crowd, 5, cases[i].owner);
        CHECK_ERROR(time_parse(slice_from_text(cases[i].now), &world->input.now_ms), ERROR_OK, cases[i].name);
        CHECK_ERROR(time_parse(slice_from_text(cases[i].earlier_at), &earlier.at_ms), ERROR_OK,
                    cases[i].name);
        world->input.earlier = &earlier;
        world->input.earlier_count = 1;
        const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, 1000);
        CHECK_INT(count_kind(&outcome, RULES_TASK), cases[i].counts ? 4 : 5, cases[i].name);
        world_end(world);
    }
}

static void the_worst_come_first(void)
{
    World *world = world_create();
    static Crowd crowd;
    crowd.count = 0;
    crowd_add(&crowd, 6, "005A");
    crowd.accounts[0].level = RISK_MEDIUM; /* mildest level */
    crowd.accounts[1].level = RISK_HIGH;
    crowd.accounts[1].worth = 9e6; /* level before worth */
    crowd.accounts[2].worth = 1000;
    crowd.accounts[3].worth = 2000;
    crowd.accounts[4].score = 3; /* no worth known: the lower score */
    crowd.accounts[5].score = 4;
    world->config.limits.tasks_per_owner_day = 2;
    const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, 1000);
    CHECK_INT(outcome.action_count, 3, "two and a digest");
    CHECK_TEXT(outcome.actions[0].account_id, SLICE("0010002"), "in order of accounts");
    CHECK_TEXT(outcome.actions[1].account_id, SLICE("0010003"), "the two of most worth");
    static const char *const order[] = {"0010004", "0010005", "0010001", "0010000"};
    size_t at = 0;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const size_t next = slice_find(outcome.actions[2].description, slice_from_text(order[i]), 0);
        CHECK_NAMED(next != SIZE_MAX && next > at, order[i]);
        at = next;
    }
    world_end(world);
}

static void writes_a_digest(void)
{
    World *world = world_create();
    static Crowd crowd;
    static const Slice reasons[] = {SLICE_INIT("no touch for 42 days")};
    static const int32_t points[] = {12000};
    crowd.count = 0;
    crowd_add(&crowd, 3, "005B");
    crowd.accounts[2].reasons = reasons;
    crowd.accounts[2].reason_points = points;
    crowd.accounts[2].reason_count = 1;
    world->config.limits.tasks_per_owner_day = 1;
    const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, 1000);
    const RulesAction *digest = find_kind(&outcome, RULES_DIGEST);
    CHECK_TEXT(digest->subject, SLICE("Perly: 2 more accounts need attention"), "subject");
    CHECK_TEXT(digest->description,
               SLICE("Beyond the day's limit of new Tasks, the worst first:\n"
                     "- Acme is at critical risk (due 2026-11-25, 0010001)\n"
                     "- Acme is at critical risk: no touch for 42 days (due 2026-11-25, 0010002)\n\n"
                     "[perly:471e3bb0ff2bee0a400818e9f4738f339927d7a8]"),
               "description");
    CHECK_TEXT(digest->owner_id, SLICE("005B"), "owner");
    CHECK_TEXT(digest->account_id, SLICE(""), "no account");
    CHECK_TEXT(digest->rule, SLICE(""), "no rule");
    CHECK_TEXT(digest->priority, SLICE("High"), "the highest priority");
    CHECK_INT(digest->due_day, WORLD_NOW / RULES_DAY_MS + 2, "the earliest due date");
    CHECK(!digest->amends);
    /* printf '00D000000000001AAA\ndigest\n\n005B\n2026-11-23\n' | sha256sum | cut -c -40 */
    CHECK_TEXT(slice_make(digest->key, RULES_KEY_BYTES), SLICE("471e3bb0ff2bee0a400818e9f4738f339927d7a8"),
               "key");
    CHECK_TEXT(outcome.notes[0].detail, SLICE("471e3bb0ff2bee0a400818e9f4738f339927d7a8"),
               "each line's note leads to it");
    world_end(world);
}

/* Priority and due date of a digest are the most urgent of its lines. */
static void a_digest_is_as_urgent_as_its_lines(void)
{
    World *world = world_create();
    const RulesAccount account = world_account("001A", "005A");
    world->config.rule_count = 3;
    world->config.limits.tasks_per_owner_day = 0;
    world->rules[0].task_priority = SLICE("Low");
    world->rules[1].task_priority = SLICE("Normal");
    world->rules[2].task_priority = SLICE("Low");
    world->due[0] = 3;
    world->due[2] = 1;
    const RulesOutcome outcome = world_run(world, &account, 1, 1000);
    CHECK_INT(outcome.action_count, 1, "one digest of three rules");
    CHECK_INT(outcome.actions[0].items, 3, "lines");
    CHECK_TEXT(outcome.actions[0].priority, SLICE("Normal"), "priority");
    CHECK_INT(outcome.actions[0].due_day, WORLD_NOW / RULES_DAY_MS + 1, "due");
    world_end(world);
}

/* The second run of a day adds to the day's digest: same key, same Task. */
static void adds_to_the_days_digest(void)
{
    World *world = world_create();
    static Crowd crowd;
    crowd.count = 0;
    crowd_add(&crowd, 2, "005A");
    world->config.limits.tasks_per_owner_day = 1;
    const RulesOutcome morning = world_run(world, crowd.accounts, crowd.count, 1000);
    const RulesAction *first = find_kind(&morning, RULES_DIGEST);
    RulesEarlier earlier[2];
    for (uint32_t i = 0; i < 2; i++) {
        const RulesAction *action = &morning.actions[i];
        Slice json = {NULL, 0};
        CHECK_ERROR(rules_fields_write(&world->arena, action, &json), ERROR_OK, "write");
        CHECK_ERROR(rules_earlier_read(&world->arena, action->kind, json, WORLD_NOW, false, &earlier[i]),
                    ERROR_OK, "read");
    }
    earlier[1].priority = SLICE("Low");
    world->input.earlier = earlier;
    world->input.earlier_count = 2;
    world->input.now_ms += INT64_C(4) * HOUR;
    const RulesOutcome later = world_run(world, crowd.accounts, 1, 1000);
    const RulesAction *second = find_kind(&later, RULES_DIGEST);
    CHECK(second->amends);
    CHECK_INT(second->fate, RULES_SEND, "sent");
    CHECK_TEXT(slice_make(second->key, RULES_KEY_BYTES), slice_make(first->key, RULES_KEY_BYTES), "one key");
    CHECK_INT(second->items, 2, "both lines");
    CHECK_TEXT(second->subject, SLICE("Perly: 2 more accounts need attention"), "subject");
    CHECK_TEXT(second->priority, SLICE("High"), "never less urgent");
    const Slice lines = SLICE("first:\n- Acme is at critical risk (due 2026-11-25, 0010001)\n"
                              "- Acme is at critical risk (due 2026-11-25, 0010000)\n\n[perly:");
    CHECK(slice_find(second->description, lines, 0) != SIZE_MAX);
    CHECK_INT(slice_find(second->description, SLICE("[perly:"),
                         slice_find(second->description, SLICE("[perly:"), 0) + 1) == SIZE_MAX,
              1, "one marker");

    earlier[1].held = true;
    world->states[0] = (RulesState){.seen = true};
    const RulesOutcome held = world_run(world, crowd.accounts, 1, 1000);
    CHECK_INT(find_kind(&held, RULES_DIGEST)->fate, RULES_HELD,
              "what is added to a held digest is held with it");
    CHECK(!held.held);

    world->input.now_ms += INT64_C(24) * HOUR;
    world->states[0] = (RulesState){.seen = true};
    const RulesOutcome next = world_run(world, crowd.accounts, 2, 1000);
    CHECK(!find_kind(&next, RULES_DIGEST)->amends);
    CHECK(memcmp(find_kind(&next, RULES_DIGEST)->key, first->key, RULES_KEY_BYTES) != 0);
    world_end(world);
}

/* A digest of very many lines names as many as fit, counts the rest, and goes on counting in the next run. */
static void counts_the_lines_that_do_not_fit(void)
{
    World *world = world_create();
    static Crowd crowd;
    crowd.count = 0;
    crowd_add(&crowd, 1000, "005A");
    world->config.limits.tasks_per_owner_day = 0;
    const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, 1000);
    const RulesAction *digest = find_kind(&outcome, RULES_DIGEST);
    uint32_t lines = 0;
    for (size_t i = 0; i + 3 < digest->description.length; i++) {
        lines += memcmp(digest->description.data + i, "\n- ", 3) == 0;
    }
    char rest[40];
    (void)snprintf(rest, sizeof rest, "\nand %u more\n\n[perly:", 1000U - lines);
    CHECK(lines > 500 && lines < 1000);
    CHECK(slice_find(digest->description, slice_from_text(rest), 0) != SIZE_MAX);
    CHECK(digest->description.length <= RULES_DESCRIPTION_UNITS_MAX);
    CHECK_INT(digest->items, 1000, "all are counted");
    CHECK_TEXT(digest->subject, SLICE("Perly: 1000 more accounts need attention"), "subject");

    const RulesEarlier earlier = {.owner_id = SLICE("005A"),
                                  .at_ms = WORLD_NOW,
                                  .digest = true,
                                  .description = digest->description,
                                  .priority = digest->priority,
                                  .due_day = digest->due_day,
                                  .items = digest->items};
    world->input.earlier = &earlier;
    world->input.earlier_count = 1;
    const RulesOutcome later = world_run(world, crowd.accounts, 2, 1000);
    digest = find_kind(&later, RULES_DIGEST);
    (void)snprintf(rest, sizeof rest, "\nand %u more\n\n[perly:", 1002U - lines);
    CHECK(slice_find(digest->description, slice_from_text(rest), 0) != SIZE_MAX);
    CHECK_INT(slice_find(digest->description, SLICE("\nand "), 0) + strlen(rest) - 9,
              slice_find(digest->description, SLICE("\n\n[perly:"), 0), "the rest is counted in one line");
    world_end(world);
}

static void keeps_owners_apart(void)
{
    World *world = world_create();
    static Crowd crowd;
    crowd.count = 0;
    crowd_add(&crowd, 7, "005A");
    crowd_add(&crowd, 6, "005B");
    crowd_add(&crowd, 2, "005E");
    crowd_add(&crowd, 3, "005D"); /* nobody */
    const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, 1000);
    CHECK_INT(count_kind(&outcome, RULES_TASK), 5 + 5 + 2 + 3, "Tasks");
    CHECK_INT(count_kind(&outcome, RULES_DIGEST), 2, "digests");
    CHECK_TEXT(outcome.actions[15].owner_id, SLICE("005A"), "digests come last, by owner");
    CHECK_TEXT(outcome.actions[16].owner_id, SLICE("005B"), "digests come last, by owner");
    CHECK_INT(outcome.actions[12].fate, RULES_PARKED, "parked Tasks are no owner's");
    CHECK_INT(outcome.sendable, 14, "and do not count");
    world_end(world);
}

static void guards_the_run(void)
{
    static const struct {
        const char *name;
        size_t accounts;
        const char *owner;
        bool posts;
        uint64_t scored;
        int64_t at_least;
        double percent;
        uint64_t want_allowed;
        uint64_t want_sendable;
        bool held;
    } cases[] = {
        {"25 of few accounts", 25, "", true, 100, 25, 2, 25, 25, false},
        {"26 of few accounts", 26, "", true, 100, 25, 2, 25, 26, true},
        {"2 % of many", 40, "", true, 2000, 25, 2, 40, 40, false},
        {"more than 2 % of many", 41, "", true, 2000, 25, 2, 40, 41, true},
        {"a share that is not whole", 26, "", true, 1299, 25, 2, 25, 26, true},
        {"a share that is", 26, "", true, 1300, 25, 2, 26, 26, false},
        {"Tasks and posts both count", 5, "005A", true, 100, 9, 2, 9, 10, true},
        {"a digest counts as one", 1000, "005A", false, 1000, 25, 2, 25, 6, false},
        {"parked Tasks do not count", 100, "", false, 100, 25, 2, 25, 0, false},
        {"nothing allowed", 1, "005A", false, 1, 0, 0, 0, 1, true},
        {"nothing to do", 0, "005A", false, 0, 0, 0, 0, 0, false},
        {"all allowed", 100, "", true, 100, 0, 100, 100, 100, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World *world = world_create();
        static Crowd crowd;
        crowd.count = 0;
        crowd_add(&crowd, cases[i].accounts, cases[i].owner);
        world->rules[0].has_chatter = cases[i].posts;
        world->config.limits.actions_at_least = cases[i].at_least;
        world->config.limits.actions_percent = cases[i].percent;
        const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, cases[i].scored);
        CHECK_INT(outcome.allowed, cases[i].want_allowed, cases[i].name);
        CHECK_INT(outcome.sendable, cases[i].want_sendable, cases[i].name);
        CHECK_INT(outcome.held, cases[i].held, cases[i].name);
        CHECK_INT(outcome.held_why.length != 0, cases[i].held, cases[i].name);
        for (uint32_t j = 0; j < outcome.action_count; j++) {
            const bool parked =
                outcome.actions[j].owner_id.length == 0 && outcome.actions[j].kind == RULES_TASK;
            CHECK_INT(outcome.actions[j].fate,
                      parked ? RULES_PARKED : (cases[i].held ? RULES_HELD : RULES_SEND), cases[i].name);
        }
        world_end(world);
    }
}

static void names_the_most_frequent_cause(void)
{
    World *world = world_create();
    static Crowd crowd;
    crowd.count = 0;
    crowd_add(&crowd, 30, "");
    world->rules[0].has_chatter = true;
    for (size_t i = 10; i < 30; i++) {
        crowd.accounts[i].change.parts[CAUSE_DATA] = -50000;
    }
    const RulesOutcome outcome = world_run(world, crowd.accounts, crowd.count, 1000);
    CHECK(outcome.held);
    CHECK_TEXT(rules_cause_name(outcome.mostly), SLICE("data"), "a feed that came late");
    world_end(world);
}

/* The order in which accounts come changes nothing but the order of actions. */
static void does_not_depend_on_order(void)
{
    enum { COUNT = 60 };
    char keys[2][COUNT][RULES_KEY_BYTES];
    uint32_t counts[2] = {0, 0};
    for (uint32_t turn = 0; turn < 2; turn++) {
        World *world = world_create();
        static Crowd crowd;
        crowd.count = 0;
        crowd_add(&crowd, COUNT, "005A");
        for (uint32_t i = 0; i < COUNT; i++) {
            crowd.accounts[i].owner_id = world->users[i % 3].id;
            crowd.accounts[i].worth = i % 7 * 1000.0;
        }
        for (uint32_t i = 0; turn == 1 && i < COUNT; i++) { /* 37 and 60 have no common factor */
            const RulesAccount swapped = crowd.accounts[i];
            crowd.accounts[i] = crowd.accounts[i * 37 % COUNT];
            crowd.accounts[i * 37 % COUNT] = swapped;
        }
        const RulesOutcome outcome = world_run(world, crowd.accounts, COUNT, 5000);
        for (uint32_t i = 0; i < outcome.action_count && i < COUNT; i++) {
            memcpy(keys[turn][counts[turn]++], outcome.actions[i].key, RULES_KEY_BYTES);
        }
        world_end(world);
    }
    CHECK_INT(counts[0], 18, "three owners, five Tasks and a digest each");
    CHECK_INT(counts[1], counts[0], "as many");
    for (uint32_t i = 0; i < counts[0]; i++) {
        bool found = false;
        for (uint32_t j = 0; j < counts[1]; j++) {
            found = found || memcmp(keys[0][i], keys[1][j], RULES_KEY_BYTES) == 0;
        }
        CHECK_NAMED(found, "the same keys");
    }
}

TEST_MAIN(limits_tasks_of_an_owner, counts_the_owners_day, the_worst_come_first, writes_a_digest,
          a_digest_is_as_urgent_as_its_lines, adds_to_the_days_digest, counts_the_lines_that_do_not_fit,
          keeps_owners_apart, guards_the_run, names_the_most_frequent_cause, does_not_depend_on_order)
