/*
 * perly_core.wasm: perly.h as exports and host.h as imports of module perly_host. A module instance is one
 * memory and one core; wasm/ABI.md is its document, and the build compares the two.
 *
 * Bytes that come in were allocated by perly_memory_alloc and belong to the guest: each entry frees them.
 */
#include "memory.h"
#include "perly/perly.h"

#define PORT(name) __attribute__((import_module("perly_host"), import_name(#name)))

PORT(http_send) void port_http_send(uint32_t call, uint32_t flags, const char *request, uint32_t length);
PORT(store_migrate) void port_store_migrate(uint32_t call, const char *record, uint32_t length);
PORT(store_apply) void port_store_apply(uint32_t call, const char *record, uint32_t length);
PORT(store_query) void port_store_query(uint32_t call, const char *record, uint32_t length);
PORT(store_compare) void port_store_compare(uint32_t call, const char *record, uint32_t length);
PORT(flow) void port_flow(uint32_t call, uint32_t flow);
PORT(cancel) void port_cancel(uint32_t call);
PORT(timer) void port_timer(uint32_t call, double delay_ms);
PORT(random) void port_random(char *bytes, uint32_t length);
PORT(seal) void port_seal(uint32_t call, const char *record, uint32_t length);
PORT(unseal) void port_unseal(uint32_t call, const char *record, uint32_t length);
PORT(sign) void port_sign(uint32_t call, const char *record, uint32_t length);
PORT(log) void port_log(uint32_t level, const char *text, uint32_t length);
PORT(event) void port_event(const char *json, uint32_t length);

#define RECORD_PORT(name)                                                                                    \
    static void call_##name(void *context, uint32_t call, const char *record, size_t length)                 \
    {                                                                                                        \
        (void)context;                                                                                       \
        port_##name(call, record, length);                                                                   \
    }

RECORD_PORT(store_migrate)
RECORD_PORT(store_apply)
RECORD_PORT(store_query)
RECORD_PORT(store_compare)
RECORD_PORT(seal)
RECORD_PORT(unseal)
RECORD_PORT(sign)

static void call_http_send(void *context, uint32_t call, uint32_t flags, const char *request, size_t length)
{
    (void)context;
    port_http_send(call, flags, request, length);
}

static void call_flow(void *context, uint32_t call, uint32_t flow)
{
    (void)context;
    port_flow(call, flow);
}

static void call_cancel(void *context, uint32_t call)
{
    (void)context;
    port_cancel(call);
}

static void call_timer(void *context, uint32_t call, double delay_ms)
{
    (void)context;
    port_timer(call, delay_ms);
}

static void call_random(void *context, char *bytes, size_t length)
{
    (void)context;
    port_random(bytes, length);
}

static void call_log(void *context, uint32_t level, const char *text, size_t length)
{
    (void)context;
    port_log(level, text, length);
}

static void call_event(void *context, const char *json, size_t length)
{
    (void)context;
    port_event(json, length);
}

/* The instance of this memory: the one variable of the module. */
static Perly **instance(void)
{
    static Perly *perly;
    return &perly;
}

/* The version of the ABI, seen by name without running anything; the number is the minor version. */
uint32_t perly_abi_v1(void);
WASM_EXPORT(perly_abi_v1) uint32_t perly_abi_v1(void)
{
    return 1;
}

uint32_t wasm_core_new(uint32_t dialect);
WASM_EXPORT(perly_core_new) uint32_t wasm_core_new(uint32_t dialect)
{
    static const PerlyHost host = {.memory_resize = wasm_memory_resize,
                                   .http_send = call_http_send,
                                   .store_migrate = call_store_migrate,
                                   .store_apply = call_store_apply,
                                   .store_query = call_store_query,
                                   .store_compare = call_store_compare,
                                   .flow = call_flow,
                                   .cancel = call_cancel,
                                   .timer = call_timer,
                                   .random = call_random,
                                   .seal = call_seal,
                                   .unseal = call_unseal,
                                   .sign = call_sign,
                                   .log = call_log,
                                   .event = call_event};
    *instance() = perly_core_new(&host, dialect);
    return *instance() == NULL ? 0 : 1;
}

