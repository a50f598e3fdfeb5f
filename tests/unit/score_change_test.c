/* Why a score changed: four causes, exact; told cases, and random models and accounts. */
#include "score/change.h"
#include "score_scene.h"

typedef struct Rescored {
    ScoreResult results[CHANGE_CAUSE_COUNT + 1];
    ScoreChange change;
    bool explained;
} Rescored;

static ScoreResult rescore(Scene *scene, Scene *other, FeaturesView view, int64_t now_ms)
{
    Scene *by = other == NULL ? scene : other;
    Block block;
    ScoreResult result = {.unscored = UNSCORED_FILTER};
    CHECK_ERROR(features_block(&by->features, &by->arena, &by->scratch, view, &block), ERROR_OK, "block");
    Block *kept = ARENA_NEW(&by->arena, Block);
    *kept = block;
    const ScoreInput input = {kept, 0, now_ms, {0}, {0}};
    CHECK_ERROR(score_account(by->scorer, &by->arena, &input, &result), ERROR_OK, "score");
    return result;
}

/* `after` holds the same rows under the later model; it may be `before`. */
static void explain(Scene *before, Scene *after, int64_t t0, int64_t t1, Rescored *rescored)
{
    const int64_t never = INT64_MIN;
    rescored->results[0] = rescore(before, NULL, (FeaturesView){t0, t0, never, never}, t0);
    rescored->results[1] = rescore(before, NULL, (FeaturesView){t0, t0, t1, t0}, t0);
    rescored->results[2] = rescore(before, NULL, (FeaturesView){t1, t0, t1, t0}, t1);
    rescored->results[3] = rescore(before, NULL, (FeaturesView){t1, t1, never, never}, t1);
    rescored->results[4] = rescore(before, after, (FeaturesView){t1, t1, never, never}, t1);
    ChangeInput input = {.models = {before->model, after->model}};
    for (unsigned i = 0; i <= CHANGE_CAUSE_COUNT; i++) {
        input.results[i] = &rescored->results[i];
    }
    Error error = ERROR_NONE;
    rescored->explained = score_change(&before->arena, &input, &rescored->change, &error);
    CHECK_ERROR(error, ERROR_OK, "change");
}

static void check_sums(const Rescored *rescored, const char *name)
{
    const ScoreChange *change = &rescored->change;
    int32_t causes[CHANGE_CAUSE_COUNT] = {0};
    int32_t total = 0;
    for (uint32_t i = 0; i < change->part_count; i++) {
        int32_t part = 0;
        for (unsigned cause = 0; cause < CHANGE_CAUSE_COUNT; cause++) {
            part += change->parts[i].causes[cause];
            causes[cause] += change->parts[i].causes[cause];
        }
        CHECK_INT(part, change->parts[i].total, name);
        total += part;
    }
    for (unsigned cause = 0; cause < CHANGE_CAUSE_COUNT; cause++) {
        CHECK_INT(causes[cause], change->causes[cause], name);
        CHECK_INT(change->causes[cause],
                  rescored->results[cause + 1].raw_thousandths - rescored->results[cause].raw_thousandths,
                  name);
    }
    CHECK_INT(total, change->total, name);
    CHECK_INT(total,
              rescored->results[CHANGE_CAUSE_COUNT].raw_thousandths - rescored->results[0].raw_thousandths,
              name);
}

#define MODEL(weight, most)                                                                                  \
    "{\"model\":{\"components\":["                                                                           \
    "{\"name\":\"touch\",\"weight\":" weight                                                                 \
    ",\"score\":\"linear((now - account.last_touch).getHours(), 1440, 0)\"},"                                \
    "{\"name\":\"size\",\"weight\":1,\"score\":\"account.employees\"}],"                                     \
    "\"gates\":[{\"name\":\"small\",\"when\":\"account.employees < 50\",\"at_most\":" most "}]}}"

/* Time 0 is the 1st, time 1 the 11th of November. */
#define ROWS(employees, activities, changes)                                                                 \
    "{\"account\":[{\"id\":\"001a\",\"employees\":" employees "}],\"activity\":["                            \
    "{\"id\":\"00T1\",\"account_id\":\"001a\",\"kind\":\"call\",\"done\":true,\"at\":\"2026-10-22\","        \
    "\"first_seen\":\"2026-10-22\"}" activities "],\"changes\":[" changes "]}"
