/*
 * Erasing persons from texts: a contact that is erased (losses.h, sweep.h) may be named in what was written
 * of its accounts before, in reasons of scores and in Tasks and posts that wait or were sent. Who is erased
 * stands in table `note`, a row an account, from the transaction that takes the contact away until its
 * texts are clean; a process that dies in between leaves it to the next.
 */
#ifndef PERLY_SYNC_UPKEEP_ERASING_H
#define PERLY_SYNC_UPKEEP_ERASING_H

#include "store/store.h"

/* So many are erased in one transaction, as ERASING_READ gives them: the lease is renewed between two. */
enum { ERASING_PERSONS_MAX = 200 };

typedef struct ErasedPerson {
    Slice id;
    Slice account_id;
    Slice name;
    uint32_t
        turn; /* place among those of one account: many rows of parameters change a row of a table once */
} ErasedPerson;

/* Zeroed but for `arena`. */
typedef struct Erasing {
    Arena *arena; /* of the persons' texts */
    StoreQuery query;
    ErasedPerson persons[ERASING_PERSONS_MAX];
    uint32_t count;
    Error error; /* the first while rows were taken */
} Erasing;

/* Adds the operation that notes all forgotten contacts that are still there, before they are taken away. */
void erasing_note(StoreOps *ops, int64_t at_ms);

/* The effect: reads who is to be erased from texts, ERASING_PERSONS_MAX at most; when it gives as many, there
 * may be more. */
void erasing_read(Job *job, Erasing *erasing);

/* Adds the operations that clean the texts of their accounts and end the notes. */
void erasing_write(const Erasing *erasing, StoreOps *ops);

#endif
