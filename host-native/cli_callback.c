/*
 * What the browser comes back to: http://localhost:PORT/callback, on loopback only, one GET, one friendly
 * page. The query string goes to the core as it is; nothing of it is printed.
 */
#include "cli.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 16384, PATIENCE_MS = 2000, MINUTES_MAX = 10 };

static const char page[] = "<!doctype html><meta charset=utf-8><title>Perly</title>"
                           "<body style=\"font:18px system-ui;max-width:32em;margin:15vh auto;color:#222\">"
                           "<h1>Back to the terminal</h1><p>Salesforce has answered. You can close this "
                           "window: what came of it stands in the terminal.";

static void answer(int socket, const char *status, const char *body)
{
    char head[256];
    const int length =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n"
                 "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
                 status, strlen(body));
    (void)!send(socket, head, (size_t)length, MSG_NOSIGNAL);
    (void)!send(socket, body, strlen(body), MSG_NOSIGNAL);
}

/* Reads a request's head; a browser sends it at once. */
static bool read_head(int socket, char request[REQUEST_MAX])
{
    size_t length = 0;
    while (length < REQUEST_MAX - 1) {
        struct pollfd readable = {socket, POLLIN, 0};
        if (poll(&readable, 1, PATIENCE_MS) <= 0) {
            return false;
        }
        const ssize_t got = recv(socket, request + length, REQUEST_MAX - 1 - length, 0);
        if (got <= 0) {
            return false;
        }
        length += (size_t)got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL) {
            return true;
        }
    }
    return false;
}

/* True when the request was the callback; its query is then in `query`. */
static bool serve(int socket, NativeBuffer *query)
{
    static const char path[] = "GET /callback";
    char request[REQUEST_MAX] = {0};
    bool found = false;
    if (read_head(socket, request)) {
        const char *at = request + sizeof path - 1;
        found = strncmp(request, path, sizeof path - 1) == 0 && *at == '?';
        if (found) {
            native_buffer_bytes(query, at + 1, strcspn(at + 1, " \r\n#"));
        }
        answer(socket, found ? "200 OK" : "404 Not Found", found ? page : "perly waits for /callback here");
    }
    explicit_bzero(request, sizeof request);
    return found;
}

static int listen_at(const struct sockaddr *address, socklen_t length)
{
    const int on = 1;
    const int listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener >= 0 && (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
                          bind(listener, address, length) != 0 || listen(listener, 8) != 0)) {
        (void)close(listener);
        return -1;
    }
    return listener;
}

/* "localhost" is 127.0.0.1 or ::1, as the browser likes. How many sockets listen; a machine may lack IPv6. */
static uint32_t listen_on(uint16_t port, NativeWatch watches[2])
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    watches[0].fd = listen_at((const struct sockaddr *)&four, sizeof four);
    if (watches[0].fd < 0) {
        return 0;
    }
    watches[1].fd = listen_at((const struct sockaddr *)&six, sizeof six);
    return watches[1].fd < 0 ? 1 : 2;
}

static bool accept_one(int listener, NativeBuffer *query)
{
    const int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    const bool found = socket >= 0 && serve(socket, query);
    if (socket >= 0) {
        (void)close(socket);
    }
    return found;
}

int cli_callback_wait(Cli *cli, uint16_t port, NativeBuffer *query)
{
    char place[32];
    (void)snprintf(place, sizeof place, "localhost:%u", port);
    NativeWatch watches[2] = {{-1, false}, {-1, false}};
    const uint32_t count = listen_on(port, watches);
    if (count == 0) {
        return cli_error(
            cli, CLI_FAILED, "the port of the callback cannot be opened", place,
            "perly connect --port N, with the same port in the app's callback URL, or --headless");
    }
    double wall = 0;
    double start = 0;
    double now = 0;
    bool found = false;
    native_loop_time(cli->loop, &wall, &start);
    do {
        if (!cli_turn(cli, watches, count)) {
            break;
        }
        for (uint32_t i = 0; i < count && !found; i++) {
            found = watches[i].ready && accept_one(watches[i].fd, query);
        }
        native_loop_time(cli->loop, &wall, &now);
    } while (!found && now - start < MINUTES_MAX * 60000.0);
    for (uint32_t i = 0; i < count; i++) {
        (void)close(watches[i].fd);
    }
    if (cli->stopping) {
        return CLI_STOPPED;
    }
    return found ? 0
                 : cli_error(cli, CLI_PERSON, "nobody came back from Salesforce within 10 minutes", place,
                             "run perly connect again, or use --headless");
}
