#include "job/request.h"

#include "base/assert.h"
#include "base/http_date.h"
#include "base/number.h"

enum { BACKOFF_MS_MIN = 1000, BACKOFF_MS_MAX = 60000, PAUSE_MS_MAX = 300000, HEADERS_LIMIT = 64 << 10 };

static Engine *engine_of(const Request *request)
{
    return request->job->engine;
}

static void finish(Request *request, Error error)
{
    request->state = REQUEST_IDLE;
    if (request->spec.sink != NULL && request->spec.sink->closed != NULL) {
        request->spec.sink->closed(request->spec.sink->context, error);
    }
    const Completion completion = {.error = error,
                                   .status = request->status,
                                   .headers = buffer_slice(&request->headers),
                                   .body = buffer_slice(&request->body)};
    engine_complete(request->job, &completion);
}

Slice request_header(Slice headers, Slice name)
{
    size_t at = 0;
    while (at < headers.length) {
        const size_t end = slice_find_byte(headers, '\n', at);
        const Slice line = slice_part(headers, at, end);
        const size_t colon = slice_find_byte(line, ':', 0);
        if (colon < line.length && slice_equal_ignoring_case(slice_part(line, 0, colon), name)) {
            return slice_trim(slice_part(line, colon + 1, line.length));
        }
        at = end + 1;
    }
    return (Slice){NULL, 0};
}

double request_retry_after_ms(Slice headers, int64_t wall_ms)
{
    const Slice value = request_header(headers, SLICE("retry-after"));
    uint64_t seconds = 0;
    int64_t until_ms = 0;
    int64_t date_ms = 0;
    double wait_ms = 0;
    if (number_parse_uint64(value, &seconds).code == ERROR_OK) {
        wait_ms = (double)seconds * 1000;
    } else if (http_date_parse(value, &until_ms).code == ERROR_OK) {
        const bool dated = http_date_parse(request_header(headers, SLICE("date")), &date_ms).code == ERROR_OK;
        wait_ms = (double)(until_ms - (dated ? date_ms : wall_ms));
    }
    return wait_ms < 0 ? 0 : wait_ms < REQUEST_RETRY_AFTER_MS_MAX ? wait_ms : REQUEST_RETRY_AFTER_MS_MAX;
}

static Slice method_text(RequestMethod method)
{
    static const Slice names[] = {SLICE_INIT("GET"), SLICE_INIT("POST"), SLICE_INIT("PATCH"),
                                  SLICE_INIT("PUT"), SLICE_INIT("DELETE")};
    return names[method];
}

/* No API answers in HTML: it is a page of maintenance, of a login or of a proxy, whatever its status says. An
 * answer without a body says nothing but its status, so there the type means nothing. */
static bool is_page(const Request *request)
{
    const Slice html = SLICE("text/html");
    const Slice type = request_header(buffer_slice(&request->headers), SLICE("content-type"));
    return type.length >= html.length && slice_equal_ignoring_case(slice_part(type, 0, html.length), html) &&
           (request->spec.sink != NULL || request->body.length != 0);
}

static bool is_success(const Request *request)
{
    return ((request->status >= 200 && request->status < 300) || request->status == 304) && !is_page(request);
}

static bool takes_sink(const Request *request)
{
    return request->spec.sink != NULL && request->status != 304 && is_success(request);
}

/* Completions of the host. */

static void on_head(void *context, uint32_t status, Slice headers)
{
    Request *request = context;
    request->status = status;
    buffer_append(&request->headers, headers);
}

static uint32_t on_body(void *context, Slice bytes)
{
    Request *request = context;
    if (takes_sink(request)) {
        request->sink_waiting = request->spec.sink->body(request->spec.sink->context, bytes) == PERLY_WAIT;
        return request->sink_waiting ? PERLY_WAIT : PERLY_MORE;
    }
    buffer_append(&request->body, bytes);
    return PERLY_MORE;
}

static void conclude(Request *request);

static void on_end(void *context, uint32_t outcome, Slice text)
{
    Request *request = context;
    if (outcome == PERLY_HTTP_COMPLETE || !arena_keep(request->arena, text, &request->reason)) {
        request->reason = SLICE("");
    }
    request->outcome = outcome;
    request->ended = true;
    if (!request->sink_waiting || outcome != PERLY_HTTP_COMPLETE) {
        conclude(request);
    }
}

void request_resume(Request *request)
{
    request->sink_waiting = false;
    if (request->state != REQUEST_SENT) {
        return;
    }
    if (request->ended) {
        conclude(request);
    } else {
        engine_call_resume(engine_of(request), request->call);
    }
}

/* An attempt. */

