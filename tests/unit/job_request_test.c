/* The request layer by script: what one request does when the host answers so and so. */
#include "job/request.h"

#include "fake_host.h"

#define FETCH_POINTS(X) X(ANSWER)

typedef struct Fetch {
    Job job;
    Request request;
    RequestSpec spec;
    Completion got;
    bool ended;
} Fetch;

static JobStatus fetch_step(Job *job, const Completion *got)
{
    Fetch *const fetch = (Fetch *)job;
    JOB_BEGIN(job, FETCH_POINTS);
    AWAIT_ANY(job, ANSWER, request_send(job, &fetch->request, &fetch->spec));
    fetch->got = *got;
    CHECK(arena_keep(job->arena, got->body, &fetch->got.body));
    TRY(job, got->error);
    JOB_END(job);
}

JOB_KIND(fetch_kind, "fetch", fetch_step, NULL);

typedef struct Bench {
    FakeHost fake;
    Engine engine;
    Arena arena;
    Fetch fetch;
    int refreshes;
    Error refresh_error;
    bool refresh_waits;
} Bench;

static Error authorize(void *context, Slice *instance_url, Buffer *headers)
{
    (void)context;
    *instance_url = SLICE("https://acme.my.salesforce.com");
    buffer_append(headers, SLICE("Authorization: Bearer fake\r\n"));
    return ERROR_NONE;
}

/* 401 is an old session, 503 and a page pass, the rest is final. */
static Error classify(void *context, Arena *arena, uint32_t status, Slice headers, Slice body)
{
    (void)context;
    (void)headers;
    (void)body;
    const ErrorCode code = status == 401                    ? ERROR_SF_SESSION_EXPIRED
                           : status == 503 || status == 200 ? ERROR_HTTP_UNREACHABLE
                                                            : ERROR_JSON_TYPE;
    return ERROR_TEXT(arena, code, SLICE("refused"));
}

static void refresh(void *context, Request *request)
{
    Bench *bench = context;
    bench->refreshes++;
    if (!bench->refresh_waits) {
        request_refreshed(request, bench->refresh_error);
    }
}

static void ended(void *owner, Job *job)
{
    Bench *bench = owner;
    (void)job;
    bench->fetch.ended = true;
}

static RequestPolicy policy;

static void bench_open(Bench *bench, RequestSpec spec)
{
    *bench = (Bench){.refreshes = 0};
    fake_host_init(&bench->fake);
    engine_init(&bench->engine, &bench->fake.host, PERLY_DIALECT_SQLITE);
    policy = (RequestPolicy){.context = bench,
                             .headers = SLICE("User-Agent: bench\r\n"),
                             .authorize = authorize,
                             .classify = classify,
                             .refresh = refresh};
    bench->engine.policy = &policy;
    bench->engine.owner = bench;
    bench->engine.root_ended = ended;
    arena_init(&bench->arena, &bench->engine.allocator, 0);
    bench->fetch.job.arena = &bench->arena;
    bench->fetch.spec = spec;
    job_start(&bench->engine, NULL, &bench->fetch.job, &fetch_kind);
    engine_drain(&bench->engine);
}

static void bench_close(Bench *bench, const char *name)
{
    CHECK_NAMED(bench->fetch.ended, name);
    CHECK_INT(fake_take(&bench->fake).kind, FAKE_NONE, name);
    arena_free(&bench->arena);
    fake_host_free(&bench->fake);
    CHECK_INT(bench->fake.memory.bytes, 0, name);
}

static void answer(Bench *bench, uint32_t call, uint32_t status, Slice headers, Slice body)
{
    engine_deliver_head(&bench->engine, call, status, headers);
    if (body.length != 0) {
        engine_deliver_body(&bench->engine, call, body);
    }
    engine_deliver_end(&bench->engine, call, PERLY_HTTP_COMPLETE, SLICE(""));
    engine_drain(&bench->engine);
}

static RequestSpec get_spec(void)
{
    return (RequestSpec){.method = METHOD_GET, .path = SLICE("/services/data"), .purpose = SLICE("versions")};
}

static RequestSpec post_once_spec(void)
{
    return (RequestSpec){.method = METHOD_POST,
                         .path = SLICE("/x"),
                         .content_type = SLICE("application/json"),
                         .body = SLICE("{}"),
                         .purpose = SLICE("feed.post"),
                         .once = true};
}

