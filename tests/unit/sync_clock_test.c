/* Clocks that tell no time: a host's mistake must not become a wrong time, nor a trap. */
#include "perly/perly.h"

#include "fake_host.h"

#include <math.h>

static const double odd_clocks[] = {NAN, INFINITY, -INFINITY, 1e300, -1e300, -1, 253402300800000.0};

enum { WALL_MS = 1000000000, MONO_MS = 1000 };

static FakeEffect expect(FakeHost *fake, FakeKind kind, const char *name)
{
    const FakeEffect effect = fake_take(fake);
    CHECK_INT(effect.kind, kind, name);
    return effect;
}

/* A sync that is stopped before it has begun, and says when to come again: now. */
static void stop_under(double odd, const char *name)
{
    static FakeHost fake;
    const Slice command = SLICE("{\"command\":\"sync\"}");
    fake_host_init(&fake);
    Perly *perly = perly_core_new(&fake.host, PERLY_DIALECT_SQLITE);
    CHECK_INT(perly_command_run(perly, WALL_MS, MONO_MS, command.data, command.length), 0, name);
    const FakeEffect migrate = expect(&fake, FAKE_MIGRATE, name);
    perly_command_stop(perly, odd, odd, odd);
    FakeEffect deadline = fake_take(&fake);
    if (deadline.kind == FAKE_TIMER) {
        CHECK_NAMED(deadline.delay_ms > 0 && deadline.delay_ms <= 0x1p53, name);
        perly_command_stop(perly, odd, odd, MONO_MS);
        CHECK_INT(expect(&fake, FAKE_CANCEL, name).call, deadline.call, name);
    }
    perly_call_end(perly, odd, odd, migrate.call, PERLY_END_OK, NULL, 0);
    perly_call_end(perly, odd, odd, expect(&fake, FAKE_QUERY, name).call, PERLY_END_OK, NULL, 0);
    const FakeEffect end = expect(&fake, FAKE_EVENT, name);
    CHECK_NAMED(slice_find(end.bytes, SLICE("\"code\":\"CANCELLED\""), 0) != SIZE_MAX, name);
    CHECK_NAMED(slice_find(end.bytes, SLICE("\"again_at\":\"1970-01-12T13:46:40.000Z\""), 0) != SIZE_MAX,
                name);
    perly_core_free(perly);
    fake_host_free(&fake);
    CHECK_INT(fake.memory.bytes, 0, name);
}

static void the_time_told_last_stands(void)
{
    for (size_t i = 0; i < sizeof odd_clocks / sizeof odd_clocks[0]; i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "a clock of %g", odd_clocks[i]);
        stop_under(odd_clocks[i], name);
    }
}

/* The first time of all is 1970 then. */
static void begins_without_a_clock(void)
{
    static FakeHost fake;
    const Slice command = SLICE("{\"command\":\"none such\"}");
    fake_host_init(&fake);
    Perly *perly = perly_core_new(&fake.host, PERLY_DIALECT_SQLITE);
    CHECK_INT(perly_command_run(perly, NAN, NAN, command.data, command.length), 0, "begun");
    (void)expect(&fake, FAKE_EVENT, "refused");
    perly_core_free(perly);
    fake_host_free(&fake);
}

TEST_MAIN(the_time_told_last_stands, begins_without_a_clock)
