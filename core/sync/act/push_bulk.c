#include "sync/act/push_bulk.h"

#include "salesforce/errors.h"
#include "sync/act/outbox_send.h"
#include "sync/act/push_bulk_rows.h"
#include "sync/run/statements.h"

#define BULK_POINTS(X)                                                                                       \
    X(LEFT)                                                                                                  \
    X(LEFT_ITEMS)                                                                                            \
    X(READ) X(CREATE) X(CLAIM) X(UPLOAD) X(CLOSE) X(PAUSE) X(POLL) X(ABORT) X(RESULTS) X(STORE) X(DELETE)

static JobStatus bulk_step(Job *job, const Completion *got);
static void bulk_close(Job *job);
JOB_KIND(bulk_kind, "bulk push", bulk_step, bulk_close);

static Slice job_id(const BulkPush *push)
{
    return slice_make(push->job_id, SF_ID_BYTES);
}

/* Results are served at the version that made the job. */
static Slice version(const BulkPush *push)
{
    return slice_make(push->version_text, push->version_length);
}

static void set_version(BulkPush *push, Slice text)
{
    push->version_length = text.length < sizeof push->version_text ? text.length : 0;
    memcpy(push->version_text, text.data, push->version_length);
}

static void send(BulkPush *push, Error error)
{
    request_try(&push->job, &push->request, &push->spec, error);
}

static void stop(BulkPush *push, Error error)
{
    push->stopped = true;
    push->blocked = outbox_event(error) == OUTBOX_BLOCKED || error.code == ERROR_API_BUDGET;
    push->why = error_copy(push->job.parent->arena, error);
}

/* What an earlier process left. */

uint32_t bulk_push_found(void *context, const RowBatch *batch)
{
    bool *found = context;
    *found = batch->row_count != 0;
    return PERLY_MORE;
}

static uint32_t take_left(void *context, const RowBatch *batch)
{
    BulkPush *push = context;
    const RowView row = row_at(batch, 0);
    push->left = sf_id_normalise(row_text(row, 0), push->job_id).code == ERROR_OK;
    set_version(push, row_text(row, 1));
    return PERLY_MORE;
}

static void read_left(BulkPush *push)
{
    store_query(&push->job, &push->query, sync_statement(STATEMENT_INGEST_READ), NULL, take_left, push);
}

static void begin_items(BulkPush *push)
{
    arena_reset(&push->memory);
    outbox_items_init(&push->items, &push->memory, BULK_PUSH_ROWS_MAX, true);
}

static void read_left_items(BulkPush *push)
{
    begin_items(push);
    store_query(&push->job, &push->query, sync_statement(STATEMENT_OUTBOX_CLAIMED_FIELDS), NULL,
                outbox_items_take, &push->items);
}

/* What is due. */

static void read_due(BulkPush *push)
{
    StoreParams params;
    begin_items(push);
    store_params_begin(&params, &push->memory, sync_statement(STATEMENT_OUTBOX_READY));
    row_writer_text(&params.writer, 0, outbox_kind_name(OUTBOX_FIELDS));
    row_writer_time(&params.writer, 1, push->job.engine->wall_ms);
    row_writer_int64(&params.writer, 2, BULK_PUSH_ROWS_MAX);
    store_query(&push->job, &push->query, sync_statement(STATEMENT_OUTBOX_READY), &params, outbox_items_take,
                &push->items);
}

/* The job. */

static void create(BulkPush *push)
{
    arena_reset(&push->page);
    send(push, sf_bulk_ingest_create(&push->page, push->session->api_version, SLICE("Account"), &push->spec));
}

static Error take_created(BulkPush *push, const Completion *got)
{
    RETURN_IF_ERROR(got->error);
    RETURN_IF_ERROR(sf_bulk_job_read(&push->page, got->body, &push->bulk));
    memcpy(push->job_id, push->bulk.id, sizeof push->job_id);
    set_version(push, push->session->api_version);
    push->polls = 0;
    push->waited_since_ms = push->job.engine->mono_ms;
    return ERROR_NONE;
}

static void claim(BulkPush *push)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &push->job);
    session_guard(push->session, &ops);
    outbox_items_claim(&push->items, push->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_INGEST_WRITE));
    row_writer_text(&params.writer, 0, job_id(push));
    row_writer_text(&params.writer, 1, version(push));
    row_writer_time(&params.writer, 2, push->session->server_ms);
    store_ops_run(&ops, &params);
    store_apply(&push->job, &ops);
}

static void upload(BulkPush *push)
{
    arena_reset(&push->page);
    send(push, sf_bulk_ingest_upload(&push->page, version(push), job_id(push), push->csv_text, &push->spec));
}

