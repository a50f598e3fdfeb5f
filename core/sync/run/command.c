#include "sync/run/command.h"

#include "base/assert.h"
#include "base/nearest.h"
#include "salesforce/versions.h"
#include "sync/run/entities.h"
#include "sync/run/refresh.h"
#include "sync/run/statements.h"

#define COMMAND_POINTS(X)                                                                                    \
    X(MIGRATE)                                                                                               \
    X(CONNECTION)                                                                                            \
    X(BUDGET)                                                                                                \
    X(UNSEAL) X(LEASE) X(RENEW) X(RUN) X(VERSIONS) X(VERSION) X(AGAIN) X(NOTE) X(KEEPER) X(RELEASE)

static JobStatus command_step(Job *job, const Completion *got);
JOB_KIND(command_kind, "command", command_step, NULL);

/* What is told when there is no memory for telling anything. */
#define END_WITHOUT_MEMORY                                                                                   \
    SLICE("{\"event\":\"command_end\",\"command\":\"\",\"ok\":false,\"api_calls\":0,\"code\":\"OUT_OF_"      \
          "MEMORY\","                                                                                        \
          "\"class\":\"stop_job\",\"message\":\"no memory to tell how the command ended\","                  \
          "\"remedy\":\"Give the process more memory\",\"exit\":1}")

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the command"));
}

static const CommandKind *find(CommandList list, Slice name)
{
    for (size_t i = 0; i < list.count; i++) {
        if (slice_equal(list.kinds[i].name, name)) {
            return &list.kinds[i];
        }
    }
    return NULL;
}

/* Opening. */

static void migrate(Command *command)
{
    const uint32_t dialect = command->job.engine->dialect;
    Entities entities;
    Buffer record;
    const Error error = entities_make(&command->memory, dialect, NULL, &entities);
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    buffer_init(&record, &command->memory, 0);
    entities_schema(&record, dialect, &entities);
    if (record.failed) {
        engine_fail(&command->job, no_memory());
        return;
    }
    store_migrate(&command->job, buffer_slice(&record));
}

/* Columns of CONNECTION_READ. */
enum {
    READ_ORG_ID,
    READ_USER_ID,
    READ_USERNAME,
    READ_LOGIN_BASE,
    READ_INSTANCE_URL,
    READ_CLIENT_ID,
    READ_SCOPE,
    READ_API_VERSION,
    READ_SEALED,
    READ_STATE,
    READ_FLOW,
    READ_SIGN_KEY,
    READ_ROTATION,
    READ_PRESENTED_AT,
    READ_REFRESHED_AT,
    READ_SKEW_MS
};

static uint32_t take_connection(void *context, const RowBatch *batch)
{
    Command *command = context;
    const RowView row = row_at(batch, 0);
    const Session facts = {.org_id = row_text(row, READ_ORG_ID),
                           .user_id = row_text(row, READ_USER_ID),
                           .username = row_text(row, READ_USERNAME),
                           .login_base = row_text(row, READ_LOGIN_BASE),
                           .instance_url = row_text(row, READ_INSTANCE_URL),
                           .client_id = row_text(row, READ_CLIENT_ID),
                           .scope = row_text(row, READ_SCOPE),
                           .api_version = row_text(row, READ_API_VERSION),
                           .flow = row_text(row, READ_FLOW),
                           .sign_key = row_text(row, READ_SIGN_KEY),
                           .rotation = row_text(row, READ_ROTATION),
                           .presented = row_state(row, READ_PRESENTED_AT) == ROW_VALUE,
                           .refreshed_ms = row_int64(row, READ_REFRESHED_AT),
                           .skew_ms = row_int64(row, READ_SKEW_MS)};
    command->lost = !slice_equal(row_text(row, READ_STATE), SLICE("connected"));
    command->result = session_set_facts(command->session, &facts);
    if (command->result.code == ERROR_OK &&
        !ROW_KEEP(row, &command->memory, {READ_SEALED, &command->sealed})) {
        command->result = no_memory();
    }
    return PERLY_MORE;
}

static void read_connection(Command *command)
{
    store_query(&command->job, &command->query, sync_statement(STATEMENT_CONNECTION_READ), NULL,
                take_connection, command);
}

