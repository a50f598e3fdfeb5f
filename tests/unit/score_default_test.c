/* The default model on accounts that people would recognise, and the default rules on what becomes of them.
 */
#include "score_scene.h"

#define NOW "2026-11-23T08:00:00Z"
#define ACCOUNT                                                                                              \
    "{\"account\":[{\"id\":\"001a\",\"name\":\"Acme\",\"owner_id\":\"005a\",\"created\":\"2023-01-01\"}],"
#define ACT(id, kind, at, who)                                                                               \
    "{\"id\":\"" id "\",\"account_id\":\"001a\",\"kind\":\"" kind "\",\"at\":\"" at                          \
    "\",\"done\":true,\"contact_ids\":\"" who "\"}"
#define PEOPLE                                                                                               \
    "\"contact\":[{\"id\":\"003a\",\"account_id\":\"001a\",\"title\":\"Chief Executive Officer\"},"          \
    "{\"id\":\"003b\",\"account_id\":\"001a\",\"title\":\"Buyer\"},{\"id\":\"003c\",\"account_id\":"         \
    "\"001a\"}],"                                                                                            \
    "\"contact_role\":[{\"id\":\"r1\",\"contact_id\":\"003b\",\"role\":\"Champion\"}],"
#define HABIT                                                                                                \
    ACT("00T1", "meeting", "2026-02-03", "003a")                                                             \
    "," ACT("00T2", "call", "2026-04-07", "003b") "," ACT("00T3", "meeting", "2026-06-09", "003b;003c")
#define LIVELY                                                                                               \
    HABIT "," ACT("00T4", "call", "2026-09-15", "003b") "," ACT(                                             \
        "00T5", "meeting", "2026-10-13", "003a;003b") "," ACT("00T6", "meeting", "2026-11-19", "003b;003c")
#define WON                                                                                                  \
    "{\"id\":\"006a\",\"account_id\":\"001a\",\"type\":\"Renewal\",\"stage\":\"Closed "                      \
    "Won\",\"close_date\":\"2026-07-01\","                                                                   \
    "\"is_closed\":true,\"is_won\":true}"
#define RENEWAL(close, stage)                                                                                \
    "{\"id\":\"006b\",\"account_id\":\"001a\",\"type\":\"Renewal\",\"stage\":\"" stage                       \
    "\",\"close_date\":\"" close "\",\"is_closed\":false,\"is_won\":false}"
#define LOST                                                                                                 \
    "{\"id\":\"006c\",\"account_id\":\"001a\",\"type\":\"Renewal\",\"stage\":\"Closed "                      \
    "Lost\",\"close_date\":\"2026-11-01\","                                                                  \
    "\"is_closed\":true,\"is_won\":false}"
#define SLIP(from, to, when)                                                                                 \
    "{\"id\":\"006b\",\"column\":\"close_date\",\"old\":\"" from "T00:00:00.000Z\",\"new\":\"" to            \
    "T00:00:00.000Z\",\"stamp\":\"" when "\",\"seen\":\"" when "\"}"

typedef struct Case {
    const char *name;
    const char *rows;
    int32_t lowest; /* of the score; -1: there is none */
    int32_t highest;
    const char *reason; /* the weightiest */
} Case;

