/*
 * What becomes of an entry of the outbox: a table of (state, event) -> state, and when to look at it again.
 * Nothing is sent from here: the jobs of sync/act ask the storage for the entries that are due (ready or
 * unclear, their time come), and store what outbox_next answers, in one transaction with the guard of the
 * lease. A ready one is claimed (OUTBOX_CLAIM), sent, and settled by outbox_event of its error; an unclear
 * one is looked for in Salesforce. A claimed one rests: whoever claimed it gives the event.
 *
 * The settling rule: an attempt whose end is unknown is not repeated before Salesforce was asked for its
 * result twice, OUTBOX_SETTLE_MS apart, without finding it; the first time soon, since what was done is then
 * known soon. Where Salesforce itself says that it was too busy (OUTBOX_DECLINED), it is asked once, after
 * the pause that it wants. Entries that may be repeated without harm (an update of fields, a Task with the
 * key field) are simply sent again.
 */
#ifndef PERLY_RULES_OUTBOX_H
#define PERLY_RULES_OUTBOX_H

#include "base/error.h"

enum {
    OUTBOX_LOOKS = 2,
    OUTBOX_SETTLE_MS = 60 * 1000,           /* between two look-ups */
    OUTBOX_FIRST_LOOK_MS = 10 * 1000,       /* and before the first */
    OUTBOX_DECLINED_MS = 5 * 1000,          /* doubled with each attempt, where there is no Retry-After */
    OUTBOX_BACKOFF_MS = 15 * 1000,          /* doubled with each attempt */
    OUTBOX_BACKOFF_MS_MAX = 60 * 60 * 1000, /* Retry-After may say more */
    OUTBOX_ATTEMPTS_MAX = 30                /* about a day of attempts that a later one may cure */
};

typedef enum OutboxState {
    OUTBOX_READY,
    OUTBOX_CLAIMED, /* a committed transaction says that it is being sent */
    OUTBOX_UNCLEAR, /* it may have arrived: looked up before another attempt */
    OUTBOX_DONE,
    OUTBOX_HELD,    /* waits for a person's approval */
    OUTBOX_PARKED,  /* there is nobody to send it to, or what is stored of it cannot be read */
    OUTBOX_FAILED,  /* Salesforce refuses it, or every attempt failed; a person may retry */
    OUTBOX_DROPPED, /* by a person */
    OUTBOX_STATE_COUNT
} OutboxState;

/* "ready", "claimed", "unclear", "done", "held", "parked", "failed", "dropped": as storage keeps it. A
 * literal. */
Slice outbox_state_name(OutboxState state);
/* False when it is no state's name. */
bool outbox_state_find(Slice name, OutboxState *state);

typedef enum OutboxEventKind {
    OUTBOX_CLAIM,       /* it is about to be sent */
    OUTBOX_OK,          /* it was sent and done */
    OUTBOX_MAYBE,       /* it was sent, and the outcome is not known */
    OUTBOX_DECLINED,    /* it was sent, and Salesforce itself says that it was too busy to do it */
    OUTBOX_RETRY_SOON,  /* it was not done; the same may be sent again */
    OUTBOX_RETRY_LATER, /* it was not done; the same may be sent again after a pause */
    OUTBOX_BLOCKED,     /* it was not done, and nothing like it will be until a person acts */
    OUTBOX_REFUSED,     /* it was not done, and this entry never will be as it is */
    OUTBOX_CRASHED,     /* found claimed by a process that is gone */
    OUTBOX_FOUND,       /* the look-up found its result */
    OUTBOX_NOT_FOUND,
    OUTBOX_LOOK_FAILED, /* the look-up itself failed */
    OUTBOX_APPROVE,     /* a person: send it, or try again */
    OUTBOX_DROP,        /* a person: never send it */
    OUTBOX_EVENT_COUNT
} OutboxEventKind;

typedef struct OutboxEvent {
    OutboxEventKind kind;
    int64_t retry_after_ms; /* Retry-After of the answer; 0: none */
} OutboxEvent;

/* The columns of table outbox that decide. */
typedef struct OutboxEntry {
    OutboxState state;
    bool repeatable;       /* sending it twice does what sending it once does */
    int64_t attempt;       /* claims so far */
    int64_t looks;         /* look-ups since the last attempt that found nothing */
    int64_t not_before_ms; /* 0: at once */
} OutboxEntry;

typedef struct OutboxNext {
    OutboxState state;
    int64_t attempt;
    int64_t looks;
    int64_t not_before_ms;
    bool stop; /* others like it would end the same way: send none of them in this run */
} OutboxNext;

/* What the end of a send means, from the error of its request or of its record. */
OutboxEventKind outbox_event(Error error);

/* Whether the table knows the event in this state. */
bool outbox_allows(OutboxState state, OutboxEventKind event);

/*
 * The entry after the event. An event that outbox_allows denies is a bug (an assertion). `jitter` is any
 * random number: it shortens a pause by up to a quarter, so that many entries do not come back together.
 */
OutboxNext outbox_next(const OutboxEntry *entry, OutboxEvent event, int64_t now_ms, uint32_t jitter);

#endif
