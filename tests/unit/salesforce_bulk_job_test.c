#include "base/time.h"
#include "salesforce.h"
#include "salesforce/bulk_job.h"

/* The answer of a create, as in Bulk API 2.0, "Create a Query Job". */
#define CREATED                                                                                              \
    "{\"id\":\"750R0000000zlh9IAA\",\"operation\":\"query\",\"object\":\"Account\","                         \
    "\"createdById\":\"005R0000000GiwjIAC\",\"createdDate\":\"2018-12-10T17:50:19.000+0000\","               \
    "\"systemModstamp\":\"2018-12-10T17:50:19.000+0000\",\"state\":\"UploadComplete\","                      \
    "\"concurrencyMode\":\"Parallel\",\"contentType\":\"CSV\",\"apiVersion\":46.0,\"lineEnding\":\"LF\","    \
    "\"columnDelimiter\":\"COMMA\"}"

#define JOB(rest) "{\"id\":\"750R0000000zlh9\"," rest "}"

static void reads_jobs(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    SfBulkJob job;
    CHECK_ERROR(sf_bulk_job_read(arena, SLICE(CREATED), &job), ERROR_OK, "created");
    CHECK_TEXT(slice_make(job.id, SF_ID_BYTES), SLICE("750R0000000zlh9IAA"), "id");
    CHECK_TEXT(job.object, SLICE("Account"), "object");
    CHECK_TEXT(job.api_version, SLICE("46.0"), "version");
    CHECK_INT(job.state, SF_BULK_UPLOAD_COMPLETE, "state");
    CHECK_INT(job.created_ms, INT64_C(1544464219000), "created");
    CHECK(!job.has_counts && !sf_bulk_job_ended(&job));
    CHECK_ERROR(
        sf_bulk_job_read(arena,
                         SLICE(JOB("\"state\":\"JobComplete\",\"jobType\":\"V2Query\",\"apiVersion\":66,"
                                   "\"numberRecordsProcessed\":500,\"numberRecordsFailed\":2,\"retries\":0")),
                         &job),
        ERROR_OK, "complete");
    CHECK_TEXT(slice_make(job.id, SF_ID_BYTES), SLICE("750R0000000zlh9IAA"), "normalised");
    CHECK_TEXT(job.api_version, SLICE("66.0"), "an integer");
    CHECK(job.has_counts && job.processed == 500 && job.failed == 2 && sf_bulk_job_ended(&job));
    CHECK_ERROR(sf_bulk_job_error(arena, &job), ERROR_OK, "complete is no error");
    /* The answer of an abort has ten keys and no counts. */
    CHECK_ERROR(sf_bulk_job_read(arena, SLICE(JOB("\"state\":\"Aborted\",\"apiVersion\":\"66.0\"")), &job),
                ERROR_OK, "aborted");
    CHECK(job.created_ms == TIME_MS_MIN && job.object.length == 0 && sf_bulk_job_ended(&job));
    CHECK_TEXT(job.api_version, SLICE("66.0"), "as text");
    scratch_close(&scratch);
}

