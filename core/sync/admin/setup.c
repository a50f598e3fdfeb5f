#include "sync/admin/setup.h"

#include "salesforce/permission_set.h"
#include "salesforce/query.h"
#include "salesforce/record.h"
#include "sync/run/command.h"
#include "sync/run/statements.h"

#define SETUP_POINTS(X)                                                                                      \
    X(ACCOUNT)                                                                                               \
    X(TASK) X(ASSIGNEE) X(LOOK) X(NOTE) X(MAKE) X(WAIT) X(ACCOUNT_AGAIN) X(TASK_AGAIN)

enum { POLL_PAUSE_MS = 2000 };

static JobStatus setup_step(Job *job, const Completion *got);
static void setup_close(Job *job);
JOB_KIND(setup_kind, "setup", setup_step, setup_close);

/* Parts. */

typedef struct Part {
    SetupLook look;
    SfOwnField field; /* of fields and field access */
} Part;

static const Part parts[SETUP_PARTS] = {
    {SETUP_FIELDS, SF_OWN_HEALTH_SCORE},   {SETUP_FIELDS, SF_OWN_RISK_LEVEL},
    {SETUP_FIELDS, SF_OWN_LAST_UPDATED},   {SETUP_FIELDS, SF_OWN_KEY},
    {SETUP_SET, SF_OWN_FIELD_COUNT},       {SETUP_OBJECT, SF_OWN_FIELD_COUNT},
    {SETUP_ACCESS, SF_OWN_HEALTH_SCORE},   {SETUP_ACCESS, SF_OWN_RISK_LEVEL},
    {SETUP_ACCESS, SF_OWN_LAST_UPDATED},   {SETUP_ACCESS, SF_OWN_KEY},
    {SETUP_ASSIGNMENT, SF_OWN_FIELD_COUNT}};

uint32_t setup_part(SetupLook look, SfOwnField field)
{
    uint32_t i = 0;
    while (i < SETUP_PARTS && (parts[i].look != look || parts[i].field != field)) {
        i++;
    }
    return i;
}

static SetupState *part_state(Setup *setup, SetupLook look, SfOwnField field)
{
    return &setup->parts[setup_part(look, field)];
}

static Slice part_what(const Part *part)
{
    static const Slice names[SETUP_LOOK_COUNT] = {
        [SETUP_FIELDS] = SLICE_INIT("field"),          [SETUP_SET] = SLICE_INIT("permission_set"),
        [SETUP_OBJECT] = SLICE_INIT("object_access"),  [SETUP_ACCESS] = SLICE_INIT("field_access"),
        [SETUP_ASSIGNMENT] = SLICE_INIT("assignment"),
    };
    return names[part->look];
}

/* "Account.Perly_Health_Score__c", "Perly_Sync", "Account" */
static void append_name(Buffer *name, const Part *part)
{
    switch (part->look) {
    case SETUP_FIELDS:
    case SETUP_ACCESS: {
        const SfOwnFieldFacts *own = sf_own_field(part->field);
        buffer_append(name, part->look == SETUP_FIELDS ? own->table : own->object);
        buffer_append_byte(name, '.');
        buffer_append(name, own->name);
        return;
    }
    case SETUP_OBJECT: buffer_append(name, SLICE("Account")); return;
    case SETUP_SET:
    case SETUP_ASSIGNMENT:
    case SETUP_LOOK_COUNT: break;
    }
    buffer_append(name, SF_PERMISSION_SET_NAME);
}

uint32_t setup_part_find(Arena *scratch, Slice what, Slice name)
{
    for (uint32_t i = 0; i < SETUP_PARTS; i++) {
        Buffer text;
        arena_reset(scratch);
        buffer_init(&text, scratch, 0);
        append_name(&text, &parts[i]);
        if (slice_equal(part_what(&parts[i]), what) && slice_equal(buffer_slice(&text), name)) {
            return i;
        }
    }
    return SETUP_PARTS;
}

static Slice set_id(const Setup *setup)
{
    return slice_make(setup->set_id, SF_ID_BYTES);
}

/* Who gets the set: the connected user, or the one that an administrator names. */
static Slice assignee_id(const Setup *setup)
{
    return setup->assign.length == 0 ? setup->session->user_id : slice_make(setup->assignee_id, SF_ID_BYTES);
}

/* One exchange after another, each with the arena to itself. */
static void send(Setup *setup, Error error)
{
    request_try(&setup->job, &setup->request, &setup->spec, error);
}

/* Describe. */

static void describe(Setup *setup, Slice object)
{
    arena_reset(&setup->memory);
    send(setup, sf_describe(&setup->memory, setup->session->api_version, object, &setup->spec));
}

