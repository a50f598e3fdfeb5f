/* perly/score.h over score/rows.h: every answer is bytes. */
#include "perly/score.h"

#include "base/number.h"
#include "score/rows.h"

struct PerlyScore {
    Allocator allocator;
    RowScoring scoring;
    Arena text;
    Slice answer;
};

PerlyScore *perly_score_new(void *(*memory_resize)(void *context, void *block, size_t old_bytes,
                                                   size_t new_bytes),
                            void *context)
{
    PerlyScore *score = memory_resize(context, NULL, 0, sizeof *score);
    if (score == NULL) {
        return NULL;
    }
    score->allocator = (Allocator){memory_resize, context};
    score->answer = SLICE("");
    row_scoring_init(&score->scoring, &score->allocator);
    arena_init(&score->text, &score->allocator, 0);
    return score;
}

void perly_score_free(PerlyScore *score)
{
    if (score != NULL) {
        const Allocator allocator = score->allocator;
        row_scoring_free(&score->scoring);
        arena_free(&score->text);
        (void)allocator.resize(allocator.context, score, sizeof *score, 0);
    }
}

static uint32_t answer_json(PerlyScore *score, const Buffer *text)
{
    score->answer = text->failed ? SLICE("{\"issues\":[]}") : buffer_slice(text);
    return text->failed ? 0 : 1;
}

/* All mistakes of the configuration, or the one error. */
static uint32_t answer_error(PerlyScore *score, Error error)
{
    const ConfigIssues *issues = &score->scoring.issues;
    const Error *items = issues->count == 0 ? &error : issues->items;
    const uint32_t count = issues->count == 0 ? 1 : issues->count;
    Buffer text;
    buffer_init(&text, &score->text, 0);
    JsonWriter writer = {&text, false};
    json_write_object_begin(&writer);
    json_write_key(&writer, SLICE("issues"));
    json_write_array_begin(&writer);
    for (uint32_t i = 0; i < count && i < CONFIG_ISSUES_MAX; i++) {
        json_write_object_begin(&writer);
        json_write_error_members(&writer, items[i]);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    (void)answer_json(score, &text);
    return 0;
}

static void begin(PerlyScore *score)
{
    arena_reset(&score->text);
    score->answer = SLICE("");
    score->scoring.issues.count = 0;
}

static uint32_t end(PerlyScore *score, Error error)
{
    return error.code == ERROR_OK ? 1 : answer_error(score, error);
}

uint32_t perly_score_zones(PerlyScore *score, const char *bytes, size_t length)
{
    begin(score);
    return end(score, row_scoring_zones(&score->scoring, slice_make(bytes, length)));
}

uint32_t perly_score_open(PerlyScore *score, const char *json, size_t length)
{
    begin(score);
    const Error error = row_scoring_open(&score->scoring, slice_make(json, length));
    if (error.code != ERROR_OK) {
        return answer_error(score, error);
    }
    Buffer text;
    buffer_init(&text, &score->text, 0);
    JsonWriter writer = {&text, false};
    row_scoring_describe(&score->scoring, &writer);
    return answer_json(score, &text);
}

uint32_t perly_score_add(PerlyScore *score, const char *table, size_t table_length, const char *batch,
                         size_t batch_length)
{
    begin(score);
    return end(score, row_scoring_add(&score->scoring, slice_make(table, table_length),
                                      slice_make(batch, batch_length)));
}

uint32_t perly_score_run(PerlyScore *score, double now_ms)
{
    int64_t now = 0;
    begin(score);
    if (!number_to_int64(now_ms, &now)) {
        return answer_error(score, error_make(ERROR_CONFIG_VALUE, SLICE("the time is no whole number")));
    }
    return end(score, row_scoring_run(&score->scoring, now, &score->answer));
}

const char *perly_score_answer(const PerlyScore *score, size_t *length)
{
    *length = score->answer.length;
    return score->answer.data;
}
