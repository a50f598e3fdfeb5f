#include "sync/window.h"

#include "base/hash.h"
#include "base/time.h"

static Error finish_hash(Pull *pull, Sha256 *sha, Slice *hash)
{
    uint8_t digest[SHA256_BYTES];
    sha256_finish(sha, digest);
    char *text = arena_alloc(&pull->memory, 16, 1);
    if (text == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a pull"));
    }
    hash_hex(digest, 8, text);
    *hash = slice_make(text, 16);
    return ERROR_NONE;
}

static void hash_selected(const Plan *plan, uint32_t count, Sha256 *sha)
{
    for (uint32_t i = 0; i < count; i++) {
        sha256_update(sha, plan->fields.columns[i].name);
        sha256_update(sha, plan->missing[i] ? SLICE("-") : SLICE(","));
    }
}

/* The hash of the SELECT list: a job of other fields is not taken up again. */
static Error hash_fields(Pull *pull)
{
    Sha256 sha;
    sha256_init(&sha);
    hash_selected(pull->plan, pull->plan->fields.column_count, &sha);
    return finish_hash(pull, &sha, &pull->checkpoint.fields);
}

/* The hash of what columns are made of: rows of another hash are not what they would be. */
static Error hash_columns(Pull *pull)
{
    const Plan *plan = pull->plan;
    Sha256 sha;
    sha256_init(&sha);
    hash_selected(plan, plan->column_fields, &sha);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        sha256_update(&sha, plan->columns[i].name);
        sha256_update(&sha, SLICE("="));
        sha256_update(&sha, plan->columns[i].expression);
        sha256_update(&sha, SLICE(";"));
    }
    return finish_hash(pull, &sha, &pull->checkpoint.columns);
}

/*
 * All rows are read, not only those that changed: at first, when told to, when other fields are selected than
 * in the last pull (a new field has values in old rows), and once a day where a formula is selected, which
 * changes without a trace.
 */
static bool reads_everything(const Pull *pull)
{
    const Checkpoint *at = &pull->checkpoint;
    const bool other = at->done_columns.length != 0 && !slice_equal(at->done_columns, at->columns);
    const bool stale =
        pull->plan->calculated && pull->session->server_ms - at->refreshed_ms >= PULL_REFRESH_MS;
    return pull->full || at->last_end_ms == TIME_MS_MIN || other || stale;
}

void window_next(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    at->to_ms = at->goal_ms;
    if (pull->span_ms != 0) {
        const int64_t from_ms = at->from_ms == TIME_MS_MIN ? PULL_FIRST_MS : at->from_ms;
        at->to_ms = at->goal_ms - from_ms > pull->span_ms ? from_ms + pull->span_ms : at->goal_ms;
    }
    at->job_id = SLICE("");
    at->locator = SLICE("");
    at->received = 0;
    pull->rows_here = 0;
    pull->polls = 0;
}

/* A new pull: from the end of the last one, less the overlap, to the server's time, less the lag. */
static Error open_goal(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    if (pull->session->server_ms == 0) {
        return error_make(ERROR_SF_ANSWER,
                          SLICE("Salesforce's answers carry no Date: no window can be closed"));
    }
    pull->everything = reads_everything(pull);
    at->goal_ms = pull->session->server_ms - (pull->endless ? 0 : PULL_LAG_MS);
    at->from_ms = pull->everything ? TIME_MS_MIN : at->last_end_ms - PULL_OVERLAP_MS;
    pull->first = true;
    window_next(pull);
    return ERROR_NONE;
}

Error window_open(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    const Slice stored = at->fields;
    RETURN_IF_ERROR(hash_fields(pull));
    RETURN_IF_ERROR(hash_columns(pull));
    const bool same = slice_equal(at->fields, stored);
    pull->resumed = at->state == CHECKPOINT_RUNNING && same;
    if (pull->resumed) {
        return ERROR_NONE;
    }
    if (at->state != CHECKPOINT_BETWEEN || !same || pull->full) {
        return open_goal(pull);
    }
    at->from_ms = at->to_ms;
    window_next(pull);
    return ERROR_NONE;
}

void window_cap(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    if (pull->bulk.created_ms == TIME_MS_MIN) {
        return;
    }
    const int64_t last_ms = pull->bulk.created_ms - (pull->endless ? 0 : PULL_LAG_MS);
    at->to_ms = at->to_ms < last_ms ? at->to_ms : last_ms;
    at->goal_ms = at->goal_ms < last_ms ? at->goal_ms : last_ms;
}

bool window_halve(Pull *pull)
{
    const Checkpoint *at = &pull->checkpoint;
    const int64_t from_ms = at->from_ms == TIME_MS_MIN ? PULL_FIRST_MS : at->from_ms;
    const int64_t half_ms = (at->to_ms - from_ms) / 2;
    if (pull->refused.code != ERROR_SF_QUERY_TIMEOUT || pull->halvings == PULL_HALVINGS_MAX ||
        half_ms < PULL_WINDOW_MS_MIN) {
        return false;
    }
    pull->halvings++;
    pull->span_ms = half_ms;
    return true;
}
