/*
 * sync: one cycle. All objects are pulled side by side; when every object that the model needs has finished,
 * its accounts are scored as of one cut; then the outbox goes to Salesforce.
 */
#include "salesforce/versions.h"
#include "sync/command.h"
#include "sync/entities.h"
#include "sync/outbox.h"
#include "sync/planning.h"
#include "sync/pull.h"
#include "sync/scoring.h"

#define SYNC_POINTS(X) X(PLAN) X(MIGRATE) X(PULL) X(TIME) X(SCORE) X(ACT)

typedef struct Sync {
    Job job; /* first */
    Command *command;
    Config *config;
    Model *model;
    ConfigIssues issues;
    bool pull; /* false: score and act on what is stored */
    bool full;
    int64_t page_rows;
    Planning planning[SOURCE_COUNT];
    Pull pulls[SOURCE_COUNT];
    Request request;
    RequestSpec spec;
    Scoring scoring;
    OutboxRun outbox;
} Sync;

static JobStatus sync_step(Job *job, const Completion *got);
static void sync_close(Job *job);
JOB_KIND(sync_kind, "sync", SYNC_POINTS, sync_step, sync_close);

static Error read_config(Sync *sync)
{
    Slice text = {NULL, 0};
    Slice source = {NULL, 0};
    const JsonValue arguments = sync->command->arguments;
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("config")), SLICE(""), &text));
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("config_name")), SLICE("configuration"), &source));
    return config_read(sync->job.arena, text, source, &sync->issues, &sync->config);
}

static void start_planning(Sync *sync)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        sync->planning[source] =
            (Planning){.session = sync->command->session, .source = (Source)source, .config = sync->config};
        planning_start(sync->job.engine, &sync->job, &sync->planning[source]);
    }
}

/* The mapped columns join their tables before the first row with them comes. */
static void migrate(Sync *sync)
{
    const Plan *plans[SOURCE_COUNT];
    Table tables[ENTITIES_MAX];
    size_t count = 0;
    Buffer record;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        plans[source] = sync->planning[source].plan;
    }
    const Error error = entities_tables(sync->job.arena, plans, tables, &count);
    if (error.code != ERROR_OK) {
        engine_fail(&sync->job, error);
        return;
    }
    buffer_init(&record, sync->job.arena, 0);
    tables_schema(&record, tables, count);
    if (record.failed) {
        engine_fail(&sync->job, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the schema")));
        return;
    }
    store_migrate(&sync->job, buffer_slice(&record));
}

/* With the types that the plans found for mapped columns. Sources of one entity have the same columns. */
static Error compile_model(Sync *sync)
{
    static const struct {
        Source source;
        Entity entity;
    } mapped[] = {{SOURCE_ACCOUNT, ENTITY_ACCOUNT},
                  {SOURCE_CONTACT, ENTITY_CONTACT},
                  {SOURCE_OPPORTUNITY, ENTITY_OPPORTUNITY},
                  {SOURCE_TASK, ENTITY_ACTIVITY},
                  {SOURCE_USER, ENTITY_USER}};
    MappedColumn *columns = ARENA_ARRAY(sync->job.arena, MappedColumn, ENTITY_COUNT * ROW_COLUMNS_MAX);
    size_t count = 0;
    if (columns == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a model"));
    }
    for (size_t i = 0; i < sizeof mapped / sizeof mapped[0]; i++) {
        const Plan *plan = sync->planning[mapped[i].source].plan;
        for (uint32_t c = planning_attribute_count(plan); c < plan->column_count; c++) {
            columns[count++] = (MappedColumn){mapped[i].entity, plan->columns[c].name, plan->columns[c].type};
        }
    }
    return model_compile(sync->job.arena, sync->config, columns, count, NULL, &sync->issues, &sync->model);
}

/* All objects side by side. */
static void start_pulls(Sync *sync)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        sync->pulls[source] = (Pull){.session = sync->command->session,
                                     .plan = sync->planning[source].plan,
                                     .full = sync->full,
                                     .page_rows_max = (uint32_t)sync->page_rows};
        pull_start(sync->job.engine, &sync->job, &sync->pulls[source]);
    }
}

/* Without a pull Salesforce is asked for nothing but its clock: every `now` is the server's. */
static void ask_time(Sync *sync)
{
    const Error error = sf_versions(sync->job.arena, &sync->spec);
    if (error.code != ERROR_OK) {
        engine_fail(&sync->job, error);
        return;
    }
    request_send(&sync->job, &sync->request, &sync->spec);
}

/* The time of the cut: the server time at which its last window closed. */
static int64_t cut_time(const Sync *sync)
{
    if (!sync->pull) {
        return sync->command->session->server_ms - PULL_LAG_MS;
    }
    int64_t latest = sync->pulls[0].to_ms;
    for (unsigned source = 1; source < SOURCE_COUNT; source++) {
        latest = sync->pulls[source].to_ms > latest ? sync->pulls[source].to_ms : latest;
    }
    return latest;
}

static void start_scoring(Sync *sync)
{
    sync->scoring =
        (Scoring){.session = sync->command->session, .model = sync->model, .cut_ms = cut_time(sync)};
    scoring_start(sync->job.engine, &sync->job, &sync->scoring);
}

static void start_outbox(Sync *sync)
{
    sync->outbox = (OutboxRun){.session = sync->command->session};
    outbox_start(sync->job.engine, &sync->job, &sync->outbox);
}

static JobStatus sync_step(Job *job, const Completion *got)
{
    Sync *const sync = (Sync *)job;
    JOB_BEGIN(job, SYNC_POINTS);
    TRY(job, read_config(sync));
    AWAIT(job, PLAN, start_planning(sync));
    AWAIT(job, MIGRATE, migrate(sync));
    TRY(job, compile_model(sync));
    if (sync->pull) {
        AWAIT(job, PULL, start_pulls(sync));
    } else {
        AWAIT(job, TIME, ask_time(sync));
    }
    AWAIT(job, SCORE, start_scoring(sync));
    AWAIT(job, ACT, start_outbox(sync));
    JOB_END(job);
}

static void sync_close(Job *job)
{
    Sync *sync = (Sync *)job;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        planning_free(&sync->planning[source]);
    }
}

void sync_start(Command *command)
{
    Sync *sync = COMMAND_CHILD(command, Sync);
    if (sync == NULL) {
        return;
    }
    sync->command = command;
    sync->pull = true;
    (void)json_bool_or(json_get(command->arguments, SLICE("pull")), true, &sync->pull);
    (void)json_bool_or(json_get(command->arguments, SLICE("full")), false, &sync->full);
    (void)json_int64_or(json_get(command->arguments, SLICE("page_rows")), PULL_PAGE_ROWS_MAX,
                        &sync->page_rows);
    if (sync->page_rows < 1 || sync->page_rows > PULL_PAGE_ROWS_MAX) {
        sync->page_rows = PULL_PAGE_ROWS_MAX;
    }
    command_run_child(command, &sync->job, &sync_kind);
}
