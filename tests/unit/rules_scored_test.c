/* The rules as shipped, on scores that the model made: from rows to actions. */
#include "rules/scored.h"
#include "score_scene.h"

#define NOW "2026-11-23T12:00:00Z"

/* The score is the number of employees. */
#define BY_EMPLOYEES                                                                                         \
    "\"model\":{\"components\":[{\"name\":\"a\",\"weight\":1,\"score\":\"account.employees\","               \
    "\"reason\":\"few people\"}]}"

static const RulesUser users[] = {{SLICE_INIT("005A"), true, SLICE_INIT(""), SLICE_INIT("UTC")}};

typedef struct Case {
    const char *name;
    const char *config;
    const char *employees;
    ScoreState previous;
    RulesWhy why;
    const char *want; /* letters: t a Task, c a post, for each action; then the notes' names */
} Case;

#define SCORED(level_, score_)                                                                               \
    {                                                                                                        \
        .scored_before = true, .scored = true, .level = (level_), .score = (score_)                          \
    }

static const ScoreChange by_customer = {.total = -40000, .causes = {[CHANGE_CUSTOMER] = -40000}};
static const ScoreChange by_model = {.total = -40000,
                                     .causes = {[CHANGE_TIME] = -10, [CHANGE_MODEL] = -39990}};
static const ScoreChange by_both = {.total = -40000,
                                    .causes = {[CHANGE_CUSTOMER] = -30000, [CHANGE_MODEL] = -10000}};
static const ScoreChange by_late = {.total = -40000, .causes = {[CHANGE_LATE] = -40000}};

/* Stops the test when something is wrong with the scene. */
static bool prepare(Scene *scene, const Case *row)
{
    char rows[300];
    (void)snprintf(rows, sizeof rows,
                   "{\"account\":[{\"id\":\"001a\",\"name\":\"Acme\",\"owner_id\":\"005A\",\"revenue\":5000,"
                   "\"employees\":%s}]}",
                   row->employees);
    return scene_model(scene, slice_from_text(row->config)) &&
           scene_rows(scene, slice_from_text(rows), features_view_now(at(NOW)));
}

static RulesInput input_of(const Scene *scene, RulesScored *scored)
{
    return (RulesInput){.config = scene->config,
                        .evaluator = rules_scored_evaluator(scored),
                        .org_id = SLICE("00D1"),
                        .now_ms = at(NOW),
                        .users = users,
                        .user_count = sizeof users / sizeof users[0]};
}

/* One account through scoring and rules; each rule has looked at it before. */
static RulesOutcome play(Scene *scene, const Case *row, RulesAccount *account)
{
    RulesState states[CONFIG_RULES_MAX] = {{0}};
    RulesOutcome outcome = {0};
    RulesRun *run = NULL;
    RulesScored scored;
    rules_scored_init(&scored, scene->model, scene->scorer);
    const RulesInput input = input_of(scene, &scored);
    const ScoreInput score_input = {.block = &scene->block, .now_ms = at(NOW), .previous = row->previous};
    const ScoreResult result = scene_score(scene, 0, at(NOW), row->previous);
    for (uint32_t i = 0; i < CONFIG_RULES_MAX; i++) {
        states[i].seen = row->previous.scored_before;
    }
    CHECK_ERROR(rules_begin(&scene->arena, &input, &run), ERROR_OK, row->name);
    CHECK_ERROR(rules_scored_account(&scored, &scene->arena, &score_input, &result, &row->why, account),
                ERROR_OK, row->name);
    CHECK_ERROR(rules_account(run, account, states, states), ERROR_OK, row->name);
    CHECK_ERROR(rules_finish(run, 1000, &outcome), ERROR_OK, row->name);
    return outcome;
}

static Slice summary(Arena *arena, const RulesOutcome *outcome)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    for (uint32_t i = 0; i < outcome->action_count; i++) {
        buffer_append_byte(&text, outcome->actions[i].kind == RULES_TASK ? 't' : 'c');
    }
    for (uint32_t i = 0; i < outcome->note_count; i++) {
        buffer_append(&text, SLICE(" "));
        buffer_append(&text, rules_note_name(outcome->notes[i].kind));
    }
    return buffer_slice(&text);
}

