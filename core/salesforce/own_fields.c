#include "salesforce/own_fields.h"

#include "base/assert.h"
#include "salesforce/internal.h"
#include "salesforce/marker.h"
#include "salesforce/url.h"

enum { KEY_LENGTH = 64 };

static const Slice risk_levels[SF_RISK_LEVEL_COUNT] = {SLICE_INIT("Low"), SLICE_INIT("Medium"),
                                                       SLICE_INIT("High"), SLICE_INIT("Critical")};

static const SfOwnFieldFacts facts[SF_OWN_FIELD_COUNT] = {
    [SF_OWN_HEALTH_SCORE] = {SLICE_INIT("Account"), SLICE_INIT("Account"),
                             SLICE_INIT("Perly_Health_Score__c"), SLICE_INIT("Perly_Health_Score"),
                             SLICE_INIT("Perly Health Score"), SLICE_INIT("Number(3, 0)")},
    [SF_OWN_RISK_LEVEL] = {SLICE_INIT("Account"), SLICE_INIT("Account"), SLICE_INIT("Perly_Risk_Level__c"),
                           SLICE_INIT("Perly_Risk_Level"), SLICE_INIT("Perly Risk Level"),
                           SLICE_INIT("Picklist Low, Medium, High, Critical")},
    [SF_OWN_LAST_UPDATED] = {SLICE_INIT("Account"), SLICE_INIT("Account"),
                             SLICE_INIT("Perly_Last_Updated__c"), SLICE_INIT("Perly_Last_Updated"),
                             SLICE_INIT("Perly Last Updated"), SLICE_INIT("Date/Time")},
    [SF_OWN_KEY] = {SLICE_INIT("Activity"), SLICE_INIT("Task"), SLICE_INIT("Perly_Key__c"),
                    SLICE_INIT("Perly_Key"), SLICE_INIT("Perly Key"),
                    SLICE_INIT("Text(64), unique, case-sensitive, external id")},
};

const SfOwnFieldFacts *sf_own_field(SfOwnField field)
{
    perly_assert((unsigned)field < SF_OWN_FIELD_COUNT);
    return &facts[field];
}

Slice sf_risk_level(size_t index)
{
    perly_assert(index < SF_RISK_LEVEL_COUNT);
    return risk_levels[index];
}

static bool has_level(const SfDescribeField *field, Slice level)
{
    for (size_t i = 0; i < field->picklist_count; i++) {
        if (slice_equal(field->picklist[i], level)) {
            return true;
        }
    }
    return !field->restricted_picklist; /* an open picklist takes any value */
}

static bool is_fit(SfOwnField which, const SfDescribeField *field)
{
    bool fit = !field->calculated;
    switch (which) {
    case SF_OWN_HEALTH_SCORE:
        return fit && field->type == SF_TYPE_DOUBLE && field->precision - field->scale >= 3 &&
               field->precision >= field->scale;
    case SF_OWN_RISK_LEVEL:
        for (size_t i = 0; i < SF_RISK_LEVEL_COUNT; i++) {
            fit = fit && has_level(field, risk_levels[i]);
        }
        return fit && field->type == SF_TYPE_PICKLIST;
    case SF_OWN_LAST_UPDATED: return fit && field->type == SF_TYPE_DATETIME;
    case SF_OWN_KEY:
        return fit && field->type == SF_TYPE_TEXT && field->length >= SF_KEY_BYTES && field->external_id &&
               field->unique;
    case SF_OWN_FIELD_COUNT: break;
    }
    return false;
}

Error sf_own_field_check(Arena *arena, SfOwnField field, const SfDescribeField *described)
{
    if (is_fit(field, described)) {
        return ERROR_NONE;
    }
    const SfOwnFieldFacts *own = sf_own_field(field);
    Error error =
        ERROR_TEXT(arena, ERROR_SF_NAME_TAKEN, own->object, SLICE("."), own->name,
                   SLICE(" exists, but not as "), own->type, SLICE(": it is of type "), described->type_name);
    error.place.source = own->object;
    return error;
}

Slice sf_own_fields_soql(void)
{
    return SLICE("SELECT Id,DeveloperName,TableEnumOrId FROM CustomField WHERE NamespacePrefix = null AND "
                 "TableEnumOrId IN ('Account','Activity') AND DeveloperName IN ('Perly_Health_Score',"
                 "'Perly_Risk_Level','Perly_Last_Updated','Perly_Key')");
}

Error sf_own_fields_row(JsonValue record, bool *known, SfOwnField *field, char id[SF_ID_BYTES])
{
    Slice name = SLICE("");
    Slice table = SLICE("");
    Slice text = SLICE("");
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("DeveloperName")), &name));
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("TableEnumOrId")), &table));
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("Id")), &text));
    for (int i = 0; i < SF_OWN_FIELD_COUNT; i++) {
        if (slice_equal(facts[i].developer_name, name) && slice_equal(facts[i].table, table)) {
            RETURN_IF_ERROR(sf_id_normalise(text, id));
            *field = (SfOwnField)i;
            *known = true;
            return ERROR_NONE;
        }
    }
    *known = false;
    return ERROR_NONE;
}

