/*
 * The lease: one engine an org at a time. Its row has a fencing token, which every transaction checks, and a
 * counter, which the holder raises at least every 10 s. No two clocks are compared: on SQLite a contender
 * takes over once it has itself seen the same token and counter for 45 s; on PostgreSQL the guard compares
 * times that the server wrote. A host that can prove the holder dead takes over at once.
 */
#ifndef PERLY_SYNC_RUN_LEASE_H
#define PERLY_SYNC_RUN_LEASE_H

#include "sync/run/session.h"

enum { LEASE_RENEW_MS = 10000, LEASE_WATCH_MS = 15000, LEASE_TAKE_MS = 45000, LEASE_SILENT_MS = 30000 };

/* Taking the lease: a child job. */
typedef struct LeaseTake {
    Job job;
    Session *session;
    Slice holder;     /* who we are, for the one who waits: "host 1234" */
    bool holder_dead; /* the host has proof */
    StoreQuery query;
    int64_t token;
    int64_t counter;
    int64_t first_token;
    int64_t first_counter;
    double watched_since_ms;
    bool watching;
    bool taking;
    Slice other; /* who holds it */
} LeaseTake;

/* ERROR_LEASE_HELD names the holder. Afterwards session->lease_token is set. */
void lease_take(Engine *engine, Job *parent, LeaseTake *take);

/* Ends the wait for another's lease. A commit that takes it runs to its end: one that was cut off may have
 * happened, and a lease that nobody knows of makes others wait. */
void lease_take_stop(LeaseTake *take);

/* Keeping it: a root job that renews until it is stopped. */
typedef struct LeaseKeeper {
    Job job;
    Session *session;
    Arena memory;
    Job *stopped_for; /* completed when the keeper has ended */
    bool running;
} LeaseKeeper;

void lease_keep(LeaseKeeper *keeper, Session *session);

/* The effect: ends the keeper. */
void lease_keep_stop(Job *job, LeaseKeeper *keeper);

/* The effect: gives the lease back, and stores what the budget counted. */
void lease_release(Job *job, Session *session);

#endif
