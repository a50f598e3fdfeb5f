#include "job/engine.h"

#include "base/assert.h"

static void *resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    Engine *engine = context;
    void *resized = engine->host.memory_resize(engine->host.context, block, old_bytes, new_bytes);
    engine->out_of_memory = engine->out_of_memory || (resized == NULL && new_bytes != 0);
    return resized;
}

void engine_init(Engine *engine, const PerlyHost *host, uint32_t dialect)
{
    *engine = (Engine){.host = *host, .dialect = dialect};
    engine->allocator = (Allocator){resize, engine};
    arena_init(&engine->records, &engine->allocator, 0);
}

/* A child is younger than its parent, in whose memory it may lie. */
void engine_close(Engine *engine)
{
    while (engine->jobs != NULL) {
        Job *job = engine->jobs;
        engine->jobs = job->next;
        if (job->kind->close != NULL) {
            job->kind->close(job);
        }
    }
    engine->ready_first = NULL;
    arena_free(&engine->records);
}

/* Calls. */

static Call *find_call(Engine *engine, uint32_t number)
{
    for (size_t i = 0; number != 0 && i < ENGINE_CALLS_MAX; i++) {
        if (engine->calls[i].number == number) {
            return &engine->calls[i];
        }
    }
    return NULL;
}

static Call *free_call(Engine *engine)
{
    for (size_t i = 0; i < ENGINE_CALLS_MAX; i++) {
        if (engine->calls[i].number == 0) {
            return &engine->calls[i];
        }
    }
    return NULL;
}

uint32_t engine_call_open(Engine *engine, CallKind kind, CallOwner owner)
{
    Call *call = free_call(engine);
    perly_assert(call != NULL);
    do {
        engine->last_call++;
    } while (engine->last_call == 0 || find_call(engine, engine->last_call) != NULL);
    *call = (Call){.number = engine->last_call, .kind = kind, .owner = owner};
    return call->number;
}

void engine_call_resume(Engine *engine, uint32_t number)
{
    Call *call = find_call(engine, number);
    if (call != NULL && call->waiting) {
        call->waiting = false;
        engine->host.flow(engine->host.context, number, PERLY_FLOW_RESUME);
    }
}

bool engine_call_waits(Engine *engine, uint32_t number)
{
    const Call *call = find_call(engine, number);
    return call != NULL && call->waiting;
}

void engine_call_cancel(Engine *engine, uint32_t number)
{
    if (find_call(engine, number) != NULL) {
        engine->host.cancel(engine->host.context, number);
    }
}

/* Which deliveries are legal: a body needs a head, rows a query; nothing while the owner waits. */
static void check_delivery(const Call *call, CallKind kind, bool needs_head)
{
    perly_assert(call->kind == kind && (!needs_head || call->has_head));
}

bool engine_deliver_head(Engine *engine, uint32_t number, uint32_t status, Slice headers)
{
    Call *call = find_call(engine, number);
    if (call == NULL) {
        return false;
    }
    check_delivery(call, CALL_HTTP, false);
    perly_assert(!call->has_head);
    call->has_head = true;
    call->owner.head(call->owner.context, status, headers);
    return true;
}

uint32_t engine_deliver_body(Engine *engine, uint32_t number, Slice bytes)
{
    Call *call = find_call(engine, number);
    if (call == NULL) {
        return PERLY_MORE;
    }
    check_delivery(call, CALL_HTTP, true);
    perly_assert(!call->waiting);
    call->waiting = call->owner.body(call->owner.context, bytes) == PERLY_WAIT;
    return call->waiting ? PERLY_WAIT : PERLY_MORE;
}

uint32_t engine_deliver_rows(Engine *engine, uint32_t number, Slice batch)
{
    Call *call = find_call(engine, number);
    if (call == NULL) {
        return PERLY_MORE;
    }
    check_delivery(call, CALL_QUERY, false);
    perly_assert(!call->waiting);
    call->waiting = call->owner.rows(call->owner.context, batch) == PERLY_WAIT;
    return call->waiting ? PERLY_WAIT : PERLY_MORE;
}

bool engine_deliver_end(Engine *engine, uint32_t number, uint32_t end, Slice payload)
{
    Call *call = find_call(engine, number);
    if (call == NULL) {
        return false;
    }
    const CallOwner owner = call->owner;
    *call = (Call){.number = 0};
    owner.end(owner.context, end, payload);
    return true;
}

/* The queue of ready jobs. */

void engine_begin(Job *job)
{
    job->pending++;
}

void engine_complete(Job *job, const Completion *completion)
{
    perly_assert(job->pending > 0);
    const Error first = job->got.error;
    job->got = *completion;
    if (first.code != ERROR_OK) {
        job->got.error = first;
    }
    if (--job->pending != 0) {
        return;
    }
    Engine *engine = job->engine;
    job->next_ready = NULL;
    if (engine->ready_first == NULL) {
        engine->ready_first = job;
    } else {
        engine->ready_last->next_ready = job;
    }
    engine->ready_last = job;
}

