/* Scoring: the mean over what is known, coverage, gates, rounding, reasons, texts, the rules' view of it. */
#include "score_scene.h"

#define COMPONENTS(components) "{\"model\":{\"minimum_coverage\":0.5,\"components\":[" components "]}}"

static const Slice one_account =
    SLICE_INIT("{\"account\":[{\"id\":\"001a\",\"name\":\"Acme\",\"employees\":7}]}");

/* -1: no score. */
static void check_score(const char *name, const char *config, double coverage, int32_t score,
                        int64_t thousandths)
{
    Scene scene;
    if (scene_model(&scene, slice_from_text(config)) &&
        scene_rows(&scene, one_account, features_view_now(at("2026-11-12")))) {
        const ScoreResult result = scene_score(&scene, 0, at("2026-11-12"), (ScoreState){0});
        CHECK_NAMED(result.coverage == coverage, name);
        if (score < 0) {
            CHECK_INT(result.unscored, UNSCORED_COVERAGE, name);
        } else {
            CHECK_INT(result.unscored, SCORE_IS_SCORED, name);
            CHECK_INT(result.score, score, name);
            CHECK_INT(result.raw_thousandths, thousandths, name);
        }
        int64_t missing = 0;
        for (uint32_t i = 0; i < scene.config->component_count; i++) {
            missing += result.components[i].thousandths;
        }
        for (uint32_t i = 0; i < scene.config->gate_count; i++) {
            missing += result.gates[i].thousandths;
        }
        CHECK_INT(missing, score < 0 ? 0 : 100000 - thousandths, name);
    }
    scene_end(&scene);
}

#define A(score) "{\"name\":\"a\",\"weight\":1,\"score\":\"" score "\"}"
#define B(score) "{\"name\":\"b\",\"weight\":2,\"score\":\"" score "\"}"
#define OPTIONAL(score) "{\"name\":\"o\",\"weight\":1,\"optional\":true,\"score\":\"" score "\"}"
#define GATES(components, gates) "{\"model\":{\"components\":[" components "],\"gates\":[" gates "]}}"
#define GATE(name, when, most) "{\"name\":\"" name "\",\"when\":\"" when "\",\"at_most\":" most "}"

static void health(void)
{
    check_score("perfect", COMPONENTS(A("100")), 1, 100, 100000);
    check_score("a mean", COMPONENTS(A("10") "," B("40.0")), 1, 30, 30000);
    check_score("thirds", COMPONENTS(A("100") "," B("0")), 1, 33, 33333);
    check_score("half up", COMPONENTS(A("12.5")), 1, 13, 12500);
    check_score("just below half", COMPONENTS(A("12.499")), 1, 12, 12499);
    check_score("almost half is not half", COMPONENTS(A("0.49999999999999994")), 1, 0, 500);
    check_score("clamped above", COMPONENTS(A("250")), 1, 100, 100000);
    check_score("clamped below", COMPONENTS(A("-3") "," B("60")), 1, 40, 40000);
    check_score("unsigned", COMPONENTS(A("40u")), 1, 40, 40000);
    check_score("unknown leaves the mean", COMPONENTS(A("account.revenue") "," B("60")), 2.0 / 3, 60, 60000);
    check_score("too little is known", COMPONENTS(A("60") "," B("account.revenue")), 1.0 / 3, -1, 0);
    check_score("nothing is known", COMPONENTS(A("account.revenue")), 0, -1, 0);
    check_score("an error leaves the mean", COMPONENTS(A("1 / (account.employees - 7)") "," B("60")), 2.0 / 3,
                60, 60000);
    check_score("not a number leaves it", COMPONENTS(A("0.0 / 0.0") "," B("60")), 2.0 / 3, 60, 60000);
    check_score("infinity leaves it", COMPONENTS(A("1.0 / 0.0") "," B("60")), 2.0 / 3, 60, 60000);
    check_score("optional and unknown is not missed", COMPONENTS(A("60") "," OPTIONAL("account.revenue")), 1,
                60, 60000);
    check_score("optional and known counts", COMPONENTS(A("60") "," OPTIONAL("20")), 1, 40, 40000);
    check_score("only optional known", COMPONENTS(B("account.revenue") "," OPTIONAL("20")), 1.0 / 3, -1, 0);
}