static const Case cases[] = {
    {"lively", ACCOUNT PEOPLE "\"activity\":[" LIVELY "],\"opportunity\":[" WON "]}", 90, 100, NULL},
    {"silent for three months", ACCOUNT PEOPLE "\"activity\":[" HABIT "],\"opportunity\":[" WON "]}", 20, 45,
     "no call, email or meeting for 167 days"},
    {"one mailing does not make it lively",
     ACCOUNT PEOPLE "\"activity\":[" HABIT
                    "," ACT("00T4", "email", "2026-11-20", "003c") "],\"opportunity\":[" WON "]}",
     50, 75, "no champion or executive met for 167 days"},
    {"the champion is gone",
     ACCOUNT "\"contact\":[{\"id\":\"003b\",\"account_id\":\"001a\",\"email_bounced\":true},"
             "{\"id\":\"003c\",\"account_id\":\"001a\"}],\"contact_role\":[{\"id\":\"r1\",\"contact_id\":"
             "\"003b\",\"role\":"
             "\"Champion\"}],\"activity\":[" LIVELY "],\"opportunity\":[" WON "]}",
     60, 60, "no champion or executive is reachable any more"},
    {"a renewal far away",
     ACCOUNT PEOPLE "\"activity\":[" LIVELY "],\"opportunity\":[" WON
                    "," RENEWAL("2027-07-01", "Prospecting") "]}",
     90, 100, NULL},
    {"a renewal in 30 days, prospecting, pushed twice",
     ACCOUNT PEOPLE
     "\"activity\":[" LIVELY "],\"opportunity\":[" WON
     "," RENEWAL("2026-12-23", "Prospecting") "],\"changes\":[" SLIP(
         "2026-10-01", "2026-11-01", "2026-09-01") "," SLIP("2026-11-01", "2026-12-23", "2026-10-20") "]}",
     70, 85, "renewal in 29 days, in an early stage, pushed 2 times"},
    {"an overdue renewal",
     ACCOUNT PEOPLE "\"activity\":[" LIVELY "],\"opportunity\":[" WON
                    "," RENEWAL("2026-10-23", "Negotiation") "]}",
     75, 90, "renewal 31 days overdue"},
    {"a lost renewal", ACCOUNT PEOPLE "\"activity\":[" LIVELY "],\"opportunity\":[" LOST "]}", 15, 15,
     "at most 15 after a lost renewal"},
    {"a renewal in a day, prospecting",
     ACCOUNT PEOPLE "\"activity\":[" LIVELY "],\"opportunity\":[" WON
                    "," RENEWAL("2026-11-25", "Prospecting") "]}",
     70, 90, "renewal in one day, in an early stage"},
    {"nothing is known", "{\"account\":[{\"id\":\"001a\",\"name\":\"Acme\"}]}", -1, -1, NULL},
    {"people but no activity is not bad, it is unknown", ACCOUNT PEOPLE "\"opportunity\":[" WON "]}", -1, -1,
     NULL},
};

static void recognisable_accounts(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene scene;
        if (scene_model(&scene, SLICE("")) &&
            scene_rows(&scene, slice_from_text(cases[i].rows), features_view_now(at(NOW)))) {
            const ScoreResult result = scene_score(&scene, 0, at(NOW), (ScoreState){0});
            CHECK_INT(result.errors, 0, cases[i].name);
            CHECK_INT(result.unscored == SCORE_IS_SCORED, cases[i].lowest >= 0, cases[i].name);
            if (cases[i].lowest >= 0) {
                CHECK_NAMED(result.score >= cases[i].lowest && result.score <= cases[i].highest,
                            cases[i].name);
            }
            if (cases[i].reason != NULL && result.reason_count > 0) {
                CHECK_TEXT(result.reasons[0].text, slice_from_text(cases[i].reason), cases[i].name);
            }
            if (cases[i].lowest >= 0 && (result.score < cases[i].lowest || result.score > cases[i].highest)) {
                Slice json;
                CHECK_ERROR(score_components_json(&scene.arena, scene.model, &result, &json), ERROR_OK,
                            "json");
                CHECK_TEXT(json, SLICE(""), cases[i].name);
            }
        }
        scene_end(&scene);
    }
}

/* Signals that Perly supplies count when they are there and are not missed when they are not. */
static void supplied_signals(void)
{
    static const Slice silent = SLICE_INIT(ACCOUNT PEOPLE "\"activity\":[" HABIT "],\"signals\":[]}");
    static const Slice used =
        SLICE_INIT(ACCOUNT PEOPLE "\"activity\":[" HABIT
                                  "],\"signals\":[{\"account_id\":\"001a\",\"name\":\"usage\",\"at\":"
                                  "\"2026-11-20\",\"value\":95}]}");
    static const Slice stale =
        SLICE_INIT(ACCOUNT PEOPLE "\"activity\":[" HABIT
                                  "],\"signals\":[{\"account_id\":\"001a\",\"name\":\"usage\",\"at\":"
                                  "\"2026-09-20\",\"value\":95}]}");
    const Slice rows[] = {silent, used, stale};
    int32_t scores[3] = {0, 0, 0};
    double coverages[3] = {0, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        Scene scene;
        if (scene_model(&scene, SLICE("")) && scene_rows(&scene, rows[i], features_view_now(at(NOW)))) {
            const ScoreResult result = scene_score(&scene, 0, at(NOW), (ScoreState){0});
            scores[i] = result.score;
            coverages[i] = result.coverage;
        }
        scene_end(&scene);
    }
    CHECK(scores[1] > scores[0]);
    CHECK_INT(scores[2], scores[0], "a stale signal is unknown");
    CHECK(coverages[1] > coverages[0]);
    CHECK(coverages[2] == coverages[0]);
}

