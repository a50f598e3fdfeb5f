/*
 * The command line `perly`. It knows files, terminals and signals; what a command does is the core's
 * business.
 *
 * Commands to the core are one JSON object each: "command" and its members. What the user typed becomes
 * members by the tables of cli_arguments.c (an option --only becomes "only"), so that a new option of the
 * core is a line there.
 *
 * The commands, their members and their events stand in wasm/ABI.md, "Commands"; what people see of an event
 * is the table of views in cli_views.c, and an event without a view is for machines. With --json every event
 * is passed on as it is, one a line, and the last line is {"event":"exit","code":N}. This program acts on
 * `authorize` (its URL is to be opened in a browser), `progress` (rows = total ends the bar) and
 * `command_end` (the exit code, and the three lines of an error).
 */
#ifndef PERLY_HOST_NATIVE_CLI_H
#define PERLY_HOST_NATIVE_CLI_H

#include "cli_arguments.h"
#include "loop.h"
#include "perly/perly.h"
#include <stdio.h>

enum {
    CLI_DONE = 0,
    CLI_FAILED = 1,
    CLI_DIFFERENT = 2,
    CLI_PERSON = 3,
    CLI_INPUT = 4,
    CLI_LATER = 5,
    CLI_LEASE = 6,
    CLI_STOPPED = 130
};

enum { CLI_PATH_MAX = 3072, CLI_PROGRESS_MAX = 32, CLI_WATCHES_MAX = 8 };

/* One bar. */
typedef struct CliProgress {
    char name[64]; /* job and object */
    double done;
    double total;      /* 0: not known */
    double base;       /* rows of the first event: they came before anybody looked at a clock */
    double started_ms; /* when that was */
    double printed_ms; /* of the plain lines */
} CliProgress;

typedef struct Cli {
    CliArguments arguments;
    char folder[CLI_PATH_MAX];  /* of the connection, with a '/' at its end */
    char passing[CLI_PATH_MAX]; /* a folder that goes with the session, for a database without a connection;
                                   or "" */
    bool fresh;                 /* the connection had no database before this command */
    int lock;                   /* descriptor, or -1 */
    int watch;                  /* the same, of the process that watches */
    bool json;
    int out_columns; /* of the terminal on stdout, 0 when it is none */
    bool colour;     /* on stdout */
    bool error_is_terminal;

    NativeClock *clock;
    NativeStore *store;
    NativeKeys keys;
    NativeLoop *loop;
    Perly *perly;
    bool stopping;

    CliProgress progress[CLI_PROGRESS_MAX];
    uint32_t progress_count;
    bool progress_shown; /* a line that is rewritten stands on stderr */
    bool text;           /* what was asked for is a text, and no event: help, a schema */
    const char *table;   /* event whose heading was printed last */
    double imported;     /* values of signals, in all pieces */
    double refused;      /* lines of them */
    bool issues;         /* of a configuration, each told by itself */
    bool printed;        /* an event, to stdout */
    bool asks_next;      /* what a check found missing is asked for next: no error tells it again */
    bool again;          /* of a check, what was shown before: now what is still missing alone */

    int exit;            /* of the command that ended last */
    double again_ms;     /* wall time at which the core wants to go on; 0: it did not say */
    bool succeeded;      /* it did what it was to do, whatever else a person must see to */
    int exit_files;      /* of files that could not be written */
    NativeBuffer url;    /* of the event authorize */
    NativeBuffer config; /* text of the configuration */
} Cli;