static void gates(void)
{
    check_score("a gate", GATES(A("90"), GATE("g", "true", "60")), 1, 60, 60000);
    check_score("a gate that is false", GATES(A("90"), GATE("g", "false", "60")), 1, 90, 90000);
    check_score("an unknown gate is open", GATES(A("90"), GATE("g", "account.revenue > 1.0", "60")), 1, 90,
                90000);
    check_score("a gate with an error is open",
                GATES(A("90"), GATE("g", "1 / (account.employees - 7) > 1", "60")), 1, 90, 90000);
    check_score("a gate above the score", GATES(A("50"), GATE("g", "true", "60")), 1, 50, 50000);
    check_score("the lower of two", GATES(A("90"), GATE("g", "true", "60") "," GATE("h", "true", "20.5")), 1,
                21, 20500);
    check_score("in the other order", GATES(A("90"), GATE("h", "true", "20.5") "," GATE("g", "true", "60")),
                1, 21, 20500);
}

static void segments(void)
{
    Scene scene;
    if (scene_model(&scene, SLICE("{\"model\":{\"components\":[" A("0") "," B(
                                "90") "],\"segments\":["
                                      "{\"when\":\"account.revenue > 1.0\",\"weights\":{\"a\":100}},"
                                      "{\"when\":\"account.employees > 5\",\"weights\":{\"b\":1}},"
                                      "{\"when\":\"true\",\"weights\":{\"a\":50}}]}}")) &&
        scene_rows(&scene, one_account, features_view_now(0))) {
        const ScoreResult result = scene_score(&scene, 0, 0, (ScoreState){0});
        CHECK_INT(result.segment, 1, "the first that is true");
        CHECK_INT(result.score, 45, "its weights");
    }
    scene_end(&scene);
}

static void reasons(void)
{
    Scene scene;
    if (scene_model(&scene, SLICE("{\"model\":{\"signals\":{\"n\":\"account.employees\"},\"components\":["
                                  "{\"name\":\"a\",\"weight\":1,\"score\":\"70\",\"reason\":\"${signals.n} "
                                  "people, ${account.name}\"},"
                                  "{\"name\":\"b\",\"label\":\"The second\",\"weight\":2,\"score\":\"50\"},"
                                  "{\"name\":\"c\",\"weight\":1,\"score\":\"100\"}],"
                                  "\"gates\":[{\"name\":\"g\",\"when\":\"true\",\"at_most\":10,\"reason\":\"$"
                                  "$ ${account.revenue}\"}]}}")) &&
        scene_rows(&scene, one_account, features_view_now(0))) {
        const ScoreResult result = scene_score(&scene, 0, 0, (ScoreState){0});
        CHECK_INT(result.reason_count, 3, "a perfect component is no reason");
        CHECK(result.reasons[0].is_gate);
        CHECK_TEXT(result.reasons[0].text, SLICE("$ -"), "the gate");
        CHECK_INT(result.reasons[0].thousandths, 57500, "what it takes");
        CHECK_TEXT(result.reasons[1].text, SLICE("The second"), "the label in place of a reason");
        CHECK_INT(result.reasons[1].thousandths, 25000, "b");
        CHECK_TEXT(result.reasons[2].text, SLICE("7 people, Acme"), "a template");
        Slice json;
        CHECK_ERROR(score_reasons_json(&scene.arena, scene.model, &result, &json), ERROR_OK, "json");
        CHECK_TEXT(
            json,
            SLICE("[{\"gate\":\"g\",\"label\":\"g\",\"points\":-57500,\"text\":\"$ -\"},"
                  "{\"component\":\"b\",\"label\":\"The second\",\"points\":-25000,\"text\":\"The second\"},"
                  "{\"component\":\"a\",\"label\":\"a\",\"points\":-7500,\"text\":\"7 people, Acme\"}]"),
            "json");
        CHECK_ERROR(score_components_json(&scene.arena, scene.model, &result, &json), ERROR_OK, "json");
        CHECK_TEXT(json,
                   SLICE("[{\"name\":\"a\",\"weight\":1,\"score\":70,\"points\":-7500},"
                         "{\"name\":\"b\",\"weight\":2,\"score\":50,\"points\":-25000},"
                         "{\"name\":\"c\",\"weight\":1,\"score\":100,\"points\":0},"
                         "{\"gate\":\"g\",\"at_most\":10,\"points\":-57500}]"),
                   "json");
    }
    scene_end(&scene);
}

