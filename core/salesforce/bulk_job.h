/*
 * A Bulk API 2.0 job as Salesforce describes it, for query and ingest jobs alike (Bulk API 2.0 Developer
 * Guide, "Get Information About a Query Job", "Get Job Info").
 */
#ifndef PERLY_SALESFORCE_BULK_JOB_H
#define PERLY_SALESFORCE_BULK_JOB_H

#include "base/error.h"
#include "salesforce/ids.h"

typedef enum SfBulkState {
    SF_BULK_OPEN,            /* ingest: waits for its data */
    SF_BULK_UPLOAD_COMPLETE, /* queued */
    SF_BULK_IN_PROGRESS,
    SF_BULK_JOB_COMPLETE,
    SF_BULK_FAILED,
    SF_BULK_ABORTED
} SfBulkState;

typedef struct SfBulkJob {
    char id[SF_ID_BYTES];
    SfBulkState state;
    Slice object;        /* empty when the answer does not say (PATCH answers are partial) */
    Slice api_version;   /* "66.0": results are served at this version alone (409 otherwise); or empty */
    Slice error_message; /* of a failed job; often empty, which says nothing */
    int64_t created_ms;  /* server time; TIME_MS_MIN when the answer does not say */
    bool has_counts;     /* the answer of a create has none */
    uint64_t processed;  /* may lag while the job is in progress */
    uint64_t failed;     /* ingest */
} SfBulkJob;

/*
 * Reads the answer of create, poll, close or abort. ERROR_SF_ANSWER for any other document, and for a state
 * that is none of the six. Slices live in `arena`.
 */
Error sf_bulk_job_read(Arena *arena, Slice body, SfBulkJob *job);

/* True once the job will not change any more. */
bool sf_bulk_job_ended(const SfBulkJob *job);

/*
 * What the end of a failed or aborted job means: ERROR_SF_QUERY_TIMEOUT when a shorter window helps,
 * ERROR_SF_UNAVAILABLE when the same again helps, else what the message's code says, else
 * ERROR_SF_BULK_JOB_FAILED. The place's pointer is the job's id. ERROR_OK for any other state.
 */
Error sf_bulk_job_error(Arena *arena, const SfBulkJob *job);

/* The pause before poll number `poll` (from 0): 1 s, then longer, 30 s at most; each poll is an API call. */
uint32_t sf_bulk_poll_delay_ms(uint32_t poll);

#endif