static void close_upload(BulkPush *push)
{
    arena_reset(&push->page);
    send(push, sf_bulk_ingest_close(&push->page, version(push), job_id(push), &push->spec));
}

static void abort_job(BulkPush *push)
{
    arena_reset(&push->page);
    send(push, sf_bulk_ingest_abort(&push->page, version(push), job_id(push), &push->spec));
}

static bool is_over(const BulkPush *push, double delay_ms)
{
    const Engine *engine = push->job.engine;
    return engine->stopping && engine->mono_ms + delay_ms >= engine->stop_mono_ms;
}

static void pause(BulkPush *push)
{
    const double delay_ms = sf_bulk_poll_delay_ms(push->polls - 1);
    if (is_over(push, delay_ms)) {
        engine_fail(&push->job, error_make(ERROR_CANCELLED, SLICE("stopped")));
        return;
    }
    engine_timer(&push->job, delay_ms);
}

static void poll(BulkPush *push)
{
    arena_reset(&push->page);
    send(push, sf_bulk_ingest_poll(&push->page, version(push), job_id(push), &push->spec));
}

/*
 * A job that is gone (deleted by someone, or after 7 days) has nothing more to tell: its rows are sent again.
 * One still open was never handed over, whatever became of its upload.
 */
static Error take_poll(BulkPush *push, const Completion *got)
{
    if (got->error.code == ERROR_SF_RECORD_GONE) {
        push->bulk.state = SF_BULK_ABORTED;
        push->refused = error_copy(&push->memory, got->error);
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(got->error);
    RETURN_IF_ERROR(sf_bulk_job_read(&push->page, got->body, &push->bulk));
    push->refused =
        push->bulk.state == SF_BULK_OPEN
            ? error_make(ERROR_REQUEST_UNCLEAR, SLICE("the Bulk job was never handed over"))
            : error_copy(&push->memory, push_error(&push->page, sf_bulk_job_error(&push->page, &push->bulk)));
    return ERROR_NONE;
}

/* Results. */

static void fetch_results(BulkPush *push)
{
    arena_reset(&push->page);
    push->sink = bulk_rows_sink(push);
    send(push, sf_bulk_ingest_results(&push->page, version(push), job_id(push), push->list, &push->sink,
                                      &push->spec));
}

/*
 * What became of rows that are in no list. Without a result nothing was done, since the job was over or had
 * never begun, and the same may be sent again, unless the reason would meet it again.
 */
static OutboxEventKind missing_event(const BulkPush *push)
{
    const OutboxEventKind event = outbox_event(push->refused);
    switch (event) {
    case OUTBOX_BLOCKED:
    case OUTBOX_RETRY_LATER: return event;
    case OUTBOX_OK: return OUTBOX_RETRY_LATER; /* the job did not come to it */
    default: return OUTBOX_RETRY_SOON;
    }
}

static void expect_nothing(BulkPush *push)
{
    const OutboxEventKind event = missing_event(push);
    for (uint32_t i = 0; i < push->items.count; i++) {
        OutboxItem *item = &push->items.items[i];
        item->event = item->bad ? OUTBOX_REFUSED : event;
        if (!item->bad) {
            item->error =
                push->refused.code != ERROR_OK
                    ? push->refused
                    : error_make(ERROR_SF_UNAVAILABLE, SLICE("the Bulk job did not come to this record"));
        }
    }
}

/* The fate of the entries, and the job is no longer known: one transaction. */
static void store(BulkPush *push)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &push->job);
    session_guard(push->session, &ops);
    if (outbox_items_store(&push->items, push->session, 0, &ops, push->counts) && !push->stopped) {
        stop(push, outbox_items_blocked(&push->items));
    }
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_INGEST_CLEAR));
    row_writer_text(&params.writer, 0, job_id(push));
    store_ops_run(&ops, &params);
    store_apply(&push->job, &ops);
}

static void delete_job(BulkPush *push)
{
    arena_reset(&push->page);
    send(push, sf_bulk_ingest_delete(&push->page, version(push), job_id(push), &push->spec));
}

/* A job is begun only while it can be paid, and while enough is due. */
static bool is_worth_a_job(BulkPush *push)
{
    const Error error = session_may_call(push->session, &push->page, BUDGET_PUSH);
    if (error.code != ERROR_OK) {
        stop(push, error);
        return false;
    }
    return push->items.count >= BULK_PUSH_ROWS_MIN;
}

static bool has_list(const BulkPush *push)
{
    if (push->stopped || push->bulk.state == SF_BULK_ABORTED || push->bulk.state == SF_BULK_OPEN) {
        return false;
    }
    return push->list == SF_BULK_SUCCESSFUL ||
           (push->list == SF_BULK_FAILED_ROWS && (push->bulk.failed != 0 || push->refused.code != ERROR_OK));
}

