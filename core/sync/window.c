#include "sync/window.h"

#include "base/hash.h"
#include "base/time.h"

/* The hash of the SELECT list: a job of other fields is not taken up again. */
static Error hash_fields(Pull *pull, Slice *hash)
{
    Sha256 sha;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&sha);
    for (uint32_t i = 0; i < pull->plan->fields.column_count; i++) {
        sha256_update(&sha, pull->plan->fields.columns[i].name);
        sha256_update(&sha, pull->plan->missing[i] ? SLICE("-") : SLICE(","));
    }
    sha256_finish(&sha, digest);
    char *text = arena_alloc(&pull->memory, 16, 1);
    if (text == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a pull"));
    }
    hash_hex(digest, 8, text);
    *hash = slice_make(text, 16);
    return ERROR_NONE;
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
    const bool everything = pull->full || at->last_end_ms == TIME_MS_MIN;
    at->goal_ms = pull->session->server_ms - (pull->endless ? 0 : PULL_LAG_MS);
    at->from_ms = everything ? TIME_MS_MIN : at->last_end_ms - PULL_OVERLAP_MS;
    pull->first = true;
    window_next(pull);
    return ERROR_NONE;
}

Error window_open(Pull *pull)
{
    Slice hash = {NULL, 0};
    Checkpoint *at = &pull->checkpoint;
    RETURN_IF_ERROR(hash_fields(pull, &hash));
    const bool same = slice_equal(hash, at->fields);
    at->fields = hash;
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
