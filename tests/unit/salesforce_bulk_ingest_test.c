#include "salesforce.h"
#include "salesforce/bulk_ingest.h"

#define ID "750R0000000zlh9IAA"
#define PATH "/services/data/v66.0/jobs/ingest/" ID

static const Slice version = SLICE_INIT("66.0");
static const Slice job_id = SLICE_INIT(ID);

static void writes_requests(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_bulk_ingest_create(arena, version, SLICE("Account"), &spec), ERROR_OK, "update");
    CHECK_SPEC(
        arena, spec,
        "ingest.create: POST /services/data/v66.0/jobs/ingest\nContent-Type: application/json\n\n"
        "{\"object\":\"Account\",\"operation\":\"update\",\"contentType\":\"CSV\",\"lineEnding\":\"LF\"}",
        "update");
    CHECK_ERROR(sf_bulk_ingest_upload(arena, version, job_id, SLICE("Id,X__c\n001,#N/A\n"), &spec), ERROR_OK,
                "upload");
    CHECK_SPEC(arena, spec,
               "once ingest.upload: PUT " PATH "/batches\nContent-Type: text/csv\n\nId,X__c\n001,#N/A\n",
               "upload");
    CHECK_ERROR(sf_bulk_ingest_close(arena, version, job_id, &spec), ERROR_OK, "close");
    CHECK_SPEC(arena, spec,
               "once ingest.close: PATCH " PATH
               "\nContent-Type: application/json\n\n{\"state\":\"UploadComplete\"}",
               "close");
    CHECK_ERROR(sf_bulk_ingest_abort(arena, version, job_id, &spec), ERROR_OK, "abort");
    CHECK_SPEC(arena, spec,
               "ingest.abort: PATCH " PATH "\nContent-Type: application/json\n\n{\"state\":\"Aborted\"}",
               "abort");
    CHECK_ERROR(sf_bulk_ingest_poll(arena, version, job_id, &spec), ERROR_OK, "poll");
    CHECK_SPEC(arena, spec, "ingest.poll: GET " PATH "\n", "poll");
    CHECK_ERROR(sf_bulk_ingest_delete(arena, version, job_id, &spec), ERROR_OK, "delete");
    CHECK_SPEC(arena, spec, "ingest.delete: DELETE " PATH "\n", "delete");
    scratch_close(&scratch);
}

static void asks_for_each_list(void)
{
    static const Slice paths[] = {SLICE_INIT(PATH "/successfulResults/"), SLICE_INIT(PATH "/failedResults/")};
    const Sink sink = {0};
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (int i = 0; i <= SF_BULK_FAILED_ROWS; i++) {
        RequestSpec spec;
        CHECK_ERROR(sf_bulk_ingest_results(arena, version, job_id, (SfBulkResults)i, &sink, &spec), ERROR_OK,
                    "list");
        CHECK_TEXT(spec.path, paths[i], "path");
        CHECK_TEXT(spec.accept, SLICE("text/csv"), "accept");
        CHECK(spec.sink == &sink && spec.method == METHOD_GET && !spec.once);
    }
    scratch_close(&scratch);
}

TEST_MAIN(writes_requests, asks_for_each_list)