/* Entries that an earlier process claimed: what they show is needed when they are done. */
static Error take_left_items(BulkPush *push)
{
    RETURN_IF_ERROR(push->items.error);
    for (uint32_t i = 0; i < push->items.count; i++) {
        SfRecord record;
        RETURN_IF_ERROR(bulk_rows_read(push, &push->items.items[i], &record));
    }
    push->waited_since_ms = push->job.engine->mono_ms;
    return bulk_rows_index(push);
}

/* Whether it was handed over after all, only a poll can tell. */
static void take_closed(BulkPush *push, const Completion *got)
{
    push->refused =
        got->error.code == ERROR_REQUEST_UNCLEAR ? ERROR_NONE : error_copy(&push->memory, got->error);
}

/* Whether the job can still be running in Salesforce. */
static bool is_running(const BulkPush *push)
{
    return !push->stopped && push->bulk.state != SF_BULK_ABORTED && push->bulk.state != SF_BULK_OPEN &&
           !sf_bulk_job_ended(&push->bulk);
}

/* Leaves the job to the next run: its entries stay claimed, and its id stays stored. */
static void leave(BulkPush *push, Error error)
{
    stop(push, error);
    push->kept = true;
}

static void take_status(BulkPush *push, const Completion *got)
{
    const Error error = take_poll(push, got);
    const double waited_ms = push->job.engine->mono_ms - push->waited_since_ms;
    if (error.code != ERROR_OK) {
        leave(push, error);
    } else if (is_running(push) && waited_ms > BULK_PUSH_WAIT_MS) {
        leave(push,
              error_make(ERROR_SF_UNAVAILABLE,
                         SLICE("a Bulk job runs longer than ten minutes; the next run goes on with it")));
    }
}

static JobStatus bulk_step(Job *job, const Completion *got)
{
    BulkPush *const push = (BulkPush *)job;
    JOB_BEGIN(job, BULK_POINTS);
    AWAIT(job, LEFT, read_left(push));
    if (push->left) {
        AWAIT(job, LEFT_ITEMS, read_left_items(push));
        TRY(job, take_left_items(push));
        push->bulk.state = SF_BULK_IN_PROGRESS;
    }
    while (!push->stopped) {
        if (!push->left) {
            if (job->engine->stopping) {
                break; /* a job takes longer than a slice may have */
            }
            AWAIT(job, READ, read_due(push));
            TRY(job, push->items.error);
            if (!is_worth_a_job(push)) {
                break;
            }
            TRY(job, bulk_rows_write(push));
            TRY(job, bulk_rows_index(push));
            AWAIT_ANY(job, CREATE, create(push));
            push->refused = take_created(push, got);
            if (push->refused.code != ERROR_OK) {
                stop(push, push->refused); /* nothing was claimed yet */
                break;
            }
            AWAIT(job, CLAIM, claim(push));
            AWAIT_ANY(job, UPLOAD, upload(push));
            push->refused = error_copy(&push->memory, got->error);
            if (push->refused.code == ERROR_OK) {
                AWAIT_ANY(job, CLOSE, close_upload(push));
                take_closed(push, got);
            }
            push->bulk.state = push->refused.code == ERROR_OK ? SF_BULK_UPLOAD_COMPLETE : SF_BULK_ABORTED;
        }
        while (is_running(push)) {
            if (push->polls++ != 0 || !push->left) {
                AWAIT(job, PAUSE, pause(push));
            }
            AWAIT_ANY(job, POLL, poll(push));
            take_status(push, got);
        }
        if (push->bulk.state == SF_BULK_OPEN || push->bulk.state == SF_BULK_ABORTED) {
            AWAIT_ANY(job, ABORT, abort_job(push)); /* one that is over already refuses, which is as good */
        }
        expect_nothing(push);
        for (push->list = SF_BULK_SUCCESSFUL; has_list(push); push->list++) {
            AWAIT_ANY(job, RESULTS, fetch_results(push));
            if (got->error.code != ERROR_OK) {
                leave(push, got->error);
            }
        }
        if (push->kept) {
            break;
        }
        AWAIT(job, STORE, store(push));
        AWAIT_ANY(job, DELETE, delete_job(push)); /* it lapses by itself otherwise */
        push->left = false;
    }
    JOB_END(job);
}

static void bulk_close(Job *job)
{
    BulkPush *push = (BulkPush *)job;
    arena_free(&push->memory);
    arena_free(&push->page);
}

void bulk_push_start(Engine *engine, Job *parent, BulkPush *push)
{
    arena_init(&push->memory, &engine->allocator, 0);
    arena_init(&push->page, &engine->allocator, 0);
    push->job.arena = &push->page;
    job_start(engine, parent, &push->job, &bulk_kind);
}