Error command_config(const Command *command, Arena *arena, Config **config)
{
    Slice text = {NULL, 0};
    ConfigIssues *issues = ARENA_NEW(arena, ConfigIssues);
    if (issues == NULL) {
        return no_memory();
    }
    (void)json_text_or(json_get(command->arguments, SLICE("config")), SLICE(""), &text);
    const Error error = config_read(arena, text, SLICE(""), issues, config);
    return error.code == ERROR_OK ? error : config_read(arena, SLICE(""), SLICE(""), issues, config);
}

Error command_negotiate(const Command *command, Slice body, Arena *arena, Slice *version)
{
    Config *config = NULL;
    RETURN_IF_ERROR(command_config(command, arena, &config));
    return sf_versions_negotiate(arena, body, config->salesforce.api_version, version);
}

static Error open_budget(Command *command)
{
    Config *config = NULL;
    Arena memory;
    arena_init(&memory, &command->job.engine->allocator, 0);
    Error error = command_config(command, &memory, &config);
    if (error.code == ERROR_OK) {
        budget_init(&command->session->budget, &config->limits);
        command->session->budget.purpose = command->kind->purpose;
    }
    error = error_copy(&command->memory, error);
    arena_free(&memory);
    return error;
}

static void read_budget(Command *command)
{
    Budget *budget = &command->session->budget;
    StoreParams params;
    budget_params(budget, &params, &command->memory, command->job.engine->wall_ms);
    store_query(&command->job, &command->query, sync_statement(STATEMENT_BUDGET_READ), &params, budget_take,
                budget);
}

static void unseal(Command *command)
{
    Buffer record;
    buffer_init(&record, &command->memory, 0);
    session_seal_record(command->session, command->sealed, &record);
    engine_plain_call(&command->job, command->job.engine->host.unseal, buffer_slice(&record));
}

/* Without its tokens a connection can be looked at, made anew and erased; what calls Salesforce ends here. */
static void take_secrets(Command *command, const Completion *got)
{
    Error error = got->error;
    if (error.code == ERROR_OK) {
        error = session_read_secrets(command->session, got->body);
    } else if (error.code != ERROR_CANCELLED) {
        error = ERROR_TEXT(&command->memory, ERROR_SEAL_KEY, SLICE("the stored tokens cannot be read: "),
                           engine_host_reason(error));
    }
    command->session->connected = error.code == ERROR_OK;
    if (command->kind->needs == COMMAND_NEEDS_CONNECTION) {
        command->result = error;
    }
}

static void start_lease(Command *command)
{
    Slice holder = SLICE("another process");
    bool dead = false;
    const Slice nameless = holder;
    (void)json_text_or(json_get(command->arguments, SLICE("holder")), holder, &holder);
    holder = holder.length == 0 ? nameless : holder; /* an empty one is a free lease */
    (void)json_bool_or(json_get(command->arguments, SLICE("holder_dead")), false, &dead);
    command->take = (LeaseTake){.session = command->session, .holder = holder, .holder_dead = dead};
    lease_take(command->job.engine, &command->job, &command->take);
}

/*
 * A refresh token that nobody presents for 30 days lapses, also while syncing is paused: any command that
 * holds the lease presents one that has been idle for days, or was presented when the clock was ahead.
 */
static bool is_idle(const Command *command)
{
    const Session *session = command->session;
    const int64_t idle_ms = command->job.engine->wall_ms - session->refreshed_ms;
    return command->kind->needs >= COMMAND_NEEDS_LEASE && !command->kind->ends_session &&
           session->connected && session->refresh_token.length != 0 &&
           (idle_ms >= COMMAND_IDLE_MS || idle_ms <= -COMMAND_IDLE_MS);
}

static Error stop_error(const Command *command)
{
    return command->stopped ? error_make(ERROR_CANCELLED, SLICE("stopped")) : ERROR_NONE;
}

/* What this command was told that needs a person: by its requests, or before them. */
static Error loss(const Command *command)
{
    if (session_is_lost(command->result)) {
        return command->result;
    }
    return session_is_lost(command->renewal) ? command->renewal : ERROR_NONE;
}

/* Of the connection: that it needs a person, or that it works again. A login tells that itself. */
static bool has_news(const Command *command)
{
    if (command->kind->needs < COMMAND_NEEDS_LEASE || command->kind->ends_session) {
        return false;
    }
    const bool works = command->result.code == ERROR_OK && budget_calls(&command->session->budget) != 0;
    return loss(command).code != ERROR_OK || (command->lost && works);
}

static void note(Command *command)
{
    StoreOps ops;
    store_ops_begin(&ops, &command->job);
    session_guard(command->session, &ops);
    session_note(&ops, loss(command));
    store_apply(&command->job, &ops);
}

