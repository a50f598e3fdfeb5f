/* Events for people: what cli_views.h says of each, on a terminal of any width or in a file. */
#include "cli.h"
#include "cli_json.h"
#include "cli_views.h"
#include "time_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CELL_LEAST = 12, REST_LEAST = 20 };

static void write_count(NativeBuffer *out, NativeText value)
{
    for (size_t i = 0; i < value.length; i++) {
        const size_t left = value.length - i;
        native_buffer_text(out, i > 0 && left % 3 == 0 && value.bytes[i - 1] != '-' ? "," : "");
        native_buffer_bytes(out, value.bytes + i, 1);
    }
}

static void write_number(NativeBuffer *out, NativeText value)
{
    if (memchr(value.bytes, '.', value.length) == NULL || value.bytes[0] == '"') {
        cli_json_plain(out, value);
    } else {
        native_buffer_format(out, "%.1f", cli_json_double(value, 0));
    }
}

static void write_duration(NativeBuffer *out, double ms)
{
    if (ms < 1000) {
        native_buffer_format(out, "%.0f ms", ms);
    } else if (ms < 120000) {
        native_buffer_format(out, "%.1f s", ms / 1000);
    } else {
        native_buffer_format(out, "%.0f min", ms / 60000);
    }
}

static void write_list(NativeBuffer *out, NativeText array)
{
    size_t at = 0;
    NativeText item = NATIVE_TEXT("");
    for (const char *between = ""; cli_json_next(array, &at, &item); between = "; ") {
        native_buffer_text(out, between);
        cli_json_plain(out, item);
    }
}

static void write_exact(NativeBuffer *out, double thousandths)
{
    if (thousandths > 0 || thousandths < 0) {
        native_buffer_format(out, "%+.3f", thousandths / 1000);
    } else {
        native_buffer_text(out, "0");
    }
}

static void write_change(NativeBuffer *out, double change)
{
    if (change > 0 || change < 0) {
        native_buffer_format(out, "%+.0f", change);
    } else {
        native_buffer_text(out, "-");
    }
}

/* "2026-11-23T08:00:00.000Z" without its seconds; anything else as it is. */
static void write_time(NativeBuffer *out, NativeText value)
{
    const size_t start = out->length;
    cli_json_plain(out, value);
    if (!out->failed && out->length - start == 24 && out->bytes[start + 10] == 'T') {
        out->bytes[start + 10] = ' ';
        out->length = start + 16;
        native_buffer_text(out, " UTC");
    }
}

static void write_answer(NativeBuffer *out, NativeText value)
{
    if (cli_json_is(value, "yes") || cli_json_is(value, "no")) {
        native_buffer_text(out, cli_json_is(value, "yes") ? "ok" : "missing");
    } else {
        cli_json_plain(out, value);
    }
}

/* What stands in the cell, without colour. Control characters become spaces: names come from a CRM. */
static void write_value(NativeBuffer *out, NativeText value, Form form)
{
    const size_t start = out->length;
    if (value.length == 0 || cli_json_is(value, "null")) {
        native_buffer_text(out, form == AS_STANDING ? "" : "-");
        return;
    }
    switch (form) {
    case AS_COUNT: write_count(out, value); break;
    case AS_NUMBER: write_number(out, value); break;
    case AS_PERCENT: native_buffer_format(out, "%.0f %%", cli_json_double(value, 0) * 100); break;
    case AS_POINTS: native_buffer_format(out, "%+.1f", cli_json_double(value, 0) / 1000); break;
    case AS_EXACT: write_exact(out, cli_json_double(value, 0)); break;
    case AS_CHANGE: write_change(out, cli_json_double(value, 0)); break;
    case AS_TIME: write_time(out, value); break;
    case AS_DURATION: write_duration(out, cli_json_double(value, 0)); break;
    case AS_MARK: native_buffer_text(out, cli_json_is(value, "true") ? "ok" : "act"); break;
    case AS_ANSWER: write_answer(out, value); break;
    case AS_WHY:
    case AS_LIST: write_list(out, value); break;
    case AS_STANDING:
        native_buffer_text(out, ", ");
        cli_json_plain(out, value);
        break;
    case AS_TEXT:
    case AS_WORDS:
    case AS_LEVEL: cli_json_plain(out, value); break;
    }
    for (size_t i = start; i < out->length; i++) {
        const unsigned char c = (unsigned char)out->bytes[i];
        out->bytes[i] = (char)(c < ' ' || c == 0x7f || (c == '_' && form == AS_WORDS) ? ' ' : c);
    }
}

