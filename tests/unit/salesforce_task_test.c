#include "salesforce.h"
#include "salesforce/task.h"

#define AT_0800 INT64_C(1795420800000) /* 2026-11-23T08:00:00.000Z */
#define KEY "0123456789abcdef0123456789abcdef01234567"

static const Slice version = SLICE_INIT("66.0");

static const SfTask full = {.key = SLICE_INIT(KEY),
                            .owner_id = SLICE_INIT("005B0000005V71XIAS"),
                            .what_id = SLICE_INIT("0015500001QdQWaAAN"),
                            .who_id = SLICE_INIT("0035500001QdQWaAAN"),
                            .subject = SLICE_INIT("Acme is at critical risk"),
                            .description = SLICE_INIT("no touch for 41 days\nchampion left"),
                            .status = SLICE_INIT("Not Started"),
                            .priority = SLICE_INIT("High"),
                            .has_due = true,
                            .due_ms = AT_0800 + 2 * INT64_C(86400000),
                            .has_reminder = true,
                            .reminder_ms = AT_0800};

static void upserts_by_key(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_task_upsert(arena, version, &full, 1, &spec), ERROR_OK, "full");
    CHECK_SPEC(
        arena, spec,
        "task.upsert: PATCH /services/data/v66.0/composite/sobjects/Task/Perly_Key__c\n"
        "Content-Type: application/json\n\n"
        "{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Task\"},\"Perly_Key__c\":\"" KEY "\","
        "\"Subject\":\"Acme is at critical risk\",\"OwnerId\":\"005B0000005V71XIAS\","
        "\"WhatId\":\"0015500001QdQWaAAN\",\"WhoId\":\"0035500001QdQWaAAN\",\"ActivityDate\":\"2026-11-25\","
        "\"Status\":\"Not Started\",\"Priority\":\"High\","
        "\"Description\":\"no touch for 41 days\\nchampion left\",\"IsReminderSet\":true,"
        "\"ReminderDateTime\":\"2026-11-23T08:00:00.000Z\"}]}",
        "full");
    const SfTask bare = {
        .key = SLICE(KEY), .owner_id = full.owner_id, .what_id = full.what_id, .subject = SLICE("x")};
    CHECK_ERROR(sf_task_upsert(arena, version, &bare, 1, &spec), ERROR_OK, "bare");
    CHECK_TEXT(
        spec.body,
        SLICE("{\"allOrNone\":false,\"records\":[{\"attributes\":{\"type\":\"Task\"},\"Perly_Key__c\":\"" KEY
              "\",\"Subject\":\"x\",\"OwnerId\":\"005B0000005V71XIAS\",\"WhatId\":\"0015500001QdQWaAAN\"}]}"),
        "what is empty is the org's default");
    scratch_close(&scratch);
}

static void marks_where_there_is_no_key(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_task_create(arena, version, &full, 1, &spec), ERROR_OK, "create");
    CHECK(spec.once && spec.method == METHOD_POST);
    CHECK_TEXT(spec.purpose, SLICE("task.create"), "purpose");
    CHECK(slice_find(spec.body, SLICE("\"Perly_Key__c\""), 0) == SIZE_MAX);
    CHECK(slice_find(spec.body, SLICE("champion left\\n\\n[perly:" KEY "]\""), 0) != SIZE_MAX);
    Slice soql = {NULL, 0};
    CHECK_ERROR(sf_task_find(arena, full.what_id, full.owner_id, AT_0800, &soql), ERROR_OK, "find");
    CHECK_TEXT(soql,
               SLICE("SELECT Id,Description FROM Task WHERE CreatedDate >= 2026-11-23T08:00:00.000Z AND "
                     "(WhatId = '0015500001QdQWaAAN' AND CreatedById = '005B0000005V71XIAS')"),
               "find");
    scratch_close(&scratch);
}

static void fits_the_fields(void)
{
    static char text[40000];
    memset(text, 'a', sizeof text);
    SfTask task = full;
    task.subject = slice_make(text, 300);
    task.description = slice_make(text, sizeof text);
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_task_upsert(arena, version, &task, 1, &spec), ERROR_OK, "long");
    const size_t subject = slice_find(spec.body, SLICE("\"Subject\":\""), 0) + 11;
    CHECK_INT(slice_find_byte(spec.body, '"', subject) - subject, SF_TASK_SUBJECT_UNITS_MAX - 1 + 3,
              "subject");
    const size_t description = slice_find(spec.body, SLICE("\"Description\":\""), 0) + 15;
    CHECK_INT(slice_find_byte(spec.body, '"', description) - description,
              SF_TASK_DESCRIPTION_UNITS_MAX - 1 + 3, "description");
    CHECK_ERROR(sf_task_create(arena, version, &task, 1, &spec), ERROR_OK, "long, marked");
    const size_t marked = slice_find(spec.body, SLICE("\"Description\":\""), 0) + 15;
    CHECK(slice_find_byte(spec.body, '"', marked) - marked <= SF_TASK_DESCRIPTION_UNITS_MAX + 4);
    CHECK(sf_marker_found(spec.body, SLICE(KEY)));
    scratch_close(&scratch);
}

static void fails_at_every_allocation(void)
{
    bool done = false;
    for (long fail_at = 1; !done; fail_at++) {
        Scratch scratch;
        Arena *arena = scratch_open(&scratch);
        scratch.memory.fail_at = fail_at;
        RequestSpec spec = {.body = SLICE("untouched")};
        const Error error = sf_task_create(arena, version, &full, 1, &spec);
        done = error.code == ERROR_OK;
        if (!done) {
            CHECK_ERROR(error, ERROR_OUT_OF_MEMORY, "no memory");
            CHECK_TEXT(spec.body, SLICE("untouched"), "out-parameter");
        }
        scratch_close(&scratch);
    }
}

TEST_MAIN(upserts_by_key, marks_where_there_is_no_key, fits_the_fields, fails_at_every_allocation)
