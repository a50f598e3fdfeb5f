#include "sync/act/outbox.h"

#include "salesforce/describe.h"
#include "salesforce/task.h"
#include "salesforce/versions.h"
#include "sync/run/command.h"
#include "sync/run/statements.h"

#define RUN_POINTS(X)                                                                                        \
    X(REVIVE)                                                                                                \
    X(PENDING)                                                                                               \
    X(DESCRIBE) X(CLOCK) X(JOB) X(RESUME) X(CLAIMED) X(RECOVER) X(BULK) X(SEND) X(LOOK) X(NEXT) X(PAUSE)

static JobStatus run_step(Job *job, const Completion *got);
static void run_close(Job *job);
JOB_KIND(run_kind, "outbox", run_step, run_close);

/*
 * What was refused is ready again when its record or the configuration changed; and nothing waits longer than
 * it would by this clock.
 */
static void revive(OutboxRun *run)
{
    enum { WAITS_MS_MAX = 2 * 24 * 60 * 60 * 1000 };
    const int64_t now_ms = run->job.engine->wall_ms;
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &run->job);
    session_guard(run->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_OUTBOX_REVIVE));
    row_writer_time(&params.writer, 0, now_ms);
    store_ops_run(&ops, &params);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_OUTBOX_WAITS));
    row_writer_time(&params.writer, 0, now_ms + WAITS_MS_MAX);
    row_writer_time(&params.writer, 1, now_ms + OUTBOX_SETTLE_MS);
    store_ops_run(&ops, &params);
    store_apply(&run->job, &ops);
}

/* What there is to do. */

static uint32_t take_pending(void *context, const RowBatch *batch)
{
    OutboxRun *run = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        OutboxKind kind = OUTBOX_FIELDS;
        if (outbox_kind_find(row_text(row_at(batch, i), 0), &kind)) {
            run->pending[kind] = (uint64_t)row_int64(row_at(batch, i), 1);
        }
    }
    return PERLY_MORE;
}

static void read_pending(OutboxRun *run)
{
    store_query(&run->job, &run->query, sync_statement(STATEMENT_OUTBOX_PENDING), NULL, take_pending, run);
}

static bool has_pending(const OutboxRun *run)
{
    for (unsigned kind = 0; kind < OUTBOX_KIND_COUNT; kind++) {
        if (run->pending[kind] != 0) {
            return true;
        }
    }
    return false;
}

/* What the org has. */

static void ask(OutboxRun *run, Error error)
{
    request_try(&run->job, &run->request, &run->spec, error);
}

static void fetch_describe(OutboxRun *run)
{
    run->session->budget.purpose = BUDGET_ACT;
    ask(run, sf_describe(&run->memory, run->session->api_version, SLICE("Task"), &run->spec));
}

/* Nothing at all goes without a session, or without calls. */
static void note_error(OutboxRun *run, OutboxKind kind, Error error)
{
    run->why[kind] = error;
    if (error.code == ERROR_API_BUDGET) {
        run->short_of = error;
    }
    if (error_class(error.code) == ERROR_CLASS_RECONNECT || error.code == ERROR_SF_API_LIMIT) {
        run->fatal = error;
    }
}

static void take_describe(OutboxRun *run, const Completion *got)
{
    SfDescribe describe;
    Error error = got->error;
    if (error.code == ERROR_OK) {
        error = sf_describe_read(&run->memory, &run->scratch, got->body, SF_PICKLISTS_SKIP, &describe);
    }
    if (error.code != ERROR_OK) {
        for (unsigned kind = OUTBOX_TASK; kind <= OUTBOX_DIGEST; kind++) {
            run->blocked[kind] = true;
            note_error(run, (OutboxKind)kind, error_copy(&run->memory, error));
        }
        return;
    }
    const SfDescribeField *key = sf_describe_find(&describe, SF_TASK_KEY_FIELD);
    run->task_key =
        key != NULL && key->createable && key->external_id ? OUTBOX_TASK_KEY_PRESENT : OUTBOX_TASK_KEY_ABSENT;
}

