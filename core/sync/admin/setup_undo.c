#include "sync/admin/setup_undo.h"

#include "salesforce/permission_set.h"
#include "salesforce/query.h"
#include "salesforce/record.h"
#include "sync/run/command.h"
#include "sync/run/statements.h"

#define UNDO_POINTS(X) X(MADE) X(SET) X(LOOK) X(REMOVE) X(FORGET)

static JobStatus undo_step(Job *job, const Completion *got);
static void undo_close(Job *job);
JOB_KIND(undo_kind, "setup undo", undo_step, undo_close);

/* In the order in which it is removed. */
static const SetupLook steps[] = {SETUP_ASSIGNMENT, SETUP_ACCESS, SETUP_OBJECT, SETUP_SET, SETUP_FIELDS};

enum { STEP_COUNT = sizeof steps / sizeof steps[0] };

static Slice set_id(const SetupUndo *undo)
{
    return slice_make(undo->set_id, SF_ID_BYTES);
}

static bool is_set_ours(const SetupUndo *undo)
{
    return undo->made[setup_part(SETUP_SET, SF_OWN_FIELD_COUNT)];
}

static void send(SetupUndo *undo, Error error)
{
    request_try(&undo->job, &undo->request, &undo->spec, error);
}

/* What setup made. */

static uint32_t take_made(void *context, const RowBatch *batch)
{
    SetupUndo *undo = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const RowView row = row_at(batch, i);
        const uint32_t part = setup_part_find(&undo->scratch, row_text(row, 0), row_text(row, 1));
        if (part != SETUP_PARTS) {
            undo->made[part] = true;
        }
    }
    return PERLY_MORE;
}

static void read_made(SetupUndo *undo)
{
    store_query(&undo->job, &undo->query, sync_statement(STATEMENT_MADE_READ), NULL, take_made, undo);
}

/* Looking. */

static void look_set(SetupUndo *undo)
{
    send(undo, sf_query(&undo->memory, undo->session->api_version, SF_QUERY, sf_permission_set_soql(),
                        &undo->spec));
}

static Error take_set_row(void *context, JsonValue record)
{
    SetupUndo *undo = context;
    return sf_row_id(undo->set_id, record);
}

static Error read_set(SetupUndo *undo, Slice body)
{
    SfQueryPage page;
    return sf_query_read(&undo->memory, &undo->scratch, body, take_set_row, undo, &page);
}

/* What hangs on a set is gone with it, so that it is looked for only in a set that is not ours. */
static bool is_looked_for(const SetupUndo *undo)
{
    switch (steps[undo->step]) {
    case SETUP_ASSIGNMENT: return undo->set_id[0] != '\0';
    case SETUP_ACCESS:
    case SETUP_OBJECT: return undo->set_id[0] != '\0' && !is_set_ours(undo);
    case SETUP_FIELDS: return true;
    case SETUP_SET:
    case SETUP_LOOK_COUNT: break;
    }
    return false;
}

static Error look_spec(SetupUndo *undo)
{
    Arena *arena = &undo->memory;
    SfQueryKind kind = SF_QUERY;
    Slice soql = {NULL, 0};
    switch (steps[undo->step]) {
    case SETUP_ASSIGNMENT:
        /* A set that is ours goes with whoever has it: Salesforce deletes none that is assigned. */
        RETURN_IF_ERROR(is_set_ours(undo)
                            ? sf_assignments_soql(arena, set_id(undo), &soql)
                            : sf_assignment_soql(arena, set_id(undo), undo->session->user_id, &soql));
        break;
    case SETUP_ACCESS: RETURN_IF_ERROR(sf_field_permissions_soql(arena, set_id(undo), &soql)); break;
    case SETUP_OBJECT: RETURN_IF_ERROR(sf_object_permission_soql(arena, set_id(undo), &soql)); break;
    case SETUP_FIELDS:
        kind = SF_QUERY_TOOLING;
        soql = sf_own_fields_soql();
        break;
    case SETUP_SET:
    case SETUP_LOOK_COUNT: break;
    }
    return sf_query(arena, undo->session->api_version, kind, soql, &undo->spec);
}

static void look(SetupUndo *undo)
{
    arena_reset(&undo->memory);
    send(undo, look_spec(undo));
}

static void add_row(SetupUndo *undo, SfOwnField field, const char id[SF_ID_BYTES])
{
    const SetupLook step = steps[undo->step];
    const uint32_t part = setup_part(step, field);
    const bool ours = undo->made[part] || (step == SETUP_ASSIGNMENT && is_set_ours(undo));
    if (undo->row_count < SETUP_UNDO_ROWS_MAX) {
        SetupUndoRow *row = &undo->rows[undo->row_count++];
        *row = (SetupUndoRow){.part = part, .ours = ours};
        memcpy(row->id, id, SF_ID_BYTES);
    }
}

