#include "score.h"

#include "../unit/score_rows.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/sha256.h"
#include "base/time.h"
#include "score/score.h"
#include "score_org.h"
#include "score_setting.h"

enum { BLOCK_ACCOUNTS = 250 };

Error score_setting_open(ScoreSetting *setting, const Allocator *allocator, Slice text)
{
    Config *config = NULL;
    ConfigIssues issues;
    arena_init(&setting->instance, allocator, 0);
    arena_init(&setting->page, allocator, 0);
    arena_init(&setting->scratch, allocator, 0);
    RETURN_IF_ERROR(config_read(&setting->instance, text, SLICE("vector"), &issues, &config));
    RETURN_IF_ERROR(model_compile(&setting->instance, config, NULL, 0, NULL, &issues, &setting->model));
    return scorer_create(&setting->instance, setting->model, &setting->scratch, &setting->scorer);
}

Error score_setting_close(ScoreSetting *setting, Error error, Buffer *answer)
{
    error = error_copy(answer->arena, error);
    arena_free(&setting->instance);
    arena_free(&setting->page);
    arena_free(&setting->scratch);
    return error;
}

static void tell(const ScoreSetting *setting, const ScoreResult *result, Buffer *answer)
{
    buffer_append(answer, result->account_id);
    buffer_append_byte(answer, ' ');
    if (result->unscored == SCORE_IS_SCORED) {
        buffer_append_int64(answer, result->score);
        buffer_append_byte(answer, ' ');
        buffer_append(answer, risk_level_name(result->level));
    } else {
        buffer_append_byte(answer, '-');
    }
    buffer_append_byte(answer, ' ');
    buffer_append_double(answer, result->coverage);
    for (uint32_t i = 0; i < setting->model->config->component_count; i++) {
        buffer_append_byte(answer, ' ');
        if (result->components[i].known == SCORE_KNOWN) {
            buffer_append_double(answer, result->components[i].score);
        } else {
            buffer_append_byte(answer, result->components[i].known == SCORE_ERROR ? '!' : '?');
        }
    }
    for (uint32_t i = 0; i < result->reason_count; i++) {
        buffer_append(answer, SLICE(" | "));
        buffer_append(answer, result->reasons[i].text);
    }
    buffer_append_byte(answer, '\n');
}

static Error tell_all(ScoreSetting *setting, const Slice *args, Buffer *answer)
{
    int64_t now_ms = 0;
    Features features;
    Block block;
    RETURN_IF_ERROR(time_parse(args[2], &now_ms));
    features_init(&features, &setting->page, setting->model);
    RETURN_IF_ERROR(score_rows_add(&setting->page, args[1], &features));
    RETURN_IF_ERROR(
        features_block(&features, &setting->page, &setting->scratch, features_view_now(now_ms), &block));
    for (uint32_t i = 0; i < block.accounts.row_count; i++) {
        ScoreResult result;
        const ScoreInput input = {&block, i, now_ms, {0}, {0}};
        RETURN_IF_ERROR(score_account(setting->scorer, &setting->page, &input, &result));
        tell(setting, &result, answer);
    }
    return ERROR_NONE;
}

Error score_told(const Slice *args, Buffer *answer)
{
    ScoreSetting setting = {.model = NULL};
    Error error = score_setting_open(&setting, answer->arena->allocator, args[0]);
    if (error.code == ERROR_OK) {
        error = tell_all(&setting, args, answer);
    }
    return score_setting_close(&setting, error, answer);
}

typedef struct Totals {
    Sha256 hash;
    uint64_t scored;
    uint64_t errors;
} Totals;

static void hash_bits(Sha256 *hash, const void *bytes, size_t count)
{
    sha256_update(hash, slice_make(bytes, count));
}

static void hash_double(Sha256 *hash, double value)
{
    hash_bits(hash, &value, sizeof value);
}