static const char *colour_of(const Cli *cli, NativeText value, Form form)
{
    static const struct {
        const char *word;
        Form form;
        const char *colour;
    } colours[] = {{"Critical", AS_LEVEL, "\033[1;31m"}, {"High", AS_LEVEL, "\033[33m"},
                   {"Medium", AS_LEVEL, "\033[36m"},     {"Low", AS_LEVEL, "\033[32m"},
                   {"true", AS_MARK, "\033[32m"},        {"false", AS_MARK, "\033[1;31m"},
                   {"yes", AS_ANSWER, "\033[32m"},       {"no", AS_ANSWER, "\033[1;31m"},
                   {"unknown", AS_ANSWER, "\033[33m"},   {"without", AS_ANSWER, "\033[33m"}};
    for (size_t i = 0; cli->colour && i < sizeof colours / sizeof colours[0]; i++) {
        if (colours[i].form == form && cli_json_is(value, colours[i].word)) {
            return colours[i].colour;
        }
    }
    return "";
}

static int columns_of(const char *text, size_t length)
{
    int columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += (text[i] & 0xc0) != 0x80 ? 1 : 0;
    }
    return columns;
}

/* A cell: cut with "…" where it is wider than its column, filled with spaces where it is narrower. */
static void write_cell(NativeBuffer *out, const char *text, size_t length, int width, const char *colour)
{
    const int wanted = width < 0 ? -width : width;
    colour = length == 0 ? "" : colour;
    int columns = columns_of(text, length);
    bool cut = false;
    while (wanted > 0 && columns > wanted - (cut ? 1 : 0)) {
        cut = true;
        do {
            length--;
        } while (length > 0 && (text[length] & 0xc0) == 0x80);
        columns--;
    }
    const int fill = wanted - columns - (cut ? 1 : 0);
    native_buffer_format(out, "%*s", width < 0 && fill > 0 ? fill : 0, "");
    native_buffer_text(out, colour);
    native_buffer_bytes(out, text, length);
    native_buffer_text(out, cut ? "\u2026" : "");
    native_buffer_text(out, colour[0] == '\0' ? "" : "\033[0m");
    native_buffer_format(out, "%*s", width > 0 && fill > 0 ? fill : 0, "");
}

static void print(NativeBuffer *line)
{
    while (line->length > 0 && line->bytes[line->length - 1] == ' ') {
        line->length--;
    }
    native_buffer_text(line, "\n");
    (void)fwrite(line->bytes, 1, line->length, stdout);
    (void)fflush(stdout);
}

/* How much of `text` fits into `width` columns and ends before a space; at least a character. */
static size_t line_of(const char *text, size_t length, int width)
{
    size_t space = 0;
    int columns = 0;
    for (size_t i = 0; i < length; i++) {
        if ((text[i] & 0xc0) == 0x80) {
            continue;
        }
        space = text[i] == ' ' ? i : space;
        if (columns++ == width) {
            return space > 0 ? space : i;
        }
    }
    return length;
}

/* A text that tells what to do is read whole: it goes on below itself. */
static void write_wrapped(NativeBuffer *out, const char *text, size_t length, int width, int indent)
{
    while (width > 0 && columns_of(text, length) > width) {
        const size_t line = line_of(text, length, width);
        native_buffer_bytes(out, text, line);
        native_buffer_format(out, "\n%*s", indent, "");
        text += line;
        length -= line;
        while (length > 0 && text[0] == ' ') {
            text++;
            length--;
        }
    }
    native_buffer_bytes(out, text, length);
}

/* How wide each column of a table is shown, and where its last one begins. */
typedef struct Layout {
    int widths[COLUMNS_MAX];
    int indent;
} Layout;