#define CALL(id, at, seen)                                                                                   \
    ",{\"id\":\"" id "\",\"account_id\":\"001a\",\"kind\":\"call\",\"done\":true,\"at\":\"" at               \
    "\",\"first_seen\":\"" seen "\"}"

typedef struct Case {
    const char *name;
    const char *rows;
    const char *model_after;
    int32_t causes[CHANGE_CAUSE_COUNT];
} Case;

static const Case cases[] = {
    {"nothing but time", ROWS("100", "", ""), MODEL("1", "60"), {0, -8334, 0, 0}},
    {"a call",
     ROWS("100", CALL("00T2", "2026-11-11", "2026-11-11"), ""),
     MODEL("1", "60"),
     {0, -8334, 16667, 0}},
    {"a call that came late",
     ROWS("100", CALL("00T2", "2026-11-01", "2026-11-05"), ""),
     MODEL("1", "60"),
     {8333, -8333, 0, 0}},
    {"the company shrank",
     ROWS("40", "",
          "{\"id\":\"001a\",\"column\":\"employees\",\"old\":\"100\",\"new\":\"40\",\"stamp\":\"2026-11-09\","
          "\"seen\":"
          "\"2026-11-10\"}"),
     MODEL("1", "60"),
     {0, -8334, -30000, 0}},
    {"it had shrunk before, and that came late",
     ROWS("40", "",
          "{\"id\":\"001a\",\"column\":\"employees\",\"old\":\"100\",\"new\":\"40\",\"stamp\":\"2026-10-31\","
          "\"seen\":"
          "\"2026-11-10\"}"),
     MODEL("1", "60"),
     {-31667, -6667, 0, 0}},
    {"other weights", ROWS("100", "", ""), MODEL("3", "60"), {0, -8334, 0, -8333}},
};

static void told_causes(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Scene before;
        Scene after;
        Rescored rescored;
        if (scene_model(&before, SLICE(MODEL("1", "60"))) &&
            scene_model(&after, slice_from_text(cases[i].model_after)) &&
            scene_rows(&before, slice_from_text(cases[i].rows), features_view_now(0)) &&
            scene_rows(&after, slice_from_text(cases[i].rows), features_view_now(0))) {
            explain(&before, &after, at("2026-11-01"), at("2026-11-11"), &rescored);
            CHECK_NAMED(rescored.explained, cases[i].name);
            for (unsigned cause = 0; cause < CHANGE_CAUSE_COUNT; cause++) {
                CHECK_INT(rescored.change.causes[cause], cases[i].causes[cause], cases[i].name);
            }
            check_sums(&rescored, cases[i].name);
        }
        scene_end(&before);
        scene_end(&after);
    }
}

typedef struct Told {
    const char *name;
    RiskLevel before;
    RiskLevel after;
    bool held; /* a better level was a candidate */
    int32_t parts[4][CHANGE_CAUSE_COUNT];
    const char *texts; /* joined by "; " */
} Told;

static const Told told_cases[] = {
    {"what moved most comes first, in tenths of a point",
     RISK_LOW,
     RISK_HIGH,
     false,
     {{0, -5240, 0, 0}, {0, 0, -12000, 0}},
     "B -12 (the customer changed); A -5.2 (time passed)"},
    {"what points the other way is left out, and what rounds to nothing",
     RISK_LOW,
     RISK_MEDIUM,
     false,
     {{0, 7000, 0, 0}, {-49, 0, 0, 0}, {-50, 0, 0, 0}},
     "C -0.1 (data arrived late)"},
    {"the cause is the one that moved the part that way",
     RISK_HIGH,
     RISK_LOW,
     false,
     {{0, -9000, 12000, 0}},
     "A +3 (the customer changed)"},
    {"no more than three",
     RISK_LOW,
     RISK_CRITICAL,
     false,
     {{-1000, 0, 0, 0}, {-2000, 0, 0, 0}, {-3000, 0, 0, 0}, {0, 0, 0, -4000}},
     "D -4 (the model changed); C -3 (data arrived late); B -2 (data arrived late)"},
    {"a held level says so first",
     RISK_MEDIUM,
     RISK_LOW,
     true,
     {{0, -2000, 0, 0}},
     "the earlier rise has held"},
    {"a candidate has no part in a fall",
     RISK_MEDIUM,
     RISK_HIGH,
     true,
     {{0, -2000, 0, 0}},
     "A -2 (time passed)"},
    {"nothing moved", RISK_LOW, RISK_MEDIUM, false, {{0}}, ""},
};

