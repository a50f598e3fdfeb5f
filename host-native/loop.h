/*
 * The event loop of one connected org: it is the PerlyHost of one instance of the core. Ports only note what
 * is wanted (or do it, where it takes no waiting); completions are delivered one at a time, from
 * native_loop_turn and nowhere else.
 *
 *     NativeLoop *loop = native_loop_new(&options);
 *     native_loop_ports(loop, &host);
 *     Perly *perly = perly_core_new(&host, PERLY_DIALECT_SQLITE);
 *     native_loop_deliver_to(loop, &sink);
 *     perly_command_run(perly, ...);
 *     while (perly_core_busy(perly)) {
 *         native_loop_turn(loop, NULL, 0);
 *     }
 *
 * One thread. Clock, store and keys belong to the caller and outlive the loop.
 */
#ifndef PERLY_HOST_NATIVE_LOOP_H
#define PERLY_HOST_NATIVE_LOOP_H

#include "clock.h"
#include "http.h"
#include "perly/host.h"
#include "seal.h"
#include "sqlite.h"

typedef struct NativeLoop NativeLoop;

/* Where completions go: the functions of perly.h, with the instance as `context`, or a test's own. */
typedef struct NativeSink {
    void *context;
    void (*http_head)(void *context, double wall, double mono, uint32_t call, uint32_t status,
                      const char *headers, size_t length);
    uint32_t (*http_body)(void *context, double wall, double mono, uint32_t call, const char *bytes,
                          size_t length);
    void (*http_end)(void *context, double wall, double mono, uint32_t call, uint32_t outcome,
                     const char *text, size_t length);
    uint32_t (*store_rows)(void *context, double wall, double mono, uint32_t call, const char *batch,
                           size_t length);
    void (*call_end)(void *context, double wall, double mono, uint32_t call, uint32_t end,
                     const char *payload, size_t length);
    void (*timer_fire)(void *context, double wall, double mono, uint32_t call);
} NativeSink;

typedef struct NativeLoopOptions {
    NativeClock *clock;
    NativeStore *store;
    const NativeKeys *keys;
    const char *sign_folder; /* of native_sign */
    NativeHttpOptions http;
    void *context; /* of the two functions below, which are the ports of these names */
    void (*log)(void *context, uint32_t level, const char *text, size_t length);
    void (*event)(void *context, const char *json, size_t length);
} NativeLoopOptions;

/* NULL without memory. */
NativeLoop *native_loop_new(const NativeLoopOptions *options);

/* Drops what is open; nothing is delivered any more. NULL is allowed. */
void native_loop_free(NativeLoop *loop);

/* Fills in the ports. */
void native_loop_ports(NativeLoop *loop, PerlyHost *host);

void native_loop_deliver_to(NativeLoop *loop, const NativeSink *sink);

/* The loop's time, for perly_command_run. */
void native_loop_time(NativeLoop *loop, double *wall_ms, double *mono_ms);

/*
 * Begins a pause of the host's own; native_loop_paused is true until it is over, by the loop's clock. One at
 * a time.
 */
void native_loop_pause(NativeLoop *loop, double delay_ms);
bool native_loop_paused(const NativeLoop *loop);

/*
 * Delivers everything that is ready; when nothing was, waits until something is, or a watched descriptor is
 * readable (`ready` tells), at most a minute.
 */
void native_loop_turn(NativeLoop *loop, NativeWatch *watches, uint32_t watch_count);

#endif
