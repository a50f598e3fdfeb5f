/* Rows and scores of a generated org, for comparing perly_score.wasm with the core (score_module.test.mjs).
 */
#include "base/hash.h"
#include "base/number.h"
#include "score.h"
#include "score_org.h"
#include "score_setting.h"

static void append_hex(Buffer *answer, const void *bytes, size_t count)
{
    char *text = buffer_reserve(answer, 2 * count);
    if (text != NULL) {
        hash_hex(bytes, count, text);
        answer->length += 2 * count;
    }
}

static Error make_org(ScoreSetting *setting, const Slice *args, Features *features)
{
    uint64_t seed = 0;
    uint64_t accounts = 0;
    RETURN_IF_ERROR(number_parse_uint64(args[1], &seed));
    RETURN_IF_ERROR(number_parse_uint64(args[2], &accounts));
    features_init(features, &setting->page, setting->model);
    return score_org_add(&setting->page, seed, 0, (uint32_t)accounts, features);
}

static Error tell_rows(ScoreSetting *setting, const Slice *args, Buffer *answer)
{
    Features features;
    RETURN_IF_ERROR(make_org(setting, args, &features));
    for (const FeatureBatch *batch = features.first; batch != NULL; batch = batch->next) {
        const RowBatch *rows = &batch->rows;
        const char *start = rows->rows - ROW_HEADER_BYTES; /* features_make joins its batches */
        const size_t bytes = (size_t)(rows->heap - start) + rows->heap_bytes;
        buffer_append(answer, setting->model->schemas.entities[batch->entity].table);
        buffer_append_byte(answer, ' ');
        append_hex(answer, start, bytes);
        buffer_append_byte(answer, '\n');
    }
    return ERROR_NONE;
}

static Error tell_score(const ScoreSetting *setting, Arena *arena, const ScoreResult *result, Buffer *answer)
{
    Slice texts[3];
    RETURN_IF_ERROR(score_reasons_json(arena, setting->model, result, &texts[0]));
    RETURN_IF_ERROR(score_components_json(arena, setting->model, result, &texts[1]));
    RETURN_IF_ERROR(score_signals_json(arena, setting->model, result, &texts[2]));
    buffer_append(answer, result->account_id);
    buffer_append_byte(answer, '\t');
    if (result->unscored == SCORE_IS_SCORED) {
        buffer_append_int64(answer, result->score);
        buffer_append_byte(answer, ' ');
        buffer_append(answer, risk_level_name(result->level));
        buffer_append_byte(answer, ' ');
        append_hex(answer, &result->raw, sizeof result->raw);
    } else {
        buffer_append(answer, score_unscored_text(arena, setting->model, result));
    }
    buffer_append_byte(answer, '\t');
    append_hex(answer, &result->coverage, sizeof result->coverage);
    for (unsigned i = 0; i < 3; i++) {
        buffer_append_byte(answer, '\t');
        buffer_append(answer, texts[i]);
    }
    buffer_append_byte(answer, '\n');
    return ERROR_NONE;
}

static Error tell_scores(ScoreSetting *setting, const Slice *args, Buffer *answer)
{
    Features features;
    Block block;
    RETURN_IF_ERROR(make_org(setting, args, &features));
    RETURN_IF_ERROR(features_block(&features, &setting->page, &setting->scratch,
                                   features_view_now(SCORE_ORG_NOW_MS), &block));
    for (uint32_t i = 0; i < block.accounts.row_count; i++) {
        ScoreResult result;
        const ScoreInput input = {&block, i, SCORE_ORG_NOW_MS, {0}, {0}};
        RETURN_IF_ERROR(score_account(setting->scorer, &setting->page, &input, &result));
        RETURN_IF_ERROR(tell_score(setting, &setting->page, &result, answer));
    }
    return ERROR_NONE;
}

static Error with_setting(const Slice *args, Buffer *answer,
                          Error (*tell)(ScoreSetting *setting, const Slice *args, Buffer *answer))
{
    ScoreSetting setting = {.model = NULL};
    Error error = score_setting_open(&setting, answer->arena->allocator, args[0]);
    if (error.code == ERROR_OK) {
        error = tell(&setting, args, answer);
    }
    return score_setting_close(&setting, error, answer);
}

Error score_org_rows(const Slice *args, Buffer *answer)
{
    return with_setting(args, answer, tell_rows);
}

Error score_org_scores(const Slice *args, Buffer *answer)
{
    return with_setting(args, answer, tell_scores);
}
