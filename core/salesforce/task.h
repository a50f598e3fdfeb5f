/*
 * Tasks for account owners (Object Reference, "Task"). Where the org has our key field on Activity, tasks are
 * upserted by it and none is ever made twice; where it may not be created, a task carries the key's marker in
 * its description and is looked for before it is made again.
 */
#ifndef PERLY_SALESFORCE_TASK_H
#define PERLY_SALESFORCE_TASK_H

#include "salesforce/collections.h"
#include "salesforce/marker.h"

enum { SF_TASK_SUBJECT_UNITS_MAX = 255, SF_TASK_DESCRIPTION_UNITS_MAX = 32000, SF_TASK_FIELDS_MAX = 12 };

/* The custom field on Activity, as records name it. */
#define SF_TASK_KEY_FIELD SLICE("Perly_Key__c")

typedef struct SfTask {
    Slice key; /* 40 hexadecimal digits */
    Slice owner_id;
    Slice what_id; /* the account */
    Slice who_id;  /* a contact, or empty */
    Slice subject;
    Slice description;
    Slice status;   /* of this org's TaskStatus; empty: the org's default */
    Slice priority; /* of this org's picklist; empty: the org's default */
    bool has_due;
    bool has_reminder;
    int64_t due_ms;      /* any instant of the due day in UTC */
    int64_t reminder_ms; /* an instant */
} SfTask;

/* Upserts 1 to 200 tasks by key. May be repeated. */
Error sf_task_upsert(Arena *arena, Slice version, const SfTask *tasks, size_t count, RequestSpec *spec);

/* Creates tasks in an org without the key field: once, with the marker in the description. */
Error sf_task_create(Arena *arena, Slice version, const SfTask *tasks, size_t count, RequestSpec *spec);

/*
 * The query that finds tasks of the second kind after an unclear outcome: those on the account (empty: on
 * none) that `user_id` made since `since_ms` (the attempt's start in server time, less five minutes). Look
 * into each Description with sf_marker_found: the field itself cannot be filtered.
 */
Error sf_task_find(Arena *arena, Slice account_id, Slice user_id, int64_t since_ms, Slice *soql);

#endif
