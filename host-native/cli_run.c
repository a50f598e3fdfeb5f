/* A session: clock, store, keys, loop and core of one connection; and running one command on them. */
#include "cli.h"
#include "cli_json.h"
#include "embedded.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written by the signal handler, read by the loop: the only state that a handler may touch. */
static int signal_pipe[2] = {-1, -1};
static volatile sig_atomic_t signals_seen;

/*
 * The first asks for a clean stop, the second ends the process where it stands: here and not in the loop,
 * which may be held up by a pipe that nobody reads, or inside a long statement. A terminal that closes says
 * so more than once, and hurries nobody.
 */
static void on_signal(int number)
{
    const int kept = errno;
    const char byte = (char)number;
    if (signals_seen++ == 0) {
        (void)!write(signal_pipe[1], &byte, 1);
    } else if (number != SIGHUP) {
        _exit(CLI_STOPPED);
    }
    errno = kept;
}

/* What nohup, or the shell of a job in the background, has this process ignore stays ignored. */
static bool watch_signal(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction before;
    return sigaction(number, NULL, &before) == 0 &&
           (before.sa_handler == SIG_IGN ||
            (sigemptyset(&action.sa_mask) == 0 && sigaction(number, &action, NULL) == 0));
}

static bool watch_signals(void)
{
    if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        return false;
    }
    return watch_signal(SIGINT) && watch_signal(SIGTERM) && watch_signal(SIGHUP) &&
           signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

static void on_log(void *context, uint32_t level, const char *text, size_t length)
{
    Cli *cli = context;
    static const char *const names[] = {"error", "warning", "info", "debug"};
    const char *wanted = getenv("PERLY_LOG"); /* error, warning, info, debug; warnings by default */
    uint32_t most = PERLY_LOG_WARNING;
    for (uint32_t i = 0; wanted != NULL && i < 4; i++) {
        most = strcmp(wanted, names[i]) == 0 ? i : most;
    }
    if (level <= most && level < 4) {
        cli_progress_clear(cli);
        (void)fprintf(stderr, "%s: %.*s\n", names[level], (int)length, text);
    }
}

static void on_event(void *context, const char *json, size_t length)
{
    cli_event(context, (NativeText){json, length});
}

/* The core's functions have the sink's shapes, but for the type of the first argument. */

static void to_head(void *context, double wall, double mono, uint32_t call, uint32_t status,
                    const char *headers, size_t length)
{
    perly_http_head(context, wall, mono, call, status, headers, length);
}

static uint32_t to_body(void *context, double wall, double mono, uint32_t call, const char *bytes,
                        size_t length)
{
    return perly_http_body(context, wall, mono, call, bytes, length);
}

static void to_http_end(void *context, double wall, double mono, uint32_t call, uint32_t outcome,
                        const char *text, size_t length)
{
    perly_http_end(context, wall, mono, call, outcome, text, length);
}

static uint32_t to_rows(void *context, double wall, double mono, uint32_t call, const char *batch,
                        size_t length)
{
    return perly_store_rows(context, wall, mono, call, batch, length);
}

static void to_call_end(void *context, double wall, double mono, uint32_t call, uint32_t end,
                        const char *payload, size_t length)
{
    perly_call_end(context, wall, mono, call, end, payload, length);
}

static void to_timer(void *context, double wall, double mono, uint32_t call)
{
    perly_timer_fire(context, wall, mono, call);
}

static int open_clock(Cli *cli)
{
    const char *url = getenv("PERLY_TEST_CLOCK");
    NativeBuffer problem = {0};
    cli->clock = url == NULL ? native_clock_new() : native_clock_test_new(url, &problem);
    const char *text = native_buffer_cstr(&problem);
    const int code = cli->clock != NULL
                         ? 0
                         : cli_error(cli, CLI_INPUT, text, "PERLY_TEST_CLOCK", "unset PERLY_TEST_CLOCK");
    native_buffer_free(&problem);
    return code;
}

/* An end as an error of the command line; frees it. */
static int told(Cli *cli, NativeEnd *end, const char *place, const char *remedy)
{
    int code = 0;
    if (end->end != PERLY_END_OK) {
        const char *text = native_buffer_cstr(&end->payload);
        code = cli_error(cli, end->end == PERLY_END_BUSY ? CLI_LATER : CLI_FAILED,
                         text == NULL ? "there is not enough memory" : text, place, remedy);
    }
    native_end_free(end);
    return code;
}

static int open_store(Cli *cli)
{
    char path[CLI_PATH_MAX];
    cli_folder_data(cli, "perly.db", path);
    NativeEnd end = native_store_open(path, &cli->store);
    const int code =
        told(cli, &end, path,
             end.end == PERLY_END_BUSY ? "wait until the program that has the database open is done"
                                       : "see what the message says, or perly --data DIR for another place");
    if (code != 0) {
        return code;
    }
    cli_folder_data(cli, "perly.key", path);
    end = native_keys_load(&cli->keys, path, (cli->arguments.command->flags & CLI_CREATES) != 0);
    return told(cli, &end, path, "restore the key file, or move it away and run perly connect");
}

