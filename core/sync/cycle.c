#include "sync/cycle.h"

#include "base/time.h"
#include "salesforce/versions.h"
#include "sync/cycle_states.h"
#include "sync/run/entities.h"
#include "sync/run/event.h"
#include "sync/run/statements.h"

#define CYCLE_POINTS(X)                                                                                      \
    X(DUE)                                                                                                   \
    X(DESCRIBE)                                                                                              \
    X(MIGRATE)                                                                                               \
    X(STATES)                                                                                                \
    X(RATES)                                                                                                 \
    X(PULL)                                                                                                  \
    X(NEW_RATES)                                                                                             \
    X(COLUMNS)                                                                                               \
    X(REREAD)                                                                                                \
    X(OUTAGES) X(SWEEP) X(TOLD) X(RETAIN) X(LOSSES) X(SHOWN) X(COUNT) X(CERTIFICATE) X(TIME) X(SCORE) X(ACT)

static JobStatus cycle_step(Job *job, const Completion *got);
static void cycle_close(Job *job);
JOB_KIND(cycle_kind, "cycle", cycle_step, cycle_close);

static Error read_config(Cycle *cycle)
{
    return config_read(cycle->job.arena, cycle->config_text, cycle->config_name, &cycle->issues,
                       &cycle->config);
}

static void start_describing(Cycle *cycle)
{
    const bool all = cycle->only == SOURCE_COUNT;
    cycle->describing = (Describing){.session = cycle->session, .accept = cycle->full && all};
    describing_start(cycle->job.engine, &cycle->job, &cycle->describing);
}

/* A field in use that the user does not see any more: its values are not nothing, they are not known. */
static Error find_lost(Cycle *cycle, const Plan *plan, const Described *object)
{
    for (uint32_t i = 0; i < plan->column_fields; i++) {
        const Slice name = plan->fields.columns[i].name;
        if (plan->missing[i] && described_lost(object, name)) {
            return ERROR_TEXT(cycle->job.arena, ERROR_SF_FIELD_LOST,
                              SLICE("the connected user does not see "), source_facts(plan->source)->sobject,
                              SLICE("."), name,
                              SLICE(" any more: it was deleted, or field-level security hides it"));
        }
    }
    return ERROR_NONE;
}

static bool is_asked_for(const Cycle *cycle, unsigned source)
{
    return cycle->only == SOURCE_COUNT || cycle->only == (Source)source;
}

/* The org has no such object, and may. One that was there once is missed until a full pull accepts it. */
static bool is_lacking(const Cycle *cycle, unsigned source)
{
    const Described *object = &cycle->describing.objects[source];
    return source_facts((Source)source)->optional && !object->known &&
           object->error.code == ERROR_SF_OBJECT_UNKNOWN;
}

/* Not pulled and not missed: the org lacks it, or has a better one. */
static bool is_absent(const Cycle *cycle, unsigned source)
{
    const Source better = source_better((Source)source);
    return is_lacking(cycle, source) || (better != SOURCE_COUNT && !is_lacking(cycle, better));
}

static Error make_plans(Cycle *cycle)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        Described *object = &cycle->describing.objects[source];
        if (is_absent(cycle, source)) {
            if (cycle->only == (Source)source) {
                return object->error;
            }
            cycle->plans[source] = NULL; /* its table has the attributes alone */
            continue;
        }
        if (!object->known) {
            return object->error;
        }
        RETURN_IF_ERROR(planning_make(cycle->job.arena, (Source)source, cycle->config, cycle->session->zones,
                                      &object->describe, &cycle->plans[source]));
        if (object->error.code == ERROR_OK) {
            object->error = find_lost(cycle, cycle->plans[source], object);
        }
    }
    return ERROR_NONE;
}

/* The mapped columns join their tables before the first row with them comes. */
static void migrate(Cycle *cycle)
{
    const uint32_t dialect = cycle->job.engine->dialect;
    Entities entities;
    Buffer record;
    const Error error =
        entities_make(cycle->job.arena, dialect, (const Plan *const *)cycle->plans, &entities);
    if (error.code != ERROR_OK) {
        engine_fail(&cycle->job, error);
        return;
    }
    buffer_init(&record, cycle->job.arena, 0);
    entities_schema(&record, dialect, &entities);
    if (record.failed) {
        engine_fail(&cycle->job, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the schema")));
        return;
    }
    store_migrate(&cycle->job, buffer_slice(&record));
}

/*
 * A table is in its first load until all its sources were pulled once. One that joins a table that is loaded
 * (an object that the user did not see before) is compared as any later pull.
 */
static void open_loads(Cycle *cycle)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        PullLoad *load = cycle_load(cycle, (Source)source);
        load->loading = load->begun || !load->done;
        load->open += cycle->closed_ms[source] == TIME_MS_MIN && !is_absent(cycle, source) ? 1 : 0;
    }
}

