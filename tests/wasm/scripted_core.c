/*
 * A core that does what its commands say, behind the real exports (wasm/abi.c): what the loader and the hosts
 * are tested against. A command is a letter and bytes, alone or as a JSON text:
 *
 *     h, H bytes    http_send of the bytes, idempotent or once; bodies are answered WAIT, and resumed by a
 *                   timer of 5 ms, every second one already while it is being delivered
 *     m a q c       store_migrate, apply, query, compare of the bytes; rows as bodies above
 *     s u S         seal, unseal, sign of the bytes
 *     t delay       timer of that many milliseconds
 *     w             two calls that are cancelled at once: a request to nowhere, a timer of an hour
 *     r             random
 *     l bytes       log
 *     g             memory grows by 4 MiB
 *     x, o          a trap; the stack overflows
 *     b             busy until it is stopped
 *
 * What comes of it is one event a completion: its name and numbers, a blank, its bytes in hex.
 */
#include "perly/perly.h"

#include <stdbool.h>
#include <stdlib.h>

struct Perly {
    PerlyHost host;
    uint32_t open; /* calls that have not ended */
    uint32_t bodies;
    bool waits_for_stop;
    double mono_ms;
};

enum { CALL = 1, RESUME_CALL = 2, CANCELLED_CALL = 3, SHOWN_BYTES = 64 };

static size_t put_text(char *out, const char *text)
{
    size_t length = 0;
    for (; text[length] != '\0'; length++) {
        out[length] = text[length];
    }
    return length;
}

static size_t put_number(char *out, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    for (size_t i = 0; i < count; i++) {
        out[i] = digits[count - 1 - i];
    }
    return count;
}

static double number_of(const char *digits, size_t length)
{
    double number = 0;
    for (size_t i = 0; i < length; i++) {
        number = number * 10 + (digits[i] - '0');
    }
    return number;
}

/* "NAME call value length HEX" of at most SHOWN_BYTES bytes, as a JSON string. */
static void report(Perly *perly, const char *name, uint32_t call, uint64_t value, const char *bytes,
                   size_t length)
{
    char text[128 + 2 * SHOWN_BYTES];
    size_t at = put_text(text, "\"");
    at += put_text(text + at, name);
    const uint64_t numbers[] = {call, value, length};
    for (size_t i = 0; i < 3; i++) {
        text[at++] = ' ';
        at += put_number(text + at, numbers[i]);
    }
    text[at++] = ' ';
    for (size_t i = 0; i < length && i < SHOWN_BYTES; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        text[at++] = "0123456789abcdef"[byte >> 4];
        text[at++] = "0123456789abcdef"[byte & 15];
    }
    text[at++] = '"';
    perly->host.event(perly->host.context, text, at);
}

Perly *perly_core_new(const PerlyHost *host, uint32_t dialect)
{
    Perly *perly = calloc(1, sizeof *perly);
    if (perly != NULL) {
        perly->host = *host;
        report(perly, "new", 0, dialect, NULL, 0);
    }
    return perly;
}

uint32_t perly_zones_set(Perly *perly, const char *bytes, size_t length)
{
    report(perly, "zones", 0, 0, bytes, length);
    return 0;
}

void perly_core_free(Perly *perly)
{
    free(perly);
}

uint32_t perly_core_busy(const Perly *perly)
{
    return perly->open != 0 || perly->waits_for_stop ? 1 : 0;
}

/* Deep enough for any stack; the volatile array keeps the compiler from making a loop of it. */
static uint32_t overflow(uint32_t depth) /* NOLINT(misc-no-recursion): overflowing is its purpose */
{
    volatile char frame[1024];
    frame[depth % sizeof frame] = (char)depth;
    return depth == UINT32_MAX ? 0 : overflow(depth + 1) + (uint32_t)frame[depth % sizeof frame];
}

static void run_port(Perly *perly, char letter, const char *bytes, size_t length)
{
    const PerlyHost *host = &perly->host;
    perly->open = 1;
    perly->bodies = 0;
    switch (letter) {
    case 'h': host->http_send(host->context, CALL, PERLY_HTTP_IDEMPOTENT, bytes, length); break;
    case 'H': host->http_send(host->context, CALL, PERLY_HTTP_ONCE, bytes, length); break;
    case 'm': host->store_migrate(host->context, CALL, bytes, length); break;
    case 'a': host->store_apply(host->context, CALL, bytes, length); break;
    case 'q': host->store_query(host->context, CALL, bytes, length); break;
    case 'c': host->store_compare(host->context, CALL, bytes, length); break;
    case 's': host->seal(host->context, CALL, bytes, length); break;
    case 'u': host->unseal(host->context, CALL, bytes, length); break;
    case 'S': host->sign(host->context, CALL, bytes, length); break;
    case 't': host->timer(host->context, CALL, number_of(bytes, length)); break;
    default: perly->open = 0;
    }
}