void wasm_core_free(void);
WASM_EXPORT(perly_core_free) void wasm_core_free(void)
{
    perly_core_free(*instance());
    *instance() = NULL;
}

uint32_t wasm_core_busy(void);
WASM_EXPORT(perly_core_busy) uint32_t wasm_core_busy(void)
{
    return perly_core_busy(*instance());
}

uint32_t wasm_zones_set(char *bytes, uint32_t length);
WASM_EXPORT(perly_zones_set) uint32_t wasm_zones_set(char *bytes, uint32_t length)
{
    const uint32_t refused = perly_zones_set(*instance(), bytes, length);
    perly_memory_free(bytes);
    return refused;
}

uint32_t wasm_command_run(double wall_ms, double mono_ms, char *json, uint32_t length);
WASM_EXPORT(perly_command_run)
uint32_t wasm_command_run(double wall_ms, double mono_ms, char *json, uint32_t length)
{
    const uint32_t refused = perly_command_run(*instance(), wall_ms, mono_ms, json, length);
    memory_free_wiped(json, length);
    return refused;
}

void wasm_command_stop(double wall_ms, double mono_ms, double by_mono_ms);
WASM_EXPORT(perly_command_stop) void wasm_command_stop(double wall_ms, double mono_ms, double by_mono_ms)
{
    perly_command_stop(*instance(), wall_ms, mono_ms, by_mono_ms);
}

void wasm_http_head(double wall_ms, double mono_ms, uint32_t call, uint32_t status, char *headers,
                    uint32_t length);
WASM_EXPORT(perly_http_head)
void wasm_http_head(double wall_ms, double mono_ms, uint32_t call, uint32_t status, char *headers,
                    uint32_t length)
{
    perly_http_head(*instance(), wall_ms, mono_ms, call, status, headers, length);
    perly_memory_free(headers);
}

uint32_t wasm_http_body(double wall_ms, double mono_ms, uint32_t call, char *bytes, uint32_t length);
WASM_EXPORT(perly_http_body)
uint32_t wasm_http_body(double wall_ms, double mono_ms, uint32_t call, char *bytes, uint32_t length)
{
    const uint32_t answer = perly_http_body(*instance(), wall_ms, mono_ms, call, bytes, length);
    memory_free_wiped(bytes, length);
    return answer;
}

void wasm_http_end(double wall_ms, double mono_ms, uint32_t call, uint32_t outcome, char *text,
                   uint32_t length);
WASM_EXPORT(perly_http_end)
void wasm_http_end(double wall_ms, double mono_ms, uint32_t call, uint32_t outcome, char *text,
                   uint32_t length)
{
    perly_http_end(*instance(), wall_ms, mono_ms, call, outcome, text, length);
    perly_memory_free(text);
}

uint32_t wasm_store_rows(double wall_ms, double mono_ms, uint32_t call, char *batch, uint32_t length);
WASM_EXPORT(perly_store_rows)
uint32_t wasm_store_rows(double wall_ms, double mono_ms, uint32_t call, char *batch, uint32_t length)
{
    const uint32_t answer = perly_store_rows(*instance(), wall_ms, mono_ms, call, batch, length);
    perly_memory_free(batch);
    return answer;
}

void wasm_call_end(double wall_ms, double mono_ms, uint32_t call, uint32_t end, char *payload,
                   uint32_t length);
WASM_EXPORT(perly_call_end)
void wasm_call_end(double wall_ms, double mono_ms, uint32_t call, uint32_t end, char *payload,
                   uint32_t length)
{
    perly_call_end(*instance(), wall_ms, mono_ms, call, end, payload, length);
    memory_free_wiped(payload, length);
}

void wasm_timer_fire(double wall_ms, double mono_ms, uint32_t call);
WASM_EXPORT(perly_timer_fire) void wasm_timer_fire(double wall_ms, double mono_ms, uint32_t call)
{
    perly_timer_fire(*instance(), wall_ms, mono_ms, call);
}