static Error write_head(Request *request, Buffer *text)
{
    const RequestSpec *spec = &request->spec;
    const RequestPolicy *policy = engine_of(request)->policy;
    Slice base = spec->base;
    Buffer authorization;
    buffer_init(&authorization, request->arena, 0);
    if (!spec->anonymous) {
        Slice instance_url = {NULL, 0};
        RETURN_IF_ERROR(policy->authorize(policy->context, &instance_url, &authorization));
        base = base.length == 0 ? instance_url : base;
    }
    const Slice accept = spec->accept.length == 0 ? SLICE("application/json") : spec->accept;
    const Slice parts[] = {method_text(spec->method),      SLICE(" "),   base,          spec->path,
                           SLICE(" HTTP/1.1\r\nAccept: "), accept,       SLICE("\r\n"), policy->headers,
                           buffer_slice(&authorization),   spec->headers};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        buffer_append(text, parts[i]);
    }
    if (spec->content_type.length != 0) {
        buffer_append(text, SLICE("Content-Type: "));
        buffer_append(text, spec->content_type);
        buffer_append(text, SLICE("\r\nContent-Length: "));
        buffer_append_uint64(text, spec->body.length);
        buffer_append(text, SLICE("\r\n"));
    }
    buffer_append(text, SLICE("\r\n"));
    buffer_append(text, spec->body);
    return text->failed || authorization.failed
               ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a request"))
               : ERROR_NONE;
}

static void begin_answer(Request *request)
{
    request->status = 0;
    request->told = ERROR_OK;
    request->ended = false;
    request->sink_waiting = false;
    buffer_init(&request->headers, request->arena, HEADERS_LIMIT);
    const size_t limit =
        request->spec.body_limit == 0 ? (size_t)REQUEST_BODY_LIMIT : request->spec.body_limit;
    buffer_init(&request->body, request->arena, limit);
    if (request->spec.sink != NULL) {
        request->sink_waiting = request->spec.sink->reset(request->spec.sink->context) == PERLY_WAIT;
    }
}

static void attempt(Request *request)
{
    Engine *engine = engine_of(request);
    Error error = engine_halted(request->job);
    if (error.code != ERROR_OK) {
        finish(request, error);
        return;
    }
    begin_answer(request);
    const ArenaMark mark = arena_mark(request->arena);
    Buffer text;
    buffer_init(&text, request->arena, 0);
    error = write_head(request, &text);
    if (error.code != ERROR_OK) {
        finish(request, error);
        return;
    }
    const CallOwner owner = {
        .job = request->job, .context = request, .head = on_head, .body = on_body, .end = on_end};
    request->attempt++;
    request->state = REQUEST_SENT;
    request->session = engine->policy->session;
    request->call = engine_call_open(engine, CALL_HTTP, owner);
    const uint32_t flags = request->spec.once ? PERLY_HTTP_ONCE : PERLY_HTTP_IDEMPOTENT;
    engine->host.http_send(engine->host.context, request->call, flags, text.data, text.length);
    arena_rewind_wiped(request->arena, mark); /* the host has copied it; a token does not stay here */
}

void request_send(Job *job, Request *request, const RequestSpec *spec)
{
    engine_begin(job);
    *request = (Request){.job = job, .spec = *spec, .arena = job->arena};
    attempt(request);
}

void request_try(Job *job, Request *request, const RequestSpec *spec, Error made)
{
    if (made.code != ERROR_OK) {
        engine_fail(job, made);
        return;
    }
    request_send(job, request, spec);
}

/* What comes after an attempt. */

static void on_pause_over(void *context, uint32_t end, Slice payload)
{
    Request *request = context;
    (void)end;
    (void)payload;
    if (request->abandoned.code != ERROR_OK) {
        finish(request, request->abandoned);
    } else {
        attempt(request);
    }
}

void request_abandon(Request *request, Error error)
{
    if (request->state == REQUEST_IDLE) {
        return;
    }
    request->abandoned = error;
    request->sink_waiting = false;
    if (request->state == REQUEST_SENT && request->ended) {
        conclude(request); /* only the sink was waited for */
    } else if (request->state != REQUEST_REFRESHING) {
        engine_call_cancel(engine_of(request), request->call); /* its end concludes */
    }
}

/* Doubles with each attempt; half of it is random, so that many clients do not come back together. */
static uint32_t backoff_ms(const Request *request)
{
    const Engine *engine = engine_of(request);
    uint32_t delay = BACKOFF_MS_MIN;
    for (uint32_t i = 1; i < request->attempt; i++) {
        delay = delay * 2 < BACKOFF_MS_MAX ? delay * 2 : BACKOFF_MS_MAX;
    }
    uint16_t dice = 0;
    char bytes[sizeof dice];
    engine->host.random(engine->host.context, bytes, sizeof bytes);
    memcpy(&dice, bytes, sizeof dice);
    return delay / 2 + delay / 2 * dice / UINT16_MAX;
}