static bool is_pulled(const Cycle *cycle, unsigned source)
{
    return cycle->plans[source] != NULL && is_asked_for(cycle, source) &&
           cycle->closed_ms[source] == TIME_MS_MIN &&
           cycle->describing.objects[source].error.code == ERROR_OK;
}

static bool has_pulls(const Cycle *cycle)
{
    bool any = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        any = any || is_pulled(cycle, source);
    }
    return any;
}

static bool small_by_rest(const Cycle *cycle)
{
    return slice_equal(cycle->config->salesforce.small_windows, SLICE("rest"));
}

/* All objects side by side, but for those that the user does not see any more. */
static void start_pulls(Cycle *cycle)
{
    cycle->session->bulk_told = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (!is_pulled(cycle, source)) {
            continue;
        }
        cycle->pulls[source] = (Pull){.session = cycle->session,
                                      .plan = cycle->plans[source],
                                      .load = cycle_load(cycle, (Source)source),
                                      .full = cycle->full,
                                      .lag_ms = cycle->config->salesforce.lag_ms,
                                      .overlap_ms = cycle->config->salesforce.overlap_ms,
                                      .small_by_rest = small_by_rest(cycle),
                                      .page_rows_max = cycle->page_rows_max};
        pull_start(cycle->job.engine, &cycle->job, &cycle->pulls[source]);
    }
}

/* A table whose first load goes on has no key yet: a row in part would stand beside the whole one. */
static bool is_loaded(Cycle *cycle, unsigned source)
{
    const PullLoad *load = cycle_load(cycle, (Source)source);
    return !load->loading || load->open == 0;
}

/* Of objects that were pulled to the end, in this cycle or in one that it goes on with. */
static void read_columns(Cycle *cycle)
{
    cycle->columns = (Columns){.session = cycle->session,
                               .config = cycle->config,
                               .describing = &cycle->describing,
                               .plans = cycle->plans,
                               .arena = cycle->job.arena,
                               .page_rows_max = cycle->page_rows_max};
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        cycle->columns.usable[source] = is_asked_for(cycle, source) && cycle->plans[source] != NULL &&
                                        is_loaded(cycle, source) &&
                                        cycle->describing.objects[source].error.code == ERROR_OK &&
                                        cycle->pulls[source].failure.code == ERROR_OK;
    }
    columns_read(&cycle->columns, &cycle->job);
}

/* What could not be pulled, and whether that ends the cycle. */
static Error judge_pulls(Cycle *cycle, Error error)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Error unseen = cycle->describing.objects[source].error;
        OutageObject *object = &cycle->outages.objects[source];
        object->absent = is_absent(cycle, source);
        object->passed_over = !is_asked_for(cycle, source);
        const Error pull = cycle->pulls[source].failure;
        object->error = unseen.code != ERROR_OK ? unseen : pull;
        if (object->error.code == ERROR_OK) {
            object->error = cycle->columns.pulls[source].pull.failure;
        }
        if (object->absent || object->passed_over) {
            object->error = ERROR_NONE;
        }
        object->hidden = object->hidden && !object->absent;
    }
    cycle->judged = outages_judge(&cycle->outages);
    return outage_is_whole(error) ? error : ERROR_NONE;
}

/* What was pulled before and now can be compared with what is there. */
static bool must_sweep(Cycle *cycle)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const OutageObject *object = &cycle->outages.objects[source];
        cycle->sweeping.usable[source] =
            object->pulled && !object->absent && !object->passed_over && object->error.code == ERROR_OK;
    }
    return sweeping_due(&cycle->sweeping);
}

/* What a sweep found; without one what the last one found still holds. */
static void judge_sweeps(Cycle *cycle)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        OutageObject *object = &cycle->outages.objects[source];
        if (sweeping_swept(&cycle->sweeping, source)) {
            object->hidden = cycle->sweeping.sweeps[source].held_back;
            object->missed = cycle->sweeping.sweeps[source].purged;
        }
    }
    outages_judge_hidden(&cycle->outages);
}

static bool any_purged(const Cycle *cycle)
{
    bool any = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        any = any || cycle->sweeping.sweeps[source].purged != 0;
    }
    return any;
}

