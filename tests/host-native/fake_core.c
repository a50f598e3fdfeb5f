/*
 * A core that only pretends, so that the command line can be tested by itself. It echoes each command as an
 * event "asked", then plays the events of the file named by FAKE_EVENTS, one a line; "{wait}" in a line's
 * place waits for a timer of 50 ms, "{forever}" until the command is stopped.
 */
#include "perly/perly.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Perly {
    PerlyHost host;
    FILE *script;
    bool busy;
    bool forever;
    uint32_t calls;
};

Perly *perly_core_new(const PerlyHost *host, uint32_t dialect)
{
    Perly *perly = host->memory_resize(host->context, NULL, 0, sizeof *perly);
    if (perly != NULL) {
        *perly = (Perly){.host = *host};
    }
    return dialect == PERLY_DIALECT_SQLITE ? perly : NULL;
}

uint32_t perly_zones_set(Perly *perly, const char *bytes, size_t length)
{
    (void)perly;
    return bytes != NULL && length > 4 && memcmp(bytes, "PZ01", 4) == 0 ? 0 : 1;
}

void perly_core_free(Perly *perly)
{
    if (perly->script != NULL) {
        (void)fclose(perly->script);
    }
    (void)perly->host.memory_resize(perly->host.context, perly, sizeof *perly, 0);
}

static void event(Perly *perly, const char *text)
{
    perly->host.event(perly->host.context, text, strlen(text));
}

/* Plays lines until one waits; the last line of a script is its command_end. */
static void play(Perly *perly)
{
    char line[4096];
    while (perly->script != NULL && fgets(line, sizeof line, perly->script) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "{wait}") == 0) {
            perly->host.timer(perly->host.context, ++perly->calls, 50);
            return;
        }
        if (strcmp(line, "{forever}") == 0) {
            perly->forever = true;
            perly->host.timer(perly->host.context, ++perly->calls, 1e9);
            return;
        }
        event(perly, line);
        if (strstr(line, "\"command_end\"") != NULL) {
            perly->busy = false;
            return;
        }
    }
    event(perly, "{\"event\":\"command_end\",\"ok\":true}");
    perly->busy = false;
}

uint32_t perly_command_run(Perly *perly, double wall_ms, double mono_ms, const char *json, size_t length)
{
    char asked[8192];
    const char *path = getenv("FAKE_EVENTS");
    (void)wall_ms;
    (void)mono_ms;
    (void)snprintf(asked, sizeof asked, "{\"event\":\"asked\",\"asked\":%.*s}", (int)length, json);
    event(perly, asked);
    if (perly->script == NULL && path != NULL) {
        perly->script = fopen(path, "r");
    }
    perly->busy = true;
    play(perly);
    return 0;
}

void perly_command_stop(Perly *perly, double wall_ms, double mono_ms, double by_mono_ms)
{
    (void)wall_ms;
    (void)mono_ms;
    (void)by_mono_ms;
    if (perly->forever) {
        event(perly, "{\"event\":\"command_end\",\"ok\":false,\"code\":\"CANCELLED\",\"exit\":5}");
        perly->busy = false;
    }
}

uint32_t perly_core_busy(const Perly *perly)
{
    return perly->busy ? 1 : 0;
}

void perly_timer_fire(Perly *perly, double wall_ms, double mono_ms, uint32_t call)
{
    (void)wall_ms;
    (void)mono_ms;
    (void)call;
    if (perly->busy && !perly->forever) {
        play(perly);
    }
}

void perly_http_head(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t status,
                     const char *headers, size_t length)
{
    (void)perly;
    (void)wall_ms;
    (void)mono_ms;
    (void)call;
    (void)status;
    (void)headers;
    (void)length;
}

uint32_t perly_http_body(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *bytes,
                         size_t length)
{
    (void)perly;
    (void)wall_ms;
    (void)mono_ms;
    (void)call;
    (void)bytes;
    (void)length;
    return PERLY_MORE;
}

void perly_http_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t outcome,
                    const char *text, size_t length)
{
    (void)perly;
    (void)wall_ms;
    (void)mono_ms;
    (void)call;
    (void)outcome;
    (void)text;
    (void)length;
}

uint32_t perly_store_rows(Perly *perly, double wall_ms, double mono_ms, uint32_t call, const char *batch,
                          size_t length)
{
    (void)perly;
    (void)wall_ms;
    (void)mono_ms;
    (void)call;
    (void)batch;
    (void)length;
    return PERLY_MORE;
}

void perly_call_end(Perly *perly, double wall_ms, double mono_ms, uint32_t call, uint32_t end,
                    const char *payload, size_t length)
{
    (void)perly;
    (void)wall_ms;
    (void)mono_ms;
    (void)call;
    (void)end;
    (void)payload;
    (void)length;
}
