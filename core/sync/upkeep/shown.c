#include "sync/upkeep/shown.h"

#include "base/time.h"
#include "salesforce/own_fields.h"
#include "salesforce/soql.h"
#include "sync/plan/outage.h"
#include "sync/run/statements.h"

#define SHOWN_POINTS(X) X(ASK) X(NEXT) X(APPLY)

/* Rows that become visible late are asked for twice; before the first question, those of a day. */
enum { SHOWN_OVERLAP_MS = 15 * 60 * 1000, SHOWN_FIRST_MS = 24 * 60 * 60 * 1000 };

static JobStatus shown_step(Job *job, const Completion *got);
static void shown_close(Job *job);
JOB_KIND(shown_kind, "shown", shown_step, shown_close);

static Slice score_field(void)
{
    return sf_own_field(SF_OWN_HEALTH_SCORE)->name;
}

static Slice level_field(void)
{
    return sf_own_field(SF_OWN_RISK_LEVEL)->name;
}

bool shown_may_ask(const SfDescribe *account)
{
    return sf_describe_find(account, score_field()) != NULL &&
           sf_describe_find(account, level_field()) != NULL;
}

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for what accounts show"));
}

static void send(Shown *shown, Error error)
{
    request_try(&shown->job, &shown->request, &shown->spec, error);
}

static Error write_soql(Shown *shown, Slice *soql)
{
    const Slice columns[] = {SLICE("Id"), score_field(), level_field()};
    const int64_t now_ms = shown->session->server_ms;
    Buffer where;
    buffer_init(&where, &shown->memory, 0);
    buffer_append(&where, SLICE("LastModifiedById != "));
    RETURN_IF_ERROR(sf_soql_append_text(&where, shown->session->user_id));
    if (where.failed) {
        return no_memory();
    }
    const int64_t since_ms =
        shown->asked_ms == TIME_MS_MIN ? now_ms - SHOWN_FIRST_MS : shown->asked_ms - SHOWN_OVERLAP_MS;
    const SfSelect select = {.object = SLICE("Account"),
                             .columns = columns,
                             .column_count = sizeof columns / sizeof columns[0],
                             .window_column = SLICE("SystemModstamp"),
                             .from_ms = since_ms,
                             .to_ms = TIME_MS_MAX,
                             .where = buffer_slice(&where)};
    return sf_soql_select(&shown->memory, &select, soql);
}

static void ask(Shown *shown)
{
    Slice soql = {NULL, 0};
    Error error = write_soql(shown, &soql);
    shown->asking_ms = shown->session->server_ms;
    if (error.code == ERROR_OK) {
        error = sf_query(&shown->memory, shown->session->api_version, SF_QUERY, soql, &shown->spec);
    }
    send(shown, error);
}

static void ask_next(Shown *shown)
{
    send(shown, sf_query_next(&shown->memory, shown->page.next_path, &shown->spec));
}

static Error take_account(void *context, JsonValue record)
{
    enum { ROOM_MIN = 64, OF_OTHERS = -2 }; /* no score of ours, nor SHOWN_DIRTY's -1 */
    Shown *shown = context;
    const JsonValue score = json_get(record, score_field());
    ShownAccount account = {.has_score = json_type(score) == JSON_NUMBER}; /* null: blank */
    RETURN_IF_ERROR(json_text(json_get(record, SLICE("Id")), &account.id));
    if (account.has_score && json_int64(score, &account.score).code != ERROR_OK) {
        account.score = OF_OTHERS; /* a fraction, in a field that was made by hand */
    }
    RETURN_IF_ERROR(json_text_or(json_get(record, level_field()), SLICE(""), &account.level));
    if (shown->count == shown->room) {
        const size_t room = shown->room == 0 ? ROOM_MIN : 2 * shown->room;
        ShownAccount *accounts = arena_resize(&shown->memory, shown->accounts, shown->room * sizeof *accounts,
                                              room * sizeof *accounts, _Alignof(ShownAccount));
        if (accounts == NULL) {
            return no_memory();
        }
        shown->accounts = accounts;
        shown->room = room;
    }
    if (!arena_keep(&shown->memory, account.id, &account.id) ||
        !arena_keep(&shown->memory, account.level, &account.level)) {
        return no_memory();
    }
    shown->accounts[shown->count++] = account;
    return ERROR_NONE;
}

