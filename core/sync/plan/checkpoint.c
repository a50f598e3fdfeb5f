#include "sync/plan/checkpoint.h"

#include "base/time.h"
#include "map/attributes.h"
#include "sync/run/statements.h"

enum {
    READ_STATE,
    READ_FROM,
    READ_TO,
    READ_GOAL,
    READ_FIELDS,
    READ_JOB_ID,
    READ_JOB_VERSION,
    READ_LOCATOR,
    READ_LAST_END,
    READ_RECEIVED,
    READ_DONE_COLUMNS,
    READ_EVERYTHING,
    READ_PAGES,
    READ_ID_FROM,
    READ_ID_TO,
    READ_API
};

static int64_t time_or_never(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE ? row_int64(row, column) : TIME_MS_MIN;
}

static CheckpointState state_of(RowView row)
{
    const Slice state = row_text(row, READ_STATE);
    if (slice_equal(state, SLICE("running"))) {
        return row_state(row, READ_JOB_ID) == ROW_VALUE ? CHECKPOINT_RUNNING : CHECKPOINT_NEXT;
    }
    return slice_equal(state, SLICE("between")) ? CHECKPOINT_BETWEEN : CHECKPOINT_IDLE;
}

static uint32_t take_row(void *context, const RowBatch *batch)
{
    CheckpointRead *read = context;
    const RowView row = row_at(batch, 0);
    const int64_t received = row_state(row, READ_RECEIVED) == ROW_VALUE ? row_int64(row, READ_RECEIVED) : 0;
    *read->checkpoint = (Checkpoint){.state = state_of(row),
                                     .from_ms = time_or_never(row, READ_FROM),
                                     .to_ms = time_or_never(row, READ_TO),
                                     .goal_ms = time_or_never(row, READ_GOAL),
                                     .last_end_ms = time_or_never(row, READ_LAST_END),
                                     .received = (uint64_t)received,
                                     .everything = row_state(row, READ_EVERYTHING) == ROW_VALUE &&
                                                   row_bool(row, READ_EVERYTHING)};
    Checkpoint *at = read->checkpoint;
    if (!ROW_KEEP(row, read->arena, {READ_ID_FROM, &at->id_from}, {READ_ID_TO, &at->id_to},
                  {READ_FIELDS, &at->fields}, {READ_JOB_ID, &at->job_id},
                  {READ_JOB_VERSION, &at->job_version}, {READ_LOCATOR, &at->locator},
                  {READ_PAGES, &at->pages}, {READ_DONE_COLUMNS, &at->done_columns}, {READ_API, &at->api})) {
        read->query.error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a checkpoint"));
    }
    const bool stopped = read->checkpoint->to_ms != read->checkpoint->last_end_ms;
    read->checkpoint->stopped_ms = stopped ? read->checkpoint->to_ms : TIME_MS_MIN;
    if (read->checkpoint->goal_ms == TIME_MS_MIN) {
        read->checkpoint->goal_ms = read->checkpoint->to_ms; /* of a version that had no goals */
    }
    return PERLY_MORE;
}

bool checkpoint_by_rest(const Checkpoint *checkpoint)
{
    return slice_starts_with(checkpoint->api, CHECKPOINT_BY_REST);
}

void checkpoint_read(Job *job, CheckpointRead *read, Slice object)
{
    StoreParams params;
    const Statement *statement = sync_statement(STATEMENT_PULL_READ);
    *read->checkpoint = (Checkpoint){.last_end_ms = TIME_MS_MIN, .stopped_ms = TIME_MS_MIN};
    store_params_begin(&params, read->arena, statement);
    row_writer_text(&params.writer, 0, object);
    store_query(job, &read->query, statement, &params, take_row, read);
}

static void begin(StoreOps *ops, StoreParams *params, SyncStatement statement, Slice object)
{
    store_params_begin(params, ops->arena, sync_statement(statement));
    row_writer_text(&params->writer, 0, object);
}

