/*
 * The four custom fields that Perly makes in an org, as one table, and the Tooling API calls that find and
 * make them (Tooling API, "CustomField"). Look first: describe shows a field that is there and visible; the
 * Tooling query also shows one that nobody may see yet. A field of the name but of another type is the
 * customer's and is never touched.
 */
#ifndef PERLY_SALESFORCE_OWN_FIELDS_H
#define PERLY_SALESFORCE_OWN_FIELDS_H

#include "json/document.h"
#include "salesforce/describe.h"
#include "salesforce/ids.h"

typedef enum SfOwnField {
    SF_OWN_HEALTH_SCORE, /* Account, Number(3,0) */
    SF_OWN_RISK_LEVEL,   /* Account, restricted picklist Low, Medium, High, Critical */
    SF_OWN_LAST_UPDATED, /* Account, date and time */
    SF_OWN_KEY,          /* Activity, so on Task and Event: unique external id */
    SF_OWN_FIELD_COUNT
} SfOwnField;

typedef struct SfOwnFieldFacts {
    Slice table;          /* where it is made: "Account", "Activity" */
    Slice object;         /* where it is described, written and granted: "Account", "Task" */
    Slice name;           /* "Perly_Health_Score__c" */
    Slice developer_name; /* without __c, as the Tooling API has it */
    Slice label;
    Slice type; /* for people: "Number(3, 0)" */
} SfOwnFieldFacts;

const SfOwnFieldFacts *sf_own_field(SfOwnField field);

enum { SF_RISK_LEVEL_COUNT = 4 };

/* "Low", "Medium", "High", "Critical": the picklist in its order. */
Slice sf_risk_level(size_t index);

/*
 * ERROR_SF_NAME_TAKEN, in words, unless a described field is fit for its purpose; the picklists must have
 * been read. Whether the user may write it is not asked here.
 */
Error sf_own_field_check(Arena *arena, SfOwnField field, const SfDescribeField *described);

/* The Tooling query (SF_QUERY_TOOLING) for all four, whether visible or not. A literal. */
Slice sf_own_fields_soql(void);

/* Reads one of its rows. ERROR_SF_ANSWER for another row; `*known` is false for a field that is none of ours.
 */
Error sf_own_fields_row(JsonValue record, bool *known, SfOwnField *field, char id[SF_ID_BYTES]);

/*
 * Makes the field: once. Nobody sees it before permission_set.h has granted it. A field that is already there
 * answers ERROR_SF_NAME_TAKEN: look again. The answer is read by sf_record_created_read.
 */
Error sf_own_field_create(Arena *arena, Slice version, SfOwnField field, RequestSpec *spec);

/*
 * The error of looking for fields or making one. A user who may not is answered in more than one way: no
 * access, no such object, no such resource. All are told as ERROR_SF_PERMISSION with what is lacking, in
 * `arena`; others stay.
 */
Error sf_own_field_error(Arena *arena, Error error);

/* Removes a field that we made, with all its values; `id` from the Tooling query. */
Error sf_own_field_delete(Arena *arena, Slice version, Slice id, RequestSpec *spec);

#endif
