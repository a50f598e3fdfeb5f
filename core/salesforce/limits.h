/*
 * The org's limits (REST API Developer Guide, "Limits"). Accurate to some minutes; the Sforce-Limit-Info
 * header of every answer (headers.h) is newer. Needs the permission View Setup: a 403 is not fatal, the
 * header remains.
 */
#ifndef PERLY_SALESFORCE_LIMITS_H
#define PERLY_SALESFORCE_LIMITS_H

#include "job/request.h"

typedef struct SfLimit {
    bool known; /* the org named it; unknown is not zero */
    uint64_t max;
    uint64_t remaining;
} SfLimit;

typedef struct SfLimits {
    SfLimit api_requests;    /* DailyApiRequests */
    SfLimit bulk_query_jobs; /* DailyBulkV2QueryJobs */
    SfLimit bulk_query_mb;   /* DailyBulkV2QueryFileStorageMB */
    SfLimit bulk_batches;    /* DailyBulkApiBatches: ingest */
    SfLimit data_storage_mb; /* DataStorageMB */
} SfLimits;

Error sf_limits(Arena *arena, Slice version, RequestSpec *spec);

/* A limit that the answer leaves out, or words otherwise, is unknown. ERROR_SF_ANSWER when it is no object.
 */
Error sf_limits_read(Arena *arena, Slice body, SfLimits *limits);

/* Roughly how many rows objects have. `objects` are valid names, at least one. */
Error sf_record_counts(Arena *arena, Slice version, const Slice *objects, size_t count, RequestSpec *spec);

/*
 * The count of one object in that answer; false when it is not there: it has no rows, or the user may not see
 * it.
 */
Error sf_record_counts_read(Arena *arena, Slice body, Slice object, bool *found, uint64_t *rows);

#endif
