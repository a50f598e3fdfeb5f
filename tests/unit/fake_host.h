/*
 * A host that does nothing by itself: it writes down what the core asks, and the test answers. Effects are
 * kept in order; `fake_take` hands out the oldest one that has not been taken.
 */
#ifndef PERLY_TESTS_UNIT_FAKE_HOST_H
#define PERLY_TESTS_UNIT_FAKE_HOST_H

#include "perly/host.h"
#include "test.h"

typedef enum FakeKind {
    FAKE_NONE,
    FAKE_HTTP,
    FAKE_MIGRATE,
    FAKE_APPLY,
    FAKE_QUERY,
    FAKE_COMPARE,
    FAKE_FLOW,
    FAKE_CANCEL,
    FAKE_TIMER,
    FAKE_SEAL,
    FAKE_UNSEAL,
    FAKE_SIGN,
    FAKE_EVENT
} FakeKind;

typedef struct FakeEffect {
    FakeKind kind;
    uint32_t call;
    uint32_t flags; /* of http_send; of flow: the direction */
    double delay_ms;
    Slice bytes; /* request, record or event: `owned` */
    char *owned;
} FakeEffect;

enum { FAKE_EFFECTS_MAX = 4096 };

typedef struct FakeHost {
    PerlyHost host; /* hand out &fake->host */
    TestAllocator memory;
    FakeEffect effects[FAKE_EFFECTS_MAX];
    size_t count;
    size_t taken;
} FakeHost;

void fake_host_init(FakeHost *fake);

/* Frees what was written down. */
void fake_host_free(FakeHost *fake);

/* The oldest effect not taken yet, or one of kind FAKE_NONE. */
FakeEffect fake_take(FakeHost *fake);

#endif
