#include "salesforce/bulk_job.h"

#include "base/buffer.h"
#include "base/number.h"
#include "base/time.h"
#include "salesforce/errors.h"
#include "salesforce/internal.h"

enum { POLL_DELAY_MS_MIN = 1000, POLL_DELAY_MS_MAX = 30000 };

static const Slice state_names[] = {SLICE_INIT("Open"),       SLICE_INIT("UploadComplete"),
                                    SLICE_INIT("InProgress"), SLICE_INIT("JobComplete"),
                                    SLICE_INIT("Failed"),     SLICE_INIT("Aborted")};

static Error read_state(JsonValue root, SfBulkState *state)
{
    const JsonValue value = json_get(root, SLICE("state"));
    Slice name = SLICE("");
    RETURN_IF_ERROR(json_text(value, &name));
    for (size_t i = 0; i < sizeof state_names / sizeof state_names[0]; i++) {
        if (slice_equal(name, state_names[i])) {
            *state = (SfBulkState)i;
            return ERROR_NONE;
        }
    }
    return json_error(value, ERROR_JSON_TYPE, SLICE("an unknown state of a job"));
}

/* A number in JSON, 46.0, which the path of a request writes "46.0"; some answers have it as text. */
static Error read_version(Arena *arena, JsonValue root, Slice *version)
{
    const JsonValue value = json_get(root, SLICE("apiVersion"));
    if (json_type(value) == JSON_TEXT) {
        return answer_text(arena, root, SLICE("apiVersion"), SLICE(""), version);
    }
    double number = 0;
    RETURN_IF_ERROR(json_double_or(value, 0, &number));
    if (!(number > 0 && number < 1000)) {
        *version = SLICE("");
        return ERROR_NONE;
    }
    char text[NUMBER_TEXT_BYTES + 320];
    const size_t length = number_print_fixed(number, 1, text);
    return arena_keep(arena, slice_make(text, length), version)
               ? ERROR_NONE
               : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an answer"));
}

static Error read_job(Arena *arena, Slice body, SfBulkJob *job)
{
    JsonDocument document;
    RETURN_IF_ERROR(json_parse(arena, body, &document));
    const JsonValue root = json_root(&document);
    SfBulkJob read = {0};
    Slice id = SLICE("");
    bool has_failed = false;
    RETURN_IF_ERROR(json_text(json_get(root, SLICE("id")), &id));
    if (sf_id_normalise(id, read.id).code != ERROR_OK) {
        return json_error(json_get(root, SLICE("id")), ERROR_JSON_TYPE, SLICE("not an id"));
    }
    RETURN_IF_ERROR(read_state(root, &read.state));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("object"), SLICE(""), &read.object));
    RETURN_IF_ERROR(read_version(arena, root, &read.api_version));
    RETURN_IF_ERROR(answer_text(arena, root, SLICE("errorMessage"), SLICE(""), &read.error_message));
    RETURN_IF_ERROR(answer_time(root, SLICE("createdDate"), TIME_MS_MIN, &read.created_ms));
    RETURN_IF_ERROR(answer_count(root, SLICE("numberRecordsProcessed"), &read.has_counts, &read.processed));
    RETURN_IF_ERROR(answer_count(root, SLICE("numberRecordsFailed"), &has_failed, &read.failed));
    *job = read;
    return ERROR_NONE;
}

Error sf_bulk_job_read(Arena *arena, Slice body, SfBulkJob *job)
{
    return answer_error(SLICE("Bulk job"), read_job(arena, body, job));
}

bool sf_bulk_job_ended(const SfBulkJob *job)
{
    return job->state == SF_BULK_JOB_COMPLETE || job->state == SF_BULK_FAILED ||
           job->state == SF_BULK_ABORTED;
}

/* "QUERY_TIMEOUT : Your query request was running for too long": the code before the first colon. */
static ErrorCode failure_code(Slice message)
{
    static const struct {
        Slice mark;
        ErrorCode code;
    } marks[] = {
        {SLICE_INIT("QUERY_TIMEOUT"), ERROR_SF_QUERY_TIMEOUT},
        {SLICE_INIT("running for too long"), ERROR_SF_QUERY_TIMEOUT},
        {SLICE_INIT("etried more than"), ERROR_SF_QUERY_TIMEOUT}, /* "fifteen times", "15 times" */
        {SLICE_INIT("not supported in Bulk"), ERROR_SF_QUERY_UNSUPPORTED},
        {SLICE_INIT("Unexpected exception encountered in query processing"), ERROR_SF_UNAVAILABLE},
        {SLICE_INIT("insufficient access rights"), ERROR_SF_PERMISSION},
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (slice_find(message, marks[i].mark, 0) != SIZE_MAX) {
            return marks[i].code;
        }
    }
    const Slice code = slice_trim(slice_part(message, 0, slice_find_byte(message, ':', 0)));
    return sf_error_code(code, message, ERROR_SF_BULK_JOB_FAILED);
}

Error sf_bulk_job_error(Arena *arena, const SfBulkJob *job)
{
    if (job->state != SF_BULK_FAILED && job->state != SF_BULK_ABORTED) {
        return ERROR_NONE;
    }
    const Slice reason =
        job->error_message.length == 0 ? SLICE("Salesforce says no reason") : job->error_message;
    Slice id = {NULL, 0};
    if (!arena_keep(arena, slice_make(job->id, SF_ID_BYTES), &id)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an answer"));
    }
    Error error = sf_record_error(
        arena, job->state == SF_BULK_FAILED ? SLICE("a Bulk job failed") : SLICE("a Bulk job was aborted"),
        reason, NULL, 0, id);
    error.code = failure_code(job->error_message);
    error.place.source = job->object;
    return error;
}

uint32_t sf_bulk_poll_delay_ms(uint32_t poll)
{
    uint32_t delay_ms = POLL_DELAY_MS_MIN;
    for (uint32_t i = 0; i < poll && delay_ms < POLL_DELAY_MS_MAX; i++) {
        delay_ms += delay_ms / 2;
    }
    return delay_ms < POLL_DELAY_MS_MAX ? delay_ms : POLL_DELAY_MS_MAX;
}
