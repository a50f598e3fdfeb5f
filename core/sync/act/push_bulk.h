/*
 * Scores into Salesforce by Bulk API 2.0 ingest, when there are many: up to BULK_PUSH_ROWS_MAX accounts a
 * job, in place of a request for every two hundred.
 *
 *     left over from before? -> poll it
 *     read what is due -> create -> claim, with the job's id -> upload -> close -> poll -> results -> store
 *
 * The job's id is in the transaction that claims the entries, so that a process that dies leaves a job that
 * the next one goes on with: an update that arrives late must never overwrite a newer one. An upload whose
 * answer was lost is not repeated (Bulk API 2.0 takes one a job): the job is aborted and another one made.
 * Rows come back in another order; they are matched by Id, and one that is in no list is sent again.
 */
#ifndef PERLY_SYNC_ACT_PUSH_BULK_H
#define PERLY_SYNC_ACT_PUSH_BULK_H

#include "csv/reader.h"
#include "salesforce/bulk_ingest.h"
#include "salesforce/bulk_job.h"
#include "sync/act/outbox_entry.h"

enum {
    BULK_PUSH_ROWS_MIN = 2000,  /* fewer go 200 a request: eleven calls at most, without a job's wait */
    BULK_PUSH_ROWS_MAX = 10000, /* what Salesforce counts as one batch of the daily allowance */
    BULK_PUSH_CALLS =
        12, /* requests of a job, about: four polls, three lists of results and a page more among them */
    BULK_PUSH_BYTES_MAX = 4000 * 1000, /* of one upload: a body is at most 4 MiB */
    BULK_PUSH_WAIT_MS = 10 * 60 * 1000 /* then a job is left to the next run, and actions go on */
};

typedef struct BulkPush {
    Job job; /* first */
    Session *session;
    OutboxCounts *counts;

    bool stopped; /* a request failed as a whole: entries are left that were due */
    bool blocked; /* nothing of this kind will be accepted before a person acts */
    Error why;    /* the error behind it; its message lives in the parent's arena */

    Arena memory; /* of one job's entries */
    Arena page;   /* of one exchange */
    StoreQuery query;
    Request request;
    RequestSpec spec;
    Sink sink;
    CsvReader csv;
    OutboxItems items;
    uint32_t *slots; /* open addressing: hash of an account's id to its item + 1 */
    uint32_t slot_count;
    Slice csv_text;
    SfBulkJob bulk;
    char job_id[SF_ID_BYTES];
    char version_text[8]; /* of the job */
    size_t version_length;
    bool left; /* the job is one that an earlier process began */
    bool kept; /* the job is left to the next run */
    double waited_since_ms;
    SfBulkResults list;
    int id_column;
    int error_column;
    Error csv_error;
    Error refused; /* of the job as a whole */
    uint32_t polls;
} BulkPush;

/* The effect: `push` is zeroed but for session and counts. ERROR_STORE_... and ERROR_CANCELLED; Salesforce's
 * are `why`. */
void bulk_push_start(Engine *engine, Job *parent, BulkPush *push);

/* Whether a job of an earlier process is stored: a StoreRows of INGEST_READ whose context is a bool. */
uint32_t bulk_push_found(void *context, const RowBatch *batch);

#endif