static bool needs_describe(const OutboxRun *run)
{
    return run->task_key == OUTBOX_TASK_KEY_UNKNOWN &&
           (run->pending[OUTBOX_TASK] != 0 || run->pending[OUTBOX_DIGEST] != 0);
}

/* Any answer tells Salesforce's time, which claims are dated with; this one costs no API call. */
static void fetch_clock(OutboxRun *run)
{
    run->session->budget.purpose = BUDGET_PUSH;
    ask(run, sf_versions(&run->memory, &run->spec));
}

/* What a process that is gone left behind. */

static void read_claimed(OutboxRun *run)
{
    outbox_items_init(&run->items, &run->memory, OUTBOX_ITEMS_MAX, run->task_key == OUTBOX_TASK_KEY_PRESENT);
    store_query(&run->job, &run->query, sync_statement(STATEMENT_OUTBOX_CLAIMED), NULL, outbox_items_take,
                &run->items);
}

/* Kinds that are blocked stay as they are: whether they may be repeated is not known. */
static void recover(OutboxRun *run)
{
    OutboxItems *items = &run->items;
    OutboxCounts counts = {0};
    StoreOps ops;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < items->count; i++) {
        if (!run->blocked[items->items[i].kind]) {
            items->items[kept] = items->items[i];
            items->items[kept++].event = OUTBOX_CRASHED;
        }
    }
    items->count = kept;
    store_ops_begin(&ops, &run->job);
    session_guard(run->session, &ops);
    (void)outbox_items_store(items, run->session, 0, &ops, &counts);
    store_apply(&run->job, &ops);
}

/* Many scores at once, by a Bulk job. */

static void find_job(OutboxRun *run)
{
    store_query(&run->job, &run->query, sync_statement(STATEMENT_INGEST_READ), NULL, bulk_push_found,
                &run->left);
}

static bool is_bulk(const OutboxRun *run)
{
    const Budget *budget = &run->session->budget;
    const SfLimit *batches = &budget->ingest_batches;
    const bool is_short =
        batches->known && (double)batches->remaining <= (double)batches->max * budget->reserve;
    return run->pending[OUTBOX_FIELDS] >= BULK_PUSH_ROWS_MIN && !is_short;
}

static void start_bulk(OutboxRun *run)
{
    run->session->budget.purpose = BUDGET_PUSH;
    run->bulk = (BulkPush){.session = run->session, .counts = &run->counts[OUTBOX_FIELDS]};
    bulk_push_start(run->job.engine, &run->job, &run->bulk);
}

/* While a job's fate is not known, nothing else of its kind is sent. */
static void note_bulk(OutboxRun *run)
{
    if (run->bulk.stopped) {
        run->slow_ms = OUTBOX_SLICE_MS;
        run->blocked[OUTBOX_FIELDS] = run->bulk.blocked || run->bulk.kept;
        note_error(run, OUTBOX_FIELDS, run->bulk.why);
    }
}

/* Sending and looking. */

static bool is_sent(const OutboxRun *run)
{
    return run->pending[run->kind] != 0 && !run->blocked[run->kind] && run->fatal.code == ERROR_OK;
}

static void start_send(OutboxRun *run)
{
    run->session->budget.purpose = run->kind == OUTBOX_FIELDS ? BUDGET_PUSH : BUDGET_ACT;
    run->send = (OutboxSend){.session = run->session,
                             .kind = (OutboxKind)run->kind,
                             .keyed = run->task_key == OUTBOX_TASK_KEY_PRESENT,
                             .counts = &run->counts[run->kind]};
    outbox_send_start(run->job.engine, &run->job, &run->send);
}

static void note_send(OutboxRun *run)
{
    if (run->send.stopped) {
        const double asked_ms = run->send.request.retry_after_ms;
        run->slow_ms = asked_ms > 0 && asked_ms < OUTBOX_SLICE_MS ? asked_ms : OUTBOX_SLICE_MS;
        run->blocked[run->kind] = run->send.blocked;
        note_error(run, (OutboxKind)run->kind, run->send.why);
    }
}

