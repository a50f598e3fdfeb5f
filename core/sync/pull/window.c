#include "sync/pull/window.h"

#include "base/hash.h"
#include "base/sha256.h"
#include "base/time.h"
#include "salesforce/id_range.h"
#include "salesforce/soql.h"
#include "sync/pull/columns.h"
#include "sync/pull/marking.h"

/*
 * The hash of the SELECT list, of what becomes of it and of who asks: a job of another plan is not taken up
 * again, nor one of another user, who sees other rows and whose jobs may be nobody else's.
 */
static Error hash_plan(Pull *pull)
{
    enum { HASH_BYTES = 8, TEXT_BYTES = 2 * HASH_BYTES };
    const Plan *plan = pull->plan;
    Sha256 sha;
    uint8_t digest[SHA256_BYTES];
    char *text = arena_alloc(&pull->memory, TEXT_BYTES, 1);
    if (text == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a pull"));
    }
    sha256_init(&sha);
    for (uint32_t i = 0; i < plan->fields.column_count; i++) {
        sha256_update(&sha, plan->fields.columns[i].name);
        sha256_update(&sha, plan->missing[i] ? SLICE("-") : SLICE(","));
    }
    sha256_update(&sha, pull->checkpoint.columns);
    sha256_update(&sha, pull->session->user_id);
    sha256_finish(&sha, digest);
    hash_hex(digest, HASH_BYTES, text);
    pull->checkpoint.fields = slice_make(text, TEXT_BYTES);
    return ERROR_NONE;
}

/*
 * All rows are read, not only those that changed: at first, and when told to. What columns.h reads anew is
 * read of all rows as well.
 */
static bool reads_everything(const Pull *pull)
{
    return pull->full || pull->plan->partial || pull->checkpoint.last_end_ms == TIME_MS_MIN;
}

/* The window, or its range of ids, is asked for by a job that does not exist yet. */
static void begin_job(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    at->job_id = SLICE("");
    at->locator = SLICE("");
    at->pages = SLICE("");
    at->received = 0;
    pull->polls = 0;
}

static int64_t beginning_ms(const Checkpoint *at)
{
    return at->from_ms == TIME_MS_MIN ? PULL_FIRST_MS : at->from_ms;
}

/* From checkpoint.from_ms on: up to the goal or, after a window that took too long, as long as its half. */
static void next_window(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    at->to_ms = at->goal_ms;
    if (pull->span_ms != 0) {
        const int64_t from_ms = beginning_ms(at);
        at->to_ms = at->goal_ms - from_ms > pull->span_ms ? from_ms + pull->span_ms : at->goal_ms;
    }
    begin_job(pull);
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
    at->everything = pull->everything;
    at->goal_ms = pull->session->server_ms - pull->lag_ms;
    at->from_ms = pull->everything ? TIME_MS_MIN : at->last_end_ms - pull->overlap_ms;
    at->id_from = SLICE("");
    at->id_to = SLICE("");
    pull->first = true;
    next_window(pull);
    return ERROR_NONE;
}

Error window_open(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    const Slice stored = at->fields;
    RETURN_IF_ERROR(plan_recipes(&pull->memory, pull->plan, &at->columns));
    RETURN_IF_ERROR(hash_plan(pull));
    RETURN_IF_ERROR(columns_common(&pull->memory, at->columns, at->done_columns, &at->kept_columns));
    if (plan_has_further(pull->plan) && at->done_columns.length != 0) {
        at->columns = at->kept_columns; /* columns.h reads the others: they may have changed places */
    }
    const bool same = slice_equal(at->fields, stored);
    /* A pull that reads everything is what a full one would begin as well, whichever window it is at. */
    const bool enough = !pull->full || at->everything;
    pull->resumed = at->state == CHECKPOINT_RUNNING && same && enough;
    if (at->state == CHECKPOINT_IDLE || !same || !enough) {
        return open_goal(pull);
    }
    pull->span_ms = at->to_ms < at->goal_ms ? at->to_ms - beginning_ms(at) : 0;
    if (pull->resumed) {
        return ERROR_NONE;
    }
    if (at->state == CHECKPOINT_NEXT) {
        begin_job(pull);
    } else if (at->id_from.length != 0) {
        window_anew(pull); /* the window's other ids */
    } else {
        window_go_on(pull);
    }
    return ERROR_NONE;
}

Error window_fields(Pull *pull, const Slice **names, size_t *count)
{
    const RowSchema *fields = &pull->plan->fields;
    Slice *list = ARENA_ARRAY(&pull->memory, Slice, fields->column_count);
    *count = 0;
    if (list == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a pull"));
    }
    for (uint32_t i = 0; i < fields->column_count; i++) {
        if (!pull->plan->missing[i]) {
            list[(*count)++] = fields->columns[i].name;
        }
    }
    *names = list;
    return ERROR_NONE;
}

Error window_soql(Pull *pull, const Slice *names, size_t count, Slice *soql)
{
    const Checkpoint *at = &pull->checkpoint;
    const bool last = at->to_ms >= at->goal_ms;
    const SfSelect select = {.object = source_facts(pull->plan->source)->sobject,
                             .columns = names,
                             .column_count = count,
                             .window_column = source_stamp(pull->plan->source),
                             .from_ms = at->from_ms,
                             .to_ms = pull->endless && last ? TIME_MS_MAX : at->to_ms,
                             .id_from = at->id_from,
                             .id_to = at->id_to};
    return sf_soql_select(&pull->memory, &select, soql);
}