/* cli_folder.c. Both print an error and give its exit code; 0 is success. */
int cli_folder_find(Cli *cli); /* the folder's name; it need not exist */
int cli_folder_lock(Cli *cli); /* makes it where it is missing, and locks it; waits as --wait says */
int cli_folder_try(Cli *cli);  /* the same without a wait: CLI_LEASE, and no word, when it is taken */
void cli_folder_unlock(Cli *cli);
int cli_folder_watch(Cli *cli);          /* says, until the process ends, that it watches the connection */
long cli_folder_watcher(const Cli *cli); /* the process that does; 0: none */
int cli_folder_erase(Cli *cli, bool with_key); /* everything of the connection */
int cli_folder_passing(Cli *cli);              /* makes cli->passing */
void cli_folder_pass(Cli *cli);                /* and removes it, where there is one */
int cli_folder_look(Cli *cli, bool *exists);   /* the same, where a folder that cannot be read is an error */
int cli_folder_absent(Cli *cli);               /* the error that there is none, with the names of others */
bool cli_folder_exists(const Cli *cli);        /* whether the connection has a database */
void cli_folder_path(const Cli *cli, const char *name, char path[CLI_PATH_MAX]);
void cli_folder_data(const Cli *cli, const char *name,
                     char path[CLI_PATH_MAX]); /* of the database or the key */

/* cli_file.c: a file that a person named. Each call prints what is wrong and gives its exit code; 0 is
 * success. */
typedef struct CliFile {
    Cli *cli;
    const char *path;
    const char *remedy;
    FILE *stream;  /* NULL: not open */
    size_t length; /* that was read */
} CliFile;

int cli_file_open(CliFile *file);
/* Fewer than `size` bytes only at the end; a file without any is an error. */
int cli_file_read(CliFile *file, char *bytes, size_t size, size_t *length);
void cli_file_close(CliFile *file);

/* The configuration into cli->config, anew: --config's, or that of the connection's folder, where there is
 * one. */
int cli_config_read(Cli *cli);

/* cli_run.c */
int cli_session_open(Cli *cli);
void cli_session_close(Cli *cli);

/* Runs one command of the core to its end and gives its exit code. */
int cli_run(Cli *cli, NativeBuffer *json);

/* Begins {"command":NAME with the members that every command has; cli_run ends the object. */
void cli_command_begin(Cli *cli, NativeBuffer *json, const char *name);

/* Turns the loop once, watching up to CLI_WATCHES_MAX descriptors; false when the user wants to stop. */
bool cli_turn(Cli *cli, NativeWatch *watches, uint32_t count);

/* cli_view.c: one event for a person, or passed on. cli_progress.c: the bars. */
void cli_event(Cli *cli, NativeText event);
void cli_progress_update(Cli *cli, NativeText event);
void cli_progress_clear(Cli *cli); /* before anything else is printed */
void cli_progress_end(Cli *cli);

/*
 * Three lines on stderr: what failed, where, what to do; with --json an event instead. Without a `place` it
 * is the line that was typed. Gives `code`.
 */
int cli_error(Cli *cli, int code, const char *what, const char *place, const char *remedy);

/* A line for a person, or the event "notice". */
void cli_notice(Cli *cli, const char *text);

/* cli_connect.c, cli_commands.c: the commands of the table. */
int cli_connect(Cli *cli);
int cli_disconnect(Cli *cli);
int cli_plain(Cli *cli); /* one command of the core, made by the tables */
int cli_status(Cli *cli);
int cli_sync(Cli *cli);                          /* cli_watch.c */
int cli_setup(Cli *cli);                         /* cli_setup.c */
void cli_setup_file(Cli *cli, NativeText event); /* an event "file", below --package's folder */
int cli_config(Cli *cli);
int cli_signals(Cli *cli);
int cli_connections(Cli *cli); /* cli_folder.c */
int cli_backup(Cli *cli);
int cli_help(Cli *cli);

/* cli_callback.c: waits for the browser. The query string into `query`; an exit code, 0 for success. */
int cli_callback_wait(Cli *cli, uint16_t port, NativeBuffer *query);

/*
 * cli_prompt.c: a line of standard input, without its end; what does not fit is left out. CLI_STOPPED by
 * Ctrl-C, CLI_INPUT when the input has ended.
 */
int cli_read_line(Cli *cli, char *line, size_t size);

/* A question on the terminal; `otherwise` without one, false (and cli->stopping) by Ctrl-C. */
bool cli_confirm(Cli *cli, const char *question, bool otherwise);

#endif
