#include "salesforce/permissions.h"

#include "base/assert.h"
#include "salesforce/internal.h"
#include "salesforce/own_fields.h"
#include "salesforce/soql.h"
#include "salesforce/task.h"
#include "salesforce/token.h"

/* Object Reference, "UserPermissionAccess": field names are Permissions<Name>. */
static const struct {
    Slice column;
    Slice label;
} permissions[SF_PERMISSION_COUNT] = {
    [SF_PERMISSION_API_ENABLED] = {SLICE_INIT("PermissionsApiEnabled"), SLICE_INIT("API Enabled")},
    [SF_PERMISSION_VIEW_ALL_DATA] = {SLICE_INIT("PermissionsViewAllData"), SLICE_INIT("View All Data")},
    [SF_PERMISSION_MODIFY_ALL_DATA] = {SLICE_INIT("PermissionsModifyAllData"), SLICE_INIT("Modify All Data")},
    [SF_PERMISSION_CUSTOMIZE_APPLICATION] = {SLICE_INIT("PermissionsCustomizeApplication"),
                                             SLICE_INIT("Customize Application")},
    [SF_PERMISSION_VIEW_SETUP] = {SLICE_INIT("PermissionsViewSetup"),
                                  SLICE_INIT("View Setup and Configuration")},
    [SF_PERMISSION_ASSIGN_PERMISSION_SETS] = {SLICE_INIT("PermissionsAssignPermissionSets"),
                                              SLICE_INIT("Assign Permission Sets")},
    [SF_PERMISSION_MANAGE_USERS] = {SLICE_INIT("PermissionsManageUsers"), SLICE_INIT("Manage Users")},
    [SF_PERMISSION_EDIT_TASK] = {SLICE_INIT("PermissionsEditTask"), SLICE_INIT("Edit Tasks")},
    [SF_PERMISSION_CHATTER] = {SLICE_INIT("PermissionsChatterInternalUser"),
                               SLICE_INIT("Chatter Internal User")},
};

static Slice seen_name(size_t seen)
{
    return seen == SF_SEEN_INDIVIDUAL  ? SLICE("Individual")
           : seen == SF_SEEN_FEED_ITEM ? SLICE("FeedItem")
                                       : source_facts((Source)seen)->sobject;
}

Error sf_permissions_soql(Arena *arena, const SfDescribe *access, Slice *soql)
{
    Slice columns[SF_PERMISSION_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < SF_PERMISSION_COUNT; i++) {
        if (sf_describe_find(access, permissions[i].column) != NULL) {
            columns[count++] = permissions[i].column;
        }
    }
    if (count == 0) {
        return error_make(ERROR_SF_OBJECT_UNKNOWN, SLICE("the org does not tell a user's permissions"));
    }
    const SfSelect select = {
        .object = SLICE("UserPermissionAccess"), .columns = columns, .column_count = count};
    return sf_soql_select(arena, &select, soql);
}

Error sf_permissions_row(void *context, JsonValue record)
{
    SfVerdict *verdicts = context;
    for (size_t i = 0; i < SF_PERMISSION_COUNT; i++) {
        const JsonValue value = json_get(record, permissions[i].column);
        bool granted = false;
        if (json_present(value)) {
            RETURN_IF_ERROR(json_bool(value, &granted));
            verdicts[i] = granted ? SF_YES : SF_NO;
        }
    }
    return ERROR_NONE;
}

static const Slice shared_names[SF_SHARED_COUNT] = {
    [SF_SHARED_ACCOUNT] = SLICE_INIT("Account"),
    [SF_SHARED_CONTACT] = SLICE_INIT("Contact"),
    [SF_SHARED_OPPORTUNITY] = SLICE_INIT("Opportunity"),
};

