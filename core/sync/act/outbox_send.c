#include "sync/act/outbox_send.h"

#include "base/number.h"
#include "salesforce/permissions.h"
#include "sync/run/statements.h"

/* What a request takes that must not be cut off: its outcome would be unclear. Others are repeated. */
enum { ONCE_MS = 2000 };

#define SEND_POINTS(X) X(READ) X(CLAIM) X(SEND) X(PLAIN) X(STORE)

static JobStatus send_step(Job *job, const Completion *got);
static void send_close(Job *job);
JOB_KIND(send_kind, "outbox send", send_step, send_close);

/* How many go in one request. */
static int64_t batch_max(const OutboxSend *send)
{
    switch (send->kind) {
    case OUTBOX_FIELDS:
    case OUTBOX_TASK: return SF_COLLECTION_RECORDS_MAX;
    case OUTBOX_DIGEST: return send->keyed ? SF_COLLECTION_RECORDS_MAX : 1; /* see act_write */
    case OUTBOX_CHATTER:
    case OUTBOX_KIND_COUNT: break;
    }
    return 1;
}

static bool is_late(const OutboxSend *send)
{
    const Engine *engine = send->job.engine;
    const bool once = send->kind == OUTBOX_CHATTER || (send->kind != OUTBOX_FIELDS && !send->keyed);
    return engine->stopping && engine->mono_ms + (once ? ONCE_MS : 0) >= engine->stop_mono_ms;
}

static void read_due(OutboxSend *send)
{
    StoreParams params;
    arena_reset(&send->memory);
    arena_reset(&send->scratch);
    send->refused = ERROR_NONE;
    outbox_items_init(&send->items, &send->memory, OUTBOX_ITEMS_MAX, send->keyed);
    store_params_begin(&params, &send->memory, sync_statement(STATEMENT_OUTBOX_READY));
    row_writer_text(&params.writer, 0, outbox_kind_name(send->kind));
    row_writer_time(&params.writer, 1, send->job.engine->wall_ms);
    row_writer_int64(&params.writer, 2, batch_max(send));
    store_query(&send->job, &send->query, sync_statement(STATEMENT_OUTBOX_READY), &params, outbox_items_take,
                &send->items);
}

static void claim(OutboxSend *send)
{
    StoreOps ops;
    store_ops_begin(&ops, &send->job);
    session_guard(send->session, &ops);
    outbox_items_claim(&send->items, send->session, &ops);
    store_apply(&send->job, &ops);
}

static void send_batch(OutboxSend *send)
{
    send->sent = false;
    const Error error = send->kind == OUTBOX_FIELDS ? push_write(send) : act_write(send);
    send->request.retry_after_ms = 0; /* where nothing is sent */
    if (error.code == ERROR_OK && !send->sent) {
        engine_done(&send->job);
        return;
    }
    request_try(&send->job, &send->request, &send->spec, error);
}

/*
 * Salesforce's own error SERVER_UNAVAILABLE comes from the server that was to carry the request out and got
 * no connection to its database (Knowledge 000205947); that of a status alone may come from anything on the
 * way. A code that nobody knows is the record's, where the request is of one: others are not held up by it.
 */
static OutboxEventKind request_event(const OutboxSend *send, Error error)
{
    const bool declined = error.code == ERROR_REQUEST_UNCLEAR && send->request.told == ERROR_SF_BUSY;
    const bool of_one = send->kind == OUTBOX_CHATTER && error.code == ERROR_SF_REFUSED;
    return declined ? OUTBOX_DECLINED : of_one ? OUTBOX_REFUSED : outbox_event(error);
}

/* Whoever is mentioned must be able to see the record, among others: the post itself is worth more. */
static bool is_mention_refused(const OutboxSend *send, Error error)
{
    return send->sent && send->kind == OUTBOX_CHATTER && send->mention &&
           (error.code == ERROR_SF_PERMISSION || request_event(send, error) == OUTBOX_REFUSED);
}

Error outbox_send_results(OutboxSend *send, Slice body)
{
    SfResult *results = ARENA_ARRAY(&send->memory, SfResult, OUTBOX_ITEMS_MAX);
    size_t count = 0;
    if (results == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for results"));
    }
    for (uint32_t i = 0; i < send->items.count; i++) {
        count += !send->items.items[i].bad;
    }
    RETURN_IF_ERROR(sf_collection_read(&send->memory, &send->scratch, body, results, count));
    count = 0;
    for (uint32_t i = 0; i < send->items.count; i++) {
        OutboxItem *item = &send->items.items[i];
        if (!item->bad) {
            item->result = results[count++];
            item->error = item->result.error;
        }
    }
    return ERROR_NONE;
}