static void told_in_words(void)
{
    for (size_t i = 0; i < sizeof told_cases / sizeof told_cases[0]; i++) {
        const Told *row = &told_cases[i];
        static const Slice labels[] = {SLICE_INIT("A"), SLICE_INIT("B"), SLICE_INIT("C"), SLICE_INIT("D")};
        TestAllocator allocator;
        Arena arena;
        test_allocator_init(&allocator);
        arena_init(&arena, &allocator.allocator, 0);
        ChangePart parts[4] = {{.label = labels[0]}};
        ScoreChange change = {.parts = parts, .part_count = 4};
        ScoreResult result = {.level = row->after};
        result.previous.level = row->before;
        result.previous.has_candidate = row->held;
        for (unsigned k = 0; k < 4; k++) {
            parts[k].label = labels[k];
            for (unsigned cause = 0; cause < CHANGE_CAUSE_COUNT; cause++) {
                parts[k].causes[cause] = row->parts[k][cause];
                parts[k].total += row->parts[k][cause];
                change.total += row->parts[k][cause];
            }
        }
        CHECK_ERROR(score_change_tell(&arena, &change, &result), ERROR_OK, row->name);
        Buffer joined;
        buffer_init(&joined, &arena, 0);
        for (uint32_t k = 0; k < result.change_count; k++) {
            buffer_append(&joined, k > 0 ? SLICE("; ") : SLICE(""));
            buffer_append(&joined, result.changes[k]);
        }
        CHECK_TEXT(buffer_slice(&joined), slice_from_text(row->texts), row->name);
        arena_free(&arena);
    }
}

static void without_a_score_there_is_no_change(void)
{
    Scene scene;
    Rescored rescored;
    if (scene_model(&scene, SLICE(MODEL("100", "60"))) &&
        scene_rows(&scene, SLICE("{\"account\":[{\"id\":\"001a\",\"employees\":7}]}"),
                   features_view_now(0))) {
        explain(&scene, &scene, 0, 1, &rescored);
        CHECK(!rescored.explained);
    }
    scene_end(&scene);
}