/* What an earlier slice pulled, or the part of a window that one did, is not counted in this cycle. */
static bool may_have_changed(const Cycle *cycle, Source source)
{
    const Pull *pull = &cycle->pulls[source];
    return pull->resumed || pull->inserted + pull->changed != 0 || cycle->closed_ms[source] != TIME_MS_MIN;
}

/* In this process, or in an earlier slice that did not come to ask what they show. */
static bool brought_accounts(const Cycle *cycle)
{
    const int64_t closed_ms = cycle->closed_ms[SOURCE_ACCOUNT];
    return cycle->pulls[SOURCE_ACCOUNT].rows != 0 ||
           (closed_ms != TIME_MS_MIN && cycle->shown.asked_ms < closed_ms);
}

/* The end of the accounts' window, whoever pulled it. */
static int64_t accounts_seen_ms(const Cycle *cycle)
{
    const int64_t closed_ms = cycle->closed_ms[SOURCE_ACCOUNT];
    return closed_ms == TIME_MS_MIN ? cycle->pulls[SOURCE_ACCOUNT].checkpoint.to_ms : closed_ms;
}

static void start_shown(Cycle *cycle)
{
    cycle->shown.seen_ms = accounts_seen_ms(cycle);
    shown_start(cycle->job.engine, &cycle->job, &cycle->shown);
}

static void start_losses(Cycle *cycle)
{
    cycle->losses.seen_ms = accounts_seen_ms(cycle);
    cycle->losses.changed = may_have_changed(cycle, SOURCE_ACCOUNT) ||
                            may_have_changed(cycle, SOURCE_CONTACT) || any_purged(cycle) ||
                            cycle->sweeping.started[SOURCE_CONTACT];
    losses_start(cycle->job.engine, &cycle->job, &cycle->losses);
}

static void start_counting(Cycle *cycle)
{
    cycle->counting.describing = &cycle->describing;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        cycle->counting.wanted[source] = cycle->plans[source] != NULL;
    }
    counting_start(cycle->job.engine, &cycle->job, &cycle->counting);
}

static void start_sweeping(Cycle *cycle)
{
    sweeping_start(cycle->job.engine, &cycle->job, &cycle->sweeping);
}

/* Without a pull Salesforce is asked for nothing but its clock: every `now` is the server's. */
static void ask_time(Cycle *cycle)
{
    request_try(&cycle->job, &cycle->request, &cycle->spec, sf_versions(cycle->job.arena, &cycle->spec));
}

/* All that a cycle of one object ends with. */
static void tell_unscored(Cycle *cycle)
{
    Event event;
    Buffer text;
    buffer_init(&text, cycle->job.arena, 0);
    buffer_append(&text, SLICE("only "));
    buffer_append(&text, source_facts(cycle->only)->sobject);
    buffer_append(&text,
                  SLICE(" was pulled; nothing was scored or sent, which needs all objects: perly sync"));
    event_begin(&event, cycle->job.arena, SLICE("notice"));
    event_text(&event, SLICE("text"), buffer_slice(&text));
    event_send(&event, cycle->job.engine);
}

/* The time of the cut: the server time at which its last window closed. */
static int64_t cut_time(const Cycle *cycle)
{
    if (!cycle->pull) {
        return cycle->session->server_ms - cycle->config->salesforce.lag_ms;
    }
    int64_t latest = cycle->columns_closed_ms;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const int64_t closed_ms = cycle->closed_ms[source];
        const int64_t end_ms = closed_ms == TIME_MS_MIN ? cycle->pulls[source].checkpoint.to_ms : closed_ms;
        const OutageObject *object = &cycle->outages.objects[source];
        const bool done = object->error.code == ERROR_OK && !object->absent;
        latest = done && end_ms > latest ? end_ms : latest;
        const Pull *columns = &cycle->columns.pulls[source].pull; /* what it marks is scored in this cut */
        const bool read = done && cycle->columns.parts[source] != NULL;
        latest = read && columns->checkpoint.to_ms > latest ? columns->checkpoint.to_ms : latest;
    }
    return latest;
}

static void start_scoring(Cycle *cycle)
{
    cycle->scoring = (Scoring){.session = cycle->session,
                               .model = cycle->model,
                               .cut_ms = cut_time(cycle),
                               .certificate = cycle->pull ? certificate_end(&cycle->certificate) : SLICE(""),
                               .frozen = cycle->outages.frozen};
    scoring_start(cycle->job.engine, &cycle->job, &cycle->scoring);
}

