/*
 * Shown: whether accounts still show what was pushed. Another user, or an import, may overwrite our fields;
 * the score does not change by it, so nothing would be pushed until the next touch. When a window brought
 * accounts, those that others changed since the last question are asked for what they show, in one query over
 * REST: rows that we changed last are not among them, so our own echo costs a call and no rows. What is
 * pushed is pushed anew where it differs. The values are compared and kept nowhere.
 */
#ifndef PERLY_SYNC_UPKEEP_SHOWN_H
#define PERLY_SYNC_UPKEEP_SHOWN_H

#include "salesforce/describe.h"
#include "salesforce/query.h"
#include "sync/run/session.h"

#define SHOWN_NAME SLICE("Account (shown)")

typedef struct ShownAccount {
    Slice id;
    bool has_score;
    int64_t score;
    Slice level; /* empty: none */
} ShownAccount;

typedef struct Shown {
    Job job; /* first */
    Session *session;
    int64_t asked_ms; /* server time of the last question; TIME_MS_MIN: never */
    int64_t seen_ms;  /* the end of the accounts' window: what is marked is scored by this cycle's cut */

    Arena memory;
    Arena scratch;
    Request request;
    RequestSpec spec;
    SfQueryPage page;
    ShownAccount *accounts;
    size_t count;
    size_t room;
    int64_t asking_ms; /* server time of this question */
    bool answered;
} Shown;

/* True when there is something to ask about: the org has our fields, and the user sees them. */
bool shown_may_ask(const SfDescribe *account);

/* Starts the job as an effect of `parent`. What stands before `memory` is filled in, the rest zero. */
void shown_start(Engine *engine, Job *parent, Shown *shown);

#endif
