/*
 * disconnect: revokes the grant and forgets the tokens; with {"erase":true} also everything that was pulled
 * and scored. When Salesforce cannot be asked nothing is forgotten, so that the grant does not stay behind
 * unknown; {"force":true} forgets all the same. What was made in Salesforce stays there.
 *
 * Tokens that cannot be read are forgotten, and a notice says that Salesforce still knows them.
 *
 * Told as {"event":"disconnected","revoked":true,"erased":false}.
 */
#include "sync/run/command.h"
#include "sync/run/entities.h"
#include "sync/run/statements.h"
#include "sync/score/tally.h"

#define DISCONNECT_POINTS(X) X(REVOKE) X(FORGET)

typedef struct Disconnect {
    Job job; /* first */
    Session *session;
    Arena memory; /* holds a token: wiped */
    Request request;
    RequestSpec spec;
    bool erase;
    bool force;
    bool revoked;
    bool unread; /* there are tokens, sealed under a key that is lost */
} Disconnect;

static JobStatus disconnect_step(Job *job, const Completion *got);
static void disconnect_close(Job *job);
JOB_KIND(disconnect_kind, "disconnect", disconnect_step, disconnect_close);

/* The refresh token ends the grant with all its sessions. */
static void revoke(Disconnect *disconnect)
{
    const Session *session = disconnect->session;
    const Slice token = session->refresh_token.length != 0 ? session->refresh_token : session->access_token;
    if (token.length == 0) {
        engine_fail(&disconnect->job, error_make(ERROR_NOT_CONNECTED, SLICE("no org is connected")));
        return;
    }
    request_try(&disconnect->job, &disconnect->request, &disconnect->spec,
                sf_oauth_revoke(&disconnect->memory, session->login_base, token, &disconnect->spec));
}

/* A token that Salesforce does not know any more is as good as revoked. */
static Error take_revoked(Disconnect *disconnect, Error error)
{
    const ErrorClass class = error_class(error.code);
    disconnect->revoked = class == ERROR_CLASS_NONE;
    const bool gone =
        class == ERROR_CLASS_NONE || class == ERROR_CLASS_RECONNECT || error.code == ERROR_SF_OAUTH_REQUEST;
    return gone || disconnect->force ? ERROR_NONE : error;
}

/* Tables that hold anything of the org, besides those of the entities; `lease` is in use. */
static const Slice erased_tables[] = {
    SLICE_INIT("field"),  SLICE_INIT("note"),       SLICE_INIT("swept"),         SLICE_INIT("connection"),
    SLICE_INIT("pull"),   SLICE_INIT("inbox"),      SLICE_INIT("configuration"), SLICE_INIT("change"),
    SLICE_INIT("dirty"),  SLICE_INIT("signal"),     SLICE_INIT("cut"),           SLICE_INIT("score"),
    SLICE_INIT("health"), SLICE_INIT("rule_state"), SLICE_INIT("outbox"),        SLICE_INIT("api_usage"),
};

static void erase_table(StoreOps *ops, Slice table)
{
    const Statement statement = {
        .name = store_table_text(ops->arena, SLICE("ERASE_"), table, SLICE("")),
        .sqlite = store_table_text(ops->arena, SLICE("DELETE FROM \""), table, SLICE("\" WHERE ?1")),
        .postgresql = store_table_text(ops->arena, SLICE("DELETE FROM {schema}.\""), table,
                                       SLICE("\" WHERE $1::boolean")),
        .params = SLICE("b")};
    if (statement.name.data == NULL || statement.sqlite.data == NULL || statement.postgresql.data == NULL) {
        store_ops_fail(ops, error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to erase tables")));
        return;
    }
    StoreParams params;
    store_params_begin(&params, ops->arena, &statement);
    row_writer_bool(&params.writer, 0, true);
    store_ops_run(ops, &params);
}

static void forget(Disconnect *disconnect)
{
    Entities entities;
    StoreOps ops;
    const Error error = entities_make(&disconnect->memory, disconnect->job.engine->dialect, NULL, &entities);
    if (error.code != ERROR_OK) {
        engine_fail(&disconnect->job, error);
        return;
    }
    store_ops_begin(&ops, &disconnect->job);
    session_guard(disconnect->session, &ops);
    if (disconnect->erase) {
        for (size_t i = 0; i < sizeof erased_tables / sizeof erased_tables[0]; i++) {
            erase_table(&ops, erased_tables[i]);
        }
        for (size_t i = 0; i < entities.table_count; i++) {
            erase_table(&ops, entities.tables[i].name);
        }
        tally_end(INT64_MAX, &ops);
    } else {
        StoreParams params;
        store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CONNECTION_FORGET));
        row_writer_text(&params.writer, 0, SLICE("disconnected"));
        store_ops_run(&ops, &params);
    }
    store_apply(&disconnect->job, &ops);
}

static void tell_disconnected(Disconnect *disconnect)
{
    Event event;
    event_begin(&event, &disconnect->memory, SLICE("disconnected"));
    event_bool(&event, SLICE("revoked"), disconnect->revoked);
    event_bool(&event, SLICE("erased"), disconnect->erase);
    event_send(&event, disconnect->job.engine);
    if (!disconnect->revoked && disconnect->unread) {
        event_begin(&event, &disconnect->memory, SLICE("notice"));
        event_text(
            &event, SLICE("text"),
            SLICE("the access was not revoked, since its tokens cannot be read: an administrator revokes "
                  "it in Setup, Connected Apps OAuth Usage"));
        event_send(&event, disconnect->job.engine);
    }
}

static JobStatus disconnect_step(Job *job, const Completion *got)
{
    Disconnect *const disconnect = (Disconnect *)job;
    JOB_BEGIN(job, DISCONNECT_POINTS);
    AWAIT_ANY(job, REVOKE, revoke(disconnect));
    TRY(job, take_revoked(disconnect, got->error));
    AWAIT(job, FORGET, forget(disconnect));
    if (disconnect->erase) {
        budget_forget(&disconnect->session->budget);
    }
    tell_disconnected(disconnect);
    JOB_END(job);
}

static void disconnect_close(Job *job)
{
    Disconnect *disconnect = (Disconnect *)job;
    arena_wipe(&disconnect->memory);
    arena_free(&disconnect->memory);
}

void disconnect_start(Command *command)
{
    Disconnect *disconnect = COMMAND_CHILD(command, Disconnect);
    if (disconnect == NULL) {
        return;
    }
    disconnect->session = command->session;
    disconnect->unread = command->sealed.length != 0 && !command->session->connected;
    (void)json_bool_or(json_get(command->arguments, SLICE("erase")), false, &disconnect->erase);
    (void)json_bool_or(json_get(command->arguments, SLICE("force")), false, &disconnect->force);
    arena_init(&disconnect->memory, &command->job.engine->allocator, 0);
    disconnect->job.arena = &disconnect->memory;
    command_run_child(command, &disconnect->job, &disconnect_kind);
}
