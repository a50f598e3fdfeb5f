/* The commands that are one word to the core, and those that are the host's own. */
#include "cli.h"
#include "cli_json.h"
#include "embedded.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PART_BYTES = 1 << 19 };

/* The core's word for what was typed, or NULL when the first operand is none of its words. */
static const char *core_word(const CliArguments *arguments)
{
    static const struct {
        const char *command;
        const char *operand;
        const char *word;
    } words[] = {{"config", "show", "config_show"},
                 {"config", "check", "config_check"},
                 {"errors", "retry", "actions_decide"},
                 {"actions", "approve", "actions_decide"},
                 {"actions", "drop", "actions_decide"}};
    const char *operand = arguments->operand_count > 0 ? arguments->operands[0] : "";
    bool has_words = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].command, arguments->command->name) == 0) {
            has_words = true;
            if (strcmp(words[i].operand, operand) == 0) {
                return words[i].word;
            }
        }
    }
    return has_words && operand[0] != '\0' ? NULL : arguments->command->core;
}

int cli_plain(Cli *cli)
{
    NativeBuffer json = {0};
    const CliArguments *arguments = &cli->arguments;
    const char *word = core_word(arguments);
    if (word == NULL) {
        native_buffer_format(&json, "perly help %s", arguments->command->name);
        const int code = cli_error(cli, CLI_INPUT, "this word is not one of the command's",
                                   arguments->operands[0], native_buffer_cstr(&json));
        native_buffer_free(&json);
        return code;
    }
    cli_command_begin(cli, &json, word);
    cli_arguments_members(arguments, &json);
    const int code = cli_run(cli, &json);
    native_buffer_free(&json);
    if (code == CLI_DONE && !cli->printed && !cli->json && arguments->command->nothing != NULL) {
        (void)printf("%s\n", arguments->command->nothing);
    }
    return code;
}

/* What the files say, before what the database says: whether a process watches. */
int cli_status(Cli *cli)
{
    const long watcher = cli_folder_watcher(cli);
    if (watcher != 0 && cli->arguments.values[CLI_HISTORY] == NULL) {
        NativeBuffer event = {0};
        native_buffer_format(&event,
                             "{\"event\":\"status\",\"ok\":true,\"name\":\"watch\",\"process\":%ld,"
                             "\"text\":\"perly sync --watch runs, process %ld\"}",
                             watcher, watcher);
        cli_event(cli, (NativeText){event.bytes, event.length});
        native_buffer_free(&event);
    }
    return cli_plain(cli);
}

/* The schema is the program's own; the rest is the core's. */
int cli_config(Cli *cli)
{
    if (strcmp(cli->arguments.operands[0], "schema") != 0) {
        return cli_plain(cli);
    }
    cli->text = true;
    (void)fwrite(native_schema(), 1, native_schema_length(), stdout);
    return fflush(stdout) == 0 ? CLI_DONE
                               : cli_error(cli, CLI_FAILED, strerror(errno), "standard output",
                                           "perly config schema > FILE, where there is room");
}

/* A file of signals on its way to the core, in pieces of whole lines, each a command of its own. */
typedef struct Import {
    Cli *cli;
    CliFile file;
    NativeBuffer header; /* the first line of a CSV, which goes with every piece; empty for NDJSON */
    unsigned long line;  /* of the file, with which the next piece begins; 0: nothing was read yet */
} Import;

static int import_piece(Import *import, NativeText text)
{
    NativeBuffer json = {0};
    cli_command_begin(import->cli, &json, "signals_import");
    native_buffer_format(&json, ",\"line\":%lu,\"name\":", import->line);
    cli_json_string(&json, native_text(import->file.path));
    if (import->header.length > 0) {
        native_buffer_text(&json, ",\"header\":");
        cli_json_string(&json, (NativeText){import->header.bytes, import->header.length});
    }
    native_buffer_text(&json, ",\"text\":");
    cli_json_string(&json, text);
    const int code = cli_run(import->cli, &json);
    native_buffer_free(&json);
    for (size_t i = 0; i < text.length; i++) {
        import->line += text.bytes[i] == '\n' ? 1 : 0;
    }
    return code;
}

/* Up to behind the last line end; all of it when nothing follows. */
static size_t whole_lines(const char *bytes, size_t length, bool last)
{
    while (!last && length > 0 && bytes[length - 1] != '\n') {
        length--;
    }
    return length;
}

/* Takes the header off the first piece. */
static NativeText begin_import(Import *import, NativeText text)
{
    const size_t blank = strspn(text.bytes, " \t\r\n");
    import->line = 1;
    if (blank < text.length && text.bytes[blank] == '{') {
        return text;
    }
    const char *end = memchr(text.bytes, '\n', text.length);
    const size_t length = end == NULL ? text.length : (size_t)(end - text.bytes) + 1;
    native_buffer_bytes(&import->header, text.bytes, length);
    import->line = 2;
    return (NativeText){text.bytes + length, text.length - length};
}

