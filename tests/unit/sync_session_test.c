/* The session under requests: what is forgotten, and when nothing may be sent any more. */
#include "sync/run/lease.h"
#include "sync/run/refresh.h"
#include "sync/run/session.h"

#include "fake_host.h"

#define WAIT_POINTS(X) X(ANSWER)

typedef struct Wait {
    Job job;
    Request request;
    Error error;
    bool ended;
} Wait;

static JobStatus wait_step(Job *job, const Completion *got)
{
    Wait *const wait = (Wait *)job;
    static const RequestSpec spec = {.path = SLICE_INIT("/services/data"), .purpose = SLICE_INIT("test")};
    JOB_BEGIN(job, WAIT_POINTS);
    AWAIT_ANY(job, ANSWER, request_send(job, &wait->request, &spec));
    wait->error = got->error;
    JOB_END(job);
}

JOB_KIND(wait_kind, "wait", wait_step, NULL);

typedef struct Bench {
    FakeHost fake;
    Engine engine;
    Session session;
    Arena arena;
    Wait wait;
} Bench;

static void ended(void *owner, Job *job)
{
    Bench *bench = owner;
    if (refresh_is(job)) {
        refresh_ended(job);
    } else {
        bench->wait.ended = true;
    }
}

static void bench_open(Bench *bench)
{
    static const Session facts = {.org_id = SLICE_INIT("00D000000000001AAA"),
                                  .login_base = SLICE_INIT("https://login.salesforce.com"),
                                  .instance_url = SLICE_INIT("https://acme.my.salesforce.com"),
                                  .client_id = SLICE_INIT("fake-client")};
    *bench = (Bench){.wait.ended = false};
    fake_host_init(&bench->fake);
    engine_init(&bench->engine, &bench->fake.host, PERLY_DIALECT_SQLITE);
    bench->engine.owner = bench;
    bench->engine.root_ended = ended;
    session_init(&bench->session, &bench->engine);
    arena_init(&bench->arena, &bench->engine.allocator, 0);
    CHECK_ERROR(session_set_facts(&bench->session, &facts), ERROR_OK, "facts");
    CHECK_ERROR(session_set_secrets(&bench->session, SLICE("fake-access"), SLICE("fake-refresh"), SLICE("")),
                ERROR_OK, "secrets");
    bench->session.connected = true;
    bench->session.lease_token = 7;
}

static void bench_close(Bench *bench, const char *name)
{
    engine_close(&bench->engine);
    refresh_drop(&bench->session);
    session_close(&bench->session);
    arena_free(&bench->arena);
    fake_host_free(&bench->fake);
    CHECK_INT(bench->fake.memory.bytes, 0, name);
}

static FakeEffect send_one(Bench *bench)
{
    bench->wait.job.arena = &bench->arena;
    job_start(&bench->engine, NULL, &bench->wait.job, &wait_kind);
    engine_drain(&bench->engine);
    return fake_take(&bench->fake);
}

static void answer(Bench *bench, uint32_t call, uint32_t status, Slice body)
{
    engine_deliver_head(&bench->engine, call, status, SLICE("content-type: application/json"));
    engine_deliver_body(&bench->engine, call, body);
    engine_deliver_end(&bench->engine, call, PERLY_HTTP_COMPLETE, SLICE(""));
    engine_drain(&bench->engine);
}

static const char EXPIRED[] =
    "[{\"message\":\"Session expired or invalid\",\"errorCode\":\"INVALID_SESSION_ID\"}]";

/* That the refresh token is about to be presented is durable before it is. */
static FakeEffect commit(Bench *bench)
{
    const FakeEffect stored = fake_take(&bench->fake);
    CHECK_INT(stored.kind, FAKE_APPLY, "stored first");
    (void)engine_deliver_end(&bench->engine, stored.call, PERLY_END_OK, SLICE(""));
    engine_drain(&bench->engine);
    return fake_take(&bench->fake);
}

