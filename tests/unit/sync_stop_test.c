/* Stopping a command by script: before it has begun, while it waits, and when its deadline passes. */
#include "perly/perly.h"

#include "fake_host.h"
#include "row/row.h"

typedef struct Bench {
    FakeHost fake;
    Perly *perly;
    double mono_ms;
} Bench;

static void bench_open(Bench *bench, Slice command)
{
    *bench = (Bench){.mono_ms = 1000};
    fake_host_init(&bench->fake);
    bench->perly = perly_core_new(&bench->fake.host, PERLY_DIALECT_SQLITE);
    CHECK_INT(perly_command_run(bench->perly, 0, bench->mono_ms, command.data, command.length), 0, "begun");
}

static void bench_close(Bench *bench, const char *name)
{
    perly_core_free(bench->perly);
    fake_host_free(&bench->fake);
    CHECK_INT(bench->fake.memory.bytes, 0, name);
}

static FakeEffect expect(Bench *bench, FakeKind kind, const char *name)
{
    const FakeEffect effect = fake_take(&bench->fake);
    CHECK_INT(effect.kind, kind, name);
    return effect;
}

static void end(Bench *bench, FakeEffect effect, uint32_t outcome)
{
    perly_call_end(bench->perly, 0, bench->mono_ms, effect.call, outcome, NULL, 0);
}

static void expect_stopped(Bench *bench, const char *name)
{
    const FakeEffect event = expect(bench, FAKE_EVENT, name);
    CHECK_NAMED(slice_find(event.bytes, SLICE("\"code\":\"CANCELLED\""), 0) != SIZE_MAX, name);
    CHECK_INT(perly_core_busy(bench->perly), 0, name);
}

static void stop(Bench *bench, double by_mono_ms)
{
    perly_command_stop(bench->perly, 0, bench->mono_ms, by_mono_ms);
}

/* One row of a held lease: token, counter, holder. */
static void hold_lease(Bench *bench, FakeEffect query)
{
    static const RowColumn columns[] = {
        {SLICE_INIT("1"), ROW_INT64}, {SLICE_INIT("2"), ROW_INT64}, {SLICE_INIT("3"), ROW_TEXT}};
    static const RowSchema schema = {columns, 3};
    Arena arena;
    RowWriter row;
    Slice bytes = {NULL, 0};
    arena_init(&arena, &bench->fake.memory.allocator, 0);
    row_writer_init(&row, &arena, &schema, 0);
    row_writer_begin(&row);
    row_writer_int64(&row, 0, 4);
    row_writer_int64(&row, 1, 9);
    row_writer_text(&row, 2, SLICE("another host"));
    CHECK_ERROR(row_writer_end(&row), ERROR_OK, "row");
    CHECK_ERROR(row_writer_finish(&row, &bytes), ERROR_OK, "rows");
    perly_store_rows(bench->perly, 0, bench->mono_ms, query.call, bytes.data, bytes.length);
    arena_free(&arena);
    end(bench, query, PERLY_END_OK);
}

static void stops_before_it_has_begun(void)
{
    static Bench bench;
    bench_open(&bench, SLICE("{\"command\":\"sync\"}"));
    const FakeEffect migrate = expect(&bench, FAKE_MIGRATE, "migrates");
    stop(&bench, bench.mono_ms);
    end(&bench, migrate, PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "connection"), PERLY_END_OK);
    expect_stopped(&bench, "takes no lease");
    bench_close(&bench, "before");
}

static void stops_while_it_waits_for_the_lease(void)
{
    static Bench bench;
    bench_open(&bench, SLICE("{\"command\":\"sync\"}"));
    end(&bench, expect(&bench, FAKE_MIGRATE, "migrates"), PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "connection"), PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "budget"), PERLY_END_OK);
    hold_lease(&bench, expect(&bench, FAKE_QUERY, "lease"));
    const FakeEffect watch = expect(&bench, FAKE_TIMER, "watches");
    stop(&bench, bench.mono_ms);
    CHECK_INT(expect(&bench, FAKE_CANCEL, "the watch").call, watch.call, "cancelled");
    end(&bench, watch, PERLY_END_CANCELLED);
    expect_stopped(&bench, "waits no longer");
    bench_close(&bench, "lease");
}

