#include "sync/upkeep/retaining.h"

#include "base/time.h"
#include "sync/run/statements.h"

#define RETAINING_POINTS(X) X(FIND) X(CHANGES) X(ACCOUNTS) X(SCORES) X(DONE)

#define MONTH_MS INT64_C(2629746000) /* of a mean year of the Gregorian calendar, a twelfth */

static JobStatus retaining_step(Job *job, const Completion *got);
static void retaining_close(Job *job);
JOB_KIND(retaining_kind, "retain", retaining_step, retaining_close);

bool retaining_due(const Retaining *retaining)
{
    return retaining->done_ms == TIME_MS_MIN ||
           retaining->session->server_ms - retaining->done_ms >= RETAINING_EVERY_MS;
}

static uint32_t take_cut(void *context, const RowBatch *batch)
{
    Retaining *retaining = context;
    retaining->cut = row_int64(row_at(batch, 0), 0);
    return PERLY_MORE;
}

static void find_cut(Retaining *retaining)
{
    StoreParams params;
    store_params_begin(&params, &retaining->memory, sync_statement(STATEMENT_RETAIN_CUT));
    row_writer_time(&params.writer, 0, retaining->before_ms);
    store_query(&retaining->job, &retaining->query, sync_statement(STATEMENT_RETAIN_CUT), &params, take_cut,
                retaining);
}

static void drop_changes(Retaining *retaining)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &retaining->job);
    session_guard(retaining->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_RETAIN_CHANGES));
    row_writer_time(&params.writer, 0, retaining->before_ms);
    store_ops_run(&ops, &params);
    store_apply(&retaining->job, &ops);
}

static uint32_t take_account(void *context, const RowBatch *batch)
{
    Retaining *retaining = context;
    const RowView row = row_at(batch, 0);
    const Slice id =
        row_state(row, 0) == ROW_VALUE ? slice_part(row_text(row, 0), 0, sizeof retaining->to) : SLICE("");
    if (id.length != 0) {
        memcpy(retaining->to, id.data, id.length);
        retaining->to_length = id.length;
    }
    return PERLY_MORE;
}

/* The end of the next range; none when there are no more accounts. */
static void find_range(Retaining *retaining)
{
    StoreParams params;
    memcpy(retaining->from, retaining->to, retaining->to_length);
    retaining->from_length = retaining->to_length;
    retaining->to_length = 0;
    arena_reset(&retaining->memory);
    store_params_begin(&params, &retaining->memory, sync_statement(STATEMENT_RETAIN_RANGE));
    row_writer_text(&params.writer, 0, slice_make(retaining->from, retaining->from_length));
    store_query(&retaining->job, &retaining->query, sync_statement(STATEMENT_RETAIN_RANGE), &params,
                take_account, retaining);
}

static void drop_scores(Retaining *retaining)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &retaining->job);
    session_guard(retaining->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_RETAIN_SCORES));
    row_writer_text(&params.writer, 0, slice_make(retaining->from, retaining->from_length));
    row_writer_text(&params.writer, 1, slice_make(retaining->to, retaining->to_length));
    row_writer_int64(&params.writer, 2, retaining->cut);
    store_ops_run(&ops, &params);
    store_apply(&retaining->job, &ops);
}

static void write_done(Retaining *retaining)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &retaining->job);
    session_guard(retaining->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_ASKED));
    row_writer_text(&params.writer, 0, RETAINING_NAME);
    row_writer_time(&params.writer, 1, retaining->session->server_ms);
    row_writer_int64(&params.writer, 2, 0);
    store_ops_run(&ops, &params);
    store_apply(&retaining->job, &ops);
}

static JobStatus retaining_step(Job *job, const Completion *got)
{
    Retaining *const retaining = (Retaining *)job;
    JOB_BEGIN(job, RETAINING_POINTS);
    AWAIT(job, FIND, find_cut(retaining));
    AWAIT(job, CHANGES, drop_changes(retaining));
    while (retaining->cut != 0) {
        AWAIT(job, ACCOUNTS, find_range(retaining));
        if (retaining->to_length == 0) {
            break;
        }
        AWAIT(job, SCORES, drop_scores(retaining));
    }
    AWAIT(job, DONE, write_done(retaining));
    JOB_END(job);
}

static void retaining_close(Job *job)
{
    arena_free(&((Retaining *)job)->memory);
}

void retaining_start(Engine *engine, Job *parent, Retaining *retaining)
{
    arena_init(&retaining->memory, &engine->allocator, 0);
    retaining->before_ms = retaining->session->server_ms - retaining->months * MONTH_MS;
    retaining->job.arena = &retaining->memory;
    job_start(engine, parent, &retaining->job, &retaining_kind);
}