int cli_session_open(Cli *cli)
{
    PerlyHost host;
    int code = open_clock(cli);
    code = code != 0 ? code : cli_config_read(cli);
    code = code != 0 ? code : open_store(cli);
    if (code != 0) {
        return code;
    }
    cli->loop = native_loop_new(&(NativeLoopOptions){.clock = cli->clock,
                                                     .store = cli->store,
                                                     .keys = &cli->keys,
                                                     .sign_folder = cli->folder,
                                                     .context = cli,
                                                     .log = on_log,
                                                     .event = on_event});
    if (cli->loop == NULL || !watch_signals()) {
        return cli_error(cli, CLI_FAILED, "there is not enough memory", "", "close other programs");
    }
    native_loop_ports(cli->loop, &host);
    cli->perly = perly_core_new(&host, PERLY_DIALECT_SQLITE);
    if (cli->perly != NULL && perly_zones_set(cli->perly, native_zones(), native_zones_length()) != 0) {
        return cli_error(cli, CLI_FAILED, "the time zones of this program were refused", "",
                         "install perly again");
    }
    native_loop_deliver_to(
        cli->loop, &(NativeSink){cli->perly, to_head, to_body, to_http_end, to_rows, to_call_end, to_timer});
    return cli->perly != NULL
               ? 0
               : cli_error(cli, CLI_FAILED, "there is not enough memory", "", "close other programs");
}

void cli_session_close(Cli *cli)
{
    cli_progress_end(cli);
    native_loop_free(cli->loop); /* first: nothing is delivered to an instance that is gone */
    if (cli->perly != NULL) {
        perly_core_free(cli->perly);
    }
    native_store_close(cli->store);
    native_clock_free(cli->clock);
    native_keys_wipe(&cli->keys);
    cli_folder_pass(cli);
    cli->loop = NULL;
    cli->perly = NULL;
    cli->store = NULL;
    cli->clock = NULL;
}

static void write_holder(NativeBuffer *json, const char *host)
{
    NativeBuffer holder = {0};
    native_buffer_format(&holder, "perly on %s, process %ld", host, (long)getpid());
    cli_json_string(json, (NativeText){holder.bytes, holder.length});
    native_buffer_free(&holder);
}

void cli_command_begin(Cli *cli, NativeBuffer *json, const char *name)
{
    char path[CLI_PATH_MAX];
    const char *given = cli->arguments.values[CLI_CONFIG];
    native_buffer_format(json, "{\"command\":\"%s\"", name);
    if (cli->lock >= 0) {
        char host[64] = "this machine";
        (void)gethostname(host, sizeof host - 1);
        native_buffer_text(json, ",\"holder_dead\":true,\"holder\":");
        write_holder(json, host);
    }
    if (cli->config.length > 0 || given != NULL) {
        cli_folder_path(cli, "config.json", path);
        native_buffer_text(json, ",\"config_name\":");
        cli_json_string(json, native_text(given == NULL ? path : given));
        native_buffer_text(json, ",\"config\":");
        cli_json_string(json, (NativeText){cli->config.bytes, cli->config.length});
    }
}

/* Asks the core to stop: nothing more is begun, above all no push, and the lease is given back. */
static void stop(Cli *cli)
{
    double wall = 0;
    double mono = 0;
    char byte = 0;
    (void)!read(signal_pipe[0], &byte, 1);
    cli->stopping = true;
    cli_progress_clear(cli);
    if (cli->error_is_terminal) {
        (void)fprintf(stderr, "stopping; Ctrl-C again to end at once (nothing is lost either way)\n");
    }
    native_loop_time(cli->loop, &wall, &mono);
    if (perly_core_busy(cli->perly) != 0) {
        perly_command_stop(cli->perly, wall, mono, mono);
    }
}

bool cli_turn(Cli *cli, NativeWatch *watches, uint32_t count)
{
    NativeWatch all[1 + CLI_WATCHES_MAX] = {{signal_pipe[0], false}};
    for (uint32_t i = 0; i < count && i < CLI_WATCHES_MAX; i++) {
        all[i + 1] = watches[i];
    }
    native_loop_turn(cli->loop, all, 1 + count);
    for (uint32_t i = 0; i < count; i++) {
        watches[i].ready = all[i + 1].ready;
    }
    if (all[0].ready) {
        stop(cli);
    }
    return !cli->stopping;
}

int cli_run(Cli *cli, NativeBuffer *json)
{
    double wall = 0;
    double mono = 0;
    if (cli->stopping) {
        return CLI_STOPPED; /* it was meant for the command before, and for all that follow */
    }
    cli->issues = 0;
    native_buffer_text(json, "}");
    native_loop_time(cli->loop, &wall, &mono);
    cli->exit = CLI_FAILED;
    if (json->failed || perly_command_run(cli->perly, wall, mono, json->bytes, json->length) != 0) {
        return cli_error(cli, CLI_FAILED, "the core did not take the command", "", "report this");
    }
    while (perly_core_busy(cli->perly) != 0) {
        (void)cli_turn(cli, NULL, 0);
    }
    cli_progress_end(cli);
    if (!cli->stopping || cli->exit == CLI_DONE) {
        return cli->exit;
    }
    (void)fprintf(stderr, "stopped; what is done stays, and the next run goes on from there\n");
    return CLI_STOPPED;
}