/* A laptop that slept: the answer comes late, and another process may have the lease and a newer token. */
static void asks_for_no_token_after_the_lease(void)
{
    static Bench bench;
    bench_open(&bench);
    const FakeEffect sent = send_one(&bench);
    CHECK_INT(sent.kind, FAKE_HTTP, "sent while the lease is fresh");
    bench.engine.mono_ms = LEASE_SILENT_MS + 1;
    answer(&bench, sent.call, 401, slice_make(EXPIRED, sizeof EXPIRED - 1));
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_NONE, "the refresh token stays here");
    CHECK(bench.wait.ended);
    CHECK_ERROR(bench.wait.error, ERROR_STORE_GUARD, "why");
    bench_close(&bench, "silent");
}

static void asks_for_a_token_under_the_lease(void)
{
    static Bench bench;
    bench_open(&bench);
    const FakeEffect sent = send_one(&bench);
    bench.engine.mono_ms = LEASE_SILENT_MS;
    answer(&bench, sent.call, 401, slice_make(EXPIRED, sizeof EXPIRED - 1));
    const FakeEffect token = commit(&bench);
    CHECK(slice_starts_with(token.bytes, SLICE("POST https://login.salesforce.com/services/oauth2/token")));
    engine_deliver_end(&bench.engine, token.call, PERLY_HTTP_MAYBE_SENT, SLICE("reset"));
    engine_drain(&bench.engine);
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_NONE, "an old token is not presented twice");
    CHECK_ERROR(bench.wait.error, ERROR_REQUEST_UNCLEAR, "unclear");
    bench_close(&bench, "fresh");
}

/* The instance is dropped while the token endpoint is asked. */
static void frees_a_refresh_under_way(void)
{
    static Bench bench;
    bench_open(&bench);
    answer(&bench, send_one(&bench).call, 401, slice_make(EXPIRED, sizeof EXPIRED - 1));
    CHECK_INT(commit(&bench).kind, FAKE_HTTP, "asks");
    bench_close(&bench, "refreshing");
    CHECK(!bench.wait.ended);
}

/* Two requests left with one token; the second 401 comes when the session has been renewed for the first. */
static void renews_once_for_answers_to_one_token(void)
{
    static Bench bench;
    bench_open(&bench);
    const FakeEffect sent = send_one(&bench);
    bench.session.policy.session++; /* as the renewal for another request does, once its token is durable */
    answer(&bench, sent.call, 401, slice_make(EXPIRED, sizeof EXPIRED - 1));
    const FakeEffect again = fake_take(&bench.fake);
    CHECK_INT(again.kind, FAKE_HTTP, "sent again at once, with the token that is there");
    CHECK(slice_starts_with(again.bytes, SLICE("GET https://acme.my.salesforce.com/services/data")));
    answer(&bench, again.call, 401, slice_make(EXPIRED, sizeof EXPIRED - 1));
    CHECK_INT(commit(&bench).kind, FAKE_HTTP, "that token is over too: renewed");
    bench_close(&bench, "late");
}

/* A login that failed half-way must not decide which org the next one may be of. */
static void forgets_facts(void)
{
    static Bench bench;
    bench_open(&bench);
    session_clear(&bench.session);
    CHECK_INT((int64_t)bench.session.org_id.length, 0, "org");
    CHECK_INT((int64_t)bench.session.instance_url.length, 0, "instance");
    CHECK_INT((int64_t)bench.session.api_version.length, 0, "version");
    CHECK_INT(bench.session.connected, false, "connected");
    CHECK_INT(bench.session.lease_token, 7, "the lease is not of the connection");
    bench_close(&bench, "facts");
}

TEST_MAIN(asks_for_no_token_after_the_lease, asks_for_a_token_under_the_lease, frees_a_refresh_under_way,
          renews_once_for_answers_to_one_token, forgets_facts)
