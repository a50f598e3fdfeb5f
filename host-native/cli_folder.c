/* The data directory: one folder for each connection, owned by one process at a time. */
#include "cli.h"
#include "cli_json.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WAIT_S = 60, TURNS_PER_S = 5 };

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

int cli_folder_look(Cli *cli, bool *exists)
{
    char path[CLI_PATH_MAX];
    cli_folder_path(cli, "perly.db", path);
    *exists = access(path, F_OK) == 0;
    return *exists || errno == ENOENT
               ? 0
               : cli_error(cli, CLI_FAILED, strerror(errno), path,
                           "run perly as the user who owns the folder, or --data DIR for another place");
}

typedef void OnConnection(void *context, const char *name);

/* Each folder with a database below the data directory. */
static void each_connection(const Cli *cli, OnConnection *then, void *context)
{
    char base[CLI_PATH_MAX];
    char path[CLI_PATH_MAX];
    DIR *folder = find_base(cli, base) ? opendir(base) : NULL;
    for (struct dirent *entry = NULL; folder != NULL && (entry = readdir(folder)) != NULL;) {
        const int length = snprintf(path, sizeof path, "%s/%s/perly.db", base, entry->d_name);
        if (is_connection_name(entry->d_name) && length > 0 && (size_t)length < sizeof path &&
            access(path, F_OK) == 0) {
            then(context, entry->d_name);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
}

static void add_name(void *context, const char *name)
{
    NativeBuffer *names = context;
    native_buffer_format(names, "%s%s", names->length > 0 ? ", " : "", name);
}

int cli_folder_absent(Cli *cli)
{
    NativeBuffer names = {0};
    NativeBuffer remedy = {0};
    each_connection(cli, add_name, &names);
    if (names.length > 0) {
        native_buffer_format(&remedy, "perly connect --client-id ID, or --connection NAME: %s",
                             native_buffer_cstr(&names));
    } else {
        native_buffer_text(&remedy, "perly connect --client-id ID");
    }
    const int code = cli_error(cli, CLI_INPUT, "there is no such connection yet", cli->folder,
                               native_buffer_cstr(&remedy));
    native_buffer_free(&names);
    native_buffer_free(&remedy);
    return code;
}

static void tell_connection(void *context, const char *name)
{
    Cli *cli = context;
    NativeBuffer event = {0};
    native_buffer_text(&event, "{\"event\":\"connection\",\"name\":");
    cli_json_string(&event, native_text(name));
    native_buffer_text(&event, "}");
    cli_event(cli, (NativeText){event.bytes, event.length});
    native_buffer_free(&event);
}

int cli_connections(Cli *cli)
{
    each_connection(cli, tell_connection, cli);
    if (!cli->printed && !cli->json) {
        (void)printf("%s\n", cli->arguments.command->nothing);
    }
    return CLI_DONE;
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

static int refuse(Cli *cli, const char *path)
{
    return cli_error(cli, CLI_FAILED, strerror(errno), path,
                     "choose a folder that can be written: --data DIR");
}

/*
 * The kernel releases an flock when its process ends, however it ends: who holds it knows that no other
 * process on this machine works on the connection, and may take over its lease at once. CLI_LEASE, and no
 * word, when another holds it.
 */
static int take(Cli *cli, const char *name, int *lock)
{
    char path[CLI_PATH_MAX];
    cli_folder_path(cli, name, path);
    if (!make_folders(cli->folder)) {
        return refuse(cli, cli->folder);
    }
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0) {
        return refuse(cli, path);
    }
    if (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        const bool taken = errno == EWOULDBLOCK;
        const int code = taken ? CLI_LEASE : refuse(cli, path); /* a file system without locks */
        (void)close(*lock);
        *lock = -1;
        return code;
    }
    if (ftruncate(*lock, 0) == 0) {
        (void)dprintf(*lock, "%ld\n", (long)getpid());
    }
    return 0;
}

/* The process whose number stands in the file; 0: none that is known. */
static long holder_of(const char *path)
{
    char text[32] = "";
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        (void)!pread(file, text, sizeof text - 1, 0);
        (void)close(file);
    }
    return strtol(text, NULL, 10);
}

int cli_folder_try(Cli *cli)
{
    return take(cli, "lock", &cli->lock);
}

void cli_folder_unlock(Cli *cli)
{
    if (cli->lock >= 0) {
        (void)close(cli->lock);
        cli->lock = -1;
    }
}

/* A sync that overlaps another one has nothing to wait for. */
static unsigned long patience_s(const Cli *cli)
{
    const char *given = cli->arguments.values[CLI_WAIT];
    const bool syncs = cli->arguments.command->run == cli_sync && cli->arguments.values[CLI_WATCH] == NULL;
    return given != NULL ? cli_json_number(given) : syncs ? 0 : WAIT_S;
}

int cli_folder_lock(Cli *cli)
{
    const unsigned long turns = patience_s(cli) * TURNS_PER_S;
    char path[CLI_PATH_MAX];
    char what[96];
    int code = cli_folder_try(cli);
    cli_folder_path(cli, "lock", path);
    for (unsigned long i = 0; code == CLI_LEASE && i < turns; i++) {
        if (i == 0 && !cli->json) {
            (void)fprintf(stderr, "process %ld works on this connection: waiting up to %lu s for its end\n",
                          holder_of(path), turns / TURNS_PER_S);
        }
        (void)usleep(1000000 / TURNS_PER_S);
        code = cli_folder_try(cli);
    }
    (void)snprintf(what, sizeof what, "another perly works on this connection, process %ld", holder_of(path));
    return code == CLI_LEASE
               ? cli_error(cli, code, what, path, "wait with --wait SECONDS, or look: perly status")
               : code;
}

int cli_folder_watch(Cli *cli)
{
    char path[CLI_PATH_MAX];
    char what[96];
    int code = take(cli, "watch", &cli->watch);
    for (int i = 0; code == CLI_LEASE && i < TURNS_PER_S; i++) { /* who only looks holds it for a moment */
        (void)usleep(1000000 / TURNS_PER_S);
        code = take(cli, "watch", &cli->watch);
    }
    cli_folder_path(cli, "watch", path);
    (void)snprintf(what, sizeof what, "perly sync --watch runs on this connection, process %ld",
                   holder_of(path));
    return code == CLI_LEASE ? cli_error(cli, code, what, path, "let it run, or stop it and start this one")
                             : code;
}

long cli_folder_watcher(const Cli *cli)
{
    char path[CLI_PATH_MAX];
    cli_folder_path(cli, "watch", path);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const bool runs = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (file >= 0) {
        (void)close(file);
    }
    return runs ? holder_of(path) : 0;
}

int cli_folder_erase(Cli *cli, bool with_key)
{
    /* The key first: what is left without it cannot be read. The lock last. */
    static const char *const names[] = {"perly.key",      "perly.db", "perly.db-wal", "perly.db-shm",
                                        "salesforce.pem", "watch",    "lock"};
    char path[CLI_PATH_MAX];
    for (size_t i = with_key ? 0 : 1; i < sizeof names / sizeof names[0]; i++) {
        struct stat status;
        cli_folder_path(cli, names[i], path);
        if (strcmp(names[i], "salesforce.pem") == 0 && lstat(path, &status) == 0 &&
            !S_ISLNK(status.st_mode)) {
            continue; /* a private key, not our link to one */
        }
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
