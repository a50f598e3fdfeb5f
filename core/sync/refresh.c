#include "sync/refresh.h"

#include "base/assert.h"
#include "salesforce/token.h"
#include "sync/statements.h"

#define REFRESH_POINTS(X) X(TOKEN) X(SEAL) X(STORE) X(LOST)

typedef struct Refresh {
    Job job; /* first */
    Session *session;
    Arena memory; /* holds tokens: wiped */
    Request request;
    RequestSpec spec;
    SfToken token;
    Slice sealed;
    Error refused;
} Refresh;

static JobStatus refresh_step(Job *job, const Completion *got);
JOB_KIND(refresh_kind, "refresh", REFRESH_POINTS, refresh_step, NULL);

/* A request of its own carries no session, so nobody else looks at the lease. */
static Error write_request(Refresh *refresh)
{
    const Session *session = refresh->session;
    const SfApp app = {.client_id = session->client_id, .client_secret = session->client_secret};
    RETURN_IF_ERROR(session_may_send(session));
    if (session->refresh_token.length == 0) {
        return error_make(ERROR_SF_ACCESS_REVOKED,
                          SLICE("the session is over and there is no refresh token"));
    }
    return sf_oauth_by_refresh(&refresh->memory, &app, session->login_base, session->refresh_token,
                               &refresh->spec);
}

static void ask_token(Refresh *refresh)
{
    const Error error = write_request(refresh);
    if (error.code != ERROR_OK) {
        engine_fail(&refresh->job, error);
        return;
    }
    request_send(&refresh->job, &refresh->request, &refresh->spec);
}

static Error read_token(Refresh *refresh, const Completion *got)
{
    Session *session = refresh->session;
    RETURN_IF_ERROR(sf_token_read(&refresh->memory, got->body, session->login_base, &refresh->token));
    const Slice org_id = slice_make(refresh->token.org_id, SF_ID_BYTES);
    if (!slice_equal(org_id, session->org_id)) {
        return ERROR_TEXT(&refresh->memory, ERROR_SF_ORG_CHANGED,
                          SLICE("the session now belongs to another org: "), org_id);
    }
    return ERROR_NONE;
}

static Slice refresh_token_of(const Refresh *refresh)
{
    return refresh->token.refresh_token.length != 0 ? refresh->token.refresh_token
                                                    : refresh->session->refresh_token;
}

static void seal(Refresh *refresh)
{
    Buffer secrets;
    Buffer record;
    Session with_new = *refresh->session;
    with_new.access_token = refresh->token.access_token;
    with_new.refresh_token = refresh_token_of(refresh);
    buffer_init(&secrets, &refresh->memory, 0);
    buffer_init(&record, &refresh->memory, 0);
    session_write_secrets(&with_new, &secrets);
    session_seal_record(refresh->session, buffer_slice(&secrets), &record);
    engine_plain_call(&refresh->job, refresh->job.engine->host.seal, buffer_slice(&record));
}

static void store(Refresh *refresh)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &refresh->job);
    session_guard(refresh->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CONNECTION_REFRESH));
    row_writer_text(&params.writer, 0, refresh->sealed);
    row_writer_text(&params.writer, 1, refresh->token.instance_url);
    row_writer_time(&params.writer, 2, (int64_t)refresh->job.engine->wall_ms);
    store_ops_run(&ops, &params);
    store_apply(&refresh->job, &ops);
}

static void store_lost(Refresh *refresh)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &refresh->job);
    session_guard(refresh->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CONNECTION_LOST));
    row_writer_text(&params.writer, 0, refresh->refused.message);
    store_ops_run(&ops, &params);
    store_apply(&refresh->job, &ops);
}

/* From here on the new tokens are used: they are durable. */
static Error use(Refresh *refresh)
{
    Session *session = refresh->session;
    RETURN_IF_ERROR(session_set_secrets(session, refresh->token.access_token, refresh_token_of(refresh),
                                        session->client_secret));
    session->instance_url = arena_copy(&session->facts, refresh->token.instance_url);
    return ERROR_NONE;
}

static JobStatus refresh_step(Job *job, const Completion *got)
{
    Refresh *const refresh = (Refresh *)job;
    JOB_BEGIN(job, REFRESH_POINTS);
    AWAIT_ANY(job, TOKEN, ask_token(refresh));
    refresh->refused = got->error;
    if (refresh->refused.code == ERROR_OK) {
        refresh->refused = read_token(refresh, got);
    }
    if (error_class(refresh->refused.code) == ERROR_CLASS_RECONNECT) {
        AWAIT_ANY(job, LOST, store_lost(refresh));
    }
    TRY(job, refresh->refused);
    AWAIT(job, SEAL, seal(refresh));
    refresh->sealed = arena_copy(&refresh->memory, got->body);
    AWAIT(job, STORE, store(refresh));
    TRY(job, use(refresh));
    JOB_END(job);
}

void refresh_start(Session *session)
{
    Engine *engine = session->engine;
    Refresh *refresh = engine->allocator.resize(engine->allocator.context, NULL, 0, sizeof *refresh);
    perly_assert(refresh != NULL);
    *refresh = (Refresh){.session = session};
    arena_init(&refresh->memory, &engine->allocator, 0);
    refresh->job.arena = &refresh->memory;
    session->refresh = refresh;
    job_start(engine, NULL, &refresh->job, &refresh_kind);
}

bool refresh_is(const Job *job)
{
    return job->kind == &refresh_kind;
}

static void release(Refresh *refresh)
{
    const Allocator allocator = refresh->session->engine->allocator;
    arena_wipe(&refresh->memory);
    arena_free(&refresh->memory);
    (void)allocator.resize(allocator.context, refresh, sizeof *refresh, 0);
}

void refresh_ended(Job *job)
{
    Refresh *refresh = (Refresh *)job;
    Session *session = refresh->session;
    session->refresh = NULL;
    const Error error = refresh->job.error;
    Request *request = session->waiting;
    session->waiting = NULL;
    while (request != NULL) {
        Request *next = request->next;
        request_refreshed(request, error_copy(request->arena, error));
        request = next;
    }
    release(refresh);
}

void refresh_drop(Session *session)
{
    if (session->refresh != NULL) {
        release(session->refresh);
        session->refresh = NULL;
        session->waiting = NULL;
    }
}