/* Fields of ours that the user sees must be what we would have made. */
static Error read_describe(Setup *setup, Slice body)
{
    SfDescribe object;
    RETURN_IF_ERROR(sf_describe_read(&setup->memory, &setup->scratch, body, SF_PICKLISTS_READ, &object));
    for (int i = 0; i < SF_OWN_FIELD_COUNT; i++) {
        const SfOwnFieldFacts *own = sf_own_field((SfOwnField)i);
        if (!slice_equal(own->object, object.name)) {
            continue;
        }
        const SfDescribeField *field = sf_describe_find(&object, own->name);
        setup->shown[i] = field != NULL && field->updateable;
        if (field != NULL) {
            RETURN_IF_ERROR(sf_own_field_check(&setup->memory, (SfOwnField)i, field));
        }
    }
    return ERROR_NONE;
}

/* The user that an administrator names. */

static void find_assignee(Setup *setup)
{
    Slice soql = {NULL, 0};
    Error error = sf_user_soql(&setup->memory, setup->assign, &soql);
    if (error.code == ERROR_OK) {
        error = sf_query(&setup->memory, setup->session->api_version, SF_QUERY, soql, &setup->spec);
    }
    send(setup, error);
}

static Error take_assignee(void *context, JsonValue record)
{
    Setup *setup = context;
    return sf_row_id(setup->assignee_id, record);
}

static Error read_assignee(Setup *setup, Slice body)
{
    SfQueryPage page;
    RETURN_IF_ERROR(sf_query_read(&setup->memory, &setup->scratch, body, take_assignee, setup, &page));
    return setup->assignee_id[0] != '\0' ? ERROR_NONE
                                         : ERROR_TEXT(setup->job.arena, ERROR_COMMAND_ARGUMENT,
                                                      SLICE("no active user is called "), setup->assign);
}

/* Looking. */

static Error look_spec(Setup *setup)
{
    Arena *arena = &setup->memory;
    SfQueryKind kind = SF_QUERY;
    Slice soql = {NULL, 0};
    switch ((SetupLook)setup->look) {
    case SETUP_FIELDS:
        kind = SF_QUERY_TOOLING;
        soql = sf_own_fields_soql();
        break;
    case SETUP_SET: soql = sf_permission_set_soql(); break;
    case SETUP_OBJECT: RETURN_IF_ERROR(sf_object_permission_soql(arena, set_id(setup), &soql)); break;
    case SETUP_ACCESS: RETURN_IF_ERROR(sf_field_permissions_soql(arena, set_id(setup), &soql)); break;
    case SETUP_ASSIGNMENT:
        RETURN_IF_ERROR(sf_assignment_soql(arena, set_id(setup), assignee_id(setup), &soql));
        break;
    case SETUP_LOOK_COUNT: break;
    }
    return sf_query(arena, setup->session->api_version, kind, soql, &setup->spec);
}

static Error refusal(Setup *setup, Error error)
{
    return setup->look == SETUP_FIELDS ? sf_own_field_error(&setup->memory, error) : error;
}

static void look(Setup *setup)
{
    arena_reset(&setup->memory);
    send(setup, look_spec(setup));
}

static void found(SetupState *state)
{
    if (*state != SETUP_CREATED) {
        *state = SETUP_PRESENT;
    }
}

static Error take_access(Setup *setup, JsonValue record)
{
    bool known = false;
    bool edit = false;
    SfOwnField field = SF_OWN_FIELD_COUNT;
    RETURN_IF_ERROR(sf_field_permission_row(record, &known, &field, &edit));
    if (known && edit) {
        found(part_state(setup, SETUP_ACCESS, field));
    } else if (known) {
        *part_state(setup, SETUP_ACCESS, field) = SETUP_WEAK;
        RETURN_IF_ERROR(sf_row_id(setup->weak_id[field], record));
    }
    return ERROR_NONE;
}

static Error take_row(void *context, JsonValue record)
{
    Setup *setup = context;
    char id[SF_ID_BYTES];
    bool known = false;
    SfOwnField field = SF_OWN_FIELD_COUNT;
    switch ((SetupLook)setup->look) {
    case SETUP_FIELDS:
        RETURN_IF_ERROR(sf_own_fields_row(record, &known, &field, id));
        if (known) {
            found(part_state(setup, SETUP_FIELDS, field));
        }
        return ERROR_NONE;
    case SETUP_ACCESS: return take_access(setup, record);
    case SETUP_SET: RETURN_IF_ERROR(sf_row_id(setup->set_id, record)); break;
    case SETUP_OBJECT:
    case SETUP_ASSIGNMENT:
    case SETUP_LOOK_COUNT: break;
    }
    found(part_state(setup, (SetupLook)setup->look, SF_OWN_FIELD_COUNT));
    return ERROR_NONE;
}

