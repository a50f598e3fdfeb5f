/*
 * Jobs: procedures that wait. A job is a protothread whose stopping points have names: one step function, one
 * switch over the points that the job lists, every stop an AWAIT in that function.
 *
 *     #define PULL_POINTS(X) X(CREATE) X(PAGE)
 *
 *     static JobStatus pull_step(Job *job, const Completion *got)
 *     {
 *         Pull *const pull = (Pull *)job;
 *         JOB_BEGIN(job, PULL_POINTS);
 *         AWAIT(job, CREATE, sf_query_create(pull));
 *         TRY(job, sf_query_read(pull, got));
 *         AWAIT(job, PAGE, sf_query_page(pull));
 *         JOB_END(job);
 *     }
 *
 * Rules (ARCHITECTURE, "Jobs", says why):
 * - What lives across a stop is a member of the job's struct, whose first member is a Job. Below JOB_BEGIN a
 *   local lives in a block without AWAIT. `got` is valid until the next stop.
 * - An effect starts exactly one thing, returns void, and its completion always arrives later; what fails
 * before it starts is delivered as its completion's error.
 * - The position is never stored: a restarted job begins at the top and reads its checkpoint.
 * - Retries and the session belong to the request layer (request.h). A job has no retry loop.
 * - `close` runs exactly once, on done, failed or cancelled; it releases what the struct holds and cannot
 * wait.
 */
#ifndef PERLY_JOB_JOB_H
#define PERLY_JOB_JOB_H

#include "base/error.h"

typedef struct Engine Engine;
typedef struct Job Job;

typedef enum JobStatus { JOB_WAITING, JOB_DONE, JOB_FAILED } JobStatus;

/*
 * How an effect ended. Slices are valid until the job's next stop. When several effects run under one AWAIT
 * the job goes on after the last of them: `error` is then the first that failed, the slices are the last
 * one's.
 */
typedef struct Completion {
    Error error;     /* ERROR_OK, or why the effect has no result */
    uint32_t status; /* HTTP status of the answer, 0 when there is none */
    Slice headers;   /* "name: value" lines, names in lower case */
    Slice body;      /* of an HTTP answer that was collected, or a storage, seal or sign payload */
} Completion;

typedef struct JobKind {
    Slice name;
    JobStatus (*step)(Job *job, const Completion *got);
    void (*close)(Job *job); /* or NULL */
} JobKind;

struct Job {
    const JobKind *kind;
    Engine *engine;
    Job *parent;      /* told when this job ends; NULL for a root, whose end the engine tells */
    Arena *arena;     /* lifetime of the job; the owner's, or inherited from the parent */
    uint32_t at;      /* stopping point, in memory only */
    uint32_t pending; /* effects started and not ended */
    JobStatus status;
    bool cancelled;
    Completion got;  /* collected while effects end */
    Error error;     /* why it failed; its message lives in the arena, or is a literal */
    Job *next;       /* engine's list of live jobs */
    Job *next_ready; /* engine's queue */
};

#define JOB_POINT(name) AT_##name,

/* The kind of a job: its name, its functions. */
#define JOB_KIND(variable, text, step_function, close_function)                                              \
    static const JobKind variable = {SLICE_INIT(text), step_function, close_function}

#define JOB_BEGIN(job, POINTS)                                                                               \
    switch ((enum {AT_START, POINTS(JOB_POINT)})(job)->at) {                                                 \
    case AT_START:

/* Stops until one effect has ended; its error, if any, is left to the next line. */
#define AWAIT_ANY(job, point, effect)                                                                        \
    do {                                                                                                     \
        job_stop((job), AT_##point);                                                                         \
        (effect);                                                                                            \
        return JOB_WAITING;                                                                                  \
    case AT_##point:;                                                                                        \
    } while (0)

/* Stops until one effect has ended; its error fails the job. */
#define AWAIT(job, point, effect)                                                                            \
    do {                                                                                                     \
        AWAIT_ANY(job, point, effect);                                                                       \
        if (got->error.code != ERROR_OK) {                                                                   \
            return job_fail((job), got->error);                                                              \
        }                                                                                                    \
    } while (0)

#define TRY(job, expr)                                                                                       \
    do {                                                                                                     \
        const Error tried_ = (expr);                                                                         \
        if (tried_.code != ERROR_OK) {                                                                       \
            return job_fail((job), tried_);                                                                  \
        }                                                                                                    \
    } while (0)

#define JOB_END(job)                                                                                         \
    return JOB_DONE;                                                                                         \
    }                                                                                                        \
    return job_lost(job)

/*
 * Starts a job as an effect of `parent` (its end is the parent's completion, its error the parent's error),
 * or as a root when `parent` is NULL. `job` is zeroed but for the members of its own struct, which the caller
 * has filled in; it stays where it is until it has ended.
 */
void job_start(Engine *engine, Job *parent, Job *job, const JobKind *kind);

/*
 * Delivers ERROR_CANCELLED at the job's current wait, once its effects (calls and children), which are
 * cancelled too, have ended. Effects that the job starts from then on fail at once. Nothing happens to a job
 * that ended.
 */
void job_cancel(Job *job);

/* For the macros. */
void job_stop(Job *job, uint32_t point);
JobStatus job_fail(Job *job, Error error);
JobStatus job_lost(Job *job);

#endif