static void stops_when_its_deadline_passes(void)
{
    static Bench bench;
    bench_open(&bench, SLICE("{\"command\":\"sync\"}"));
    stop(&bench, bench.mono_ms + 10000);
    const FakeEffect migrate = expect(&bench, FAKE_MIGRATE, "migrates");
    const FakeEffect deadline = expect(&bench, FAKE_TIMER, "the deadline");
    CHECK_INT((int64_t)deadline.delay_ms, 10000, "how long");
    end(&bench, migrate, PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "connection"), PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "budget"), PERLY_END_OK);
    hold_lease(&bench, expect(&bench, FAKE_QUERY, "lease"));
    const FakeEffect watch = expect(&bench, FAKE_TIMER, "watches");
    bench.mono_ms += 10000;
    perly_timer_fire(bench.perly, 0, bench.mono_ms, deadline.call);
    CHECK_INT(expect(&bench, FAKE_CANCEL, "the watch").call, watch.call, "cancelled");
    end(&bench, watch, PERLY_END_CANCELLED);
    expect_stopped(&bench, "stopped");
    bench_close(&bench, "deadline");
}

/* The timer of a command that ended earlier must not stop the next one. */
static void forgets_a_deadline(void)
{
    static Bench bench;
    bench_open(&bench, SLICE("{\"command\":\"accounts\",\"risk\":\"none such\"}"));
    stop(&bench, bench.mono_ms + 10000);
    end(&bench, expect(&bench, FAKE_MIGRATE, "migrates"), PERLY_END_OK);
    const FakeEffect deadline = expect(&bench, FAKE_TIMER, "the deadline");
    end(&bench, expect(&bench, FAKE_QUERY, "connection"), PERLY_END_OK);
    CHECK_INT(expect(&bench, FAKE_CANCEL, "the deadline").call, deadline.call, "cancelled");
    (void)expect(&bench, FAKE_EVENT, "the end");
    const Slice next = SLICE("{\"command\":\"sync\"}");
    (void)perly_command_run(bench.perly, 0, bench.mono_ms, next.data, next.length);
    perly_timer_fire(bench.perly, 0, bench.mono_ms + 10000, deadline.call);
    end(&bench, expect(&bench, FAKE_MIGRATE, "migrates"), PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "connection"), PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "budget"), PERLY_END_OK);
    const FakeEffect lease = expect(&bench, FAKE_QUERY, "goes on");
    stop(&bench, bench.mono_ms);
    end(&bench, lease, PERLY_END_FAILED);
    (void)expect(&bench, FAKE_EVENT, "the end");
    bench_close(&bench, "forgotten");
}

/* Up to the moment when the lease of a dead holder is being taken. */
static FakeEffect take_lease(Bench *bench)
{
    end(bench, expect(bench, FAKE_MIGRATE, "migrates"), PERLY_END_OK);
    end(bench, expect(bench, FAKE_QUERY, "connection"), PERLY_END_OK);
    end(bench, expect(bench, FAKE_QUERY, "budget"), PERLY_END_OK);
    hold_lease(bench, expect(bench, FAKE_QUERY, "lease"));
    for (int i = 0; i < 3; i++) {
        const FakeEffect watch = expect(bench, FAKE_TIMER, "watches");
        bench->mono_ms += watch.delay_ms;
        perly_timer_fire(bench->perly, 0, bench->mono_ms, watch.call);
        hold_lease(bench, expect(bench, FAKE_QUERY, "lease"));
    }
    return expect(bench, FAKE_APPLY, "takes");
}

/* A cancelled commit may have happened: the next one would wait 45 s for a lease that nobody has. */
static void gives_back_a_lease_that_it_was_taking(void)
{
    static Bench bench;
    bench_open(&bench, SLICE("{\"command\":\"sync\"}"));
    const FakeEffect take = take_lease(&bench);
    stop(&bench, bench.mono_ms);
    CHECK_INT(fake_take(&bench.fake).kind, FAKE_NONE, "the commit is not cancelled");
    end(&bench, take, PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_APPLY, "gives it back"), PERLY_END_OK);
    expect_stopped(&bench, "stopped");
    bench_close(&bench, "taking");
}

/* What runs is dropped with the instance, its memory too. */
static void is_freed_while_a_command_runs(void)
{
    static Bench bench;
    bench_open(&bench, SLICE("{\"command\":\"accounts\"}"));
    bench_close(&bench, "migrating");
    bench_open(&bench, SLICE("{\"command\":\"accounts\"}"));
    end(&bench, expect(&bench, FAKE_MIGRATE, "migrates"), PERLY_END_OK);
    end(&bench, expect(&bench, FAKE_QUERY, "connection"), PERLY_END_OK);
    (void)expect(&bench, FAKE_QUERY, "a child reads");
    bench_close(&bench, "reading");
    bench_open(&bench, SLICE("{\"command\":\"signals_import\",\"text\":\"account,name,value,time\"}"));
    end(&bench, take_lease(&bench), PERLY_END_OK);
    (void)expect(&bench, FAKE_TIMER, "the keeper");
    bench_close(&bench, "under the lease");
}

TEST_MAIN(stops_before_it_has_begun, stops_while_it_waits_for_the_lease, stops_when_its_deadline_passes,
          forgets_a_deadline, gives_back_a_lease_that_it_was_taking, is_freed_while_a_command_runs)
