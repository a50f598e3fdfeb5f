#include "sync/upkeep/sweeping.h"

#include "base/time.h"
#include "sync/plan/outage.h"
#include "sync/plan/planning.h"

#define SWEEPING_POINTS(X) X(SWEEP) X(FAILED) X(READ)

static JobStatus sweeping_step(Job *job, const Completion *got);
static void sweeping_close(Job *job);
JOB_KIND(sweeping_kind, "sweep", sweeping_step, sweeping_close);

static bool is_due(const Sweeping *sweeping, unsigned source)
{
    const char *prefix = sweeping->describing->objects[source].describe.key_prefix;
    if (!sweeping->usable[source] || prefix[0] == '\0') {
        return false;
    }
    const int64_t now_ms = sweeping->session->server_ms;
    const int64_t every_ms = sweeping->hidden[source] ? SWEEP_HIDDEN_EVERY_MS : SWEEP_EVERY_MS;
    const bool wanted = sweeping->under_way[source] || sweeping->opened[source] ||
                        now_ms - sweeping->since[source] >= every_ms;
    return sweeping->all || (wanted && now_ms - sweeping->failed_ms[source] >= SWEEP_FAILED_EVERY_MS);
}

bool sweeping_due(const Sweeping *sweeping)
{
    bool due = false;
    if (session_bulk_short(sweeping->session)) {
        return false; /* none is begun, and one that was begun goes on later */
    }
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        due = due || is_due(sweeping, source);
    }
    return due;
}

static void start_sweeps(Sweeping *sweeping)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const SfDescribe *describe = &sweeping->describing->objects[source].describe;
        Sweep *sweep = &sweeping->sweeps[source];
        Plan *plan = NULL;
        if (!is_due(sweeping, source)) {
            continue;
        }
        const Error error = planning_make_ids(&sweeping->memory, (Source)source, describe, &plan);
        if (error.code != ERROR_OK) {
            engine_fail(&sweeping->job, error);
            return;
        }
        *sweep = (Sweep){
            .pull = {.session = sweeping->session, .plan = plan, .page_rows_max = sweeping->page_rows_max},
            .accept = sweeping->all};
        memcpy(sweep->prefix, describe->key_prefix, sizeof sweep->prefix);
        sweeping->started[source] = true;
        sweep_start(sweeping->job.engine, &sweeping->job, sweep);
    }
}

/* Where rows were not seen before, that goes on: a person reads both. */
static Error failure_of(Sweeping *sweeping, unsigned source)
{
    const Error failure = sweeping->sweeps[source].pull.failure;
    return sweeping->hidden[source]
               ? ERROR_TEXT(&sweeping->memory, failure.code,
                            SLICE("the connected user does not see rows that are held, and looking again "
                                  "failed: "),
                            failure.message)
               : failure;
}

/* One that was stopped, or met what stops all, has not failed: it goes on with the next cycle. */
static bool has_failed(const Sweeping *sweeping, unsigned source)
{
    const Error failure = sweeping->sweeps[source].pull.failure;
    return sweeping->started[source] && failure.code != ERROR_OK && !outage_is_whole(failure);
}

static void store_failures(Sweeping *sweeping)
{
    StoreOps ops;
    store_ops_begin(&ops, &sweeping->job);
    session_guard(sweeping->session, &ops);
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Pull *pull = &sweeping->sweeps[source].pull;
        if (has_failed(sweeping, source)) {
            checkpoint_failed(&ops, pull->name, failure_of(sweeping, source), sweeping->session->server_ms);
            describing_forget(&ops, source_facts((Source)source)->sobject, pull->failure);
        }
    }
    store_apply(&sweeping->job, &ops);
}

bool sweeping_swept(const Sweeping *sweeping, unsigned source)
{
    return sweeping->started[source] && sweeping->sweeps[source].pull.failure.code == ERROR_OK;
}

static void read_outcomes(Sweeping *sweeping)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (sweeping_swept(sweeping, source)) {
            sweep_read(&sweeping->job, &sweeping->sweeps[source], &sweeping->memory);
        }
    }
}

static void tell_all(Sweeping *sweeping)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (sweeping_swept(sweeping, source)) {
            sweep_tell(&sweeping->sweeps[source], &sweeping->memory, sweeping->job.engine);
        }
    }
}

static bool any_result(const Sweeping *sweeping)
{
    bool any = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        any = any || sweeping_swept(sweeping, source);
    }
    return any;
}

static JobStatus sweeping_step(Job *job, const Completion *got)
{
    Sweeping *const sweeping = (Sweeping *)job;
    JOB_BEGIN(job, SWEEPING_POINTS);
    AWAIT_ANY(job, SWEEP, start_sweeps(sweeping));
    TRY(job, outage_is_whole(got->error) ? got->error : ERROR_NONE);
    AWAIT(job, FAILED, store_failures(sweeping));
    if (any_result(sweeping)) {
        AWAIT(job, READ, read_outcomes(sweeping));
        tell_all(sweeping);
    }
    JOB_END(job);
}

static void sweeping_close(Job *job)
{
    arena_free(&((Sweeping *)job)->memory);
}

void sweeping_start(Engine *engine, Job *parent, Sweeping *sweeping)
{
    arena_init(&sweeping->memory, &engine->allocator, 0);
    sweeping->job.arena = &sweeping->memory;
    job_start(engine, parent, &sweeping->job, &sweeping_kind);
}