void checkpoint_opened(StoreOps *ops, const CheckpointOpen *open, const Checkpoint *checkpoint)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_OPEN, open->object);
    row_writer_null(&params.writer, 1);
    if (checkpoint->from_ms != TIME_MS_MIN) {
        row_writer_time(&params.writer, 1, checkpoint->from_ms);
    }
    row_writer_time(&params.writer, 2, checkpoint->to_ms);
    row_writer_time(&params.writer, 3, checkpoint->goal_ms);
    row_writer_text(&params.writer, 4, checkpoint->fields);
    row_writer_text(&params.writer, 5, checkpoint->job_id);
    row_writer_text(&params.writer, 6, checkpoint->job_version);
    row_writer_time(&params.writer, 7, open->at_ms);
    row_writer_bool(&params.writer, 8, open->loading);
    row_writer_text(&params.writer, 9, checkpoint->id_from);
    row_writer_text(&params.writer, 10, checkpoint->id_to);
    row_writer_text(&params.writer, 11, checkpoint->api);
    store_ops_run(ops, &params);
    if (open->first) {
        begin(ops, &params, STATEMENT_PULL_BEGIN, open->object);
        row_writer_time(&params.writer, 1, open->at_ms);
        row_writer_bool(&params.writer, 2, open->everything);
        store_ops_run(ops, &params);
        begin(ops, &params, STATEMENT_REJECTED_CLEAR, open->object);
        store_ops_run(ops, &params);
    }
}

void checkpoint_page(StoreOps *ops, Slice object, const CheckpointPage *page)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_PAGE, object);
    row_writer_text(&params.writer, 1, page->locator);
    row_writer_int64(&params.writer, 2, (int64_t)page->rows - (int64_t)page->repeated);
    row_writer_int64(&params.writer, 3, (int64_t)page->inserted);
    row_writer_int64(&params.writer, 4, (int64_t)page->changed);
    row_writer_int64(&params.writer, 5, (int64_t)page->left_out);
    row_writer_int64(&params.writer, 6, (int64_t)page->rejected);
    row_writer_text(&params.writer, 7, page->pages);
    store_ops_run(ops, &params);
}

void checkpoint_done(StoreOps *ops, Slice object, const Checkpoint *checkpoint, uint64_t announced,
                     int64_t at_ms, int64_t asked_ms, bool whole)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_DONE, object);
    row_writer_time(&params.writer, 1, checkpoint->to_ms);
    row_writer_int64(&params.writer, 2, (int64_t)announced);
    row_writer_null(&params.writer, 3);
    if (checkpoint->id_to.length != 0) { /* the window goes on there */
        row_writer_text(&params.writer, 3, checkpoint->id_to);
    }
    store_ops_run(ops, &params);
    const bool all_ids = checkpoint->id_from.length == 0 && checkpoint->id_to.length == 0;
    if (announced == 0 && all_ids && checkpoint->from_ms != TIME_MS_MIN &&
        source_find(object) != SOURCE_COUNT) {
        begin(ops, &params, STATEMENT_PULL_QUIET, object);
        row_writer_time(&params.writer, 1, checkpoint->from_ms);
        row_writer_time(&params.writer, 2, checkpoint->to_ms);
        store_ops_run(ops, &params);
    }
    if (whole) {
        begin(ops, &params, STATEMENT_PULL_WHOLE, object);
        row_writer_time(&params.writer, 1, at_ms);
        row_writer_text(&params.writer, 2, checkpoint->columns);
        row_writer_text(&params.writer, 3, checkpoint->kept_columns);
        row_writer_time(&params.writer, 4, asked_ms);
        store_ops_run(ops, &params);
    }
}

void checkpoint_given_up(StoreOps *ops, Slice object)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_GIVEN_UP, object);
    store_ops_run(ops, &params);
}

void checkpoint_next(StoreOps *ops, Slice object, const Checkpoint *checkpoint)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_NEXT, object);
    row_writer_time(&params.writer, 1, checkpoint->to_ms);
    row_writer_text(&params.writer, 2, checkpoint->id_to);
    store_ops_run(ops, &params);
}

void checkpoint_failed(StoreOps *ops, Slice object, Error error, int64_t at_ms)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_FAILED, object);
    row_writer_text(&params.writer, 1, error_name(error.code));
    row_writer_text(&params.writer, 2, error.message);
    row_writer_time(&params.writer, 3, at_ms);
    store_ops_run(ops, &params);
}

void checkpoint_unseen(StoreOps *ops, Slice object, Slice names)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_UNSEEN, object);
    row_writer_text(&params.writer, 1, names);
    store_ops_run(ops, &params);
}

void checkpoint_absent(StoreOps *ops, Slice object)
{
    StoreParams params;
    begin(ops, &params, STATEMENT_PULL_ABSENT, object);
    store_ops_run(ops, &params);
}