void window_cap(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    if (pull->bulk.created_ms == TIME_MS_MIN) {
        return;
    }
    const int64_t last_ms = pull->bulk.created_ms - pull->lag_ms;
    at->to_ms = at->to_ms < last_ms ? at->to_ms : last_ms;
    at->goal_ms = at->goal_ms < last_ms ? at->goal_ms : last_ms;
}

/* Halving. */

/* A job that does not move for an hour is tried again three times, whichever way it is made smaller. */
static bool may_halve(const Pull *pull)
{
    const uint32_t most = pull->stuck ? PULL_HALVINGS_MAX : PULL_HALVINGS_MAX + PULL_ID_HALVINGS_MAX;
    return pull->refused.code == ERROR_SF_QUERY_TIMEOUT && pull->halvings < most;
}

/* Rounded up: two halves are enough. */
static int64_t half_span_ms(const Pull *pull)
{
    const Checkpoint *at = &pull->checkpoint;
    return (at->to_ms - beginning_ms(at) + 1) / 2;
}

static bool has_ids(const Checkpoint *at)
{
    return at->id_from.length != 0 || at->id_to.length != 0;
}

/* Three halvings cut a pull in eight; where rows lie so close in time that it is not enough, more do not
 * help. */
static bool halves_time(const Pull *pull)
{
    return !has_ids(&pull->checkpoint) && pull->by_time < PULL_HALVINGS_MAX &&
           half_span_ms(pull) >= PULL_WINDOW_MS_MIN;
}

bool window_wants_ids(const Pull *pull)
{
    return may_halve(pull) && !halves_time(pull);
}

/* The lower half of the range, between the ids that are in it. */
static bool halve_ids(Pull *pull)
{
    char middle[SF_ID_SHORT_BYTES];
    Checkpoint *at = &pull->checkpoint;
    const Slice first = slice_make(pull->ids.first, SF_ID_SHORT_BYTES);
    const Slice last = slice_make(pull->ids.last, SF_ID_SHORT_BYTES);
    if (!pull->ids.known || !sf_id_middle(first, last, middle)) {
        return false;
    }
    if ((at->id_to.length == 0 && !arena_keep(&pull->memory, last, &pull->last_id)) ||
        !arena_keep(&pull->memory, slice_make(middle, sizeof middle), &at->id_to)) {
        pull->refused = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a range of ids"));
        return false;
    }
    begin_job(pull);
    return true;
}

bool window_again(Pull *pull)
{
    if (pull->refused.code == ERROR_SF_UNAVAILABLE && !pull->tried_again) {
        pull->tried_again = true; /* an exception of Salesforce's own: as it is, once a cycle */
        window_anew(pull);
        return true;
    }
    if (!may_halve(pull)) {
        return false;
    }
    if (halves_time(pull)) {
        pull->by_time++;
        pull->span_ms = half_span_ms(pull);
        next_window(pull);
    } else if (!halve_ids(pull)) {
        return false;
    }
    pull->halvings++;
    return true;
}

/*
 * Where the range behind the one just read ends: it is as wide, or twice as wide when that one did not have
 * to be halved, since ids are not spread evenly. Empty: all that are left, also when nothing tells.
 */
static Slice next_end(Pull *pull)
{
    char end[SF_ID_SHORT_BYTES];
    const Checkpoint *at = &pull->checkpoint;
    const Slice first = pull->ids.known ? slice_make(pull->ids.first, SF_ID_SHORT_BYTES) : SLICE("");
    bool ends = sf_id_beyond(at->id_from.length == 0 ? first : at->id_from, at->id_to, end);
    if (ends && pull->halvings == 0) {
        char once[SF_ID_SHORT_BYTES];
        memcpy(once, end, sizeof once);
        ends = sf_id_beyond(at->id_to, slice_make(once, sizeof once), end);
    }
    Slice text = slice_make(end, sizeof end);
    ends = ends && sf_id_below(text, pull->last_id) && arena_keep(&pull->memory, text, &text);
    return ends ? text : SLICE("");
}

void window_go_on(Pull *pull)
{
    Checkpoint *at = &pull->checkpoint;
    if (at->id_to.length != 0) {
        const Slice end = next_end(pull);
        at->id_from = at->id_to;
        at->id_to = end;
        begin_job(pull);
        return;
    }
    at->id_from = SLICE("");
    at->from_ms = at->to_ms;
    next_window(pull);
}

void window_anew(Pull *pull)
{
    if (has_ids(&pull->checkpoint)) {
        begin_job(pull);
    } else {
        next_window(pull);
    }
}

int64_t window_asked_ms(const Pull *pull)
{
    return pull->checkpoint.goal_ms + pull->lag_ms;
}

/* A sweep takes rows away and marks their accounts itself. */
static bool has_marks(const Pull *pull)
{
    return pull->name.length == 0 || pull->plan->partial;
}

/* What an earlier process wrote of the window is not counted in this one. */
void window_mark(const Pull *pull, StoreOps *ops)
{
    if (has_marks(pull) && (pull->resumed || pull->inserted + pull->changed != 0)) {
        marking_write(ops, pull->plan->source, pull->checkpoint.to_ms);
    }
}

void window_mark_stopped(Pull *pull, StoreOps *ops)
{
    if (has_marks(pull) && pull->checkpoint.stopped_ms != TIME_MS_MIN) {
        marking_write(ops, pull->plan->source, pull->checkpoint.stopped_ms);
    }
    pull->checkpoint.stopped_ms = TIME_MS_MIN;
}
