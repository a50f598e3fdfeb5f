#include "salesforce.h"
#include "salesforce/collections.h"

#define AT_0800 INT64_C(1795420800000) /* 2026-11-23T08:00:00.000Z */

static const Slice version = SLICE_INIT("66.0");

static void writes_values(void)
{
    const SfField fields[] = {
        SF_TEXT_FIELD(SLICE("A"), SLICE("q\"b\\n\n\x01\xc3\xa9")),
        SF_NUMBER_FIELD(SLICE("B"), 41.5),
        SF_NUMBER_FIELD(SLICE("C"), 87),
        SF_BOOL_FIELD(SLICE("D"), true),
        SF_BOOL_FIELD(SLICE("E"), false),
        SF_TIME_FIELD(SLICE("F"), AT_0800),
        SF_DATE_FIELD(SLICE("G"), AT_0800),
        SF_NULL_FIELD(SLICE("H")),
    };
    const SfRecord record = {.fields = fields, .field_count = sizeof fields / sizeof fields[0]};
    Scratch scratch;
    Buffer body;
    buffer_init(&body, scratch_open(&scratch), 0);
    JsonWriter json = {&body, false};
    sf_record_write(&json, &record);
    CHECK_TEXT(buffer_slice(&body),
               SLICE("{\"A\":\"q\\\"b\\\\n\\n\\u0001\xc3\xa9\",\"B\":41.5,\"C\":87,\"D\":true,\"E\":false,"
                     "\"F\":\"2026-11-23T08:00:00.000Z\",\"G\":\"2026-11-23\",\"H\":null}"),
               "every kind");
    scratch_close(&scratch);
}

static void updates_scores(void)
{
    const SfField scored[] = {SF_NUMBER_FIELD(SLICE("Perly_Health_Score__c"), 24),
                              SF_TEXT_FIELD(SLICE("Perly_Risk_Level__c"), SLICE("Critical")),
                              SF_TIME_FIELD(SLICE("Perly_Last_Updated__c"), AT_0800)};
    const SfField blanked[] = {SF_NULL_FIELD(SLICE("Perly_Health_Score__c")),
                               SF_NULL_FIELD(SLICE("Perly_Risk_Level__c"))};
    const SfRecord records[] = {{SLICE("Account"), SLICE("0015500001QdQWaAAN"), scored, 3},
                                {SLICE("Account"), SLICE("0015500001QdQWbAAN"), blanked, 2}};
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_collection_update(arena, version, records, 2, &spec), ERROR_OK, "update");
    CHECK_SPEC(
        arena, spec,
        "collection.update: PATCH /services/data/v66.0/composite/sobjects\n"
        "Content-Type: application/json\n\n"
        "{\"allOrNone\":false,\"records\":["
        "{\"attributes\":{\"type\":\"Account\"},\"id\":\"0015500001QdQWaAAN\",\"Perly_Health_Score__c\":24,"
        "\"Perly_Risk_Level__c\":\"Critical\",\"Perly_Last_Updated__c\":\"2026-11-23T08:00:00.000Z\"},"
        "{\"attributes\":{\"type\":\"Account\"},\"id\":\"0015500001QdQWbAAN\",\"Perly_Health_Score__c\":null,"
        "\"Perly_Risk_Level__c\":null}]}",
        "update");
    scratch_close(&scratch);
}

static void upserts_and_creates(void)
{
    const SfField fields[] = {SF_TEXT_FIELD(SLICE("Perly_Key__c"), SLICE("k1"))};
    const SfRecord record = {SLICE("Task"), SLICE(""), fields, 1};
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_collection_upsert(arena, version, SLICE("Task"), SLICE("Perly_Key__c"), &record, 1, &spec),
                ERROR_OK, "upsert");
    CHECK_SPEC(
        arena, spec,
        "collection.upsert: PATCH /services/data/v66.0/composite/sobjects/Task/Perly_Key__c\n"
        "Content-Type: application/json\n\n"
        "{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Task\"},\"Perly_Key__c\":\"k1\"}]}",
        "upsert");
    CHECK_ERROR(sf_collection_create(arena, version, &record, 1, &spec), ERROR_OK, "create");
    CHECK_SPEC(
        arena, spec,
        "once collection.create: POST /services/data/v66.0/composite/sobjects\n"
        "Content-Type: application/json\n\n"
        "{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Task\"},\"Perly_Key__c\":\"k1\"}]}",
        "create");
    scratch_close(&scratch);
}

