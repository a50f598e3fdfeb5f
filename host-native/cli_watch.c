/*
 * perly sync --watch: one cycle after another. What passes by itself (no network, a busy database, another
 * process that holds the lease) is tried again soon; what a person must do ends it.
 */
#include "cli.h"
#include "cli_json.h"
#include "time_text.h"
#include <string.h>

enum {
    MINUTE_MS = 60000,
    POLL_DEFAULT_MS = 120 * MINUTE_MS,
    POLL_LEAST_MS = MINUTE_MS,
    AGAIN_MS = 5 * MINUTE_MS
};

/* A duration as the configuration writes it: an integer and one of s m h d w. 0 for anything else. */
static double duration_ms(NativeText value)
{
    static const char units[] = "smhdw";
    static const double unit_ms[] = {1e3, 6e4, 3.6e6, 8.64e7, 6.048e8};
    NativeBuffer text = {0};
    double ms = 0;
    cli_json_plain(&text, value);
    if (!text.failed && text.length > 1) {
        const char *unit = strchr(units, text.bytes[text.length - 1]);
        text.bytes[text.length - 1] = '\0';
        ms = unit == NULL ? 0 : (double)cli_json_number(text.bytes) * unit_ms[unit - units];
    }
    native_buffer_free(&text);
    return ms;
}

static double poll_ms(const Cli *cli)
{
    const NativeText config = {cli->config.bytes, cli->config.length};
    const double ms = duration_ms(cli_json_get(cli_json_get(config, "salesforce"), "poll"));
    return ms < POLL_LEAST_MS ? POLL_DEFAULT_MS : ms;
}

/* How long to wait after a cycle that ended so; below 0: the watch is over. */
static double wait_ms(const Cli *cli, int code)
{
    if (cli->succeeded) {
        return poll_ms(cli); /* also where a person must act: the rest goes on meanwhile */
    }
    switch (code) {
    case CLI_LEASE: return MINUTE_MS;
    case CLI_FAILED:
    case CLI_LATER: return AGAIN_MS;
    default: return -1;
    }
}

static void tell_next(Cli *cli, double delay_ms)
{
    double wall = 0;
    double mono = 0;
    char text[NATIVE_TIME_BYTES];
    NativeBuffer event = {0};
    native_loop_time(cli->loop, &wall, &mono);
    if (native_time_print((int64_t)(wall + delay_ms), text)) {
        native_buffer_format(&event, "{\"event\":\"idle\",\"at\":\"%.*s\"}", NATIVE_TIME_BYTES, text);
        cli_event(cli, (NativeText){event.bytes, event.length});
    }
    native_buffer_free(&event);
}

int cli_sync(Cli *cli)
{
    const char *const *values = cli->arguments.values;
    if (values[CLI_ONCE] != NULL && values[CLI_WATCH] != NULL) {
        return cli_error(cli, CLI_INPUT, "--once and --watch exclude each other", "", "perly sync --watch");
    }
    for (;;) {
        const int code = cli_plain(cli);
        const double delay_ms = cli->arguments.values[CLI_WATCH] == NULL ? -1 : wait_ms(cli, code);
        if (delay_ms < 0 || cli->stopping) {
            return cli->stopping ? CLI_STOPPED : code;
        }
        tell_next(cli, delay_ms);
        native_loop_pause(cli->loop, delay_ms);
        while (native_loop_paused(cli->loop)) {
            if (!cli_turn(cli, NULL, 0)) {
                return CLI_STOPPED;
            }
        }
        cli->arguments.values[CLI_FULL] = NULL; /* once is enough */
    }
}