static void unlink_job(Engine *engine, const Job *job)
{
    Job **link = &engine->jobs;
    while (*link != job) {
        perly_assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = job->next;
}

static void finish(Engine *engine, Job *job, JobStatus status)
{
    perly_assert(job->pending == 0); /* effects that nobody awaits would complete a dead job */
    job->status = status;
    unlink_job(engine, job);
    const Error error = job->error.code == ERROR_OK || job->parent == NULL
                            ? job->error
                            : error_copy(job->parent->arena, job->error);
    if (job->kind->close != NULL) {
        job->kind->close(job);
    }
    if (job->parent != NULL) {
        engine_complete(job->parent, &(Completion){.error = error}); /* its arena may be gone by now */
    } else {
        engine->root_ended(engine->owner, job);
    }
}

static void step(Engine *engine, Job *job)
{
    Completion got = job->got;
    job->got = (Completion){.error = ERROR_NONE};
    if (got.error.code == ERROR_OK) {
        got.error = engine_halted(job);
    }
    const JobStatus status =
        got.error.code != ERROR_OK && job->at == 0 ? job_fail(job, got.error) : job->kind->step(job, &got);
    if (status == JOB_WAITING) {
        perly_assert(job->pending > 0 || engine->ready_last == job); /* an effect that started nothing */
    } else {
        finish(engine, job, status);
    }
}

void engine_drain(Engine *engine)
{
    if (engine->draining) {
        return;
    }
    engine->draining = true;
    while (engine->ready_first != NULL) {
        Job *job = engine->ready_first;
        engine->ready_first = job->next_ready;
        step(engine, job);
        arena_reset(&engine->records); /* also of what was given up halfway */
    }
    engine->draining = false;
}

/* Effects. */

Error engine_halted(const Job *job)
{
    return job->engine->out_of_memory ? error_make(ERROR_OUT_OF_MEMORY, SLICE("the host has no memory left"))
           : job->cancelled           ? error_make(ERROR_CANCELLED, SLICE("stopped"))
                                      : ERROR_NONE;
}

bool engine_recover(Engine *engine)
{
    const bool refused = engine->out_of_memory;
    engine->out_of_memory = false;
    return refused;
}

static void end_plain(void *context, uint32_t end, Slice payload)
{
    Job *job = context;
    Completion completion = {.error = engine_end_error(job->arena, end, payload)};
    if (completion.error.code == ERROR_OK) {
        completion.body = payload;
    }
    engine_complete(job, &completion);
}

void engine_timer(Job *job, double delay_ms)
{
    engine_begin(job);
    Engine *engine = job->engine;
    const CallOwner owner = {.job = job, .context = job, .end = end_plain};
    const uint32_t call = engine_call_open(engine, CALL_TIMER, owner);
    engine->host.timer(engine->host.context, call, job->cancelled ? 0 : delay_ms);
}

void engine_done(Job *job)
{
    engine_begin(job);
    engine_complete(job, &(Completion){.error = ERROR_NONE});
}

void engine_fail(Job *job, Error error)
{
    perly_assert(error.code != ERROR_OK);
    engine_begin(job);
    engine_complete(job, &(Completion){.error = error});
}

void engine_plain_call(Job *job, EnginePort port, Slice record)
{
    const Error halted = engine_halted(job);
    if (halted.code != ERROR_OK) {
        engine_fail(job, halted);
        return;
    }
    engine_begin(job);
    Engine *engine = job->engine;
    const CallOwner owner = {.job = job, .context = job, .end = end_plain};
    port(engine->host.context, engine_call_open(engine, CALL_PLAIN, owner), record.data, record.length);
}

static const Slice host_failed = SLICE_INIT("the host failed: ");

Slice engine_host_reason(Error error)
{
    return slice_starts_with(error.message, host_failed)
               ? slice_part(error.message, host_failed.length, error.message.length)
               : error.message;
}

Error engine_end_error(Arena *arena, uint32_t end, Slice payload)
{
    const Slice text = payload.length == 0 ? SLICE("the host gave no reason") : payload;
    switch (end) {
    case PERLY_END_OK: return ERROR_NONE;
    case PERLY_END_GUARD:
        return ERROR_TEXT(arena, ERROR_STORE_GUARD, SLICE("a guard of the transaction failed"));
    case PERLY_END_BUSY: return ERROR_TEXT(arena, ERROR_STORE_BUSY, SLICE("the database is busy: "), text);
    case PERLY_END_FULL: return ERROR_TEXT(arena, ERROR_STORE_FULL, SLICE("no space is left: "), text);
    case PERLY_END_UNCLEAR:
        return ERROR_TEXT(arena, ERROR_STORE_BUSY, SLICE("lost while committing: "), text);
    case PERLY_END_CANCELLED: return error_make(ERROR_CANCELLED, SLICE("stopped"));
    default: return ERROR_TEXT(arena, ERROR_STORE_FAILED, host_failed, text);
    }
}

void engine_log(Engine *engine, uint32_t level, Slice text)
{
    engine->host.log(engine->host.context, level, text.data, text.length);
}

void engine_event(Engine *engine, Slice json)
{
    engine->host.event(engine->host.context, json.data, json.length);
}
