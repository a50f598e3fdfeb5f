/* The data directory: one folder for each connection, owned by one process at a time. */
#include "cli.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char default_connection[] = "default";

static bool is_connection_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return name[0] != '\0' && name[0] != '.' && strlen(name) <= 64 && strspn(name, letters) == strlen(name);
}

/* --data, XDG_DATA_HOME, HOME: the first that is there; false when none is. */
static bool find_base(const Cli *cli, char base[CLI_PATH_MAX])
{
    const char *xdg = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (cli->arguments.values[CLI_DATA] != NULL) {
        length = snprintf(base, CLI_PATH_MAX, "%s", cli->arguments.values[CLI_DATA]);
    } else if (xdg != NULL && xdg[0] == '/') {
        length = snprintf(base, CLI_PATH_MAX, "%s/perly", xdg);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(base, CLI_PATH_MAX, "%s/.local/share/perly", home);
    }
    return length > 0 && length < CLI_PATH_MAX - 256;
}

int cli_folder_find(Cli *cli)
{
    char base[CLI_PATH_MAX];
    const char *given = cli->arguments.values[CLI_CONNECTION];
    const char *name = given == NULL ? default_connection : given;
    if (!is_connection_name(name)) {
        return cli_error(cli, CLI_INPUT,
                         "this is no name for a connection: letters, digits, - _ . and at most 64", name,
                         "perly --connection sandbox ...");
    }
    if (!find_base(cli, base)) {
        return cli_error(cli, CLI_INPUT,
                         "there is no data directory: neither --data, XDG_DATA_HOME nor HOME is set", "",
                         "perly --data /var/lib/perly ...");
    }
    const int length = snprintf(cli->folder, sizeof cli->folder, "%s/%s/", base, name);
    return length > 0 && (size_t)length < sizeof cli->folder - 64
               ? 0
               : cli_error(cli, CLI_INPUT, "the data directory's name is too long", base,
                           "choose a shorter --data");
}

static void join(const char *folder, const char *name, char path[CLI_PATH_MAX])
{
    const int length = snprintf(path, CLI_PATH_MAX, "%s%s", folder, name);
    if (length < 0 || length >= CLI_PATH_MAX) {
        abort(); /* cli_folder_find left room for every name */
    }
}

void cli_folder_path(const Cli *cli, const char *name, char path[CLI_PATH_MAX])
{
    join(cli->folder, name, path);
}

void cli_folder_data(const Cli *cli, const char *name, char path[CLI_PATH_MAX])
{
    join(cli->passing[0] == '\0' ? cli->folder : cli->passing, name, path);
}

bool cli_folder_exists(const Cli *cli)
{
    char path[CLI_PATH_MAX];
    cli_folder_path(cli, "perly.db", path);
    return access(path, F_OK) == 0;
}

/* mkdir -p, each level for its owner only. */
static bool make_folders(const char *folder)
{
    char path[CLI_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", folder);
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            if (mkdir(path, 0700) != 0 && errno != EEXIST) {
                return false;
            }
            *at = '/';
        }
    }
    return true;
}

/*
 * The kernel releases an flock when its process ends, however it ends: who holds it knows that no other
 * process on this machine works on the connection, and may take over its lease at once.
 */
int cli_folder_lock(Cli *cli)
{
    char path[CLI_PATH_MAX];
    cli_folder_path(cli, "lock", path);
    if (!make_folders(cli->folder)) {
        return cli_error(cli, CLI_FAILED, strerror(errno), cli->folder,
                         "choose a folder that can be written: --data DIR");
    }
    cli->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (cli->lock < 0) {
        return cli_error(cli, CLI_FAILED, strerror(errno), path,
                         "choose a folder that can be written: --data DIR");
    }
    if (flock(cli->lock, LOCK_EX | LOCK_NB) == 0) {
        if (ftruncate(cli->lock, 0) == 0) {
            (void)dprintf(cli->lock, "%ld\n", (long)getpid());
        }
        return 0;
    }
    char holder[64] = "another perly works on this connection, process ";
    const size_t length = strlen(holder);
    const ssize_t got = pread(cli->lock, holder + length, sizeof holder - length - 1, 0);
    holder[length + (got > 0 ? (size_t)got : 0)] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return cli_error(cli, CLI_LEASE, holder, path, "wait until it has ended, or look: perly status");
}

int cli_folder_erase(Cli *cli)
{
    /* The key first: what is left without it cannot be read. The lock last. */
    static const char *const names[] = {"perly.key",    "perly.db",       "perly.db-wal",
                                        "perly.db-shm", "salesforce.pem", "lock"};
    char path[CLI_PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cli_folder_path(cli, names[i], path);
        if (unlink(path) != 0 && errno != ENOENT) {
            return cli_error(cli, CLI_FAILED, strerror(errno), path, "delete it by hand");
        }
    }
    (void)rmdir(cli->folder); /* a config.json that the user wrote stays, and the folder with it */
    return 0;
}

int cli_folder_passing(Cli *cli)
{
    char folder[CLI_PATH_MAX - 64];
    const char *base = getenv("TMPDIR");
    const bool usable =
        base != NULL && base[0] == '/' && strlen(base) < sizeof folder - sizeof "/perly-XXXXXX";
    (void)snprintf(folder, sizeof folder, "%s/perly-XXXXXX", usable ? base : "/tmp");
    if (mkdtemp(folder) == NULL) {
        return cli_error(cli, CLI_FAILED, strerror(errno), folder,
                         "set TMPDIR to a folder that can be written");
    }
    (void)snprintf(cli->passing, sizeof cli->passing, "%s/", folder);
    return 0;
}

void cli_folder_pass(Cli *cli)
{
    static const char *const names[] = {"perly.key", "perly.db", "perly.db-wal", "perly.db-shm"};
    char path[CLI_PATH_MAX];
    for (size_t i = 0; cli->passing[0] != '\0' && i < sizeof names / sizeof names[0]; i++) {
        join(cli->passing, names[i], path);
        (void)unlink(path);
    }
    if (cli->passing[0] != '\0') {
        (void)rmdir(cli->passing);
        cli->passing[0] = '\0';
    }
}