Error sf_shared_soql(Arena *arena, Slice user_id, Slice *soql)
{
    static const Slice columns[] = {SLICE_INIT("SobjectType"), SLICE_INIT("PermissionsViewAllRecords"),
                                    SLICE_INIT("PermissionsModifyAllRecords")};
    Buffer where;
    buffer_init(&where, arena, 0);
    buffer_append(&where, SLICE("ParentId IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE "
                                "AssigneeId = "));
    RETURN_IF_ERROR(sf_soql_append_text(&where, user_id));
    buffer_append(&where, SLICE(") AND SobjectType IN ('Account', 'Contact', 'Opportunity')"));
    if (where.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a SOQL statement"));
    }
    const SfSelect select = {.object = SLICE("ObjectPermissions"),
                             .columns = columns,
                             .column_count = sizeof columns / sizeof columns[0],
                             .where = buffer_slice(&where)};
    return sf_soql_select(arena, &select, soql);
}

Error sf_shared_row(void *context, JsonValue record)
{
    SfVerdict *verdicts = context;
    Slice object = SLICE("");
    bool view = false;
    bool modify = false;
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("SobjectType")), &object));
    RETURN_IF_ERROR(json_bool_or(json_get(record, SLICE("PermissionsViewAllRecords")), false, &view));
    RETURN_IF_ERROR(json_bool_or(json_get(record, SLICE("PermissionsModifyAllRecords")), false, &modify));
    for (size_t i = 0; i < SF_SHARED_COUNT; i++) {
        if (slice_equal(object, shared_names[i]) && (view || modify)) {
            verdicts[i] = SF_YES;
        }
    }
    return ERROR_NONE;
}

Error sf_preflight_object(void *context, const SfObject *object)
{
    SfPreflight *preflight = context;
    for (size_t i = 0; i < SF_SEEN_COUNT; i++) {
        if (slice_equal(object->name, seen_name(i))) {
            preflight->seen[i] = true;
            preflight->objects[i] = object->flags;
        }
    }
    return ERROR_NONE;
}

/* What is granted, as a preflight tells it and as a refused write does. */
#define EDIT_ACCOUNT "Grant Edit on the object Account"
#define EDIT_SCORES "Grant Edit on the three Perly fields of Account, in the permission set Perly Sync"
#define EDIT_TASKS "Grant the system permission Edit Tasks"
#define EDIT_TASK_FIELDS                                                                                     \
    "Grant Edit on the Task fields Subject, Assigned To, Related To, Due Date, Comments, Priority, "         \
    "Reminder "                                                                                              \
    "Set and Reminder Date/Time"
#define USE_CHATTER "Grant the permission Chatter Internal User"

Slice sf_grant_of(size_t capability, ErrorCode code)
{
    static const struct {
        size_t capability;
        ErrorCode code;
        Slice grant;
    } grants[] = {
        {SF_CAN_WRITE_SCORES, ERROR_SF_PERMISSION, SLICE_INIT(EDIT_ACCOUNT)},
        {SF_CAN_WRITE_SCORES, ERROR_SF_FIELD_READ_ONLY, SLICE_INIT(EDIT_SCORES)},
        {SF_CAN_CREATE_TASK, ERROR_SF_PERMISSION, SLICE_INIT(EDIT_TASKS)},
        {SF_CAN_CREATE_TASK, ERROR_SF_FIELD_READ_ONLY, SLICE_INIT(EDIT_TASK_FIELDS)},
        {SF_CAN_CREATE_TASK, ERROR_SF_FIELD_UNKNOWN, SLICE_INIT(EDIT_TASK_FIELDS)},
        {SF_CAN_POST_CHATTER, ERROR_SF_PERMISSION, SLICE_INIT(USE_CHATTER)},
    };
    for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
        if (grants[i].capability == capability && grants[i].code == code) {
            return grants[i].grant;
        }
    }
    return SLICE("");
}

static SfFinding yes(void)
{
    return (SfFinding){.verdict = SF_YES};
}

static SfFinding no(Slice grant)
{
    return (SfFinding){.verdict = SF_NO, .grant = grant};
}

static SfFinding unknown(Slice why)
{
    return (SfFinding){.verdict = SF_UNKNOWN, .grant = why};
}

static SfFinding of_permission(const SfPreflight *preflight, SfPermission permission, Slice grant)
{
    switch (preflight->permissions[permission]) {
    case SF_YES: return yes();
    case SF_NO: return no(grant);
    case SF_UNKNOWN: break;
    }
    return unknown(SLICE("The org does not tell this user's permissions"));
}

