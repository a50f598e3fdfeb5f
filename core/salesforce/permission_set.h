/*
 * Access to our fields. A field made through the API is invisible to everyone, its maker too, until a
 * permission set grants it (Object Reference, "FieldPermissions"), so there is one set, "Perly Sync", with:
 *
 *     PermissionSet -> ObjectPermissions of Account -> FieldPermissions of each field ->
 * PermissionSetAssignment
 *
 * Each step is looked up before it is made. A row that is already there answers ERROR_SF_DUPLICATE_VALUE,
 * which is fine: look again. Answers of the creates are read by sf_record_created_read, those of the look-ups
 * by sf_query_read with sf_row_id.
 */
#ifndef PERLY_SALESFORCE_PERMISSION_SET_H
#define PERLY_SALESFORCE_PERMISSION_SET_H

#include "salesforce/own_fields.h"

#define SF_PERMISSION_SET_NAME SLICE("Perly_Sync")

/* The set, by its name. A literal. */
Slice sf_permission_set_soql(void);
Error sf_permission_set_create(Arena *arena, Slice version, RequestSpec *spec);

/* Read and edit on Account in the set: field access needs object access in the same set or in the profile. */
Error sf_object_permission_soql(Arena *arena, Slice set_id, Slice *soql);
Error sf_object_permission_create(Arena *arena, Slice version, Slice set_id, RequestSpec *spec);

/*
 * Rows of the set for our fields: Id, Field ("Account.Perly_Health_Score__c", "Task.Perly_Key__c"),
 * PermissionsEdit. sf_field_permission_row tells which field a row is about.
 */
Error sf_field_permissions_soql(Arena *arena, Slice set_id, Slice *soql);
Error sf_field_permission_row(JsonValue record, bool *known, SfOwnField *field, bool *edit);
Error sf_field_permission_create(Arena *arena, Slice version, Slice set_id, SfOwnField field, bool edit,
                                 RequestSpec *spec);

/* A permission set by its name or label, or the hidden one that a profile of that name owns. */
Error sf_reader_soql(Arena *arena, Slice name, Slice *soql);

/* The active user of that username. */
Error sf_user_soql(Arena *arena, Slice username, Slice *soql);

/* The set in the hands of anybody, and of one user. */
Error sf_assignments_soql(Arena *arena, Slice set_id, Slice *soql);
Error sf_assignment_soql(Arena *arena, Slice set_id, Slice user_id, Slice *soql);
Error sf_assignment_create(Arena *arena, Slice version, Slice set_id, Slice user_id, RequestSpec *spec);

/* Row function of sf_query_read whose context is a char[SF_ID_BYTES]: keeps the Id of the last row. */
Error sf_row_id(void *context, JsonValue record);

#endif
