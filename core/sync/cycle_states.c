#include "sync/cycle_states.h"

#include "base/time.h"
#include "sync/pull/further.h"
#include "sync/run/statements.h"

PullLoad *cycle_load(Cycle *cycle, Source source)
{
    unsigned first = 0;
    while (!slice_equal(source_facts((Source)first)->entity, source_facts(source)->entity)) {
        first++;
    }
    return &cycle->loads[first];
}

enum {
    STATE_OBJECT,
    STATE_STATE,
    STATE_FIRST,
    STATE_LOADING,
    STATE_FINISHED,
    STATE_COUNTED,
    STATE_CLOSED,
    STATE_WHOLE,
    STATE_OPENED,
    STATE_UNSEEN_SINCE,
    STATE_FAILED_AT,
    STATE_CHANGED,
    STATE_TOLD,
    STATE_ERROR_CODE,
    STATE_ERROR
};

static int64_t time_or_never(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE ? row_int64(row, column) : TIME_MS_MIN;
}

/*
 * A cycle that was stopped goes on where it was: what it pulled is not pulled again before it is scored, or
 * slices of a cycle would begin new windows for ever. But not what is older than a cycle may be late, or what
 * is asked for by its name.
 */
static int64_t closed_window(const Cycle *cycle, Source source, RowView row)
{
    const int64_t end_ms = time_or_never(row, STATE_CLOSED);
    if (end_ms == TIME_MS_MIN || source == cycle->only || (cycle->full && !row_bool(row, STATE_WHOLE))) {
        return TIME_MS_MIN;
    }
    return cycle->session->server_ms - end_ms < cycle->config->salesforce.lag_ms + cycle->poll_ms
               ? end_ms
               : TIME_MS_MIN;
}

/* What the object's pull failed with the last time; a code of a newer version is any failure. */
static Error stored_error(const Cycle *cycle, RowView row)
{
    ErrorCode code = ERROR_OK;
    if (row_state(row, STATE_ERROR_CODE) != ROW_VALUE) {
        return ERROR_NONE;
    }
    if (!error_find(row_text(row, STATE_ERROR_CODE), &code)) {
        code = ERROR_SF_BULK_JOB_FAILED;
    }
    return ERROR_TEXT(cycle->job.arena, code, row_text(row, STATE_ERROR));
}

static void take_object(Cycle *cycle, Source source, RowView row)
{
    PullLoad *load = cycle_load(cycle, source);
    OutageObject *object = &cycle->outages.objects[source];
    object->pulled = row_state(row, STATE_FIRST) == ROW_VALUE;
    object->told_ms[OUTAGE_FAILED] = time_or_never(row, STATE_TOLD);
    object->error = stored_error(cycle, row);
    const int64_t counted_ms = time_or_never(row, STATE_COUNTED);
    int64_t *last_ms = &cycle->counting.counted_ms;
    *last_ms = counted_ms > *last_ms ? counted_ms : *last_ms;
    cycle->closed_ms[source] = closed_window(cycle, source, row);
    load->begun = load->begun || row_bool(row, STATE_LOADING);
    load->done = load->done || object->pulled;
    cycle->sweeping.opened[source] = row_bool(row, STATE_OPENED);
    const int64_t first_ms = time_or_never(row, STATE_FIRST);
    int64_t *since = &cycle->sweeping.since[source];
    *since = first_ms > *since ? first_ms : *since;
}

/* "Account (columns)": what it marked and no cut has scored is scored in this cycle's. */
static void take_columns(Cycle *cycle, RowView row)
{
    const int64_t end_ms = time_or_never(row, STATE_CLOSED);
    cycle->columns_closed_ms = end_ms > cycle->columns_closed_ms ? end_ms : cycle->columns_closed_ms;
}

/* "Account (ids)": when the object was swept. */
static void take_sweep(Cycle *cycle, Source source, RowView row)
{
    const Slice state = row_text(row, STATE_STATE);
    const int64_t finished_ms = time_or_never(row, STATE_FINISHED);
    int64_t *since = &cycle->sweeping.since[source];
    *since = finished_ms > *since ? finished_ms : *since;
    OutageObject *object = &cycle->outages.objects[source];
    object->hidden = row_state(row, STATE_UNSEEN_SINCE) == ROW_VALUE;
    object->told_ms[OUTAGE_HIDDEN] = time_or_never(row, STATE_TOLD);
    object->missed = row_state(row, STATE_CHANGED) == ROW_VALUE ? (uint64_t)row_int64(row, STATE_CHANGED) : 0;
    cycle->sweeping.hidden[source] = object->hidden;
    cycle->sweeping.failed_ms[source] = time_or_never(row, STATE_FAILED_AT);
    cycle->sweeping.under_way[source] =
        slice_equal(state, SLICE("running")) || slice_equal(state, SLICE("between"));
}