static Error take_row(void *context, JsonValue record)
{
    SetupUndo *undo = context;
    char id[SF_ID_BYTES];
    bool known = true;
    bool edit = false;
    SfOwnField field = SF_OWN_FIELD_COUNT;
    if (steps[undo->step] == SETUP_FIELDS) {
        RETURN_IF_ERROR(sf_own_fields_row(record, &known, &field, id));
    } else {
        RETURN_IF_ERROR(sf_row_id(id, record));
        if (steps[undo->step] == SETUP_ACCESS) {
            RETURN_IF_ERROR(sf_field_permission_row(record, &known, &field, &edit));
        }
    }
    if (known) {
        add_row(undo, field, id);
    }
    return ERROR_NONE;
}

static Error read_look(SetupUndo *undo, Slice body)
{
    SfQueryPage page;
    return sf_query_read(&undo->memory, &undo->scratch, body, take_row, undo, &page);
}

/* Removing. */

static Slice object_of(SetupLook step)
{
    switch (step) {
    case SETUP_ASSIGNMENT: return SLICE("PermissionSetAssignment");
    case SETUP_ACCESS: return SLICE("FieldPermissions");
    case SETUP_OBJECT: return SLICE("ObjectPermissions");
    case SETUP_SET:
    case SETUP_FIELDS:
    case SETUP_LOOK_COUNT: break;
    }
    return SLICE("PermissionSet");
}

static void remove_row(SetupUndo *undo)
{
    const Slice id = slice_make(undo->rows[undo->row].id, SF_ID_BYTES);
    const Slice version = undo->session->api_version;
    const SetupLook step = steps[undo->step];
    arena_reset(&undo->memory);
    send(undo, step == SETUP_FIELDS ? sf_own_field_delete(&undo->memory, version, id, &undo->spec)
                                    : sf_record_delete(&undo->memory, version, SLICE("setup.undo"),
                                                       object_of(step), id, &undo->spec));
}

static void tell_row(SetupUndo *undo)
{
    const SetupUndoRow *row = &undo->rows[undo->row];
    Event event;
    if (row->ours && undo->plan) {
        *undo->exit = COMMAND_EXIT_DIFFERENT;
    }
    event_begin(&event, &undo->scratch, SLICE("setup"));
    event_text(&event, SLICE("state"),
               !row->ours   ? SLICE("kept")
               : undo->plan ? SLICE("removable")
                            : SLICE("removed"));
    setup_tell_part(&event, row->part);
    event_send(&event, undo->job.engine);
}

/* What is gone already was removed by an earlier run, or with the set. */
static Error check_removed(const Completion *got)
{
    return got->error.code == ERROR_SF_RECORD_GONE ? ERROR_NONE : got->error;
}

/* What the org does not show any more is pushed anew when the fields are back. */
static void forget(SetupUndo *undo)
{
    static const SyncStatement statements[] = {STATEMENT_MADE_FORGET, STATEMENT_HEALTH_UNPUSHED,
                                               STATEMENT_DIRTY_ALL};
    StoreOps ops;
    store_ops_begin(&ops, &undo->job);
    session_guard(undo->session, &ops);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        StoreParams params;
        store_params_begin(&params, ops.arena, sync_statement(statements[i]));
        row_writer_time(&params.writer, 0, undo->job.engine->wall_ms);
        store_ops_run(&ops, &params);
    }
    store_apply(&undo->job, &ops);
}

static JobStatus undo_step(Job *job, const Completion *got)
{
    SetupUndo *const undo = (SetupUndo *)job;
    JOB_BEGIN(job, UNDO_POINTS);
    AWAIT(job, MADE, read_made(undo));
    AWAIT(job, SET, look_set(undo));
    TRY(job, read_set(undo, got->body));
    for (undo->step = 0; undo->step < STEP_COUNT; undo->step++) {
        undo->row_count = 0;
        if (is_looked_for(undo)) {
            AWAIT(job, LOOK, look(undo));
            TRY(job, read_look(undo, got->body));
        } else if (steps[undo->step] == SETUP_SET && undo->set_id[0] != '\0') {
            add_row(undo, SF_OWN_FIELD_COUNT, undo->set_id);
        }
        for (undo->row = 0; undo->row < undo->row_count; undo->row++) {
            if (undo->rows[undo->row].ours && !undo->plan) {
                AWAIT_ANY(job, REMOVE, remove_row(undo));
                TRY(job, check_removed(got));
            }
            tell_row(undo);
        }
    }
    if (!undo->plan) {
        AWAIT(job, FORGET, forget(undo));
    }
    JOB_END(job);
}

static void undo_close(Job *job)
{
    SetupUndo *undo = (SetupUndo *)job;
    arena_free(&undo->memory);
    arena_free(&undo->scratch);
}

void setup_undo_job_start(Engine *engine, Job *parent, SetupUndo *undo)
{
    arena_init(&undo->memory, &engine->allocator, 0);
    arena_init(&undo->scratch, &engine->allocator, 0);
    undo->job.arena = &undo->memory;
    job_start(engine, parent, &undo->job, &undo_kind);
}

void setup_undo_start(Command *command)
{
    SetupUndo *undo = COMMAND_CHILD(command, SetupUndo);
    if (undo == NULL) {
        return;
    }
    undo->session = command->session;
    undo->exit = &command->exit;
    (void)json_bool_or(json_get(command->arguments, SLICE("plan")), false, &undo->plan);
    command->child = &undo->job;
    setup_undo_job_start(command->job.engine, &command->job, undo);
}