static void hash_value(Sha256 *hash, CelValue value)
{
    hash_bits(hash, &value.kind, 1);
    switch ((CelKind)value.kind) {
    case CEL_UNKNOWN:
    case CEL_NULL: break;
    case CEL_ERROR: sha256_update(hash, slice_from_text(value.as.text)); break;
    case CEL_STRING: sha256_update(hash, cel_text(value)); break;
    case CEL_LIST:
        for (uint32_t i = 0; i < value.length; i++) {
            const CelValue item = value.as.items[i];
            hash_bits(hash, &item.kind, 1);
            sha256_update(hash, item.kind == CEL_STRING ? cel_text(item)
                                                        : slice_make((const char *)&item.as.integer, 8));
        }
        break;
    default: hash_bits(hash, &value.as.integer, sizeof value.as.integer); break;
    }
}

static void hash_result(const ScoreSetting *setting, const ScoreResult *result, Totals *totals)
{
    Sha256 *hash = &totals->hash;
    const Config *config = setting->model->config;
    for (uint32_t i = 0; i < config->signal_count; i++) {
        hash_value(hash, result->signals[i].value);
    }
    for (uint32_t i = 0; i < config->component_count; i++) {
        hash_double(hash, result->components[i].score);
        hash_double(hash, result->components[i].points);
        hash_bits(hash, &result->components[i].thousandths, sizeof result->components[i].thousandths);
    }
    for (uint32_t i = 0; i < config->gate_count; i++) {
        hash_double(hash, result->gates[i].points);
    }
    for (uint32_t i = 0; i < result->reason_count; i++) {
        sha256_update(hash, result->reasons[i].text);
    }
    hash_double(hash, result->coverage);
    hash_double(hash, result->raw);
    hash_bits(hash, &result->score, sizeof result->score);
    totals->scored += result->unscored == SCORE_IS_SCORED;
    totals->errors += result->errors;
}

static Error score_block(ScoreSetting *setting, uint64_t seed, uint32_t first, uint32_t count, Totals *totals)
{
    Features features;
    Block block;
    features_init(&features, &setting->page, setting->model);
    RETURN_IF_ERROR(score_org_add(&setting->page, seed, first, count, &features));
    RETURN_IF_ERROR(features_block(&features, &setting->page, &setting->scratch,
                                   features_view_now(SCORE_ORG_NOW_MS), &block));
    for (uint32_t i = 0; i < block.accounts.row_count; i++) {
        ScoreResult result;
        const ScoreInput input = {&block, i, SCORE_ORG_NOW_MS, {0}, {0}};
        RETURN_IF_ERROR(score_account(setting->scorer, &setting->page, &input, &result));
        hash_result(setting, &result, totals);
    }
    arena_reset(&setting->page);
    return ERROR_NONE;
}

static Error score_all(ScoreSetting *setting, const Slice *args, Buffer *answer)
{
    uint64_t seed = 0;
    uint64_t accounts = 0;
    Totals totals = {.scored = 0};
    uint8_t digest[SHA256_BYTES];
    char hex[SHA256_HEX_BYTES];
    RETURN_IF_ERROR(number_parse_uint64(args[1], &seed));
    RETURN_IF_ERROR(number_parse_uint64(args[2], &accounts));
    sha256_init(&totals.hash);
    for (uint32_t first = 0; first < accounts; first += BLOCK_ACCOUNTS) {
        const uint64_t left = accounts - first;
        RETURN_IF_ERROR(score_block(setting, seed, first,
                                    left < BLOCK_ACCOUNTS ? (uint32_t)left : BLOCK_ACCOUNTS, &totals));
    }
    sha256_finish(&totals.hash, digest);
    hash_hex(digest, sizeof digest, hex);
    buffer_append_uint64(answer, totals.scored);
    buffer_append(answer, SLICE(" scored, "));
    buffer_append_uint64(answer, totals.errors);
    buffer_append(answer, SLICE(" errors, "));
    buffer_append(answer, slice_make(hex, sizeof hex));
    return ERROR_NONE;
}

Error score_many(const Slice *args, Buffer *answer)
{
    ScoreSetting setting = {.model = NULL};
    Error error = score_setting_open(&setting, answer->arena->allocator, args[0]);
    if (error.code == ERROR_OK) {
        error = score_all(&setting, args, answer);
    }
    return score_setting_close(&setting, error, answer);
}