static void write_flag(JsonWriter *json, Slice name, bool flag)
{
    json_write_bool_member(json, name, flag);
}

static void write_number(JsonWriter *json, Slice name, int64_t number)
{
    json_write_int64_member(json, name, number);
}

/* Restricted, so that nobody types a fifth level; in the order in which people read them. */
static void write_levels(JsonWriter *json)
{
    json_write_key(json, SLICE("valueSet"));
    json_write_object_begin(json);
    write_flag(json, SLICE("restricted"), true);
    json_write_key(json, SLICE("valueSetDefinition"));
    json_write_object_begin(json);
    write_flag(json, SLICE("sorted"), false);
    json_write_key(json, SLICE("value"));
    json_write_array_begin(json);
    for (size_t i = 0; i < SF_RISK_LEVEL_COUNT; i++) {
        json_write_object_begin(json);
        spec_json_pair(json, SLICE("fullName"), risk_levels[i]);
        write_flag(json, SLICE("default"), false);
        spec_json_pair(json, SLICE("label"), risk_levels[i]);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_object_end(json);
    json_write_object_end(json);
}

static void write_type(JsonWriter *json, SfOwnField field)
{
    switch (field) {
    case SF_OWN_HEALTH_SCORE:
        spec_json_pair(json, SLICE("type"), SLICE("Number"));
        write_number(json, SLICE("precision"), 3);
        write_number(json, SLICE("scale"), 0);
        spec_json_pair(json, SLICE("inlineHelpText"), SLICE("0 to 100, written by Perly"));
        break;
    case SF_OWN_RISK_LEVEL:
        spec_json_pair(json, SLICE("type"), SLICE("Picklist"));
        spec_json_pair(json, SLICE("inlineHelpText"),
                       SLICE("Risk of losing this customer, written by Perly"));
        write_levels(json);
        break;
    case SF_OWN_LAST_UPDATED:
        spec_json_pair(json, SLICE("type"), SLICE("DateTime"));
        spec_json_pair(json, SLICE("inlineHelpText"), SLICE("When Perly calculated the score shown here"));
        break;
    case SF_OWN_KEY:
        spec_json_pair(json, SLICE("type"), SLICE("Text"));
        write_number(json, SLICE("length"), KEY_LENGTH);
        write_flag(json, SLICE("externalId"), true);
        write_flag(json, SLICE("unique"), true);
        write_flag(json, SLICE("caseSensitive"), true);
        spec_json_pair(json, SLICE("inlineHelpText"), SLICE("Lets Perly find the tasks it made"));
        break;
    case SF_OWN_FIELD_COUNT: break;
    }
}

static void append_full_name(Buffer *text, const SfOwnFieldFacts *own)
{
    buffer_append(text, own->table);
    buffer_append_byte(text, '.');
    buffer_append(text, own->name);
}

Error sf_own_field_create(Arena *arena, Slice version, SfOwnField field, RequestSpec *spec)
{
    const SfOwnFieldFacts *own = sf_own_field(field);
    Buffer path;
    spec_path(&path, arena, version, SLICE("/tooling/sobjects/CustomField"));
    Buffer full_name;
    buffer_init(&full_name, arena, 0);
    append_full_name(&full_name, own);
    Buffer body;
    buffer_init(&body, arena, 0);
    JsonWriter json = {&body, false};
    json_write_object_begin(&json);
    spec_json_pair(&json, SLICE("FullName"), buffer_slice(&full_name));
    json_write_key(&json, SLICE("Metadata"));
    json_write_object_begin(&json);
    spec_json_pair(&json, SLICE("label"), own->label);
    spec_json_pair(&json, SLICE("description"), SLICE("Made and written by Perly"));
    write_flag(&json, SLICE("required"), false);
    write_type(&json, field);
    json_write_object_end(&json);
    json_write_object_end(&json);
    body.failed = body.failed || full_name.failed;
    RETURN_IF_ERROR(spec_finish(spec, METHOD_POST, SLICE("setup.field"), &path, SPEC_JSON, &body));
    spec->once = true;
    return ERROR_NONE;
}

Error sf_own_field_error(Arena *arena, Error error)
{
    if (error.code != ERROR_SF_PERMISSION && error.code != ERROR_SF_ACCESS_DENIED &&
        error.code != ERROR_SF_OBJECT_UNKNOWN && error.code != ERROR_SF_RECORD_GONE) {
        return error;
    }
    return ERROR_TEXT(arena, ERROR_SF_PERMISSION,
                      SLICE("the connected user may not make fields, which takes Customize Application: "),
                      error.message);
}

Error sf_own_field_delete(Arena *arena, Slice version, Slice id, RequestSpec *spec)
{
    Buffer path;
    spec_path(&path, arena, version, SLICE("/tooling/sobjects/CustomField/"));
    sf_url_append(&path, id);
    return spec_finish(spec, METHOD_DELETE, SLICE("setup.undo"), &path, SLICE(""), NULL);
}
