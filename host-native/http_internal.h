/* What the files of the HTTP adapter share; nobody else includes it. */
#ifndef PERLY_HOST_NATIVE_HTTP_INTERNAL_H
#define PERLY_HOST_NATIVE_HTTP_INTERNAL_H

#include "buffer.h"
#include "http.h"
#include "perly/host.h"
#include <curl/curl.h>
#include <zlib.h>

/* A request taken apart. */
typedef struct HttpRequest {
    char *bytes; /* own copy of the message; `method`, `url` and `body` point into it */
    const char *method;
    const char *url;
    const char *body;
    size_t body_length;
    bool has_length; /* a Content-Length stood in the head */
    bool loopback;
    struct curl_slist *headers;
} HttpRequest;

/*
 * Takes a message apart (RFC 9112; what host.h allows of it). NULL, or why it cannot be sent; in both cases
 * http_request_free is to be called.
 */
const char *http_request_parse(HttpRequest *request, const char *bytes, size_t length);
void http_request_free(HttpRequest *request);

/* A body being inflated: gzip members (RFC 1952) one after another. */
typedef struct HttpInflate {
    z_stream stream;
    bool on;
    bool between; /* a member has ended (or none begun): the input may end here */
    bool more;    /* zlib holds output that had no room */
} HttpInflate;

enum { INFLATE_OK, INFLATE_BROKEN };

bool http_inflate_begin(HttpInflate *inflate);

/*
 * One call of zlib: takes from (*bytes, *length), advancing both, and gives *out_length bytes at `out`.
 */
int http_inflate_step(HttpInflate *state, const char **bytes, size_t *length, char *out, size_t room,
                      size_t *out_length);
void http_inflate_end(HttpInflate *inflate);

/* The head of an answer, collected line by line. */
typedef struct HttpHead {
    NativeBuffer lines; /* "name: value", LF between */
    uint32_t status;
    bool gzip;
    bool unknown_encoding; /* a Content-Encoding that nobody asked for */
    bool complete;         /* a final (not 1xx) head has ended: what follows are trailers */
    bool too_long;
} HttpHead;

/* One header line as libcurl gives it. True when it ended a final head. */
bool http_head_line(HttpHead *head, const char *line, size_t length);

typedef struct HttpTransfer {
    struct HttpTransfer *next;
    NativeHttp *http;
    uint32_t call;
    uint32_t flags;
    CURL *easy;
    HttpRequest request;
    HttpHead head;
    HttpInflate inflate;
    NativeBuffer pending; /* body that libcurl gave and the sink has not taken */
    size_t pending_at;
    const char *failure; /* why we end it, a literal; NULL: libcurl's word counts */
    size_t turn_bytes;   /* of body, given or kept in this run: libcurl alone would read on to 12 MiB */
    curl_off_t moved;    /* bytes of body in both directions, when libcurl told last */
    int64_t moved_ms;    /* when that changed */
    bool started;        /* added to the multi handle */
    bool sending;        /* libcurl was about to write the request: from here on it may have been sent */
    bool waiting;        /* the sink said WAIT */
    bool paused;         /* libcurl was told to pause */
    bool cancelled;
    bool done;
    CURLcode result;
    char error[CURL_ERROR_SIZE];
} HttpTransfer;

/* Makes the easy handle. False without memory. */
bool http_transfer_start(HttpTransfer *transfer, const NativeHttpOptions *options);

enum { HTTP_PIECE_BYTES = 128 * 1024, HTTP_TURN_BYTES = 512 * 1024, HTTP_HEAD_MAX = 256 * 1024 };

#endif
