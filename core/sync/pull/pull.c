#include "sync/pull/pull.h"

#include "base/hash.h"
#include "base/number.h"
#include "base/time.h"
#include "sync/pull/rest.h"
#include "sync/pull/stream.h"
#include "sync/pull/window.h"
#include "sync/run/event.h"
#include "sync/run/statements.h"

#define PULL_POINTS(X)                                                                                       \
    X(CHECKPOINT)                                                                                            \
    X(TURN)                                                                                                  \
    X(REST)                                                                                                  \
    X(SETTLE)                                                                                                \
    X(CREATE)                                                                                                \
    X(OPENED) X(STATUS) X(PAUSE) X(ABORT) X(IDS) X(HALVE) X(PAGES) X(GIVE_UP) X(DONE) X(DELETE)

static JobStatus pull_step(Job *job, const Completion *got);
static void pull_close(Job *job);
JOB_KIND(pull_kind, "pull", pull_step, pull_close);

static Slice object_of(const Pull *pull)
{
    return source_facts(pull->plan->source)->sobject;
}

Slice pull_name(const Pull *pull)
{
    return pull->name.length == 0 ? object_of(pull) : pull->name;
}

static bool is_last_window(const Pull *pull)
{
    return pull->checkpoint.to_ms >= pull->checkpoint.goal_ms;
}

/* The last range of ids of the last window. */
static bool at_goal(const Pull *pull)
{
    return is_last_window(pull) && pull->checkpoint.id_to.length == 0;
}

/* The Bulk job. */

static Error make_job(Pull *pull)
{
    const Slice *names = NULL;
    size_t count = 0;
    Slice soql = {NULL, 0};
    RETURN_IF_ERROR(session_may_bulk(pull->session, &pull->memory));
    RETURN_IF_ERROR(window_fields(pull, &names, &count));
    RETURN_IF_ERROR(window_soql(pull, names, count, &soql));
    return sf_bulk_query_create(&pull->memory, pull->session->api_version, soql, &pull->spec);
}

static void create_job(Pull *pull)
{
    const Error error = make_job(pull);
    if (error.code == ERROR_OK) {
        session_bulk_ask(pull->session);
    }
    request_try(&pull->job, &pull->request, &pull->spec, error);
}

static Error read_job(Pull *pull, const Completion *got)
{
    RETURN_IF_ERROR(sf_bulk_job_read(&pull->memory, got->body, &pull->bulk));
    pull->rows_announced = pull->bulk.processed;
    return ERROR_NONE;
}

/* Without a Bulk query that is left the window is read by REST, if it can be. */
static Error take_job(Pull *pull, const Completion *got)
{
    Checkpoint *at = &pull->checkpoint;
    pull->refused_bulk = got->error.code != ERROR_OK && rest_applies(pull);
    if (got->error.code != ERROR_OK) {
        return pull->refused_bulk ? ERROR_NONE : got->error;
    }
    at->api = pull->rest_left ? at->api : CHECKPOINT_BY_BULK;
    RETURN_IF_ERROR(read_job(pull, got));
    if (!arena_keep(&pull->memory, slice_make(pull->bulk.id, sizeof pull->bulk.id), &at->job_id)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a job's id"));
    }
    at->job_version =
        pull->bulk.api_version.length == 0 ? pull->session->api_version : pull->bulk.api_version;
    pull->moved_ms = pull->job.engine->mono_ms;
    session_learn_clock(pull->session, pull->bulk.created_ms);
    window_cap(pull);
    return ERROR_NONE;
}

static void begin_ops(Pull *pull, Job *job, StoreOps *ops)
{
    store_ops_begin(ops, job);
    session_guard(pull->session, ops);
}

