/* perly setup: in the org, as a list for people, or as files; and taking it back. */
#include "cli.h"
#include "cli_json.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The folders of a file's path, each as mkdir -p makes it. `path` is changed and changed back. */
static bool make_parents(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        const bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *at = '/';
        if (!made) {
            return false;
        }
    }
    return true;
}

static bool write_file(char *path, NativeText text)
{
    FILE *file = make_parents(path) ? fopen(path, "wb") : NULL;
    const bool written = file != NULL && fwrite(text.bytes, 1, text.length, file) == text.length;
    return (file == NULL || fclose(file) == 0) && written;
}

/* An event "file" below the folder that was asked for. */
void cli_setup_file(Cli *cli, NativeText event)
{
    NativeBuffer path = {0};
    NativeBuffer text = {0};
    if (cli->arguments.values[CLI_PACKAGE] == NULL) {
        return;
    }
    native_buffer_format(&path, "%s/", cli->arguments.values[CLI_PACKAGE]);
    cli_json_plain(&path, cli_json_get(event, "path"));
    cli_json_plain(&text, cli_json_get(event, "text"));
    native_buffer_bytes(&path, "", 1);
    if (!path.failed && !text.failed && write_file(path.bytes, (NativeText){text.bytes, text.length})) {
        if (!cli->json) {
            (void)printf("%s\n", path.bytes);
        }
    } else {
        cli->exit_files = cli_error(cli, CLI_FAILED, strerror(errno), path.failed ? "" : path.bytes,
                                    "perly setup --package DIR, with a folder that can be written");
    }
    native_buffer_free(&path);
    native_buffer_free(&text);
}

static int run(Cli *cli, const char *word, const char *more)
{
    NativeBuffer json = {0};
    const struct {
        const char *name;
        const char *value;
    } members[] = {{"assign", cli->arguments.values[CLI_ASSIGN]},
                   {"readers", cli->arguments.values[CLI_READERS]}};
    cli_command_begin(cli, &json, word);
    native_buffer_text(&json, more);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].value != NULL) {
            native_buffer_format(&json, ",\"%s\":", members[i].name);
            cli_json_string(&json, native_text(members[i].value));
        }
    }
    const int code = cli_run(cli, &json);
    native_buffer_free(&json);
    return code != 0 ? code : cli->exit_files;
}

int cli_setup(Cli *cli)
{
    const char *const *values = cli->arguments.values;
    const bool plan = values[CLI_PLAN] != NULL;
    if (values[CLI_PACKAGE] != NULL) {
        return run(cli, "setup_manual", ",\"package\":true");
    }
    if (values[CLI_MANUAL] != NULL) {
        return run(cli, "setup_manual", "");
    }
    if (values[CLI_UNDO] == NULL) {
        const int code = run(cli, "setup", plan ? ",\"plan\":true" : "");
        if (values[CLI_READERS] == NULL || (code != CLI_DONE && code != CLI_DIFFERENT)) {
            return code;
        }
        const int readers = run(cli, "setup_readers", plan ? ",\"plan\":true" : "");
        return readers != CLI_DONE ? readers : code;
    }
    if (!plan && !cli_confirm(cli, "Remove Perly's fields from the org, with all their values?", false)) {
        return cli->stopping
                   ? CLI_STOPPED
                   : cli_error(cli, CLI_INPUT, "nothing was done: this needs a yes", "",
                               "perly setup --undo --yes (perly setup --undo --plan shows what would go)");
    }
    return run(cli, "setup_undo", plan ? ",\"plan\":true" : "");
}