static void start_look(OutboxRun *run)
{
    if (run->fatal.code != ERROR_OK) {
        engine_done(&run->job);
        return;
    }
    run->session->budget.purpose = BUDGET_ACT;
    run->look = (OutboxLook){
        .session = run->session, .keyed = run->task_key == OUTBOX_TASK_KEY_PRESENT, .counts = run->counts};
    outbox_look_start(run->job.engine, &run->job, &run->look);
}

static void note_look(OutboxRun *run)
{
    if (run->look.stopped) {
        run->slow_ms = OUTBOX_SLICE_MS;
        note_error(run, OUTBOX_CHATTER, run->look.why);
    }
}

/* Waiting. */

static uint32_t take_next(void *context, const RowBatch *batch)
{
    OutboxRun *run = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const RowView row = row_at(batch, i);
        OutboxKind kind = OUTBOX_FIELDS;
        if (!outbox_kind_find(row_text(row, 0), &kind)) {
            continue;
        }
        run->counts[kind].later = (uint64_t)row_int64(row, 2);
        if (!run->blocked[kind]) {
            const int64_t due_ms = row_state(row, 1) == ROW_VALUE ? row_int64(row, 1) : 0;
            run->next_ms = due_ms < run->next_ms ? due_ms : run->next_ms;
        }
    }
    return PERLY_MORE;
}

static void read_next(OutboxRun *run)
{
    run->next_ms = INT64_MAX;
    for (unsigned kind = 0; kind < OUTBOX_KIND_COUNT; kind++) {
        run->counts[kind].later = 0;
    }
    store_query(&run->job, &run->query, sync_statement(STATEMENT_OUTBOX_NEXT), NULL, take_next, run);
}

static double delay_ms(const OutboxRun *run)
{
    const double delay = (double)(run->next_ms - run->job.engine->wall_ms);
    const double least = run->slow_ms > 100 ? run->slow_ms : 100;
    return delay > least ? delay : least;
}

static bool is_worth_waiting(OutboxRun *run)
{
    const Engine *engine = run->job.engine;
    if (run->next_ms == INT64_MAX || run->fatal.code != ERROR_OK || engine->stopping) {
        return false;
    }
    run->wait_until_ms = run->wait_until_ms == 0 ? engine->mono_ms + OUTBOX_WAIT_MS : run->wait_until_ms;
    return engine->mono_ms + delay_ms(run) <= run->wait_until_ms;
}

/* What is due and could be sent is left to the next slice. */
static Error stop_error(const OutboxRun *run)
{
    const Engine *engine = run->job.engine;
    const bool due = run->next_ms != INT64_MAX && run->next_ms <= engine->wall_ms;
    return engine->stopping && due ? error_make(ERROR_CANCELLED, SLICE("stopped")) : ERROR_NONE;
}

/* What is due already was tried, and is left alone for a while. */
static int64_t again(const OutboxRun *run)
{
    const int64_t now_ms = run->job.engine->wall_ms;
    return run->next_ms <= now_ms ? now_ms + COMMAND_RETRY_MS : run->next_ms;
}

/* In slices, so that a stop is noticed. */
static void wait(OutboxRun *run)
{
    const double delay = delay_ms(run);
    run->slow_ms = 0;
    engine_timer(&run->job, delay < OUTBOX_SLICE_MS ? delay : OUTBOX_SLICE_MS);
}

/* Events. */

static void tell_counts(OutboxRun *run, OutboxKind kind)
{
    const OutboxCounts *counts = &run->counts[kind];
    Event event;
    if (counts->done == 0 && counts->failed == 0 && counts->later == 0) {
        return;
    }
    event_begin(&event, &run->memory, kind == OUTBOX_FIELDS ? SLICE("pushed") : SLICE("acted"));
    if (kind != OUTBOX_FIELDS) {
        event_text(&event, SLICE("kind"), outbox_kind_name(kind));
    }
    event_uint64(&event, kind == OUTBOX_FIELDS ? SLICE("accounts") : SLICE("count"), counts->done);
    event_uint64(&event, SLICE("failed"), counts->failed);
    event_uint64(&event, SLICE("later"), counts->later);
    event_send(&event, run->job.engine);
}

