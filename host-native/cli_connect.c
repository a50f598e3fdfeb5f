/* perly connect: an address for the browser, what it brings back, and then check, setup and the first sync.
 */
#include "cli.h"
#include "cli_json.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PORT_DEFAULT = 8717, LINE_MAX_BYTES = 8192 };

/* What the core takes for a login: a word, a host or a URL. NULL when several were given. */
static const char *login(const Cli *cli)
{
    const char *const *values = cli->arguments.values;
    const int given =
        (values[CLI_SANDBOX] != NULL) + (values[CLI_MY_DOMAIN] != NULL) + (values[CLI_LOGIN_URL] != NULL);
    if (given > 1) {
        return NULL;
    }
    if (values[CLI_MY_DOMAIN] != NULL || values[CLI_LOGIN_URL] != NULL) {
        return values[CLI_MY_DOMAIN] != NULL ? values[CLI_MY_DOMAIN] : values[CLI_LOGIN_URL];
    }
    return values[CLI_SANDBOX] != NULL ? "sandbox" : "production";
}

static void member(NativeBuffer *json, const char *name, const char *value)
{
    native_buffer_format(json, ",\"%s\":", name);
    cli_json_string(json, native_text(value));
}

/* The core asks for a signature by this name; the host finds the key behind a link, where its owner keeps it.
 */
#define KEY_NAME "salesforce"

static bool make_link(const char *path, const char *target)
{
    return (unlink(path) == 0 || errno == ENOENT) && (target[0] == '\0' || symlink(target, path) == 0);
}

/* `before` is what the link led to, or "". */
static int link_key(Cli *cli, const char *file, char before[CLI_PATH_MAX])
{
    static const char remedy[] = "perly connect --jwt KEYFILE, with the app's private key (PEM)";
    char path[CLI_PATH_MAX];
    char *whole = realpath(file, NULL);
    int code = 0;
    cli_folder_path(cli, KEY_NAME ".pem", path);
    const ssize_t length = readlink(path, before, CLI_PATH_MAX - 1);
    const bool taken = length < 0 && errno != ENOENT;
    before[length < 0 ? 0 : length] = '\0';
    if (taken) {
        code = cli_error(cli, CLI_INPUT, "Perly keeps a link to the key here, and a file has its place", path,
                         "move the key elsewhere, and name it with --jwt");
    } else if (whole == NULL) {
        code = cli_error(cli, CLI_INPUT, strerror(errno), file, remedy);
    } else if (!native_sign_key(whole)) {
        code = cli_error(cli, CLI_INPUT, "there is no RSA private key in this file", file, remedy);
    } else if (!make_link(path, whole)) {
        code = cli_error(cli, CLI_FAILED, strerror(errno), path, "perly --data DIR for another place");
    }
    free(whole);
    return code;
}

/* The connection that was there before goes on with its own key. */
static void unlink_key(const Cli *cli, const char *before)
{
    char path[CLI_PATH_MAX];
    cli_folder_path(cli, KEY_NAME ".pem", path);
    (void)make_link(path, before);
}

static bool is_headless(const Cli *cli)
{
    return cli->arguments.values[CLI_JWT] != NULL || cli->arguments.values[CLI_CLIENT_CREDENTIALS] != NULL;
}

/* Without a browser: one command, and the connection stands. */
static int connect_headless(Cli *cli)
{
    const char *const *values = cli->arguments.values;
    const char *secret = getenv("PERLY_CLIENT_SECRET");
    NativeBuffer json = {0};
    char before[CLI_PATH_MAX] = "";
    if (values[CLI_JWT] != NULL && values[CLI_USERNAME] == NULL) {
        return cli_error(cli, CLI_INPUT, "who is to be logged in is missing", "--username",
                         "perly connect --client-id ID --jwt KEYFILE --username USER");
    }
    if (values[CLI_JWT] == NULL && secret == NULL) {
        return cli_error(cli, CLI_INPUT, "the app's secret is missing", "PERLY_CLIENT_SECRET",
                         "export PERLY_CLIENT_SECRET=..., then run it again");
    }
    int code = values[CLI_JWT] == NULL ? 0 : link_key(cli, values[CLI_JWT], before);
    if (code == 0) {
        cli_command_begin(cli, &json, "connect_headless");
        member(&json, "flow", values[CLI_JWT] != NULL ? "jwt" : "client_credentials");
        member(&json, "login", login(cli));
        member(&json, "client_id", values[CLI_CLIENT_ID]);
        if (values[CLI_JWT] != NULL) {
            member(&json, "username", values[CLI_USERNAME]);
            member(&json, "sign_key", KEY_NAME);
        } else {
            member(&json, "client_secret", secret);
        }
        code = cli_run(cli, &json);
        if (code != 0 && values[CLI_JWT] != NULL) {
            unlink_key(cli, before);
        }
    }
    if (json.bytes != NULL) {
        explicit_bzero(json.bytes, json.length);
    }
    native_buffer_free(&json);
    return code;
}