/* The widest column of names or texts, which can be cut; -1: none is wide enough. */
static int widest(const View *view, const Layout *layout)
{
    int found = -1;
    for (int i = 0; i < COLUMNS_MAX && view->columns[i].key != NULL; i++) {
        const Form form = view->columns[i].form;
        const bool cut = (form == AS_TEXT || form == AS_WORDS) && layout->widths[i] > CELL_LEAST;
        found = cut && (found < 0 || layout->widths[i] > layout->widths[found]) ? i : found;
    }
    return found;
}

/*
 * On a terminal columns give way until the last one, which has what is left of the line, is wide enough;
 * elsewhere nothing is cut.
 */
static Layout lay_out(const Cli *cli, const View *view)
{
    Layout layout = {.indent = 0};
    int used = 0;
    int count = 0;
    for (; count < COLUMNS_MAX && view->columns[count].key != NULL; count++) {
        layout.widths[count] = view->columns[count].width;
        used += abs(view->columns[count].width) + (count > 0 ? 2 : 0);
    }
    const bool open = count > 0 && layout.widths[count - 1] == 0;
    const int wanted = cli->out_columns - (open ? REST_LEAST : 0);
    for (int at = 0; cli->out_columns > 0 && used > wanted && (at = widest(view, &layout)) >= 0; used--) {
        layout.widths[at]--;
    }
    if (open && cli->out_columns > 0) {
        layout.indent = used;
        layout.widths[count - 1] = used > wanted ? REST_LEAST : cli->out_columns - used;
    }
    return layout;
}

static void print_heading(const Cli *cli, const View *view)
{
    NativeBuffer line = {0};
    const Layout layout = lay_out(cli, view);
    bool titled = false;
    for (int i = 0; i < COLUMNS_MAX && view->columns[i].key != NULL; i++) {
        const Column *column = &view->columns[i];
        titled = titled || column->title[0] != '\0';
        native_buffer_text(&line, i > 0 ? "  " : "");
        write_cell(&line, column->title, strlen(column->title), layout.widths[i],
                   cli->colour ? "\033[1m" : "");
    }
    if (titled) {
        print(&line);
    }
    native_buffer_free(&line);
}

static NativeText shown_of(NativeText event, const Column *column)
{
    const NativeText member = cli_json_get(event, column->key);
    return column->form == AS_ANSWER && cli_json_is(member, "no") &&
                   cli_json_is(cli_json_get(event, "needed"), "false")
               ? native_text("\"without\"")
               : member;
}

static void print_row(const Cli *cli, const View *view, NativeText event)
{
    NativeBuffer line = {0};
    NativeBuffer value = {0};
    const Layout layout = lay_out(cli, view);
    for (int i = 0; i < COLUMNS_MAX && view->columns[i].key != NULL; i++) {
        const Column *column = &view->columns[i];
        const NativeText member = shown_of(event, column);
        const NativeText standing = cli_json_get(event, "standing");
        native_buffer_clear(&value);
        if (column->form == AS_WHY && standing.length > 0) {
            write_value(&value, standing, AS_TEXT);
            native_buffer_text(&value, cli_json_is(member, "[]") ? "" : "; ");
        }
        write_value(&value, member, column->form);
        native_buffer_text(&line, i > 0 ? "  " : "");
        if (column->width == 0) {
            write_wrapped(&line, value.bytes, value.length, layout.widths[i], layout.indent);
        } else {
            write_cell(&line, value.bytes, value.length, layout.widths[i],
                       colour_of(cli, member, column->form));
        }
    }
    print(&line);
    native_buffer_free(&line);
    native_buffer_free(&value);
}

static Form form_of(const View *view, const char *key, size_t length)
{
    for (int i = 0; i < COLUMNS_MAX && view->columns[i].key != NULL; i++) {
        if (strlen(view->columns[i].key) == length && strncmp(view->columns[i].key, key, length) == 0) {
            return view->columns[i].form;
        }
    }
    return AS_TEXT;
}