/*
 * The org does not serve the version any more that was negotiated when it was connected: retired (410), or
 * newer than what it has now, after a migration or of a sandbox (404, as for anything that is not there).
 */
static bool may_negotiate(const Command *command)
{
    const ErrorCode code = command->result.code;
    return (code == ERROR_SF_VERSION || code == ERROR_SF_RECORD_GONE) && command->session->connected &&
           command->kind->needs >= COMMAND_NEEDS_CONNECTION && !command->stopped;
}

static void ask_versions(Command *command)
{
    request_try(&command->job, &command->request, &command->spec,
                sf_versions(&command->memory, &command->spec));
}

/* False when there is no other: the error stays what it was. */
static bool take_version(Command *command, const Completion *got)
{
    Session *session = command->session;
    Slice version = SLICE("");
    if (got->error.code != ERROR_OK ||
        command_negotiate(command, got->body, &command->memory, &version).code != ERROR_OK ||
        slice_equal(version, session->api_version)) {
        return false;
    }
    return arena_keep(&session->facts, version, &session->api_version);
}

static void store_version(Command *command)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &command->job);
    session_guard(command->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CONNECTION_VERSION));
    row_writer_text(&params.writer, 0, command->session->api_version);
    store_ops_run(&ops, &params);
    store_apply(&command->job, &ops);
}

static JobStatus command_step(Job *job, const Completion *got)
{
    Command *const command = (Command *)job;
    JOB_BEGIN(job, COMMAND_POINTS);

    AWAIT(job, MIGRATE, migrate(command));
    AWAIT(job, CONNECTION, read_connection(command));
    TRY(job, command->result);
    TRY(job, stop_error(command));
    TRY(job, open_budget(command));
    if (command->kind->needs >= COMMAND_NEEDS_LEASE) {
        AWAIT(job, BUDGET, read_budget(command));
        AWAIT(job, LEASE, start_lease(command));
        lease_keep(&command->keeper, command->session);
    }
    if (command->sealed.length != 0) {
        AWAIT_ANY(job, UNSEAL, unseal(command));
        take_secrets(command, got);
    }
    if (is_idle(command)) {
        AWAIT_ANY(job, RENEW,
                  refresh_for(job, command->session)); /* a command without requests goes on all the same */
        command->renewal = got->error;
    }
    command->result = command->result.code == ERROR_OK ? stop_error(command) : command->result;
    if (command->result.code == ERROR_OK) {
        AWAIT_ANY(job, RUN, command->kind->start(command));
        command->result = got->error;
    }
    command->child = NULL;
    if (engine_recover(job->engine)) {
        command->result = no_memory();
    }
    if (may_negotiate(command)) {
        AWAIT_ANY(job, VERSIONS, ask_versions(command));
        if (take_version(command, got)) {
            AWAIT_ANY(job, VERSION, store_version(command));
            AWAIT_ANY(job, AGAIN, command->kind->start(command));
            command->result = got->error;
            command->child = NULL;
            if (engine_recover(job->engine)) {
                command->result = no_memory();
            }
        }
    }
    if (has_news(command)) {
        AWAIT_ANY(job, NOTE, note(command));
    }
    (void)engine_recover(job->engine); /* the lease is given back all the same */
    AWAIT_ANY(job, KEEPER, lease_keep_stop(job, &command->keeper));
    AWAIT_ANY(job, RELEASE, lease_release(job, command->session));
    TRY(job, command->result);
    JOB_END(job);
}

Error command_start(Command *command, Session *session, PendingConnect *pending, CommandList list, Slice json)
{
    *command = (Command){.session = session, .pending = pending, .again_ms = INT64_MAX};
    arena_init(&command->memory, &session->engine->allocator, 0);
    Slice text = {NULL, 0};
    Slice name = {NULL, 0};
    if (!arena_keep(&command->memory, json, &text)) {
        return no_memory();
    }
    RETURN_IF_ERROR(json_parse(&command->memory, text, &command->document));
    command->arguments = json_root(&command->document);
    RETURN_IF_ERROR(json_text(json_get(command->arguments, SLICE("command")), &name));
    command->kind = find(list, name);
    if (command->kind == NULL) {
        return ERROR_TEXT(&command->memory, ERROR_UNKNOWN_COMMAND, SLICE("no command is called "), name);
    }
    session_clear(session);
    command->job.arena = &command->memory;
    job_start(session->engine, NULL, &command->job, &command_kind);
    return ERROR_NONE;
}

