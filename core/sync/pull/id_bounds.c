#include "sync/pull/id_bounds.h"

#include "salesforce/permission_set.h"
#include "salesforce/query.h"
#include "salesforce/soql.h"

#define BOUNDS_POINTS(X) X(FIRST) X(LAST)

static JobStatus bounds_step(Job *job, const Completion *got);
static void bounds_close(Job *job);
JOB_KIND(bounds_kind, "ids", bounds_step, bounds_close);

static void ask(IdBounds *bounds, bool descending)
{
    static const Slice column = SLICE_INIT("Id");
    const SfSelect select = {.object = bounds->range.object,
                             .columns = &column,
                             .column_count = 1,
                             .from_ms = TIME_MS_MIN,
                             .to_ms = TIME_MS_MAX,
                             .id_from = bounds->range.from,
                             .id_to = bounds->range.to,
                             .order = column,
                             .descending = descending,
                             .limit = 1};
    Slice soql = {NULL, 0};
    Error error = sf_soql_select(&bounds->memory, &select, &soql);
    if (error.code == ERROR_OK) {
        error = sf_query(&bounds->memory, bounds->session->api_version, SF_QUERY_ALL, soql, &bounds->spec);
    }
    request_try(&bounds->job, &bounds->request, &bounds->spec, error);
}

static Error take(IdBounds *bounds, const Completion *got, char id[SF_ID_BYTES])
{
    SfQueryPage page;
    const Error error = sf_query_read(&bounds->memory, &bounds->scratch, got->body, sf_row_id, id, &page);
    bounds->known = bounds->known && error.code == ERROR_OK && page.rows == 1;
    return error;
}

static JobStatus bounds_step(Job *job, const Completion *got)
{
    IdBounds *const bounds = (IdBounds *)job;
    JOB_BEGIN(job, BOUNDS_POINTS);
    bounds->known = true;
    AWAIT(job, FIRST, ask(bounds, false));
    TRY(job, take(bounds, got, bounds->first));
    AWAIT(job, LAST, ask(bounds, true));
    TRY(job, take(bounds, got, bounds->last));
    JOB_END(job);
}

static void bounds_close(Job *job)
{
    IdBounds *bounds = (IdBounds *)job;
    bounds->known = bounds->known && job->error.code == ERROR_OK;
    arena_free(&bounds->memory);
    arena_free(&bounds->scratch);
}

void id_bounds_ask(IdBounds *bounds, Job *parent, Session *session, const IdRange *range)
{
    *bounds = (IdBounds){.session = session, .range = *range};
    arena_init(&bounds->memory, &parent->engine->allocator, 0);
    arena_init(&bounds->scratch, &parent->engine->allocator, 0);
    bounds->job.arena = &bounds->memory;
    job_start(parent->engine, parent, &bounds->job, &bounds_kind);
}