/* What the answer does not name is missing: these queries have a handful of rows, never a second page. */
static Error read_look(Setup *setup, Slice body)
{
    SfQueryPage page;
    for (uint32_t i = 0; i < SETUP_PARTS; i++) {
        if (parts[i].look == (SetupLook)setup->look && setup->parts[i] == SETUP_UNKNOWN) {
            setup->parts[i] = SETUP_MISSING;
        }
    }
    setup->again = false;
    return sf_query_read(&setup->memory, &setup->scratch, body, take_row, setup, &page);
}

/* Making. */

static bool next_missing(Setup *setup)
{
    for (uint32_t i = 0; i < SETUP_PARTS && !setup->plan; i++) {
        const bool wanted = setup->parts[i] == SETUP_MISSING || setup->parts[i] == SETUP_WEAK;
        if (parts[i].look == (SetupLook)setup->look && wanted) {
            setup->part = i;
            return true;
        }
    }
    return false;
}

static Error make_spec(Setup *setup)
{
    const Part *part = &parts[setup->part];
    const Session *session = setup->session;
    Arena *arena = &setup->memory;
    RequestSpec *spec = &setup->spec;
    switch (part->look) {
    case SETUP_FIELDS: return sf_own_field_create(arena, session->api_version, part->field, spec);
    case SETUP_SET: return sf_permission_set_create(arena, session->api_version, spec);
    case SETUP_OBJECT: return sf_object_permission_create(arena, session->api_version, set_id(setup), spec);
    case SETUP_ACCESS:
        if (setup->parts[setup->part] == SETUP_WEAK) {
            return sf_record_delete(arena, session->api_version, SLICE("setup.access"),
                                    SLICE("FieldPermissions"),
                                    slice_make(setup->weak_id[part->field], SF_ID_BYTES), spec);
        }
        return sf_field_permission_create(arena, session->api_version, set_id(setup), part->field, true,
                                          spec);
    case SETUP_ASSIGNMENT:
        return sf_assignment_create(arena, session->api_version, set_id(setup), assignee_id(setup), spec);
    case SETUP_LOOK_COUNT: break;
    }
    return error_make(ERROR_INTERNAL, SLICE("setup has no such part"));
}

/* Before it is made: a process may die with the answer on its way. */
static void note(Setup *setup)
{
    StoreOps ops;
    StoreParams params;
    Buffer name;
    arena_reset(&setup->scratch);
    buffer_init(&name, &setup->scratch, 0);
    append_name(&name, &parts[setup->part]);
    store_ops_begin(&ops, &setup->job);
    session_guard(setup->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_MADE_WRITE));
    row_writer_text(&params.writer, 0, part_what(&parts[setup->part]));
    row_writer_text(&params.writer, 1, buffer_slice(&name));
    row_writer_time(&params.writer, 2, setup->job.engine->wall_ms);
    store_ops_run(&ops, &params);
    store_apply(&setup->job, &ops);
}

static void make(Setup *setup)
{
    arena_reset(&setup->memory);
    send(setup, make_spec(setup));
}

/* It may be there by now: another writer was first, or the answer to us was lost. */
static bool may_be_there(ErrorCode code)
{
    return code == ERROR_SF_NAME_TAKEN || code == ERROR_SF_DUPLICATE_VALUE || code == ERROR_REQUEST_UNCLEAR ||
           code == ERROR_SF_RECORD_GONE;
}

