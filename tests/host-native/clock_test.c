/* Timers: their order, whatever the order they were started in, and how long a wait may be. */
#include "clock.h"
#include "test.h"

static void fires_in_order(void)
{
    NativeClock *clock = native_clock_new();
    uint64_t seed = 1;
    for (uint32_t call = 1; call <= 500; call++) {
        seed = seed * UINT64_C(6364136223846793005) + 1;
        CHECK(native_clock_timer(clock, call, (double)(seed >> 60) * 3600000.0 + 60000));
    }
    CHECK(native_clock_timer(clock, 501, -5));
    CHECK(native_clock_timer(clock, 502, 0));
    uint32_t call = 0;
    CHECK(native_clock_due(clock, &call) && call >= 501);
    CHECK(native_clock_due(clock, &call) && call >= 501);
    CHECK(!native_clock_due(clock, &call));
    for (uint32_t hurried = 500; hurried >= 1; hurried--) {
        CHECK(native_clock_hurry(clock, hurried));
        CHECK(native_clock_due(clock, &call) && call == hurried);
    }
    CHECK(!native_clock_hurry(clock, 1));
    CHECK(!native_clock_due(clock, &call));
    native_clock_free(clock);
}

static void waits_in_pieces(void)
{
    NativeClock *clock = native_clock_new();
    CHECK_INT(native_clock_wait_ms(clock), 60000, "nothing to wait for");
    CHECK(native_clock_timer(clock, 1, 30.0 * 86400000));
    CHECK_INT(native_clock_wait_ms(clock), 60000, "thirty days are waited for in pieces");
    CHECK(native_clock_timer(clock, 2, 1e300));
    CHECK_INT(native_clock_wait_ms(clock), 60000, "so is forever");
    CHECK(native_clock_timer(clock, 3, 500));
    CHECK(native_clock_wait_ms(clock) > 0 && native_clock_wait_ms(clock) <= 500);
    CHECK(native_clock_timer(clock, 4, 0));
    CHECK_INT(native_clock_wait_ms(clock), 0, "due");
    native_clock_free(clock);
}

static void tells_the_time(void)
{
    NativeClock *clock = native_clock_new();
    double wall = 0;
    double mono = 0;
    double later = 0;
    native_clock_read(clock, &wall, &mono);
    native_clock_read(clock, &wall, &later);
    CHECK(wall > 1.7e12 && wall < 1e13);
    CHECK(later >= mono && mono > 0);
    CHECK(wall - (double)(int64_t)wall == 0); /* whole milliseconds */
    CHECK(!native_clock_is_test(clock));
    native_clock_free(clock);
}

TEST_MAIN(fires_in_order, waits_in_pieces, tells_the_time)