static void stop(OutboxSend *send, Error error)
{
    send->stopped = true;
    send->blocked = outbox_event(error) == OUTBOX_BLOCKED || error.code == ERROR_API_BUDGET;
    send->why = error_copy(send->job.parent->arena, error);
}

/* "...: Grant Edit on ...": an error of a write says what its user lacks. */
static Error with_grant(OutboxSend *send, Error error)
{
    static const size_t capabilities[OUTBOX_KIND_COUNT] = {[OUTBOX_FIELDS] = SF_CAN_WRITE_SCORES,
                                                           [OUTBOX_TASK] = SF_CAN_CREATE_TASK,
                                                           [OUTBOX_DIGEST] = SF_CAN_CREATE_TASK,
                                                           [OUTBOX_CHATTER] = SF_CAN_POST_CHATTER};
    const Slice grant = sf_grant_of(capabilities[send->kind], error.code);
    return grant.length == 0 ? error
                             : ERROR_TEXT(&send->memory, error.code, error.message, SLICE(". "), grant);
}

static void take_results(OutboxSend *send, const Completion *got)
{
    const bool fields = send->kind == OUTBOX_FIELDS;
    Error error = fields ? push_error(&send->memory, got->error) : act_error(send, got->error);
    if (error.code == ERROR_OK && send->sent) {
        error = send->kind == OUTBOX_FIELDS ? push_read(send, got->body) : act_read(send, got->body);
    }
    error = with_grant(send, error);
    for (uint32_t i = 0; i < send->items.count; i++) {
        OutboxItem *item = &send->items.items[i];
        if (error.code != ERROR_OK && !item->bad) {
            item->error = error;
            item->event = request_event(send, error);
        } else {
            item->error = with_grant(send, fields ? push_error(&send->memory, item->error) : item->error);
            item->event = outbox_record_event(item);
        }
    }
    /* A request that failed as a whole would fail for the next batch too, unless it was one record's. */
    const bool own = send->kind == OUTBOX_CHATTER && request_event(send, error) == OUTBOX_REFUSED;
    if (error.code != ERROR_OK && !own) {
        stop(send, error);
    }
}

static void store_outcomes(OutboxSend *send)
{
    StoreOps ops;
    int64_t retry_after_ms = 0;
    (void)number_to_int64(send->request.retry_after_ms, &retry_after_ms);
    store_ops_begin(&ops, &send->job);
    session_guard(send->session, &ops);
    if (outbox_items_store(&send->items, send->session, retry_after_ms, &ops, send->counts) &&
        !send->stopped) {
        stop(send, outbox_items_blocked(&send->items));
    }
    store_apply(&send->job, &ops);
}

/* Asked before entries are claimed: one that cannot be sent keeps its attempts. */
static bool is_affordable(OutboxSend *send)
{
    const BudgetPurpose purpose = send->kind == OUTBOX_FIELDS ? BUDGET_PUSH : BUDGET_ACT;
    const Error error = session_may_call(send->session, &send->memory, purpose);
    if (error.code != ERROR_OK) {
        stop(send, error);
    }
    return error.code == ERROR_OK;
}

static JobStatus send_step(Job *job, const Completion *got)
{
    OutboxSend *const send = (OutboxSend *)job;
    JOB_BEGIN(job, SEND_POINTS);
    while (!send->stopped && !is_late(send) && is_affordable(send)) {
        AWAIT(job, READ, read_due(send));
        TRY(job, send->items.error);
        if (send->items.count == 0) {
            break;
        }
        AWAIT(job, CLAIM, claim(send));
        AWAIT_ANY(job, SEND, send_batch(send));
        if (is_mention_refused(send, got->error)) {
            send->refused = error_copy(&send->memory, got->error);
            AWAIT_ANY(job, PLAIN, send_batch(send));
        }
        take_results(send, got);
        AWAIT(job, STORE, store_outcomes(send));
    }
    JOB_END(job);
}

static void send_close(Job *job)
{
    OutboxSend *send = (OutboxSend *)job;
    arena_free(&send->memory);
    arena_free(&send->scratch);
}

void outbox_send_start(Engine *engine, Job *parent, OutboxSend *send)
{
    arena_init(&send->memory, &engine->allocator, 0);
    arena_init(&send->scratch, &engine->allocator, 0);
    send->job.arena = &send->memory;
    job_start(engine, parent, &send->job, &send_kind);
}