static Error take_made(Setup *setup, const Completion *got)
{
    SetupState *state = &setup->parts[setup->part];
    if (may_be_there(got->error.code) && setup->tries < SETUP_TRIES_MAX) {
        setup->tries++;
        setup->again = true;
        *state = SETUP_UNKNOWN;
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(refusal(setup, got->error));
    if (*state == SETUP_WEAK) {
        *state = SETUP_MISSING; /* gone; made anew at the next turn */
        return ERROR_NONE;
    }
    char id[SF_ID_BYTES];
    RETURN_IF_ERROR(sf_record_created_read(&setup->memory, got->body, id));
    if (parts[setup->part].look == SETUP_SET) {
        memcpy(setup->set_id, id, sizeof id);
    }
    *state = SETUP_CREATED;
    return ERROR_NONE;
}

/* Telling. */

static Slice part_text(const Part *part)
{
    switch (part->look) {
    case SETUP_FIELDS: return sf_own_field(part->field)->type;
    case SETUP_SET: return SLICE("permission set Perly Sync");
    case SETUP_OBJECT:
    case SETUP_ACCESS: return SLICE("read and edit, in Perly Sync");
    case SETUP_ASSIGNMENT:
    case SETUP_LOOK_COUNT: break;
    }
    return SLICE("assigned to the user that Perly connects as");
}

void setup_tell_part(Event *event, uint32_t part)
{
    Buffer name;
    event_text(event, SLICE("what"), part_what(&parts[part]));
    json_write_key(&event->json, SLICE("name"));
    buffer_init(&name, event->arena, 0);
    append_name(&name, &parts[part]);
    json_write_text(&event->json, buffer_slice(&name));
    event_text(event, SLICE("text"), part_text(&parts[part]));
}

static void tell_look(Setup *setup)
{
    for (uint32_t i = 0; i < SETUP_PARTS; i++) {
        if (parts[i].look != (SetupLook)setup->look) {
            continue;
        }
        const bool missing = setup->parts[i] != SETUP_CREATED && setup->parts[i] != SETUP_PRESENT;
        *setup->exit = missing ? (int)COMMAND_EXIT_DIFFERENT : *setup->exit;
        Event event;
        event_begin(&event, &setup->scratch, SLICE("setup"));
        event_text(&event, SLICE("state"),
                   setup->parts[i] == SETUP_CREATED ? SLICE("created")
                   : missing                        ? SLICE("missing")
                                                    : SLICE("present"));
        setup_tell_part(&event, i);
        event_send(&event, setup->job.engine);
    }
}

/* With a plan, what hangs on a set that is not there need not be asked for. */
static bool look_needed(const Setup *setup)
{
    return setup->look <= SETUP_SET || setup->set_id[0] != '\0';
}

/* Showing. */

static bool all_shown(const Setup *setup)
{
    bool all = true;
    for (int i = 0; i < SF_OWN_FIELD_COUNT; i++) {
        all = all && setup->shown[i];
    }
    return all;
}

/* Metadata takes a while to reach every server of an org. */
static Error pause_allowed(Setup *setup)
{
    for (int i = 0; i < SF_OWN_FIELD_COUNT && setup->polls >= SETUP_POLLS_MAX; i++) {
        const SfOwnFieldFacts *own = sf_own_field((SfOwnField)i);
        if (!setup->shown[i]) {
            return ERROR_TEXT(&setup->memory, ERROR_SF_FIELD_UNKNOWN, own->object, SLICE("."), own->name,
                              SLICE(" was made and granted, but this user still cannot write it"));
        }
    }
    return ERROR_NONE;
}

static JobStatus setup_step(Job *job, const Completion *got)
{
    Setup *const setup = (Setup *)job;
    JOB_BEGIN(job, SETUP_POINTS);

    AWAIT(job, ACCOUNT, describe(setup, SLICE("Account")));
    TRY(job, read_describe(setup, got->body));
    AWAIT(job, TASK, describe(setup, SLICE("Task")));
    TRY(job, read_describe(setup, got->body));

    if (setup->assign.length != 0) {
        AWAIT(job, ASSIGNEE, find_assignee(setup));
        TRY(job, read_assignee(setup, got->body));
    }
    for (setup->look = 0; setup->look < SETUP_LOOK_COUNT; setup->look++) {
        setup->tries = 0;
        do {
            if (!look_needed(setup)) {
                break;
            }
            AWAIT_ANY(job, LOOK, look(setup));
            TRY(job, refusal(setup, got->error));
            TRY(job, read_look(setup, got->body));
            while (next_missing(setup)) {
                AWAIT(job, NOTE, note(setup));
                AWAIT_ANY(job, MAKE, make(setup));
                TRY(job, take_made(setup, got));
            }
        } while (setup->again);
        tell_look(setup);
    }

    for (setup->polls = 0; !setup->plan && setup->assign.length == 0 && !all_shown(setup); setup->polls++) {
        TRY(job, pause_allowed(setup));
        AWAIT(job, WAIT, engine_timer(job, (double)setup->polls * POLL_PAUSE_MS));
        AWAIT(job, ACCOUNT_AGAIN, describe(setup, SLICE("Account")));
        TRY(job, read_describe(setup, got->body));
        AWAIT(job, TASK_AGAIN, describe(setup, SLICE("Task")));
        TRY(job, read_describe(setup, got->body));
    }
    JOB_END(job);
}

static void setup_close(Job *job)
{
    Setup *setup = (Setup *)job;
    arena_free(&setup->scratch);
    arena_free(&setup->memory);
}

void setup_job_start(Engine *engine, Job *parent, Setup *setup)
{
    arena_init(&setup->memory, &engine->allocator, 0);
    arena_init(&setup->scratch, &engine->allocator, 0);
    setup->job.arena = &setup->memory;
    job_start(engine, parent, &setup->job, &setup_kind);
}

void setup_start(Command *command)
{
    Setup *setup = COMMAND_CHILD(command, Setup);
    if (setup == NULL) {
        return;
    }
    setup->session = command->session;
    setup->exit = &command->exit;
    (void)json_bool_or(json_get(command->arguments, SLICE("plan")), false, &setup->plan);
    (void)json_text_or(json_get(command->arguments, SLICE("assign")), SLICE(""), &setup->assign);
    command->child = &setup->job;
    setup_job_start(command->job.engine, &command->job, setup);
}