/* The job itself is not cancelled: it must still give the lease back. */
void command_stop(Command *command)
{
    command->stopped = true;
    if (command->child != NULL) {
        job_cancel(command->child);
    } else {
        lease_take_stop(&command->take);
    }
}

int64_t command_retry_ms(ErrorCode code)
{
    const ErrorClass class = error_class(code);
    const bool passes = class == ERROR_CLASS_RETRY_NOW || class == ERROR_CLASS_RETRY_LATER ||
                        error_exit(code) == COMMAND_EXIT_LATER;
    return !passes ? 0 : code == ERROR_SF_LOGIN_RATE ? COMMAND_LOGIN_MS : COMMAND_RETRY_MS;
}

/*
 * When a host that runs slices should come again: at once where a stop left work, after a pause where what
 * failed may pass, and else when the command says.
 */
static void tell_again(const Command *command, Error error, Event *event)
{
    const int64_t now_ms = command->session->engine->wall_ms;
    int64_t again_ms = command->again_ms;
    if (command->kind == NULL || command->kind->needs != COMMAND_NEEDS_CONNECTION) {
        return;
    }
    if (error.code == ERROR_CANCELLED) {
        again_ms = now_ms;
    } else if (command_retry_ms(error.code) != 0) {
        again_ms = now_ms + command_retry_ms(error.code);
    } else if (error.code != ERROR_OK) {
        return;
    }
    if (again_ms != INT64_MAX) {
        event_time(event, SLICE("again_at"), again_ms);
    }
}

void command_end(Command *command)
{
    Error error = command->job.kind == NULL ? command->result : command->job.error;
    if (error.place.source.length == 0) {
        error.place.line = 0; /* of the command, whose text its host made; the pointer names the member */
    }
    Engine *engine = command->session->engine;
    Event event;
    event_begin(&event, &command->memory, SLICE("command_end"));
    event_text(&event, SLICE("command"), command->kind == NULL ? SLICE("") : command->kind->name);
    event_bool(&event, SLICE("ok"), error.code == ERROR_OK);
    event_uint64(&event, SLICE("api_calls"), budget_calls(&command->session->budget));
    if (error.code != ERROR_OK) {
        event_error(&event, error);
    } else if (command->exit != 0) {
        event_int64(&event, SLICE("exit"), command->exit);
    }
    tell_again(command, error, &event);
    if (event.text.failed) {
        engine_event(engine, END_WITHOUT_MEMORY); /* the host waits for one */
    } else {
        event_send(&event, engine);
    }
    session_clear(command->session);
    arena_wipe(&command->memory);
    arena_free(&command->memory);
}

void *command_child(Command *command, size_t bytes)
{
    void *child = arena_calloc(&command->memory, 1, bytes, 16);
    if (child == NULL) {
        engine_fail(&command->job, no_memory());
    }
    return child;
}

void command_run_child(Command *command, Job *child, const JobKind *kind)
{
    command->child = child;
    job_start(command->job.engine, &command->job, child, kind);
}

/* "Acount; did you mean Account?", or which names there are. */
static Error no_object(Command *command, Slice name)
{
    Buffer rest;
    Nearest nearest = nearest_begin(name);
    Buffer all;
    buffer_init(&rest, &command->memory, 0);
    buffer_init(&all, &command->memory, 0);
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Slice sobject = source_facts((Source)source)->sobject;
        nearest_consider(&nearest, sobject);
        buffer_append(&all, source == 0 ? SLICE("") : SLICE(", "));
        buffer_append(&all, sobject);
    }
    const bool near = nearest.name.length != 0;
    buffer_append(&rest, near ? SLICE("; did you mean ") : SLICE("; it is one of "));
    buffer_append(&rest, near ? nearest.name : buffer_slice(&all));
    buffer_append(&rest, near ? SLICE("?") : SLICE(""));
    return ERROR_TEXT(&command->memory, ERROR_COMMAND_ARGUMENT, SLICE("no object that is pulled is called "),
                      name, buffer_slice(&rest));
}

Error command_source(Command *command, Slice name, Source *source)
{
    for (unsigned i = 0; i < SOURCE_COUNT; i++) {
        if (slice_equal_ignoring_case(name, source_facts((Source)i)->sobject)) {
            *source = (Source)i;
            return ERROR_NONE;
        }
    }
    return no_object(command, name);
}
