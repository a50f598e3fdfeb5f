#include "sync/score/scoring_load.h"

#include "sync/score/scoring_rows.h"

#define LOAD_POINTS(X) X(USERS) X(RATES) X(ACCOUNT) X(CHILDREN) X(SIGNALS) X(CHANGES)

static JobStatus load_step(Job *job, const Completion *got);
JOB_KIND(load_kind, "read account", load_step, NULL);

static JobStatus load_step(Job *job, const Completion *got)
{
    Scoring *const scoring = (Scoring *)job;
    JOB_BEGIN(job, LOAD_POINTS);
    AWAIT(job, USERS, scoring_read_users(scoring));
    AWAIT(job, RATES, scoring_read_rates(scoring));
    AWAIT(job, ACCOUNT, scoring_read_account(scoring));
    if (scoring->chunk_accounts == 0) {
        return JOB_DONE;
    }
    for (scoring->part = 0; scoring->part < SCORING_PARTS; scoring->part++) {
        AWAIT(job, CHILDREN, scoring_read_part(scoring));
    }
    AWAIT(job, SIGNALS, scoring_read_signals(scoring));
    AWAIT(job, CHANGES, scoring_read_changes(scoring));
    features_signals(&scoring->features, scoring->rows.signals, scoring->rows.signal_count);
    features_changes(&scoring->features, scoring->rows.changes, scoring->rows.change_count);
    JOB_END(job);
}

void scoring_load_start(Engine *engine, Job *parent, Scoring *scoring, Slice account_id)
{
    arena_init(&scoring->memory, &engine->allocator, 0);
    arena_init(&scoring->chunk, &engine->allocator, 0);
    arena_init(&scoring->scratch, &engine->allocator, 0);
    scoring->after_id = account_id;
    scoring->job.arena = &scoring->memory;
    job_start(engine, parent, &scoring->job, &load_kind);
}

void scoring_load_free(Scoring *scoring)
{
    if (scoring->memory.allocator != NULL) {
        arena_free(&scoring->scratch);
        arena_free(&scoring->chunk);
        arena_free(&scoring->memory);
    }
}