static int import_file(Import *import, char *piece)
{
    size_t kept = 0;
    int code = 0;
    bool last = false;
    while (code == 0 && !last) {
        size_t got = 0;
        code = cli_file_read(&import->file, piece + kept, PART_BYTES - kept, &got);
        if (code != 0) {
            return code;
        }
        const size_t length = kept + got;
        last = length < PART_BYTES;
        piece[length] = '\0';
        const size_t whole = whole_lines(piece, length, last);
        if (whole == 0 && !last) {
            return cli_error(import->cli, CLI_INPUT, "a line is longer than 512 KiB", import->file.path,
                             "perly signals import FILE, with one value a line");
        }
        NativeText text = {piece, whole};
        text = import->line == 0 ? begin_import(import, text) : text;
        code = import_piece(import, text);
        kept = length - whole;
        memmove(piece, piece + whole, kept);
    }
    return code;
}

/* The accounts that values came for are scored again. */
static int rescore(Cli *cli)
{
    NativeBuffer json = {0};
    cli_command_begin(cli, &json, "sync");
    native_buffer_text(&json, ",\"pull\":false");
    const int code = cli_run(cli, &json);
    native_buffer_free(&json);
    return code;
}

int cli_signals(Cli *cli)
{
    Import import = {.cli = cli,
                     .file = {.cli = cli,
                              .path = cli->arguments.operands[1],
                              .remedy = "perly signals import FILE, as perly help signals tells"}};
    if (strcmp(cli->arguments.operands[0], "import") != 0) {
        return cli_error(cli, CLI_INPUT, "perly signals can import", cli->arguments.operands[0],
                         "perly signals import FILE");
    }
    char *piece = malloc(PART_BYTES + 1);
    if (piece == NULL) {
        return cli_error(cli, CLI_FAILED, "there is not enough memory", import.file.path,
                         "close other programs");
    }
    int code = cli_file_open(&import.file);
    code = code != 0 ? code : import_file(&import, piece);
    free(piece);
    cli_file_close(&import.file);
    native_buffer_free(&import.header);
    if (code == 0 && cli->imported < 1 && cli->refused > 0) {
        return cli_error(cli, CLI_INPUT, "no line was taken: each was refused", import.file.path,
                         "perly help signals tells what a line is");
    }
    return code == 0 ? rescore(cli) : code;
}

int cli_backup(Cli *cli)
{
    char path[CLI_PATH_MAX];
    const char *copy = cli->arguments.operands[0];
    cli_folder_path(cli, "perly.db", path);
    if (access(copy, F_OK) == 0) {
        return cli_error(cli, CLI_INPUT, "the file is there already", copy,
                         "perly backup FILE, with a new name");
    }
    NativeEnd end = native_store_open(path, &cli->store);
    const char *place = end.end == PERLY_END_OK ? copy : path;
    if (end.end == PERLY_END_OK) {
        end = native_store_backup(cli->store, copy);
        native_store_close(cli->store);
        cli->store = NULL;
    }
    int code = 0;
    if (end.end != PERLY_END_OK) {
        code = cli_error(
            cli, end.end == PERLY_END_BUSY ? CLI_LATER : CLI_FAILED, native_buffer_cstr(&end.payload), place,
            place == path ? "see what the message says of the database"
                          : "perly backup FILE, where there is room; nothing is left of this one");
    } else if (!cli->json) {
        (void)printf("copied to %s\n", copy);
    }
    native_end_free(&end);
    return code;
}

int cli_help(Cli *cli)
{
    NativeBuffer text = {0};
    const CliCommand *command = cli->arguments.command;
    if (command != NULL &&
        cli->arguments.operand_count == 1) { /* perly help COMMAND is perly COMMAND --help */
        char *words[] = {"perly", NULL, "--help"};
        NativeBuffer problem = {0};
        NativeBuffer remedy = {0};
        CliArguments asked;
        memcpy(&words[1], &cli->arguments.operands[0], sizeof words[1]);
        const bool known = cli_arguments_parse(&asked, 3, words, &problem, &remedy);
        int code = 0;
        if (known) {
            command = asked.command;
        } else {
            code = cli_error(cli, CLI_INPUT, native_buffer_cstr(&problem), "", native_buffer_cstr(&remedy));
        }
        native_buffer_free(&problem);
        native_buffer_free(&remedy);
        if (!known) {
            return code;
        }
    } else if (command != NULL && command->run == cli_help) {
        command = NULL;
    }
    cli->text = true;
    cli_arguments_help(command, &text);
    (void)fwrite(text.bytes, 1, text.length, stdout);
    native_buffer_free(&text);
    return CLI_DONE;
}