static void start_outbox(Cycle *cycle)
{
    cycle->acted = true;
    cycle->outbox = (OutboxRun){.session = cycle->session, .exit = cycle->exit, .again_ms = cycle->again_ms};
    outbox_start(cycle->job.engine, &cycle->job, &cycle->outbox);
}

static JobStatus cycle_step(Job *job, const Completion *got)
{
    Cycle *const cycle = (Cycle *)job;
    JOB_BEGIN(job, CYCLE_POINTS);
    TRY(job, read_config(cycle));
    if (job->engine->stopping &&
        cycle->only == SOURCE_COUNT) { /* a slice: what an earlier one decided goes first */
        AWAIT(job, DUE, start_outbox(cycle));
    }
    cycle->poll_ms = cycle->config->salesforce.poll_ms;
    AWAIT(job, DESCRIBE, start_describing(cycle));
    TRY(job, make_plans(cycle));
    AWAIT(job, MIGRATE, migrate(cycle));
    TRY(job, planning_model(job->arena, cycle->plans, cycle->config, cycle->session->zones, &cycle->issues,
                            &cycle->model));
    AWAIT(job, STATES, cycle_states_read(cycle));
    cycle->rates = (Rates){.arena = job->arena};
    rates_give(&cycle->rates, cycle->plans);
    if (cycle->pull) {
        if (rates_wanted(cycle->plans)) {
            AWAIT(job, RATES, rates_read(&cycle->rates, job));
        }
        cycle->ended = ERROR_NONE;
        open_loads(cycle);
        if (has_pulls(cycle)) {
            AWAIT_ANY(job, PULL, start_pulls(cycle));
            cycle->ended = got->error;
        }
        TRY(job, outage_is_whole(cycle->ended) ? cycle->ended : ERROR_NONE);
        if (rates_wanted(cycle->plans)) {
            AWAIT(job, NEW_RATES, rates_read(&cycle->rates, job));
        }
        AWAIT(job, COLUMNS, read_columns(cycle));
        TRY(job, columns_plan(&cycle->columns, &cycle->columns_due));
        if (cycle->columns_due) {
            AWAIT_ANY(job, REREAD, columns_start(&cycle->columns, &cycle->job));
            cycle->ended = outage_is_whole(got->error) ? got->error : cycle->ended;
            columns_tell(&cycle->columns, cycle->job.arena, job->engine);
        }
        TRY(job, judge_pulls(cycle, cycle->ended));
        AWAIT(job, OUTAGES, cycle_states_store(cycle));
        TRY(job, cycle->judged);
        if (must_sweep(cycle)) {
            AWAIT(job, SWEEP, start_sweeping(cycle));
        }
        judge_sweeps(cycle);
    } else {
        outages_go_on(&cycle->outages);
        AWAIT(job, TIME, ask_time(cycle));
    }
    if (outages_untold(&cycle->outages)) {
        outages_tell(&cycle->outages, cycle->model, job->arena, job->engine);
        AWAIT(job, TOLD, cycle_states_told(cycle, cut_time(cycle)));
    }
    if (cycle->pull) {
        if (retaining_due(&cycle->retaining)) {
            AWAIT(job, RETAIN, retaining_start(job->engine, job, &cycle->retaining));
        }
        AWAIT(job, LOSSES, start_losses(cycle));
        if (brought_accounts(cycle) && shown_may_ask(&cycle->describing.objects[SOURCE_ACCOUNT].describe)) {
            AWAIT(job, SHOWN, start_shown(cycle));
        }
        if (cycle->only != SOURCE_COUNT) {
            tell_unscored(cycle);
            return JOB_DONE;
        }
        if (cycle->full || counting_due(&cycle->counting)) {
            AWAIT(job, COUNT, start_counting(cycle));
        }
        AWAIT(job, CERTIFICATE, certificate_read(&cycle->certificate, job, job->arena));
    }
    AWAIT(job, SCORE, start_scoring(cycle));
    AWAIT(job, ACT, start_outbox(cycle));
    JOB_END(job);
}

static void cycle_close(Job *job)
{
    Cycle *cycle = (Cycle *)job;
    describing_free(&cycle->describing);
    arena_free(&cycle->memory);
}

void cycle_start(Engine *engine, Job *parent, Cycle *cycle)
{
    arena_init(&cycle->memory, &engine->allocator, 0);
    cycle->job.arena = &cycle->memory;
    cycle->describing.stored.allocator = NULL;
    job_start(engine, parent, &cycle->job, &cycle_kind);
}
