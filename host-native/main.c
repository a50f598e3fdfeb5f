/* perly: what was typed, to a command, to an exit code. */
#include "cli.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int columns_of_stdout(void)
{
    struct winsize size = {0};
    return isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* A connection that is there, or can be done without. */
static int find_connection(Cli *cli)
{
    const CliCommand *command = cli->arguments.command;
    int code = cli_folder_find(cli);
    bool exists = false;
    code = code != 0 ? code : cli_folder_look(cli, &exists);
    if (code != 0 || (command->flags & CLI_CREATES) != 0 || exists) {
        return code;
    }
    const char *const *values = cli->arguments.values;
    const bool by_hand =
        values[CLI_MANUAL] != NULL || values[CLI_PACKAGE] != NULL; /* what `setup` would make */
    if (((command->flags & CLI_PASSING) != 0 || by_hand) && values[CLI_CONNECTION] == NULL) {
        return cli_folder_passing(cli);
    }
    return cli_folder_absent(cli);
}

/* Who waited for its turn may find that another one has made the connection meanwhile, or erased it. */
static int take_turn(Cli *cli)
{
    const bool passing = cli->passing[0] != '\0';
    const bool creates = (cli->arguments.command->flags & CLI_CREATES) != 0;
    const bool locks = !passing && cli_arguments_lock(&cli->arguments);
    const int code = locks ? cli_folder_lock(cli) : 0;
    cli->fresh = code == 0 && !cli_folder_exists(cli);
    if (!locks || !cli->fresh || creates) {
        return code;
    }
    (void)cli_folder_erase(cli, false); /* the lock, and the folder that it made */
    return cli_folder_absent(cli);
}

/* A connection that could not be opened for the first time is none. */
static int open_session(Cli *cli)
{
    const int code = cli_session_open(cli);
    if (code != 0 && cli->fresh && (cli->arguments.command->flags & CLI_CREATES) != 0) {
        const bool made = cli->keys.made;
        cli_session_close(cli);
        (void)cli_folder_erase(cli, made);
    }
    return code;
}

static int run(Cli *cli)
{
    const CliCommand *command = cli->arguments.command;
    if (command == NULL || cli->arguments.values[CLI_HELP] != NULL) {
        (void)cli_help(cli);
        return command == NULL && cli->arguments.values[CLI_HELP] == NULL ? CLI_INPUT : CLI_DONE;
    }
    if (command->run == cli_help) {
        return cli_help(cli);
    }
    int code = find_connection(cli);
    code = code != 0 ? code : take_turn(cli);
    if (code == 0 && (command->flags & CLI_HOST) == 0) {
        code = open_session(cli);
    }
    return code == 0 ? command->run(cli) : code;
}

/* Also behind a word that is none. */
static bool has_word(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/*
 * A program that reads what was printed must not take half of it for all. Whoever closed the pipe has read
 * what it wanted.
 */
static int finish_output(Cli *cli, int code)
{
    const bool written = fflush(stdout) == 0 && ferror(stdout) == 0;
    struct pollfd output = {STDOUT_FILENO, POLLOUT, 0};
    const bool closed = poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
    cli->json = false; /* an event would go where nothing goes */
    return written || closed || code != CLI_DONE
               ? code
               : cli_error(cli, CLI_FAILED, "what was to be printed could not be written as a whole",
                           "standard output", "make room where it goes, then again");
}

int main(int argc, char **argv)
{
    static Cli cli;
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit of a file's size is an error of writing, as a full disk is */
    NativeBuffer problem = {0};
    NativeBuffer remedy = {0};
    cli.lock = -1;
    cli.watch = -1;
    if (has_word(argc, argv, "--version")) {
        (void)printf("perly " PERLY_VERSION "\n");
        return finish_output(&cli, CLI_DONE);
    }
    const bool parsed = cli_arguments_parse(&cli.arguments, argc, argv, &problem, &remedy);
    cli.json = has_word(argc, argv, "--json");
    cli.error_is_terminal = isatty(STDERR_FILENO) != 0;
    cli.out_columns = columns_of_stdout();
    cli.colour = isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == NULL;
    int code =
        parsed ? run(&cli)
               : cli_error(&cli, CLI_INPUT, native_buffer_cstr(&problem), "", native_buffer_cstr(&remedy));
    cli_session_close(&cli);
    if (cli.json && !cli.text) {
        (void)printf("{\"event\":\"exit\",\"code\":%d}\n", code);
    }
    code = finish_output(&cli, code);
    native_buffer_free(&problem);
    native_buffer_free(&remedy);
    native_buffer_free(&cli.url);
    native_buffer_free(&cli.config);
    return code;
}
