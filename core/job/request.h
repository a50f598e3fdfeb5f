/*
 * The request layer: one HTTP exchange as a job sees it. It owns the request until its outcome is final: it
 * adds the session, sends, classifies the answer, waits and sends again when the class says so, refreshes the
 * session at most once in a row, and resets the sink that the body fills before another attempt.
 *
 * What an answer means is Salesforce's business: `classify` of the engine's product decides. What may be
 * repeated is the caller's: an IDEMPOTENT request is repeated after any failure that passes; a ONCE request
 * only when no byte of it can have arrived, and else ends with ERROR_REQUEST_UNCLEAR.
 */
#ifndef PERLY_JOB_REQUEST_H
#define PERLY_JOB_REQUEST_H

#include "job/engine.h"

/*
 * Where a body goes. `reset` begins again (before the first attempt too); `body` takes a piece. Both answer
 * PERLY_MORE, or PERLY_WAIT when no more can be taken before request_resume (the piece was then taken whole).
 * `end` is asked once the body is complete and the sink is not waiting: its error is the exchange's.
 */
typedef struct Sink {
    void *context;
    uint32_t (*reset)(void *context);
    uint32_t (*body)(void *context, Slice bytes);
    Error (*end)(void *context);
    void (*closed)(void *context,
                   Error error); /* once: the exchange is over, with its final error; or NULL */
} Sink;

typedef enum RequestMethod { METHOD_GET, METHOD_POST, METHOD_PATCH, METHOD_PUT, METHOD_DELETE } RequestMethod;

/* What a job asks for. Slices live until the job's next stop is over (the job's arena, or literals). */
typedef struct RequestSpec {
    RequestMethod method;
    Slice base;         /* "https://acme.my.salesforce.com"; empty: the session's instance_url */
    Slice path;         /* "/services/data/..." with its query, already encoded */
    Slice content_type; /* of `body`; empty when there is no body */
    Slice accept;       /* empty: application/json */
    Slice headers;      /* further lines, each "Name: value\r\n" */
    Slice body;
    Slice purpose;     /* for the budget and the log: "bulk.page", never a value */
    bool once;         /* must not be repeated unless it never left */
    bool anonymous;    /* no Authorization header: the token endpoint */
    const Sink *sink;  /* of a 2xx body; NULL: collected into the completion, at most body_limit bytes */
    size_t body_limit; /* 0: REQUEST_BODY_LIMIT */
} RequestSpec;

enum {
    REQUEST_BODY_LIMIT = 4 << 20,
    REQUEST_ATTEMPTS_MAX = 6,
    REQUEST_RETRY_AFTER_MS_MAX = 24 * 60 * 60 * 1000
};

typedef enum RequestState {
    REQUEST_IDLE,
    REQUEST_SENT,
    REQUEST_PAUSED,    /* the timer before another attempt */
    REQUEST_REFRESHING /* the session is being refreshed */
} RequestState;

/* One exchange at a time; a member of the job's struct. Zeroed before its first use. */
typedef struct Request {
    Job *job;
    RequestSpec spec;
    RequestState state;
    uint32_t call;
    struct Request *next; /* for whoever keeps waiting requests in a list */
    uint32_t attempt;
    uint32_t status;
    bool refreshed;
    uint32_t session; /* the policy's when it was sent */
    bool sink_waiting;
    bool ended; /* the host is done, the sink is not */
    uint32_t outcome;
    Slice reason;          /* of an outcome that is not complete, in the host's words */
    double retry_after_ms; /* of the last answer */
    ErrorCode told;  /* of ERROR_REQUEST_UNCLEAR: what the answer itself says; ERROR_OK without an answer */
    Error abandoned; /* ERROR_OK, or why nobody wants the answer any more */
    Buffer headers;
    Buffer body; /* collected answer, or the answer of an error */
    Arena *arena;
} Request;

/* The effect: sends, and completes the job with the final answer: any 2xx (304 too), or an error. */
void request_send(Job *job, Request *request, const RequestSpec *spec);

/* The same of a spec whose making may have failed: that error is then the completion's, and nothing is sent.
 */
void request_try(Job *job, Request *request, const RequestSpec *spec, Error made);

/* The sink cannot go on: the exchange ends soon with this error and is not repeated. */
void request_abandon(Request *request, Error error);

/* The sink can take more. */
void request_resume(Request *request);

/* The value of a header in an answer's header lines; empty data (NULL) when it is not there. */
Slice request_header(Slice headers, Slice name);

/*
 * How long Retry-After asks to wait: seconds, or an HTTP date (RFC 9110 §10.2.3), which is taken by the clock
 * of the answer's own Date header, and by ours (`wall_ms`) where it has none. At most
 * REQUEST_RETRY_AFTER_MS_MAX; 0 when the header is missing, is not of either form, or tells what is past.
 */
double request_retry_after_ms(Slice headers, int64_t wall_ms);

/*
 * What the product above decides for requests. `headers` are lines of every request. `authorize` appends the
 * Authorization header, or returns an error when there is no session. `classify` turns an answer that is not
 * 2xx, or is an HTML page, into an error whose class says what to do (`body` is what came of it). `refresh`
 * is an effect on behalf of the request's job: it renews the session and calls request_refreshed. `count` is
 * told of every request that left, for the budget.
 */
typedef struct RequestPolicy RequestPolicy;

struct RequestPolicy {
    void *context;
    uint32_t
        session; /* raised by whoever renews the session: an answer to an older one says nothing of this */
    Slice headers;
    Error (*authorize)(void *context, Slice *instance_url, Buffer *headers);
    Error (*classify)(void *context, Arena *arena, uint32_t status, Slice headers, Slice body);
    void (*refresh)(void *context, Request *request);
    void (*count)(void *context, Slice purpose, Slice headers);
};

void request_refreshed(Request *request, Error error);

#endif