/* `{s}` is an s, unless the member that was printed last is 1. */
static void print_line(const Cli *cli, const View *view, NativeText event)
{
    NativeBuffer line = {0};
    NativeText last = NATIVE_TEXT("");
    for (const char *at = view->line; *at != '\0';) {
        const size_t plain = strcspn(at, "{");
        native_buffer_bytes(&line, at, plain);
        at += plain;
        if (*at == '{') {
            char key[32] = {0};
            const size_t length = strcspn(at + 1, "}");
            memcpy(key, at + 1, length < sizeof key ? length : sizeof key - 1);
            at += length + 2;
            if (strcmp(key, "s") == 0) {
                native_buffer_text(&line, cli_json_is(last, "1") ? "" : "s");
                continue;
            }
            const NativeText member = cli_json_get(event, key);
            const Form form = form_of(view, key, length);
            last = member;
            const char *colour = colour_of(cli, member, form);
            native_buffer_text(&line, colour);
            if (view->columns[0].key == NULL && strcmp(view->line, "{text}") == 0) {
                cli_json_plain(&line, member); /* a whole text keeps its lines */
            } else {
                write_value(&line, member, form);
            }
            native_buffer_text(&line, colour[0] == '\0' ? "" : "\033[0m");
        }
    }
    print(&line);
    native_buffer_free(&line);
}

static void copy_member(NativeText event, const char *key, NativeBuffer *out)
{
    native_buffer_clear(out);
    cli_json_plain(out, cli_json_get(event, key));
}

/* "config.json /model/signals line 3, column 7", of what is known. Without a source it is a place in the
 * command as the core got it, which nobody typed.
 */
static void write_place(NativeText event, NativeBuffer *place)
{
    static const struct {
        const char *key;
        const char *before;
    } parts[] = {{"source", ""}, {"pointer", " "}, {"line", " line "}, {"column", ", column "}};
    if (cli_json_get(event, "source").length == 0) {
        return;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const NativeText member = cli_json_get(event, parts[i].key);
        if (member.length > 0) {
            native_buffer_text(place, place->length > 0 ? parts[i].before : "");
            cli_json_plain(place, member);
        }
    }
}

/* What the core cannot know: the file of an error of the database, and else which connection it is. */
static void write_connection(const Cli *cli, NativeText code, NativeBuffer *place)
{
    static const char prefix[] = "\"STORE_";
    if (code.length > sizeof prefix && strncmp(code.bytes, prefix, sizeof prefix - 1) == 0) {
        char path[CLI_PATH_MAX];
        cli_folder_path(cli, "perly.db", path);
        native_buffer_text(place, path);
    } else {
        const char *name = cli->arguments.values[CLI_CONNECTION];
        native_buffer_format(place, "the connection \"%s\"", name == NULL ? "default" : name);
    }
}

/* In milliseconds; 0 when there is none. */
static double time_of(NativeText value)
{
    int64_t ms = 0;
    NativeBuffer text = {0};
    cli_json_plain(&text, value);
    const bool known = !text.failed && text.length > 0 && native_time_parse(text.bytes, text.length, &ms);
    native_buffer_free(&text);
    return known ? (double)ms : 0;
}

/* Which command was typed is known here alone; and the mistakes of a configuration were told one by one. */
static void shorten(const Cli *cli, NativeText event, NativeBuffer *what, NativeBuffer *remedy)
{
    if (cli_json_is(cli_json_get(event, "code"), "COMMAND_ARGUMENT")) {
        native_buffer_clear(remedy);
        native_buffer_format(remedy, "perly help %s", cli->arguments.command->name);
    } else if (cli_json_is(cli_json_get(event, "command"), "config_check") && cli->issues) {
        native_buffer_clear(what);
        native_buffer_text(what, "the configuration has mistakes, told above");
    }
}

/* The last event of a command: its exit code, and the three lines of its error. */
static void end_command(Cli *cli, NativeText event)
{
    const bool ok = cli_json_is(cli_json_get(event, "ok"), "true");
    cli->succeeded = ok;
    cli->again_ms = time_of(cli_json_get(event, "again_at"));
    cli->exit = (int)cli_json_double(cli_json_get(event, "exit"), ok ? CLI_DONE : CLI_FAILED);
    const bool told = cli->asks_next && cli->table != NULL && strcmp(cli->table, "check") == 0;
    if (ok || cli->json || (told && cli->exit == CLI_PERSON) ||
        (cli->stopping && cli_json_is(cli_json_get(event, "code"), "CANCELLED"))) {
        return;
    }
    NativeBuffer what = {0};
    NativeBuffer place = {0};
    NativeBuffer remedy = {0};
    copy_member(event, "message", &what);
    write_place(event, &place);
    if (place.length == 0 && cli->exit != CLI_INPUT) { /* else what was typed */
        write_connection(cli, cli_json_get(event, "code"), &place);
    }
    copy_member(event, "remedy", &remedy);
    shorten(cli, event, &what, &remedy);
    (void)cli_error(cli, cli->exit, native_buffer_cstr(&what), native_buffer_cstr(&place),
                    native_buffer_cstr(&remedy));
    native_buffer_free(&what);
    native_buffer_free(&place);
    native_buffer_free(&remedy);
}