void pull_open_window(Pull *pull, Job *job)
{
    StoreOps ops;
    begin_ops(pull, job, &ops);
    session_keep_clock(pull->session, &ops);
    const CheckpointOpen open = {.object = pull_name(pull),
                                 .at_ms = pull->session->server_ms,
                                 .loading = pull->load != NULL && pull->load->loading,
                                 .first = pull->first,
                                 .everything = pull->everything};
    checkpoint_opened(&ops, &open, &pull->checkpoint);
    window_mark_stopped(pull, &ops);
    if (pull->load != NULL && pull->load->loading) {
        store_ops_load_begin(&ops, pull->plan->table_name);
    }
    if (pull->first && pull->begun != NULL) {
        pull->begun(pull, &ops);
    }
    pull->first = false;
    store_apply(job, &ops);
}

bool pull_over_by(const Pull *pull, double delay_ms)
{
    const Engine *engine = pull->job.engine;
    return engine->stopping && engine->mono_ms + delay_ms >= engine->stop_mono_ms;
}

static void wait_for(Pull *pull, double delay_ms)
{
    if (pull_over_by(pull, delay_ms)) {
        engine_fail(&pull->job, error_make(ERROR_CANCELLED, SLICE("stopped")));
        return;
    }
    engine_timer(&pull->job, delay_ms);
}

static void pause(Pull *pull)
{
    wait_for(pull, sf_bulk_poll_delay_ms(pull->polls - 1));
}

/* While another finds out whether there are Bulk queries again. */
static bool waits_its_turn(const Pull *pull)
{
    return !pull->resumed && !rest_applies(pull) && session_bulk_asked(pull->session);
}

/* A field that describe shows takes a while to reach the servers of Bulk, where it was made a moment ago. */
static bool is_unsettled(Pull *pull, Error error)
{
    return error.code == ERROR_SF_FIELD_UNKNOWN && !pull_over_by(pull, PULL_SETTLE_MS) &&
           pull->settles++ < PULL_SETTLES_MAX;
}

static void poll_job(Pull *pull)
{
    request_try(&pull->job, &pull->request, &pull->spec,
                sf_bulk_query_poll(&pull->memory, pull->checkpoint.job_version, pull->checkpoint.job_id,
                                   &pull->spec));
}

/*
 * A job that was begun long ago may be gone (results are kept for 7 days): then the window is opened anew.
 * One that has not moved for an hour will not.
 */
