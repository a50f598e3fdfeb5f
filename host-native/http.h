/*
 * http_send of perly/host.h over libcurl's multi interface. Nothing blocks and nothing is delivered but from
 * native_http_run; the sink may call send, flow and cancel from inside a delivery.
 *
 *     NativeHttp *http = native_http_new(&options, &sink);
 *     native_http_send(http, call, PERLY_HTTP_ONCE, request, length);
 *     while (native_http_open(http) > 0) {
 *         native_http_run(http);
 *         native_http_wait(http, 1000, NULL, 0);
 *     }
 *     native_http_free(http);
 *
 * What is buffered for a transfer that waits: one piece that libcurl had read (at most 128 KiB) and what
 * libcurl itself holds of the next; the rest stays in the server, whose window closes.
 *
 * A proxy is taken from https_proxy, HTTPS_PROXY, ALL_PROXY and NO_PROXY; loopback addresses never go through
 * one. Certificates are verified against the system's and, besides, those in the file that PERLY_CA_FILE or
 * CURL_CA_BUNDLE names.
 */
#ifndef PERLY_HOST_NATIVE_HTTP_H
#define PERLY_HOST_NATIVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct NativeHttp NativeHttp;

/* Where completions go; the arguments of perly_http_head, perly_http_body, perly_http_end. */
typedef struct NativeHttpSink {
    void *context;
    void (*head)(void *context, uint32_t call, uint32_t status, const char *headers, size_t length);
    uint32_t (*body)(void *context, uint32_t call, const char *bytes, size_t length);
    void (*end)(void *context, uint32_t call, uint32_t outcome, const char *text, size_t length);
    /* Called before a request is handed to libcurl. False: it ends as NEVER_SENT. NULL: nothing to do. */
    bool (*before_send)(void *context);
} NativeHttpSink;

typedef struct NativeHttpOptions {
    long connect_ms;    /* name, connection, TLS and proxy together; 0: 30,000 */
    bool loopback_only; /* refuse every other address: no request of a test may leave the machine */
    long idle_ms;       /* without a byte in either direction, unless the sink waits; 0: 120,000 */
} NativeHttpOptions;

/* A file descriptor that native_http_wait watches for reading besides the transfers. */
typedef struct NativeWatch {
    int fd;
    bool ready;
} NativeWatch;

/* NULL without memory. libcurl's global state is initialised by the first. */
NativeHttp *native_http_new(const NativeHttpOptions *options, const NativeHttpSink *sink);

/* Drops what is open without delivering an end. NULL is allowed. */
void native_http_free(NativeHttp *http);

/* http_send of perly/host.h; the record is copied. native_http_run sends it, and tells the sink its end, also
 * of one that cannot be sent. */
void native_http_send(NativeHttp *http, uint32_t call, uint32_t flags, const char *request, size_t length);

/* False when no such transfer is open. */
bool native_http_flow(NativeHttp *http, uint32_t call, uint32_t flow);
bool native_http_cancel(NativeHttp *http, uint32_t call);

/* Transfers that have not ended. */
uint32_t native_http_open(const NativeHttp *http);

/* Moves every transfer as far as it goes now, and delivers. */
void native_http_run(NativeHttp *http);

/*
 * Waits until something can move, a watched descriptor is readable, or `timeout_ms` have passed. Whether
 * something happened; a wake-up for no reason is possible.
 */
bool native_http_wait(NativeHttp *http, int timeout_ms, NativeWatch *watches, uint32_t watch_count);

#endif