/* Of a check: what is needed and is not there. */
static bool is_missing(NativeText event)
{
    return cli_json_is(cli_json_get(event, "ok"), "false") &&
           cli_json_is(cli_json_get(event, "needed"), "true");
}

void cli_event(Cli *cli, NativeText event)
{
    const NativeText name = cli_json_get(event, "event");
    if (cli_json_is(name, "command_end")) {
        end_command(cli, event);
    } else if (cli_json_is(name, "issue")) {
        cli->issues = true;
    } else if (cli_json_is(name, "imported")) {
        cli->imported += cli_json_double(cli_json_get(event, "rows"), 0);
        cli->refused += cli_json_double(cli_json_get(event, "failed"), 0);
    } else if (cli_json_is(name, "authorize")) {
        copy_member(event, "url", &cli->url);
    } else if (cli_json_is(name, "file")) {
        cli_setup_file(cli, event);
    }
    if (cli->json) {
        (void)printf("%.*s\n", (int)event.length, event.bytes);
        (void)fflush(stdout);
        return;
    }
    if (cli_json_is(name, "progress")) {
        cli_progress_update(cli, event);
        return;
    }
    const View *view = cli_find_view(event);
    if (view == NULL || (cli->again && !is_missing(event))) {
        return;
    }
    cli_progress_clear(cli);
    if (view->line != NULL) {
        print_line(cli, view, event);
    } else {
        if (cli->table != view->event) {
            (void)fputs(cli->printed ? "\n" : "", stdout);
            print_heading(cli, view);
        }
        print_row(cli, view, event);
    }
    cli->table = view->line == NULL ? view->event : NULL;
    cli->printed = true;
}

void cli_notice(Cli *cli, const char *text)
{
    NativeBuffer event = {0};
    native_buffer_text(&event, "{\"event\":\"notice\",\"text\":");
    cli_json_string(&event, native_text(text));
    native_buffer_text(&event, "}");
    cli_event(cli, (NativeText){event.bytes, event.length});
    native_buffer_free(&event);
}

/* An error as an event, or as lines on stderr. */
static void write_error(Cli *cli, int code, const char *what, const char *place, const char *remedy)
{
    if (cli->json) {
        static const char *const names[] = {"message", "place", "remedy"};
        const char *texts[3] = {what, place, remedy};
        NativeBuffer line = {0};
        native_buffer_format(&line, "{\"event\":\"error\",\"exit\":%d", code);
        for (int i = 0; i < 3; i++) {
            native_buffer_format(&line, ",\"%s\":", names[i]);
            cli_json_string(&line, native_text(texts[i]));
        }
        native_buffer_text(&line, "}");
        print(&line);
        native_buffer_free(&line);
        return;
    }
    const char *colour = cli->error_is_terminal && cli->colour ? "\033[1;31m" : "";
    cli_progress_clear(cli);
    (void)fprintf(stderr, "%sperly: %s%s\n", colour, what, colour[0] == '\0' ? "" : "\033[0m");
    if (place != NULL) {
        (void)fprintf(stderr, "  at  %s\n", place);
    }
    if (remedy != NULL && remedy[0] != '\0') {
        (void)fprintf(stderr, "  do  %s\n", remedy);
    }
}

int cli_error(Cli *cli, int code, const char *what, const char *place, const char *remedy)
{
    NativeBuffer typed = {0};
    if (place == NULL || place[0] == '\0') {
        cli_arguments_typed(&cli->arguments, &typed);
        place = native_buffer_cstr(&typed);
    }
    write_error(cli, code, what == NULL ? "there is not enough memory" : what, place, remedy);
    native_buffer_free(&typed);
    return code;
}