/* A question that fails is put again in the next cycle that brings accounts. */
static Error take_answer(Shown *shown, const Completion *got)
{
    shown->page = (SfQueryPage){.done = true};
    shown->answered = got->error.code == ERROR_OK;
    if (!shown->answered) {
        return outage_is_whole(got->error) ? got->error : ERROR_NONE;
    }
    arena_reset(&shown->scratch);
    const Error error =
        sf_query_read(&shown->memory, &shown->scratch, got->body, take_account, shown, &shown->page);
    shown->answered = error.code == ERROR_OK;
    shown->page.done = shown->page.done || !shown->answered;
    return error.code == ERROR_OUT_OF_MEMORY ? error_copy(&shown->memory, error) : ERROR_NONE;
}

static void write_account(const ShownAccount *account, RowWriter *row)
{
    row_writer_text(row, 0, account->id);
    row_writer_null(row, 1);
    row_writer_null(row, 2);
    if (account->has_score) {
        row_writer_int64(row, 1, account->score);
    }
    if (account->level.length != 0) {
        row_writer_text(row, 2, account->level);
    }
}

/* All accounts as rows of two statements, the second of which sees what the first wrote. */
static void write_accounts(const Shown *shown, StoreOps *ops)
{
    StoreParams values;
    StoreParams dirty;
    store_params_begin(&values, ops->arena, sync_statement(STATEMENT_SHOWN_WRITE));
    store_params_begin(&dirty, ops->arena, sync_statement(STATEMENT_SHOWN_DIRTY));
    for (size_t i = 0; i < shown->count; i++) {
        if (i != 0) {
            store_params_next(ops, &values);
            store_params_next(ops, &dirty);
        }
        write_account(&shown->accounts[i], &values.writer);
        row_writer_text(&dirty.writer, 0, shown->accounts[i].id);
        row_writer_time(&dirty.writer, 1, shown->seen_ms);
    }
    if (shown->count != 0) {
        store_ops_run(ops, &values);
        store_ops_run(ops, &dirty);
    }
}

static void apply(Shown *shown)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &shown->job);
    session_guard(shown->session, &ops);
    write_accounts(shown, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_PULL_ASKED));
    row_writer_text(&params.writer, 0, SHOWN_NAME);
    row_writer_time(&params.writer, 1, shown->asking_ms);
    row_writer_int64(&params.writer, 2, (int64_t)shown->count);
    store_ops_run(&ops, &params);
    store_apply(&shown->job, &ops);
}

static JobStatus shown_step(Job *job, const Completion *got)
{
    Shown *const shown = (Shown *)job;
    JOB_BEGIN(job, SHOWN_POINTS);
    AWAIT_ANY(job, ASK, ask(shown));
    TRY(job, take_answer(shown, got));
    while (!shown->page.done) {
        AWAIT_ANY(job, NEXT, ask_next(shown));
        TRY(job, take_answer(shown, got));
    }
    if (shown->answered) {
        AWAIT(job, APPLY, apply(shown));
    }
    JOB_END(job);
}

static void shown_close(Job *job)
{
    Shown *shown = (Shown *)job;
    arena_free(&shown->scratch);
    arena_free(&shown->memory);
}

void shown_start(Engine *engine, Job *parent, Shown *shown)
{
    arena_init(&shown->memory, &engine->allocator, 0);
    arena_init(&shown->scratch, &engine->allocator, 0);
    shown->job.arena = &shown->memory;
    job_start(engine, parent, &shown->job, &shown_kind);
}