static void writes_a_whole_request(void)
{
    static Bench bench;
    bench_open(&bench, post_once_spec());
    const FakeEffect sent = fake_take(&bench.fake);
    CHECK_INT(sent.kind, FAKE_HTTP, "sent");
    CHECK_INT(sent.flags, PERLY_HTTP_ONCE, "once");
    CHECK_TEXT(
        sent.bytes,
        SLICE("POST https://acme.my.salesforce.com/x HTTP/1.1\r\nAccept: application/json\r\n"
              "User-Agent: bench\r\n"
              "Authorization: Bearer fake\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"),
        "bytes");
    answer(&bench, sent.call, 201, SLICE("sforce-limit-info: api-usage=1/100"), SLICE("{\"id\":1}"));
    CHECK_INT(bench.fetch.got.status, 201, "status");
    CHECK_TEXT(bench.fetch.got.body, SLICE("{\"id\":1}"), "body");
    bench_close(&bench, "whole request");
}

static void waits_and_repeats_what_passes(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    FakeEffect sent = fake_take(&bench.fake);
    answer(&bench, sent.call, 503, SLICE("retry-after: 7"), SLICE(""));
    const FakeEffect timer = fake_take(&bench.fake);
    CHECK_INT(timer.kind, FAKE_TIMER, "pauses");
    CHECK_INT((int64_t)timer.delay_ms, 7000, "as long as Retry-After says");
    engine_deliver_end(&bench.engine, timer.call, PERLY_END_OK, SLICE(""));
    sent = fake_take(&bench.fake);
    engine_deliver_end(&bench.engine, sent.call, PERLY_HTTP_MAYBE_SENT, SLICE("reset"));
    const FakeEffect second = fake_take(&bench.fake);
    CHECK(second.kind == FAKE_TIMER && second.delay_ms >= 1000 && second.delay_ms <= 2000);
    engine_deliver_end(&bench.engine, second.call, PERLY_END_OK, SLICE(""));
    sent = fake_take(&bench.fake);
    answer(&bench, sent.call, 200, SLICE(""), SLICE("[]"));
    CHECK_INT(bench.fetch.got.error.code, ERROR_OK, "third attempt");
    bench_close(&bench, "repeats");
}

static void gives_up_after_the_attempts(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    int sent = 0;
    for (FakeEffect effect = fake_take(&bench.fake); effect.kind != FAKE_NONE;
         effect = fake_take(&bench.fake)) {
        if (effect.kind == FAKE_HTTP) {
            sent++;
            engine_deliver_end(&bench.engine, effect.call, PERLY_HTTP_NEVER_SENT, SLICE("refused"));
        } else {
            engine_deliver_end(&bench.engine, effect.call, PERLY_END_OK, SLICE(""));
        }
        engine_drain(&bench.engine);
    }
    CHECK_INT(sent, REQUEST_ATTEMPTS_MAX, "attempts");
    CHECK_ERROR(bench.fetch.got.error, ERROR_HTTP_UNREACHABLE, "error");
    bench_close(&bench, "gives up");
}

static void never_repeats_what_may_have_arrived(void)
{
    static const struct {
        const char *name;
        uint32_t outcome;
        uint32_t status;
        Slice headers;
    } rows[] = {{"cut", PERLY_HTTP_MAYBE_SENT, 0, SLICE_INIT("")},
                {"server error", PERLY_HTTP_COMPLETE, 503, SLICE_INIT("")},
                {"page", PERLY_HTTP_COMPLETE, 200, SLICE_INIT("Content-Type: text/html; charset=UTF-8\n")}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static Bench bench;
        bench_open(&bench, post_once_spec());
        const FakeEffect sent = fake_take(&bench.fake);
        if (rows[i].status != 0) {
            engine_deliver_head(&bench.engine, sent.call, rows[i].status, rows[i].headers);
            engine_deliver_body(&bench.engine, sent.call, SLICE("<html>"));
        }
        engine_deliver_end(&bench.engine, sent.call, rows[i].outcome, SLICE(""));
        engine_drain(&bench.engine);
        CHECK_ERROR(bench.fetch.got.error, ERROR_REQUEST_UNCLEAR, rows[i].name);
        bench_close(&bench, rows[i].name);
    }
}

static void refreshes_once(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    answer(&bench, fake_take(&bench.fake).call, 401, SLICE(""), SLICE(""));
    answer(&bench, fake_take(&bench.fake).call, 401, SLICE(""), SLICE(""));
    CHECK_INT(bench.refreshes, 1, "one refresh");
    CHECK_ERROR(bench.fetch.got.error, ERROR_SF_SESSION_EXPIRED, "the second 401 is final");
    bench_close(&bench, "refresh");
}

