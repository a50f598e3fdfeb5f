/* The transfers and libcurl's multi handle. */
#include "http_internal.h"
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct NativeHttp {
    CURLM *multi;
    NativeHttpOptions options;
    NativeHttpSink sink;
    HttpTransfer *transfers;
    char piece[HTTP_PIECE_BYTES]; /* inflated bytes on their way to the sink */
};

/*
 * Idle timeouts are our own: libcurl's measures an average, and notices a silence of a second after seven.
 */
static int64_t now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int on_progress(void *context, curl_off_t to_come, curl_off_t received, curl_off_t to_send,
                       curl_off_t sent)
{
    HttpTransfer *transfer = context;
    (void)to_come;
    (void)to_send;
    if (received + sent != transfer->moved) {
        transfer->moved = received + sent;
        transfer->moved_ms = now_ms();
    }
    return 0;
}

static void give(HttpTransfer *transfer, const char *bytes, size_t length)
{
    const NativeHttpSink *sink = &transfer->http->sink;
    if (length > 0 && sink->body(sink->context, transfer->call, bytes, length) != 0) {
        transfer->waiting = true;
    }
}

static bool fail(HttpTransfer *transfer, const char *why)
{
    transfer->failure = transfer->failure == NULL ? why : transfer->failure;
    return false;
}

/* Gives body to the sink until it waits or there is no more; advances over what was given. False: broken. */
static bool consume(HttpTransfer *transfer, const char **bytes, size_t *length)
{
    if (!transfer->head.gzip) {
        give(transfer, *bytes, *length);
        *bytes += *length;
        *length = 0;
        return true;
    }
    if (!transfer->inflate.on && !http_inflate_begin(&transfer->inflate)) {
        return fail(transfer, "there is not enough memory to inflate the answer");
    }
    while (!transfer->waiting && !transfer->cancelled && (*length > 0 || transfer->inflate.more)) {
        size_t got = 0;
        if (http_inflate_step(&transfer->inflate, bytes, length, transfer->http->piece, HTTP_PIECE_BYTES,
                              &got) != INFLATE_OK) {
            return fail(transfer, "the answer's gzip stream is broken");
        }
        give(transfer, transfer->http->piece, got);
    }
    return true;
}

static bool has_pending(const HttpTransfer *transfer)
{
    return transfer->pending_at < transfer->pending.length || transfer->inflate.more;
}

/* How much was taken, or libcurl's word for waiting or for an error. */
static size_t take_body(HttpTransfer *transfer, const char *bytes, size_t length)
{
    const char *at = bytes;
    size_t left = length;
    if (transfer->cancelled || transfer->failure != NULL) {
        return CURL_WRITEFUNC_ERROR;
    }
    transfer->turn_bytes += length;
    if (transfer->waiting || has_pending(transfer) || transfer->turn_bytes > HTTP_TURN_BYTES) {
        transfer->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (!consume(transfer, &at, &left)) {
        return CURL_WRITEFUNC_ERROR;
    }
    native_buffer_clear(&transfer->pending);
    transfer->pending_at = 0;
    native_buffer_bytes(&transfer->pending, at, left);
    return transfer->pending.failed ? CURL_WRITEFUNC_ERROR : length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    return take_body(context, bytes, size * count);
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    HttpTransfer *transfer = context;
    const size_t length = size * count;
    transfer->moved_ms = now_ms();
    if (http_head_line(&transfer->head, bytes, length)) {
        if (transfer->head.unknown_encoding) {
            (void)fail(transfer, "the answer has a Content-Encoding other than gzip");
            return CURL_WRITEFUNC_ERROR;
        }
        const NativeHttpSink *sink = &transfer->http->sink;
        sink->head(sink->context, transfer->call, transfer->head.status, transfer->head.lines.bytes,
                   transfer->head.lines.length);
        native_buffer_free(&transfer->head.lines);
    }
    if (transfer->head.too_long) {
        (void)fail(transfer, "the answer's headers are longer than 256 KiB");
        return CURL_WRITEFUNC_ERROR;
    }
    return transfer->cancelled ? CURL_WRITEFUNC_ERROR : length;
}

/* libcurl calls this when the connection stands and before the first byte of a request is written. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libcurl's */
static int on_request(void *context, char *peer, char *local, int peer_port, int local_port)
{
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    HttpTransfer *transfer = context;
    transfer->sending = true;
    transfer->moved_ms = now_ms();
    return CURL_PREREQFUNC_OK;
}

/* Adds the customer's own authorities to those of the system, which CURLOPT_CAINFO would replace. */
static CURLcode on_tls(CURL *easy, void *context, void *file)
{
    (void)easy;
    return SSL_CTX_load_verify_locations(context, file, NULL) == 1 ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

static const char *extra_ca_file(void)
{
    const char *file = getenv("PERLY_CA_FILE");
    return file != NULL ? file : getenv("CURL_CA_BUNDLE");
}

static bool set_method(CURL *easy, const HttpRequest *request)
{
    const bool has_body = request->has_length || strcmp(request->method, "POST") == 0;
    if (strcmp(request->method, "HEAD") == 0) {
        return curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) == CURLE_OK;
    }
    if (has_body &&
        (curl_easy_setopt(easy, CURLOPT_POST, 1L) != CURLE_OK ||
         curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body) != CURLE_OK ||
         curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length) != CURLE_OK)) {
        return false;
    }
    return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
}

