/*
 * Connecting: `connect` asks a person through the browser, `connect_finish` takes the browser's answer and
 * trades the code for tokens; `connect_headless` needs no person (grant.h): {"flow":"jwt","username":...,
 * "sign_key":...} or {"flow":"client_credentials","client_secret":...}. Both then learn who we are and which
 * API version to speak, and store all of it in one transaction.
 */
#include "salesforce/login.h"
#include "salesforce/token.h"
#include "salesforce/versions.h"
#include "sync/run/command.h"
#include "sync/run/grant.h"
#include "sync/run/query.h"
#include "sync/run/statements.h"

/* connect */

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to connect"));
}

static Error copy_argument(Command *command, Slice key, Slice otherwise, Slice *text)
{
    Slice value = {NULL, 0};
    RETURN_IF_ERROR(json_text_or(json_get(command->arguments, key), otherwise, &value));
    return arena_keep(&command->pending->memory, value, text) ? ERROR_NONE : no_memory();
}

static Error prepare(Command *command)
{
    PendingConnect *pending = command->pending;
    const PerlyHost *host = &command->job.engine->host;
    char random[2][SF_PKCE_RANDOM_BYTES];
    char state[SF_PKCE_TEXT_BYTES];
    Slice login = {NULL, 0};
    arena_wipe(&pending->memory);
    RETURN_IF_ERROR(json_text_or(json_get(command->arguments, SLICE("login")), SLICE("production"), &login));
    RETURN_IF_ERROR(sf_login_base(&pending->memory, login, &pending->login_base));
    RETURN_IF_ERROR(json_text(json_get(command->arguments, SLICE("client_id")), &login));
    RETURN_IF_ERROR(copy_argument(command, SLICE("client_id"), SLICE(""), &pending->app.client_id));
    RETURN_IF_ERROR(copy_argument(command, SLICE("client_secret"), SLICE(""), &pending->app.client_secret));
    RETURN_IF_ERROR(copy_argument(command, SLICE("redirect_uri"), SLICE("http://localhost:8717/callback"),
                                  &pending->app.redirect_uri));
    RETURN_IF_ERROR(copy_argument(command, SLICE("scopes"), SF_SCOPES_DEFAULT, &pending->app.scopes));
    host->random(host->context, random[0], sizeof random[0]);
    host->random(host->context, random[1], sizeof random[1]);
    sf_oauth_pkce(random[0], &pending->pkce);
    sf_oauth_random_text(random[1], state);
    if (!arena_keep(&pending->memory, slice_make(state, sizeof state), &pending->state)) {
        return no_memory();
    }
    pending->open = true;
    return ERROR_NONE;
}

void connect_start(Command *command)
{
    PendingConnect *pending = command->pending;
    Slice url = {NULL, 0};
    Error error = prepare(command);
    if (error.code == ERROR_OK) {
        error = sf_oauth_authorize_url(&command->memory, &pending->app, pending->login_base, pending->state,
                                       &pending->pkce, &url);
    }
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    Event event;
    event_begin(&event, &command->memory, SLICE("authorize"));
    event_text(&event, SLICE("url"), url);
    event_text(&event, SLICE("redirect_uri"), pending->app.redirect_uri);
    event_send(&event, command->job.engine);
    engine_done(&command->job);
}

/* connect_finish */

#define FINISH_POINTS(X) X(SIGN) X(LOGIN) X(TOKEN) X(IDENTITY) X(VERSIONS) X(SEAL) X(STORE)

typedef struct Finish {
    Job job; /* first */
    Command *command;
    Session *session;
    PendingConnect *pending;
    Arena memory; /* holds tokens: wiped */
    Request request;
    RequestSpec spec;
    SfToken token;
    SfIdentity identity;
    Slice version;
    Slice sealed;
    bool headless;
    uint32_t tries; /* of a headless login */
    Slice input;
    double signed_ms; /* mono */
    Slice signature;
    Error refused;
} Finish;

static JobStatus finish_step(Job *job, const Completion *got);
static void finish_close(Job *job);
JOB_KIND(finish_kind, "connect", finish_step, finish_close);

static void send(Finish *finish, Error error)
{
    request_try(&finish->job, &finish->request, &finish->spec, error);
}