static int begin(Cli *cli, uint16_t port)
{
    NativeBuffer json = {0};
    char redirect[64];
    const char *secret = getenv("PERLY_CLIENT_SECRET");
    (void)snprintf(redirect, sizeof redirect, "http://localhost:%u/callback", port);
    cli_command_begin(cli, &json, "connect");
    member(&json, "login", login(cli));
    member(&json, "client_id", cli->arguments.values[CLI_CLIENT_ID]);
    if (secret != NULL) {
        member(&json, "client_secret", secret);
    }
    member(&json, "redirect_uri", redirect);
    if (cli->arguments.values[CLI_SCOPES] != NULL) {
        member(&json, "scopes", cli->arguments.values[CLI_SCOPES]);
    }
    const int code = cli_run(cli, &json);
    if (json.bytes != NULL) {
        explicit_bzero(json.bytes, json.length);
    }
    native_buffer_free(&json);
    return code;
}

/* The address that the browser ended at, typed or pasted; what stands behind its "?" counts. */
static int read_pasted(Cli *cli, NativeBuffer *query)
{
    char line[LINE_MAX_BYTES] = {0};
    if (!cli->json) {
        (void)fprintf(stderr, "\nPaste the address that the browser ended at, and press Enter:\n");
    }
    const int code = cli_read_line(cli, line, sizeof line);
    if (code != 0) {
        return code == CLI_STOPPED ? code
                                   : cli_error(cli, code, "nothing was pasted", "standard input",
                                               "run perly connect --headless again");
    }
    const char *at = strchr(line, '?');
    at = at == NULL ? line : at + 1;
    native_buffer_bytes(query, at, strcspn(at, " \r\n#"));
    explicit_bzero(line, sizeof line); /* a code of Salesforce's stands in it */
    return 0;
}

static int finish(Cli *cli, uint16_t port)
{
    NativeBuffer query = {0};
    NativeBuffer json = {0};
    if (!cli->json) {
        (void)fprintf(stderr, "Open this address in a browser, and allow the access:\n\n  %s\n",
                      native_buffer_cstr(&cli->url));
    }
    int code = cli->arguments.values[CLI_HEADLESS] != NULL ? read_pasted(cli, &query)
                                                           : cli_callback_wait(cli, port, &query);
    if (code == 0) {
        cli_command_begin(cli, &json, "connect_finish");
        native_buffer_text(&json, ",\"redirect\":");
        cli_json_string(&json, (NativeText){query.bytes, query.length});
        code = cli_run(cli, &json);
    }
    if (json.bytes != NULL) {
        explicit_bzero(json.bytes, json.length); /* a code of Salesforce's stands in it */
    }
    native_buffer_free(&json);
    native_buffer_free(&query);
    return code;
}

static int step(Cli *cli, const char *command)
{
    NativeBuffer json = {0};
    cli_command_begin(cli, &json, command);
    const int code = cli_run(cli, &json);
    native_buffer_free(&json);
    return code;
}

/* What a login that failed would leave behind: a connection that is none, a key that sealed nothing. */
static int give_up(Cli *cli, int code)
{
    const bool made = cli->keys.made;
    char path[CLI_PATH_MAX];
    if (cli->fresh || made) {
        cli_session_close(cli);
    }
    if (cli->fresh) {
        (void)cli_folder_erase(cli, made);
    } else if (made) {
        cli_folder_path(cli, "perly.key", path);
        (void)unlink(path);
    }
    return code;
}

