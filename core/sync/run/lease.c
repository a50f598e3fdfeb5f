#include "sync/run/lease.h"

#include "sync/run/statements.h"

#define TAKE_POINTS(X) X(READ) X(WATCH) X(TAKE)
#define KEEPER_POINTS(X) X(PAUSE) X(RENEW)

static JobStatus take_step(Job *job, const Completion *got);
JOB_KIND(take_kind, "lease", take_step, NULL);
static JobStatus keeper_step(Job *job, const Completion *got);
static void keeper_close(Job *job);
JOB_KIND(keeper_kind, "keeper", keeper_step, keeper_close);

static uint32_t take_row(void *context, const RowBatch *batch)
{
    LeaseTake *take = context;
    const RowView row = row_at(batch, 0);
    take->token = row_int64(row, 0);
    take->counter = row_int64(row, 1);
    if (!ROW_KEEP(row, take->job.arena, {2, &take->other})) {
        take->query.error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a lease"));
    }
    return PERLY_MORE;
}

static void read_row(LeaseTake *take)
{
    store_query(&take->job, &take->query, sync_statement(STATEMENT_LEASE_READ), NULL, take_row, take);
}

static Error held(const LeaseTake *take)
{
    return ERROR_TEXT(take->job.arena, ERROR_LEASE_HELD, SLICE("this connection is being worked on by "),
                      take->other);
}

/* Free, or its holder is known to be dead, or (PostgreSQL) the guard will judge by the server's clock. */
static bool may_take(const LeaseTake *take)
{
    return take->other.length == 0 || take->holder_dead ||
           take->job.engine->dialect == PERLY_DIALECT_POSTGRESQL ||
           (take->watching && take->job.engine->mono_ms - take->watched_since_ms >= LEASE_TAKE_MS);
}

/* The holder moved while we watched: it lives. */
static Error watch(LeaseTake *take)
{
    if (!take->watching) {
        take->watching = true;
        take->watched_since_ms = take->job.engine->mono_ms;
        take->first_token = take->token;
        take->first_counter = take->counter;
        return ERROR_NONE;
    }
    return take->token == take->first_token && take->counter == take->first_counter ? ERROR_NONE : held(take);
}

static void take_over(LeaseTake *take)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &take->job);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_LEASE_TAKE));
    row_writer_int64(&params.writer, 0, take->token);
    row_writer_int64(&params.writer, 1, take->counter);
    row_writer_text(&params.writer, 2, take->holder);
    store_ops_guard(&ops, &params, 1);
    store_apply(&take->job, &ops);
}

static JobStatus take_step(Job *job, const Completion *got)
{
    LeaseTake *const take = (LeaseTake *)job;
    JOB_BEGIN(job, TAKE_POINTS);
    do {
        AWAIT(job, READ, read_row(take));
        if (may_take(take)) {
            break;
        }
        TRY(job, watch(take));
        AWAIT(job, WATCH, engine_timer(job, LEASE_WATCH_MS));
    } while (true);
    take->taking = true;
    AWAIT_ANY(job, TAKE, take_over(take));
    TRY(job, got->error.code == ERROR_STORE_GUARD ? held(take) : got->error);
    take->session->lease_token = take->token + 1;
    take->session->renewed_ms = job->engine->mono_ms;
    JOB_END(job);
}

void lease_take(Engine *engine, Job *parent, LeaseTake *take)
{
    job_start(engine, parent, &take->job, &take_kind);
}

void lease_take_stop(LeaseTake *take)
{
    if (take->watching && !take->taking) {
        job_cancel(&take->job);
    }
}

static void renew(LeaseKeeper *keeper)
{
    StoreOps ops;
    store_ops_begin(&ops, &keeper->job);
    session_guard(keeper->session, &ops);
    budget_store(&keeper->session->budget, &ops, keeper->job.engine->wall_ms);
    store_apply(&keeper->job, &ops);
}

/* A renewal that fails is not repeated faster: after 30 s without one the session sends nothing more. */
static JobStatus keeper_step(Job *job, const Completion *got)
{
    LeaseKeeper *const keeper = (LeaseKeeper *)job;
    JOB_BEGIN(job, KEEPER_POINTS);
    do {
        AWAIT(job, PAUSE, engine_timer(job, LEASE_RENEW_MS));
        AWAIT_ANY(job, RENEW, renew(keeper));
        budget_stored(&keeper->session->budget, got->error.code == ERROR_OK);
        if (got->error.code == ERROR_OK) {
            keeper->session->renewed_ms = job->engine->mono_ms;
        }
    } while (!job->cancelled);
    JOB_END(job);
}

static void keeper_close(Job *job)
{
    LeaseKeeper *keeper = (LeaseKeeper *)job;
    keeper->running = false;
    arena_free(&keeper->memory);
    if (keeper->stopped_for != NULL) {
        engine_complete(keeper->stopped_for, &(Completion){.error = ERROR_NONE});
    }
}

void lease_keep(LeaseKeeper *keeper, Session *session)
{
    *keeper = (LeaseKeeper){.session = session, .running = true};
    arena_init(&keeper->memory, &session->engine->allocator, 0);
    keeper->job.arena = &keeper->memory;
    job_start(session->engine, NULL, &keeper->job, &keeper_kind);
}

void lease_keep_stop(Job *job, LeaseKeeper *keeper)
{
    if (!keeper->running) {
        engine_done(job);
        return;
    }
    engine_begin(job);
    keeper->stopped_for = job;
    job_cancel(&keeper->job);
}

void lease_release(Job *job, Session *session)
{
    StoreOps ops;
    store_ops_begin(&ops, job);
    if (session->lease_token != 0) {
        StoreParams params;
        budget_store(&session->budget, &ops, session->engine->wall_ms);
        store_params_begin(&params, ops.arena, sync_statement(STATEMENT_LEASE_RELEASE));
        row_writer_int64(&params.writer, 0, session->lease_token);
        store_ops_run(&ops, &params);
        session->lease_token = 0;
    }
    store_apply(job, &ops);
}