static bool set_security(CURL *easy, const HttpRequest *request)
{
    const char *file = extra_ca_file();
    bool ok = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) == CURLE_OK &&
              /* With one source of authorities libcurl keeps them parsed from one connection to the next. */
              curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;
    if (file != NULL) {
        ok = ok && curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls) == CURLE_OK &&
             curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, file) == CURLE_OK;
    }
    if (request->loopback) {
        ok = ok && curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK;
    }
    return ok;
}

/*
 * A window that does not grow: left to itself the kernel lets a server run far more than 4 MiB ahead of a
 * core that waits. 1 MiB is 10 MB/s at a round trip of 100 ms.
 */
static int on_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
    const int window_bytes = 1 << 20;
    (void)context;
    (void)purpose;
    (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &window_bytes, sizeof window_bytes);
    return CURL_SOCKOPT_OK;
}

static bool set_callbacks(CURL *easy, HttpTransfer *transfer)
{
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

static bool set_options(CURL *easy, const HttpTransfer *transfer, const NativeHttpOptions *options)
{
    bool ok = curl_easy_setopt(easy, CURLOPT_URL, transfer->request.url) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->request.headers) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)HTTP_PIECE_BYTES) == CURLE_OK &&
              curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, options->connect_ms) == CURLE_OK;
    if (transfer->flags == PERLY_HTTP_ONCE) {
        /* On a kept connection that turns out to be dead libcurl sends again; on a new one it cannot happen.
         */
        ok = ok && curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
             curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK;
    }
    return ok;
}

bool http_transfer_start(HttpTransfer *transfer, const NativeHttpOptions *options)
{
    transfer->easy = curl_easy_init();
    return transfer->easy != NULL && set_callbacks(transfer->easy, transfer) &&
           set_options(transfer->easy, transfer, options) &&
           set_security(transfer->easy, &transfer->request) &&
           set_method(transfer->easy, &transfer->request) &&
           curl_multi_add_handle(transfer->http->multi, transfer->easy) == CURLM_OK;
}

static void free_transfer(HttpTransfer *transfer)
{
    if (transfer->easy != NULL) {
        (void)curl_multi_remove_handle(transfer->http->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
    }
    http_inflate_end(&transfer->inflate);
    http_request_free(&transfer->request);
    native_buffer_free(&transfer->head.lines);
    native_buffer_free(&transfer->pending);
    free(transfer);
}

NativeHttp *native_http_new(const NativeHttpOptions *options, const NativeHttpSink *sink)
{
    NativeHttp *http = calloc(1, sizeof *http);
    if (http == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(http);
        return NULL;
    }
    http->multi = curl_multi_init();
    http->sink = *sink;
    http->options.loopback_only = options->loopback_only;
    http->options.connect_ms = options->connect_ms > 0 ? options->connect_ms : 30000;
    http->options.idle_ms = options->idle_ms > 0 ? options->idle_ms : 120000;
    if (http->multi == NULL || curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, 8L) != CURLM_OK) {
        native_http_free(http);
        return NULL;
    }
    return http;
}

