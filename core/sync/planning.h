/*
 * Planning: what the org has of what the configuration wants. Each object is described before its window, so
 * a field that was added today is in today's pull.
 */
#ifndef PERLY_SYNC_PLANNING_H
#define PERLY_SYNC_PLANNING_H

#include "config/document.h"
#include "map/plan.h"
#include "sync/session.h"

enum { PLANNING_ALL_FIELDS_MAX = 200 }; /* custom fields that "*" maps as columns of one table */

typedef struct Planning {
    Job job; /* first */
    Session *session;
    Source source;
    const Config *config;
    Arena memory; /* holds the plan: until planning_free */
    Request request;
    RequestSpec spec;
    Plan *plan; /* the result */
} Planning;

/* Starts the job as an effect of `parent`. session, source and config are filled in. */
void planning_start(Engine *engine, Job *parent, Planning *planning);

/* For one that was zeroed, or has ended. */
void planning_free(Planning *planning);

/* How many columns of the plan are attributes; the mapped ones follow. */
uint32_t planning_attribute_count(const Plan *plan);

#endif
