/*
 * Looking for entries whose send had no clear end: one query each, for the marker in the account's feed or
 * tasks. What is found is done; what is not found twice is sent again (rules/outbox.h, the settling rule).
 */
#ifndef PERLY_SYNC_ACT_OUTBOX_LOOK_H
#define PERLY_SYNC_ACT_OUTBOX_LOOK_H

#include "salesforce/marker.h"
#include "sync/act/outbox_entry.h"

typedef struct OutboxLook {
    Job job; /* first */
    Session *session;
    bool keyed;
    OutboxCounts *counts; /* by kind: OUTBOX_KIND_COUNT of them; only those that were found count */

    bool stopped; /* a look-up failed: entries are left that were due */
    Error why;    /* the error behind it; its message lives in the parent's arena */

    Arena memory;
    Arena scratch;
    StoreQuery query;
    Request request;
    RequestSpec spec;
    OutboxItems items; /* one */
    SfMarkerSearch search;
    Slice next_path;
} OutboxLook;

/* The effect: `look` is filled in up to `counts`. */
void outbox_look_start(Engine *engine, Job *parent, OutboxLook *look);

#endif
