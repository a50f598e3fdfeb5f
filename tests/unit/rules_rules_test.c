/* When a rule fires, and why not; limits, texts and assignees are in rules_limits_test.c and
 * rules_fire_test.c. */
#include "base/buffer.h"
#include "rules_world.h"

enum { HOUR = 3600 * 1000, STEPS_MAX = 8 };

/*
 * A letter a scoring: f, t, u, e the condition's answer (false, true, unknown, error). T and F: the same, and
 * the level changes. The first scoring is the baseline when `from_start`. `fires`: * for each that fires.
 */
typedef struct FireCase {
    const char *name;
    const char *scorings;
    const char *fires;
    bool from_start;
    bool reads_change;
    bool on_first;
    int64_t cooldown_hours; /* scorings are two hours apart */
    RuleMode mode;
} FireCase;

static const FireCase fire_cases[] = {
    {"turns true", "ft", " *", false, false, false, 0, RULE_ON},
    {"stays true", "fttt", " *  ", false, false, false, 0, RULE_ON},
    {"turns true again", "ftft", " * *", false, false, false, 0, RULE_ON},
    {"never true", "fff", "   ", false, false, false, 0, RULE_ON},
    {"a change of level is nothing to a rule that does not read it", "fTTT", " *  ", false, false, false, 0,
     RULE_ON},
    {"each change fires a rule that reads it", "TTT", "***", false, true, false, 0, RULE_ON},
    {"true without a change stays as it is", "TttT", "*  *", false, true, false, 0, RULE_ON},
    {"a rule that reads changes may turn true without one", "ft", " *", false, true, false, 0, RULE_ON},
    {"the first score is a baseline", "tt", "  ", true, false, false, 0, RULE_ON},
    {"after the baseline it may turn", "tft", "  *", true, false, false, 0, RULE_ON},
    {"a baseline that is false", "ft", " *", true, false, false, 0, RULE_ON},
    {"a baseline is silent to changes too", "TT", " *", true, true, false, 0, RULE_ON},
    {"on_first fires on the baseline", "tt", "* ", true, false, true, 0, RULE_ON},
    {"unknown never fires", "uuu", "   ", false, false, false, 0, RULE_ON},
    {"from unknown to true", "ut", " *", false, false, false, 0, RULE_ON},
    {"from unknown at the baseline to true", "ut", " *", true, false, false, 0, RULE_ON},
    {"a gap in the data does not fire again", "ftut", " *  ", false, false, false, 0, RULE_ON},
    {"a gap after false", "fut", "  *", false, false, false, 0, RULE_ON},
    {"what is frozen is not looked at", "fzt", "  *", false, false, false, 0, RULE_ON},
    {"a first look is one at what was pulled", "zzttft", "     *", true, false, false, 0, RULE_ON},
    {"an error is no answer either", "fetet", "  *  ", false, false, false, 0, RULE_ON},
    {"cooldown", "ftftft", " * * *", false, false, false, 4, RULE_ON},
    {"cooldown silences", "ftftft", " *   *", false, false, false, 5, RULE_ON},
    {"cooldown of changes", "TTTTTT", "*  *  ", false, true, false, 6, RULE_ON},
    {"what cooldown silenced is not caught up with", "ftftttt", " *     ", false, false, false, 6, RULE_ON},
    {"off is not looked at", "ftft", "    ", false, false, false, 0, RULE_OFF},
    {"shadow counts", "ftft", " * *", false, false, false, 0, RULE_SHADOW},
    {"shadow cools down", "ftftft", " *   *", false, false, false, 5, RULE_SHADOW},
};

static void play(const FireCase *row)
{
    World *world = world_create();
    const size_t count = strlen(row->scorings);
    world->rules[0].cooldown_ms = row->cooldown_hours * HOUR;
    world->rules[0].on_first = row->on_first;
    world->rules[0].mode = row->mode;
    world->reads_change[0] = row->reads_change;
    world->states[0] = (RulesState){.seen = !row->from_start};
    int64_t fired = 0;
    for (size_t i = 0; i < count; i++, world->input.now_ms += INT64_C(2) * HOUR) {
        const char step = row->scorings[i];
        RulesAccount account = world_account("001A", "005A");
        account.changed = step == 'T' || step == 'F';
        account.baseline = i == 0 && row->from_start;
        world->answers[0] = step == 't' || step == 'T'   ? RULES_TRUE
                            : step == 'f' || step == 'F' ? RULES_FALSE
                            : step == 'u'                ? RULES_UNKNOWN
                            : step == 'z'                ? RULES_FROZEN
                                                         : RULES_ERROR;
        const RulesOutcome outcome = world_run(world, &account, 1, 1000);
        const bool want = row->fires[i] == '*';
        fired += want;
        CHECK_INT(outcome.fired[0], want, row->name);
        CHECK_INT(outcome.action_count, want && row->mode == RULE_ON, row->name);
        CHECK_INT(world->states[0].fired, fired, row->name);
        CHECK_INT(outcome.note_counts[NOTE_SHADOW], want && row->mode == RULE_SHADOW, row->name);
        CHECK_INT(outcome.note_counts[NOTE_UNKNOWN], step == 'u' || step == 'z', row->name);
        CHECK_INT(outcome.note_counts[NOTE_ERROR], step == 'e', row->name);
    }
    world_end(world);
}

