/*
 * Entries of table outbox: read, claimed, and what became of them stored. What an event makes of an entry is
 * decided by the table of rules/outbox.h alone; here it is brought into storage.
 */
#ifndef PERLY_SYNC_ACT_OUTBOX_ENTRY_H
#define PERLY_SYNC_ACT_OUTBOX_ENTRY_H

#include "rules/outbox.h"
#include "salesforce/collections.h"
#include "store/store.h"
#include "sync/run/session.h"

/* In the order in which a run sends them. */
typedef enum OutboxKind {
    OUTBOX_FIELDS, /* score and level of an account */
    OUTBOX_TASK,
    OUTBOX_DIGEST,
    OUTBOX_CHATTER,
    OUTBOX_KIND_COUNT
} OutboxKind;

/* "fields", "task", "digest", "chatter": as storage keeps it. A literal. */
Slice outbox_kind_name(OutboxKind kind);
/* False when it is no kind's name. */
bool outbox_kind_find(Slice name, OutboxKind *kind);

typedef struct OutboxItem {
    OutboxKind kind;
    OutboxEntry entry;
    Slice key;
    Slice account_id;
    Slice fields;       /* JSON */
    Slice result_id;    /* of an earlier send, or empty */
    int64_t claimed_ms; /* not after the claim by Salesforce's clock */

    /* What was read from `fields`. */
    bool bad; /* they cannot be sent: `error` says why */
    bool has_score;
    int64_t score; /* of kind fields: what the account has once it is pushed */
    Slice level;   /* empty: none */

    /* How it ended. */
    OutboxEventKind event;
    Error error;
    Slice note; /* without an error: what a person is told of it all the same */
    SfResult result;
} OutboxItem;

enum { OUTBOX_ITEMS_MAX = SF_COLLECTION_RECORDS_MAX };

typedef struct OutboxItems {
    Arena *arena; /* of the items' texts */
    OutboxItem *items;
    uint32_t count;
    uint32_t room;
    bool keyed;  /* tasks have the key field: whoever sends one twice updates it */
    Error error; /* the first while rows were taken */
} OutboxItems;

/* What became of entries, for events. */
typedef struct OutboxCounts {
    uint64_t done;
    uint64_t failed; /* a person must look at them */
    uint64_t later;  /* left: they are tried again by themselves */
} OutboxCounts;

/* Empties `items`, whose texts live in `arena`: room for `room`. ERROR_OUT_OF_MEMORY in items->error. */
void outbox_items_init(OutboxItems *items, Arena *arena, uint32_t room, bool keyed);

/* A StoreRows whose context is an OutboxItems: rows of OUTBOX_CLAIMED, OUTBOX_READY or OUTBOX_UNCLEAR. */
uint32_t outbox_items_take(void *context, const RowBatch *batch);

/* Adds the operations that claim all items, and makes them claimed in memory. */
void outbox_items_claim(OutboxItems *items, const Session *session, StoreOps *ops);

/*
 * What a record's own error means. One that nothing is known about is this record's: as one that stops all
 * others it would stand at the head of the queue for ever.
 */
OutboxEventKind outbox_record_event(const OutboxItem *item);

/* The error of the first item that others would meet too. */
Error outbox_items_blocked(const OutboxItems *items);

/*
 * Adds the operations that store what each item's `event` makes of it, and counts what is done or failed.
 * True when the table says that others like them would end the same way.
 */
bool outbox_items_store(OutboxItems *items, Session *session, int64_t retry_after_ms, StoreOps *ops,
                        OutboxCounts *counts);

#endif