static SfFinding can_use_api(const SfPreflight *preflight)
{
    if (preflight->scope.length != 0 && sf_scope_check(preflight->scope, false).code != ERROR_OK) {
        return no(SLICE("Add the scope api to the app's OAuth scopes, then connect again"));
    }
    return of_permission(preflight, SF_PERMISSION_API_ENABLED,
                         SLICE("Grant the system permission API Enabled"));
}

static SfFinding can_refresh(const SfPreflight *preflight)
{
    if (!preflight->refresh_wanted) {
        return yes(); /* a headless flow asks for a new session instead */
    }
    if (preflight->scope.length == 0) {
        return unknown(SLICE("The login host did not say which scopes it granted"));
    }
    if (!sf_scope_has(preflight->scope, SLICE("refresh_token")) &&
        !sf_scope_has(preflight->scope, SLICE("offline_access"))) {
        return no(SLICE("Add the scope refresh_token to the app's OAuth scopes, then connect again"));
    }
    return yes();
}

/* An object is in describeGlobal only if the user may read it, and queryable only if it can be queried at
 * all. */
static SfFinding can_read(const SfPreflight *preflight, size_t object, Slice grant, Slice without)
{
    if (!preflight->has_objects) {
        return unknown(SLICE("The list of objects was not read"));
    }
    if (preflight->seen[object] && preflight->objects[object].queryable) {
        return yes();
    }
    return (SfFinding){.verdict = SF_NO, .grant = grant, .without = without};
}

/* An org with one currency has no objects of currencies, and nobody needs to read them. */
static bool applies(const SfPreflight *preflight, Source source)
{
    const bool is_rate = source == SOURCE_CURRENCY || source == SOURCE_DATED_RATE;
    return !is_rate || preflight->account == NULL ||
           sf_describe_find(preflight->account, SLICE("CurrencyIsoCode")) != NULL;
}

static SfFinding can_see_all(const SfPreflight *preflight, SfShared object, Slice grant)
{
    const SfVerdict all = preflight->permissions[SF_PERMISSION_VIEW_ALL_DATA];
    if (all == SF_YES || preflight->permissions[SF_PERMISSION_MODIFY_ALL_DATA] == SF_YES ||
        preflight->view_all[object] == SF_YES) {
        return yes();
    }
    if (all == SF_NO && preflight->view_all[object] == SF_NO) {
        return no(grant);
    }
    return unknown(SLICE("The org does not tell this user whether it has View All Data, or View All Records "
                         "by a permission set (that takes View Setup and Configuration): ask an "
                         "administrator"));
}

static SfFinding can_act_as_user(const SfPreflight *preflight)
{
    if (preflight->active == SF_NO) {
        return no(SLICE("Activate the user in Setup, Users, or connect with another user"));
    }
    if (preflight->internal == SF_NO) {
        return no(SLICE("Connect with a user of the org itself: this one is of a portal or a site"));
    }
    return preflight->active == SF_YES && preflight->internal == SF_YES
               ? yes()
               : unknown(SLICE("The identity URL did not tell who the user is"));
}

static SfFinding can_use_bulk(const SfPreflight *preflight)
{
    switch (preflight->bulk) {
    case SF_YES: return yes();
    case SF_NO:
        return no(SLICE("Use an edition with Bulk API 2.0, or ask Salesforce to enable it: every pull is a "
                        "Bulk query job"));
    case SF_UNKNOWN: break;
    }
    return unknown(preflight->bulk_why.length == 0 ? SLICE("No Bulk query job was tried")
                                                   : preflight->bulk_why);
}

static SfFinding can_write_scores(const SfPreflight *preflight)
{
    const SfDescribe *account = preflight->account;
    if (account == NULL) {
        return unknown(SLICE("Account was not described"));
    }
    if (!account->flags.updateable) {
        return no(SLICE(EDIT_ACCOUNT));
    }
    for (int i = SF_OWN_HEALTH_SCORE; i <= SF_OWN_LAST_UPDATED; i++) {
        const SfDescribeField *field = sf_describe_find(account, sf_own_field((SfOwnField)i)->name);
        if (field == NULL) {
            return no(SLICE(
                "Run perly setup, or assign the permission set Perly Sync: the three Perly fields on Account "
                "are missing or hidden"));
        }
        if (!field->updateable) {
            return no(SLICE(EDIT_SCORES));
        }
    }
    return yes();
}

