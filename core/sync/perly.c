/* perly.h: entries of the host, each of which notes the time, delivers, and lets the jobs run. */
#include "perly/perly.h"

#include "base/number.h"
#include "base/time.h"
#include "sync/commands.h"
#include "sync/run/refresh.h"

struct Perly {
    Engine engine;
    Session session;
    PendingConnect pending;
    Arena zone_file;
    Zones zones;
    Command command;
    bool busy;
    uint32_t deadline; /* the timer of perly_command_stop; 0: none */
};

enum { DEADLINE_EARLY_MS = 10 }; /* a host's timer may round down */
#define MONO_MS_MAX 0x1p53       /* whole milliseconds, and their differences, are exact up to here */

/* One that was set for an earlier command, or has given way to another, comes too early. */
static void on_deadline(void *context, uint32_t end, Slice payload)
{
    Perly *perly = context;
    const Engine *engine = &perly->engine;
    (void)payload;
    const bool due = engine->stopping && engine->mono_ms + DEADLINE_EARLY_MS >= engine->stop_mono_ms;
    if (end == PERLY_END_OK && perly->busy && due) {
        perly->deadline = 0;
        command_stop(&perly->command);
    }
}

static void set_deadline(Perly *perly, double by_mono_ms)
{
    Engine *engine = &perly->engine;
    const CallOwner owner = {.context = perly, .end = on_deadline};
    perly->deadline = engine_call_open(engine, CALL_TIMER, owner);
    engine->host.timer(engine->host.context, perly->deadline, by_mono_ms - engine->mono_ms);
}

static void clear_deadline(Perly *perly)
{
    engine_call_cancel(&perly->engine, perly->deadline);
    perly->deadline = 0;
}

static void root_ended(void *owner, Job *job)
{
    Perly *perly = owner;
    if (refresh_is(job)) {
        refresh_ended(job);
    } else if (job == &perly->command.job) {
        perly->busy = false;
        clear_deadline(perly);
        command_end(&perly->command);
    }
}

Perly *perly_core_new(const PerlyHost *host, uint32_t dialect)
{
    Perly *perly = host->memory_resize(host->context, NULL, 0, sizeof *perly);
    if (perly == NULL) {
        return NULL;
    }
    *perly = (Perly){.busy = false};
    engine_init(&perly->engine, host, dialect);
    perly->engine.owner = perly;
    perly->engine.root_ended = root_ended;
    session_init(&perly->session, &perly->engine);
    arena_init(&perly->zone_file, &perly->engine.allocator, 0);
    arena_init(&perly->pending.memory, &perly->engine.allocator, 1 << 20);
    return perly;
}

void perly_core_free(Perly *perly)
{
    if (perly == NULL) {
        return;
    }
    engine_close(&perly->engine);
    refresh_drop(&perly->session);
    if (perly->busy) {
        arena_wipe(&perly->command.memory);
        arena_free(&perly->command.memory);
    }
    session_close(&perly->session);
    arena_free(&perly->zone_file);
    arena_wipe(&perly->pending.memory);
    arena_free(&perly->pending.memory);
    const PerlyHost host = perly->engine.host;
    (void)host.memory_resize(host.context, perly, sizeof *perly, 0);
}

static bool in_range(double ms, double least, double most)
{
    return ms >= least && ms <= most; /* NaN is not */
}

/* A clock that tells no time is not believed: the one that it told last stands. */
static Engine *enter(Perly *perly, double wall_ms, double mono_ms)
{
    Engine *engine = &perly->engine;
    if (in_range(wall_ms, 0, (double)TIME_MS_MAX)) {
        (void)number_to_int64(wall_ms, &engine->wall_ms);
    }
    if (in_range(mono_ms, -MONO_MS_MAX, MONO_MS_MAX)) {
        engine->mono_ms = mono_ms;
    }
    return engine;
}

uint32_t perly_core_busy(const Perly *perly)
{
    return perly->busy ? 1 : 0;
}

uint32_t perly_zones_set(Perly *perly, const char *bytes, size_t length)
{
    if (perly->busy ||
        zones_load(&perly->zones, &perly->zone_file, slice_make(bytes, length)).code != ERROR_OK) {
        return 1;
    }
    perly->session.zones = &perly->zones;
    return 0;
}

uint32_t perly_command_run(Perly *perly, double wall_ms, double mono_ms, const char *json, size_t length)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    if (perly->busy) {
        return 1;
    }
    engine->stopping = false;
    (void)engine_recover(engine); /* memory that an earlier command was refused is no reason for this one */
    perly->busy = true;
    const Error error =
        command_start(&perly->command, &perly->session, &perly->pending, COMMANDS, slice_make(json, length));
    if (error.code != ERROR_OK) {
        perly->busy = false;
        perly->command.result = error;
        command_end(&perly->command);
    }
    engine_drain(engine);
    return 0;
}

void perly_command_stop(Perly *perly, double wall_ms, double mono_ms, double by_mono_ms)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    const bool later = by_mono_ms > engine->mono_ms;
    engine->stopping = true;
    engine->stop_mono_ms = !later ? engine->mono_ms : by_mono_ms < MONO_MS_MAX ? by_mono_ms : MONO_MS_MAX;
    clear_deadline(perly);
    if (perly->busy && later) {
        set_deadline(perly, engine->stop_mono_ms);
    } else if (perly->busy) {
        command_stop(&perly->command);
    }
    engine_drain(engine);
}

void perly_http_head(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t status,
                     const char *headers, size_t length)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    (void)engine_deliver_head(engine, call, status, slice_make(headers, length));
    engine_drain(engine);
}

uint32_t perly_http_body(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *bytes,
                         size_t length)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    (void)engine_deliver_body(engine, call, slice_make(bytes, length));
    engine_drain(engine);
    return engine_call_waits(engine, call) ? PERLY_WAIT
                                           : PERLY_MORE; /* a job may have resumed it meanwhile */
}

void perly_http_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t outcome,
                    const char *text, size_t length)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    (void)engine_deliver_end(engine, call, outcome, slice_make(text, length));
    engine_drain(engine);
}

uint32_t perly_store_rows(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *batch,
                          size_t length)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    (void)engine_deliver_rows(engine, call, slice_make(batch, length));
    engine_drain(engine);
    return engine_call_waits(engine, call) ? PERLY_WAIT
                                           : PERLY_MORE; /* a job may have resumed it meanwhile */
}

void perly_call_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t end,
                    const char *payload, size_t length)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    (void)engine_deliver_end(engine, call, end, slice_make(payload, length));
    engine_drain(engine);
}

void perly_timer_fire(Perly *perly, double wall_ms, double mono_ms, uint32_t call)
{
    Engine *engine = enter(perly, wall_ms, mono_ms);
    (void)engine_deliver_end(engine, call, PERLY_END_OK, slice_make(NULL, 0));
    engine_drain(engine);
}