static Error redeem(Finish *finish)
{
    PendingConnect *pending = finish->pending;
    Slice redirect = {NULL, 0};
    Slice code = {NULL, 0};
    if (!pending->open) {
        return error_make(ERROR_SF_OAUTH_STATE, SLICE("no connect is waiting for an answer"));
    }
    RETURN_IF_ERROR(json_text(json_get(finish->command->arguments, SLICE("redirect")), &redirect));
    pending->open = false; /* one answer to one question */
    RETURN_IF_ERROR(sf_oauth_redirect_read(&finish->memory, redirect, pending->state, &code));
    return sf_oauth_by_code(&finish->memory, &pending->app, pending->login_base, code, &pending->pkce,
                            &finish->spec);
}

/* What is known so far makes a session that requests can use; nothing is stored yet. */
static Error open_session(Finish *finish, const Completion *got)
{
    Session *session = finish->session;
    const Slice login_base = finish->headless ? session->login_base : finish->pending->login_base;
    const Slice client_id = finish->headless ? session->client_id : finish->pending->app.client_id;
    const Slice secret = finish->headless ? session->client_secret : finish->pending->app.client_secret;
    RETURN_IF_ERROR(sf_token_read(&finish->memory, got->body, login_base, &finish->token));
    const Slice org_id = slice_make(finish->token.org_id, SF_ID_BYTES);
    if (session->org_id.length != 0 && !slice_equal(session->org_id, org_id)) {
        return ERROR_TEXT(&finish->memory, ERROR_SF_ORG_CHANGED, SLICE("this connection's data is of org "),
                          session->org_id, SLICE(", the login was to org "), org_id);
    }
    const Session facts = {.org_id = org_id,
                           .user_id = slice_make(finish->token.user_id, SF_ID_BYTES),
                           .username = session->username,
                           .login_base = login_base,
                           .instance_url = finish->token.instance_url,
                           .client_id = client_id,
                           .scope = finish->token.scope,
                           .flow = finish->headless ? session->flow : GRANT_CODE,
                           .sign_key = session->sign_key};
    RETURN_IF_ERROR(session_set_facts(session, &facts));
    RETURN_IF_ERROR(
        session_set_secrets(session, finish->token.access_token, finish->token.refresh_token, secret));
    session->connected = true;
    return ERROR_NONE;
}

/* A connection without a person: what the login needs, before there is an org. */
static Error prepare_headless(Finish *finish)
{
    static const Slice flows[] = {SLICE_INIT("jwt"), SLICE_INIT("client_credentials")};
    const JsonValue arguments = finish->command->arguments;
    Session *session = finish->session;
    Session facts = {.org_id = session->org_id};
    Slice login = {NULL, 0};
    Slice secret = {NULL, 0};
    RETURN_IF_ERROR(query_word(finish->command, SLICE("flow"), flows, 2, &facts.flow));
    RETURN_IF_ERROR(json_text_or(json_get(arguments, SLICE("login")), SLICE("production"), &login));
    RETURN_IF_ERROR(sf_login_base(&finish->memory, login, &facts.login_base));
    RETURN_IF_ERROR(json_text(json_get(arguments, SLICE("client_id")), &facts.client_id));
    if (slice_equal(facts.flow, GRANT_JWT)) {
        RETURN_IF_ERROR(json_text(json_get(arguments, SLICE("username")), &facts.username));
        RETURN_IF_ERROR(json_text(json_get(arguments, SLICE("sign_key")), &facts.sign_key));
    } else {
        RETURN_IF_ERROR(json_text(json_get(arguments, SLICE("client_secret")), &secret));
    }
    RETURN_IF_ERROR(session_set_facts(session, &facts));
    return session_set_secrets(session, SLICE(""), SLICE(""), secret);
}

static void begin_sign(Finish *finish)
{
    const Error error = grant_jwt(&finish->memory, finish->session, &finish->input);
    if (error.code != ERROR_OK) {
        engine_fail(&finish->job, error);
        return;
    }
    finish->signed_ms = finish->job.engine->mono_ms;
    grant_sign(&finish->job, finish->session, finish->input);
}

static void log_in(Finish *finish)
{
    send(finish,
         grant_request(&finish->memory, finish->session, finish->input, finish->signature, &finish->spec));
}

