/*
 * What the browser comes back to: http://localhost:PORT/callback, on loopback only, one GET, one friendly
 * page. The query string goes to the core as it is; nothing of it is printed.
 */
#include "cli.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_MAX = 16384, MINUTES_MAX = 10, LISTENERS = 2, VISITORS = CLI_WATCHES_MAX - LISTENERS };

/* A connection whose request has not come as a whole. */
typedef struct Visitor {
    int socket; /* -1: none */
    size_t length;
    char request[REQUEST_MAX];
} Visitor;

typedef struct Callback {
    int listeners[LISTENERS]; /* -1: none */
    Visitor visitors[VISITORS];
    uint32_t next; /* whose place the next one takes: browsers connect ahead and say nothing */
} Callback;

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

static void leave(Visitor *visitor)
{
    if (visitor->socket >= 0) {
        (void)close(visitor->socket);
    }
    explicit_bzero(visitor->request, visitor->length);
    visitor->socket = -1;
    visitor->length = 0;
}

/* True when the request was the callback; its query is then in `query`. */
static bool serve(const Visitor *visitor, NativeBuffer *query)
{
    static const char path[] = "GET /callback";
    const char *at = visitor->request + sizeof path - 1;
    const bool found = strncmp(visitor->request, path, sizeof path - 1) == 0 && *at == '?';
    if (found) {
        native_buffer_bytes(query, at + 1, strcspn(at + 1, " \r\n#"));
    }
    answer(visitor->socket, found ? "200 OK" : "404 Not Found",
           found ? page : "perly waits for /callback here");
    return found;
}

/* Reads what has come of a request. True as serve. */
static bool hear(Visitor *visitor, NativeBuffer *query)
{
    const size_t room = REQUEST_MAX - 1 - visitor->length;
    const ssize_t got = recv(visitor->socket, visitor->request + visitor->length, room, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return false;
    }
    visitor->length += got > 0 ? (size_t)got : 0;
    visitor->request[visitor->length] = '\0';
    const bool whole = strstr(visitor->request, "\r\n\r\n") != NULL;
    const bool found = whole && serve(visitor, query);
    if (whole || got <= 0 || visitor->length == REQUEST_MAX - 1) {
        leave(visitor);
    }
    return found;
}

static void welcome(Callback *callback, int listener)
{
    const int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket >= 0) {
        Visitor *visitor = &callback->visitors[callback->next++ % VISITORS];
        leave(visitor);
        visitor->socket = socket;
    }
}

static int listen_at(const struct sockaddr *address, socklen_t length)
{
    const int on = 1;
    const int listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener >= 0 && (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
                          bind(listener, address, length) != 0 || listen(listener, 8) != 0)) {
        const int kept = errno;
        (void)close(listener);
        errno = kept;
        return -1;
    }
    return listener;
}

/*
 * "localhost" is 127.0.0.1 or ::1, as the browser likes. A machine may lack IPv6; but where another program
 * has the port there, the browser's answer would go to that one.
 */
static bool listen_on(Callback *callback, uint16_t port)
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    callback->listeners[0] = listen_at((const struct sockaddr *)&four, sizeof four);
    callback->listeners[1] = listen_at((const struct sockaddr *)&six, sizeof six);
    return callback->listeners[0] >= 0 && (callback->listeners[1] >= 0 || errno != EADDRINUSE);
}

/* One turn of the loop. False when the user wants to stop; `query` is filled when the browser has come. */
static bool turn(Cli *cli, Callback *callback, NativeBuffer *query)
{
    NativeWatch watches[CLI_WATCHES_MAX];
    Visitor *heard[CLI_WATCHES_MAX] = {NULL};
    uint32_t count = 0;
    for (uint32_t i = 0; i < LISTENERS; i++) {
        if (callback->listeners[i] >= 0) {
            watches[count++] = (NativeWatch){callback->listeners[i], false};
        }
    }
    for (uint32_t i = 0; i < VISITORS; i++) {
        if (callback->visitors[i].socket >= 0) {
            heard[count] = &callback->visitors[i];
            watches[count++] = (NativeWatch){callback->visitors[i].socket, false};
        }
    }
    if (!cli_turn(cli, watches, count)) {
        return false;
    }
    for (uint32_t i = count; i-- > 0;) { /* who is there already, before newcomers take places */
        if (!watches[i].ready) {
            continue;
        }
        if (heard[i] == NULL) {
            welcome(callback, watches[i].fd);
        } else if (hear(heard[i], query)) {
            break;
        }
    }
    return true;
}

static Callback *callback_new(void)
{
    Callback *callback = calloc(1, sizeof *callback);
    for (uint32_t i = 0; callback != NULL && i < VISITORS; i++) {
        callback->visitors[i].socket = -1;
    }
    return callback;
}

static void callback_free(Callback *callback)
{
    for (uint32_t i = 0; callback != NULL && i < VISITORS; i++) {
        leave(&callback->visitors[i]);
    }
    for (uint32_t i = 0; callback != NULL && i < LISTENERS; i++) {
        if (callback->listeners[i] >= 0) {
            (void)close(callback->listeners[i]);
        }
    }
    free(callback);
}

int cli_callback_wait(Cli *cli, uint16_t port, NativeBuffer *query)
{
    char place[32];
    double wall = 0;
    double start = 0;
    double now = 0;
    (void)snprintf(place, sizeof place, "localhost:%u", port);
    Callback *callback = callback_new();
    if (callback == NULL || !listen_on(callback, port)) {
        callback_free(callback);
        return cli_error(
            cli, CLI_FAILED, "the port of the callback cannot be opened", place,
            "perly connect --port N, with the same port in the app's callback URL, or --headless");
    }
    native_loop_time(cli->loop, &wall, &start);
    do {
        native_loop_time(cli->loop, &wall, &now);
    } while (now - start < MINUTES_MAX * 60000.0 && turn(cli, callback, query) && query->length == 0);
    callback_free(callback);
    if (cli->stopping) {
        return CLI_STOPPED;
    }
    return query->length != 0
               ? 0
               : cli_error(cli, CLI_PERSON, "nobody came back from Salesforce within 10 minutes", place,
                           "run perly connect again, or use --headless");
}