static SfFinding can_create_task(const SfPreflight *preflight)
{
    static const Slice needed[] = {SLICE_INIT("Subject"),       SLICE_INIT("OwnerId"),
                                   SLICE_INIT("WhatId"),        SLICE_INIT("ActivityDate"),
                                   SLICE_INIT("Description"),   SLICE_INIT("Priority"),
                                   SLICE_INIT("IsReminderSet"), SLICE_INIT("ReminderDateTime")};
    if (preflight->permissions[SF_PERMISSION_EDIT_TASK] == SF_NO) {
        return no(SLICE(EDIT_TASKS));
    }
    if (preflight->task == NULL) {
        return unknown(SLICE("Task was not described"));
    }
    if (!preflight->task->flags.createable) {
        return no(SLICE(EDIT_TASKS));
    }
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        const SfDescribeField *field = sf_describe_find(preflight->task, needed[i]);
        if (field == NULL || !field->createable) {
            return no(SLICE(EDIT_TASK_FIELDS));
        }
    }
    return yes();
}

static SfFinding can_key_tasks(const SfPreflight *preflight)
{
    if (preflight->task == NULL) {
        return unknown(SLICE("Task was not described"));
    }
    const SfDescribeField *key = sf_describe_find(preflight->task, SF_TASK_KEY_FIELD);
    if (key != NULL && key->createable && key->external_id) {
        return yes();
    }
    return (SfFinding){.verdict = SF_NO,
                       .grant =
                           SLICE("Run perly setup, or assign the permission set Perly Sync: the field Perly "
                                 "Key on Activity is missing, hidden or read-only"),
                       .without = SLICE("our Tasks are known by a line in their description, and created one "
                                        "by one where it is not clear whether they exist")};
}

static SfFinding can_read_limits(const SfPreflight *preflight)
{
    switch (preflight->limits) {
    case SF_YES: return yes();
    case SF_NO:
        return (SfFinding){.verdict = SF_NO,
                           .grant = SLICE("Grant the system permission View Setup and Configuration"),
                           .without = SLICE("of the org's limits only the daily calls are known")};
    case SF_UNKNOWN: break;
    }
    return unknown(SLICE("The org's limits were not asked for"));
}

static SfFinding can_post_chatter(const SfPreflight *preflight)
{
    if (!preflight->has_objects) {
        return unknown(SLICE("The list of objects was not read"));
    }
    if (!preflight->seen[SF_SEEN_FEED_ITEM]) {
        return no(SLICE("Enable Chatter in Setup, Chatter Settings, and give the user Chatter access"));
    }
    if (!preflight->objects[SF_SEEN_FEED_ITEM].createable) {
        return no(SLICE(USE_CHATTER));
    }
    if (preflight->seen[SOURCE_ACCOUNT] && !preflight->objects[SOURCE_ACCOUNT].feed_enabled) {
        return no(SLICE("Enable feed tracking for Account in Setup, Feed Tracking"));
    }
    return yes();
}

static SfFinding can_create_fields(const SfPreflight *preflight)
{
    const SfFinding customize =
        of_permission(preflight, SF_PERMISSION_CUSTOMIZE_APPLICATION,
                      SLICE("Grant the system permission Customize Application, or let an "
                            "administrator run perly setup"));
    if (customize.verdict != SF_YES) {
        return customize;
    }
    return of_permission(preflight, SF_PERMISSION_VIEW_SETUP,
                         SLICE("Grant the system permission View Setup and Configuration"));
}

static SfFinding can_grant_access(const SfPreflight *preflight)
{
    if (preflight->permissions[SF_PERMISSION_MANAGE_USERS] == SF_YES) {
        return yes();
    }
    return of_permission(
        preflight, SF_PERMISSION_ASSIGN_PERMISSION_SETS,
        SLICE("Grant the system permission Assign Permission Sets, or let an administrator assign "
              "Perly Sync"));
}