static void signals_and_their_ages(void)
{
    Scene scene;
    const Slice config = SLICE("{\"model\":{\"signals\":{\"use\":{\"imported\":true,\"max_age\":\"10d\"},"
                               "\"old\":{\"imported\":true,\"max_age\":\"10d\"},"
                               "\"ever\":{\"imported\":true},\"none\":{\"imported\":true},\"text\":\"account."
                               "name + '!'\",\"when\":\"now\","
                               "\"list\":\"['a', 'b']\",\"bad\":\"1 / (account.employees - "
                               "7)\",\"minus\":\"-0.0\",\"unknown\":\"account.revenue\"},"
                               "\"components\":[" A("signals.use") "]}}");
    const Slice rows =
        SLICE("{\"account\":[{\"id\":\"001a\",\"name\":\"Acme\",\"employees\":7}],\"signals\":["
              "{\"account_id\":\"001a\",\"name\":\"use\",\"at\":\"2026-11-02\",\"value\":55.5},"
              "{\"account_id\":\"001a\",\"name\":\"old\",\"at\":\"2026-11-01T23:59:59Z\",\"value\":1},"
              "{\"account_id\":\"001a\",\"name\":\"ever\",\"at\":\"2020-01-01\",\"value\":3}]}");
    if (scene_model(&scene, config) && scene_rows(&scene, rows, features_view_now(at("2026-11-12")))) {
        const ScoreResult result = scene_score(&scene, 0, at("2026-11-12"), (ScoreState){0});
        Slice json;
        CHECK_INT(result.errors, 1, "bad");
        CHECK_INT(result.raw_thousandths, 55500, "score");
        CHECK_ERROR(score_signals_json(&scene.arena, scene.model, &result, &json), ERROR_OK, "json");
        CHECK_TEXT(
            json,
            SLICE(
                "{\"bad\":{\"error\":\"division by zero\"},\"ever\":{\"value\":3,\"age\":216604800},"
                "\"list\":{\"value\":[\"a\",\"b\"]},\"minus\":{\"value\":0},\"none\":{},"
                "\"old\":{\"age\":864001},\"text\":{\"value\":\"Acme!\"},\"unknown\":{},"
                "\"use\":{\"value\":55.5,\"age\":864000},\"when\":{\"value\":\"2026-11-12T00:00:00.000Z\"}}"),
            "json");
    }
    scene_end(&scene);
}

