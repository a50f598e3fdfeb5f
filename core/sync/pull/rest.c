#include "sync/pull/rest.h"

#include "base/time.h"
#include "sync/pull/stream.h"
#include "sync/pull/window.h"
#include "sync/run/event.h"

#define REST_POINTS(X) X(OPENED) X(PAGE) X(GIVE_UP) X(COMMIT)

static JobStatus rest_step(Job *job, const Completion *got);
JOB_KIND(rest_kind, "rest", rest_step, stream_close);

/* Of an object that was read whole before, what changed since. */
static bool is_incremental(const Pull *pull)
{
    const Checkpoint *at = &pull->checkpoint;
    return !at->everything && !pull->plan->partial && pull->name.length == 0 && at->from_ms != TIME_MS_MIN &&
           pull->load != NULL && !pull->load->loading;
}

bool rest_applies(const Pull *pull)
{
    if (pull->resumed) {
        return checkpoint_by_rest(&pull->checkpoint);
    }
    return is_incremental(pull) && !pull->rest_left &&
           (pull->small_by_rest || session_bulk_short(pull->session));
}

/* A page. */

/* How large the result may be: the first page tells, and decides. */
static uint64_t total_max(const Pull *pull)
{
    if (pull->checkpoint.received != 0) {
        return UINT64_MAX;
    }
    return session_bulk_short(pull->session) ? REST_ROWS_SHORT_MAX : REST_ROWS_MAX;
}

static Error make_page(PullStream *stream, PageQuery *query)
{
    Pull *pull = stream->pull;
    const Checkpoint *at = &pull->checkpoint;
    const Slice *names = NULL;
    size_t count = 0;
    Slice soql = {NULL, 0};
    if (pull_over_by(pull, 0)) {
        return error_make(ERROR_CANCELLED, SLICE("stopped"));
    }
    RETURN_IF_ERROR(window_fields(pull, &names, &count));
    *query = (PageQuery){names, (uint32_t)count, total_max(pull), at->received};
    if (at->locator.length != 0) {
        return sf_query_next(&pull->memory, at->locator, &stream->spec);
    }
    RETURN_IF_ERROR(window_soql(pull, names, count, &soql));
    RETURN_IF_ERROR(sf_query(&pull->memory, pull->session->api_version, SF_QUERY_ALL, soql, &stream->spec));
    return sf_query_batch(&pull->memory, stream_page_rows(pull), &stream->spec);
}

static void fetch_page(PullStream *stream)
{
    Pull *pull = stream->pull;
    PageQuery query;
    const Error error = make_page(stream, &query);
    if (error.code != ERROR_OK) {
        engine_fail(&stream->job, error);
        return;
    }
    stream->began_ms = pull->job.engine->mono_ms;
    const PageFacts facts = {.rows_most = query.total_max,
                             .seen_ms = pull->checkpoint.to_ms,
                             .known_ms = pull->checkpoint.last_end_ms,
                             .way = PAGE_COMPARED};
    page_fetch_query(&stream->page, &stream->spec, &query, &facts);
}

static bool is_cursor_lost(const Pull *pull, Error error)
{
    return pull->checkpoint.locator.length != 0 &&
           (error.code == ERROR_SF_CURSOR_EXPIRED || error.code == ERROR_SF_RECORD_GONE);
}

/* Bulk has no URL to be too long, halves what takes too long, and passes over a NUL. */
static bool may_bulk_do(Error error)
{
    return error.code == ERROR_SF_REQUEST_TOO_LONG || error.code == ERROR_SF_QUERY_TIMEOUT ||
           error.code == ERROR_SF_ANSWER || error.code == ERROR_SF_PAGE_HEADER;
}

