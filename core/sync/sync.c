/*
 * sync: one cycle, or with "watch" one after the other, as often as the configuration says. A cycle that
 * fails for a reason that passes is told and does not end the watch; one that a person must cure does. When
 * API calls are short the pull stops first, and what is due in Salesforce is sent all the same.
 */
#include "sync/cycle.h"
#include "sync/run/command.h"
#include "sync/run/refresh.h"

#define SYNC_POINTS(X) X(LIMITS) X(CYCLE) X(RENEW) X(OUTBOX) X(SLEEP)

typedef struct Sync {
    Job job; /* first */
    Command *command;
    bool watch;
    Error error;    /* of the cycle that ended last */
    Slice host;     /* of the org in that cycle */
    bool renewed;   /* the session was, to learn of another */
    ArenaMark mark; /* of the job's arena: what a cycle leaves there goes before the next one */
    int64_t delay_ms;
    int64_t began_ms; /* wall time of the cycle's begin */
    Request request;
    RequestSpec spec;
    Cycle cycle;
    OutboxRun outbox; /* of a cycle that calls were short for */
} Sync;

static JobStatus sync_step(Job *job, const Completion *got);
JOB_KIND(sync_kind, "sync", sync_step, NULL);

/* Does another cycle, without a person in between, have a chance? */
static bool passes(Error error)
{
    return error.code == ERROR_OK || (command_retry_ms(error.code) != 0 && error.code != ERROR_CANCELLED &&
                                      error.code != ERROR_STORE_GUARD);
}

/* After a rename of its My Domain, or a migration, an org is at another host, which a login tells. */
static bool may_have_moved(const Sync *sync)
{
    const ErrorCode code = sync->error.code;
    return (code == ERROR_HTTP_UNREACHABLE || code == ERROR_SF_REDIRECTED) && !sync->renewed;
}

static void renew(Sync *sync)
{
    sync->renewed = true;
    sync->host = sync->command->session->instance_url;
    refresh_for(&sync->job, sync->command->session);
}

/* Tells how the cycle ended and when the next one begins. */
static void plan_next(Sync *sync)
{
    const Engine *engine = sync->job.engine;
    const bool failed = sync->error.code != ERROR_OK;
    sync->delay_ms = failed ? command_retry_ms(sync->error.code) : sync->cycle.poll_ms;
    Event event;
    if (failed) {
        event_begin(&event, sync->job.arena, SLICE("cycle_failed"));
        event_error(&event, sync->error);
        event_send(&event, sync->job.engine);
    }
    event_begin(&event, sync->job.arena, SLICE("idle"));
    event_time(&event, SLICE("at"), engine->wall_ms + sync->delay_ms);
    event_send(&event, sync->job.engine);
}

/* The org's allowances of a day, which no other answer tells. */
static void ask_limits(Sync *sync)
{
    const Session *session = sync->command->session;
    request_try(&sync->job, &sync->request, &sync->spec,
                sf_limits(sync->job.arena, session->api_version, &sync->spec));
}

/* A user without View Setup may not ask (403): then they are unknown, and nothing stops for them. */
static void take_limits(Sync *sync, const Completion *got)
{
    SfLimits limits;
    memset(&limits, 0, sizeof limits);
    if (got->error.code == ERROR_OK) {
        (void)sf_limits_read(sync->job.arena, got->body, &limits);
    }
    budget_limits_take(&sync->command->session->budget, &limits, sync->job.engine->wall_ms);
}

static bool limits_due(const Sync *sync)
{
    return sync->cycle.pull && budget_limits_due(&sync->command->session->budget, sync->job.engine->wall_ms);
}

/* Calls were short before the cycle came to its outbox: what is due there goes with what is left. */
static bool is_outbox_left(const Sync *sync)
{
    return sync->error.code == ERROR_API_BUDGET && !sync->cycle.acted && sync->cycle.only == SOURCE_COUNT;
}

static void start_outbox(Sync *sync)
{
    Event event;
    event_begin(&event, sync->job.arena, SLICE("budget_short"));
    event_text(&event, SLICE("purpose"), budget_purpose_name(BUDGET_PULL));
    event_error(&event, sync->error);
    event_send(&event, sync->job.engine);
    sync->outbox = (OutboxRun){.session = sync->command->session,
                               .exit = &sync->command->exit,
                               .again_ms = &sync->command->again_ms};
    outbox_start(sync->job.engine, &sync->job, &sync->outbox);
}

