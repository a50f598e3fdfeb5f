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
    sf_record_append(&body, &record);
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

TEST_MAIN(writes_values, updates_scores, upserts_and_creates)
