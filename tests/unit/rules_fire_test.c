/* What an action says, who gets it and when it is due. */
#include "rules/fields.h"
#include "rules_world.h"

static RulesOutcome fire(World *world, const RulesAccount *account)
{
    return world_run(world, account, 1, 1000);
}

static void assigns_to_somebody_active(void)
{
    static const struct {
        const char *name;
        const char *owner;
        const char *fallback;
        const char *want; /* empty: parked */
        const char *why;
    } cases[] = {
        {"the owner", "005A", "005E", "005A", ""},
        {"an inactive owner's manager", "005C", "005E", "005M", ""},
        {"manager inactive too: the fallback", "005D", "005E", "005E", ""},
        {"no owner: the fallback", "", "005E", "005E", ""},
        {"an owner we do not know: the fallback", "005X", "005E", "005E", ""},
        {"no fallback", "005D", "", "",
         "neither the account's owner nor the owner's manager is active, and salesforce.fallback_owner is "
         "not set"},
        {"an inactive fallback", "005D", "005C", "",
         "neither the account's owner nor the owner's manager is active, and salesforce.fallback_owner is no "
         "active "
         "user"},
        {"no owner, no fallback", "", "", "",
         "the account has no owner, and salesforce.fallback_owner is not set"},
        {"an unknown owner, an unknown fallback", "005X", "005Y", "",
         "the account's owner is not among the users, and salesforce.fallback_owner is no active user"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World *world = world_create();
        const RulesAccount account = world_account("001A", cases[i].owner);
        world->config.salesforce.fallback_owner = slice_from_text(cases[i].fallback);
        const RulesOutcome outcome = fire(world, &account);
        CHECK_INT(outcome.action_count, 1, cases[i].name);
        CHECK_TEXT(outcome.actions[0].owner_id, slice_from_text(cases[i].want), cases[i].name);
        CHECK_TEXT(outcome.actions[0].why, slice_from_text(cases[i].why), cases[i].name);
        CHECK_INT(outcome.actions[0].fate, cases[i].want[0] == '\0' ? RULES_PARKED : RULES_SEND,
                  cases[i].name);
        CHECK_INT(outcome.sendable, cases[i].want[0] != '\0', cases[i].name);
        CHECK_INT(world->states[0].fired, 1, "a parked Task has been fired for");
        world_end(world);
    }
}

static void is_due_in_business_days(void)
{
    static const struct {
        const char *name;
        const char *owner;
        const char *now;
        int64_t days;
        const char *want;
    } cases[] = {
        {"two days from Monday", "005A", "2026-11-23T12:00:00Z", 2, "2026-11-25"},
        {"one day from Friday", "005A", "2026-11-27T12:00:00Z", 1, "2026-11-30"},
        {"today", "005A", "2026-11-23T12:00:00Z", 0, "2026-11-23"},
        {"today is a Sunday: Monday", "005A", "2026-11-29T12:00:00Z", 0, "2026-11-30"},
        {"Tuesday already in Berlin", "005B", "2026-11-23T23:30:00Z", 0, "2026-11-24"},
        {"still Monday in Los Angeles", "005E", "2026-11-24T05:00:00Z", 0, "2026-11-23"},
        {"Friday night in Los Angeles", "005E", "2026-11-28T05:00:00Z", 1, "2026-11-30"},
        {"Saturday in Berlin", "005B", "2026-11-27T23:30:00Z", 0, "2026-11-30"},
        {"the manager's zone when the manager gets it", "005C", "2026-11-23T23:30:00Z", 0, "2026-11-23"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World *world = world_create();
        const RulesAccount account = world_account("001A", cases[i].owner);
        char date[RULES_DATE_BYTES];
        world->due[0] = cases[i].days;
        CHECK_ERROR(time_parse(slice_from_text(cases[i].now), &world->input.now_ms), ERROR_OK, cases[i].name);
        rules_date_print(fire(world, &account).actions[0].due_day, date);
        CHECK_TEXT(slice_make(date, sizeof date), slice_from_text(cases[i].want), cases[i].name);
        world_end(world);
    }
}

static void is_not_due_on_holidays(void)
{
    World *world = world_create();
    const RulesAccount account = world_account("001A", "005A");
    const int64_t holidays[] = {WORLD_NOW / RULES_DAY_MS + 1, WORLD_NOW / RULES_DAY_MS + 2};
    world->input.holidays = holidays;
    world->input.holiday_count = 2;
    CHECK_INT(fire(world, &account).actions[0].due_day, WORLD_NOW / RULES_DAY_MS + 4,
              "Friday in place of Wednesday");
    world_end(world);
}

static const Slice reason_texts[] = {SLICE_INIT("no touch for 42 days"), SLICE_INIT("2 people\nmet"),
                                     SLICE_INIT("renewal pushed"), SLICE_INIT("fourth")};
static const int32_t reason_points[] = {12345, 1000, 40, 30};

static void writes_a_task(void)
{
    World *world = world_create();
    RulesAccount account = world_account("001A", "005A");
    account.reasons = reason_texts;
    account.reason_points = reason_points;
    account.reason_count = 4;
    const RulesOutcome outcome = fire(world, &account);
    const RulesAction *task = &outcome.actions[0];
    CHECK_INT(outcome.action_count, 1, "one action");
    CHECK_TEXT(rules_kind_name(task->kind), SLICE("task"), "kind");
    CHECK_TEXT(task->subject, SLICE("Perly: Acme is at critical risk"), "subject");
    CHECK_TEXT(task->priority, SLICE("High"), "priority");
    CHECK_TEXT(task->rule, SLICE("critical"), "rule");
    CHECK_TEXT(task->account_id, SLICE("001A"), "account");
    /* printf '00D000000000001AAA\ntask\ncritical\n001A\n1\n' | sha256sum | cut -c -40 */
    CHECK_TEXT(slice_make(task->key, RULES_KEY_BYTES), SLICE("b6268bad34bc07a780dd9fa8501461542f64c6c1"),
               "key");
    CHECK_TEXT(task->description,
               SLICE("Health fell.\n\nWhy:\n- no touch for 42 days (12.3 points)\n- 2 people met (1 point)\n"
                     "- renewal pushed (0 points)\n\n[perly:b6268bad34bc07a780dd9fa8501461542f64c6c1]"),
               "description");
    world_end(world);
}

static void writes_what_there_is(void)
{
    World *world = world_create();
    RulesAccount account = world_account("001A", "005A");
    world->description = SLICE("");
    world->subject = SLICE("Perly: two\nlines\t");
    const RulesOutcome bare = fire(world, &account);
    CHECK_TEXT(bare.actions[0].subject, SLICE("Perly: two lines"), "the prefix stands once, on one line");
    CHECK_TEXT(bare.actions[0].description, SLICE("[perly:b6268bad34bc07a780dd9fa8501461542f64c6c1]"),
               "the marker alone");
    account.reasons = reason_texts;
    account.reason_points = reason_points;
    account.reason_count = 1;
    world->states[0] = (RulesState){.seen = true, .fired = 1};
    CHECK_TEXT(
        fire(world, &account).actions[0].description,
        SLICE(
            "Why:\n- no touch for 42 days (12.3 points)\n\n[perly:4ae5dc93d33ff418e9d98c727bc6ba8b07cd6377]"),
        "reasons alone");
    world_end(world);
}

static void writes_a_post(void)
{
    World *world = world_create();
    const RulesAccount account = world_account("001A", "");
    world->rules[0].has_chatter = true;
    const RulesOutcome outcome = fire(world, &account);
    CHECK_INT(outcome.action_count, 2, "a Task and a post");
    CHECK_INT(world->states[0].fired, 1, "one firing");
    CHECK_INT(outcome.actions[0].fate, RULES_PARKED, "nobody for the Task");
    const RulesAction *post = &outcome.actions[1];
    CHECK_TEXT(rules_kind_name(post->kind), SLICE("chatter"), "kind");
    CHECK_INT(post->fate, RULES_SEND, "a post needs no owner");
    CHECK_TEXT(slice_make(post->key, RULES_KEY_BYTES), SLICE("7d0ebf757ca0919920e9441bd2db34783a70722d"),
               "another key than the Task's");
    CHECK_TEXT(post->text,
               SLICE("Health fell from 60 to 20\n\n[perly:7d0ebf757ca0919920e9441bd2db34783a70722d]"),
               "text");
    world_end(world);
}

/* UTF-16 code units, as Salesforce counts. */
static size_t units(Slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        count += (byte & 0xC0) == 0x80 ? 0 : (byte >= 0xF0 ? 2 : 1);
    }
    return count;
}

static Slice repeat(Arena *arena, Slice unit, size_t count)
{
    char *text = arena_alloc(arena, unit.length * count, 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * unit.length, unit.data, unit.length);
    }
    return slice_make(text, unit.length * count);
}

