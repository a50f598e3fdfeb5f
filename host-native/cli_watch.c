/*
 * perly sync --watch: one cycle after another, when the core says. What passes by itself (no network, a busy
 * database, another process that holds the lease) is tried again soon; what a person must do ends it. Between
 * two cycles nothing is locked, so that decisions, imports and checks find their turn.
 */
#include "cli.h"
#include "cli_json.h"
#include "time_text.h"
#include <string.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60000, POLL_MS = 120 * MINUTE_MS, AGAIN_MS = 5 * MINUTE_MS };

static double now_ms(const Cli *cli)
{
    double wall = 0;
    double mono = 0;
    native_loop_time(cli->loop, &wall, &mono);
    return wall;
}

/* How long to wait after a cycle that ended so, a minute at least; below 0: the watch is over. */
static double wait_ms(const Cli *cli, int code)
{
    if (cli->again_ms > 0) {
        const double left = cli->again_ms - now_ms(cli);
        return left > MINUTE_MS ? left : MINUTE_MS;
    }
    if (cli->succeeded) {
        return POLL_MS; /* also where a person must act: the rest goes on meanwhile */
    }
    switch (code) {
    case CLI_LEASE: return MINUTE_MS;
    case CLI_FAILED:
    case CLI_LATER: return AGAIN_MS;
    default: return -1;
    }
}

static void tell_time(Cli *cli, const char *event, double wall)
{
    char text[NATIVE_TIME_BYTES];
    NativeBuffer json = {0};
    if (native_time_print((int64_t)wall, text)) {
        native_buffer_format(&json, "{\"event\":\"%s\",\"at\":\"%.*s\"}", event, NATIVE_TIME_BYTES, text);
        cli_event(cli, (NativeText){json.bytes, json.length});
    }
    native_buffer_free(&json);
}

/* False when the user wants to stop. */
static bool pause_for(Cli *cli, double delay_ms)
{
    native_loop_pause(cli->loop, delay_ms);
    while (native_loop_paused(cli->loop)) {
        if (!cli_turn(cli, NULL, 0)) {
            return false;
        }
    }
    return true;
}

/* Whether what is read now can be used. One that was there and is gone is a mistake: not the default. */
static bool is_usable(Cli *cli, const NativeBuffer *before)
{
    if (cli_config_read(cli) != 0) {
        return false;
    }
    if (cli->config.length == 0 && before->length > 0) {
        char path[CLI_PATH_MAX];
        cli_folder_path(cli, "config.json", path);
        (void)cli_error(cli, CLI_INPUT, "the configuration is gone", path,
                        "write it again, with {} in it for the default");
        return false;
    }
    if (native_text_equal((NativeText){before->bytes, before->length},
                          (NativeText){cli->config.bytes, cli->config.length})) {
        return true;
    }
    NativeBuffer json = {0};
    cli_command_begin(cli, &json, "config_check");
    const int code = cli_run(cli, &json);
    native_buffer_free(&json);
    return code == 0;
}

/* The configuration, which a person may have edited; until that is good, the one before stays in force. */
static void read_again(Cli *cli)
{
    NativeBuffer before = cli->config;
    cli->config = (NativeBuffer){0};
    if (!is_usable(cli, &before)) {
        const NativeBuffer edited = cli->config;
        cli->config = before;
        before = edited;
        cli_notice(cli, "the configuration stays as it was before this edit, until the file is good");
    }
    native_buffer_free(&before);
}

/* Sleeps, with nothing locked, and takes the connection again. An exit code, 0 to go on. */
static int sleep_until_next(Cli *cli, double delay_ms)
{
    int code = CLI_LEASE;
    tell_time(cli, "idle", now_ms(cli) + delay_ms);
    cli_folder_unlock(cli);
    while (code == CLI_LEASE) {
        if (!pause_for(cli, delay_ms)) {
            return CLI_STOPPED;
        }
        code = cli_folder_try(cli);
        delay_ms = SECOND_MS; /* another command has its turn */
    }
    return code;
}

static int watch(Cli *cli)
{
    int code = cli_folder_watch(cli);
    while (code == 0) {
        tell_time(cli, "cycle", now_ms(cli));
        const int ended = cli_plain(cli);
        const double delay_ms = wait_ms(cli, ended);
        if (delay_ms < 0 || cli->stopping) {
            return cli->stopping ? CLI_STOPPED : ended;
        }
        code = sleep_until_next(cli, delay_ms);
        if (code == 0) {
            read_again(cli);
            code = cli->stopping ? CLI_STOPPED : 0;
        }
        cli->arguments.values[CLI_FULL] = NULL; /* once is enough */
    }
    return code;
}

int cli_sync(Cli *cli)
{
    const char **values = cli->arguments.values;
    if (values[CLI_ONCE] != NULL && values[CLI_WATCH] != NULL) {
        return cli_error(cli, CLI_INPUT, "--once and --watch exclude each other", "", "perly sync --watch");
    }
    const bool watches = values[CLI_WATCH] != NULL;
    values[CLI_WATCH] = NULL; /* to the core each cycle is one */
    return watches ? watch(cli) : cli_plain(cli);
}
