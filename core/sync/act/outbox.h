/*
 * The outbox: the only way to Salesforce. A run first makes entries that were refused ready again, if the
 * configuration or the account's record has changed since. Then it brings every due entry there, whatever
 * became of the process that worked on it before: fields of accounts first, then tasks, digests and posts,
 * then look-ups of what had no clear end; for those that are due again soon it waits.
 *
 *     scoring writes entries in its own transaction
 *     AWAIT(OUTBOX, outbox_start(engine, job, &sync->outbox))
 *
 * Told as events: {"event":"pushed","accounts":450,"failed":1,"later":0} and {"event":"acted","kind":"task",
 * "count":12,"failed":0,"later":0} where there was anything to do; {"event":"outbox_stopped","kind":...,
 * "code":...} with the error that keeps a kind from being sent.
 */
#ifndef PERLY_SYNC_ACT_OUTBOX_H
#define PERLY_SYNC_ACT_OUTBOX_H

#include "sync/act/outbox_look.h"
#include "sync/act/outbox_send.h"
#include "sync/act/push_bulk.h"

/* How long a run waits in all for entries that are due again soon: two look-ups, and a minute to spare. */
enum { OUTBOX_WAIT_MS = 180 * 1000, OUTBOX_SLICE_MS = 5000 };

/* Whether this user can write SF_TASK_KEY_FIELD. Not known: a run with tasks asks describe. */
typedef enum OutboxTaskKey {
    OUTBOX_TASK_KEY_UNKNOWN,
    OUTBOX_TASK_KEY_PRESENT,
    OUTBOX_TASK_KEY_ABSENT
} OutboxTaskKey;

typedef struct OutboxRun {
    Job job; /* first */
    Session *session;
    OutboxTaskKey task_key;
    int *exit; /* of the command: COMMAND_EXIT_PERSON when a kind waits for a person or records were refused,
                  else 0 */
    int64_t *again_ms; /* the result: wall time at which another run has something to send; INT64_MAX: none */

    OutboxCounts counts[OUTBOX_KIND_COUNT]; /* the result */

    Arena memory;
    Arena scratch;
    StoreQuery query;
    Request request;
    RequestSpec spec;
    OutboxItems items; /* found claimed */
    OutboxSend send;
    OutboxLook look;
    BulkPush bulk;
    uint32_t kind;                       /* being sent */
    uint64_t pending[OUTBOX_KIND_COUNT]; /* entries that are not at rest */
    bool left;                           /* an earlier process left a Bulk job */
    bool blocked[OUTBOX_KIND_COUNT];
    Error why[OUTBOX_KIND_COUNT]; /* the last error of the kind as a whole */
    Error fatal;                  /* nothing at all will be accepted: the run's error */
    Error short_of;               /* calls, for a kind: the run's error once the others are sent */
    int64_t next_ms;              /* when the next entry is due; INT64_MAX: none */
    double slow_ms;               /* a request failed as a whole: no other before this pause; 0: none did */
    double wait_until_ms;         /* monotonic; 0: has not waited yet */
} OutboxRun;

/*
 * The effect: `run` is zeroed but for session, task_key, exit and again_ms. Entries that fail or wait are no
 * error of the run; ERROR_STORE_..., ERROR_CANCELLED, errors that need a new connection, ERROR_SF_API_LIMIT
 * and ERROR_API_BUDGET are.
 */
void outbox_start(Engine *engine, Job *parent, OutboxRun *run);

#endif
