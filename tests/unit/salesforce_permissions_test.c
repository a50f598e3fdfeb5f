#include "salesforce.h"
#include "salesforce/permissions.h"

static const SfDescribeField account_fields[] = {
    {.name = SLICE_INIT("Perly_Health_Score__c"), .updateable = true},
    {.name = SLICE_INIT("Perly_Risk_Level__c"), .updateable = true},
    {.name = SLICE_INIT("Perly_Last_Updated__c"), .updateable = true},
    {.name = SLICE_INIT("CurrencyIsoCode"), .updateable = true},
};
static const SfDescribeField task_fields[] = {
    {.name = SLICE_INIT("Subject"), .createable = true},
    {.name = SLICE_INIT("OwnerId"), .createable = true},
    {.name = SLICE_INIT("WhatId"), .createable = true},
    {.name = SLICE_INIT("ActivityDate"), .createable = true},
    {.name = SLICE_INIT("Description"), .createable = true},
    {.name = SLICE_INIT("Priority"), .createable = true},
    {.name = SLICE_INIT("IsReminderSet"), .createable = true},
    {.name = SLICE_INIT("ReminderDateTime"), .createable = true},
    {.name = SLICE_INIT("Perly_Key__c"), .createable = true, .external_id = true},
};
enum { TASK_FIELDS = sizeof task_fields / sizeof task_fields[0] };
static const SfDescribe account = {.flags = {.updateable = true}, .fields = account_fields, .field_count = 4};
static const SfDescribe task = {
    .flags = {.createable = true}, .fields = task_fields, .field_count = TASK_FIELDS};

static SfPreflight may_do_all(void)
{
    SfPreflight preflight = {.has_objects = true,
                             .account = &account,
                             .task = &task,
                             .scope = SLICE("api refresh_token full"),
                             .refresh_wanted = true,
                             .active = SF_YES,
                             .internal = SF_YES,
                             .bulk = SF_YES,
                             .limits = SF_YES};
    for (size_t i = 0; i < SF_SEEN_COUNT; i++) {
        preflight.seen[i] = true;
        preflight.objects[i] = (SfObjectFlags){.queryable = true, .createable = true, .feed_enabled = true};
    }
    for (size_t i = 0; i < SF_PERMISSION_COUNT; i++) {
        preflight.permissions[i] = SF_YES;
    }
    return preflight;
}

static void check_only(const SfPreflight *preflight, size_t wanted, const char *name, Slice mark)
{
    SfFinding findings[SF_CAPABILITY_COUNT];
    sf_capabilities(preflight, findings);
    for (size_t i = 0; i < SF_CAPABILITY_COUNT; i++) {
        const bool refused = findings[i].verdict == SF_NO;
        CHECK_NAMED(refused == (i == wanted), name);
        CHECK_NAMED(findings[i].name.length == 0 ||
                        (findings[i].verdict == SF_YES) == (findings[i].grant.length == 0),
                    name);
    }
    if (wanted < SF_CAPABILITY_COUNT) {
        CHECK_NAMED(slice_find(findings[wanted].grant, mark, 0) != SIZE_MAX, name);
    }
}

/* Each permission is taken away in turn: exactly one capability falls, and its remedy names the permission.
 */
