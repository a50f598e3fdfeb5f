#include "sync/admin/check.h"

#include "salesforce/bulk_query.h"
#include "salesforce/limits.h"
#include "salesforce/query.h"
#include "sync/plan/planning.h"
#include "sync/run/command.h"
#include "sync/run/grant.h"

#define CHECK_POINTS(X)                                                                                      \
    X(IDENTITY)                                                                                              \
    X(ACCESS) X(PERMISSIONS) X(OBJECTS) X(FIELDS) X(SHARED) X(BULK) X(LIMITS) X(ABORT) X(DELETE)

static JobStatus check_step(Job *job, const Completion *got);
static void check_close(Job *job);
JOB_KIND(check_kind, "check", check_step, check_close);

static void send(Check *check, Error error)
{
    request_try(&check->job, &check->request, &check->spec, error);
}

static void describe(Check *check, Slice object)
{
    send(check, sf_describe(&check->memory, check->session->api_version, object, &check->spec));
}

/* A question that Salesforce refuses is an answer too; a connection or an org in trouble is not. */
static Error allow_refusal(Check *check, Error error)
{
    static const ErrorCode refusals[] = {
        ERROR_SF_PERMISSION,        ERROR_SF_OBJECT_UNKNOWN, ERROR_SF_FIELD_UNKNOWN, ERROR_SF_QUERY_INVALID,
        ERROR_SF_QUERY_UNSUPPORTED, ERROR_SF_RECORD_GONE,    ERROR_SF_ACCESS_DENIED, ERROR_SF_REFUSED};
    check->refused = false;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        check->refused = check->refused || error.code == refusals[i];
    }
    return check->refused ? ERROR_NONE : error;
}

static Error read_objects(Check *check, const Completion *got)
{
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    if (check->refused) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(
        sf_describe_global_read(&check->scratch, got->body, sf_preflight_object, &check->preflight));
    check->preflight.has_objects = true;
    return ERROR_NONE;
}

/* All objects that are pulled; one that is refused stays unknown. */
static void describe_all(Check *check)
{
    check->describing = (Describing){.session = check->session, .anew = true};
    describing_start(check->job.engine, &check->job, &check->describing);
}

/* NULL: not told now. */
static const SfDescribe *described(const Check *check, Source source)
{
    const Described *object = &check->describing.objects[source];
    return object->fresh ? &object->describe : NULL;
}

static Error read_all(Check *check, const Completion *got)
{
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    check->preflight.account = described(check, SOURCE_ACCOUNT);
    check->preflight.task = described(check, SOURCE_TASK);
    return ERROR_NONE;
}

static Error read_access(Check *check, const Completion *got)
{
    SfDescribe access;
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    if (check->refused) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(sf_describe_read(&check->memory, &check->scratch, got->body, SF_PICKLISTS_SKIP, &access));
    if (sf_permissions_soql(&check->memory, &access, &check->permissions_soql).code != ERROR_OK) {
        check->permissions_soql = SLICE("");
    }
    return ERROR_NONE;
}

static Error read_permissions(Check *check, const Completion *got)
{
    SfQueryPage page;
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    if (check->refused) {
        return ERROR_NONE;
    }
    return sf_query_read(&check->memory, &check->scratch, got->body, sf_permissions_row,
                         check->preflight.permissions, &page);
}

static bool sees_all(const Check *check)
{
    const SfVerdict *permissions = check->preflight.permissions;
    return permissions[SF_PERMISSION_VIEW_ALL_DATA] == SF_YES ||
           permissions[SF_PERMISSION_MODIFY_ALL_DATA] == SF_YES;
}

static void ask_shared(Check *check)
{
    Slice soql = {NULL, 0};
    Error error = sf_shared_soql(&check->memory, check->session->user_id, &soql);
    if (error.code == ERROR_OK) {
        error = sf_query(&check->memory, check->session->api_version, SF_QUERY, soql, &check->spec);
    }
    send(check, error);
}

static Error read_shared(Check *check, const Completion *got)
{
    SfQueryPage page;
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    if (check->refused) {
        return ERROR_NONE;
    }
    for (size_t i = 0; i < SF_SHARED_COUNT; i++) {
        check->preflight.view_all[i] = SF_NO;
    }
    return sf_query_read(&check->memory, &check->scratch, got->body, sf_shared_row, check->preflight.view_all,
                         &page);
}

/* As the token's answer names it. */
static void ask_identity(Check *check)
{
    const Session *session = check->session;
    Buffer url;
    buffer_init(&url, &check->memory, 0);
    buffer_append(&url, session->login_base);
    buffer_append(&url, SLICE("/id/"));
    buffer_append(&url, session->org_id);
    buffer_append(&url, SLICE("/"));
    buffer_append(&url, session->user_id);
    send(check, url.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an identity URL"))
                           : sf_identity(&check->memory, buffer_slice(&url), &check->spec));
}

