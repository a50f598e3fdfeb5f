/* Files that a person named, the configuration among them: what cannot be read is told, never left out. */
#include "cli.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CONFIG_MAX = 4 << 20 };

static int refused(const CliFile *file, const char *problem)
{
    return cli_error(file->cli, CLI_INPUT, problem, file->path, file->remedy);
}

int cli_file_open(CliFile *file)
{
    file->stream = fopen(file->path, "rb");
    return file->stream != NULL ? 0 : refused(file, strerror(errno));
}

/* A directory can be opened; it is the reading that fails. */
int cli_file_read(CliFile *file, char *bytes, size_t size, size_t *length)
{
    *length = fread(bytes, 1, size, file->stream);
    file->length += *length;
    if (ferror(file->stream) != 0) {
        return refused(file, strerror(errno));
    }
    return file->length == 0 && *length < size ? refused(file, "the file is empty") : 0;
}

void cli_file_close(CliFile *file)
{
    if (file->stream != NULL) {
        (void)fclose(file->stream);
        file->stream = NULL;
    }
}

static int read_whole(CliFile *file, NativeBuffer *out)
{
    size_t got = 1;
    int code = 0;
    native_buffer_clear(out);
    while (code == 0 && got > 0 && out->length <= CONFIG_MAX) {
        if (!native_buffer_reserve(out, 65536)) {
            return cli_error(file->cli, CLI_FAILED, "there is not enough memory", file->path,
                             "close other programs");
        }
        code = cli_file_read(file, out->bytes + out->length, 65536, &got);
        out->length += got;
    }
    return code == 0 && out->length > CONFIG_MAX ? refused(file, "the configuration is longer than 4 MiB")
                                                 : code;
}

int cli_config_read(Cli *cli)
{
    char path[CLI_PATH_MAX];
    const char *given = cli->arguments.values[CLI_CONFIG];
    cli_folder_path(cli, "config.json", path);
    CliFile file = {
        .cli = cli,
        .path = given == NULL ? path : given,
        .remedy = "name a file; {} in it is the default, and perly config schema tells what may stand there"};
    native_buffer_clear(&cli->config);
    if (given == NULL && access(path, F_OK) != 0 && errno == ENOENT) {
        return 0;
    }
    int code = cli_file_open(&file);
    code = code != 0 ? code : read_whole(&file, &cli->config);
    cli_file_close(&file);
    return code;
}