static void names_what_is_missing(void)
{
    SfPreflight preflight = may_do_all();
    check_only(&preflight, SF_CAPABILITY_COUNT, "all granted", SLICE(""));

    static const struct {
        SfPermission permission;
        Slice label; /* as in Setup */
        size_t capability;
    } by_permission[] = {
        {SF_PERMISSION_API_ENABLED, SLICE_INIT("API Enabled"), SF_CAN_USE_API},
        {SF_PERMISSION_CUSTOMIZE_APPLICATION, SLICE_INIT("Customize Application"), SF_CAN_CREATE_FIELDS},
        {SF_PERMISSION_VIEW_SETUP, SLICE_INIT("View Setup and Configuration"), SF_CAN_CREATE_FIELDS},
        {SF_PERMISSION_EDIT_TASK, SLICE_INIT("Edit Tasks"), SF_CAN_CREATE_TASK},
    };
    for (size_t i = 0; i < sizeof by_permission / sizeof by_permission[0]; i++) {
        preflight = may_do_all();
        preflight.permissions[by_permission[i].permission] = SF_NO;
        check_only(&preflight, by_permission[i].capability, by_permission[i].label.data,
                   by_permission[i].label);
    }
    preflight = may_do_all();
    preflight.permissions[SF_PERMISSION_VIEW_ALL_DATA] = SF_NO;
    check_only(&preflight, SF_CAPABILITY_COUNT, "Modify All Data sees all", SLICE(""));
    preflight.permissions[SF_PERMISSION_MODIFY_ALL_DATA] = SF_NO;
    for (int i = 0; i < SF_SHARED_COUNT; i++) {
        preflight.view_all[i] = SF_YES;
    }
    check_only(&preflight, SF_CAPABILITY_COUNT, "View All Records on each", SLICE(""));
    for (int i = 0; i < SF_SHARED_COUNT; i++) {
        preflight.view_all[i] = SF_NO;
        check_only(&preflight, (size_t)SF_CAN_SEE_ALL + (size_t)i, "View All Records",
                   SLICE("View All Records"));
        preflight.view_all[i] = SF_YES;
    }
    preflight = may_do_all();
    preflight.active = SF_NO;
    check_only(&preflight, SF_CAN_ACT_AS_USER, "inactive", SLICE("Activate the user"));
    preflight = may_do_all();
    preflight.internal = SF_NO;
    check_only(&preflight, SF_CAN_ACT_AS_USER, "a user of a portal", SLICE("of the org itself"));
    preflight = may_do_all();
    preflight.limits = SF_NO;
    check_only(&preflight, SF_CAN_READ_LIMITS, "no limits", SLICE("View Setup and Configuration"));
    preflight = may_do_all();
    preflight.bulk = SF_NO;
    check_only(&preflight, SF_CAN_USE_BULK, "no Bulk API", SLICE("Bulk API 2.0"));
    preflight = may_do_all();
    preflight.permissions[SF_PERMISSION_ASSIGN_PERMISSION_SETS] = SF_NO;
    preflight.permissions[SF_PERMISSION_MANAGE_USERS] = SF_NO;
    check_only(&preflight, SF_CAN_GRANT_ACCESS, "Assign Permission Sets", SLICE("Assign Permission Sets"));

    for (size_t i = 0; i < SF_SEEN_COUNT; i++) {
        preflight = may_do_all();
        preflight.seen[i] = false;
        check_only(&preflight, i == SF_SEEN_FEED_ITEM ? SF_CAN_POST_CHATTER : SF_CAN_READ + i,
                   "an object is hidden", SLICE(""));
    }
}

static void judges_fields_and_scopes(void)
{
    SfPreflight preflight = may_do_all();
    const SfDescribe without = {.flags = {.updateable = true}, .fields = account_fields, .field_count = 2};
    preflight.account = &without;
    check_only(&preflight, SF_CAN_WRITE_SCORES, "a field is hidden", SLICE("perly setup"));

    const SfDescribe read_only = {.flags = {.updateable = false}, .fields = account_fields, .field_count = 3};
    preflight.account = &read_only;
    check_only(&preflight, SF_CAN_WRITE_SCORES, "Account is read-only", SLICE("Edit on the object Account"));

    SfDescribeField locked[3];
    memcpy(locked, account_fields, sizeof locked);
    locked[1].updateable = false;
    const SfDescribe locked_field = {.flags = {.updateable = true}, .fields = locked, .field_count = 3};
    preflight.account = &locked_field;
    check_only(&preflight, SF_CAN_WRITE_SCORES, "a field is read-only",
               SLICE("Edit on the three Perly fields"));

    preflight = may_do_all();
    preflight.scope = SLICE("api");
    check_only(&preflight, SF_CAN_REFRESH, "no refresh_token", SLICE("refresh_token"));
    preflight.refresh_wanted = false;
    check_only(&preflight, SF_CAPABILITY_COUNT, "headless needs none", SLICE(""));
    preflight.scope = SLICE("chatter_api");
    check_only(&preflight, SF_CAN_USE_API, "no api", SLICE("scope api"));

    preflight = may_do_all();
    preflight.objects[SOURCE_ACCOUNT].feed_enabled = false;
    check_only(&preflight, SF_CAN_POST_CHATTER, "no feed on Account", SLICE("Feed Tracking"));
    preflight = may_do_all();
    preflight.objects[SF_SEEN_FEED_ITEM].createable = false;
    check_only(&preflight, SF_CAN_POST_CHATTER, "may not post", SLICE("Chatter Internal User"));
    preflight = may_do_all();
    const SfDescribe no_due = {
        .flags = {.createable = true}, .fields = task_fields + 1, .field_count = TASK_FIELDS - 1};
    preflight.task = &no_due;
    check_only(&preflight, SF_CAN_CREATE_TASK, "a Task field is hidden", SLICE("Related To"));
    const SfDescribe no_key = {
        .flags = {.createable = true}, .fields = task_fields, .field_count = TASK_FIELDS - 1};
    preflight.task = &no_key;
    check_only(&preflight, SF_CAN_KEY_TASKS, "the key is hidden", SLICE("Perly Key"));
    const SfDescribe one_currency = {
        .flags = {.updateable = true}, .fields = account_fields, .field_count = 3};
    preflight = may_do_all();
    preflight.account = &one_currency;
    preflight.seen[SOURCE_CURRENCY] = false;
    preflight.seen[SOURCE_DATED_RATE] = false;
    check_only(&preflight, SF_CAPABILITY_COUNT, "an org with one currency", SLICE(""));
    SfFinding findings[SF_CAPABILITY_COUNT];
    sf_capabilities(&preflight, findings);
    for (size_t i = 0; i < SF_CAPABILITY_COUNT; i++) {
        const bool rates = i == SF_CAN_READ + SOURCE_CURRENCY || i == SF_CAN_READ + (size_t)SOURCE_DATED_RATE;
        CHECK_INT(findings[i].name.length == 0, rates, findings[i].name.data);
    }
}