static void refuses_other_documents(void)
{
    static const Slice bad[] = {
        SLICE_INIT(""),
        SLICE_INIT("[]"),
        SLICE_INIT("{}"),
        SLICE_INIT("null"),
        SLICE_INIT("{\"state\":\"Open\"}"),
        SLICE_INIT("{\"id\":\"x\",\"state\":\"Open\"}"),
        SLICE_INIT("{\"id\":7,\"state\":\"Open\"}"),
        SLICE_INIT(JOB("\"state\":\"Finished\"")),
        SLICE_INIT(JOB("\"state\":3")),
        SLICE_INIT(JOB("\"state\":\"Open\",\"numberRecordsProcessed\":-1")),
        SLICE_INIT(JOB("\"state\":\"Open\",\"numberRecordsProcessed\":1.5")),
        SLICE_INIT(JOB("\"state\":\"Open\",\"numberRecordsProcessed\":\"7\"")),
        SLICE_INIT(JOB("\"state\":\"Open\",\"createdDate\":\"yesterday\"")),
        SLICE_INIT(JOB("\"state\":\"Open\",\"apiVersion\":[]")),
        SLICE_INIT(JOB("\"state\":\"Open\",\"object\":{}")),
        SLICE_INIT("{\"id\":\"750R0000000zlh9\",\"state\":\"Open\""),
        SLICE_INIT("<html>"),
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SfBulkJob job = {.processed = 42};
        const Error error = sf_bulk_job_read(arena, bad[i], &job);
        CHECK_ERROR(error, ERROR_SF_ANSWER, bad[i].data);
        CHECK_TEXT(error.place.source, SLICE("Bulk job"), bad[i].data);
        CHECK_INT(job.processed, 42, "out-parameter");
    }
    scratch_close(&scratch);
}

static void tells_why_a_job_failed(void)
{
    static const struct {
        Slice message;
        ErrorCode code;
    } rows[] = {
        {SLICE_INIT("QUERY_TIMEOUT : Your query request was running for too long."), ERROR_SF_QUERY_TIMEOUT},
        {SLICE_INIT("Retried more than fifteen times"), ERROR_SF_QUERY_TIMEOUT},
        {SLICE_INIT("The API retried more than 15 times"), ERROR_SF_QUERY_TIMEOUT},
        {SLICE_INIT(
             "InvalidBatch : Failed to process query: FUNCTIONALITY_NOT_ENABLED: Selecting compound data not "
             "supported in Bulk Query"),
         ERROR_SF_QUERY_UNSUPPORTED},
        {SLICE_INIT("Unexpected exception encountered in query processing. Please contact support"),
         ERROR_SF_UNAVAILABLE},
        {SLICE_INIT("insufficient access rights on cross-reference id"), ERROR_SF_PERMISSION},
        {SLICE_INIT("INVALID_FIELD: No such column"), ERROR_SF_FIELD_UNKNOWN},
        {SLICE_INIT("InvalidBatch : Field name not found : X"), ERROR_SF_BULK_JOB_FAILED},
        {SLICE_INIT(""), ERROR_SF_BULK_JOB_FAILED},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        SfBulkJob job = {
            .state = SF_BULK_FAILED, .object = SLICE("Account"), .error_message = rows[i].message};
        memcpy(job.id, "750R0000000zlh9IAA", SF_ID_BYTES);
        const Error error = sf_bulk_job_error(arena, &job);
        CHECK_ERROR(error, rows[i].code, rows[i].message.data);
        CHECK_TEXT(error.place.source, SLICE("Account"), "object");
        CHECK_TEXT(error.place.pointer, SLICE("750R0000000zlh9IAA"), "job");
    }
    const SfBulkJob aborted = {.state = SF_BULK_ABORTED};
    CHECK_TEXT(sf_bulk_job_error(arena, &aborted).message,
               SLICE("a Bulk job was aborted: Salesforce says no reason"), "aborted");
    scratch_close(&scratch);
}

static void polls_ever_more_slowly(void)
{
    CHECK_INT(sf_bulk_poll_delay_ms(0), 1000, "first");
    CHECK_INT(sf_bulk_poll_delay_ms(1), 1500, "second");
    uint32_t before = 0;
    for (uint32_t poll = 0; poll < 100; poll++) {
        CHECK(sf_bulk_poll_delay_ms(poll) >= before && sf_bulk_poll_delay_ms(poll) <= 30000);
        before = sf_bulk_poll_delay_ms(poll);
    }
    CHECK_INT(sf_bulk_poll_delay_ms(UINT32_MAX), 30000, "for ever");
}

TEST_MAIN(reads_jobs, refuses_other_documents, tells_why_a_job_failed, polls_ever_more_slowly)
