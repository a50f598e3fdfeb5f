#include "sync/cycle.h"

#include "salesforce/versions.h"
#include "sync/entities.h"

#define CYCLE_POINTS(X) X(PLAN) X(MIGRATE) X(PULL) X(TIME) X(SCORE) X(ACT)

static JobStatus cycle_step(Job *job, const Completion *got);
static void cycle_close(Job *job);
JOB_KIND(cycle_kind, "cycle", CYCLE_POINTS, cycle_step, cycle_close);

static Error read_config(Cycle *cycle)
{
    return config_read(cycle->job.arena, cycle->config_text, cycle->config_name, &cycle->issues,
                       &cycle->config);
}

static void start_planning(Cycle *cycle)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        cycle->planning[source] =
            (Planning){.session = cycle->session, .source = (Source)source, .config = cycle->config};
        planning_start(cycle->job.engine, &cycle->job, &cycle->planning[source]);
    }
}

/* The mapped columns join their tables before the first row with them comes. */
static void migrate(Cycle *cycle)
{
    const Plan *plans[SOURCE_COUNT];
    Table tables[ENTITIES_MAX];
    size_t count = 0;
    Buffer record;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        plans[source] = cycle->planning[source].plan;
    }
    const Error error = entities_tables(cycle->job.arena, plans, tables, &count);
    if (error.code != ERROR_OK) {
        engine_fail(&cycle->job, error);
        return;
    }
    buffer_init(&record, cycle->job.arena, 0);
    tables_schema(&record, tables, count);
    if (record.failed) {
        engine_fail(&cycle->job, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the schema")));
        return;
    }
    store_migrate(&cycle->job, buffer_slice(&record));
}

/* With the types that the plans found for mapped columns. Sources of one entity have the same columns. */
static Error compile_model(Cycle *cycle)
{
    static const struct {
        Source source;
        Entity entity;
    } mapped[] = {{SOURCE_ACCOUNT, ENTITY_ACCOUNT},
                  {SOURCE_CONTACT, ENTITY_CONTACT},
                  {SOURCE_OPPORTUNITY, ENTITY_OPPORTUNITY},
                  {SOURCE_TASK, ENTITY_ACTIVITY},
                  {SOURCE_USER, ENTITY_USER}};
    MappedColumn *columns = ARENA_ARRAY(cycle->job.arena, MappedColumn, ENTITY_COUNT * ROW_COLUMNS_MAX);
    size_t count = 0;
    if (columns == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a model"));
    }
    for (size_t i = 0; i < sizeof mapped / sizeof mapped[0]; i++) {
        const Plan *plan = cycle->planning[mapped[i].source].plan;
        for (uint32_t c = planning_attribute_count(plan); c < plan->column_count; c++) {
            columns[count++] = (MappedColumn){mapped[i].entity, plan->columns[c].name, plan->columns[c].type};
        }
    }
    return model_compile(cycle->job.arena, cycle->config, columns, count, NULL, &cycle->issues,
                         &cycle->model);
}

/* All objects side by side. */
static void start_pulls(Cycle *cycle)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        cycle->pulls[source] = (Pull){.session = cycle->session,
                                      .plan = cycle->planning[source].plan,
                                      .full = cycle->full,
                                      .page_rows_max = cycle->page_rows_max};
        pull_start(cycle->job.engine, &cycle->job, &cycle->pulls[source]);
    }
}

/* Without a pull Salesforce is asked for nothing but its clock: every `now` is the server's. */
static void ask_time(Cycle *cycle)
{
    const Error error = sf_versions(cycle->job.arena, &cycle->spec);
    if (error.code != ERROR_OK) {
        engine_fail(&cycle->job, error);
        return;
    }
    request_send(&cycle->job, &cycle->request, &cycle->spec);
}

/* The time of the cut: the server time at which its last window closed. */
static int64_t cut_time(const Cycle *cycle)
{
    if (!cycle->pull) {
        return cycle->session->server_ms - PULL_LAG_MS;
    }
    int64_t latest = cycle->pulls[0].to_ms;
    for (unsigned source = 1; source < SOURCE_COUNT; source++) {
        latest = cycle->pulls[source].to_ms > latest ? cycle->pulls[source].to_ms : latest;
    }
    return latest;
}

static void start_scoring(Cycle *cycle)
{
    cycle->scoring = (Scoring){.session = cycle->session, .model = cycle->model, .cut_ms = cut_time(cycle)};
    scoring_start(cycle->job.engine, &cycle->job, &cycle->scoring);
}

static void start_outbox(Cycle *cycle)
{
    cycle->outbox = (OutboxRun){.session = cycle->session};
    outbox_start(cycle->job.engine, &cycle->job, &cycle->outbox);
}

static JobStatus cycle_step(Job *job, const Completion *got)
{
    Cycle *const cycle = (Cycle *)job;
    JOB_BEGIN(job, CYCLE_POINTS);
    TRY(job, read_config(cycle));
    cycle->poll_ms = cycle->config->salesforce.poll_ms;
    AWAIT(job, PLAN, start_planning(cycle));
    AWAIT(job, MIGRATE, migrate(cycle));
    TRY(job, compile_model(cycle));
    if (cycle->pull) {
        AWAIT(job, PULL, start_pulls(cycle));
    } else {
        AWAIT(job, TIME, ask_time(cycle));
    }
    AWAIT(job, SCORE, start_scoring(cycle));
    AWAIT(job, ACT, start_outbox(cycle));
    JOB_END(job);
}

static void cycle_close(Job *job)
{
    Cycle *cycle = (Cycle *)job;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        planning_free(&cycle->planning[source]);
    }
    arena_free(&cycle->memory);
}

void cycle_start(Engine *engine, Job *parent, Cycle *cycle)
{
    arena_init(&cycle->memory, &engine->allocator, 0);
    cycle->job.arena = &cycle->memory;
    memset(cycle->planning, 0, sizeof cycle->planning);
    job_start(engine, parent, &cycle->job, &cycle_kind);
}