static void unknown_is_not_no(void)
{
    const SfPreflight nothing = {0};
    SfFinding findings[SF_CAPABILITY_COUNT];
    sf_capabilities(&nothing, findings);
    for (int i = 0; i < SF_CAPABILITY_COUNT; i++) {
        CHECK_NAMED(findings[i].verdict != SF_NO, findings[i].name.data);
    }
    CHECK_INT(findings[SF_CAN_WRITE_SCORES].verdict, SF_UNKNOWN, "not described");
    CHECK_INT(findings[SF_CAN_SEE_ALL].verdict, SF_UNKNOWN, "not told");
    CHECK_INT(findings[SF_CAN_USE_BULK].verdict, SF_UNKNOWN, "not tried");
}

static void asks_for_columns_that_exist(void)
{
    static const SfDescribeField columns[] = {{.name = SLICE_INIT("Id")},
                                              {.name = SLICE_INIT("PermissionsViewAllData")},
                                              {.name = SLICE_INIT("PermissionsApiEnabled")}};
    const SfDescribe access = {.fields = columns, .field_count = 3};
    const SfDescribe none = {.fields = columns, .field_count = 1};
    Scratch scratch;
    Arena *arena = scratch_open(&scratch);
    Slice soql = SLICE("");
    CHECK_ERROR(sf_permissions_soql(arena, &access, &soql), ERROR_OK, "two");
    CHECK_TEXT(soql, SLICE("SELECT PermissionsApiEnabled,PermissionsViewAllData FROM UserPermissionAccess"),
               "two");
    CHECK_ERROR(sf_permissions_soql(arena, &none, &soql), ERROR_SF_OBJECT_UNKNOWN, "none");

    JsonDocument document;
    SfVerdict verdicts[SF_PERMISSION_COUNT] = {SF_UNKNOWN};
    CHECK_ERROR(json_parse(arena, SLICE("{\"PermissionsApiEnabled\":true,\"PermissionsViewAllData\":false}"),
                           &document),
                ERROR_OK, "row");
    CHECK_ERROR(sf_permissions_row(verdicts, json_root(&document)), ERROR_OK, "row");
    CHECK_INT(verdicts[SF_PERMISSION_API_ENABLED], SF_YES, "yes");
    CHECK_INT(verdicts[SF_PERMISSION_VIEW_ALL_DATA], SF_NO, "no");
    CHECK_INT(verdicts[SF_PERMISSION_MANAGE_USERS], SF_UNKNOWN, "not asked");
    CHECK_ERROR(json_parse(arena, SLICE("{\"PermissionsApiEnabled\":\"true\"}"), &document), ERROR_OK, "row");
    CHECK_ERROR(sf_permissions_row(verdicts, json_root(&document)), ERROR_JSON_TYPE, "no flag");
    scratch_close(&scratch);
}

TEST_MAIN(names_what_is_missing, judges_fields_and_scopes, unknown_is_not_no, asks_for_columns_that_exist)
