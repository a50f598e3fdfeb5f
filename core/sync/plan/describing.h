/*
 * Describing: what the org has, of all objects that are pulled, in one API call (Composite, with
 * If-Modified-Since for each). What was told stands in table `field`, so an object that has
 * not changed costs no body. Done before each cycle, so that a field added today is in today's pull.
 *
 * Documentation does not say whether a change of field-level security moves Last-Modified: once a day, and
 * after a statement that Salesforce refused (describing_forget), everything is asked for anew.
 */
#ifndef PERLY_SYNC_PLAN_DESCRIBING_H
#define PERLY_SYNC_PLAN_DESCRIBING_H

#include "map/attributes.h"
#include "salesforce/composite.h"
#include "salesforce/describe.h"
#include "sync/run/session.h"

enum { DESCRIBING_KEPT_MS = 24 * 60 * 60 * 1000 };

/* One object, as the connected user sees it. */
typedef struct Described {
    bool known;  /* false: it was never told, and is not now */
    Error error; /* why it was not told now: what is stored is as it was */
    bool fresh;  /* told in this cycle; else what is stored still holds */
    SfDescribe describe;
    Slice *gone; /* names of fields that were told once: deleted since, or hidden from the user */
    size_t gone_count;
    Slice modified; /* Last-Modified; empty: not told */
    int64_t at_ms;  /* server time at which it was told */
} Described;

typedef struct Describing {
    Job job; /* first */
    Session *session;
    bool offline; /* Salesforce is not asked: the result is what it told last */
    bool anew;    /* all is told, whatever stands in the tables */
    bool accept;  /* what is gone is gone: it is not told any more, fields and objects that an org may lack */

    Described objects[SOURCE_COUNT]; /* the result, by source; until describing_free */
    Arena stored;                    /* what the tables hold */
    Arena told;                      /* what this answer holds */
    Arena scratch;
    StoreQuery query;
    Request request;
    RequestSpec spec;
    Sink sink;
    SfCompositeReader reader;
    Described answer[SOURCE_COUNT];
    size_t rooms[SOURCE_COUNT]; /* for fields, while they are read from the table */
    size_t gone_rooms[SOURCE_COUNT];
    bool write;  /* something was told */
    Error error; /* the first of reading */
} Describing;

/* Starts the job as an effect of `parent`; session is filled in, the rest zero. */
void describing_start(Engine *engine, Job *parent, Describing *describing);

/* For one that was zeroed, or has ended. */
void describing_free(Describing *describing);

/* True when the user saw the field once, and does not any more. */
bool described_lost(const Described *object, Slice field);

/* Adds what makes the next cycle ask for this object anew, when `error` says that Salesforce refused a
 * statement that was made of what it told before. */
void describing_forget(StoreOps *ops, Slice object, Error error);

#endif
