/*
 * rescore: asks for accounts to be scored again, without the lease, so also while a sync runs: the request
 * waits in the table `inbox`, to which anybody may append, and the next cut takes it. For webhooks, and for
 * whoever changes something that Salesforce does not tell. {"event":"requested","accounts":2}.
 */
#include "sync/run/command.h"

#include "salesforce/ids.h"
#include "sync/run/event.h"
#include "sync/run/statements.h"

enum { RESCORE_ACCOUNTS_MAX = 10000 };

#define RESCORE_POINTS(X) X(WRITE)

typedef struct Rescore {
    Job job; /* first */
    JsonValue accounts;
    uint32_t count;
    Arena memory;
} Rescore;

static JobStatus rescore_step(Job *job, const Completion *got);
static void rescore_close(Job *job);
JOB_KIND(rescore_kind, "rescore", rescore_step, rescore_close);

static Error write_account(Rescore *rescore, StoreOps *ops, StoreParams *params, JsonValue value)
{
    char id[SF_ID_BYTES];
    Slice text = {NULL, 0};
    RETURN_IF_ERROR(json_text(value, &text));
    if (sf_id_import(text, id).code != ERROR_OK) {
        return json_error(value, ERROR_COMMAND_ARGUMENT,
                          SLICE("an id of an account has 15 or 18 characters"));
    }
    if (rescore->count++ != 0) {
        store_params_next(ops, params);
    }
    row_writer_text(&params->writer, 0, slice_make(id, sizeof id));
    row_writer_time(&params->writer, 1, rescore->job.engine->wall_ms);
    return ERROR_NONE;
}

static void write_requests(Rescore *rescore)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &rescore->job);
    store_params_begin(&params, &rescore->memory, sync_statement(STATEMENT_INBOX_WRITE));
    for (JsonValue value = json_first(rescore->accounts); json_present(value); value = json_next(value)) {
        store_ops_fail(&ops, write_account(rescore, &ops, &params, value));
    }
    if (rescore->count != 0) {
        store_ops_run(&ops, &params);
    }
    store_apply(&rescore->job, &ops);
}

static void tell_requested(Rescore *rescore)
{
    Event event;
    event_begin(&event, &rescore->memory, SLICE("requested"));
    event_int64(&event, SLICE("accounts"), rescore->count);
    event_send(&event, rescore->job.engine);
}

static JobStatus rescore_step(Job *job, const Completion *got)
{
    Rescore *const rescore = (Rescore *)job;
    JOB_BEGIN(job, RESCORE_POINTS);
    AWAIT(job, WRITE, write_requests(rescore));
    tell_requested(rescore);
    JOB_END(job);
}

static void rescore_close(Job *job)
{
    arena_free(&((Rescore *)job)->memory);
}

static Error read_accounts(Command *command, Rescore *rescore)
{
    rescore->accounts = json_get(command->arguments, SLICE("accounts"));
    RETURN_IF_ERROR(json_expect_array(rescore->accounts));
    return json_count(rescore->accounts) <= RESCORE_ACCOUNTS_MAX
               ? ERROR_NONE
               : json_error(rescore->accounts, ERROR_COMMAND_ARGUMENT,
                            SLICE("at most 10,000 accounts at once"));
}

void rescore_start(Command *command)
{
    Rescore *rescore = COMMAND_CHILD(command, Rescore);
    if (rescore == NULL) {
        return;
    }
    const Error error = read_accounts(command, rescore);
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    arena_init(&rescore->memory, &command->job.engine->allocator, 0);
    rescore->job.arena = &rescore->memory;
    command_run_child(command, &rescore->job, &rescore_kind);
}