static void default_rules(void)
{
    static const Case cases[] = {
        {"the first score", "{" BY_EMPLOYEES "}", "20", {0}, {0}, ""},
        {"into Critical",
         "{" BY_EMPLOYEES "}",
         "10",
         SCORED(RISK_MEDIUM, 60),
         {.change = &by_customer},
         "tc"},
        {"into High", "{" BY_EMPLOYEES "}", "40", SCORED(RISK_MEDIUM, 60), {.change = &by_customer}, "tc"},
        {"into Medium only posts",
         "{" BY_EMPLOYEES "}",
         "60",
         SCORED(RISK_LOW, 90),
         {.change = &by_customer},
         "c"},
        {"no change of level",
         "{" BY_EMPLOYEES "}",
         "55",
         SCORED(RISK_MEDIUM, 60),
         {.change = &by_customer},
         ""},
        {"better, but held", "{" BY_EMPLOYEES "}", "90", SCORED(RISK_HIGH, 30), {.change = &by_customer}, ""},
        {"better for long enough",
         "{" BY_EMPLOYEES "}",
         "90",
         {.scored_before = true,
          .scored = true,
          .level = RISK_HIGH,
          .score = 30,
          .has_candidate = true,
          .candidate = RISK_LOW,
          .candidate_since_ms = 1},
         {.change = &by_customer},
         "c"},
        {"the model alone",
         "{" BY_EMPLOYEES "}",
         "20",
         SCORED(RISK_MEDIUM, 60),
         {.change = &by_model, .model_changed = true},
         " model model"},
        {"the model, and enough besides",
         "{" BY_EMPLOYEES "}",
         "10",
         SCORED(RISK_MEDIUM, 60),
         {.change = &by_both, .model_changed = true},
         "tc"},
        {"another model, and nothing known",
         "{" BY_EMPLOYEES "}",
         "10",
         SCORED(RISK_MEDIUM, 60),
         {.model_changed = true},
         " model model"},
        {"a merge",
         "{" BY_EMPLOYEES "}",
         "20",
         SCORED(RISK_MEDIUM, 60),
         {.change = &by_customer, .merged = true},
         " merge merge"},
        {"an import",
         "{" BY_EMPLOYEES "}",
         "20",
         SCORED(RISK_MEDIUM, 60),
         {.change = &by_late, .imported = true},
         " import import"},
        {"late data", "{" BY_EMPLOYEES "}", "10", SCORED(RISK_MEDIUM, 60), {.change = &by_late}, "tc"},
        {"no score any more", "{" BY_EMPLOYEES "}", "null", SCORED(RISK_MEDIUM, 60), {0}, " unknown unknown"},
        {"left out by the filter",
         "{\"salesforce\":{\"filter\":{\"account\":\"account.employees > 50\"}}," BY_EMPLOYEES "}",
         "20",
         SCORED(RISK_MEDIUM, 60),
         {0},
         ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene scene;
        RulesAccount account = {.worth = -1};
        if (prepare(&scene, &cases[i])) {
            const RulesOutcome outcome = play(&scene, &cases[i], &account);
            CHECK_TEXT(summary(&scene.arena, &outcome), slice_from_text(cases[i].want), cases[i].name);
            CHECK_NAMED(account.worth == 5000, cases[i].name);
            CHECK_TEXT(account.owner_id, SLICE("005A"), cases[i].name);
        }
        scene_end(&scene);
    }
}

static void default_texts(void)
{
    static const Case row = {"into Critical",         "{" BY_EMPLOYEES "}",     "10",
                             SCORED(RISK_MEDIUM, 60), {.change = &by_customer}, "tc"};
    Scene scene;
    RulesAccount account;
    if (prepare(&scene, &row)) {
        const RulesOutcome outcome = play(&scene, &row, &account);
        const RulesAction *task = &outcome.actions[0];
        const RulesAction *post = &outcome.actions[1];
        CHECK_INT(outcome.action_count, 2, "a Task and a post");
        CHECK_TEXT(task->rule, SLICE("risk-worsened"), "rule");
        CHECK_TEXT(task->subject, SLICE("Perly: Acme is at Critical risk"), "subject");
        CHECK_TEXT(slice_part(task->description, 0, task->description.length - 50),
                   SLICE("Health fell from 60 to 10, risk from Medium to Critical.\n\nWhy:\n"
                         "- few people (90 points)"),
                   "description");
        CHECK_TEXT(task->priority, SLICE("High"), "priority");
        CHECK_INT(task->due_day, at("2026-11-24") / 86400000, "Critical: one business day");
        CHECK_TEXT(task->owner_id, SLICE("005A"), "owner");
        CHECK_TEXT(post->rule, SLICE("risk-changed"), "rule");
        CHECK_TEXT(slice_part(post->text, 0, post->text.length - 50),
                   SLICE("Churn risk of Acme went from Medium to Critical, health fell from 60 to 10.\n"
                         "What weighs: few people"),
                   "post");
        CHECK_TEXT(rules_cause_name(post->cause), SLICE("customer"), "cause");
    }
    scene_end(&scene);
}

/* ARR, when it is mapped, says more of what is at risk than the customer's own revenue. */
static void worth_is_arr_when_mapped(void)
{
    static const Case row = {"arr",
                             "{\"mapping\":{\"account\":{\"arr\":\"double(record.ARR__c)\"}}," BY_EMPLOYEES
                             "}",
                             "10",
                             SCORED(RISK_MEDIUM, 60),
                             {.change = &by_customer},
                             "tc"};
    Scene scene;
    RulesAccount account = {.worth = -1};
    if (prepare(&scene, &row)) {
        (void)play(&scene, &row, &account);
        CHECK_NAMED(account.worth == 0, "arr is not known: 0, and not another column");
    }
    scene_end(&scene);
}

TEST_MAIN(default_rules, default_texts, worth_is_arr_when_mapped)
