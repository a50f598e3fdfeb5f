#include "salesforce.h"
#include "salesforce/permission_set.h"
#include "salesforce/query.h"

static const Slice version = SLICE_INIT("66.0");
static const Slice set_id = SLICE_INIT("0PSxx0000000001GAA");
static const Slice user_id = SLICE_INIT("005B0000005V71XIAS");

#define CREATE(purpose, object, body)                                                                        \
    "once setup." purpose ": POST /services/data/v66.0/sobjects/" object                                     \
    "\nContent-Type: application/json\n\n" body

static void creates_each_step(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_permission_set_create(arena, version, &spec), ERROR_OK, "set");
    CHECK_SPEC(arena, spec,
               CREATE("set", "PermissionSet",
                      "{\"Name\":\"Perly_Sync\",\"Label\":\"Perly Sync\","
                      "\"Description\":\"Access to the fields that Perly writes\"}"),
               "set");
    CHECK_ERROR(sf_object_permission_create(arena, version, set_id, &spec), ERROR_OK, "object");
    CHECK_SPEC(
        arena, spec,
        CREATE("object", "ObjectPermissions",
               "{\"ParentId\":\"0PSxx0000000001GAA\",\"SobjectType\":\"Account\",\"PermissionsRead\":true,"
               "\"PermissionsEdit\":true}"),
        "object");
    CHECK_ERROR(sf_field_permission_create(arena, version, set_id, SF_OWN_KEY, true, &spec), ERROR_OK,
                "field");
    CHECK_SPEC(
        arena, spec,
        CREATE(
            "access", "FieldPermissions",
            "{\"ParentId\":\"0PSxx0000000001GAA\",\"SobjectType\":\"Task\",\"Field\":\"Task.Perly_Key__c\","
            "\"PermissionsRead\":true,\"PermissionsEdit\":true}"),
        "field");
    CHECK_ERROR(sf_assignment_create(arena, version, set_id, user_id, &spec), ERROR_OK, "assignment");
    CHECK_SPEC(arena, spec,
               CREATE("assign", "PermissionSetAssignment",
                      "{\"AssigneeId\":\"005B0000005V71XIAS\",\"PermissionSetId\":\"0PSxx0000000001GAA\"}"),
               "assignment");
    scratch_close(&scratch);
}

static void looks_each_step_up(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    Slice soql = SLICE("");
    CHECK_ERROR(sf_object_permission_soql(arena, set_id, &soql), ERROR_OK, "object");
    CHECK_TEXT(
        soql,
        SLICE("SELECT Id FROM ObjectPermissions WHERE ParentId = '0PSxx0000000001GAA' AND SobjectType = "
              "'Account'"),
        "object");
    CHECK_ERROR(sf_field_permissions_soql(arena, set_id, &soql), ERROR_OK, "fields");
    CHECK_TEXT(
        soql,
        SLICE(
            "SELECT Id,Field,PermissionsEdit FROM FieldPermissions WHERE ParentId = '0PSxx0000000001GAA' AND "
            "SobjectType IN ('Account','Task')"),
        "fields");
    CHECK_ERROR(sf_assignment_soql(arena, set_id, user_id, &soql), ERROR_OK, "assignment");
    CHECK_TEXT(
        soql,
        SLICE("SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = '0PSxx0000000001GAA' AND "
              "AssigneeId = '005B0000005V71XIAS'"),
        "assignment");
    CHECK(slice_find(sf_permission_set_soql(), SF_PERMISSION_SET_NAME, 0) != SIZE_MAX);
    scratch_close(&scratch);
}

static void reads_rows(void)
{
    Scratch scratch;
    Scratch other;
    Arena *arena = scratch_open(&scratch);
    SfQueryPage page;
    char id[SF_ID_BYTES] = {0};
    CHECK_ERROR(
        sf_query_read(arena, scratch_open(&other),
                      SLICE("{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"0PSxx0000000001\"}]}"),
                      sf_row_id, id, &page),
        ERROR_OK, "one row");
    CHECK_TEXT(slice_make(id, SF_ID_BYTES), SLICE("0PSxx0000000001GAA"), "its id");
    CHECK_ERROR(sf_query_read(arena, &other.arena,
                              SLICE("{\"totalSize\":1,\"done\":true,\"records\":[{\"Id\":\"odd\"}]}"),
                              sf_row_id, id, &page),
                ERROR_SF_ANSWER, "no id");
    static const struct {
        Slice json;
        SfOwnField field;
        bool known;
        bool edit;
    } rows[] = {
        {SLICE_INIT("{\"Field\":\"Account.Perly_Risk_Level__c\",\"PermissionsEdit\":true}"), true,
         SF_OWN_RISK_LEVEL, true},
        {SLICE_INIT("{\"Field\":\"Task.Perly_Key__c\",\"PermissionsEdit\":false}"), SF_OWN_KEY, true, false},
        {SLICE_INIT("{\"Field\":\"Event.Perly_Key__c\",\"PermissionsEdit\":true}"), SF_OWN_FIELD_COUNT, false,
         true},
        {SLICE_INIT("{\"Field\":\"Account\",\"PermissionsEdit\":true}"), SF_OWN_FIELD_COUNT, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        JsonDocument document;
        bool known = false;
        bool edit = false;
        SfOwnField field = SF_OWN_FIELD_COUNT;
        CHECK_ERROR(json_parse(arena, rows[i].json, &document), ERROR_OK, rows[i].json.data);
        CHECK_ERROR(sf_field_permission_row(json_root(&document), &known, &field, &edit), ERROR_OK,
                    rows[i].json.data);
        CHECK_NAMED(known == rows[i].known && edit == rows[i].edit, rows[i].json.data);
        CHECK_NAMED(!known || field == rows[i].field, rows[i].json.data);
    }
    scratch_close(&scratch);
    scratch_close(&other);
}

TEST_MAIN(creates_each_step, looks_each_step_up, reads_rows)
