/*
 * Losses: what follows from rows that went, once a cycle's pulls and sweeps have ended.
 *
 * A merged account hands over to the winner what is not Salesforce's to hand over: actions that wait,
 * imported signals, and children that still name it. What waits for an account that is deleted is dropped.
 * Persons who ask to be forgotten (Individual.ShouldForget, asked for once a day: a change of the individual
 * does not touch the contact) are erased from their table and from the change log, and stay out of both; a
 * person account keeps its row, without the name. They
 * and persons who were deleted for good are erased from texts as well (erasing.h).
 */
#ifndef PERLY_SYNC_UPKEEP_LOSSES_H
#define PERLY_SYNC_UPKEEP_LOSSES_H

#include "salesforce/describe.h"
#include "salesforce/query.h"
#include "sync/run/session.h"
#include "sync/upkeep/erasing.h"

#define LOSSES_ASK_MS INT64_C(86400000) /* a day */
#define LOSSES_NAME SLICE("Contact (forgotten)")

typedef struct Losses {
    Job job; /* first */
    Session *session;
    const SfDescribe *contact; /* whether the org has individuals, and the user sees them */
    int64_t asked_ms;          /* server time of the last question; TIME_MS_MIN: never */
    int64_t seen_ms;           /* the end of the accounts' window */
    bool ask;                  /* now, whenever it was asked last */
    bool changed;              /* the cycle brought rows of accounts or contacts, or took some away */

    Arena memory;
    Arena scratch;
    Request request;
    RequestSpec spec;
    SfQueryPage page;
    Slice *ids; /* of contacts to forget */
    size_t id_count;
    size_t id_room;
    bool answered;
    Erasing erasing;
} Losses;

/* Starts the job as an effect of `parent`. What stands before `memory` is filled in, the rest zero. */
void losses_start(Engine *engine, Job *parent, Losses *losses);

#endif