static void fires_when_it_turns_true(void)
{
    for (size_t i = 0; i < sizeof fire_cases / sizeof fire_cases[0]; i++) {
        CHECK_INT(strlen(fire_cases[i].fires), strlen(fire_cases[i].scorings), fire_cases[i].name);
        play(&fire_cases[i]);
    }
}

/* A rule that is new in the configuration, on accounts that have long had scores. */
static void looks_first(void)
{
    static const struct {
        const char *name;
        bool reads_change;
        bool changed;
        bool on_first;
        bool want;
    } cases[] = {
        {"a new rule is silent at its first look", false, false, false, false},
        {"also when the level happens to change", false, true, false, false},
        {"but a change that it reads is new", true, true, false, true},
        {"no change, nothing new", true, false, false, false},
        {"on_first speaks at once", false, false, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        World *world = world_create();
        RulesAccount account = world_account("001A", "005A");
        account.changed = cases[i].changed;
        world->reads_change[0] = cases[i].reads_change;
        world->rules[0].on_first = cases[i].on_first;
        world->states[0] = (RulesState){0};
        const RulesOutcome outcome = world_run(world, &account, 1, 1000);
        CHECK_INT(outcome.action_count, cases[i].want, cases[i].name);
        CHECK_INT(outcome.note_counts[NOTE_FIRST_LOOK], !cases[i].want, cases[i].name);
        CHECK(world->states[0].seen && world->states[0].was_true);
        world_end(world);
    }
}

/*
 * What a rule says for the first time with another condition, or after it was off, is no turn: it may have
 * been so for long. A letter a scoring as above; `e` edits the condition before it, `o` and `n` turn the rule
 * off and on.
 */
static void looks_first_when_it_is_another(void)
{
    static const struct {
        const char *name;
        const char *steps;
        const char *fires;
        bool on_first;
    } cases[] = {
        {"edited, and true at once", "fetft", "    *", false},
        {"edited while it is true", "fteft", " *  *", false},
        {"edited, and not known at first", "feutft", "     *", false},
        {"on_first is for accounts that are new", "fetft", "    *", true},
        {"off while it turns true", "fontft", "     *", false},
        {"off and on", "fonft", "    *", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const Slice texts[] = {SLICE_INIT("score < 30"), SLICE_INIT("score < 60")};
        World *world = world_create();
        unsigned text = 0;
        Buffer fired;
        buffer_init(&fired, &world->arena, 0);
        world->rules[0].on_first = cases[i].on_first;
        world->states[0] = (RulesState){.seen = true};
        for (const char *step = cases[i].steps; *step != '\0'; step++) {
            const RulesAccount account = world_account("001A", "005A");
            text += *step == 'e' ? 1 : 0;
            world->rules[0].when.text = texts[text];
            world->rules[0].mode = *step == 'o' ? RULE_OFF : *step == 'n' ? RULE_ON : world->rules[0].mode;
            world->answers[0] = *step == 't' ? RULES_TRUE : *step == 'u' ? RULES_UNKNOWN : RULES_FALSE;
            if (*step == 'e' || *step == 'n') {
                buffer_append_byte(&fired, ' ');
                continue;
            }
            const RulesOutcome outcome = world_run(world, &account, 1, 1000);
            buffer_append_byte(&fired, outcome.fired[0] > 0 ? '*' : ' ');
        }
        CHECK_TEXT(buffer_slice(&fired), slice_from_text(cases[i].fires), cases[i].name);
        world_end(world);
    }
}

typedef struct CauseCase {
    const char *name;
    RulesChange change;
    bool reads_change;
    bool fires;
    RulesCause cause;   /* when it fires */
    RulesNoteKind note; /* when not */
} CauseCase;

/* Parts in the order customer, time, data, model. From Medium to Critical. */
static const CauseCase cause_cases[] = {
    {"the customer",
     {.parts = {-40000, -100, 0, 0}, .level_without = RISK_CRITICAL},
     true,
     true,
     CAUSE_CUSTOMER,
     0},
    {"time", {.parts = {-100, -40000, 0, 0}, .level_without = RISK_CRITICAL}, true, true, CAUSE_TIME, 0},
    {"late data", {.parts = {0, -10, -900, 0}, .level_without = RISK_CRITICAL}, true, true, CAUSE_DATA, 0},
    {"the part in the direction of the change counts",
     {.parts = {5000, -9000, 0, 0}, .level_without = RISK_CRITICAL},
     true,
     true,
     CAUSE_TIME,
     0},
    {"without parts, touched",
     {.touched = true, .level_without = RISK_CRITICAL},
     true,
     true,
     CAUSE_CUSTOMER,
     0},
    {"without parts, not touched: time passed", {.level_without = RISK_CRITICAL}, true, true, CAUSE_TIME, 0},
    {"the model alone",
     {.parts = {0, 0, 0, -40000}, .model_changed = true, .level_without = RISK_MEDIUM},
     true,
     false,
     0,
     NOTE_MODEL},
    {"the model, and time a little",
     {.parts = {0, -80, 0, -40000}, .model_changed = true, .level_without = RISK_MEDIUM},
     true,
     false,
     0,
     NOTE_MODEL},
    {"the model, but the level would have changed without it",
     {.parts = {-30000, 0, 0, -40000}, .model_changed = true, .level_without = RISK_HIGH},
     true,
     true,
     CAUSE_MODEL,
     0},
    {"another model that moved nothing",
     {.parts = {-30000, 0, 0, 0}, .model_changed = true, .level_without = RISK_CRITICAL},
     true,
     true,
     CAUSE_CUSTOMER,
     0},
    {"the model alone, for a rule about other things",
     {.parts = {0, -80, 0, -900}, .model_changed = true, .level_without = RISK_CRITICAL},
     false,
     false,
     0,
     NOTE_MODEL},
    {"the model less than the customer, for a rule about other things",
     {.parts = {-901, 0, 0, -900}, .model_changed = true, .level_without = RISK_CRITICAL},
     false,
     true,
     CAUSE_CUSTOMER,
     0},
    {"another model and no difference known, for a rule about other things",
     {.model_changed = true, .level_without = RISK_CRITICAL},
     false,
     false,
     0,
     NOTE_MODEL},
    {"a merge",
     {.parts = {-40000, -50, 0, 0}, .touched = true, .merged = true, .level_without = RISK_MEDIUM},
     true,
     false,
     0,
     NOTE_MERGE},
    {"an import",
     {.parts = {0, -50, -40000, 0}, .touched = true, .imported = true, .level_without = RISK_MEDIUM},
     true,
     false,
     0,
     NOTE_IMPORT},
    {"a merge, but time alone would have done it",
     {.parts = {-100, -40000, 0, 0}, .merged = true, .level_without = RISK_CRITICAL},
     true,
     true,
     CAUSE_TIME,
     0},
    {"an import, for a rule about other things",
     {.parts = {-100, 0, 0, 0}, .imported = true, .level_without = RISK_CRITICAL},
     false,
     false,
     0,
     NOTE_IMPORT},
    {"a model and a merge: the larger is named",
     {.parts = {-300, 0, 0, -200}, .model_changed = true, .merged = true, .level_without = RISK_MEDIUM},
     true,
     false,
     0,
     NOTE_MERGE},
};

static void minds_the_cause(void)
{
    for (size_t i = 0; i < sizeof cause_cases / sizeof cause_cases[0]; i++) {
        const CauseCase *row = &cause_cases[i];
        World *world = world_create();
        RulesAccount account = world_account("001A", "005A");
        account.change = row->change;
        world->reads_change[0] = row->reads_change;
        const RulesOutcome outcome = world_run(world, &account, 1, 1000);
        CHECK_INT(outcome.action_count, row->fires, row->name);
        CHECK_INT(world->states[0].fired, row->fires, row->name);
        CHECK_INT(world->states[0].was_true, 1, row->name);
        if (row->fires && outcome.action_count == 1) {
            CHECK_TEXT(rules_cause_name(outcome.actions[0].cause), rules_cause_name(row->cause), row->name);
        } else if (!row->fires) {
            CHECK_INT(outcome.note_counts[row->note], 1, row->name);
            CHECK_INT(outcome.note_count, 1, row->name);
            CHECK_TEXT(outcome.notes[0].account_id, SLICE("001A"), row->name);
        }
        world_end(world);
    }
}

static void a_baseline_minds_no_cause(void)
{
    World *world = world_create();
    RulesAccount account = world_account("001A", "005A");
    account.baseline = true;
    account.change = (RulesChange){.model_changed = true, .level_without = RISK_CRITICAL};
    world->rules[0].on_first = true;
    world->states[0] = (RulesState){0};
    CHECK_INT(world_run(world, &account, 1, 1000).action_count, 1, "on_first after a change of the model");
    world_end(world);
}

static void says_when_cooldown_ends(void)
{
    World *world = world_create();
    const RulesAccount account = world_account("001A", "005A");
    world->rules[0].cooldown_ms = INT64_C(14) * 24 * HOUR;
    world->states[0] = (RulesState){.seen = true, .fired = 3, .last_fired_ms = WORLD_NOW - HOUR};
    const RulesOutcome outcome = world_run(world, &account, 1, 1000);
    CHECK_INT(outcome.note_count, 1, "one note");
    CHECK_TEXT(rules_note_name(outcome.notes[0].kind), SLICE("cooldown"), "its kind");
    CHECK_INT(outcome.notes[0].until_ms, WORLD_NOW - HOUR + INT64_C(14) * 24 * HOUR, "until when");
    CHECK_INT(world->states[0].fired, 3, "not counted");
    CHECK_INT(world->states[0].last_fired_ms, WORLD_NOW - HOUR, "cooldown is not prolonged");
    world_end(world);
}

/* Rules know nothing of each other, and each account has its own states. */
static void keeps_rules_apart(void)
{
    World *world = world_create();
    const RulesAccount account = world_account("001A", "005A");
    world->config.rule_count = 3;
    world->answers[1] = RULES_FALSE;
    world->states[2] = (RulesState){.seen = true, .was_true = true, .fired = 7, .last_fired_ms = 5};
    const RulesOutcome outcome = world_run(world, &account, 1, 1000);
    CHECK_INT(outcome.action_count, 1, "only the first");
    CHECK_TEXT(outcome.actions[0].rule, SLICE("critical"), "its name");
    CHECK_INT(outcome.note_count, 0, "nothing else to tell");
    CHECK_INT(world->states[0].last_fired_ms, WORLD_NOW, "fired now");
    CHECK(!world->states[1].was_true && world->states[1].seen);
    CHECK(world->states[2].was_true && world->states[2].fired == 7 && world->states[2].last_fired_ms == 5);
    world_end(world);
}

static void looks_at_no_account_that_is_left_out(void)
{
    World *world = world_create();
    RulesAccount account = world_account("001A", "005A");
    account.left_out = true;
    const RulesOutcome outcome = world_run(world, &account, 1, 1000);
    CHECK_INT(outcome.action_count + outcome.note_count, 0, "nothing is done or said");
    CHECK(!world->states[0].was_true);
    world_end(world);
}

static void counts_notes_beyond_those_kept(void)
{
    World *world = world_create();
    RulesRun *run = NULL;
    RulesOutcome outcome = {0};
    world->answers[0] = RULES_UNKNOWN;
    CHECK_ERROR(rules_begin(&world->arena, &world->input, &run), ERROR_OK, "begin");
    for (int i = 0; i < RULES_NOTES_MAX + 500; i++) {
        const RulesAccount account = world_account("001A", "005A");
        RulesState after[WORLD_RULES];
        CHECK_ERROR(rules_account(run, &account, world->states, after), ERROR_OK, "account");
    }
    CHECK_ERROR(rules_finish(run, 1000, &outcome), ERROR_OK, "finish");
    CHECK_INT(outcome.note_count, RULES_NOTES_MAX, "kept");
    CHECK_INT(outcome.note_counts[NOTE_UNKNOWN], RULES_NOTES_MAX + 500, "counted");
    world_end(world);
}

static void names_notes(void)
{
    for (uint32_t i = 0; i < RULES_NOTE_COUNT; i++) {
        CHECK(rules_note_name((RulesNoteKind)i).length > 0);
        CHECK(rules_note_text((RulesNoteKind)i).length > 0);
        for (uint32_t j = 0; j < i; j++) {
            CHECK(!slice_equal(rules_note_name((RulesNoteKind)i), rules_note_name((RulesNoteKind)j)));
        }
    }
}

TEST_MAIN(fires_when_it_turns_true, looks_first, looks_first_when_it_is_another, minds_the_cause,
          a_baseline_minds_no_cause, says_when_cooldown_ends, keeps_rules_apart,
          looks_at_no_account_that_is_left_out, counts_notes_beyond_those_kept, names_notes)