static bool ends_with(Slice text, Slice end)
{
    return text.length >= end.length &&
           slice_equal(slice_part(text, text.length - end.length, text.length), end);
}

typedef struct CutCase {
    const char *name;
    const char *unit;
    size_t count;
    size_t subject_units;
    size_t post_units;
    bool cut;
} CutCase;

static void cuts_at_the_limits(void)
{
    enum { PREFIX = 7, MARKER = 50, SUBJECT = RULES_SUBJECT_UNITS_MAX, POST = RULES_POST_UNITS_MAX };
    static const CutCase cases[] = {
        {"short", "x", 10, PREFIX + 10, MARKER + 10, false},
        {"long", "x", 20000, SUBJECT, POST, true},
        {"two bytes", "\xc3\xa9", 20000, SUBJECT, POST, true},
        {"three bytes", "\xe2\x82\xac", 20000, SUBJECT, POST, true},
        /* Two units each: where one would stand on the limit, it is left out whole. */
        {"four bytes", "\xf0\x9f\x98\x80", 20000, PREFIX + 2 * 123 + 1, POST - 1, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World *world = world_create();
        const RulesAccount account = world_account("001A", "005A");
        const Slice unit = slice_from_text(cases[i].unit);
        const Slice text = repeat(&world->arena, unit, cases[i].count);
        world->rules[0].has_chatter = true;
        world->subject = text;
        world->post = text;
        world->description = repeat(&world->arena, text, 3);
        const RulesOutcome outcome = fire(world, &account);
        const RulesAction *task = &outcome.actions[0];
        const RulesAction *post = &outcome.actions[1];
        CHECK_INT(units(task->subject), cases[i].subject_units, cases[i].name);
        CHECK_INT(units(post->text), cases[i].post_units, cases[i].name);
        CHECK_NAMED(units(task->description) <= RULES_DESCRIPTION_UNITS_MAX, cases[i].name);
        CHECK_INT(ends_with(task->subject, SLICE("\xe2\x80\xa6")), cases[i].cut, cases[i].name);
        CHECK_INT(slice_find(post->text, SLICE("\xe2\x80\xa6\n\n[perly:"), 0) != SIZE_MAX, cases[i].cut,
                  cases[i].name);
        CHECK_NAMED(ends_with(post->text, SLICE("7d0ebf757ca0919920e9441bd2db34783a70722d]")), cases[i].name);
        CHECK_NAMED(ends_with(task->description, SLICE("b6268bad34bc07a780dd9fa8501461542f64c6c1]")),
                    cases[i].name);
        world_end(world);
    }
}

static void keeps_exactly_what_fits(void)
{
    World *world = world_create();
    const RulesAccount account = world_account("001A", "005A");
    world->subject = repeat(&world->arena, SLICE("x"), RULES_SUBJECT_UNITS_MAX - 7);
    CHECK_INT(fire(world, &account).actions[0].subject.data[RULES_SUBJECT_UNITS_MAX - 1], 'x',
              "the last fits");
    world_end(world);
}

/* Reasons stay, however long the description is. */
static void reasons_survive_a_long_description(void)
{
    World *world = world_create();
    RulesAccount account = world_account("001A", "005A");
    world->description = repeat(&world->arena, SLICE("x"), 40000);
    account.reasons = reason_texts;
    account.reason_points = reason_points;
    account.reason_count = 3;
    const RulesOutcome outcome = fire(world, &account);
    CHECK(slice_find(outcome.actions[0].description, SLICE("- renewal pushed (0 points)\n\n[perly:"), 0) !=
          SIZE_MAX);
    CHECK(units(outcome.actions[0].description) <= RULES_DESCRIPTION_UNITS_MAX);
    world_end(world);
}

static void a_failed_text_does_not_lose_the_alarm(void)
{
    World *world = world_create();
    const RulesAccount account = world_account("001A", "005A");
    world->rules[0].has_chatter = true;
    world->text_fails = ERROR_CEL_EVALUATION;
    world->due_fails = ERROR_CEL_EVALUATION;
    const RulesOutcome outcome = fire(world, &account);
    CHECK_INT(outcome.action_count, 2, "both are made");
    CHECK_TEXT(outcome.actions[0].subject, SLICE("Perly: Acme: rule critical"), "a plain subject");
    CHECK_TEXT(outcome.actions[0].description, SLICE("[perly:b6268bad34bc07a780dd9fa8501461542f64c6c1]"),
               "no description");
    CHECK_INT(outcome.actions[0].due_day, WORLD_NOW / RULES_DAY_MS + 2, "due as the configuration says");
    CHECK_TEXT(outcome.actions[1].text,
               SLICE("Acme: rule critical\n\n[perly:7d0ebf757ca0919920e9441bd2db34783a70722d]"),
               "a plain post");
    CHECK_INT(outcome.note_counts[NOTE_TEXT], 4, "subject, description, due date and post are told");
    CHECK_TEXT(outcome.notes[0].detail, SLICE("no such key"), "with the message");
    CHECK_TEXT(outcome.notes[1].detail, SLICE("division by zero"), "of each");
    world_end(world);
}

/* The run keeps nothing of the account: blocks are given back while it goes on. */
static void copies_what_it_keeps(void)
{
    World *world = world_create();
    RulesRun *run = NULL;
    RulesOutcome outcome = {0};
    char id[] = "001A";
    char reason[] = "no touch";
    RulesState after[WORLD_RULES];
    const Slice reasons[] = {slice_make(reason, sizeof reason - 1)};
    RulesAccount account = world_account(id, "005A");
    account.reasons = reasons;
    account.reason_points = reason_points;
    account.reason_count = 1;
    world->config.limits.tasks_per_owner_day = 0;
    CHECK_ERROR(rules_begin(&world->arena, &world->input, &run), ERROR_OK, "begin");
    CHECK_ERROR(rules_account(run, &account, world->states, after), ERROR_OK, "account");
    memset(id, '#', sizeof id - 1);
    memset(reason, '#', sizeof reason - 1);
    CHECK_ERROR(rules_finish(run, 1000, &outcome), ERROR_OK, "finish");
    CHECK_TEXT(outcome.notes[0].account_id, SLICE("001A"), "id");
    CHECK(slice_find(outcome.actions[0].description, SLICE("risk: no touch (due 2026-11-25, 001A)"), 0) !=
          SIZE_MAX);
    world_end(world);
}

static void keys_depend_on_every_part(void)
{
    static const struct {
        const char *org;
        RulesKind kind;
        const char *rule;
        const char *subject;
        const char *number;
    } cases[] = {
        {"00D1", RULES_TASK, "a", "001A", "1"},    {"00D2", RULES_TASK, "a", "001A", "1"},
        {"00D1", RULES_CHATTER, "a", "001A", "1"}, {"00D1", RULES_TASK, "b", "001A", "1"},
        {"00D1", RULES_TASK, "a", "001B", "1"},    {"00D1", RULES_TASK, "a", "001A", "2"},
        {"00D1", RULES_TASK, "a", "001A1", ""},    {"00D1", RULES_TASK, "", "a001A", "1"},
    };
    enum { COUNT = sizeof cases / sizeof cases[0] };
    char keys[COUNT][RULES_KEY_BYTES];
    for (size_t i = 0; i < COUNT; i++) {
        rules_key(slice_from_text(cases[i].org), cases[i].kind, slice_from_text(cases[i].rule),
                  slice_from_text(cases[i].subject), slice_from_text(cases[i].number), keys[i]);
        for (size_t j = 0; j < i; j++) {
            CHECK(memcmp(keys[i], keys[j], RULES_KEY_BYTES) != 0);
        }
    }
}

static void fields_come_back(void)
{
    World *world = world_create();
    RulesAccount account = world_account("001A", "005A");
    world->rules[0].has_chatter = true;
    world->description = SLICE("\"quoted\" \xe2\x82\xac\nsecond line");
    const RulesOutcome outcome = fire(world, &account);
    for (uint32_t i = 0; i < outcome.action_count; i++) {
        const RulesAction *action = &outcome.actions[i];
        Slice json = {NULL, 0};
        RulesAction read = {0};
        CHECK_ERROR(rules_fields_write(&world->arena, action, &json), ERROR_OK, "write");
        CHECK_ERROR(rules_fields_read(&world->arena, action->kind, json, &read), ERROR_OK, "read");
        CHECK_TEXT(read.owner_id, action->owner_id, "owner");
        CHECK_TEXT(read.subject, action->subject, "subject");
        CHECK_TEXT(read.priority, action->priority, "priority");
        CHECK_TEXT(read.description, action->description, "description");
        CHECK_TEXT(read.text, action->text, "text");
        CHECK_INT(read.due_day, action->due_day, "due");
    }
    static const struct {
        const char *json;
        ErrorCode want;
    } bad[] = {
        {"", ERROR_JSON_SYNTAX},
        {"[]", ERROR_JSON_TYPE},
        {"{}", ERROR_JSON_TYPE},
        {"{\"owner_id\":\"\",\"subject\":\"\",\"priority\":\"\",\"description\":\"\",\"due\":\"tomorrow\"}",
         ERROR_TIME_SYNTAX},
        {"{\"owner_id\":\"\",\"subject\":\"\",\"priority\":\"\",\"description\":\"\",\"due\":\"2026-11-23\","
         "\"items\":-1}",
         ERROR_JSON_TYPE},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        RulesAction read = {.items = 77};
        CHECK_ERROR(rules_fields_read(&world->arena, RULES_DIGEST, slice_from_text(bad[i].json), &read),
                    bad[i].want, bad[i].json);
        CHECK_INT(read.items, 77, "untouched");
    }
    world_end(world);
}

static Error play_without_memory(World *world)
{
    const RulesAccount account = world_account("001A", "005A");
    RulesRun *run = NULL;
    RulesOutcome outcome = {0};
    RulesState after[WORLD_RULES];
    Slice json = {NULL, 0};
    RETURN_IF_ERROR(rules_begin(&world->arena, &world->input, &run));
    for (int i = 0; i < 40; i++) {
        RETURN_IF_ERROR(rules_account(run, &account, world->states, after));
    }
    RETURN_IF_ERROR(rules_finish(run, 1000, &outcome));
    return rules_fields_write(&world->arena, &outcome.actions[outcome.action_count - 1], &json);
}

static void survives_want_of_memory(void)
{
    long failures = 0;
    for (long fail_at = 1; fail_at < 1000; fail_at++) {
        World *world = world_create();
        world->rules[0].has_chatter = true;
        world->memory.fail_at = fail_at;
        const Error error = play_without_memory(world);
        const bool failed = error.code != ERROR_OK;
        CHECK(!failed || error.code == ERROR_OUT_OF_MEMORY);
        failures += failed;
        world_end(world);
        if (!failed) {
            break;
        }
    }
    CHECK(failures > 0 && failures < 999);
}

TEST_MAIN(assigns_to_somebody_active, is_due_in_business_days, is_not_due_on_holidays, writes_a_task,
          writes_what_there_is, writes_a_post, cuts_at_the_limits, keeps_exactly_what_fits,
          reasons_survive_a_long_description, a_failed_text_does_not_lose_the_alarm, copies_what_it_keeps,
          keys_depend_on_every_part, fields_come_back, survives_want_of_memory)
