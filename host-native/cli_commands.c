/* The commands that are one word to the core, and those that are the host's own. */
#include "cli.h"
#include "cli_json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 1 << 20 };

/* The core's word for what was typed, or NULL when the first operand is none of its words. */
static const char *core_word(const CliArguments *arguments)
{
    static const struct {
        const char *command;
        const char *operand;
        const char *word;
    } words[] = {{"config", "show", "config_show"},
                 {"config", "check", "config_check"},
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

/* One piece of the file, as a command of its own. */
static int import_part(Cli *cli, const char *name, NativeText text, uint32_t part, bool last)
{
    NativeBuffer json = {0};
    cli_command_begin(cli, &json, "signals_import");
    native_buffer_format(&json, ",\"part\":%u,\"last\":%s,\"name\":", part, last ? "true" : "false");
    cli_json_string(&json, native_text(name));
    native_buffer_text(&json, ",\"text\":");
    cli_json_string(&json, text);
    const int code = cli_run(cli, &json);
    native_buffer_free(&json);
    return code;
}

/* A piece must not end inside a character: JSON is UTF-8. */
static size_t whole_characters(const char *bytes, size_t length)
{
    size_t end = length;
    while (end > 0 && length - end < 4 && ((unsigned char)bytes[end - 1] & 0xc0) == 0x80) {
        end--;
    }
    const bool lead = end > 0 && (unsigned char)bytes[end - 1] >= 0xc0;
    if (!lead) {
        return length;
    }
    const unsigned char first = (unsigned char)bytes[end - 1];
    const size_t wanted = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    return length - (end - 1) >= wanted ? length : end - 1;
}

int cli_signals(Cli *cli)
{
    const char *path = cli->arguments.operands[1];
    if (strcmp(cli->arguments.operands[0], "import") != 0) {
        return cli_error(cli, CLI_INPUT, "perly signals can import", cli->arguments.operands[0],
                         "perly signals import FILE");
    }
    FILE *file = fopen(path, "rb");
    char *piece = malloc(PART_BYTES);
    if (file == NULL || piece == NULL) {
        const int code = cli_error(cli, CLI_INPUT, strerror(errno), path, "perly signals import FILE");
        free(piece);
        if (file != NULL) {
            (void)fclose(file);
        }
        return code;
    }
    size_t kept = 0;
    int code = 0;
    bool last = false;
    for (uint32_t part = 0; code == 0 && !last; part++) {
        const size_t length = kept + fread(piece + kept, 1, PART_BYTES - kept, file);
        last = length < PART_BYTES;
        const size_t whole = last ? length : whole_characters(piece, length);
        code = import_part(cli, path, (NativeText){piece, whole}, part, last);
        kept = length - whole;
        memmove(piece, piece + whole, kept);
    }
    free(piece);
    (void)fclose(file);
    return code;
}

int cli_backup(Cli *cli)
{
    char path[CLI_PATH_MAX];
    cli_folder_path(cli, "perly.db", path);
    NativeEnd end = native_store_open(path, &cli->store);
    if (end.end == PERLY_END_OK) {
        end = native_store_backup(cli->store, cli->arguments.operands[0]);
        native_store_close(cli->store);
        cli->store = NULL;
    }
    int code = 0;
    if (end.end != PERLY_END_OK) {
        code = cli_error(cli, end.end == PERLY_END_BUSY ? CLI_LATER : CLI_FAILED,
                         native_buffer_cstr(&end.payload), cli->arguments.operands[0],
                         "perly backup FILE, with a new name where there is room");
    } else if (!cli->json) {
        (void)printf("copied to %s\n", cli->arguments.operands[0]);
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
    cli_arguments_help(command, &text);
    (void)fwrite(text.bytes, 1, text.length, stdout);
    native_buffer_free(&text);
    return CLI_DONE;
}
