#include "sync/run/refresh.h"

#include "base/assert.h"
#include "salesforce/token.h"
#include "sync/run/grant.h"
#include "sync/run/statements.h"

#define REFRESH_POINTS(X) X(PRESENT) X(SIGN) X(TOKEN) X(ANSWERED) X(SEAL) X(STORE)

typedef struct Refresh {
    Job job; /* first */
    Session *session;
    Arena memory; /* holds tokens: wiped */
    Request request;
    RequestSpec spec;
    SfToken token;
    Slice sealed;
    Slice input;      /* of an assertion */
    double signed_ms; /* mono */
    Slice signature;
    uint32_t tries;
    bool presented; /* the refresh token is marked as presented */
    bool unused;    /* but Salesforce did not use it up */
    Error refused;
} Refresh;

static JobStatus refresh_step(Job *job, const Completion *got);
JOB_KIND(refresh_kind, "refresh", refresh_step, NULL);

/* A request of its own carries no session, so nobody else looks at the lease. */
static Error write_request(Refresh *refresh)
{
    const Session *session = refresh->session;
    RETURN_IF_ERROR(session_may_send(session));
    return grant_request(&refresh->memory, session, refresh->input, refresh->signature, &refresh->spec);
}

/*
 * With rotation a token is dead once it was presented, and presenting it again revokes the grant. So after an
 * answer that was lost it is not presented a second time (unless the org is known not to rotate); the access
 * token that is still held is used for as long as it lives.
 */
static bool may_rotate(const Session *session)
{
    return !grant_is_headless(session) && !slice_equal(session->rotation, SLICE("off"));
}

static Error check_presented(const Session *session)
{
    RETURN_IF_ERROR(session_may_send(session));
    return session->presented && may_rotate(session)
               ? error_make(ERROR_SF_REFRESH_UNCLEAR,
                            SLICE("the session is over, and the answer to its renewal was lost"))
               : ERROR_NONE;
}

/* Before it is sent: durable, as a process may die with the answer on its way. NULL once an answer came. */
static void store_presented(Refresh *refresh, bool presented)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &refresh->job);
    session_guard(refresh->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CONNECTION_PRESENT));
    if (presented) {
        row_writer_time(&params.writer, 0, refresh->job.engine->wall_ms);
    } else {
        row_writer_null(&params.writer, 0);
    }
    store_ops_run(&ops, &params);
    store_apply(&refresh->job, &ops);
}

/*
 * Salesforce said no, or nothing ever left: the token was not used up. 503 is said before anything is done,
 * and so is a redirect, as to a page about maintenance.
 */
static bool is_unused(const Refresh *refresh, const Completion *got)
{
    const bool refused = got->status >= 300 && (got->status < 500 || got->status == 503);
    return refresh->refused.code != ERROR_OK && (refused || refresh->refused.code == ERROR_HTTP_UNREACHABLE);
}

static void begin_sign(Refresh *refresh)
{
    const Error error = grant_jwt(&refresh->memory, refresh->session, &refresh->input);
    if (error.code != ERROR_OK) {
        engine_fail(&refresh->job, error);
        return;
    }
    refresh->signed_ms = refresh->job.engine->mono_ms;
    grant_sign(&refresh->job, refresh->session, refresh->input);
}

static void ask_token(Refresh *refresh)
{
    request_try(&refresh->job, &refresh->request, &refresh->spec, write_request(refresh));
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

/* What the answer told: a refresh token that came is another one, or rotation is off. */
static Slice rotation_of(const Refresh *refresh)
{
    const Slice came = refresh->token.refresh_token;
    const bool another = came.length != 0 && !slice_equal(came, refresh->session->refresh_token);
    return another ? SLICE("on") : SLICE("off");
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
    row_writer_time(&params.writer, 2, refresh->job.engine->wall_ms);
    row_writer_text(&params.writer, 3, rotation_of(refresh));
    store_ops_run(&ops, &params);
    store_apply(&refresh->job, &ops);
}

/* From here on the new tokens are used: they are durable. */
static Error use(Refresh *refresh)
{
    Session *session = refresh->session;
    session->rotation = rotation_of(refresh);
    RETURN_IF_ERROR(session_set_secrets(session, refresh->token.access_token, refresh_token_of(refresh),
                                        session->client_secret));
    if (!arena_keep(&session->facts, refresh->token.instance_url, &session->instance_url)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the session"));
    }
    session->refreshed_ms = refresh->job.engine->wall_ms;
    session->presented = false;
    session->policy.session++;
    return ERROR_NONE;
}

static JobStatus refresh_step(Job *job, const Completion *got)
{
    Refresh *const refresh = (Refresh *)job;
    JOB_BEGIN(job, REFRESH_POINTS);
    refresh->refused = check_presented(refresh->session);
    if (refresh->refused.code == ERROR_OK && may_rotate(refresh->session)) {
        AWAIT(job, PRESENT, store_presented(refresh, true));
        refresh->presented = true;
    }
    while (refresh->refused.code == ERROR_OK && refresh->token.access_token.length == 0) {
        if (grant_needs_signature(refresh->session)) {
            AWAIT_ANY(job, SIGN, begin_sign(refresh));
            refresh->refused = grant_signed(&refresh->memory, got, &refresh->signature);
            TRY(job, refresh->refused);
        }
        AWAIT_ANY(job, TOKEN, ask_token(refresh));
        refresh->refused = got->error.code == ERROR_OK ? read_token(refresh, got) : got->error;
        refresh->unused = is_unused(refresh, got);
        if (refresh->tries++ == 0 &&
            grant_signs_again(refresh->session, refresh->signed_ms, refresh->refused)) {
            refresh->refused = ERROR_NONE;
        }
    }
    if (refresh->presented && refresh->refused.code != ERROR_OK) {
        refresh->session->presented = !refresh->unused;
        if (refresh->unused) {
            AWAIT_ANY(job, ANSWERED, store_presented(refresh, false));
        }
    }
    TRY(job, refresh->refused);
    AWAIT(job, SEAL, seal(refresh));
    TRY(job, arena_keep(&refresh->memory, got->body, &refresh->sealed)
                 ? ERROR_NONE
                 : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the new tokens")));
    AWAIT(job, STORE, store(refresh));
    TRY(job, use(refresh));
    JOB_END(job);
}

/* To all that waited. */
static void tell(Session *session, Error error)
{
    Job *job = session->renewing;
    Request *request = session->waiting;
    session->renewing = NULL;
    session->waiting = NULL;
    if (job != NULL) {
        engine_complete(job, &(Completion){.error = error_copy(job->arena, error)});
    }
    while (request != NULL) {
        Request *next = request->next;
        request_refreshed(request, error_copy(request->arena, error));
        request = next;
    }
}

void refresh_for(Job *job, Session *session)
{
    engine_begin(job);
    session->renewing = job;
    if (session->refresh == NULL) {
        refresh_start(session);
    }
}

void refresh_start(Session *session)
{
    Engine *engine = session->engine;
    Refresh *refresh = engine->allocator.resize(engine->allocator.context, NULL, 0, sizeof *refresh);
    if (refresh == NULL) {
        tell(session, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to renew the session")));
        return;
    }
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
    refresh->session->refresh = NULL;
    tell(refresh->session, refresh->job.error);
    release(refresh);
}

void refresh_drop(Session *session)
{
    if (session->refresh != NULL) {
        release(session->refresh);
        session->refresh = NULL;
        session->waiting = NULL;
        session->renewing = NULL;
    }
}
