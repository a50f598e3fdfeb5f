#include "sync/upkeep/counting.h"

#include "base/time.h"
#include "salesforce/limits.h"
#include "sync/plan/outage.h"
#include "sync/run/over_table.h"
#include "sync/run/statements.h"

#define COUNTING_POINTS(X) X(ASK) X(STORE)

static JobStatus counting_step(Job *job, const Completion *got);
static void counting_close(Job *job);
JOB_KIND(counting_kind, "count", counting_step, counting_close);

bool counting_due(const Counting *counting)
{
    return counting->counted_ms == TIME_MS_MIN ||
           counting->session->server_ms - counting->counted_ms >= COUNTING_EVERY_MS;
}

static void ask(Counting *counting)
{
    Slice objects[SOURCE_COUNT];
    size_t count = 0;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (counting->wanted[source]) {
            objects[count++] = source_facts((Source)source)->sobject;
        }
    }
    const Error error =
        sf_record_counts(&counting->memory, counting->session->api_version, objects, count, &counting->spec);
    request_try(&counting->job, &counting->request, &counting->spec, error);
}

/* An object that the answer leaves out has no rows, or is none that Salesforce counts. False when it is no
 * answer. */
static bool read(Counting *counting, const Completion *got)
{
    bool good = got->error.code == ERROR_OK;
    for (unsigned source = 0; source < SOURCE_COUNT && good; source++) {
        bool found = false;
        uint64_t rows = 0;
        const Slice object = source_facts((Source)source)->sobject;
        good = sf_record_counts_read(&counting->memory, got->body, object, &found, &rows).code == ERROR_OK;
        counting->rows[source] = found ? (int64_t)rows : COUNTING_LEFT_OUT;
    }
    return good;
}

/* Two objects may share a table: where Salesforce tells no prefix of their ids, no row is known to be one's.
 */
static void count_held(const Counting *counting, Source source, StoreOps *ops)
{
    const SfDescribe *describe = &counting->describing->objects[source].describe;
    StoreParams params;
    const OverTable values = {.source = source,
                              .prefix = slice_make(describe->key_prefix, sizeof describe->key_prefix),
                              .at_ms = counting->session->server_ms,
                              .rows = counting->rows[source]};
    over_table_run(ops, SLICE("COUNTED_"),
                   SLICE("UPDATE {S}pull SET org_rows = nullif(:r, -1), counted_at = :t WHERE object = :o"),
                   &values);
    if (describe->key_prefix[0] != '\0') {
        over_table_run(
            ops, SLICE("COUNT_"),
            SLICE("UPDATE {S}pull SET held_rows = (SELECT count(*) FROM {T} AS held WHERE " OVER_HELD
                  ") WHERE object = :o"),
            &values);
    }
    if (counting->rows[source] == COUNTING_LEFT_OUT) {
        return;
    }
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_PULL_GAP));
    row_writer_text(&params.writer, 0, source_facts(source)->sobject);
    store_ops_run(ops, &params);
}

static void store(Counting *counting)
{
    StoreOps ops;
    store_ops_begin(&ops, &counting->job);
    session_guard(counting->session, &ops);
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (counting->wanted[source]) {
            count_held(counting, (Source)source, &ops);
        }
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
