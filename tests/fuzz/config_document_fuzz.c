/*
 * Any bytes as a configuration: read, compiled, and an account scored with it. A document that is read has a
 * canonical form that is read again to the same hash; every mistake names its place.
 */
#include "../plain_memory.h"
#include "base/assert.h"
#include "score/features.h"
#include "score/score.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One account of which nothing is known but its id. */
static void score_one(Arena *arena, const Allocator *allocator, const Model *model)
{
    const RowSchema *schema = &model->schemas.entities[ENTITY_ACCOUNT].stored;
    Arena scratch;
    RowWriter writer;
    RowBatch batch;
    Slice bytes;
    Features features;
    Block block;
    Scorer *scorer = NULL;
    ScoreResult result;
    arena_init(&scratch, allocator, 0);
    row_writer_init(&writer, arena, schema, 0);
    row_writer_begin(&writer);
    row_writer_text(&writer, STORED_ID, SLICE("001000000000001AAA"));
    perly_assert(row_writer_end(&writer).code == ERROR_OK);
    perly_assert(row_writer_finish(&writer, &bytes).code == ERROR_OK);
    perly_assert(row_batch_open(&batch, bytes, schema).code == ERROR_OK);
    features_init(&features, arena, model);
    perly_assert(features_add(&features, ENTITY_ACCOUNT, &batch).code == ERROR_OK);
    perly_assert(features_block(&features, arena, &scratch, features_view_now(0), &block).code == ERROR_OK);
    perly_assert(scorer_create(arena, model, &scratch, &scorer).code == ERROR_OK);
    const ScoreInput input = {&block, 0, 0, {0}, {0}};
    perly_assert(score_account(scorer, arena, &input, &result).code == ERROR_OK);
    perly_assert(result.unscored != SCORE_IS_SCORED || (result.score >= 0 && result.score <= 100));
    for (uint32_t i = 0; i < model->config->rule_count; i++) {
        (void)score_rule(scorer, &input, &result, i);
    }
    arena_free(&scratch);
}

static void read_again(Arena *arena, const Config *config)
{
    ConfigIssues issues;
    Config *again = NULL;
    Slice canonical;
    perly_assert(config_write_canonical(arena, config, &canonical).code == ERROR_OK);
    perly_assert(config_read(arena, canonical, SLICE("again"), &issues, &again).code == ERROR_OK);
    perly_assert(memcmp(again->hash, config->hash, sizeof config->hash) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Allocator allocator = {plain_resize, NULL};
    Arena arena;
    ConfigIssues issues;
    Config *config = NULL;
    Model *model = NULL;
    arena_init(&arena, &allocator, 0);
    Error error = config_read(&arena, slice_make((const char *)data, size), SLICE("fuzz"), &issues, &config);
    if (error.code == ERROR_OK) {
        read_again(&arena, config);
        error = model_compile(&arena, config, NULL, 0, NULL, &issues, &model);
    }
    perly_assert(error.code != ERROR_OUT_OF_MEMORY && error.code != ERROR_INTERNAL);
    /* A mistake in a text of the default (a signal that it reads is another now) is named by its pointer. */
    const bool built_in = slice_equal(error.place.source, SLICE("default.json"));
    perly_assert(error.code == ERROR_OK || (built_in ? error.place.pointer.length : error.place.line) > 0 ||
                 error.code == ERROR_LIMIT_EXCEEDED);
    if (model != NULL) {
        score_one(&arena, &allocator, model);
    }
    arena_free(&arena);
    return 0;
}
