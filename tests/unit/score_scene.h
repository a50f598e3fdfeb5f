/* A scene: a configuration, rows and a time, scored; what the tests of scoring have in common. */
#ifndef PERLY_TESTS_UNIT_SCORE_SCENE_H
#define PERLY_TESTS_UNIT_SCORE_SCENE_H

#include "base/time.h"
#include "score/score.h"
#include "score_rows.h"
#include "test.h"

typedef struct Scene {
    TestAllocator allocator;
    Arena arena;
    Arena scratch;
    ConfigIssues issues;
    Config *config;
    Model *model;
    Features features;
    Scorer *scorer;
    Block block;
} Scene;

static inline int64_t at(const char *text)
{
    int64_t ms = 0;
    CHECK_ERROR(time_parse(slice_from_text(text), &ms), ERROR_OK, text);
    return ms;
}

/* False, with a failed check, when something is wrong with the configuration. */
static inline bool scene_model(Scene *scene, Slice config)
{
    *scene = (Scene){.config = NULL};
    test_allocator_init(&scene->allocator);
    arena_init(&scene->arena, &scene->allocator.allocator, 0);
    arena_init(&scene->scratch, &scene->allocator.allocator, 0);
    Error error = config_read(&scene->arena, config, SLICE("scene.json"), &scene->issues, &scene->config);
    if (error.code == ERROR_OK) {
        error = model_compile(&scene->arena, scene->config, NULL, 0, NULL, &scene->issues, &scene->model);
    }
    CHECK_TEXT(error.message, SLICE(""), "configuration");
    CHECK_ERROR(error, ERROR_OK, "configuration");
    if (error.code != ERROR_OK) {
        return false;
    }
    features_init(&scene->features, &scene->arena, scene->model);
    error = scorer_create(&scene->arena, scene->model, &scene->scratch, &scene->scorer);
    CHECK_ERROR(error, ERROR_OK, "scorer");
    return error.code == ERROR_OK;
}

static inline bool scene_rows(Scene *scene, Slice rows, FeaturesView view)
{
    Error error = score_rows_add(&scene->arena, rows, &scene->features);
    CHECK_TEXT(error.message, SLICE(""), "rows");
    CHECK_ERROR(error, ERROR_OK, "rows");
    if (error.code == ERROR_OK) {
        error = features_block(&scene->features, &scene->arena, &scene->scratch, view, &scene->block);
        CHECK_ERROR(error, ERROR_OK, "block");
    }
    return error.code == ERROR_OK;
}

static inline ScoreResult scene_score(Scene *scene, uint32_t account, int64_t now_ms, ScoreState previous)
{
    ScoreResult result = {.unscored = UNSCORED_FILTER};
    const ScoreInput input = {&scene->block, account, now_ms, previous, {0}};
    CHECK_ERROR(score_account(scene->scorer, &scene->arena, &input, &result), ERROR_OK, "score");
    return result;
}

static inline void scene_end(Scene *scene)
{
    arena_free(&scene->arena);
    arena_free(&scene->scratch);
    CHECK_INT(scene->allocator.bytes, 0, "nothing is kept");
}

#endif
