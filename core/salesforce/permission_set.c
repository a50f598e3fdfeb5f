#include "salesforce/permission_set.h"

#include "salesforce/internal.h"
#include "salesforce/record.h"
#include "salesforce/soql.h"

Slice sf_permission_set_soql(void)
{
    return SLICE("SELECT Id FROM PermissionSet WHERE Name = 'Perly_Sync' AND NamespacePrefix = null");
}

Error sf_permission_set_create(Arena *arena, Slice version, RequestSpec *spec)
{
    const SfField fields[] = {
        SF_TEXT_FIELD(SLICE("Name"), SF_PERMISSION_SET_NAME),
        SF_TEXT_FIELD(SLICE("Label"), SLICE("Perly Sync")),
        SF_TEXT_FIELD(SLICE("Description"), SLICE("Access to the fields that Perly writes")),
    };
    return sf_record_create(arena, version, SLICE("setup.set"), SLICE("PermissionSet"), fields,
                            sizeof fields / sizeof fields[0], spec);
}

/* "SELECT ... WHERE <column> = '<id>'" and, when it is not empty, " AND <more>". */
static Error select_by(Arena *arena, Slice begin, Slice id, Slice more, Slice *soql)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append(&text, begin);
    RETURN_IF_ERROR(sf_soql_append_text(&text, id));
    buffer_append(&text, more);
    if (text.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a SOQL statement"));
    }
    *soql = buffer_slice(&text);
    return ERROR_NONE;
}

Error sf_object_permission_soql(Arena *arena, Slice set_id, Slice *soql)
{
    return select_by(arena, SLICE("SELECT Id FROM ObjectPermissions WHERE ParentId = "), set_id,
                     SLICE(" AND SobjectType = 'Account'"), soql);
}

Error sf_object_permission_create(Arena *arena, Slice version, Slice set_id, RequestSpec *spec)
{
    const SfField fields[] = {
        SF_TEXT_FIELD(SLICE("ParentId"), set_id),
        SF_TEXT_FIELD(SLICE("SobjectType"), SLICE("Account")),
        SF_BOOL_FIELD(SLICE("PermissionsRead"), true),
        SF_BOOL_FIELD(SLICE("PermissionsEdit"), true),
    };
    return sf_record_create(arena, version, SLICE("setup.object"), SLICE("ObjectPermissions"), fields,
                            sizeof fields / sizeof fields[0], spec);
}

Error sf_field_permissions_soql(Arena *arena, Slice set_id, Slice *soql)
{
    return select_by(arena, SLICE("SELECT Id,Field,PermissionsEdit FROM FieldPermissions WHERE ParentId = "),
                     set_id, SLICE(" AND SobjectType IN ('Account','Task')"), soql);
}

/* "Account.Perly_Health_Score__c" */
static bool is_field(Slice text, const SfOwnFieldFacts *own)
{
    const size_t dot = slice_find_byte(text, '.', 0);
    return slice_equal(slice_part(text, 0, dot), own->object) &&
           slice_equal(slice_part(text, dot + 1, text.length), own->name);
}

Error sf_field_permission_row(JsonValue record, bool *known, SfOwnField *field, bool *edit)
{
    Slice text = SLICE("");
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("Field")), &text));
    RETURN_IF_ERROR(answer_flag(record, SLICE("PermissionsEdit"), edit));
    *known = false;
    for (int i = 0; i < SF_OWN_FIELD_COUNT && !*known; i++) {
        *known = is_field(text, sf_own_field((SfOwnField)i));
        *field = (SfOwnField)i;
    }
    return ERROR_NONE;
}

Error sf_reader_soql(Arena *arena, Slice name, Slice *soql)
{
    Slice begin = SLICE("");
    RETURN_IF_ERROR(select_by(arena, SLICE("SELECT Id FROM PermissionSet WHERE Profile.Name = "), name,
                              SLICE(" OR (IsOwnedByProfile = false AND (Name = "), &begin));
    RETURN_IF_ERROR(select_by(arena, begin, name, SLICE(" OR Label = "), &begin));
    return select_by(arena, begin, name, SLICE(")) ORDER BY IsOwnedByProfile LIMIT 1"), soql);
}

Error sf_field_permission_create(Arena *arena, Slice version, Slice set_id, SfOwnField field, bool edit,
                                 RequestSpec *spec)
{
    const SfOwnFieldFacts *own = sf_own_field(field);
    Buffer name;
    buffer_init(&name, arena, 0);
    buffer_append(&name, own->object);
    buffer_append_byte(&name, '.');
    buffer_append(&name, own->name);
    if (name.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a request"));
    }
    const SfField fields[] = {
        SF_TEXT_FIELD(SLICE("ParentId"), set_id),           SF_TEXT_FIELD(SLICE("SobjectType"), own->object),
        SF_TEXT_FIELD(SLICE("Field"), buffer_slice(&name)), SF_BOOL_FIELD(SLICE("PermissionsRead"), true),
        SF_BOOL_FIELD(SLICE("PermissionsEdit"), edit),
    };
    return sf_record_create(arena, version, SLICE("setup.access"), SLICE("FieldPermissions"), fields,
                            sizeof fields / sizeof fields[0], spec);
}

Error sf_user_soql(Arena *arena, Slice username, Slice *soql)
{
    return select_by(arena, SLICE("SELECT Id FROM User WHERE Username = "), username,
                     SLICE(" AND IsActive = true"), soql);
}

Error sf_assignments_soql(Arena *arena, Slice set_id, Slice *soql)
{
    return select_by(arena, SLICE("SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = "), set_id,
                     SLICE(""), soql);
}

Error sf_assignment_soql(Arena *arena, Slice set_id, Slice user_id, Slice *soql)
{
    Slice begin = SLICE("");
    RETURN_IF_ERROR(select_by(arena, SLICE("SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = "),
                              set_id, SLICE(" AND AssigneeId = "), &begin));
    return select_by(arena, begin, user_id, SLICE(""), soql);
}

Error sf_assignment_create(Arena *arena, Slice version, Slice set_id, Slice user_id, RequestSpec *spec)
{
    const SfField fields[] = {
        SF_TEXT_FIELD(SLICE("AssigneeId"), user_id),
        SF_TEXT_FIELD(SLICE("PermissionSetId"), set_id),
    };
    return sf_record_create(arena, version, SLICE("setup.assign"), SLICE("PermissionSetAssignment"), fields,
                            sizeof fields / sizeof fields[0], spec);
}

Error sf_row_id(void *context, JsonValue record)
{
    const JsonValue value = json_get(record, SLICE("Id"));
    Slice text = SLICE("");
    RETURN_IF_ERROR(json_text(value, &text));
    return sf_id_normalise(text, context).code == ERROR_OK
               ? ERROR_NONE
               : json_error(value, ERROR_JSON_TYPE, SLICE("not an id"));
}
