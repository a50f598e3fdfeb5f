/*
 * What the connected user may do, told before anything is tried: named capabilities, each yes, no or unknown,
 * and for every no the exact permission to grant. Unknown is never shown as no.
 *
 *     sf_describe("UserPermissionAccess") -> sf_permissions_soql -> sf_query -> sf_permissions_row
 *     describeGlobal, describe Account and Task, the token's scope, the identity -> SfPreflight
 *     sf_capabilities -> a list to show
 */
#ifndef PERLY_SALESFORCE_PERMISSIONS_H
#define PERLY_SALESFORCE_PERMISSIONS_H

#include "json/document.h"
#include "map/attributes.h"
#include "salesforce/describe.h"

typedef enum SfVerdict { SF_UNKNOWN, SF_NO, SF_YES } SfVerdict;

/* System permissions that matter to Perly; UserPermissionAccess has a column for each that the edition knows.
 */
typedef enum SfPermission {
    SF_PERMISSION_API_ENABLED,
    SF_PERMISSION_VIEW_ALL_DATA,
    SF_PERMISSION_MODIFY_ALL_DATA,
    SF_PERMISSION_CUSTOMIZE_APPLICATION,
    SF_PERMISSION_VIEW_SETUP,
    SF_PERMISSION_ASSIGN_PERMISSION_SETS,
    SF_PERMISSION_MANAGE_USERS,
    SF_PERMISSION_EDIT_TASK,
    SF_PERMISSION_CHATTER,
    SF_PERMISSION_COUNT
} SfPermission;

/*
 * The query for the caller's own permissions. Columns that this org's describe of UserPermissionAccess has
 * not are left out, since one unknown column fails the whole query. ERROR_SF_OBJECT_UNKNOWN when none is
 * left.
 */
Error sf_permissions_soql(Arena *arena, const SfDescribe *access, Slice *soql);

/* Row function of sf_query_read; the context is an SfVerdict[SF_PERMISSION_COUNT], all SF_UNKNOWN before. */
Error sf_permissions_row(void *context, JsonValue record);

/*
 * Objects whose rows sharing hides from whoever has not View All Records on them, or View All Data. Others
 * follow them, or are seen by all.
 */
typedef enum SfShared {
    SF_SHARED_ACCOUNT,
    SF_SHARED_CONTACT,
    SF_SHARED_OPPORTUNITY,
    SF_SHARED_COUNT
} SfShared;

/* The query for what permission sets and the profile give this user on them: its rows go to sf_shared_row. */
Error sf_shared_soql(Arena *arena, Slice user_id, Slice *soql);

/* Row function of sf_query_read; the context is an SfVerdict[SF_SHARED_COUNT], all SF_NO before. */
Error sf_shared_row(void *context, JsonValue record);

/* Objects whose presence in describeGlobal decides something: those that are pulled, by Source, and two more.
 */
enum { SF_SEEN_INDIVIDUAL = SOURCE_COUNT, SF_SEEN_FEED_ITEM, SF_SEEN_COUNT };

typedef struct SfPreflight {
    bool has_objects; /* describeGlobal was read */
    bool seen[SF_SEEN_COUNT];
    SfObjectFlags objects[SF_SEEN_COUNT];
    SfVerdict permissions[SF_PERMISSION_COUNT];
    SfVerdict view_all[SF_SHARED_COUNT]; /* SF_UNKNOWN: the user may not ask */
    SfVerdict active;                    /* whether the user is, by the identity URL */
    SfVerdict internal; /* whether the user is one of the org's own, not of a portal or site */
    SfVerdict bulk;     /* whether a Bulk query job could be made; unknown: `bulk_why` */
    Slice bulk_why;
    SfVerdict limits;          /* whether the org's limits were told */
    const SfDescribe *account; /* with its fields; NULL: not read */
    const SfDescribe *task;
    Slice scope; /* of the token; empty: unknown */
    bool refresh_wanted;
} SfPreflight;

/* Function of sf_describe_global_read; the context is an SfPreflight. Set `has_objects` when the reading is
 * done. */
Error sf_preflight_object(void *context, const SfObject *object);

/* In the order in which they are asked and told. */
enum {
    SF_CAN_USE_API,
    SF_CAN_REFRESH,
    SF_CAN_ACT_AS_USER,
    SF_CAN_CREATE_FIELDS,
    SF_CAN_GRANT_ACCESS,
    SF_CAN_READ, /* plus the Source */
    SF_CAN_READ_INDIVIDUAL = SF_CAN_READ + SOURCE_COUNT,
    SF_CAN_WRITE_SCORES,
    SF_CAN_CREATE_TASK,
    SF_CAN_KEY_TASKS,
    SF_CAN_POST_CHATTER,
    SF_CAN_SEE_ALL, /* plus the SfShared */
    SF_CAN_USE_BULK = SF_CAN_SEE_ALL + SF_SHARED_COUNT,
    SF_CAN_READ_LIMITS,
    SF_CAPABILITY_COUNT
};

typedef struct SfFinding {
    Slice name;    /* "can_read_Account"; empty: this org has nothing of the kind, so nobody asks */
    Slice grant;   /* of a no: what to grant, a sentence; of an unknown: why. Empty for yes. A literal */
    Slice without; /* of a no: what is done until then, or empty */
    SfVerdict verdict;
    bool needed_daily; /* false: only for setup, or better to have; a minimal integration user does without */
} SfFinding;

/*
 * What to grant, a sentence as of a finding, when Salesforce refused a write that needs the capability with
 * this error; empty when the error says nothing of rights. A literal.
 */
Slice sf_grant_of(size_t capability, ErrorCode code);

/* Fills all SF_CAPABILITY_COUNT findings, in the order of the enum above. */
void sf_capabilities(const SfPreflight *preflight, SfFinding findings[SF_CAPABILITY_COUNT]);

#endif