/* Scope `api` alone may not open the identity URL: without a person the token's own ids are enough. */
static Error take_identity(Finish *finish, const Completion *got)
{
    if (finish->headless && got->error.code != ERROR_OK && got->status == 403) {
        finish->identity.username = finish->session->username;
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(got->error);
    return sf_identity_read(&finish->memory, got->body, &finish->identity);
}

static void seal(Finish *finish)
{
    Buffer secrets;
    Buffer record;
    buffer_init(&secrets, &finish->memory, 0);
    buffer_init(&record, &finish->memory, 0);
    session_write_secrets(finish->session, &secrets);
    session_seal_record(finish->session, buffer_slice(&secrets), &record);
    engine_plain_call(&finish->job, finish->job.engine->host.seal, buffer_slice(&record));
}

static void store(Finish *finish)
{
    const Session *session = finish->session;
    const Slice texts[] = {session->org_id,     session->user_id,      finish->identity.username,
                           session->login_base, session->instance_url, session->client_id,
                           session->scope,      finish->version,       finish->sealed};
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &finish->job);
    session_guard(finish->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CONNECTION_WRITE));
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        row_writer_text(&params.writer, i, texts[i]);
    }
    row_writer_time(&params.writer, 9, finish->job.engine->wall_ms);
    row_writer_text(&params.writer, 10, finish->headless ? SLICE("") : finish->pending->app.redirect_uri);
    row_writer_text(&params.writer, 11, session->flow);
    row_writer_text(&params.writer, 12, session->sign_key);
    store_ops_run(&ops, &params);
    store_apply(&finish->job, &ops);
}

static void tell_connected(Finish *finish)
{
    Event event;
    event_begin(&event, &finish->memory, SLICE("connected"));
    event_text(&event, SLICE("org_id"), finish->session->org_id);
    event_text(&event, SLICE("username"), finish->identity.username);
    event_text(&event, SLICE("instance_url"), finish->session->instance_url);
    event_text(&event, SLICE("api_version"), finish->version);
    event_send(&event, finish->job.engine);
}

static JobStatus finish_step(Job *job, const Completion *got)
{
    Finish *const finish = (Finish *)job;
    JOB_BEGIN(job, FINISH_POINTS);
    if (finish->headless) {
        TRY(job, prepare_headless(finish));
        do {
            if (grant_needs_signature(finish->session)) {
                AWAIT_ANY(job, SIGN, begin_sign(finish));
                TRY(job, grant_signed(&finish->memory, got, &finish->signature));
            }
            AWAIT_ANY(job, LOGIN, log_in(finish));
            finish->refused = got->error;
        } while (finish->tries++ == 0 &&
                 grant_signs_again(finish->session, finish->signed_ms, finish->refused));
        TRY(job, finish->refused);
    } else {
        AWAIT(job, TOKEN, send(finish, redeem(finish)));
    }
    TRY(job, open_session(finish, got));
    AWAIT_ANY(job, IDENTITY,
              send(finish, sf_identity(&finish->memory, finish->token.identity_url, &finish->spec)));
    TRY(job, take_identity(finish, got));
    AWAIT(job, VERSIONS, send(finish, sf_versions(&finish->memory, &finish->spec)));
    TRY(job, command_negotiate(finish->command, got->body, &finish->memory, &finish->version));
    AWAIT(job, SEAL, seal(finish));
    TRY(job, arena_keep(&finish->memory, got->body, &finish->sealed) ? ERROR_NONE : no_memory());
    AWAIT(job, STORE, store(finish));
    tell_connected(finish);
    JOB_END(job);
}

static void finish_close(Job *job)
{
    Finish *finish = (Finish *)job;
    arena_wipe(&finish->memory);
    arena_free(&finish->memory);
    arena_wipe(&finish->pending->memory);
}

static void start(Command *command, bool headless)
{
    Finish *finish = COMMAND_CHILD(command, Finish);
    if (finish == NULL) {
        return;
    }
    *finish = (Finish){
        .command = command, .session = command->session, .pending = command->pending, .headless = headless};
    arena_init(&finish->memory, &command->job.engine->allocator, 0);
    finish->job.arena = &finish->memory;
    command_run_child(command, &finish->job, &finish_kind);
}

void connect_finish_start(Command *command)
{
    start(command, false);
}

void connect_headless_start(Command *command)
{
    start(command, true);
}