static uint32_t take_state(void *context, const RowBatch *batch)
{
    Cycle *cycle = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const RowView row = row_at(batch, i);
        const Slice name = row_text(row, STATE_OBJECT);
        for (unsigned source = 0; source < SOURCE_COUNT; source++) {
            char room[COLUMNS_NAME_BYTES];
            if (slice_equal(name, source_facts((Source)source)->sobject)) {
                take_object(cycle, (Source)source, row);
            } else if (slice_equal(name, sweep_name((Source)source, room))) {
                take_sweep(cycle, (Source)source, row);
            } else if (slice_equal(name, columns_name((Source)source, room))) {
                take_columns(cycle, row);
            }
        }
        if (slice_equal(name, SHOWN_NAME)) {
            cycle->shown.asked_ms = time_or_never(row, STATE_FINISHED);
        }
        if (slice_equal(name, RETAINING_NAME)) {
            cycle->retaining.done_ms = time_or_never(row, STATE_FINISHED);
        }
        if (slice_equal(name, LOSSES_NAME)) {
            cycle->losses.asked_ms = time_or_never(row, STATE_FINISHED);
        }
    }
    return PERLY_MORE;
}

void cycle_states_read(Cycle *cycle)
{
    memset(cycle->loads, 0, sizeof cycle->loads);
    cycle->columns_closed_ms = TIME_MS_MIN;
    cycle->outages = (Outages){.frozen = 0};
    cycle->counting = (Counting){.session = cycle->session, .counted_ms = TIME_MS_MIN};
    cycle->losses = (Losses){.session = cycle->session,
                             .contact = &cycle->describing.objects[SOURCE_CONTACT].describe,
                             .asked_ms = TIME_MS_MIN,
                             .ask = cycle->full};
    cycle->shown = (Shown){.session = cycle->session, .asked_ms = TIME_MS_MIN};
    cycle->retaining = (Retaining){
        .session = cycle->session, .months = cycle->config->limits.history_months, .done_ms = TIME_MS_MIN};
    cycle->sweeping = (Sweeping){.session = cycle->session,
                                 .describing = &cycle->describing,
                                 .page_rows_max = cycle->page_rows_max,
                                 .all = cycle->full};
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        cycle->outages.objects[source].told_ms[OUTAGE_FAILED] = TIME_MS_MIN;
        cycle->outages.objects[source].told_ms[OUTAGE_HIDDEN] = TIME_MS_MIN;
        cycle->sweeping.since[source] = TIME_MS_MIN;
        cycle->sweeping.failed_ms[source] = TIME_MS_MIN;
        cycle->closed_ms[source] = TIME_MS_MIN;
        cycle->pulls[source] = (Pull){.session = NULL};
    }
    store_query(&cycle->job, &cycle->query, sync_statement(STATEMENT_PULL_STATES), NULL, take_state, cycle);
}

/* Fields that the user never saw are no outage: `status` and `check` tell them. */
static void store_unseen(Cycle *cycle, StoreOps *ops)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        Slice names = SLICE("");
        if (cycle->plans[source] == NULL) {
            continue;
        }
        store_ops_fail(ops, plan_unseen(ops->arena, cycle->plans[source], &names));
        checkpoint_unseen(ops, source_facts((Source)source)->sobject, names);
    }
}

/* What sweeps of an object found that the org does not have any more. */
static void clear_sweeps(const Cycle *cycle, StoreOps *ops)
{
    StoreParams params;
    char room[SWEEP_NAME_BYTES];
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (cycle->outages.objects[source].absent) {
            store_params_begin(&params, ops->arena, sync_statement(STATEMENT_SWEEP_ABSENT));
            row_writer_text(&params.writer, 0, sweep_name((Source)source, room));
            store_ops_run(ops, &params);
        }
    }
}

/* Of an object whose columns are all in its table, and have their values there. */
static void clear_further(const Cycle *cycle, StoreOps *ops)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Plan *plan = cycle->plans[source];
        const OutageObject *object = &cycle->outages.objects[source];
        if (plan != NULL && !plan_has_further(plan) && !object->passed_over &&
            object->error.code == ERROR_OK) {
            further_clear((Source)source, ops);
        }
    }
}

void cycle_states_store(Cycle *cycle)
{
    StoreOps ops;
    store_ops_begin(&ops, &cycle->job);
    session_guard(cycle->session, &ops);
    outages_store(&cycle->outages, cycle->session->server_ms, &ops);
    store_unseen(cycle, &ops);
    clear_further(cycle, &ops);
    clear_sweeps(cycle, &ops);
    store_apply(&cycle->job, &ops);
}

/* Of a gap that is over all is scored anew, in this cycle or in one that comes to it. */
void cycle_states_told(Cycle *cycle, int64_t cut_ms)
{
    StoreOps ops;
    StoreParams params;
    bool over = false;
    store_ops_begin(&ops, &cycle->job);
    session_guard(cycle->session, &ops);
    for (unsigned at = 0; at < SOURCE_COUNT * OUTAGE_KINDS; at++) {
        const Source source = (Source)(at / OUTAGE_KINDS);
        const OutageKind kind = (OutageKind)(at % OUTAGE_KINDS);
        const OutageObject *object = &cycle->outages.objects[source];
        char room[SWEEP_NAME_BYTES];
        if (outage_untold(object, kind)) {
            const bool is = outage_is(object, kind);
            over = over || !is;
            store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_TOLD));
            row_writer_text(&params.writer, 0,
                            kind == OUTAGE_HIDDEN ? sweep_name(source, room) : source_facts(source)->sobject);
            row_writer_bool(&params.writer, 1, is);
            store_ops_run(&ops, &params);
        }
    }
    if (over) {
        store_params_begin(&params, ops.arena, sync_statement(STATEMENT_DIRTY_ALL));
        row_writer_time(&params.writer, 0, cut_ms);
        store_ops_run(&ops, &params);
    }
    store_apply(&cycle->job, &ops);
}
