#include "sync/run/session.h"

#include "base/time.h"
#include "salesforce/errors.h"
#include "salesforce/headers.h"
#include "sync/run/lease.h"
#include "sync/run/refresh.h"
#include "sync/run/statements.h"

Error session_may_send(const Session *session)
{
    if (session->engine->mono_ms - session->renewed_ms > LEASE_SILENT_MS) {
        return error_make(ERROR_STORE_GUARD,
                          SLICE("the lease was not renewed for 30 seconds: nothing more is sent"));
    }
    return ERROR_NONE;
}

Error session_may_call(const Session *session, Arena *arena, BudgetPurpose purpose)
{
    return budget_allows(&session->budget, arena, purpose, session->engine->wall_ms);
}

Error session_may_bulk(const Session *session, Arena *arena)
{
    return budget_allows_bulk(&session->budget, arena, session->engine->wall_ms);
}

bool session_bulk_short(const Session *session)
{
    return budget_bulk_short(&session->budget, session->engine->wall_ms);
}

bool session_bulk_asked(const Session *session)
{
    return session->bulk_asked && budget_bulk_doubtful(&session->budget);
}

void session_bulk_ask(Session *session)
{
    session->bulk_asked = true;
}

void session_bulk_answered(Session *session, Error error)
{
    session->bulk_asked = false;
    if (error.code == ERROR_OK) {
        budget_bulk_taken(&session->budget);
    } else if (error.code == ERROR_SF_BULK_LIMIT) {
        budget_bulk_refused(&session->budget, session->engine->wall_ms);
    }
}

/* What requests ask of the session (job/request.h). */

static Error authorize(void *context, Slice *instance_url, Buffer *headers)
{
    Session *session = context;
    if (!session->connected) {
        return error_make(ERROR_NOT_CONNECTED, SLICE("no org is connected"));
    }
    RETURN_IF_ERROR(session_may_send(session));
    RETURN_IF_ERROR(session_may_call(session, headers->arena, session->budget.purpose));
    budget_begin_call(&session->budget, session->engine->wall_ms);
    *instance_url = session->instance_url;
    buffer_append(headers, SLICE("Authorization: Bearer "));
    buffer_append(headers, session->access_token);
    buffer_append(headers, SLICE("\r\nSforce-Call-Options: client=perly\r\n"));
    return ERROR_NONE;
}

static Error classify(void *context, Arena *arena, uint32_t status, Slice headers, Slice body)
{
    (void)context;
    return sf_classify(arena, status, headers, body);
}

static void refresh(void *context, Request *request)
{
    Session *session = context;
    request->next = session->waiting;
    session->waiting = request;
    if (session->refresh == NULL) {
        refresh_start(session);
    }
}

static void count_call(void *context, Slice purpose, Slice headers)
{
    Session *session = context;
    int64_t date_ms = 0;
    budget_count(&session->budget, purpose, headers, session->engine->wall_ms);
    if (sf_server_time(headers, &date_ms)) {
        session->server_ms = date_ms + session->skew_ms;
    }
}

void session_learn_clock(Session *session, int64_t created_ms)
{
    if (created_ms == TIME_MS_MIN || session->server_ms == 0) {
        return;
    }
    const int64_t date_ms = session->server_ms - session->skew_ms;
    const int64_t ahead_ms = created_ms - date_ms;
    session->skew_ms = ahead_ms > SESSION_SKEW_MS || ahead_ms < -SESSION_SKEW_MS ? ahead_ms : 0;
    session->server_ms = date_ms + session->skew_ms;
}

void session_keep_clock(Session *session, StoreOps *ops)
{
    StoreParams params;
    if (session->skew_ms == session->skew_stored_ms) {
        return;
    }
    session->skew_stored_ms = session->skew_ms;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_CONNECTION_CLOCK));
    row_writer_int64(&params.writer, 0, session->skew_ms);
    store_ops_run(ops, &params);
}

void session_init(Session *session, Engine *engine)
{
    *session = (Session){.engine = engine};
    session->policy = (RequestPolicy){.context = session,
                                      .headers = SLICE("User-Agent: perly/" PERLY_VERSION "\r\n"),
                                      .authorize = authorize,
                                      .classify = classify,
                                      .refresh = refresh,
                                      .count = count_call};
    arena_init(&session->facts, &engine->allocator, 1 << 20);
    arena_init(&session->secrets, &engine->allocator, 1 << 20);
    engine->policy = &session->policy;
}

void session_clear(Session *session)
{
    Slice *const texts[] = {&session->flow,          &session->sign_key,     &session->rotation,
                            &session->org_id,        &session->user_id,      &session->username,
                            &session->login_base,    &session->instance_url, &session->client_id,
                            &session->scope,         &session->api_version,  &session->access_token,
                            &session->refresh_token, &session->client_secret};
    arena_wipe(&session->secrets);
    arena_reset(&session->facts);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = (Slice){NULL, 0};
    }
    session->budget = (Budget){0};
    session->no_result_pages = false;
    session->bulk_told = false;
    session->connected = false;
    session->presented = false;
    session->refreshed_ms = 0;
    session->server_ms = 0;
    session->skew_ms = 0;
    session->skew_stored_ms = 0;
}

