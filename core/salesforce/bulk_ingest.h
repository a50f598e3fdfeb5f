/*
 * Bulk API 2.0 ingest jobs, for many updates at once: create, upload one CSV, close, poll, read what became
 * of each row (Bulk API 2.0 Developer Guide, "Walkthrough for Bulk Ingest"). Answers of create, close, poll
 * and abort are read by sf_bulk_job_read.
 *
 * Rows come back in another order than they were sent, so the CSV carries its key column. An empty value
 * leaves a field alone; csv_write_null's clears it.
 */
#ifndef PERLY_SALESFORCE_BULK_INGEST_H
#define PERLY_SALESFORCE_BULK_INGEST_H

#include "job/request.h"

/* The column that failed rows have before ours: sf_bulk_row_error (errors.h) reads it. */
#define SF_BULK_RESULT_ERROR SLICE("sf__Error")

/* A job that updates by Id. May be repeated: a job without data is forgotten by itself after a day. */
Error sf_bulk_ingest_create(Arena *arena, Slice version, Slice object, RequestSpec *spec);

/*
 * The job's one upload: once. After an unclear outcome the job is aborted and another made, since a second
 * upload is not taken. The path is built from the id: the contentUrl of answers comes in several forms.
 */
Error sf_bulk_ingest_upload(Arena *arena, Slice version, Slice job_id, Slice csv, RequestSpec *spec);

/* Hands the upload over: once; after an unclear outcome a poll tells whether it was closed. */
Error sf_bulk_ingest_close(Arena *arena, Slice version, Slice job_id, RequestSpec *spec);

Error sf_bulk_ingest_poll(Arena *arena, Slice version, Slice job_id, RequestSpec *spec);
Error sf_bulk_ingest_abort(Arena *arena, Slice version, Slice job_id, RequestSpec *spec);
Error sf_bulk_ingest_delete(Arena *arena, Slice version, Slice job_id, RequestSpec *spec);

typedef enum SfBulkResults { SF_BULK_SUCCESSFUL, SF_BULK_FAILED_ROWS } SfBulkResults;

/* One of two result lists, as CSV into `sink`; each has a header row even when it has no others. */
Error sf_bulk_ingest_results(Arena *arena, Slice version, Slice job_id, SfBulkResults which, const Sink *sink,
                             RequestSpec *spec);

#endif