static Error read_status(Pull *pull, const Completion *got)
{
    const SfBulkState state = pull->bulk.state;
    const uint64_t processed = pull->bulk.processed;
    pull->lost = pull->resumed && got->error.code == ERROR_SF_RECORD_GONE;
    if (pull->lost) {
        pull->resumed = false;
        window_anew(pull);
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(got->error);
    RETURN_IF_ERROR(read_job(pull, got));
    const double now_ms = pull->job.engine->mono_ms;
    if (state != pull->bulk.state || processed != pull->bulk.processed || pull->moved_ms == 0) {
        pull->moved_ms = now_ms;
    }
    pull->stuck = !sf_bulk_job_ended(&pull->bulk) && now_ms - pull->moved_ms >= PULL_STUCK_MS;
    return ERROR_NONE;
}

static void abort_job(Pull *pull)
{
    request_try(&pull->job, &pull->request, &pull->spec,
                sf_bulk_query_abort(&pull->memory, pull->checkpoint.job_version, pull->checkpoint.job_id,
                                    &pull->spec));
}

static void ask_ids(Pull *pull)
{
    const IdRange range = {object_of(pull), pull->checkpoint.id_from, pull->checkpoint.id_to};
    id_bounds_ask(&pull->ids, &pull->job, pull->session, &range);
}

/* What stands against the job's rows, when it has ended or will not. */
static Error job_error(Pull *pull)
{
    if (pull->stuck) {
        return ERROR_TEXT(&pull->memory, ERROR_SF_QUERY_TIMEOUT, SLICE("the Bulk job for "), object_of(pull),
                          SLICE(" did not move for 60 minutes and was aborted"));
    }
    return sf_bulk_job_error(&pull->memory, &pull->bulk);
}

/* Pages. */

/* No row of a whole object is believed only when there is no page of them either; a changed row is often
 * none.
 */
static bool is_doubtful(const Pull *pull)
{
    return pull->rows_announced == 0 && pull->checkpoint.from_ms == TIME_MS_MIN;
}

/* One whose last page was committed before a crash has all its rows. */
static bool has_more(const Pull *pull)
{
    return pull->checkpoint.locator.length != 0 || pull->checkpoint.pages.length != 0 || is_doubtful(pull) ||
           pull->checkpoint.received < pull->rows_announced;
}

/* The job as a whole: what it announced is what its pages brought. */
static Error check_rows(Pull *pull)
{
    const uint64_t rows = pull->checkpoint.received;
    if (rows == pull->rows_announced) {
        return ERROR_NONE;
    }
    char want[NUMBER_TEXT_BYTES];
    char got[NUMBER_TEXT_BYTES];
    const Slice announced = slice_make(want, number_print_uint64(pull->rows_announced, want));
    return ERROR_TEXT(&pull->memory, ERROR_SF_ROW_COUNT, SLICE("the Bulk job for "), object_of(pull),
                      SLICE(" announced "), announced,
                      pull->rows_announced == 1 ? SLICE(" row and had ") : SLICE(" rows and had "),
                      slice_make(got, number_print_uint64(rows, got)));
}

/* The next window begins a new job: this one will never be any better. */
void pull_give_up(Pull *pull, Job *job)
{
    StoreOps ops;
    begin_ops(pull, job, &ops);
    checkpoint_given_up(&ops, pull_name(pull));
    window_mark(pull, &ops);
    store_apply(job, &ops);
}

/* Of a window that took too long, a part in its place; or the same once more. A crash goes on with it. */
static void store_next(Pull *pull)
{
    StoreOps ops;
    begin_ops(pull, &pull->job, &ops);
    checkpoint_next(&ops, pull_name(pull), &pull->checkpoint);
    store_apply(&pull->job, &ops);
}

/* The table is loaded: its sources are compared from now on. */
static void end_load(const Pull *pull, StoreOps *ops)
{
    const Slice entity = source_facts(pull->plan->source)->entity;
    store_ops_load_end(ops, entity);
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        StoreParams params;
        if (slice_equal(source_facts((Source)source)->entity, entity)) {
            store_params_begin(&params, ops->arena, sync_statement(STATEMENT_PULL_LOADED));
            row_writer_text(&params.writer, 0, source_facts((Source)source)->sobject);
            store_ops_run(ops, &params);
        }
    }
}

void pull_end_window(Pull *pull, StoreOps *ops)
{
    const bool whole = at_goal(pull);
    checkpoint_done(ops, pull_name(pull), &pull->checkpoint, pull->rows_announced, pull->session->server_ms,
                    window_asked_ms(pull), whole);
    window_mark(pull, ops);
    if (whole && pull->load != NULL) {
        pull->load->open--;
        if (pull->load->loading && pull->load->open == 0) {
            end_load(pull, ops);
        }
    }
    if (whole && pull->done != NULL) {
        pull->done(pull, ops);
    }
}

static void store_done(Pull *pull)
{
    StoreOps ops;
    begin_ops(pull, &pull->job, &ops);
    pull_end_window(pull, &ops);
    store_apply(&pull->job, &ops);
}

/* False at the pull's goal. */
static bool open_next(Pull *pull)
{
    if (at_goal(pull)) {
        return false;
    }
    pull->resumed = false;
    pull->rest_left = false;
    window_go_on(pull);
    pull->halvings = 0;
    return true;
}

/* One page is left to lapse by itself, in 7 days: that costs no API call. */
static bool worth_deleting(const Pull *pull)
{
    return pull->rows_announced > pull->page_rows_max;
}

static void delete_job(Pull *pull)
{
    request_try(&pull->job, &pull->request, &pull->spec,
                sf_bulk_query_delete(&pull->memory, pull->checkpoint.job_version, pull->checkpoint.job_id,
                                     &pull->spec));
}