typedef struct RuleCase {
    const char *name;
    bool scored;
    RiskLevel before;
    int32_t score_before;
    bool worsened;
    bool changed;
    int64_t days;
} RuleCase;

/* The silent account is at 33 or so: High. */
static const RuleCase rule_cases[] = {
    {"the first score", false, RISK_LOW, 0, false, false, 2},
    {"from Low to High", true, RISK_LOW, 90, true, true, 2},
    {"from Medium to High", true, RISK_MEDIUM, 60, true, true, 2},
    {"High as before", true, RISK_HIGH, 30, false, false, 2},
};

static void default_rules(void)
{
    for (size_t i = 0; i < sizeof rule_cases / sizeof rule_cases[0]; i++) {
        const RuleCase *rule = &rule_cases[i];
        Scene scene;
        if (scene_model(&scene, SLICE("")) &&
            scene_rows(&scene, slice_from_text(cases[1].rows), features_view_now(at(NOW)))) {
            const ScoreState previous = {.scored_before = rule->scored,
                                         .scored = rule->scored,
                                         .level = rule->before,
                                         .score = rule->score_before};
            const ScoreResult result = scene_score(&scene, 0, at(NOW), previous);
            const ScoreInput input = {&scene.block, 0, at(NOW), previous, {0}};
            int64_t days = 0;
            CHECK_INT(result.level, RISK_HIGH, rule->name);
            CHECK_TEXT(scene.config->rules[0].name, SLICE("risk-worsened"), "name");
            CHECK_TEXT(scene.config->rules[1].name, SLICE("risk-changed"), "name");
            CHECK_NAMED(cel_is_true(score_rule(scene.scorer, &input, &result, 0)) == rule->worsened,
                        rule->name);
            CHECK_NAMED(cel_is_true(score_rule(scene.scorer, &input, &result, 1)) == rule->changed,
                        rule->name);
            CHECK_ERROR(score_rule_due(scene.scorer, &scene.arena, &input, &result, 0, &days), ERROR_OK,
                        rule->name);
            CHECK_INT(days, rule->days, rule->name);
            Slice text;
            CHECK_ERROR(
                score_rule_text(scene.scorer, &scene.arena, &input, &result, 1, RULE_TEXT_CHATTER, &text),
                ERROR_OK, rule->name);
            CHECK_NAMED(slice_starts_with(text, SLICE("Churn risk of Acme went from ")), rule->name);
        }
        scene_end(&scene);
    }
}

static void a_critical_account_is_due_in_a_day(void)
{
    Scene scene;
    if (scene_model(&scene, SLICE("")) &&
        scene_rows(&scene, slice_from_text(cases[7].rows), features_view_now(at(NOW)))) {
        const ScoreState previous = {
            .scored_before = true, .scored = true, .level = RISK_MEDIUM, .score = 60};
        const ScoreResult result = scene_score(&scene, 0, at(NOW), previous);
        const ScoreInput input = {&scene.block, 0, at(NOW), previous, {0}};
        int64_t days = 0;
        Slice text;
        CHECK_INT(result.level, RISK_CRITICAL, "15 + 5 is Critical: the gate acts at once");
        CHECK_ERROR(score_rule_due(scene.scorer, &scene.arena, &input, &result, 0, &days), ERROR_OK, "due");
        CHECK_INT(days, 1, "due");
        CHECK_ERROR(score_rule_text(scene.scorer, &scene.arena, &input, &result, 0, RULE_TEXT_SUBJECT, &text),
                    ERROR_OK, "subject");
        CHECK_TEXT(text, SLICE("Acme is at Critical risk"), "subject");
    }
    scene_end(&scene);
}

TEST_MAIN(recognisable_accounts, supplied_signals, default_rules, a_critical_account_is_due_in_a_day)