static void put(SfFinding *findings, size_t capability, Slice name, bool needed_daily, SfFinding finding)
{
    finding.name = name;
    finding.needed_daily = needed_daily;
    findings[capability] = finding;
}

static void put_readable(const SfPreflight *preflight, SfFinding *findings)
{
    for (unsigned i = 0; i < SOURCE_COUNT; i++) {
        const SourceTexts *texts = source_texts((Source)i);
        findings[SF_CAN_READ + i] = (SfFinding){.name = SLICE("")};
        if (applies(preflight, (Source)i)) {
            put(findings, SF_CAN_READ + i, texts->can_read, !source_facts((Source)i)->optional,
                can_read(preflight, i, texts->grant, texts->without));
        }
    }
    put(findings, SF_CAN_READ_INDIVIDUAL, SLICE("can_read_Individual"), false,
        can_read(
            preflight, SF_SEEN_INDIVIDUAL,
            SLICE("Turn on Data Protection and Privacy in Setup, and grant Read on the object Individual"),
            SLICE("who asks to be forgotten is not known")));
}

static void put_shared(const SfPreflight *preflight, SfFinding *findings)
{
    static const struct {
        Slice name;
        Slice grant;
    } shared[SF_SHARED_COUNT] = {
        [SF_SHARED_ACCOUNT] = {SLICE_INIT("can_see_all_Account"),
                               SLICE_INIT(
                                   "Grant View All Records on the object Account, or the system permission "
                                   "View All Data")},
        [SF_SHARED_CONTACT] = {SLICE_INIT("can_see_all_Contact"),
                               SLICE_INIT(
                                   "Grant View All Records on the object Contact, or the system permission "
                                   "View All Data")},
        [SF_SHARED_OPPORTUNITY] = {SLICE_INIT("can_see_all_Opportunity"),
                                   SLICE_INIT(
                                       "Grant View All Records on the object Opportunity, or the system "
                                       "permission View All Data")},
    };
    for (size_t i = 0; i < SF_SHARED_COUNT; i++) {
        SfFinding finding = can_see_all(preflight, (SfShared)i, shared[i].grant);
        finding.without = finding.verdict == SF_NO
                              ? SLICE("rows that sharing hides are missing without an error")
                              : SLICE("");
        put(findings, SF_CAN_SEE_ALL + i, shared[i].name, false, finding);
    }
}

void sf_capabilities(const SfPreflight *preflight, SfFinding findings[SF_CAPABILITY_COUNT])
{
    put(findings, SF_CAN_USE_API, SLICE("can_use_api"), true, can_use_api(preflight));
    put(findings, SF_CAN_REFRESH, SLICE("can_refresh"), true, can_refresh(preflight));
    put(findings, SF_CAN_ACT_AS_USER, SLICE("can_act_as_user"), true, can_act_as_user(preflight));
    put(findings, SF_CAN_CREATE_FIELDS, SLICE("can_create_fields"), false, can_create_fields(preflight));
    put(findings, SF_CAN_GRANT_ACCESS, SLICE("can_grant_access"), false, can_grant_access(preflight));
    put_readable(preflight, findings);
    put(findings, SF_CAN_WRITE_SCORES, SLICE("can_write_scores"), true, can_write_scores(preflight));
    put(findings, SF_CAN_CREATE_TASK, SLICE("can_create_task"), true, can_create_task(preflight));
    put(findings, SF_CAN_KEY_TASKS, SLICE("can_key_tasks"), false, can_key_tasks(preflight));
    put(findings, SF_CAN_POST_CHATTER, SLICE("can_post_chatter"), true, can_post_chatter(preflight));
    put_shared(preflight, findings);
    put(findings, SF_CAN_USE_BULK, SLICE("can_use_bulk"), true, can_use_bulk(preflight));
    put(findings, SF_CAN_READ_LIMITS, SLICE("can_read_limits"), false, can_read_limits(preflight));
}