/* A session that was accepted may end while the request is repeated for another reason. */
static void refreshes_again_after_an_answer(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    answer(&bench, fake_take(&bench.fake).call, 401, SLICE(""), SLICE(""));
    answer(&bench, fake_take(&bench.fake).call, 503, SLICE(""), SLICE(""));
    engine_deliver_end(&bench.engine, fake_take(&bench.fake).call, PERLY_END_OK, SLICE(""));
    answer(&bench, fake_take(&bench.fake).call, 401, SLICE(""), SLICE(""));
    answer(&bench, fake_take(&bench.fake).call, 200, SLICE(""), SLICE("[]"));
    CHECK_INT(bench.refreshes, 2, "two refreshes");
    CHECK_ERROR(bench.fetch.got.error, ERROR_OK, "done");
    bench_close(&bench, "refresh again");
}

static void is_cancelled_in_a_pause(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    answer(&bench, fake_take(&bench.fake).call, 503, SLICE(""), SLICE(""));
    const FakeEffect timer = fake_take(&bench.fake);
    job_cancel(&bench.fetch.job);
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_CANCEL, "the timer is cancelled");
    engine_deliver_end(&bench.engine, timer.call, PERLY_END_OK, SLICE(""));
    engine_drain(&bench.engine);
    CHECK_ERROR(bench.fetch.got.error, ERROR_CANCELLED, "error");
    CHECK_INT(bench.fetch.job.status, JOB_FAILED, "failed");
    bench_close(&bench, "cancel");
}

/* Its timer is still open: the job must not go on before that has ended, and then once. */
static void is_abandoned_in_a_pause(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    answer(&bench, fake_take(&bench.fake).call, 503, SLICE(""), SLICE(""));
    const FakeEffect timer = fake_take(&bench.fake);
    request_abandon(&bench.fetch.request, error_make(ERROR_STORE_FULL, SLICE("no room")));
    engine_drain(&bench.engine);
    CHECK(!bench.fetch.ended);
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_CANCEL, "the timer is cancelled");
    engine_deliver_end(&bench.engine, timer.call, PERLY_END_CANCELLED, SLICE(""));
    engine_drain(&bench.engine);
    CHECK_ERROR(bench.fetch.got.error, ERROR_STORE_FULL, "why it was abandoned");
    bench_close(&bench, "abandon in a pause");
}

static void is_abandoned_in_a_refresh(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    bench.refresh_waits = true;
    answer(&bench, fake_take(&bench.fake).call, 401, SLICE(""), SLICE(""));
    request_abandon(&bench.fetch.request, error_make(ERROR_STORE_FULL, SLICE("no room")));
    engine_drain(&bench.engine);
    CHECK(!bench.fetch.ended);
    request_refreshed(&bench.fetch.request, ERROR_NONE);
    engine_drain(&bench.engine);
    CHECK_ERROR(bench.fetch.got.error, ERROR_STORE_FULL, "why it was abandoned");
    bench_close(&bench, "abandon in a refresh");
}

/* The next block of the job's arena is where the request was written. */
static void leaves_no_token_behind(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    const Slice left = slice_make(arena_alloc(&bench.arena, 512, 1), 512);
    CHECK_INT(slice_find(left, SLICE("fake"), 0) == SIZE_MAX, true, "no token");
    answer(&bench, fake_take(&bench.fake).call, 200, SLICE(""), SLICE("{}"));
    bench_close(&bench, "token");
}

/* A sink that is still busy with what an attempt before left. */

typedef struct Busy {
    int asked;
    size_t bytes;
} Busy;

static uint32_t busy_reset(void *context)
{
    (void)context;
    return PERLY_WAIT;
}

static uint32_t busy_body(void *context, Slice bytes)
{
    (void)context;
    (void)bytes;
    return PERLY_WAIT;
}

static Error busy_end(void *context)
{
    ((Busy *)context)->asked++;
    return ERROR_NONE;
}

static void waits_for_a_busy_sink(void)
{
    static Bench bench;
    Busy busy = {0};
    const Sink sink = {&busy, busy_reset, busy_body, busy_end, NULL};
    RequestSpec spec = get_spec();
    spec.sink = &sink;
    bench_open(&bench, spec);
    answer(&bench, fake_take(&bench.fake).call, 200, SLICE(""), SLICE("")); /* no body would have told it */
    CHECK(!bench.fetch.ended);
    CHECK_INT(busy.asked, 0, "not asked before it can answer");
    request_resume(&bench.fetch.request);
    engine_drain(&bench.engine);
    CHECK_INT(busy.asked, 1, "asked once");
    bench_close(&bench, "busy sink");
}

static uint32_t open_reset(void *context)
{
    (void)context;
    return PERLY_MORE;
}

static uint32_t counting_body(void *context, Slice bytes)
{
    ((Busy *)context)->bytes += bytes.length;
    return PERLY_MORE;
}

