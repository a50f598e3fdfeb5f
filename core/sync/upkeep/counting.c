#include "sync/upkeep/counting.h"

#include "base/time.h"
#include "salesforce/limits.h"
#include "sync/plan/outage.h"
#include "sync/run/statements.h"

#define COUNTING_POINTS(X) X(ASK) X(STORE)

static JobStatus counting_step(Job *job, const Completion *got);
static void counting_close(Job *job);
JOB_KIND(counting_kind, "count", COUNTING_POINTS, counting_step, counting_close);

bool counting_due(const Counting *counting)
{
    return counting->counted_ms == TIME_MS_MIN ||
           counting->session->server_ms - counting->counted_ms >= COUNTING_EVERY_MS;
}

static void ask(Counting *counting)
{
    Slice objects[SOURCE_COUNT];
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        objects[source] = source_facts((Source)source)->sobject;
    }
    const Error error = sf_record_counts(&counting->memory, counting->session->api_version, objects,
                                         SOURCE_COUNT, &counting->spec);
    if (error.code != ERROR_OK) {
        engine_fail(&counting->job, error);
        return;
    }
    request_send(&counting->job, &counting->request, &counting->spec);
}

/* An object that the answer leaves out has no rows. False when it is no answer. */
static bool read(Counting *counting, const Completion *got)
{
    bool good = got->error.code == ERROR_OK;
    for (unsigned source = 0; source < SOURCE_COUNT && good; source++) {
        bool found = false;
        uint64_t rows = 0;
        const Slice object = source_facts((Source)source)->sobject;
        good = sf_record_counts_read(&counting->memory, got->body, object, &found, &rows).code == ERROR_OK;
        counting->rows[source] = found ? rows : 0;
    }
    return good;
}

static void store(Counting *counting)
{
    StoreOps ops;
    store_ops_begin(&ops, &counting->job);
    session_guard(counting->session, &ops);
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        StoreParams params;
        store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_COUNTED));
        row_writer_text(&params.writer, 0, source_facts((Source)source)->sobject);
        row_writer_int64(&params.writer, 1, (int64_t)counting->rows[source]);
        row_writer_time(&params.writer, 2, counting->session->server_ms);
        store_ops_run(&ops, &params);
    }
    store_apply(&counting->job, &ops);
}

static JobStatus counting_step(Job *job, const Completion *got)
{
    Counting *const counting = (Counting *)job;
    JOB_BEGIN(job, COUNTING_POINTS);
    AWAIT_ANY(job, ASK, ask(counting));
    TRY(job, outage_is_whole(got->error) ? got->error : ERROR_NONE);
    if (read(counting, got)) {
        AWAIT(job, STORE, store(counting));
    }
    JOB_END(job);
}

static void counting_close(Job *job)
{
    arena_free(&((Counting *)job)->memory);
}

void counting_start(Engine *engine, Job *parent, Counting *counting)
{
    arena_init(&counting->memory, &engine->allocator, 0);
    counting->job.arena = &counting->memory;
    job_start(engine, parent, &counting->job, &counting_kind);
}