void session_close(Session *session)
{
    session_clear(session);
    arena_free(&session->secrets);
    arena_free(&session->facts);
}

Error session_set_facts(Session *session, const Session *from)
{
    Slice *const to[] = {&session->org_id,     &session->user_id,      &session->username,
                         &session->login_base, &session->instance_url, &session->client_id,
                         &session->scope,      &session->api_version,  &session->flow,
                         &session->sign_key,   &session->rotation};
    const Slice texts[] = {from->org_id,       from->user_id,   from->username, from->login_base,
                           from->instance_url, from->client_id, from->scope,    from->api_version,
                           from->flow,         from->sign_key,  from->rotation};
    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++) {
        if (!arena_keep(&session->facts, texts[i], to[i])) {
            return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the session"));
        }
    }
    session->presented = from->presented;
    session->refreshed_ms = from->refreshed_ms;
    session->skew_ms = from->skew_ms;
    session->skew_stored_ms = from->skew_ms;
    return ERROR_NONE;
}

Error session_set_secrets(Session *session, Slice access_token, Slice refresh_token, Slice client_secret)
{
    /* The new ones may lie in the arena that is wiped: copied aside first. */
    Arena aside;
    arena_init(&aside, &session->engine->allocator, 0);
    const Slice texts[] = {access_token, refresh_token, client_secret};
    Slice *const to[] = {&session->access_token, &session->refresh_token, &session->client_secret};
    Slice copies[3];
    bool done = true;
    for (size_t i = 0; i < 3; i++) {
        done = done && arena_keep(&aside, texts[i], &copies[i]);
    }
    if (done) {
        arena_wipe(&session->secrets);
        for (size_t i = 0; i < 3; i++) {
            *to[i] = SLICE("");
            done = done && arena_keep(&session->secrets, copies[i], to[i]);
        }
    }
    arena_wipe(&aside);
    arena_free(&aside);
    return done ? ERROR_NONE : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the session"));
}

void session_write_secrets(const Session *session, Buffer *record)
{
    record_text(record, session->access_token);
    record_text(record, session->refresh_token);
    record_text(record, session->client_secret);
}

Error session_read_secrets(Session *session, Slice record)
{
    RecordReader reader = {.bytes = record};
    const Slice access_token = record_read_text(&reader);
    const Slice refresh_token = record_read_text(&reader);
    const Slice client_secret = record_read_text(&reader);
    if (reader.failed) {
        return error_make(ERROR_STORE_FAILED, SLICE("the stored tokens cannot be read"));
    }
    return session_set_secrets(session, access_token, refresh_token, client_secret);
}

void session_seal_record(const Session *session, Slice bytes, Buffer *record)
{
    char purpose[64];
    static const Slice suffix = SLICE_INIT("|tokens");
    const Slice org = slice_part(session->org_id, 0, sizeof purpose - suffix.length);
    if (org.data != NULL) {
        memcpy(purpose, org.data, org.length);
    }
    memcpy(purpose + org.length, suffix.data, suffix.length);
    record_text(record, slice_make(purpose, org.length + suffix.length));
    record_text(record, bytes);
}

bool session_is_lost(Error error)
{
    static const ErrorCode codes[] = {
        ERROR_SF_CLIENT_REFUSED, ERROR_SF_APP_BLOCKED,  ERROR_SF_OAUTH_REQUEST,
        ERROR_SF_RUN_AS_MISSING, ERROR_SF_ORG_INACTIVE, ERROR_SF_ORG_CHANGED,
        ERROR_SF_API_DISABLED,   ERROR_SF_VERSION,      ERROR_SIGN_KEY,
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (error.code == codes[i]) {
            return true;
        }
    }
    return error_class(error.code) == ERROR_CLASS_RECONNECT;
}

void session_note(StoreOps *ops, Error error)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_CONNECTION_STATE));
    if (error.code == ERROR_OK) {
        row_writer_text(&params.writer, 0, SLICE("connected"));
        row_writer_null(&params.writer, 1);
        row_writer_null(&params.writer, 2);
    } else {
        row_writer_text(&params.writer, 0, SLICE("lost"));
        row_writer_text(&params.writer, 1, error_name(error.code));
        row_writer_text(&params.writer, 2, error.message);
    }
    store_ops_run(ops, &params);
}

void session_guard(void *context, StoreOps *ops)
{
    const Session *session = context;
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_LEASE_GUARD));
    row_writer_int64(&params.writer, 0, session->lease_token);
    store_ops_guard(ops, &params, 1);
}