static uint64_t next_random(uint64_t *state)
{
    *state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t mixed = (*state ^ (*state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

static uint64_t below(uint64_t *state, uint64_t limit)
{
    return next_random(state) % limit;
}

/* Components of every kind: thirds, decay, dates, counts, and some that are unknown or wrong. */
static Slice random_model(Arena *arena, uint64_t *random)
{
    static const char *const scores[] = {"linear((now - account.last_touch).getHours(), 2000, 7)",
                                         "100.0 * decay(now - account.last_touch, days(30))",
                                         "percent(activities.filter(a, a.at > now - days(14)).size(), 3)",
                                         "account.employees",
                                         "double(account.employees) / 3.0",
                                         "100.0 / 3.0",
                                         "account.revenue",
                                         "100 / (account.employees - 7)",
                                         "steps(account.employees, [[0, 10], [5, 33.3], [50, 66.7]])",
                                         "business_days(account.last_touch, now) * 7",
                                         "avg([1.0, account.revenue, 2.5]) * 20.0",
                                         "signals.days * 3"};
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, SLICE("{\"model\":{\"minimum_coverage\":0,\"signals\":{\"days\":\"(now - "
                               "account.last_touch).getHours() / "
                               "24\"},\"components\":["));
    const uint64_t count = 1 + below(random, 12);
    for (uint64_t i = 0; i < count; i++) {
        buffer_append(&text, i > 0 ? SLICE(",{\"name\":\"c") : SLICE("{\"name\":\"c"));
        buffer_append_uint64(&text, i);
        buffer_append(&text, SLICE("\",\"weight\":"));
        buffer_append_double(&text, (double)(1 + below(random, 97)) / 3);
        buffer_append(&text, SLICE(",\"score\":\""));
        buffer_append(&text,
                      slice_from_text(scores[i == 0 ? 5 : below(random, sizeof scores / sizeof scores[0])]));
        buffer_append(&text, SLICE("\"}"));
    }
    buffer_append(&text, SLICE("],\"gates\":["));
    for (uint64_t i = 0; i < below(random, 3); i++) {
        buffer_append(&text, i > 0 ? SLICE(",{\"name\":\"g") : SLICE("{\"name\":\"g"));
        buffer_append_uint64(&text, i);
        buffer_append(&text, SLICE("\",\"when\":\"activities.size() > "));
        buffer_append_uint64(&text, below(random, 5));
        buffer_append(&text, SLICE("\",\"at_most\":"));
        buffer_append_double(&text, (double)below(random, 900) / 9);
        buffer_append(&text, SLICE("}"));
    }
    buffer_append(&text, SLICE("]}}"));
    return buffer_slice(&text);
}

static Slice random_rows(Arena *arena, uint64_t *random)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, SLICE("{\"account\":[{\"id\":\"001a\",\"employees\":"));
    buffer_append_uint64(&text, below(random, 90));
    buffer_append(&text, SLICE("}],\"activity\":["));
    const uint64_t count = below(random, 8);
    for (uint64_t i = 0; i < count; i++) {
        char when[TIME_TEXT_BYTES];
        char seen[TIME_TEXT_BYTES];
        const int64_t ms = at("2026-10-01") + (int64_t)below(random, UINT64_C(45) * 86400000);
        time_print(ms, when);
        time_print(ms + (int64_t)below(random, UINT64_C(9) * 86400000), seen);
        buffer_append(&text, i > 0 ? SLICE(",{\"id\":\"00T") : SLICE("{\"id\":\"00T"));
        buffer_append_uint64(&text, i);
        buffer_append(&text, SLICE("\",\"account_id\":\"001a\",\"kind\":\"call\",\"done\":true,\"at\":\""));
        buffer_append(&text, slice_make(when, sizeof when));
        buffer_append(&text, SLICE("\",\"first_seen\":\""));
        buffer_append(&text, slice_make(seen, sizeof seen));
        buffer_append(&text, SLICE("\"}"));
    }
    buffer_append(&text, SLICE("],\"changes\":[{\"id\":\"001a\",\"column\":\"employees\",\"old\":\""));
    buffer_append_uint64(&text, below(random, 90));
    buffer_append(&text, SLICE("\",\"new\":\"1\",\"stamp\":\"2026-11-05\",\"seen\":\"2026-11-06\"}]}"));
    return buffer_slice(&text);
}

static void random_changes_add_up(void)
{
    uint64_t random = 7;
    unsigned explained = 0;
    for (unsigned turn = 0; turn < 500; turn++) {
        TestAllocator allocator;
        Arena arena;
        Scene before;
        Scene after;
        Rescored rescored = {.explained = false};
        test_allocator_init(&allocator);
        arena_init(&arena, &allocator.allocator, 0);
        const Slice rows = random_rows(&arena, &random);
        const bool same = below(&random, 2) == 0;
        const Slice first = random_model(&arena, &random);
        const Slice second = same ? first : random_model(&arena, &random);
        if (scene_model(&before, first) && scene_model(&after, second) &&
            scene_rows(&before, rows, features_view_now(0)) &&
            scene_rows(&after, rows, features_view_now(0))) {
            explain(&before, &after, at("2026-11-01"), at("2026-11-11"), &rescored);
        }
        if (rescored.explained) {
            explained++;
            check_sums(&rescored, "random");
            CHECK(!same || rescored.change.causes[CHANGE_MODEL] == 0);
        }
        scene_end(&before);
        scene_end(&after);
        arena_free(&arena);
    }
    CHECK(explained > 400);
}

TEST_MAIN(told_causes, told_in_words, without_a_score_there_is_no_change, random_changes_add_up)
