/*
 * Commands: what a host asks of the core. Each is one child job between an opening (the database is brought
 * to the schema, the connection is read, the lease is taken) and a closing (the lease is given back, the
 * result is told). The list of commands is sync/commands.h.
 */
#ifndef PERLY_SYNC_RUN_COMMAND_H
#define PERLY_SYNC_RUN_COMMAND_H

#include "json/document.h"
#include "map/attributes.h"
#include "sync/run/event.h"
#include "sync/run/lease.h"
#include "sync/run/session.h"

typedef struct Command Command;

/* What a command needs before it starts. */
typedef enum CommandNeeds {
    COMMAND_NEEDS_STORE,      /* the database alone: it only reads */
    COMMAND_NEEDS_LEASE,      /* and to be the only one who writes */
    COMMAND_NEEDS_CONNECTION, /* and a session with Salesforce */
} CommandNeeds;

/* `start` is an effect of the command: it starts one child job, in command->memory. */
typedef struct CommandKind {
    Slice name;
    CommandNeeds needs;
    BudgetPurpose purpose; /* of its requests, where it does not say otherwise */
    void (*start)(Command *command);
    bool ends_session; /* by another login, or for good: it is not renewed before */
} CommandKind;

/* How long a refresh token is left idle: Salesforce's limit for it is 30 days at best. */
#define COMMAND_IDLE_MS (INT64_C(5) * 24 * 60 * 60 * 1000)

typedef struct CommandList {
    const CommandKind *kinds;
    size_t count;
} CommandList;

/* What is kept between `connect` and `connect_finish`: the question that the browser's answer must match. */
typedef struct PendingConnect {
    bool open;
    Arena memory;
    SfApp app;
    Slice login_base;
    Slice state;
    SfPkce pkce;
} PendingConnect;

struct Command {
    Job job; /* first */
    Session *session;
    PendingConnect *pending;
    const CommandKind *kind;
    Arena memory;
    JsonDocument document;
    JsonValue arguments;
    StoreQuery query;
    Slice sealed;
    LeaseTake take;
    LeaseKeeper keeper;
    Job *child;   /* running, for command_stop */
    bool stopped; /* nothing new is begun */
    Error result;
    Error renewal;   /* of a session that had been idle */
    bool lost;       /* the connection did not work before, until a person would act */
    Request request; /* for the versions of the org */
    RequestSpec spec;
    int exit;         /* of a command that succeeds, where it is not 0 */
    int64_t again_ms; /* of one that succeeds: wall time at which it has work again; INT64_MAX: not known */
};

enum { COMMAND_RETRY_MS = 5 * 60 * 1000, COMMAND_LOGIN_MS = 60 * 60 * 1000 };

/*
 * How much later a command that ended with this error is worth another try, since it passes by itself; 0: a
 * person must act. What a job cannot go on with may pass as well: calls that are used up, an answer that
 * nobody can read. Logins are counted by the hour.
 */
int64_t command_retry_ms(ErrorCode code);

/* A plan would change something, a person must act, time must pass: exit codes, of such errors too. */
enum { COMMAND_EXIT_DIFFERENT = 2, COMMAND_EXIT_PERSON = 3, COMMAND_EXIT_LATER = 5 };

/*
 * Begins the command of this document, one of `list`. ERROR_JSON_... and ERROR_UNKNOWN_COMMAND before
 * anything started.
 */
Error command_start(Command *command, Session *session, PendingConnect *pending, CommandList list,
                    Slice json);

/* Ends the command as soon as what runs can end: at once, wherever it stands. */
void command_stop(Command *command);

/* Tells the result as the last event and frees the command's memory. */
void command_end(Command *command);

/* Starts `child` (allocated in command->memory) as the command's child job. */
void command_run_child(Command *command, Job *child, const JobKind *kind);

/*
 * The command's configuration, in `arena`, for what needs limits and intervals only: where it cannot be read,
 * which is for other commands to tell, the built-in one. ERROR_OUT_OF_MEMORY.
 */
Error command_config(const Command *command, Arena *arena, Config **config);

/*
 * Picks the API version that the configuration wants, or the next lower one, from the answer of sf_versions;
 * in `arena`. ERROR_SF_VERSION when there is none.
 */
Error command_negotiate(const Command *command, Slice body, Arena *arena, Slice *version);

/* The object that is pulled and has this name, in any case. ERROR_COMMAND_ARGUMENT, with the nearest name. */
Error command_source(Command *command, Slice name, Source *source);

/* Zeroed memory for a child; a failure ends the command with ERROR_OUT_OF_MEMORY, and NULL is returned. */
void *command_child(Command *command, size_t bytes);

#define COMMAND_CHILD(command, Type) ((Type *)command_child((command), sizeof(Type)))

/* The commands' starts, each in its own file. */
#define COMMAND(name, needs, purpose, ends_session) void name##_start(Command *command);
#include "sync/run/commands.def"
#undef COMMAND

#endif