static void start_cycle(Sync *sync)
{
    sync->cycle.acted = false;
    sync->began_ms = sync->job.engine->wall_ms;
    if (sync->cycle.pull) {
        budget_count_cycle(&sync->command->session->budget);
    }
    cycle_start(sync->job.engine, &sync->job, &sync->cycle);
}

/* A polling interval after this cycle began, unless something in the outbox is due before. */
static void plan_again(const Sync *sync)
{
    const int64_t poll_ms = sync->began_ms + sync->cycle.poll_ms;
    int64_t *again_ms = &sync->command->again_ms;
    if (sync->cycle.pull && sync->cycle.only == SOURCE_COUNT && poll_ms < *again_ms) {
        *again_ms = poll_ms;
    }
}

static JobStatus sync_step(Job *job, const Completion *got)
{
    Sync *const sync = (Sync *)job;
    JOB_BEGIN(job, SYNC_POINTS);
    sync->mark = arena_mark(job->arena);
    do {
        sync->command->session->budget.purpose = BUDGET_PULL;
        if (limits_due(sync)) {
            AWAIT_ANY(job, LIMITS, ask_limits(sync));
            take_limits(sync, got);
        }
        AWAIT_ANY(job, CYCLE, start_cycle(sync));
        sync->error = error_copy(job->arena, got->error);
        if (may_have_moved(sync)) {
            AWAIT_ANY(job, RENEW, renew(sync)); /* what failed is told, whatever becomes of this */
            if (!slice_equal(sync->host, sync->command->session->instance_url)) {
                continue;
            }
        }
        if (is_outbox_left(sync)) {
            AWAIT_ANY(job, OUTBOX, start_outbox(sync)); /* its own end is told by its events */
        }
        TRY(job, sync->watch && passes(sync->error) ? ERROR_NONE : sync->error);
        if (!sync->watch) {
            plan_again(sync);
            break;
        }
        plan_next(sync);
        sync->error = ERROR_NONE;
        sync->renewed = false;
        arena_rewind(job->arena, sync->mark);
        AWAIT(job, SLEEP, engine_timer(job, (double)sync->delay_ms));
    } while (true);
    JOB_END(job);
}

static Error read_only(Command *command, Cycle *cycle)
{
    const JsonValue value = json_get(command->arguments, SLICE("only"));
    Slice name = {NULL, 0};
    cycle->only = SOURCE_COUNT;
    if (!json_present(value)) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(json_text(value, &name));
    RETURN_IF_ERROR(command_source(command, name, &cycle->only));
    return cycle->pull
               ? ERROR_NONE
               : error_make(ERROR_COMMAND_ARGUMENT, SLICE("only says what is pulled, and pull is false"));
}

static Error read_arguments(Command *command, Sync *sync)
{
    const JsonValue arguments = command->arguments;
    Cycle *cycle = &sync->cycle;
    int64_t page_rows = 0;
    RETURN_IF_ERROR(json_bool_or(json_get(arguments, SLICE("watch")), false, &sync->watch));
    RETURN_IF_ERROR(json_bool_or(json_get(arguments, SLICE("pull")), true, &cycle->pull));
    RETURN_IF_ERROR(json_bool_or(json_get(arguments, SLICE("full")), false, &cycle->full));
    RETURN_IF_ERROR(json_int64_or(json_get(arguments, SLICE("page_rows")), PULL_PAGE_ROWS_MAX, &page_rows));
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("config")), SLICE(""), &cycle->config_text));
    RETURN_IF_ERROR(
        json_text_or(json_get(arguments, SLICE("config_name")), SLICE("configuration"), &cycle->config_name));
    RETURN_IF_ERROR(read_only(command, cycle));
    const bool usable = page_rows >= 1 && page_rows <= PULL_PAGE_ROWS_MAX;
    cycle->page_rows_max = usable ? (uint32_t)page_rows : PULL_PAGE_ROWS_MAX;
    return ERROR_NONE;
}

void sync_start(Command *command)
{
    Sync *sync = COMMAND_CHILD(command, Sync);
    if (sync == NULL) {
        return;
    }
    sync->command = command;
    sync->cycle.session = command->session;
    sync->cycle.exit = &command->exit;
    sync->cycle.again_ms = &command->again_ms;
    const Error error = read_arguments(command, sync);
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    command_run_child(command, &sync->job, &sync_kind);
}
