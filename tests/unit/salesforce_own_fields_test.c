#include "salesforce.h"
#include "salesforce/own_fields.h"

static const Slice version = SLICE_INIT("66.0");

static void writes_the_fields(void)
{
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    RequestSpec spec;
    CHECK_ERROR(sf_own_field_create(arena, version, SF_OWN_HEALTH_SCORE, &spec), ERROR_OK, "score");
    CHECK_SPEC(
        arena, spec,
        "once setup.field: POST /services/data/v66.0/tooling/sobjects/CustomField\n"
        "Content-Type: application/json\n\n"
        "{\"FullName\":\"Account.Perly_Health_Score__c\",\"Metadata\":{\"label\":\"Perly Health Score\","
        "\"description\":\"Made and written by "
        "Perly\",\"required\":false,\"type\":\"Number\",\"precision\":3,"
        "\"scale\":0,\"inlineHelpText\":\"0 to 100, written by Perly\"}}",
        "score");
    CHECK_ERROR(sf_own_field_create(arena, version, SF_OWN_RISK_LEVEL, &spec), ERROR_OK, "level");
    CHECK_TEXT(
        spec.body,
        SLICE("{\"FullName\":\"Account.Perly_Risk_Level__c\",\"Metadata\":{\"label\":\"Perly Risk Level\","
              "\"description\":\"Made and written by Perly\",\"required\":false,\"type\":\"Picklist\","
              "\"inlineHelpText\":\"Risk of losing this customer, written by Perly\","
              "\"valueSet\":{\"restricted\":true,\"valueSetDefinition\":{\"sorted\":false,\"value\":["
              "{\"fullName\":\"Low\",\"default\":false,\"label\":\"Low\"},"
              "{\"fullName\":\"Medium\",\"default\":false,\"label\":\"Medium\"},"
              "{\"fullName\":\"High\",\"default\":false,\"label\":\"High\"},"
              "{\"fullName\":\"Critical\",\"default\":false,\"label\":\"Critical\"}]}}}}"),
        "level");
    CHECK_ERROR(sf_own_field_create(arena, version, SF_OWN_LAST_UPDATED, &spec), ERROR_OK, "updated");
    CHECK_TEXT(
        spec.body,
        SLICE(
            "{\"FullName\":\"Account.Perly_Last_Updated__c\",\"Metadata\":{\"label\":\"Perly Last Updated\","
            "\"description\":\"Made and written by Perly\",\"required\":false,\"type\":\"DateTime\","
            "\"inlineHelpText\":\"When Perly calculated the score shown here\"}}"),
        "updated");
    CHECK_ERROR(sf_own_field_create(arena, version, SF_OWN_KEY, &spec), ERROR_OK, "key");
    CHECK_TEXT(spec.body,
               SLICE("{\"FullName\":\"Activity.Perly_Key__c\",\"Metadata\":{\"label\":\"Perly Key\","
                     "\"description\":\"Made and written by "
                     "Perly\",\"required\":false,\"type\":\"Text\",\"length\":64,"
                     "\"externalId\":true,\"unique\":true,\"caseSensitive\":true,"
                     "\"inlineHelpText\":\"Lets Perly find the tasks it made\"}}"),
               "key");
    CHECK_ERROR(sf_own_field_delete(arena, version, SLICE("00Nxx0000000001AAA"), &spec), ERROR_OK, "delete");
    CHECK_SPEC(arena, spec,
               "setup.undo: DELETE /services/data/v66.0/tooling/sobjects/CustomField/00Nxx0000000001AAA\n",
               "delete");
    scratch_close(&scratch);
}

static const Slice four[] = {SLICE_INIT("Low"), SLICE_INIT("Medium"), SLICE_INIT("High"),
                             SLICE_INIT("Critical")};
static const Slice three[] = {SLICE_INIT("Low"), SLICE_INIT("Medium"), SLICE_INIT("High")};