static void filters(void)
{
    static const struct {
        const char *filter;
        Unscored unscored;
    } cases[] = {{"account.employees > 5", SCORE_IS_SCORED},
                 {"account.employees > 50", UNSCORED_FILTER},
                 {"account.revenue > 5.0", UNSCORED_FILTER_UNKNOWN},
                 {"1 / (account.employees - 7) == 1", UNSCORED_FILTER_UNKNOWN},
                 {"record.Type == 'Customer'", SCORE_IS_SCORED},
                 {"record.Type == 'Customer' || true", UNSCORED_FILTER},
                 {"record.Type != ''", UNSCORED_FILTER_UNKNOWN}};
    static const char *const columns[] = {"", "", "", "", ",\"perly_filter\":true", ",\"perly_filter\":false",
                                          ""};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char config[300];
        char rows[200];
        (void)snprintf(
            config, sizeof config,
            "{\"salesforce\":{\"filter\":{\"account\":\"%s\"}},\"model\":{\"components\":[" A("60") "]}}",
            cases[i].filter);
        (void)snprintf(rows, sizeof rows, "{\"account\":[{\"id\":\"001a\",\"employees\":7%s}]}", columns[i]);
        Scene scene;
        if (scene_model(&scene, slice_from_text(config)) &&
            scene_rows(&scene, slice_from_text(rows), features_view_now(0))) {
            const ScoreState previous = {
                .scored_before = true, .scored = true, .level = RISK_HIGH, .score = 30};
            const ScoreResult result = scene_score(&scene, 0, 0, previous);
            CHECK_INT(result.unscored, cases[i].unscored, cases[i].filter);
            CHECK_INT(result.state.scored, cases[i].unscored == SCORE_IS_SCORED, cases[i].filter);
            CHECK_NAMED(result.state.scored_before, cases[i].filter);
            const Slice text = score_unscored_text(&scene.arena, scene.model, &result);
            CHECK_NAMED((text.length > 0) == (cases[i].unscored != SCORE_IS_SCORED), cases[i].filter);
        }
        scene_end(&scene);
    }
}

/* The activities could not be read: what is made of them stays as it was, the rest goes on. */
static void frozen_components(void)
{
    Scene scene;
    const Slice config =
        SLICE("{\"model\":{\"components\":["
              "{\"name\":\"touch\",\"weight\":1,\"score\":\"linear((now - account.last_touch).getHours(), "
              "480, 0)\"},"
              "{\"name\":\"size\",\"weight\":1,\"score\":\"account.employees\"},"
              "{\"name\":\"count\",\"weight\":1,\"score\":\"activities.size()\"}],"
              "\"gates\":[{\"name\":\"quiet\",\"when\":\"activities.size() < 5\",\"at_most\":45}]}}");
    const Slice rows = SLICE(
        "{\"account\":[{\"id\":\"001a\",\"employees\":80}],\"activity\":[{\"id\":\"00Ta\",\"account_id\":"
        "\"001a\",\"kind\":\"call\",\"at\":\"2026-11-02\",\"done\":true}]}");
    if (scene_model(&scene, config) && scene_rows(&scene, rows, features_view_now(at("2026-11-12")))) {
        const ScoreResult first = scene_score(&scene, 0, at("2026-11-12"), (ScoreState){0});
        ScoreKept kept[4];
        Slice json;
        ScoreResult later;
        CHECK_INT(first.raw_thousandths, 43667, "50, 80 and 1");
        CHECK_ERROR(score_components_json(&scene.arena, scene.model, &first, &json), ERROR_OK, "json");
        CHECK_ERROR(score_kept_read(&scene.arena, scene.model, json, kept), ERROR_OK, "kept");
        CHECK(kept[0].known && kept[0].score == 50 && kept[3].known);
        ScoreInput input = {&scene.block, 0, at("2026-11-22"), first.state, {1U << ENTITY_ACTIVITY, kept}};
        CHECK_ERROR(score_account(scene.scorer, &scene.arena, &input, &later), ERROR_OK, "frozen");
        CHECK_INT(later.raw_thousandths, 43667, "as it was");
        CHECK(later.components[0].frozen && !later.components[1].frozen && later.components[2].frozen);
        CHECK(later.gates[0].frozen && later.gates[0].applies);
        input.frozen.kept = NULL;
        CHECK_ERROR(score_account(scene.scorer, &scene.arena, &input, &later), ERROR_OK, "nothing kept");
        CHECK_INT(later.unscored, UNSCORED_COVERAGE, "a third is known");
        input.frozen = (ScoreFrozen){1U << ENTITY_USER, NULL};
        CHECK_ERROR(score_account(scene.scorer, &scene.arena, &input, &later), ERROR_OK, "others");
        CHECK_INT(later.raw_thousandths, 27000, "0, 80 and 1: nobody needs users");
    }
    scene_end(&scene);
}

