/*
 * The engine: the ports as the core sees them. It numbers calls, checks that completions are legal, and runs
 * jobs when their effects end. Nothing here knows Salesforce.
 *
 * Every entry of perly.h notes the time, hands the completion to its call's owner, and then runs the queue of
 * jobs that became ready until it is empty. A port is never called from inside another port's completion
 * without that queue in between, so no job is entered while it runs.
 */
#ifndef PERLY_JOB_ENGINE_H
#define PERLY_JOB_ENGINE_H

#include "base/buffer.h"
#include "job/job.h"
#include "perly/perly.h"

enum { ENGINE_CALLS_MAX = 64 };

/*
 * Who gets what a call delivers. `rows` and `body` answer PERLY_MORE or PERLY_WAIT; `end` is last, once, and
 * may start other calls. Functions that a call cannot deliver may be NULL.
 */
typedef struct CallOwner {
    Job *job; /* on whose behalf: cancelled with it */
    void *context;
    void (*head)(void *context, uint32_t status, Slice headers);
    uint32_t (*body)(void *context, Slice bytes);
    uint32_t (*rows)(void *context, Slice batch);
    void (*end)(void *context, uint32_t end, Slice payload);
} CallOwner;

typedef enum CallKind { CALL_FREE, CALL_HTTP, CALL_QUERY, CALL_PLAIN, CALL_TIMER } CallKind;

typedef struct Call {
    uint32_t number; /* 0: free */
    CallKind kind;
    bool waiting;  /* the owner answered WAIT and has not resumed */
    bool has_head; /* of an HTTP call */
    CallOwner owner;
} Call;

struct Engine {
    PerlyHost host;
    Allocator allocator;
    uint32_t dialect;
    int64_t wall_ms;     /* of the event being handled; between 1970 and TIME_MS_MAX */
    double mono_ms;      /* finite */
    double stop_mono_ms; /* start nothing that cannot end before; 0 while no stop was asked for */
    bool stopping;
    uint32_t last_call;
    Call calls[ENGINE_CALLS_MAX];
    Job *ready_first; /* jobs whose effects have all ended, in order */
    Job *ready_last;
    Job *jobs; /* live ones */
    bool draining;
    bool out_of_memory; /* engine_halted */
    Arena records;      /* what goes to the storage, while it is put together: empty between two steps */
    const struct RequestPolicy *policy;        /* request.h; set by the product above */
    void *owner;                               /* the product above */
    void (*root_ended)(void *owner, Job *job); /* a root job ended; its memory is the owner's again */
};

void engine_init(Engine *engine, const PerlyHost *host, uint32_t dialect);

/* Drops every live job, the youngest first: each is closed, none is told, nothing more is asked of the host.
 * Memory of a root's own struct stays its owner's. */
void engine_close(Engine *engine);

/* Opens a call; its number. No more than ENGINE_CALLS_MAX are open at once (an assertion): jobs bound their
 * calls. */
uint32_t engine_call_open(Engine *engine, CallKind kind, CallOwner owner);

void engine_call_resume(Engine *engine, uint32_t number);
/* Does the owner of this call want no more for now? False for a call that is not open. */
bool engine_call_waits(Engine *engine, uint32_t number);

void engine_call_cancel(Engine *engine, uint32_t number);

/*
 * Effects call these two: `begin` when one starts for the job, `complete` once when it has ended. Slices of
 * the completion must live until the entry of perly.h that is being handled has drained the queue.
 */
void engine_begin(Job *job);
void engine_complete(Job *job, const Completion *completion);

/* Runs ready jobs until none is left. Entries of perly.h call it last; a nested call does nothing. */
void engine_drain(Engine *engine);

/* Deliveries: check legality, hand to the owner. False when the call is not open (late after a cancel). */
bool engine_deliver_head(Engine *engine, uint32_t number, uint32_t status, Slice headers);
uint32_t engine_deliver_body(Engine *engine, uint32_t number, Slice bytes);
uint32_t engine_deliver_rows(Engine *engine, uint32_t number, Slice batch);
bool engine_deliver_end(Engine *engine, uint32_t number, uint32_t end, Slice payload);

/* Effects of jobs. */

/*
 * Why the job begins nothing any more: ERROR_CANCELLED; ERROR_OUT_OF_MEMORY from the moment the host refused
 * memory, whoever asked for it and whether they looked, until engine_recover. What was made since may lack
 * something, so none of it is stored or sent, and every job that resumes gets the error.
 */
Error engine_halted(const Job *job);

/* What ran when memory was refused has ended. Was it? */
bool engine_recover(Engine *engine);

/* The job goes on after `delay_ms` of monotonic time. */
void engine_timer(Job *job, double delay_ms);

/* The job goes on at once (with the queue in between): there was nothing to do, or it failed with this error.
 */
void engine_done(Job *job);
void engine_fail(Job *job, Error error);

/* A port call that ends by perly_call_end; the payload is the completion's body. `send` starts it. */
typedef void (*EnginePort)(void *context, uint32_t call, const char *record, size_t length);
void engine_plain_call(Job *job, EnginePort port, Slice record);

/* What the host said itself in an error that engine_end_error made of PERLY_END_FAILED. */
Slice engine_host_reason(Error error);

/* The error that an end of perly_call_end means; `payload` is the host's text, which is copied. */
Error engine_end_error(Arena *arena, uint32_t end, Slice payload);

void engine_log(Engine *engine, uint32_t level, Slice text);
void engine_event(Engine *engine, Slice json);

#endif