/* A scope of `api` alone may not open it: then who the user is stays unknown. */
static Error read_identity(Check *check, const Completion *got)
{
    SfPreflight *preflight = &check->preflight;
    if (got->error.code != ERROR_OK && got->status == 403) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    if (check->refused) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(sf_identity_read(&check->memory, got->body, &check->identity));
    if (!slice_equal(slice_make(check->identity.org_id, SF_ID_BYTES), check->session->org_id)) {
        return ERROR_TEXT(&check->memory, ERROR_SF_ORG_CHANGED, SLICE("the session is of org "),
                          slice_make(check->identity.org_id, SF_ID_BYTES), SLICE(", the connection of "),
                          check->session->org_id);
    }
    preflight->active = check->identity.active ? SF_YES : SF_NO;
    preflight->internal = slice_equal(check->identity.user_type, SLICE("STANDARD")) ? SF_YES : SF_NO;
    return ERROR_NONE;
}

static void create_bulk(Check *check)
{
    send(check, sf_bulk_query_create(&check->memory, check->session->api_version,
                                     SLICE("SELECT Id FROM Account LIMIT 1"), &check->spec));
}

static Error read_bulk(Check *check, const Completion *got)
{
    SfPreflight *preflight = &check->preflight;
    if (got->error.code == ERROR_SF_API_DISABLED) {
        preflight->bulk = SF_NO;
        return ERROR_NONE;
    }
    if (got->error.code == ERROR_SF_BULK_LIMIT) {
        preflight->bulk_why = SLICE("The org's Bulk API allowance of 24 hours is used up");
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    if (check->refused) {
        preflight->bulk_why = error_copy(&check->memory, got->error).message;
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(sf_bulk_job_read(&check->memory, got->body, &check->bulk));
    preflight->bulk = SF_YES;
    return ERROR_NONE;
}

/* Whoever may not see them has the header of each answer, which tells the calls alone. */
static Error read_limits(Check *check, const Completion *got)
{
    RETURN_IF_ERROR(allow_refusal(check, got->error));
    check->preflight.limits = check->refused ? SF_NO : SF_YES;
    return ERROR_NONE;
}

static Slice bulk_id(const Check *check)
{
    return slice_make(check->bulk.id, SF_ID_BYTES);
}

/* "Grant Read on the object Account: until then ..." */
static void tell_text(Check *check, Event *event, const SfFinding *finding)
{
    Buffer text;
    buffer_init(&text, &check->scratch, 0);
    buffer_append(&text, finding->grant);
    if (finding->without.length != 0) {
        buffer_append(&text, SLICE(": until then "));
        buffer_append(&text, finding->without);
    }
    event_text(event, SLICE("text"), buffer_slice(&text));
}

static void tell_finding(Check *check, const SfFinding *finding)
{
    static const Slice answers[] = {
        [SF_UNKNOWN] = SLICE_INIT("unknown"), [SF_NO] = SLICE_INIT("no"), [SF_YES] = SLICE_INIT("yes")};
    Event event;
    event_begin(&event, &check->scratch, SLICE("check"));
    event_text(&event, SLICE("name"), finding->name);
    if (finding->verdict == SF_UNKNOWN) {
        json_write_key(&event.json, SLICE("ok"));
        json_write_null(&event.json);
    } else {
        event_bool(&event, SLICE("ok"), finding->verdict == SF_YES);
    }
    event_text(&event, SLICE("answer"), answers[finding->verdict]);
    event_bool(&event, SLICE("needed"), finding->needed_daily);
    tell_text(check, &event, finding);
    event_send(&event, check->job.engine);
}

static Slice joined(Check *check, Slice left, Slice middle, Slice right)
{
    Buffer text;
    buffer_init(&text, &check->memory, 0);
    buffer_append(&text, left);
    buffer_append(&text, middle);
    buffer_append(&text, right);
    return buffer_slice(&text);
}

/* A mapped field that is not there ends a sync; one of an attribute is not known, and that is all. */
static SfFinding fields_finding(Check *check, Source source)
{
    const Slice object = source_facts(source)->sobject;
    Slice unseen = SLICE("");
    Plan *plan = NULL;
    SfFinding finding = {.name = joined(check, SLICE("can_read_fields_of_"), object, SLICE("")),
                         .verdict = SF_YES};
    Error error = planning_make(&check->memory, source, check->config, check->session->zones,
                                described(check, source), &plan);
    if (error.code == ERROR_OK) {
        error = plan_unseen(&check->memory, plan, &unseen);
    }
    if (error.code != ERROR_OK) {
        finding.verdict = SF_NO;
        finding.needed_daily = true;
        finding.grant = error.message;
    } else if (unseen.length != 0) {
        finding.verdict = SF_NO;
        finding.grant = joined(check, SLICE("Grant Read on the fields of "), object,
                               joined(check, SLICE(": "), unseen, SLICE("")));
        finding.without = SLICE("what needs them is not known");
    }
    return finding;
}

static void judge(Check *check, const SfFinding *finding, Buffer *missing)
{
    if (finding->name.length == 0) {
        return;
    }
    tell_finding(check, finding);
    if (finding->verdict == SF_NO && finding->needed_daily) {
        buffer_append(missing, missing->length == 0 ? SLICE("") : SLICE(", "));
        buffer_append(missing, finding->name);
    }
}

static Error conclude(Check *check)
{
    SfFinding findings[SF_CAPABILITY_COUNT];
    Buffer missing;
    buffer_init(&missing, &check->memory, 0);
    sf_capabilities(&check->preflight, findings);
    for (size_t i = 0; i < SF_CAPABILITY_COUNT; i++) {
        judge(check, &findings[i], &missing);
        for (unsigned source = 0; i == SF_CAN_READ_INDIVIDUAL && source < SOURCE_COUNT; source++) {
            if (described(check, (Source)source) != NULL) {
                const SfFinding fields = fields_finding(check, (Source)source);
                judge(check, &fields, &missing);
            }
        }
    }
    if (missing.length == 0) {
        return ERROR_NONE;
    }
    return ERROR_TEXT(&check->memory, ERROR_SF_PERMISSION, SLICE("the connected user lacks: "),
                      buffer_slice(&missing));
}

static JobStatus check_step(Job *job, const Completion *got)
{
    Check *const check = (Check *)job;
    JOB_BEGIN(job, CHECK_POINTS);

    AWAIT_ANY(job, IDENTITY, ask_identity(check));
    TRY(job, read_identity(check, got));
    AWAIT_ANY(job, ACCESS, describe(check, SLICE("UserPermissionAccess")));
    TRY(job, read_access(check, got));
    if (check->permissions_soql.length != 0) {
        AWAIT_ANY(job, PERMISSIONS,
                  send(check, sf_query(&check->memory, check->session->api_version, SF_QUERY,
                                       check->permissions_soql, &check->spec)));
        TRY(job, read_permissions(check, got));
    }
    AWAIT_ANY(job, OBJECTS,
              send(check, sf_describe_global(&check->memory, check->session->api_version, &check->spec)));
    TRY(job, read_objects(check, got));
    AWAIT_ANY(job, FIELDS, describe_all(check));
    TRY(job, read_all(check, got));
    if (!sees_all(check)) {
        AWAIT_ANY(job, SHARED, ask_shared(check));
        TRY(job, read_shared(check, got));
    }
    AWAIT_ANY(job, BULK, create_bulk(check));
    TRY(job, read_bulk(check, got));
    AWAIT_ANY(job, LIMITS, send(check, sf_limits(&check->memory, check->session->api_version, &check->spec)));
    TRY(job, read_limits(check, got));
    if (check->preflight.bulk == SF_YES) { /* one that is over is not aborted, one that is not, not deleted */
        AWAIT_ANY(job, ABORT,
                  send(check, sf_bulk_query_abort(&check->memory, check->session->api_version, bulk_id(check),
                                                  &check->spec)));
        AWAIT_ANY(job, DELETE,
                  send(check, sf_bulk_query_delete(&check->memory, check->session->api_version,
                                                   bulk_id(check), &check->spec)));
    }
    TRY(job, conclude(check));
    JOB_END(job);
}

static void check_close(Job *job)
{
    Check *check = (Check *)job;
    describing_free(&check->describing);
    arena_free(&check->scratch);
    arena_free(&check->memory);
}

void check_job_start(Engine *engine, Job *parent, Check *check)
{
    arena_init(&check->memory, &engine->allocator, 0);
    arena_init(&check->scratch, &engine->allocator, 0);
    check->job.arena = &check->memory;
    check->preflight.scope = check->session->scope;
    check->preflight.refresh_wanted = !grant_is_headless(check->session);
    job_start(engine, parent, &check->job, &check_kind);
}

void check_start(Command *command)
{
    Check *check = COMMAND_CHILD(command, Check);
    if (check == NULL) {
        return;
    }
    Config *config = NULL;
    const Error error = command->session->connected
                            ? command_config(command, &command->memory, &config)
                            : error_make(ERROR_NOT_CONNECTED, SLICE("no org is connected"));
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    check->config = config;
    check->session = command->session;
    check->command = command;
    command->child = &check->job;
    check_job_start(command->job.engine, &command->job, check);
}