void native_http_free(NativeHttp *http)
{
    if (http == NULL) {
        return;
    }
    while (http->transfers != NULL) {
        HttpTransfer *transfer = http->transfers;
        http->transfers = transfer->next;
        free_transfer(transfer);
    }
    (void)curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    free(http);
}

void native_http_send(NativeHttp *http, uint32_t call, uint32_t flags, const char *request, size_t length)
{
    HttpTransfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL) {
        abort(); /* a call that could never end would leave the core waiting forever */
    }
    transfer->http = http;
    transfer->call = call;
    transfer->flags = flags;
    transfer->failure = http_request_parse(&transfer->request, request, length);
    if (transfer->failure == NULL && http->options.loopback_only && !transfer->request.loopback) {
        transfer->failure = "with PERLY_TEST_CLOCK only loopback addresses are allowed";
    }
    HttpTransfer **last = &http->transfers;
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = transfer;
}

static HttpTransfer *find(const NativeHttp *http, uint32_t call)
{
    HttpTransfer *transfer = http->transfers;
    while (transfer != NULL && transfer->call != call) {
        transfer = transfer->next;
    }
    return transfer;
}

bool native_http_flow(NativeHttp *http, uint32_t call, uint32_t flow)
{
    HttpTransfer *transfer = find(http, call);
    if (transfer != NULL) {
        transfer->waiting = flow == PERLY_FLOW_WAIT;
        transfer->moved_ms = now_ms();
    }
    return transfer != NULL;
}

bool native_http_cancel(NativeHttp *http, uint32_t call)
{
    HttpTransfer *transfer = find(http, call);
    if (transfer != NULL) {
        transfer->cancelled = true;
    }
    return transfer != NULL;
}

uint32_t native_http_open(const NativeHttp *http)
{
    uint32_t count = 0;
    for (const HttpTransfer *transfer = http->transfers; transfer != NULL; transfer = transfer->next) {
        count++;
    }
    return count;
}

static void start(HttpTransfer *transfer)
{
    const NativeHttpSink *sink = &transfer->http->sink;
    transfer->started = true;
    if (sink->before_send != NULL && !sink->before_send(sink->context)) {
        (void)fail(transfer, "what was stored could not be written to the disk, so nothing is sent");
    } else if (!http_transfer_start(transfer, &transfer->http->options)) {
        (void)fail(transfer, "there is not enough memory to send a request");
    }
}

/* Gives what was kept while the sink waited, then lets libcurl go on. */
static void resume(HttpTransfer *transfer)
{
    if (has_pending(transfer)) {
        const char *at = transfer->pending.bytes + transfer->pending_at;
        size_t length = transfer->pending.length - transfer->pending_at;
        const bool ok = consume(transfer, &at, &length);
        transfer->pending_at = transfer->pending.length - length;
        if (!ok) {
            return;
        }
    }
    if (transfer->paused && !transfer->waiting && !has_pending(transfer)) {
        transfer->paused = false;
        transfer->moved_ms = now_ms();
        (void)curl_easy_pause(transfer->easy, CURLPAUSE_CONT); /* may call on_body */
    }
}

static void end(HttpTransfer *transfer)
{
    const NativeHttpSink *sink = &transfer->http->sink;
    const char *text = "";
    uint32_t outcome = transfer->sending ? PERLY_HTTP_MAYBE_SENT : PERLY_HTTP_NEVER_SENT;
    if (transfer->cancelled) {
        outcome = PERLY_HTTP_CANCELLED;
        text = "cancelled";
    } else if (transfer->failure != NULL) {
        text = transfer->failure;
    } else if (transfer->result != CURLE_OK) {
        text = transfer->error[0] != '\0' ? transfer->error : curl_easy_strerror(transfer->result);
    } else if (transfer->head.gzip && transfer->inflate.on && !transfer->inflate.between) {
        text = "the answer's gzip stream was cut";
    } else if (!transfer->head.complete) {
        text = "the connection closed without an answer";
    } else {
        outcome = PERLY_HTTP_COMPLETE;
    }
    sink->end(sink->context, transfer->call, outcome, text, strlen(text));
}