#define GOOD "{\"id\":\"0015500001QdQWaAAN\",\"success\":true,\"errors\":[],\"created\":true}"
#define BAD                                                                                                  \
    "{\"id\":\"0015500001QdQWb\",\"success\":false,\"errors\":[{\"statusCode\":\"UNABLE_TO_LOCK_ROW\","      \
    "\"message\":\"unable to obtain exclusive access\",\"fields\":[]}]}"
#define UNNAMED "{\"success\":false,\"errors\":[]}"

static void reads_results_in_order(void)
{
    Scratch scratch;
    Scratch other;
    Arena *arena = scratch_open(&scratch);
    Arena *aside = scratch_open(&other);
    SfResult results[3];
    CHECK_ERROR(sf_collection_read(arena, aside, SLICE("[" GOOD "," BAD "," UNNAMED "]"), results, 3),
                ERROR_OK, "three");
    CHECK_ERROR(results[0].error, ERROR_OK, "written");
    CHECK_TEXT(slice_make(results[0].id, SF_ID_BYTES), SLICE("0015500001QdQWaAAN"), "id");
    CHECK(results[0].created && !results[1].created);
    CHECK_ERROR(results[1].error, ERROR_SF_RECORD_LOCKED, "locked");
    CHECK_TEXT(results[1].error.message, SLICE("UNABLE_TO_LOCK_ROW: unable to obtain exclusive access"),
               "message");
    CHECK_TEXT(results[1].error.place.pointer, SLICE("0015500001QdQWbAAN"), "which record");
    CHECK_ERROR(results[2].error, ERROR_SF_REFUSED, "no reason given");
    scratch_close(&scratch);
    scratch_close(&other);
}

static void refuses_results_that_do_not_fit(void)
{
    static const Slice bad[] = {
        SLICE_INIT("[" GOOD "]"),
        SLICE_INIT("[" GOOD "," GOOD "," GOOD "]"),
        SLICE_INIT("[]"),
        SLICE_INIT("{}"),
        SLICE_INIT(""),
        SLICE_INIT("[" GOOD ",null]"),
        SLICE_INIT("[" GOOD ",{\"success\":\"true\"}]"),
        SLICE_INIT("[" GOOD ",{\"success\":true}]"),
        SLICE_INIT("[" GOOD ",{\"success\":true,\"id\":\"short\"}]"),
        SLICE_INIT("[" GOOD "," BAD),
        SLICE_INIT("<html></html>"),
    };
    Scratch scratch;
    Scratch other;
    Arena *arena = scratch_open(&scratch);
    Arena *aside = scratch_open(&other);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        SfResult results[2];
        CHECK_ERROR(sf_collection_read(arena, aside, bad[i], results, 2), ERROR_SF_ANSWER, bad[i].data);
    }
    scratch_close(&scratch);
    scratch_close(&other);
}

static void creates_and_deletes_single_records(void)
{
    const SfField fields[] = {SF_TEXT_FIELD(SLICE("Name"), SLICE("Perly_Sync"))};
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    char id[SF_ID_BYTES];
    CHECK_ERROR(sf_record_create(arena, version, SLICE("setup"), SLICE("PermissionSet"), fields, 1, &spec),
                ERROR_OK, "create");
    CHECK_SPEC(
        arena, spec,
        "once setup: POST /services/data/v66.0/sobjects/PermissionSet\nContent-Type: application/json\n\n"
        "{\"Name\":\"Perly_Sync\"}",
        "create");
    CHECK_ERROR(sf_record_delete(arena, version, SLICE("setup"), SLICE("PermissionSet"),
                                 SLICE("0PSxx0000000001"), &spec),
                ERROR_OK, "delete");
    CHECK_SPEC(arena, spec, "setup: DELETE /services/data/v66.0/sobjects/PermissionSet/0PSxx0000000001\n",
               "delete");
    CHECK_ERROR(sf_record_created_read(arena, SLICE(GOOD), id), ERROR_OK, "created");
    CHECK_TEXT(slice_make(id, SF_ID_BYTES), SLICE("0015500001QdQWaAAN"), "id");
    CHECK_ERROR(sf_record_created_read(arena, SLICE(BAD), id), ERROR_SF_RECORD_LOCKED, "its own error");
    CHECK_ERROR(sf_record_created_read(arena, SLICE("{\"success\":true}"), id), ERROR_SF_ANSWER, "no id");
    CHECK_ERROR(sf_record_created_read(arena, SLICE("[]"), id), ERROR_SF_ANSWER, "no object");
    CHECK_ERROR(sf_record_created_read(arena, SLICE(""), id), ERROR_SF_ANSWER, "nothing");
    scratch_close(&scratch);
}

TEST_MAIN(reads_results_in_order, refuses_results_that_do_not_fit, creates_and_deletes_single_records,
          writes_values, updates_scores, upserts_and_creates)
