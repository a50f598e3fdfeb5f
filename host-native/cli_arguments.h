/*
 * What can be typed, as tables: the parser, the help, the suggestions for misspelt words and the JSON that
 * goes to the core are all made from them.
 */
#ifndef PERLY_HOST_NATIVE_CLI_ARGUMENTS_H
#define PERLY_HOST_NATIVE_CLI_ARGUMENTS_H

#include "buffer.h"

struct Cli;

/* CLI_OPTION(identifier, name, value's name or NULL for a flag, help) */
#define CLI_OPTIONS(X)                                                                                       \
    X(CONNECTION, "connection", "NAME", "which connection; production and sandbox can stand side by side")   \
    X(DATA, "data", "DIR", "data directory (default: $XDG_DATA_HOME/perly)")                                 \
    X(CONFIG, "config", "FILE", "configuration (default: config.json in the connection's folder)")           \
    X(JSON, "json", NULL, "one JSON object a line, for programs")                                            \
    X(YES, "yes", NULL, "answer every question with yes")                                                    \
    X(WAIT, "wait", "N", "seconds to wait while another perly works on it (default 60; sync: 0)")            \
    X(HELP, "help", NULL, "this text, or that of a command")                                                 \
    X(SANDBOX, "sandbox", NULL, "log in at test.salesforce.com")                                             \
    X(MY_DOMAIN, "my-domain", "HOST", "log in at the org's own domain, such as acme.my.salesforce.com")      \
    X(LOGIN_URL, "login-url", "URL", "log in at this address")                                               \
    X(CLIENT_ID, "client-id", "ID", "consumer key of the app in Salesforce; secret: $PERLY_CLIENT_SECRET")   \
    X(JWT, "jwt", "KEYFILE", "no browser: log in by assertions signed with this RSA key (PEM)")              \
    X(USERNAME, "username", "USER", "with --jwt: who it logs in as")                                         \
    X(CLIENT_CREDENTIALS, "client-credentials", NULL, "no browser: log in as the app's own user")            \
    X(SCOPES, "scopes", "LIST", "what to ask for (default: \"api refresh_token full\")")                     \
    X(PORT, "port", "N", "port of http://localhost:8717/callback; Salesforce compares it exactly")           \
    X(HEADLESS, "headless", NULL, "no browser here: paste the address it ended at")                          \
    X(NO_SYNC, "no-sync", NULL, "stop when connected")                                                       \
    X(PLAN, "plan", NULL, "show what would be done, and do nothing")                                         \
    X(UNDO, "undo", NULL, "remove what setup made, and nothing else")                                        \
    X(ASSIGN, "assign", "USER", "give the access to this user, who will do the daily work")                  \
    X(READERS, "readers", "LIST", "permission sets or profiles that shall see the fields")                   \
    X(MANUAL, "manual", NULL, "list what an administrator would make by hand")                               \
    X(PACKAGE, "package", "DIR", "write it as files to deploy with Salesforce's own command line")           \
    X(ONCE, "once", NULL, "one cycle, then end (the default)")                                               \
    X(WATCH, "watch", NULL, "go on, every 2 hours or as configured, until Ctrl-C")                           \
    X(FULL, "full", NULL, "pull everything again")                                                           \
    X(ONLY, "only", "OBJECT", "pull this object alone, such as Account; nothing is scored or sent")          \
    X(RISK, "risk", "LEVEL", "only Low, Medium, High or Critical")                                           \
    X(SORT, "sort", "COLUMN", "score (worst first), change, name")                                           \
    X(SINCE, "since", "DATE", "the change since that day (default: since the last other score)")             \
    X(HISTORY, "history", NULL, "what the pulls before each of the last scorings brought")                   \
    X(LIMIT, "limit", "N", "at most so many: accounts (default 50), scorings of --history (default 10)")

#define CLI_OPTION_ID(identifier, name, value, help) CLI_##identifier,
enum { CLI_NO_OPTION, CLI_OPTIONS(CLI_OPTION_ID) CLI_OPTION_COUNT };

enum { CLI_OPERANDS_MAX = 3, CLI_COMMAND_OPTIONS_MAX = 12 };

/* Flags of a command. */
enum {
    CLI_LOCKS = 1,   /* writes: only one process at a time */
    CLI_CREATES = 2, /* the connection need not exist */
    CLI_HOST = 4,    /* never reaches the core */
    CLI_LISTS = 16,  /* without an operand it only reads, and locks nothing */
    CLI_PASSING = 8  /* without a connection it works on an empty database that passes with it */
};

/* A member that is not set is NULL or 0. */
typedef struct CliCommand {
    const char *name;
    const char *operands; /* as in the help: "ACCOUNT", "[approve|drop] [ID]" */
    const char *summary;
    const char *detail;  /* of its own help: a paragraph and an example */
    const char *core;    /* the core's word, where one word is enough */
    const char *nothing; /* said when it ended well and had nothing to show */
    const char *members; /* JSON names of the operands, with spaces between; NULL: they are not passed on */
    uint32_t operands_min;
    uint32_t operands_max;
    uint32_t flags;
    int (*run)(struct Cli *cli);
    int options[CLI_COMMAND_OPTIONS_MAX]; /* besides those of every command, then CLI_NO_OPTION */
} CliCommand;

typedef struct CliArguments {
    const CliCommand *command;            /* NULL: none was typed */
    const char *values[CLI_OPTION_COUNT]; /* NULL: not given; "" for a flag that is */
    const char *operands[CLI_OPERANDS_MAX];
    uint32_t operand_count;
    int word_count; /* as main got them */
    char **words;
} CliArguments;

/* Whether the line as it is typed writes: only one process at a time does. */
bool cli_arguments_lock(const CliArguments *arguments);

/* False with a sentence in `problem` and what to type in `remedy`. The texts of argv must stay. */
bool cli_arguments_parse(CliArguments *arguments, int argc, char **argv, NativeBuffer *problem,
                         NativeBuffer *remedy);

/* The line as it was typed: where a mistake in it is. */
void cli_arguments_typed(const CliArguments *arguments, NativeBuffer *out);

/* Help of one command, or of all when `command` is NULL. */
void cli_arguments_help(const CliCommand *command, NativeBuffer *out);

/* Adds the options of the command (not those of every command) and its operands as members of a JSON object.
 */
void cli_arguments_members(const CliArguments *arguments, NativeBuffer *json);

#endif
