#include "sync/act/outbox_look.h"

#include "salesforce/chatter.h"
#include "salesforce/query.h"
#include "salesforce/task.h"
#include "sync/run/statements.h"

/* Salesforce's clock at the claim is that of an earlier answer; its servers differ by less than this. */
enum { EARLIER_MS = 5 * 60 * 1000 };

#define LOOK_POINTS(X) X(READ) X(FIND) X(STORE)

static JobStatus look_step(Job *job, const Completion *got);
static void look_close(Job *job);
JOB_KIND(look_kind, "outbox look", look_step, look_close);

static void read_due(OutboxLook *look)
{
    StoreParams params;
    arena_reset(&look->memory);
    arena_reset(&look->scratch);
    look->search = (SfMarkerSearch){.found = false};
    look->next_path = SLICE("");
    outbox_items_init(&look->items, &look->memory, 1, look->keyed);
    store_params_begin(&params, &look->memory, sync_statement(STATEMENT_OUTBOX_UNCLEAR));
    row_writer_time(&params.writer, 0, look->job.engine->wall_ms);
    store_query(&look->job, &look->query, sync_statement(STATEMENT_OUTBOX_UNCLEAR), &params,
                outbox_items_take, &look->items);
}

static Error write_find(OutboxLook *look)
{
    const Session *session = look->session;
    const OutboxItem *item = &look->items.items[0];
    const int64_t since_ms = item->claimed_ms - EARLIER_MS;
    Slice soql = {NULL, 0};
    look->search.key = item->key;
    look->search.column = item->kind == OUTBOX_CHATTER ? SLICE("Body") : SLICE("Description");
    if (look->next_path.length != 0) {
        return sf_query_next(&look->memory, look->next_path, &look->spec);
    }
    if (item->kind == OUTBOX_CHATTER) {
        RETURN_IF_ERROR(sf_chatter_find(&look->memory, item->account_id, session->user_id, since_ms, &soql));
    } else {
        RETURN_IF_ERROR(sf_task_find(&look->memory, item->account_id, session->user_id, since_ms, &soql));
    }
    return sf_query(&look->memory, session->api_version, SF_QUERY, soql, &look->spec);
}

static void find(OutboxLook *look)
{
    request_try(&look->job, &look->request, &look->spec, write_find(look));
}

static void take_page(OutboxLook *look, const Completion *got)
{
    OutboxItem *item = &look->items.items[0];
    SfQueryPage page = {.done = true};
    Error error =
        item->kind == OUTBOX_CHATTER ? sf_chatter_error(&look->memory, false, got->error) : got->error;
    if (error.code == ERROR_OK) {
        error = sf_query_read(&look->memory, &look->scratch, got->body, sf_marker_row, &look->search, &page);
    }
    look->next_path = error.code != ERROR_OK || page.done || look->search.found ? SLICE("") : page.next_path;
    item->error = error;
    item->event = error.code != ERROR_OK ? OUTBOX_LOOK_FAILED : OUTBOX_NOT_FOUND;
    if (look->search.found && error.code == ERROR_OK) {
        item->event = OUTBOX_FOUND;
        memcpy(item->result.id, look->search.id, sizeof item->result.id);
    }
    if (error.code != ERROR_OK) {
        look->stopped = true;
        look->why = error_copy(look->job.parent->arena, error);
    }
}

static void store_outcome(OutboxLook *look)
{
    const OutboxItem *item = &look->items.items[0];
    OutboxCounts counts = {0};
    StoreOps ops;
    store_ops_begin(&ops, &look->job);
    session_guard(look->session, &ops);
    (void)outbox_items_store(&look->items, look->session, 0, &ops, &counts);
    look->counts[item->kind].done += counts.done;
    store_apply(&look->job, &ops);
}

static JobStatus look_step(Job *job, const Completion *got)
{
    OutboxLook *const look = (OutboxLook *)job;
    JOB_BEGIN(job, LOOK_POINTS);
    while (!look->stopped && !job->engine->stopping) {
        AWAIT(job, READ, read_due(look));
        TRY(job, look->items.error);
        if (look->items.count == 0) {
            break;
        }
        do {
            AWAIT_ANY(job, FIND, find(look));
            take_page(look, got);
        } while (look->next_path.length != 0);
        AWAIT(job, STORE, store_outcome(look));
    }
    JOB_END(job);
}

static void look_close(Job *job)
{
    OutboxLook *look = (OutboxLook *)job;
    arena_free(&look->memory);
    arena_free(&look->scratch);
}

void outbox_look_start(Engine *engine, Job *parent, OutboxLook *look)
{
    arena_init(&look->memory, &engine->allocator, 0);
    arena_init(&look->scratch, &engine->allocator, 0);
    look->job.arena = &look->memory;
    job_start(engine, parent, &look->job, &look_kind);
}
