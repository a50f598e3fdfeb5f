#include "sync/score/tally.h"

#include "sync/run/statements.h"

/* Columns of both statements; the levels are in the order of RiskLevel. */
enum { TALLY_CUT, TALLY_AT, TALLY_STARTED, TALLY_ACCOUNTS, TALLY_CHANGED, TALLY_LEVELS };

static uint32_t take_row(void *context, const RowBatch *batch)
{
    TallyRead *read = context;
    const RowView row = row_at(batch, 0);
    read->cut = row_int64(row, TALLY_CUT);
    read->at_ms = row_int64(row, TALLY_AT);
    read->tally = (Tally){.started_ms = row_int64(row, TALLY_STARTED),
                          .accounts = (uint64_t)row_int64(row, TALLY_ACCOUNTS),
                          .changed = (uint64_t)row_int64(row, TALLY_CHANGED)};
    for (uint32_t i = 0; i < RISK_LEVEL_COUNT; i++) {
        read->tally.levels[i] = (uint64_t)row_int64(row, TALLY_LEVELS + i);
    }
    return PERLY_MORE;
}

void tally_read(Job *job, TallyRead *read)
{
    read->cut = 0;
    store_query(job, &read->query, sync_statement(STATEMENT_TALLY_READ), NULL, take_row, read);
}

Tally tally_open(const TallyRead *read, int64_t cut, int64_t at_ms, bool whole, int64_t started_ms)
{
    if (read->cut != cut || (whole && read->at_ms != at_ms)) {
        return (Tally){.started_ms = started_ms};
    }
    return read->tally;
}

void tally_add(Tally *tally, const ScoreResult *result)
{
    tally->accounts++;
    tally->changed += result->changed ? 1 : 0;
    if (result->unscored == SCORE_IS_SCORED) {
        tally->levels[result->level]++;
    }
}

void tally_join(Tally *tally, const Tally *more)
{
    tally->accounts += more->accounts;
    tally->changed += more->changed;
    for (unsigned i = 0; i < RISK_LEVEL_COUNT; i++) {
        tally->levels[i] += more->levels[i];
    }
}

uint64_t tally_scored(const Tally *tally)
{
    uint64_t scored = 0;
    for (unsigned i = 0; i < RISK_LEVEL_COUNT; i++) {
        scored += tally->levels[i];
    }
    return scored;
}

void tally_write(const Tally *tally, int64_t cut, int64_t at_ms, StoreOps *ops)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_TALLY_WRITE));
    row_writer_int64(&params.writer, TALLY_CUT, cut);
    row_writer_time(&params.writer, TALLY_AT, at_ms);
    row_writer_time(&params.writer, TALLY_STARTED, tally->started_ms);
    row_writer_int64(&params.writer, TALLY_ACCOUNTS, (int64_t)tally->accounts);
    row_writer_int64(&params.writer, TALLY_CHANGED, (int64_t)tally->changed);
    for (uint32_t i = 0; i < RISK_LEVEL_COUNT; i++) {
        row_writer_int64(&params.writer, TALLY_LEVELS + i, (int64_t)tally->levels[i]);
    }
    store_ops_run(ops, &params);
}

void tally_end(int64_t cut, StoreOps *ops)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_TALLY_END));
    row_writer_int64(&params.writer, 0, cut);
    store_ops_run(ops, &params);
}
