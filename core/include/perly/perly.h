/*
 * The core as a host sees it: one instance for one connected org. A host makes it, gives it commands,
 * delivers completions, and does what the ports (host.h) ask. Every delivery brings the time: `wall_ms` is
 * UTC since 1970, `mono_ms` a monotonic clock of any origin; both are whole milliseconds. What is no such
 * time (not a number, `wall_ms` before 1970 or after 9999, `mono_ms` beyond 2^53) is not believed: the time
 * told last stands.
 *
 *     Perly *perly = perly_core_new(&host, PERLY_DIALECT_SQLITE);
 *     perly_zones_set(perly, zones, zones_length);
 *     perly_command_run(perly, wall, mono, "{\"command\":\"sync\"}", 18);
 *     while (perly_core_busy(perly)) { wait for the next completion, deliver it }
 *     perly_core_free(perly);
 *
 * In wasm the first parameter is absent (an instance is one memory) and pointers are offsets into it.
 */
#ifndef PERLY_H
#define PERLY_H

#include "perly/host.h"

typedef struct Perly Perly;

/* What perly_http_body and perly_store_rows answer. */
enum { PERLY_MORE = 0, PERLY_WAIT = 1 };

/* NULL when there is no memory. `host` is copied; its context outlives the instance. */
Perly *perly_core_new(const PerlyHost *host, uint32_t dialect);

/* Frees everything, wiping what held secrets. No call needs to be over; late completions must not be
 * delivered. */
void perly_core_free(Perly *perly);

/*
 * The file of time zones, perly_zones.bin, which every host ships; before the first command. Without it a
 * named zone in an expression is a mistake, and the day of every owner is that of UTC. The bytes are copied.
 * 0, or 1 when they are not such a file, when a command runs, or when there is no memory: then all is as
 * before.
 */
uint32_t perly_zones_set(Perly *perly, const char *bytes, size_t length);

/*
 * Starts a command: one JSON object, documented in wasm/ABI.md ("Commands"). Its results are events; the last
 * is
 * {"event":"command_end","command":...,"ok":true|false,...}. 0, or 1 when another command is running.
 */
uint32_t perly_command_run(Perly *perly, double wall_ms, double mono_ms, const char *json, size_t length);

/*
 * Begins nothing that cannot end before `by_mono_ms`, commits, and ends the command with "stopped": at once
 * when that time is not after now.
 */
void perly_command_stop(Perly *perly, double wall_ms, double mono_ms, double by_mono_ms);

/* 1 while a command runs. */
uint32_t perly_core_busy(const Perly *perly);

/*
 * Status and headers of an answer: lines "name: value" in lower-case names, LF between them. Interim (1xx)
 * answers are not delivered.
 */
void perly_http_head(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t status,
                     const char *headers, size_t length);

/* A part of the body, inflated, in order, at most 1 MiB. After PERLY_WAIT none follows before flow(RESUME).
 */
uint32_t perly_http_body(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *bytes,
                         size_t length);

/* The end of an http_send: PERLY_HTTP_..., with a text that tells a person why when it is not COMPLETE. */
void perly_http_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t outcome,
                    const char *text, size_t length);

/* A batch of rows of a store_query. After PERLY_WAIT none follows before flow(RESUME). */
uint32_t perly_store_rows(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *batch,
                          size_t length);

/* The end of every other call: PERLY_END_..., with its payload, or a text that tells a person why it failed.
 */
void perly_call_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t end,
                    const char *payload, size_t length);

/* The end of a timer: its delay has passed, or it was cancelled. */
void perly_timer_fire(Perly *perly, double wall_ms, double mono_ms, uint32_t call);

#endif