/* A page of maintenance with status 200 is no rows: it never reaches the sink, and passes. */
static void gives_no_page_to_a_sink(void)
{
    static Bench bench;
    Busy busy = {0};
    const Sink sink = {&busy, open_reset, counting_body, busy_end, NULL};
    RequestSpec spec = get_spec();
    spec.sink = &sink;
    bench_open(&bench, spec);
    answer(&bench, fake_take(&bench.fake).call, 200, SLICE("content-type: Text/HTML\n"), SLICE("<html>"));
    CHECK_INT(busy.bytes + (size_t)busy.asked, 0, "nothing reached the sink");
    engine_deliver_end(&bench.engine, fake_take(&bench.fake).call, PERLY_END_OK, SLICE(""));
    engine_drain(&bench.engine);
    answer(&bench, fake_take(&bench.fake).call, 200, SLICE("content-type: text/csv\n"), SLICE("\"Id\"\n"));
    CHECK_INT(busy.bytes, 5, "the rows did");
    CHECK_ERROR(bench.fetch.got.error, ERROR_OK, "in the end");
    bench_close(&bench, "a page");
}

static void finds_headers(void)
{
    const Slice headers = SLICE("sforce-locator: null\nx-empty:\nsforce-numberofrecords: 42");
    CHECK_TEXT(request_header(headers, SLICE("Sforce-Locator")), SLICE("null"), "first");
    CHECK_TEXT(request_header(headers, SLICE("sforce-numberofrecords")), SLICE("42"), "last");
    CHECK(request_header(headers, SLICE("x-empty")).data != NULL);
    CHECK(request_header(headers, SLICE("absent")).data == NULL);
}

/* Our clock is an hour and more from Salesforce's, which alone counts. */
static void waits_as_retry_after_says(void)
{
    static const struct {
        const char *headers;
        double wait_ms;
    } rows[] = {
        {"retry-after: 7\n", 7000},
        {"retry-after: 0\n", 0},
        {"retry-after:\n", 0},
        {"x: 7\n", 0},
        {"retry-after: -7\n", 0},
        {"retry-after: 7.5\n", 0},
        {"retry-after: soon\n", 0},
        {"retry-after: 86401\n", REQUEST_RETRY_AFTER_MS_MAX},
        {"retry-after: 18446744073709551615\n", REQUEST_RETRY_AFTER_MS_MAX},
        {"date: Sun, 06 Nov 1994 08:49:37 GMT\nretry-after: Sun, 06 Nov 1994 08:50:17 GMT\n", 40000},
        {"date: Sun, 06 Nov 1994 08:49:37 GMT\nretry-after: Sunday, 06-Nov-94 08:50:17 GMT\n", 40000},
        {"date: Sun, 06 Nov 1994 08:49:37 GMT\nretry-after: Sun Nov  6 08:50:17 1994\n", 40000},
        {"date: Sun, 06 Nov 1994 08:49:37 GMT\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\n", 0},
        {"date: Sun, 06 Nov 1994 08:49:37 GMT\nretry-after: Sun, 06 Nov 1994 08:49:36 GMT\n", 0},
        {"date: Sun, 06 Nov 1994 08:49:37 GMT\nretry-after: Fri, 31 Dec 9999 23:59:59 GMT\n",
         REQUEST_RETRY_AFTER_MS_MAX},
        {"retry-after: Sun, 06 Nov 1994 09:59:57 GMT\n", 20000},
        {"date: soon\nretry-after: Sun, 06 Nov 1994 09:59:57 GMT\n", 20000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const Slice headers = slice_make(rows[i].headers, strlen(rows[i].headers));
        const double wait_ms = request_retry_after_ms(headers, 784115977000); /* 09:59:37 */
        CHECK_NAMED(wait_ms == rows[i].wait_ms, rows[i].headers);
    }
}

static void gives_up_what_is_to_wait_long(void)
{
    static Bench bench;
    bench_open(&bench, get_spec());
    answer(&bench, fake_take(&bench.fake).call, 503, SLICE("retry-after: 90000"), SLICE(""));
    CHECK_ERROR(bench.fetch.got.error, ERROR_HTTP_UNREACHABLE, "after one attempt");
    CHECK_INT((int64_t)bench.fetch.request.retry_after_ms, REQUEST_RETRY_AFTER_MS_MAX, "for whoever asks");
    bench_close(&bench, "long");
}

TEST_MAIN(writes_a_whole_request, waits_as_retry_after_says, gives_up_what_is_to_wait_long,
          waits_and_repeats_what_passes, gives_up_after_the_attempts, never_repeats_what_may_have_arrived,
          refreshes_once, refreshes_again_after_an_answer, is_cancelled_in_a_pause, is_abandoned_in_a_pause,
          is_abandoned_in_a_refresh, leaves_no_token_behind, waits_for_a_busy_sink, gives_no_page_to_a_sink,
          finds_headers)
