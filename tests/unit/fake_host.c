#include "fake_host.h"

static void note(FakeHost *fake, FakeEffect effect, const char *bytes, size_t length)
{
    if (fake->count == FAKE_EFFECTS_MAX) {
        (void)fprintf(stderr, "the fake host is full\n");
        abort();
    }
    char *copy = malloc(length == 0 ? 1 : length);
    if (copy == NULL) {
        abort();
    }
    if (length != 0) {
        memcpy(copy, bytes, length);
    }
    effect.bytes = slice_make(copy, length);
    effect.owned = copy;
    fake->effects[fake->count++] = effect;
}

static void *fake_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    FakeHost *fake = context;
    return fake->memory.allocator.resize(fake->memory.allocator.context, block, old_bytes, new_bytes);
}

static void fake_http(void *context, uint32_t call, uint32_t flags, const char *request, size_t length)
{
    note(context, (FakeEffect){.kind = FAKE_HTTP, .call = call, .flags = flags}, request, length);
}

#define FAKE_RECORD_PORT(name, which)                                                                        \
    static void name(void *context, uint32_t call, const char *record, size_t length)                        \
    {                                                                                                        \
        note(context, (FakeEffect){.kind = (which), .call = call}, record, length);                          \
    }

FAKE_RECORD_PORT(fake_migrate, FAKE_MIGRATE)
FAKE_RECORD_PORT(fake_apply, FAKE_APPLY)
FAKE_RECORD_PORT(fake_query, FAKE_QUERY)
FAKE_RECORD_PORT(fake_compare, FAKE_COMPARE)
FAKE_RECORD_PORT(fake_seal, FAKE_SEAL)
FAKE_RECORD_PORT(fake_unseal, FAKE_UNSEAL)
FAKE_RECORD_PORT(fake_sign, FAKE_SIGN)

static void fake_flow(void *context, uint32_t call, uint32_t flow)
{
    note(context, (FakeEffect){.kind = FAKE_FLOW, .call = call, .flags = flow}, NULL, 0);
}

static void fake_cancel(void *context, uint32_t call)
{
    note(context, (FakeEffect){.kind = FAKE_CANCEL, .call = call}, NULL, 0);
}

static void fake_timer(void *context, uint32_t call, double delay_ms)
{
    note(context, (FakeEffect){.kind = FAKE_TIMER, .call = call, .delay_ms = delay_ms}, NULL, 0);
}

static void fake_random(void *context, char *bytes, size_t length)
{
    (void)context;
    memset(bytes, 0x7F, length);
}

static void fake_log(void *context, uint32_t level, const char *text, size_t length)
{
    (void)context;
    (void)level;
    (void)text;
    (void)length;
}

static void fake_event(void *context, const char *json, size_t length)
{
    note(context, (FakeEffect){.kind = FAKE_EVENT}, json, length);
}

void fake_host_init(FakeHost *fake)
{
    *fake = (FakeHost){.count = 0};
    test_allocator_init(&fake->memory);
    fake->host = (PerlyHost){.context = fake,
                             .memory_resize = fake_resize,
                             .http_send = fake_http,
                             .store_migrate = fake_migrate,
                             .store_apply = fake_apply,
                             .store_query = fake_query,
                             .store_compare = fake_compare,
                             .flow = fake_flow,
                             .cancel = fake_cancel,
                             .timer = fake_timer,
                             .random = fake_random,
                             .seal = fake_seal,
                             .unseal = fake_unseal,
                             .sign = fake_sign,
                             .log = fake_log,
                             .event = fake_event};
}

void fake_host_free(FakeHost *fake)
{
    for (size_t i = 0; i < fake->count; i++) {
        free(fake->effects[i].owned);
    }
    fake->count = 0;
}

FakeEffect fake_take(FakeHost *fake)
{
    if (fake->taken == fake->count) {
        return (FakeEffect){.kind = FAKE_NONE};
    }
    return fake->effects[fake->taken++];
}
