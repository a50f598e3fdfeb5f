/*
 * The one clock of the host: wall time, monotonic time, and the timers that wait for it.
 *
 * The real clock's monotonic time goes on while a computer sleeps (CLOCK_BOOTTIME): a lease that ran out
 * overnight must look old in the morning.
 *
 * The test clock is that of the local Salesforce (PERLY_TEST_CLOCK=URL, see tests/salesforce/wire/clock.mjs):
 * time stands still while this process works and jumps to the next timer when every process waits. The URL
 * must be on loopback, and the loop then refuses every request that leaves it.
 */
#ifndef PERLY_HOST_NATIVE_CLOCK_H
#define PERLY_HOST_NATIVE_CLOCK_H

#include "buffer.h"

typedef struct NativeClock NativeClock;

/* NULL without memory. */
NativeClock *native_clock_new(void);

/* Registers at `url`. NULL when that fails; `problem` then holds why, for a person. */
NativeClock *native_clock_test_new(const char *url, NativeBuffer *problem);

void native_clock_free(NativeClock *clock);

/* Whole milliseconds: since 1970 (UTC), and of a monotonic clock. */
void native_clock_read(NativeClock *clock, double *wall_ms, double *mono_ms);

/* Starts a timer; `delay_ms` below 0 and NaN count as 0. False without memory. */
bool native_clock_timer(NativeClock *clock, uint32_t call, double delay_ms);

/* Makes a timer due at once. False when there is none of that number. */
bool native_clock_hurry(NativeClock *clock, uint32_t call);

/* Takes out the timer that is due longest; false when none is due. */
bool native_clock_due(NativeClock *clock, uint32_t *call);

/* How long a wait may take at most: until the next timer, and never more than a minute. 0 to 60,000. */
int native_clock_wait_ms(NativeClock *clock);

/* Whether this is a test clock, which wants the calls below; they do nothing on the real one. */
bool native_clock_is_test(const NativeClock *clock);

/*
 * The request (a message for native_http_send) that says when the next timer is due, and how many of our
 * requests have not ended; the caller sends it before a long wait and gives the body of the answer to
 * native_clock_answer. Valid until the next call; empty on the real clock.
 */
NativeText native_clock_request(NativeClock *clock, uint32_t open);
void native_clock_answer(NativeClock *clock, const char *body, size_t length);

/*
 * After a wait that something else ended: the server is told, and the time is read anew. When the server is
 * gone the process ends, since nothing that waits would ever go on.
 */
void native_clock_woke(NativeClock *clock);

#endif