static void tell_done(Pull *pull)
{
    Event event;
    if (pull->name.length != 0) {
        return;
    }
    event_begin(&event, &pull->memory, SLICE("pulled"));
    event_text(&event, SLICE("object"), object_of(pull));
    event_uint64(&event, SLICE("rows"), pull->rows);
    event_uint64(&event, SLICE("new"), pull->inserted);
    event_uint64(&event, SLICE("changed"), pull->changed);
    event_send(&event, pull->job.engine);
}

static void start_read(Pull *pull)
{
    pull->read = (CheckpointRead){.checkpoint = &pull->checkpoint, .arena = &pull->memory};
    checkpoint_read(&pull->job, &pull->read, pull_name(pull));
}

static JobStatus pull_step(Job *job, const Completion *got)
{
    Pull *const pull = (Pull *)job;
    JOB_BEGIN(job, PULL_POINTS);

    AWAIT(job, CHECKPOINT, start_read(pull));
    TRY(job, window_open(pull));

    do { /* a window */
        while (waits_its_turn(pull)) {
            AWAIT(job, TURN, wait_for(pull, PULL_TURN_MS));
        }
        if (rest_applies(pull)) {
            AWAIT(job, REST, rest_start(pull));
            if (pull->rest_read && !open_next(pull)) {
                break;
            }
            continue;
        }
        do {
            if (!pull->resumed) {
                do {
                    if (pull->unsettled) {
                        AWAIT(job, SETTLE, wait_for(pull, PULL_SETTLE_MS));
                    }
                    AWAIT_ANY(job, CREATE, create_job(pull));
                    session_bulk_answered(pull->session, got->error);
                    pull->unsettled = is_unsettled(pull, got->error);
                } while (pull->unsettled);
                TRY(job, take_job(pull, got));
                if (pull->refused_bulk) {
                    break;
                }
                AWAIT(job, OPENED, pull_open_window(pull, job));
            }
            do {
                if (pull->polls++ != 0 || !pull->resumed) { /* one taken up again has waited already */
                    AWAIT(job, PAUSE, pause(pull));
                }
                AWAIT_ANY(job, STATUS, poll_job(pull));
                TRY(job, read_status(pull, got));
            } while (!pull->lost && !pull->stuck && !sf_bulk_job_ended(&pull->bulk));
        } while (pull->lost);
        if (pull->refused_bulk) {
            continue;
        }
        if (pull->stuck) {
            AWAIT_ANY(job, ABORT, abort_job(pull));
        }
        pull->refused = job_error(pull);
        if (window_wants_ids(pull)) {
            AWAIT(job, IDS, ask_ids(pull));
        }
        if (window_again(pull)) {
            AWAIT(job, HALVE, store_next(pull));
            pull->resumed = false;
            continue;
        }
        if (pull->refused.code == ERROR_OK && has_more(pull)) {
            TRY(job, streams_open(pull));
            do {
                AWAIT(job, PAGES, streams_start(pull));
            } while (streams_missed(pull));
        }
        pull->refused = pull->refused.code == ERROR_OK ? check_rows(pull) : pull->refused;
        if (pull->refused.code != ERROR_OK) {
            AWAIT_ANY(job, GIVE_UP, pull_give_up(pull, job));
            TRY(job, pull->refused);
        }
        AWAIT(job, DONE, store_done(pull));
        if (worth_deleting(pull)) {
            AWAIT_ANY(job, DELETE, delete_job(pull));
        }
        if (!open_next(pull)) {
            break;
        }
    } while (true);
    tell_done(pull);
    JOB_END(job);
}

static void pull_close(Job *job)
{
    Pull *pull = (Pull *)job;
    pull->failure = error_copy(job->parent->arena, job->error);
    arena_free(&pull->memory);
}

void pull_start(Engine *engine, Job *parent, Pull *pull)
{
    arena_init(&pull->memory, &engine->allocator, 0);
    pull->job.arena = &pull->memory;
    job_start(engine, parent, &pull->job, &pull_kind);
}
