#include "sync/score/cause.h"

void causes_begin(Causes *causes, Arena *arena, Arena *views, Arena *scratch, const Features *features,
                  Scorer *scorer, const Model *model, int64_t now_ms)
{
    arena_reset(views);
    *causes = (Causes){.arena = arena,
                       .views = views,
                       .scratch = scratch,
                       .features = features,
                       .scorer = scorer,
                       .model = model,
                       .now_ms = now_ms,
                       .made = false};
}

/* The views of score/change.h. */
static Error make_blocks(Causes *causes, int64_t then_ms)
{
    const int64_t now_ms = causes->now_ms;
    const FeaturesView views[CAUSE_VIEWS] = {{then_ms, then_ms, INT64_MIN, INT64_MIN},
                                             {then_ms, then_ms, now_ms, then_ms},
                                             {now_ms, then_ms, now_ms, then_ms}};
    if (causes->made && causes->then_ms == then_ms) {
        return ERROR_NONE;
    }
    causes->made = false;
    arena_reset(causes->views);
    for (size_t i = 0; i < CAUSE_VIEWS; i++) {
        RETURN_IF_ERROR(
            features_block(causes->features, causes->views, causes->scratch, views[i], &causes->blocks[i]));
    }
    causes->made = true;
    causes->then_ms = then_ms;
    return ERROR_NONE;
}

/* The row of an account in a block, where accounts stand in order of Id; false when it was not known then. */
static bool find_account(const Block *block, Slice id, uint32_t *row)
{
    uint32_t low = 0;
    uint32_t high = block->accounts.row_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = slice_compare(row_text(row_at(&block->accounts, middle), 0), id);
        if (order == 0) {
            *row = middle;
            return true;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return false;
}

Error causes_find(Causes *causes, const ScoreResult *result, int64_t then_ms, ScoreChange *change,
                  bool *known)
{
    ScoreResult results[CAUSE_VIEWS];
    Error error = ERROR_NONE;
    *known = false;
    RETURN_IF_ERROR(make_blocks(causes, then_ms));
    for (size_t i = 0; i < CAUSE_VIEWS; i++) {
        const Block *block = &causes->blocks[i];
        ScoreInput input = {
            .block = block, .now_ms = block->now_ms, .previous = result->previous, .frozen = causes->frozen};
        if (!find_account(block, result->account_id, &input.account)) {
            return ERROR_NONE;
        }
        RETURN_IF_ERROR(score_account(causes->scorer, causes->arena, &input, &results[i]));
    }
    const ChangeInput input = {{causes->model, causes->model},
                               {&results[0], &results[1], &results[2], result, result}};
    *known = score_change(causes->arena, &input, change, &error);
    return error;
}
