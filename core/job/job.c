#include "job/job.h"

#include "base/assert.h"
#include "job/engine.h"

void job_start(Engine *engine, Job *parent, Job *job, const JobKind *kind)
{
    Arena *arena = job->arena != NULL || parent == NULL ? job->arena : parent->arena;
    *job = (Job){.kind = kind, .engine = engine, .parent = parent, .arena = arena};
    perly_assert(arena != NULL);
    job->next = engine->jobs;
    engine->jobs = job;
    if (parent != NULL) {
        engine_begin(parent);
    }
    job->cancelled = parent != NULL && parent->cancelled;
    engine_done(job);
}

void job_cancel(Job *job)
{
    if (job->status != JOB_WAITING || job->cancelled) {
        return;
    }
    job->cancelled = true;
    Engine *engine = job->engine;
    for (Job *child = engine->jobs; child != NULL; child = child->next) {
        if (child->parent == job) {
            job_cancel(child);
        }
    }
    for (size_t i = 0; i < ENGINE_CALLS_MAX; i++) {
        if (engine->calls[i].number != 0 && engine->calls[i].owner.job == job) {
            engine_call_cancel(engine, engine->calls[i].number);
        }
    }
}

void job_stop(Job *job, uint32_t point)
{
    job->at = point;
}

JobStatus job_fail(Job *job, Error error)
{
    job->error = error;
    return JOB_FAILED;
}

JobStatus job_lost(Job *job)
{
    return job_fail(job, ERROR_TEXT(job->arena, ERROR_INTERNAL,
                                    SLICE("a job was resumed at no point of its list: "), job->kind->name));
}
