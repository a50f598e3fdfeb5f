/*
 * Every reader of core/salesforce on any body: the first byte chooses the reader. A reader either gives a
 * result that holds what its header promises, or an error of its own kind; what JSON objects to never comes
 * through as such.
 */
#include "salesforce.h"
#include "salesforce/bulk_job.h"
#include "salesforce/collections.h"
#include "salesforce/composite.h"
#include "salesforce/describe.h"
#include "salesforce/limits.h"
#include "salesforce/own_fields.h"
#include "salesforce/permission_set.h"
#include "salesforce/permissions.h"
#include "salesforce/query.h"
#include "salesforce/record.h"
#include "salesforce/token.h"
#include "salesforce/versions.h"

static Error token(FuzzArenas *arenas, Slice body)
{
    SfToken read;
    const Error error = sf_token_read(&arenas->result, body, SLICE("https://login.salesforce.com"), &read);
    if (error.code == ERROR_OK) {
        perly_assert(read.access_token.length != 0 && sf_id_valid(slice_make(read.org_id, SF_ID_BYTES)));
        perly_assert(slice_starts_with(read.instance_url, SLICE("https://")) ||
                     slice_starts_with(read.instance_url, SLICE("HTTPS://")) || read.instance_url.length > 8);
        RequestSpec spec;
        const Error identity = sf_identity(&arenas->result, read.identity_url, &spec);
        perly_assert(identity.code == ERROR_OK || identity.code == ERROR_SF_ANSWER ||
                     identity.code == ERROR_SF_REQUEST_TOO_LONG);
    }
    return error;
}

static Error identity(FuzzArenas *arenas, Slice body)
{
    SfIdentity read;
    return sf_identity_read(&arenas->result, body, &read);
}

static Error job(FuzzArenas *arenas, Slice body)
{
    SfBulkJob read;
    const Error error = sf_bulk_job_read(&arenas->result, body, &read);
    if (error.code == ERROR_OK) {
        const Error end = sf_bulk_job_error(&arenas->result, &read);
        fuzz_check_message(end);
        perly_assert(end.code == ERROR_OK || sf_bulk_job_ended(&read));
    }
    return error;
}

static Error versions(FuzzArenas *arenas, Slice body)
{
    Slice version = SLICE("");
    const Error error = sf_versions_negotiate(&arenas->result, body, SF_VERSION_OURS, &version);
    perly_assert(error.code != ERROR_OK ||
                 (sf_version_valid(version) && sf_version_compare(version, SF_VERSION_OURS) <= 0 &&
                  sf_version_compare(version, SF_VERSION_OLDEST) >= 0));
    return error.code == ERROR_SF_VERSION ? ERROR_NONE : error;
}

static Error limits(FuzzArenas *arenas, Slice body)
{
    SfLimits read;
    bool found = false;
    uint64_t rows = 0;
    RETURN_IF_ERROR(sf_limits_read(&arenas->result, body, &read));
    return sf_record_counts_read(&arenas->result, body, SLICE("Account"), &found, &rows);
}

static Error describe(FuzzArenas *arenas, Slice body)
{
    SfDescribe read;
    const Error error = sf_describe_read(&arenas->result, &arenas->scratch, body, SF_PICKLISTS_READ, &read);
    for (size_t i = 0; error.code == ERROR_OK && i < read.field_count; i++) {
        perly_assert(read.fields[i].name.length != 0 && sf_describe_find(&read, read.fields[i].name) != NULL);
        for (int own = 0; own < SF_OWN_FIELD_COUNT; own++) {
            const Error check = sf_own_field_check(&arenas->result, (SfOwnField)own, &read.fields[i]);
            perly_assert(check.code == ERROR_OK || check.code == ERROR_SF_NAME_TAKEN);
        }
    }
    return error;
}

static Error describe_global(FuzzArenas *arenas, Slice body)
{
    SfPreflight preflight = {.has_objects = true};
    SfFinding findings[SF_CAPABILITY_COUNT];
    const Error error = sf_describe_global_read(&arenas->scratch, body, sf_preflight_object, &preflight);
    sf_capabilities(&preflight, findings);
    for (int i = 0; i < SF_CAPABILITY_COUNT; i++) {
        perly_assert((findings[i].verdict == SF_YES) == (findings[i].grant.length == 0));
    }
    return error;
}

static Error collection(FuzzArenas *arenas, Slice body)
{
    SfResult results[3];
    const Error error = sf_collection_read(&arenas->result, &arenas->scratch, body, results, 3);
    for (size_t i = 0; error.code == ERROR_OK && i < 3; i++) {
        fuzz_check_message(results[i].error);
        perly_assert(results[i].error.code != ERROR_OK ||
                     sf_id_valid(slice_make(results[i].id, SF_ID_BYTES)));
    }
    return error;
}

static Error created(FuzzArenas *arenas, Slice body)
{
    char id[SF_ID_BYTES];
    const Error error = sf_record_created_read(&arenas->result, body, id);
    fuzz_check_message(error);
    perly_assert(error.code != ERROR_OK || sf_id_valid(slice_make(id, SF_ID_BYTES)));
    return error.code == ERROR_SF_ANSWER ? error : ERROR_NONE; /* else the record's own error */
}

static Error on_row(void *context, JsonValue record)
{
    SfVerdict verdicts[SF_PERMISSION_COUNT] = {SF_UNKNOWN};
    char id[SF_ID_BYTES];
    SfOwnField field = SF_OWN_HEALTH_SCORE;
    bool known = false;
    bool edit = false;
    (void)context;
    (void)sf_own_fields_row(record, &known, &field, id);
    (void)sf_field_permission_row(record, &known, &field, &edit);
    (void)sf_row_id(id, record);
    return sf_permissions_row(verdicts, record);
}

static Error query(FuzzArenas *arenas, Slice body)
{
    SfQueryPage page;
    const Error error = sf_query_read(&arenas->result, &arenas->scratch, body, on_row, NULL, &page);
    perly_assert(error.code != ERROR_OK || page.done == (page.next_path.length == 0));
    return error;
}

static Error on_part(void *context, const SfCompositePart *part)
{
    FuzzArenas *arenas = context;
    fuzz_check_message(part->error);
    perly_assert((part->status == 200 || part->status == 304) == (part->error.code == ERROR_OK));
    if (part->body.length != 0) {
        JsonDocument document;
        perly_assert(json_parse(&arenas->result, part->body, &document).code == ERROR_OK);
    }
    return ERROR_NONE;
}

static Error composite(FuzzArenas *arenas, Slice body)
{
    SfCompositeReader reader;
    const size_t half = body.length / 2;
    sf_composite_begin(&reader, &arenas->scratch, 2, on_part, arenas);
    RETURN_IF_ERROR(sf_composite_feed(&reader, slice_part(body, 0, half), false));
    return sf_composite_feed(&reader, slice_part(body, half, body.length), true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Error (*const readers[])(FuzzArenas *, Slice) = {
        token,           identity,   job,     versions, limits,   describe,
        describe_global, collection, created, query,    composite};
    if (size < 1 || size > 100000) {
        return 0;
    }
    FuzzArenas arenas;
    fuzz_open(&arenas);
    const Slice body = slice_make((const char *)data + 1, size - 1);
    const Error error = readers[data[0] % (sizeof readers / sizeof readers[0])](&arenas, body);
    perly_assert(error.code == ERROR_OK || error.code == ERROR_SF_ANSWER);
    fuzz_close(&arenas);
    return 0;
}
