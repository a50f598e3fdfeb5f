/*
 * Sending the due entries of one kind: a batch is claimed in a committed transaction, sent, and its outcome
 * stored, until none is due. A process that dies in between leaves claimed entries, and the next run knows
 * what that means. One record's failure is that record's failure.
 */
#ifndef PERLY_SYNC_ACT_OUTBOX_SEND_H
#define PERLY_SYNC_ACT_OUTBOX_SEND_H

#include "salesforce/own_fields.h"
#include "sync/act/outbox_entry.h"

enum { PUSH_FIELDS = SF_OWN_KEY }; /* those of Account are the first of SfOwnField */

typedef struct OutboxSend {
    Job job; /* first */
    Session *session;
    OutboxKind kind;
    bool keyed;
    OutboxCounts *counts;

    bool stopped; /* a request failed as a whole: entries are left that were due */
    bool blocked; /* nothing of this kind will be accepted before a person acts */
    Error why;    /* the error behind it; its message lives in the parent's arena */

    Arena memory;  /* of one batch */
    Arena scratch; /* of one answer */
    StoreQuery query;
    Request request;
    RequestSpec spec;
    OutboxItems items;
    bool sent;     /* the batch has at least one item that could be read */
    bool mention;  /* of a post: made by the Connect API, whose answers differ */
    Error refused; /* of a post: its mention was, it is sent without */
} OutboxSend;

/* The effect: `send` is filled in up to `counts`. ERROR_STORE_... and ERROR_CANCELLED; Salesforce's are
 * `why`.
 */
void outbox_send_start(Engine *engine, Job *parent, OutboxSend *send);

/*
 * Each kind in its own file: `write` reads the items' fields (an unreadable one becomes bad) and makes the
 * request of all that are not bad; `sent` stays false when none is left. `read` gives each its result.
 */
/*
 * The record of an entry of kind fields, which holds none but our own; its texts live in `arena`, and so does
 * what the account will show, which goes into `item`.
 */
Error push_record(Arena *arena, OutboxItem *item, SfRecord *record);

/*
 * What an error of fields means: a field that Salesforce does not know (INVALID_FIELD; of a Bulk job "Field
 * name not found") is one of ours. The message's memory is of `arena`.
 */
Error push_error(Arena *arena, Error error);

Error push_write(OutboxSend *send);
Error push_read(OutboxSend *send, Slice body);
Error act_write(OutboxSend *send);
Error act_read(OutboxSend *send, Slice body);

/* What a failed request of an action means. */
Error act_error(OutboxSend *send, Error error);

/* The results of a collection, one after the other, for the items that are not bad. */
Error outbox_send_results(OutboxSend *send, Slice body);

#endif