static void tell(OutboxRun *run)
{
    for (unsigned kind = 0; kind < OUTBOX_KIND_COUNT; kind++) {
        tell_counts(run, (OutboxKind)kind);
        if (run->counts[kind].failed != 0) {
            *run->exit = COMMAND_EXIT_PERSON;
        }
        if (run->why[kind].code != ERROR_OK && run->blocked[kind]) {
            const bool person = error_exit(run->why[kind].code) == COMMAND_EXIT_PERSON;
            *run->exit = person ? (int)COMMAND_EXIT_PERSON : *run->exit;
            Event event;
            event_begin(&event, &run->memory, SLICE("outbox_stopped"));
            event_text(&event, SLICE("kind"), outbox_kind_name((OutboxKind)kind));
            event_error(&event, run->why[kind]);
            event_send(&event, run->job.engine);
        }
    }
}

static JobStatus run_step(Job *job, const Completion *got)
{
    OutboxRun *const run = (OutboxRun *)job;
    JOB_BEGIN(job, RUN_POINTS);

    AWAIT(job, REVIVE, revive(run));
    AWAIT(job, PENDING, read_pending(run));
    if (!has_pending(run)) {
        return JOB_DONE;
    }
    if (needs_describe(run)) {
        AWAIT_ANY(job, DESCRIBE, fetch_describe(run));
        take_describe(run, got);
    }
    if (run->session->server_ms == 0) {
        AWAIT(job, CLOCK, fetch_clock(run));
    }
    AWAIT(job, JOB, find_job(run));
    if (run->left) {
        AWAIT(job, RESUME, start_bulk(run));
        note_bulk(run);
    }
    AWAIT(job, CLAIMED, read_claimed(run));
    TRY(job, run->items.error);
    AWAIT(job, RECOVER, recover(run));

    for (;;) {
        run->kind = OUTBOX_FIELDS;
        if (is_sent(run) && is_bulk(run)) {
            AWAIT(job, BULK, start_bulk(run));
            note_bulk(run);
        }
        for (run->kind = 0; run->kind < OUTBOX_KIND_COUNT; run->kind++) {
            if (is_sent(run)) {
                AWAIT(job, SEND, start_send(run));
                note_send(run);
            }
        }
        AWAIT(job, LOOK, start_look(run));
        note_look(run);
        AWAIT(job, NEXT, read_next(run));
        if (!is_worth_waiting(run)) {
            break;
        }
        AWAIT(job, PAUSE, wait(run));
    }
    *run->again_ms = again(run);
    tell(run);
    TRY(job, run->fatal);
    TRY(job, run->short_of);
    TRY(job, stop_error(run));
    JOB_END(job);
}

static void run_close(Job *job)
{
    OutboxRun *run = (OutboxRun *)job;
    arena_free(&run->memory);
    arena_free(&run->scratch);
}

void outbox_start(Engine *engine, Job *parent, OutboxRun *run)
{
    arena_init(&run->memory, &engine->allocator, 0);
    arena_init(&run->scratch, &engine->allocator, 0);
    run->job.arena = &run->memory;
    *run->exit = 0;
    *run->again_ms = INT64_MAX;
    job_start(engine, parent, &run->job, &run_kind);
}

/* The command of the same job alone: what is due now, without a pull. */
void push_start(Command *command)
{
    OutboxRun *run = COMMAND_CHILD(command, OutboxRun);
    if (run == NULL) {
        return;
    }
    run->session = command->session;
    run->exit = &command->exit;
    run->again_ms = &command->again_ms;
    command->child = &run->job;
    outbox_start(command->job.engine, &command->job, run);
}
