/* Levels: the plain table, hysteresis, hold, and every order of events between them. */
#include "score/score.h"
#include "test.h"

#define HOUR INT64_C(3600000)

static const ConfigRisk risk = {.edges = {75, 50, 25, 0}, .hysteresis = 5, .hold_up_ms = 24 * HOUR};

static void plain_table(void)
{
    static const struct {
        int64_t score;
        RiskLevel level;
    } cases[] = {{100, RISK_LOW},     {75, RISK_LOW},  {74, RISK_MEDIUM},   {50, RISK_MEDIUM},
                 {49, RISK_HIGH},     {25, RISK_HIGH}, {24, RISK_CRITICAL}, {0, RISK_CRITICAL},
                 {-9, RISK_CRITICAL}, {105, RISK_LOW}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(score_level_plain(&risk, cases[i].score), cases[i].level, "plain");
    }
}

/* Whether a level in force stays as it is, without a better one on its way. */
static bool stays(RiskLevel level, int32_t score)
{
    const ScoreState state = {.scored = true, .level = level};
    int64_t due = 0;
    const ScoreState after = score_level(&risk, &state, score, HOUR, &due);
    return after.level == level && !after.has_candidate;
}

static void edges(void)
{
    for (int level = RISK_LOW; level <= RISK_CRITICAL; level++) {
        for (int32_t score = 0; score <= SCORE_MAX; score++) {
            int32_t edge = -1;
            const bool differs = score_level_edge(&risk, (RiskLevel)level, score, &edge);
            CHECK_INT(differs, score_level_plain(&risk, score) != (RiskLevel)level,
                      "an edge where they differ");
            if (!differs) {
                CHECK_INT(stays((RiskLevel)level, score), true, "in its own range it stays");
                continue;
            }
            const int32_t step = score_level_plain(&risk, score) < (RiskLevel)level ? -1 : 1;
            CHECK_INT(stays((RiskLevel)level, edge), false, "at the edge it is left");
            CHECK_INT(stays((RiskLevel)level, edge + step), true, "one before it is not");
        }
    }
}

static void standing(void)
{
    static const ConfigRisk narrow = {.edges = {98, 50, 3, 0}, .hysteresis = 5, .hold_up_ms = HOUR / 2};
    static const ConfigRisk brief = {.edges = {75, 50, 25, 0}, .hysteresis = 5, .hold_up_ms = 45000};
    static const struct {
        const ConfigRisk *risk;
        RiskLevel level;
        int32_t score;
        const char *text;
    } cases[] = {{&risk, RISK_HIGH, 52, "still High until 55"},
                 {&risk, RISK_HIGH, 49, ""},
                 {&risk, RISK_MEDIUM, 47, "still Medium until 44"},
                 {&risk, RISK_LOW, 70, "still Low until 69"},
                 {&risk, RISK_HIGH, 55, "still High until Medium has held for 1d"},
                 {&risk, RISK_CRITICAL, 90, "still Critical until Low has held for 1d"},
                 {&narrow, RISK_HIGH, 56, "still High until Medium has held for 30m"},
                 {&brief, RISK_HIGH, 55, "still High until Medium has held for 45s"},
                 {&narrow, RISK_MEDIUM, 99, "still Medium"},
                 {&narrow, RISK_HIGH, 2, "still High"}};
    TestAllocator memory;
    Arena arena;
    test_allocator_init(&memory);
    arena_init(&arena, &memory.allocator, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_TEXT(score_standing(&arena, cases[i].risk, cases[i].level, cases[i].score),
                   slice_from_text(cases[i].text), "standing");
    }
    arena_free(&arena);
}

/* A story: scores at hours, and what is in force after each. */
typedef struct Step {
    int64_t hour;
    int32_t score;
    RiskLevel level;
    int candidate; /* -1: none */
    int64_t due_hour;
} Step;

typedef struct Story {
    const char *name;
    Step steps[8];
    size_t count;
} Story;