static void pause(Request *request, Error error)
{
    Engine *engine = engine_of(request);
    const double wanted = request->retry_after_ms;
    const bool hopeless = request->attempt >= REQUEST_ATTEMPTS_MAX || wanted > PAUSE_MS_MAX;
    const double delay = wanted > 0 ? wanted : backoff_ms(request);
    const bool too_late = engine->stopping && engine->mono_ms + delay >= engine->stop_mono_ms;
    if (hopeless || too_late || request->job->cancelled) {
        finish(request, error);
        return;
    }
    request->state = REQUEST_PAUSED;
    request->refreshed = request->refreshed && request->status == 0; /* what answered took the session */
    const CallOwner owner = {.job = request->job, .context = request, .end = on_pause_over};
    request->call = engine_call_open(engine, CALL_TIMER, owner);
    engine->host.timer(engine->host.context, request->call, delay);
}

static void refresh(Request *request, Error error)
{
    const RequestPolicy *policy = engine_of(request)->policy;
    if (!request->spec.anonymous && request->session != policy->session) {
        attempt(request); /* another request has renewed it meanwhile */
        return;
    }
    if (request->refreshed || request->spec.anonymous) {
        finish(request, error); /* one refresh a request: a 401 with a fresh token is final */
        return;
    }
    request->refreshed = true;
    request->state = REQUEST_REFRESHING;
    policy->refresh(policy->context, request);
}

void request_refreshed(Request *request, Error error)
{
    perly_assert(request->state == REQUEST_REFRESHING);
    if (error.code != ERROR_OK || request->abandoned.code != ERROR_OK) {
        finish(request, error.code != ERROR_OK ? error : request->abandoned);
        return;
    }
    attempt(request);
}

static Error transport_error(const Request *request)
{
    const Slice reason = request->reason.length == 0 ? SLICE("the host gave no reason") : request->reason;
    switch (request->outcome) {
    case PERLY_HTTP_COMPLETE: return ERROR_NONE;
    case PERLY_HTTP_CANCELLED: return error_make(ERROR_CANCELLED, SLICE("stopped"));
    case PERLY_HTTP_NEVER_SENT:
        return ERROR_TEXT(request->arena, ERROR_HTTP_UNREACHABLE, SLICE("no connection for "),
                          request->spec.purpose, SLICE(": "), reason);
    default:
        return ERROR_TEXT(request->arena, request->spec.once ? ERROR_REQUEST_UNCLEAR : ERROR_HTTP_CUT,
                          SLICE("the connection broke during "), request->spec.purpose, SLICE(": "), reason);
    }
}

static Error answer_error(Request *request)
{
    const RequestPolicy *policy = engine_of(request)->policy;
    const RequestSpec *spec = &request->spec;
    if (is_success(request)) {
        if (request->body.failed) {
            return ERROR_TEXT(request->arena, ERROR_HTTP_BODY_TOO_LONG, SLICE("too long an answer to "),
                              spec->purpose);
        }
        return takes_sink(request) && spec->sink->end != NULL ? spec->sink->end(spec->sink->context)
                                                              : ERROR_NONE;
    }
    const Error error = policy->classify(policy->context, request->arena, request->status,
                                         buffer_slice(&request->headers), buffer_slice(&request->body));
    /* It may have been done before the failure: only a look can tell (salesforce: 500, 502, 503, 504). What
     * the answer says besides may shorten that. */
    if (spec->once && (request->status >= 500 || request->status < 300)) {
        request->told = error.code;
        return ERROR_TEXT(request->arena, ERROR_REQUEST_UNCLEAR, SLICE("no clear answer to "), spec->purpose,
                          SLICE(": "), error.message);
    }
    return error;
}

static void conclude(Request *request)
{
    const RequestPolicy *policy = engine_of(request)->policy;
    if (request->abandoned.code != ERROR_OK) {
        finish(request, request->abandoned);
        return;
    }
    if (policy->count != NULL && request->outcome != PERLY_HTTP_NEVER_SENT) {
        policy->count(policy->context, request->spec.purpose, buffer_slice(&request->headers));
    }
    Error error = transport_error(request);
    if (error.code == ERROR_OK) {
        error = answer_error(request);
    }
    request->retry_after_ms =
        request_retry_after_ms(buffer_slice(&request->headers), request->job->engine->wall_ms);
    if (error.code == ERROR_OK || error.code == ERROR_REQUEST_UNCLEAR || error.code == ERROR_CANCELLED) {
        finish(request, error);
        return;
    }
    switch (error_class(error.code)) {
    case ERROR_CLASS_RETRY_NOW:
    case ERROR_CLASS_RETRY_LATER: pause(request, error); break;
    case ERROR_CLASS_REFRESH: refresh(request, error); break;
    case ERROR_CLASS_NONE:
    case ERROR_CLASS_RECONNECT:
    case ERROR_CLASS_SKIP_RECORD:
    case ERROR_CLASS_STOP_JOB: finish(request, error); break;
    }
}