static void refuses_fields_of_other_types(void)
{
    static const struct {
        const char *name;
        SfDescribeField field;
        SfOwnField which;
        ErrorCode code;
    } rows[] = {
        {"ours", {.type = SF_TYPE_DOUBLE, .precision = 3}, SF_OWN_HEALTH_SCORE, ERROR_OK},
        {"with decimals",
         {.type = SF_TYPE_DOUBLE, .precision = 5, .scale = 2},
         SF_OWN_HEALTH_SCORE,
         ERROR_OK},
        {"too narrow",
         {.type = SF_TYPE_DOUBLE, .precision = 4, .scale = 2},
         SF_OWN_HEALTH_SCORE,
         ERROR_SF_NAME_TAKEN},
        {"odd",
         {.type = SF_TYPE_DOUBLE, .precision = 1, .scale = 2},
         SF_OWN_HEALTH_SCORE,
         ERROR_SF_NAME_TAKEN},
        {"formula",
         {.type = SF_TYPE_DOUBLE, .precision = 3, .calculated = true},
         SF_OWN_HEALTH_SCORE,
         ERROR_SF_NAME_TAKEN},
        {"text", {.type = SF_TYPE_TEXT, .length = 80}, SF_OWN_HEALTH_SCORE, ERROR_SF_NAME_TAKEN},
        {"ours",
         {.type = SF_TYPE_PICKLIST, .picklist = four, .picklist_count = 4, .restricted_picklist = true},
         SF_OWN_RISK_LEVEL,
         ERROR_OK},
        {"three levels",
         {.type = SF_TYPE_PICKLIST, .picklist = three, .picklist_count = 3, .restricted_picklist = true},
         SF_OWN_RISK_LEVEL,
         ERROR_SF_NAME_TAKEN},
        {"open",
         {.type = SF_TYPE_PICKLIST, .picklist = three, .picklist_count = 3},
         SF_OWN_RISK_LEVEL,
         ERROR_OK},
        {"text", {.type = SF_TYPE_TEXT, .length = 80}, SF_OWN_RISK_LEVEL, ERROR_SF_NAME_TAKEN},
        {"ours", {.type = SF_TYPE_DATETIME}, SF_OWN_LAST_UPDATED, ERROR_OK},
        {"a date", {.type = SF_TYPE_DATE}, SF_OWN_LAST_UPDATED, ERROR_SF_NAME_TAKEN},
        {"ours",
         {.type = SF_TYPE_TEXT, .length = 64, .external_id = true, .unique = true},
         SF_OWN_KEY,
         ERROR_OK},
        {"not unique",
         {.type = SF_TYPE_TEXT, .length = 64, .external_id = true},
         SF_OWN_KEY,
         ERROR_SF_NAME_TAKEN},
        {"too short",
         {.type = SF_TYPE_TEXT, .length = 39, .external_id = true, .unique = true},
         SF_OWN_KEY,
         ERROR_SF_NAME_TAKEN},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_ERROR(sf_own_field_check(arena, rows[i].which, &rows[i].field), rows[i].code, rows[i].name);
    }
    const SfDescribeField text = {.type = SF_TYPE_TEXT, .type_name = SLICE("string")};
    CHECK_TEXT(sf_own_field_check(arena, SF_OWN_HEALTH_SCORE, &text).message,
               SLICE("Account.Perly_Health_Score__c exists, but not as Number(3, 0): it is of type string"),
               "message");
    scratch_close(&scratch);
}

static void reads_tooling_rows(void)
{
    static const struct {
        Slice json;
        ErrorCode code;
        bool known;
        SfOwnField field;
    } rows[] = {
        {SLICE_INIT("{\"attributes\":{\"type\":\"CustomField\"},\"Id\":\"00Nxx0000000001\","
                    "\"DeveloperName\":\"Perly_Risk_Level\",\"TableEnumOrId\":\"Account\"}"),
         ERROR_OK, true, SF_OWN_RISK_LEVEL},
        {SLICE_INIT(
             "{\"Id\":\"00Nxx0000000001\",\"DeveloperName\":\"Perly_Key\",\"TableEnumOrId\":\"Activity\"}"),
         ERROR_OK, true, SF_OWN_KEY},
        {SLICE_INIT(
             "{\"Id\":\"00Nxx0000000001\",\"DeveloperName\":\"Perly_Key\",\"TableEnumOrId\":\"Account\"}"),
         ERROR_OK, false, SF_OWN_FIELD_COUNT},
        {SLICE_INIT("{\"Id\":\"odd\",\"DeveloperName\":\"Perly_Key\",\"TableEnumOrId\":\"Activity\"}"),
         ERROR_SF_ID, false, SF_OWN_FIELD_COUNT},
        {SLICE_INIT("{\"DeveloperName\":\"Perly_Key\",\"TableEnumOrId\":\"Activity\"}"), ERROR_JSON_TYPE,
         false, SF_OWN_FIELD_COUNT},
        {SLICE_INIT("null"), ERROR_JSON_TYPE, false, SF_OWN_FIELD_COUNT},
    };
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        JsonDocument document;
        bool known = false;
        SfOwnField field = SF_OWN_FIELD_COUNT;
        char id[SF_ID_BYTES];
        CHECK_ERROR(json_parse(arena, rows[i].json, &document), ERROR_OK, rows[i].json.data);
        CHECK_ERROR(sf_own_fields_row(json_root(&document), &known, &field, id), rows[i].code,
                    rows[i].json.data);
        CHECK_NAMED(known == rows[i].known && field == rows[i].field, rows[i].json.data);
    }
    for (int i = 0; i < SF_OWN_FIELD_COUNT; i++) {
        const SfOwnFieldFacts *own = sf_own_field((SfOwnField)i);
        CHECK_NAMED(slice_find(sf_own_fields_soql(), own->developer_name, 0) != SIZE_MAX, own->name.data);
        CHECK_NAMED(slice_starts_with(own->name, own->developer_name), own->name.data);
    }
    scratch_close(&scratch);
}

static void names_the_permission_that_is_lacking(void)
{
    static const ErrorCode refusals[] = {ERROR_SF_PERMISSION, ERROR_SF_ACCESS_DENIED, ERROR_SF_OBJECT_UNKNOWN,
                                         ERROR_SF_RECORD_GONE};
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const Error error = sf_own_field_error(arena, error_make(refusals[i], SLICE("NOT_FOUND: no")));
        CHECK_ERROR(error, ERROR_SF_PERMISSION, error_name(refusals[i]).data);
        CHECK_TEXT(error.message,
                   SLICE("the connected user may not make fields, which takes Customize Application: "
                         "NOT_FOUND: no"),
                   error_name(refusals[i]).data);
    }
    CHECK_ERROR(sf_own_field_error(arena, error_make(ERROR_SF_BUSY, SLICE("x"))), ERROR_SF_BUSY, "another");
    CHECK_ERROR(sf_own_field_error(arena, ERROR_NONE), ERROR_OK, "none");
    scratch_close(&scratch);
}

TEST_MAIN(writes_the_fields, refuses_fields_of_other_types, reads_tooling_rows,
          names_the_permission_that_is_lacking)
