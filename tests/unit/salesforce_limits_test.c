#include "salesforce.h"
#include "salesforce/limits.h"

static void reads_what_is_known(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    SfLimits limits;
    CHECK_ERROR(sf_limits_read(arena,
                               SLICE("{\"DailyApiRequests\":{\"Max\":100000,\"Remaining\":98765,"
                                     "\"Ant Migration Tool\":{\"Max\":0,\"Remaining\":0}},"
                                     "\"DailyBulkV2QueryJobs\":{\"Max\":10000,\"Remaining\":9999},"
                                     "\"DailyBulkV2QueryFileStorageMB\":{\"Max\":976562},"
                                     "\"DailyBulkApiBatches\":{\"Max\":\"15000\",\"Remaining\":-1}}"),
                               &limits),
                ERROR_OK, "limits");
    CHECK(limits.api_requests.known && limits.api_requests.max == 100000 &&
          limits.api_requests.remaining == 98765);
    CHECK(limits.bulk_query_jobs.known && limits.bulk_query_jobs.remaining == 9999);
    CHECK_NAMED(!limits.bulk_query_mb.known, "half a limit is unknown");
    CHECK_NAMED(!limits.bulk_batches.known, "one of another type is unknown");
    CHECK_NAMED(!limits.data_storage_mb.known, "a missing one is unknown");
    CHECK_ERROR(sf_limits_read(arena, SLICE("[]"), &limits), ERROR_SF_ANSWER, "no object");
    CHECK_ERROR(sf_limits_read(arena, SLICE("{"), &limits), ERROR_SF_ANSWER, "cut");
    RequestSpec spec;
    CHECK_ERROR(sf_limits(arena, SLICE("66.0"), &spec), ERROR_OK, "request");
    CHECK_SPEC(arena, spec, "limits: GET /services/data/v66.0/limits\n", "request");
    scratch_close(&scratch);
}

static void reads_counts(void)
{
    static const Slice objects[] = {SLICE_INIT("Account"), SLICE_INIT("Contact")};
    static const Slice body = SLICE_INIT("{\"sObjects\":[{\"count\":3,\"name\":\"Account\"}]}");
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    bool found = false;
    uint64_t rows = 0;
    CHECK_ERROR(sf_record_counts(arena, SLICE("66.0"), objects, 2, &spec), ERROR_OK, "request");
    CHECK_SPEC(arena, spec, "counts: GET /services/data/v66.0/limits/recordCount?sObjects=Account,Contact\n",
               "request");
    CHECK_ERROR(sf_record_counts_read(arena, body, SLICE("account"), &found, &rows), ERROR_OK, "there");
    CHECK(found && rows == 3);
    CHECK_ERROR(sf_record_counts_read(arena, body, SLICE("Contact"), &found, &rows), ERROR_OK, "left out");
    CHECK(!found && rows == 0);
    CHECK_ERROR(sf_record_counts_read(arena, SLICE("{}"), SLICE("Contact"), &found, &rows), ERROR_SF_ANSWER,
                "other");
    scratch_close(&scratch);
}

TEST_MAIN(reads_what_is_known, reads_counts)
