/* The engine: jobs that wait for one effect, for several, for children; cancelling; late completions. */
#include "job/engine.h"

#include "fake_host.h"

#define NAP_POINTS(X) X(AWAKE)
#define FAMILY_POINTS(X) X(ALL) X(ONE)

typedef struct Nap {
    Job job;
    double delay_ms;
    Error error; /* to end with */
    int closed;
} Nap;

static JobStatus nap_step(Job *job, const Completion *got)
{
    Nap *const nap = (Nap *)job;
    JOB_BEGIN(job, NAP_POINTS);
    AWAIT(job, AWAKE, engine_timer(job, nap->delay_ms));
    TRY(job, nap->error);
    JOB_END(job);
}

static void nap_close(Job *job)
{
    ((Nap *)job)->closed++;
}

JOB_KIND(nap_kind, "nap", nap_step, nap_close);

typedef struct Family {
    Job job;
    Nap naps[3];
    ErrorCode all;
    ErrorCode one;
} Family;

static void start_all(Family *family)
{
    for (size_t i = 0; i < 3; i++) {
        job_start(family->job.engine, &family->job, &family->naps[i].job, &nap_kind);
    }
}

static JobStatus family_step(Job *job, const Completion *got)
{
    Family *const family = (Family *)job;
    JOB_BEGIN(job, FAMILY_POINTS);
    AWAIT_ANY(job, ALL, start_all(family));
    family->all = got->error.code;
    AWAIT_ANY(job, ONE, job_start(job->engine, job, &family->naps[0].job, &nap_kind));
    family->one = got->error.code;
    JOB_END(job);
}

JOB_KIND(family_kind, "family", family_step, NULL);

typedef struct Bench {
    FakeHost fake;
    Engine engine;
    Arena arena;
    Family family;
    int ended;
} Bench;

static void ended(void *owner, Job *job)
{
    (void)job;
    ((Bench *)owner)->ended++;
}

static void bench_open(Bench *bench)
{
    *bench = (Bench){.ended = 0};
    fake_host_init(&bench->fake);
    engine_init(&bench->engine, &bench->fake.host, PERLY_DIALECT_SQLITE);
    bench->engine.owner = bench;
    bench->engine.root_ended = ended;
    arena_init(&bench->arena, &bench->engine.allocator, 0);
    bench->family.job.arena = &bench->arena;
}

static void bench_begin(Bench *bench)
{
    job_start(&bench->engine, NULL, &bench->family.job, &family_kind);
    engine_drain(&bench->engine);
}

static void bench_close(Bench *bench)
{
    arena_free(&bench->arena);
    fake_host_free(&bench->fake);
    CHECK_INT(bench->fake.memory.bytes, 0, "all returned");
}

static void fire(Bench *bench, uint32_t call)
{
    CHECK(engine_deliver_end(&bench->engine, call, PERLY_END_OK, SLICE("")));
    engine_drain(&bench->engine);
}

static void goes_on_after_the_last_effect(void)
{
    static Bench bench;
    bench_open(&bench);
    bench.family.naps[1].error = error_make(ERROR_JSON_TYPE, SLICE("the first that failed"));
    bench.family.naps[2].error = error_make(ERROR_CSV_SYNTAX, SLICE("a later one"));
    bench_begin(&bench);
    uint32_t calls[3];
    for (size_t i = 0; i < 3; i++) {
        calls[i] = fake_take(&bench.fake).call;
    }
    fire(&bench, calls[1]);
    fire(&bench, calls[2]);
    CHECK_INT(bench.family.all, ERROR_OK, "waits for the last");
    fire(&bench, calls[0]);
    CHECK_TEXT(error_name(bench.family.all), SLICE("JSON_TYPE"), "the first error");
    fire(&bench, fake_take(&bench.fake).call);
    CHECK_INT(bench.family.one, ERROR_OK, "an old error is gone");
    CHECK_INT(bench.ended, 1, "the root ended once");
    CHECK_INT(bench.family.naps[0].closed, 2, "closed once a run");
    CHECK_INT(bench.family.naps[1].closed, 1, "closed");
    bench_close(&bench);
}

static void cancels_children_and_calls(void)
{
    static Bench bench;
    bench_open(&bench);
    bench_begin(&bench);
    uint32_t calls[3];
    for (size_t i = 0; i < 3; i++) {
        calls[i] = fake_take(&bench.fake).call;
    }
    fire(&bench, calls[0]);
    job_cancel(&bench.family.job);
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_CANCEL, "one timer");
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_CANCEL, "the other");
    fire(&bench, calls[1]);
    fire(&bench, calls[2]);
    CHECK_INT(bench.family.all, ERROR_CANCELLED, "the family hears of it");
    /* What a cancelled job starts ends at once: its child is cancelled before its first step. */
    CHECK_INT(bench.family.one, ERROR_CANCELLED, "nothing new begins");
    CHECK_INT(bench.ended, 1, "ended");
    CHECK(!engine_deliver_end(&bench.engine, calls[1], PERLY_END_OK, SLICE("")));
    bench_close(&bench);
}

/* Asks for memory, does not look whether there is any, and hands on what it has. */
#define CARELESS_POINTS(X) X(SEALED)

typedef struct Careless {
    Job job;
    TestAllocator *memory;
    ErrorCode sealed;
} Careless;

static JobStatus careless_step(Job *job, const Completion *got)
{
    Careless *const careless = (Careless *)job;
    JOB_BEGIN(job, CARELESS_POINTS);
    careless->memory->fail_at = careless->memory->calls + 1;
    CHECK(arena_alloc(job->arena, 1, 1) == NULL);
    AWAIT_ANY(job, SEALED, engine_plain_call(job, job->engine->host.seal, SLICE("half a secret")));
    careless->sealed = got->error.code;
    JOB_END(job);
}

JOB_KIND(careless_kind, "careless", careless_step, NULL);

static void asks_nothing_of_the_host_without_memory(void)
{
    static Bench bench;
    static Careless careless;
    bench_open(&bench);
    bench_begin(&bench);
    uint32_t calls[3];
    for (size_t i = 0; i < 3; i++) {
        calls[i] = fake_take(&bench.fake).call;
    }
    careless = (Careless){.job = {.arena = &bench.arena}, .memory = &bench.fake.memory};
    job_start(&bench.engine, NULL, &careless.job, &careless_kind);
    engine_drain(&bench.engine);
    CHECK_TEXT(error_name(careless.sealed), SLICE("OUT_OF_MEMORY"), "it is told");
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_NONE, "nothing is sealed");
    for (size_t i = 0; i < 3; i++) {
        fire(&bench, calls[i]);
    }
    CHECK_TEXT(error_name(bench.family.all), SLICE("OUT_OF_MEMORY"), "others are told");
    CHECK_TEXT(error_name(bench.family.one), SLICE("OUT_OF_MEMORY"), "what starts ends at once");
    CHECK_INT(bench.ended, 2, "both have ended");
    CHECK(engine_recover(&bench.engine));
    CHECK(!engine_recover(&bench.engine));
    bench_begin(&bench);
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_TIMER, "and the next one runs");
    bench_close(&bench);
}

TEST_MAIN(goes_on_after_the_last_effect, cancels_children_and_calls, asks_nothing_of_the_host_without_memory)
