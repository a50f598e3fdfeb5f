/* Questions to a person. Ctrl-C is heard at each of them, and the loop goes on meanwhile. */
#include "cli.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int cli_read_line(Cli *cli, char *line, size_t size)
{
    NativeWatch input = {STDIN_FILENO, false};
    size_t length = 0;
    char byte = '\0';
    line[0] = '\0';
    while (byte != '\n') {
        if (!cli_turn(cli, &input, 1)) {
            return CLI_STOPPED;
        }
        if (!input.ready) {
            continue;
        }
        /* Byte by byte: what stands behind the line end is for the next question. */
        const ssize_t got = read(STDIN_FILENO, &byte, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (got <= 0) {
            return length == 0 ? CLI_INPUT : 0;
        }
        if (byte != '\n' && length + 1 < size) {
            line[length++] = byte;
            line[length] = '\0';
        }
    }
    return 0;
}

bool cli_confirm(Cli *cli, const char *question, bool otherwise)
{
    char line[16] = {0};
    if (cli->stopping) {
        return false;
    }
    if (cli->arguments.values[CLI_YES] != NULL) {
        return true;
    }
    if (cli->json || !cli->error_is_terminal || isatty(STDIN_FILENO) == 0) {
        return otherwise;
    }
    (void)fprintf(stderr, "%s [%s] ", question, otherwise ? "Y/n" : "y/N");
    if (cli_read_line(cli, line, sizeof line) != 0) {
        return false;
    }
    return line[0] == '\0' ? otherwise : line[0] == 'y' || line[0] == 'Y';
}