/* What was stored of the window is marked when it is opened again (window_mark_stopped). */
static void leave_window(PullStream *stream, bool to_bulk, bool too_long)
{
    Pull *pull = stream->pull;
    const Page *page = &stream->page;
    Checkpoint *at = &pull->checkpoint;
    pull->inserted += page->inserted;
    pull->changed += page->changed;
    pull->rows -= pull->rows < at->received ? pull->rows : at->received;
    at->stopped_ms = at->to_ms;
    pull->rest_left = to_bulk;
    at->api = too_long ? CHECKPOINT_BY_BULK_FOR_LENGTH : CHECKPOINT_BY_BULK;
    pull->resumed = false;
    window_anew(pull);
}

/* The page is to be stored, or the window is read anew or by Bulk (rest_over); else its error. */
static Error judge_page(PullStream *stream, Error error)
{
    Pull *pull = stream->pull;
    const SfQueryPage *facts = &stream->page.query_facts;
    pull->rest_over = error.code != ERROR_OK || facts->total > stream->page.query.total_max;
    if (!pull->rest_over) {
        pull->rows_announced = facts->total;
        return ERROR_NONE;
    }
    const bool lost = is_cursor_lost(pull, error);
    const bool again = lost && ++pull->cursors_lost < REST_CURSORS_MAX;
    if (error.code != ERROR_OK && !again) {
        const bool other_way = (lost || may_bulk_do(error)) && !session_bulk_short(pull->session);
        RETURN_IF_ERROR(other_way ? ERROR_NONE : error);
    }
    leave_window(stream, !again, error.code == ERROR_SF_REQUEST_TOO_LONG);
    return ERROR_NONE;
}

/* The last batch of the page with the path of the next one; of the last page with the end of the window. */
static void commit_page(PullStream *stream)
{
    StoreOps ops;
    Pull *pull = stream->pull;
    store_ops_begin(&ops, &stream->job);
    session_guard(pull->session, &ops);
    const Error error = stream_store_page(stream, &ops);
    if (error.code != ERROR_OK) {
        engine_fail(&stream->job, error);
        return;
    }
    if (stream->page.row_count != 0) {
        stream_count_page(stream);
    }
    pull->rest_read = pull->checkpoint.locator.length == 0;
    if (pull->rest_read) {
        pull_end_window(pull, &ops);
    }
    store_apply(&stream->job, &ops);
}

static JobStatus rest_step(Job *job, const Completion *got)
{
    PullStream *const stream = (PullStream *)job;
    Pull *const pull = stream->pull;
    JOB_BEGIN(job, REST_POINTS);
    if (!pull->resumed) {
        AWAIT(job, OPENED, pull_open_window(pull, job));
    }
    TRY(job, stream_open_page(stream));
    do {
        AWAIT_ANY(job, PAGE, fetch_page(stream));
        pull->refused = judge_page(stream, got->error);
        if (pull->refused.code == ERROR_SF_ROW_COUNT) {
            AWAIT_ANY(job, GIVE_UP, pull_give_up(pull, job)); /* its cursor will never be any better */
        }
        TRY(job, pull->refused);
        if (pull->rest_over) {
            break;
        }
        AWAIT(job, COMMIT, commit_page(stream));
    } while (!pull->rest_read);
    JOB_END(job);
}

/* Once a cycle. */
static void tell_short(const Pull *pull)
{
    Session *session = pull->session;
    Arena *arena = pull->job.arena;
    Event event;
    const Error error = session_may_bulk(session, arena);
    if (error.code == ERROR_OK || session->bulk_told) {
        return;
    }
    session->bulk_told = true;
    event_begin(&event, arena, SLICE("bulk_short"));
    event_error(&event, error);
    event_send(&event, session->engine);
}

void rest_start(Pull *pull)
{
    const Error error = streams_reset(pull);
    if (error.code != ERROR_OK) {
        engine_fail(&pull->job, error);
        return;
    }
    pull->rest_read = false;
    if (!pull->resumed) {
        pull->checkpoint.api = pull->small_by_rest ? CHECKPOINT_BY_REST : CHECKPOINT_BY_REST_FOR_WANT;
        pull->checkpoint.job_version = pull->session->api_version;
        tell_short(pull);
    }
    stream_begin(pull, &rest_kind);
}