static bool has_ended(const HttpTransfer *transfer)
{
    if (transfer->cancelled || transfer->failure != NULL) {
        return true;
    }
    return transfer->done && (transfer->result != CURLE_OK || (!transfer->waiting && !has_pending(transfer)));
}

static void read_messages(NativeHttp *http)
{
    int left = 0;
    for (CURLMsg *message = NULL; (message = curl_multi_info_read(http->multi, &left)) != NULL;) {
        HttpTransfer *transfer = NULL;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK) {
            transfer->done = true;
            transfer->result = message->data.result;
        }
    }
}

/* When a transfer that is under way will have been silent for too long; INT64_MAX while the sink waits. */
static int64_t idle_deadline(const HttpTransfer *transfer)
{
    const bool counts = transfer->sending && !transfer->done && !transfer->waiting && !transfer->paused;
    return counts ? transfer->moved_ms + transfer->http->options.idle_ms : INT64_MAX;
}

static void end_silent(NativeHttp *http)
{
    const int64_t now = now_ms();
    for (HttpTransfer *transfer = http->transfers; transfer != NULL; transfer = transfer->next) {
        if (idle_deadline(transfer) <= now) {
            (void)fail(transfer, "the other side was silent for too long");
        }
    }
}

void native_http_run(NativeHttp *http)
{
    int running = 0;
    for (HttpTransfer *transfer = http->transfers; transfer != NULL; transfer = transfer->next) {
        transfer->turn_bytes = 0;
        if (!transfer->started && !transfer->cancelled && transfer->failure == NULL) {
            start(transfer);
        } else if (!transfer->waiting && (has_pending(transfer) || transfer->paused)) {
            resume(transfer);
        }
    }
    (void)curl_multi_perform(http->multi, &running);
    read_messages(http);
    end_silent(http);
    for (HttpTransfer **link = &http->transfers; *link != NULL;) {
        HttpTransfer *transfer = *link;
        if (!has_ended(transfer)) {
            link = &transfer->next;
            continue;
        }
        *link = transfer->next; /* first: a delivery may open new calls */
        end(transfer);
        free_transfer(transfer);
    }
}

/* A transfer that native_http_run could move at once. */
static bool has_work(const NativeHttp *http)
{
    for (const HttpTransfer *transfer = http->transfers; transfer != NULL; transfer = transfer->next) {
        if (!transfer->started || has_ended(transfer) ||
            (!transfer->waiting && (has_pending(transfer) || transfer->paused))) {
            return true;
        }
    }
    return false;
}

bool native_http_wait(NativeHttp *http, int timeout_ms, NativeWatch *watches, uint32_t watch_count)
{
    struct curl_waitfd fds[8];
    const uint32_t count = watch_count < 8 ? watch_count : 8;
    for (uint32_t i = 0; i < count; i++) {
        fds[i] = (struct curl_waitfd){watches[i].fd, CURL_WAIT_POLLIN, 0};
    }
    const bool work = has_work(http);
    const int64_t now = now_ms();
    int ready = 0;
    for (const HttpTransfer *transfer = http->transfers; transfer != NULL; transfer = transfer->next) {
        const int64_t left = idle_deadline(transfer) - now;
        timeout_ms = left < timeout_ms ? (int)(left > 0 ? left : 0) : timeout_ms;
    }
    (void)curl_multi_poll(http->multi, fds, count, work ? 0 : timeout_ms, &ready);
    for (uint32_t i = 0; i < count; i++) {
        watches[i].ready = fds[i].revents != 0;
    }
    return work || ready > 0;
}