static const Story stories[] = {
    {"the first score has no hysteresis", {{0, 52, RISK_MEDIUM, -1, 0}}, 1},
    {"near a boundary the level stays",
     {{0, 50, RISK_MEDIUM, -1, 0}, {1, 45, RISK_MEDIUM, -1, 0}, {2, 52, RISK_MEDIUM, -1, 0}},
     3},
    {"beyond the hysteresis it falls at once", {{0, 50, RISK_MEDIUM, -1, 0}, {1, 44, RISK_HIGH, -1, 0}}, 2},
    {"it falls to the level of score + h, not of the score",
     {{0, 80, RISK_LOW, -1, 0}, {1, 23, RISK_HIGH, -1, 0}},
     2},
    {"far down it skips levels", {{0, 80, RISK_LOW, -1, 0}, {1, 19, RISK_CRITICAL, -1, 0}}, 2},
    {"52 is still High until 55",
     {{0, 40, RISK_HIGH, -1, 0},
      {1, 52, RISK_HIGH, -1, 0},
      {2, 54, RISK_HIGH, -1, 0},
      {3, 55, RISK_HIGH, RISK_MEDIUM, 27}},
     4},
    {"a better level must hold a day",
     {{0, 40, RISK_HIGH, -1, 0},
      {1, 60, RISK_HIGH, RISK_MEDIUM, 25},
      {24, 60, RISK_HIGH, RISK_MEDIUM, 25},
      {25, 60, RISK_MEDIUM, -1, 0}},
     4},
    {"time counts, not scorings",
     {{0, 40, RISK_HIGH, -1, 0}, {1, 60, RISK_HIGH, RISK_MEDIUM, 25}, {400, 60, RISK_MEDIUM, -1, 0}},
     3},
    {"a candidate that rises restarts the hold",
     {{0, 10, RISK_CRITICAL, -1, 0},
      {1, 40, RISK_CRITICAL, RISK_HIGH, 25},
      {20, 60, RISK_CRITICAL, RISK_MEDIUM, 44},
      {25, 60, RISK_CRITICAL, RISK_MEDIUM, 44},
      {44, 60, RISK_MEDIUM, -1, 0}},
     5},
    {"one that falls but stays better keeps it",
     {{0, 10, RISK_CRITICAL, -1, 0},
      {1, 60, RISK_CRITICAL, RISK_MEDIUM, 25},
      {20, 40, RISK_CRITICAL, RISK_HIGH, 25},
      {25, 40, RISK_HIGH, -1, 0}},
     4},
    {"none ends it",
     {{0, 40, RISK_HIGH, -1, 0},
      {1, 60, RISK_HIGH, RISK_MEDIUM, 25},
      {20, 50, RISK_HIGH, -1, 0},
      {21, 60, RISK_HIGH, RISK_MEDIUM, 45},
      {44, 60, RISK_HIGH, RISK_MEDIUM, 45},
      {45, 60, RISK_MEDIUM, -1, 0}},
     6},
    {"a fall ends it",
     {{0, 40, RISK_HIGH, -1, 0}, {1, 60, RISK_HIGH, RISK_MEDIUM, 25}, {2, 10, RISK_CRITICAL, -1, 0}},
     3},
    {"after one rise the next is held anew",
     {{0, 10, RISK_CRITICAL, -1, 0},
      {1, 90, RISK_CRITICAL, RISK_LOW, 25},
      {25, 40, RISK_HIGH, -1, 0},
      {26, 90, RISK_HIGH, RISK_LOW, 50}},
     4},
};

static void check_step(const Story *story, const Step *step, ScoreState *state)
{
    int64_t due = -1;
    *state = score_level(&risk, state, step->score, step->hour * HOUR, &due);
    CHECK_INT(state->level, step->level, story->name);
    CHECK_INT(state->has_candidate ? (int)state->candidate : -1, step->candidate, story->name);
    CHECK_INT(due, step->due_hour * HOUR, story->name);
    CHECK_INT(state->score, step->score, story->name);
    CHECK_NAMED(state->scored && state->scored_before, story->name);
}

static void told_stories(void)
{
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        ScoreState state = {.scored = false};
        for (size_t j = 0; j < stories[i].count; j++) {
            check_step(&stories[i], &stories[i].steps[j], &state);
        }
    }
}

/* Every level before, every score: never better at once, never worse within the hysteresis. */
static void every_transition(void)
{
    for (unsigned before = 0; before < RISK_LEVEL_COUNT; before++) {
        for (int32_t score = 0; score <= 100; score++) {
            const ScoreState previous = {
                .scored_before = true, .scored = true, .level = (RiskLevel)before, .score = score};
            int64_t due = 0;
            const ScoreState after = score_level(&risk, &previous, score, 7 * HOUR, &due);
            const RiskLevel worst = score_level_plain(&risk, score + 5);
            const RiskLevel best = score_level_plain(&risk, score - 5);
            CHECK(after.level >= previous.level);
            CHECK_INT(after.level, worst > previous.level ? worst : previous.level, "worse at once");
            CHECK_INT(after.has_candidate, best < previous.level, "better is held");
            CHECK_INT(due, best < previous.level ? 31 * HOUR : 0, "due");
        }
    }
}

static void without_hold_or_hysteresis(void)
{
    const ConfigRisk bare = {.edges = {75, 50, 25, 0}};
    for (unsigned before = 0; before < RISK_LEVEL_COUNT; before++) {
        for (int32_t score = 0; score <= 100; score++) {
            const ScoreState previous = {.scored_before = true, .scored = true, .level = (RiskLevel)before};
            int64_t due = 0;
            const ScoreState after = score_level(&bare, &previous, score, HOUR, &due);
            CHECK_INT(after.level, score_level_plain(&bare, score), "the plain table");
            CHECK(!after.has_candidate && due == 0);
        }
    }
}

static void after_a_gap_the_plain_table_counts(void)
{
    const ScoreState previous = {.scored_before = true, .level = RISK_CRITICAL, .has_candidate = true};
    int64_t due = 0;
    const ScoreState after = score_level(&risk, &previous, 76, HOUR, &due);
    CHECK_INT(after.level, RISK_LOW, "no memory of the level before the gap");
    CHECK(!after.has_candidate);
}

TEST_MAIN(plain_table, edges, standing, told_stories, every_transition, without_hold_or_hysteresis,
          after_a_gap_the_plain_table_counts)
