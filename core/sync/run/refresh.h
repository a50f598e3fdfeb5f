/*
 * Renewing the session: one job for all requests that found it over. The new tokens are sealed and stored,
 * under the guard of the lease, before any request uses them. A refusal marks the connection as lost and says
 * so to every request that waited; nothing else is touched.
 */
#ifndef PERLY_SYNC_RUN_REFRESH_H
#define PERLY_SYNC_RUN_REFRESH_H

#include "sync/run/session.h"

/* Starts the job as a root; it frees itself and calls request_refreshed for all of session->waiting. With no
 * memory for the job it calls them at once. */
void refresh_start(Session *session);

/* The effect: renews the session now, whether it is over or not. Its error is the renewal's. */
void refresh_for(Job *job, Session *session);

/* True when this root job is the refresh: the product's root_ended hands it to refresh_ended. */
bool refresh_is(const Job *job);
void refresh_ended(Job *job);

/* Frees one that runs, when its job was dropped with the engine. */
void refresh_drop(Session *session);

#endif