static void cancel_two(Perly *perly)
{
    static const char request[] = "GET http://127.0.0.1:9/ HTTP/1.1\r\n\r\n";
    const PerlyHost *host = &perly->host;
    perly->open = 2;
    host->http_send(host->context, CALL, PERLY_HTTP_IDEMPOTENT, request, sizeof request - 1);
    host->timer(host->context, CANCELLED_CALL, 3600000);
    host->cancel(host->context, CALL);
    host->cancel(host->context, CANCELLED_CALL);
}

uint32_t perly_command_run(Perly *perly, double wall_ms, double mono_ms, const char *json, size_t length)
{
    if (length > 1 && json[0] == '"') {
        json++;
        length -= 2;
    }
    if (perly_core_busy(perly) != 0 || length == 0) {
        return 1;
    }
    char bytes[16];
    perly->mono_ms = mono_ms;
    switch (json[0]) {
    case 'l': perly->host.log(perly->host.context, PERLY_LOG_INFO, json + 1, length - 1); break;
    case 'r':
        perly->host.random(perly->host.context, bytes, sizeof bytes);
        report(perly, "random", 0, 0, bytes, sizeof bytes);
        break;
    case 'g': {
        char *volatile grown = calloc(1, 4 << 20); /* volatile: or it is never allocated */
        report(perly, "grown", 0, grown != NULL, json, length);
        free(grown);
        break;
    }
    case 'x': __builtin_trap();
    case 'o': report(perly, "overflow", 0, overflow(0), NULL, 0); break;
    case 'b': perly->waits_for_stop = true; break;
    case 'w': cancel_two(perly); break;
    case 'n': report(perly, "now", 0, (uint64_t)wall_ms, NULL, 0); break;
    default: run_port(perly, json[0], json + 1, length - 1);
    }
    return 0;
}

void perly_command_stop(Perly *perly, double wall_ms, double mono_ms, double by_mono_ms)
{
    (void)wall_ms;
    perly->waits_for_stop = false;
    report(perly, "stop", 0, (uint64_t)(by_mono_ms - mono_ms), NULL, 0);
}

void perly_http_head(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t status,
                     const char *headers, size_t length)
{
    (void)wall_ms;
    (void)mono_ms;
    report(perly, "head", call, status, headers, length);
}

/* Every second delivery is resumed before its WAIT is returned, the others by a timer. */
static uint32_t wait(Perly *perly, double mono_ms, uint32_t call)
{
    perly->bodies++;
    perly->mono_ms = mono_ms;
    if (perly->bodies % 2 == 0) {
        perly->host.flow(perly->host.context, call, PERLY_FLOW_RESUME);
    } else {
        perly->host.timer(perly->host.context, RESUME_CALL, 5);
    }
    return PERLY_WAIT;
}

uint32_t perly_http_body(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *bytes,
                         size_t length)
{
    (void)wall_ms;
    report(perly, "body", call, perly->bodies, bytes, length);
    return wait(perly, mono_ms, call);
}

uint32_t perly_store_rows(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *batch,
                          size_t length)
{
    (void)wall_ms;
    report(perly, "rows", call, perly->bodies, batch, length);
    return wait(perly, mono_ms, call);
}

void perly_http_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t outcome,
                    const char *text, size_t length)
{
    (void)wall_ms;
    (void)mono_ms;
    perly->open--;
    report(perly, "http_end", call, outcome, text, length);
}

void perly_call_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t end,
                    const char *payload, size_t length)
{
    (void)wall_ms;
    (void)mono_ms;
    perly->open--;
    report(perly, "call_end", call, end, payload, length);
}

void perly_timer_fire(Perly *perly, double wall_ms, double mono_ms, uint32_t call)
{
    (void)wall_ms;
    if (call == RESUME_CALL) {
        report(perly, "resume", CALL, mono_ms - perly->mono_ms >= 5, NULL, 0);
        perly->host.flow(perly->host.context, CALL, PERLY_FLOW_RESUME);
        return;
    }
    perly->open--;
    report(perly, "timer", call, (uint64_t)(mono_ms - perly->mono_ms), NULL, 0);
}
