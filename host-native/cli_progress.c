/*
 * Progress: on a terminal one line on stderr that is rewritten, with rate and time left; otherwise a plain
 * line when a job begins and ends, and every 10 seconds between.
 */
#include "cli.h"
#include "cli_json.h"
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

enum { PLAIN_MS = 10000, REDRAW_MS = 100, BAR_CELLS = 16 };

/* Of this machine, also under a test clock: a bar is for the person who waits. */
static double now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static CliProgress *find(Cli *cli, const char *name, double rows)
{
    for (uint32_t i = 0; i < cli->progress_count; i++) {
        if (strcmp(cli->progress[i].name, name) == 0) {
            return &cli->progress[i];
        }
    }
    if (cli->progress_count == CLI_PROGRESS_MAX) {
        return NULL;
    }
    CliProgress *made = &cli->progress[cli->progress_count++];
    *made = (CliProgress){.base = rows, .started_ms = now_ms()};
    (void)snprintf(made->name, sizeof made->name, "%s", name);
    return made;
}

static void write_count(NativeBuffer *out, double count)
{
    char digits[32];
    const int length = snprintf(digits, sizeof digits, "%.0f", count);
    for (int i = 0; i < length; i++) {
        native_buffer_text(out, i > 0 && (length - i) % 3 == 0 ? "," : "");
        native_buffer_bytes(out, &digits[i], 1);
    }
}

static double rate_of(const CliProgress *bar)
{
    const double seconds = (now_ms() - bar->started_ms) / 1000;
    return seconds > 0.2 ? (bar->done - bar->base) / seconds : 0;
}

static void write_left(NativeBuffer *out, const CliProgress *bar)
{
    const double rate = rate_of(bar);
    if (rate <= 0) {
        return;
    }
    native_buffer_text(out, "  ");
    write_count(out, rate);
    native_buffer_text(out, "/s");
    if (bar->total > bar->done) {
        const int seconds = (int)((bar->total - bar->done) / rate);
        native_buffer_format(out, "  %d:%02d left", seconds / 60, seconds % 60);
    }
}

static void write_bar(NativeBuffer *out, const CliProgress *bar)
{
    native_buffer_format(out, "%s ", bar->name);
    if (bar->total > 0) {
        const double part = bar->done < bar->total ? bar->done / bar->total : 1;
        for (int i = 0; i < BAR_CELLS; i++) {
            native_buffer_text(out, i < (int)(part * BAR_CELLS) ? "\u2588" : "\u2591");
        }
        native_buffer_format(out, " %3.0f%% ", part * 100);
    }
    write_count(out, bar->done);
    write_left(out, bar);
}

static int terminal_columns(void)
{
    struct winsize size = {0};
    return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

/* As many bars as fit the terminal's line; a byte that continues a character takes no column. */
static void draw(Cli *cli)
{
    NativeBuffer line = {0};
    for (uint32_t i = 0; i < cli->progress_count; i++) {
        native_buffer_text(&line, i > 0 ? "  |  " : "");
        write_bar(&line, &cli->progress[i]);
    }
    const char *text = native_buffer_cstr(&line);
    size_t bytes = 0;
    for (int columns = terminal_columns() - 1; text != NULL && text[bytes] != '\0' && columns >= 0; bytes++) {
        columns -= (text[bytes + 1] & 0xc0) != 0x80 ? 1 : 0;
    }
    if (text != NULL) {
        (void)fprintf(stderr, "\r\033[K%.*s", (int)bytes, text);
        (void)fflush(stderr);
        cli->progress_shown = true;
    }
    native_buffer_free(&line);
}

static void print_plain(CliProgress *bar)
{
    NativeBuffer line = {0};
    native_buffer_format(&line, "%s: ", bar->name);
    write_count(&line, bar->done);
    if (bar->total > 0) {
        native_buffer_text(&line, " of ");
        write_count(&line, bar->total);
    }
    write_left(&line, bar);
    (void)fprintf(stderr, "%.*s\n", (int)line.length, line.bytes);
    native_buffer_free(&line);
    bar->printed_ms = now_ms();
}

static void forget(Cli *cli, CliProgress *bar)
{
    const size_t after = (size_t)(cli->progress + cli->progress_count - bar - 1);
    memmove(bar, bar + 1, after * sizeof *bar);
    cli->progress_count--;
}

void cli_progress_update(Cli *cli, NativeText event)
{
    NativeBuffer name = {0};
    const NativeText job = cli_json_get(event, "job");
    cli_json_plain(&name, job.length > 0 ? job : NATIVE_TEXT("pull"));
    native_buffer_text(&name, " ");
    cli_json_plain(&name, cli_json_get(event, "object"));
    const char *text = native_buffer_cstr(&name);
    const double rows = cli_json_double(cli_json_get(event, "rows"), 0);
    CliProgress *bar = text == NULL ? NULL : find(cli, text, rows);
    native_buffer_free(&name);
    if (bar == NULL) {
        return;
    }
    const bool first = bar->printed_ms <= 0;
    bar->done = rows;
    bar->total = cli_json_double(cli_json_get(event, "total"), 0);
    const bool over = bar->total > 0 && bar->done >= bar->total;
    const double now = now_ms();
    if (!cli->error_is_terminal) {
        if (first || over || now - bar->printed_ms >= PLAIN_MS) {
            print_plain(bar);
        }
    } else if (first || over || now - bar->printed_ms >= REDRAW_MS) {
        bar->printed_ms = now;
        draw(cli);
    }
    if (over) {
        forget(cli, bar);
    }
}

void cli_progress_clear(Cli *cli)
{
    if (cli->progress_shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        cli->progress_shown = false;
    }
}

void cli_progress_end(Cli *cli)
{
    cli_progress_clear(cli);
    cli->progress_count = 0;
}