static void mistakes_have_a_place(void)
{
    static const struct {
        const char *name;
        const char *config;
        const char *message;
        const char *pointer;
        uint32_t column;
    } cases[] = {{"a signal",
                  "{\"model\":{\"signals\":{\"bad\":\"1 / (account.employees - 7)\"},\"components\":[" A(
                      "signals.bad") "]}}",
                  "division by zero", "/model/signals/bad", 31},
                 {"a component", COMPONENTS(A("0.0 / 0.0")), "the result is not a finite number",
                  "/model/components/0/score", 79},
                 {"none", COMPONENTS(A("50")), NULL, NULL, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene scene;
        if (scene_model(&scene, slice_from_text(cases[i].config)) &&
            scene_rows(&scene, one_account, features_view_now(0))) {
            const ScoreResult result = scene_score(&scene, 0, 0, (ScoreState){0});
            Error error = ERROR_NONE;
            const bool found = score_mistake(&scene.arena, scene.model, &result, &error);
            CHECK_NAMED(found == (cases[i].message != NULL), cases[i].name);
            CHECK_NAMED(found == (result.errors > 0), cases[i].name);
            if (found && cases[i].message != NULL) {
                CHECK_TEXT(error.message, slice_from_text(cases[i].message), cases[i].name);
                CHECK_TEXT(error.place.source, SLICE("001a"), cases[i].name);
                CHECK_TEXT(error.place.pointer, slice_from_text(cases[i].pointer), cases[i].name);
                CHECK_INT(error.place.line, 1, cases[i].name);
                CHECK_INT(error.place.column, cases[i].column, cases[i].name);
            }
        }
        scene_end(&scene);
    }
}

static void says_what_is_missing(void)
{
    Scene scene;
    if (scene_model(&scene, SLICE(COMPONENTS(A("60") "," B("account.revenue")))) &&
        scene_rows(&scene, one_account, features_view_now(0))) {
        const ScoreResult result = scene_score(&scene, 0, 0, (ScoreState){0});
        CHECK_TEXT(score_unscored_text(&scene.arena, scene.model, &result),
                   SLICE("too little is known: 33 % of the weight, 50 % is needed; unknown: b"), "text");
    }
    scene_end(&scene);
}

static const Slice ruled = SLICE_INIT(
    "{\"model\":{\"components\":[{\"name\":\"a\",\"weight\":1,\"score\":\"account.employees\",\"reason\":"
    "\"few "
    "people\"}]},"
    "\"rules\":[{\"name\":\"worse\",\"when\":\"risk.worsened && risk.level == "
    "'Critical'\",\"task\":{\"subject\":"
    "\"${account.name}: ${previous.score} to ${score}, ${previous.level} to ${risk.level}\",\"due\":"
    "{\"business_days\":\"score < 10 ? 1 : 2\"}},\"chatter\":{\"text\":\"${reasons}\"}},"
    "{\"name\":\"big\",\"when\":\"account.revenue > 5.0\",\"chatter\":{\"text\":\"${1 / (account.employees - "
    "7)}\"}}]}");

static void what_rules_see(void)
{
    Scene scene;
    if (scene_model(&scene, ruled) && scene_rows(&scene, one_account, features_view_now(0))) {
        const ScoreState previous = {.scored_before = true, .scored = true, .level = RISK_HIGH, .score = 30};
        const ScoreResult result = scene_score(&scene, 0, 0, previous);
        const ScoreInput input = {&scene.block, 0, 0, previous, {0}};
        int64_t days = 0;
        Slice text;
        CHECK(result.changed && !result.baseline);
        CHECK(cel_is_true(score_rule(scene.scorer, &input, &result, 0)));
        CHECK_INT(score_rule(scene.scorer, &input, &result, 1).kind, CEL_UNKNOWN, "revenue is not known");
        CHECK_ERROR(score_rule_due(scene.scorer, &scene.arena, &input, &result, 0, &days), ERROR_OK, "due");
        CHECK_INT(days, 1, "due");
        CHECK_ERROR(score_rule_text(scene.scorer, &scene.arena, &input, &result, 0, RULE_TEXT_SUBJECT, &text),
                    ERROR_OK, "subject");
        CHECK_TEXT(text, SLICE("Acme: 30 to 7, High to Critical"), "subject");
        CHECK_ERROR(score_rule_text(scene.scorer, &scene.arena, &input, &result, 0, RULE_TEXT_CHATTER, &text),
                    ERROR_OK, "text");
        CHECK_TEXT(text, SLICE("few people"), "reasons");
        CHECK_ERROR(
            score_rule_text(scene.scorer, &scene.arena, &input, &result, 0, RULE_TEXT_DESCRIPTION, &text),
            ERROR_OK, "description");
        CHECK_TEXT(text, SLICE(""), "there is none");
        CHECK_ERROR(score_rule_text(scene.scorer, &scene.arena, &input, &result, 1, RULE_TEXT_CHATTER, &text),
                    ERROR_CEL_EVALUATION, "division by zero");
        const ScoreResult first = scene_score(&scene, 0, 0, (ScoreState){0});
        CHECK(first.baseline && !first.changed);
        CHECK(!cel_is_true(score_rule(scene.scorer, &(ScoreInput){&scene.block, 0, 0, {0}, {0}}, &first, 0)));
    }
    scene_end(&scene);
}

static void values_in_texts(void)
{
    static const struct {
        const char *expression;
        const char *text;
    } cases[] = {{"1.0", "1"},
                 {"1.25", "1.2"},
                 {"-0.04", "0"},
                 {"1e21", "1000000000000000000000"},
                 {"7", "7"},
                 {"7u", "7"},
                 {"true", "true"},
                 {"'x'", "x"},
                 {"['a', 'b']", "a; b"},
                 {"[1.5, 2.0]", "1.5; 2"},
                 {"now", "2026-11-12"},
                 {"now - days(1) + duration('1s')", "2026-11-11T00:00:01Z"},
                 {"days(2)", "2d"},
                 {"duration('90m')", "90m"},
                 {"duration('1500ms')", "1500ms"},
                 {"account.revenue", "-"},
                 {"dyn(null)", "-"},
                 {"coalesce(account.type, 'none')", "none"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char config[300];
        (void)snprintf(config, sizeof config,
                       "{\"model\":{\"components\":[{\"name\":\"a\",\"weight\":1,\"score\":\"1\",\"reason\":"
                       "\"${%s}\"}]}}",
                       cases[i].expression);
        Scene scene;
        if (scene_model(&scene, slice_from_text(config)) &&
            scene_rows(&scene, one_account, features_view_now(0))) {
            const ScoreResult result = scene_score(&scene, 0, at("2026-11-12"), (ScoreState){0});
            CHECK_TEXT(result.reasons[0].text, slice_from_text(cases[i].text), cases[i].expression);
        }
        scene_end(&scene);
    }
}

/* Scoring again and again takes nothing more from the system. */
static void no_memory_on_the_hot_path(void)
{
    Scene scene;
    if (scene_model(&scene, SLICE("")) && scene_rows(&scene, one_account, features_view_now(0))) {
        Arena results;
        arena_init(&results, &scene.allocator.allocator, 0);
        ScoreResult result;
        const ScoreInput input = {&scene.block, 0, 0, {0}, {0}};
        CHECK_ERROR(score_account(scene.scorer, &results, &input, &result), ERROR_OK, "first");
        const long calls = scene.allocator.calls;
        for (int i = 0; i < 1000; i++) {
            arena_reset(&results);
            CHECK_ERROR(score_account(scene.scorer, &results, &input, &result), ERROR_OK, "again");
        }
        CHECK_INT(scene.allocator.calls, calls, "allocations");
        arena_free(&results);
    }
    scene_end(&scene);
}

TEST_MAIN(health, gates, segments, reasons, signals_and_their_ages, filters, frozen_components,
          mistakes_have_a_place, says_what_is_missing, what_rules_see, values_in_texts,
          no_memory_on_the_hot_path)