static int log_in(Cli *cli, uint16_t port)
{
    if (is_headless(cli)) {
        return connect_headless(cli);
    }
    const int code = begin(cli, port);
    return code != 0 ? code : finish(cli, port);
}

static int check_words(Cli *cli, unsigned long port)
{
    const char *const *values = cli->arguments.values;
    if (values[CLI_CLIENT_ID] == NULL || values[CLI_CLIENT_ID][0] == '\0') {
        return cli_error(cli, CLI_INPUT, "the app's consumer key is missing", "--client-id",
                         "perly connect --client-id 3MVG9... (README, \"A first connection\")");
    }
    if (port == 0 || port > UINT16_MAX) {
        return cli_error(cli, CLI_INPUT, "this is no port", values[CLI_PORT],
                         "perly connect --port 8717 ...");
    }
    if (login(cli) == NULL) {
        return cli_error(cli, CLI_INPUT, "--sandbox, --my-domain and --login-url exclude each other", "",
                         "perly connect --sandbox --client-id ID");
    }
    if (values[CLI_JWT] != NULL && values[CLI_CLIENT_CREDENTIALS] != NULL) {
        return cli_error(cli, CLI_INPUT, "--jwt and --client-credentials exclude each other", "",
                         "perly connect --client-id ID --jwt KEYFILE --username USER");
    }
    return values[CLI_USERNAME] == NULL || values[CLI_JWT] != NULL
               ? 0
               : cli_error(
                     cli, CLI_INPUT, "--username says who logs in by --jwt, which is missing", "",
                     "perly connect --client-id ID --jwt KEYFILE --username USER, or without --username "
                     "and by the browser");
}

int cli_connect(Cli *cli)
{
    const char *const *values = cli->arguments.values;
    const unsigned long port = values[CLI_PORT] == NULL ? PORT_DEFAULT : cli_json_number(values[CLI_PORT]);
    int code = check_words(cli, port);
    code = code != 0 ? code : log_in(cli, (uint16_t)port);
    if (code != 0) {
        return give_up(cli, code);
    }
    if (values[CLI_NO_SYNC] != NULL) {
        return code;
    }
    cli->asks_next = true;
    int checked = step(cli, "check");
    cli->asks_next = false;
    if (checked != 0 && checked != CLI_PERSON) {
        return checked;
    }
    if (cli_confirm(cli, "Create Perly's three fields on Account now?", false)) {
        code = step(cli, "setup");
        if (code != 0) {
            return code;
        }
        cli->again = true;
        checked = checked == 0 ? 0 : step(cli, "check"); /* what was missing may be there now */
        cli->again = false;
    } else if (cli->stopping) {
        return CLI_STOPPED;
    } else if (!cli->json) {
        (void)fprintf(
            stderr, "perly setup creates Perly's fields when you want them; until then nothing is pushed.\n");
    }
    code = step(cli, "sync");
    return code != 0 ? code : checked;
}

int cli_disconnect(Cli *cli)
{
    const long watcher = cli_folder_watcher(cli);
    if (watcher != 0) {
        NativeBuffer remedy = {0};
        native_buffer_format(&remedy, "kill %ld, then run it again", watcher);
        const int code = cli_error(cli, CLI_LEASE, "perly sync --watch runs on this connection", cli->folder,
                                   native_buffer_cstr(&remedy));
        native_buffer_free(&remedy);
        return code;
    }
    if (!cli_confirm(cli, "Revoke the access and erase everything that perly stored?", false)) {
        return cli->stopping ? CLI_STOPPED
                             : cli_error(cli, CLI_INPUT, "nothing was done: this needs a yes", cli->folder,
                                         "perly disconnect --yes");
    }
    int code = step(cli, "disconnect");
    if (code != 0) {
        return code;
    }
    cli_session_close(cli);
    code = cli_folder_erase(cli, true);
    if (code == 0 && !cli->json) {
        (void)printf("disconnected; everything in %s is erased\n", cli->folder);
    }
    return code;
}
