#include "sync/upkeep/losses.h"

#include "base/time.h"
#include "sync/plan/outage.h"
#include "sync/run/statements.h"

#define LOSSES_POINTS(X) X(ASK) X(NEXT) X(APPLY) X(ERASED) X(CLEAN)

static JobStatus losses_step(Job *job, const Completion *got);
static void losses_close(Job *job);
JOB_KIND(losses_kind, "losses", losses_step, losses_close);

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for lost rows"));
}

static bool must_ask(const Losses *losses)
{
    const bool due = losses->ask || losses->asked_ms == TIME_MS_MIN ||
                     losses->session->server_ms - losses->asked_ms >= LOSSES_ASK_MS;
    return due && sf_describe_find(losses->contact, SLICE("IndividualId")) != NULL;
}

static void send(Losses *losses, Error error)
{
    request_try(&losses->job, &losses->request, &losses->spec, error);
}

static void ask(Losses *losses)
{
    static const Slice soql = SLICE_INIT("SELECT Id FROM Contact WHERE Individual.ShouldForget = true");
    send(losses, sf_query(&losses->memory, losses->session->api_version, SF_QUERY_ALL, soql, &losses->spec));
}

static void ask_next(Losses *losses)
{
    send(losses, sf_query_next(&losses->memory, losses->page.next_path, &losses->spec));
}

static Error take_contact(void *context, JsonValue record)
{
    enum { ROOM_MIN = 64 };
    Losses *losses = context;
    Slice id = {NULL, 0};
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("Id")), &id));
    if (losses->id_count == losses->id_room) {
        const size_t room = losses->id_room == 0 ? ROOM_MIN : 2 * losses->id_room;
        Slice *ids = arena_resize(&losses->memory, losses->ids, losses->id_room * sizeof *ids,
                                  room * sizeof *ids, _Alignof(Slice));
        if (ids == NULL) {
            return no_memory();
        }
        losses->ids = ids;
        losses->id_room = room;
    }
    if (!arena_keep(&losses->memory, id, &losses->ids[losses->id_count])) {
        return no_memory();
    }
    losses->id_count++;
    return ERROR_NONE;
}

/* A question that fails is put again in the next cycle: a user who may not see individuals is never told. */
static Error take_answer(Losses *losses, const Completion *got)
{
    losses->page = (SfQueryPage){.done = true};
    losses->answered = got->error.code == ERROR_OK;
    if (!losses->answered) {
        return outage_is_whole(got->error) ? got->error : ERROR_NONE;
    }
    arena_reset(&losses->scratch);
    const Error error =
        sf_query_read(&losses->memory, &losses->scratch, got->body, take_contact, losses, &losses->page);
    losses->answered = error.code == ERROR_OK;
    losses->page.done = losses->page.done || !losses->answered;
    return error.code == ERROR_OUT_OF_MEMORY ? error_copy(&losses->memory, error) : ERROR_NONE;
}

static void run_at(StoreOps *ops, SyncStatement statement, int64_t at_ms)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(statement));
    row_writer_time(&params.writer, 0, at_ms);
    store_ops_run(ops, &params);
}

static void add_forgotten(const Losses *losses, StoreOps *ops)
{
    const int64_t now_ms = losses->session->server_ms;
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_FORGOTTEN_WRITE));
    for (size_t i = 0; i < losses->id_count; i++) {
        if (i != 0) {
            store_params_next(ops, &params);
        }
        row_writer_text(&params.writer, 0, losses->ids[i]);
        row_writer_time(&params.writer, 1, now_ms);
    }
    if (losses->id_count != 0) {
        store_ops_run(ops, &params);
    }
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_PULL_ASKED));
    row_writer_text(&params.writer, 0, LOSSES_NAME);
    row_writer_time(&params.writer, 1, now_ms);
    row_writer_int64(&params.writer, 2, (int64_t)losses->id_count);
    store_ops_run(ops, &params);
}

static void apply(Losses *losses)
{
    static const SyncStatement merges[] = {STATEMENT_MERGE_ACTIONS,       STATEMENT_MERGE_SIGNALS,
                                           STATEMENT_MERGE_CHANGES,       STATEMENT_MERGE_CONTACTS,
                                           STATEMENT_MERGE_OPPORTUNITIES, STATEMENT_MERGE_ACTIVITIES,
                                           STATEMENT_MERGE_DIRTY};
    static const SyncStatement drops[] = {
        STATEMENT_DELETED_ACTIONS,       STATEMENT_FORGET_DIRTY,     STATEMENT_FORGET_ROLES,
        STATEMENT_FORGET_RELATIONS,      STATEMENT_FORGET_ATTENDEES, STATEMENT_FORGET_CHANGES,
        STATEMENT_FORGET_ACCOUNTS,       STATEMENT_FORGET_CONTACTS,  STATEMENT_FORGET_ACCOUNT_FIELDS,
        STATEMENT_FORGET_CONTACT_FIELDS, STATEMENT_FORGET_REJECTED};
    StoreOps ops;
    store_ops_begin(&ops, &losses->job);
    session_guard(losses->session, &ops);
    if (losses->answered) {
        add_forgotten(losses, &ops);
    }
    for (size_t i = 0; losses->changed && i < sizeof merges / sizeof merges[0]; i++) {
        run_at(&ops, merges[i], losses->seen_ms);
    }
    run_at(&ops, STATEMENT_FORGOTTEN_ACCOUNTS, losses->session->server_ms);
    erasing_note(&ops, losses->session->server_ms);
    for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++) {
        run_at(&ops, drops[i], losses->session->server_ms);
    }
    store_apply(&losses->job, &ops);
}

static void clean(Losses *losses)
{
    StoreOps ops;
    store_ops_begin(&ops, &losses->job);
    session_guard(losses->session, &ops);
    erasing_write(&losses->erasing, &ops);
    store_apply(&losses->job, &ops);
}

static JobStatus losses_step(Job *job, const Completion *got)
{
    Losses *const losses = (Losses *)job;
    JOB_BEGIN(job, LOSSES_POINTS);
    if (must_ask(losses)) {
        AWAIT_ANY(job, ASK, ask(losses));
        TRY(job, take_answer(losses, got));
        while (!losses->page.done) {
            AWAIT_ANY(job, NEXT, ask_next(losses));
            TRY(job, take_answer(losses, got));
        }
    }
    if (losses->answered || losses->changed) {
        AWAIT(job, APPLY, apply(losses));
    }
    do {
        AWAIT(job, ERASED, erasing_read(job, &losses->erasing)); /* also what a process that died left */
        TRY(job, losses->erasing.error);
        if (losses->erasing.count != 0) {
            AWAIT(job, CLEAN, clean(losses));
        }
    } while (losses->erasing.count == ERASING_PERSONS_MAX);
    JOB_END(job);
}

static void losses_close(Job *job)
{
    Losses *losses = (Losses *)job;
    arena_free(&losses->scratch);
    arena_free(&losses->memory);
}

void losses_start(Engine *engine, Job *parent, Losses *losses)
{
    arena_init(&losses->memory, &engine->allocator, 0);
    arena_init(&losses->scratch, &engine->allocator, 0);
    losses->job.arena = &losses->memory;
    losses->erasing = (Erasing){.arena = &losses->memory};
    job_start(engine, parent, &losses->job, &losses_kind);
}
