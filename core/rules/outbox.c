#include "rules/outbox.h"

#include "base/assert.h"

/* What an event does; DENIED is 0, so that what the table leaves out is denied. */
typedef enum Effect {
    DENIED,
    CLAIM,   /* one more attempt begins */
    FINISH,  /* done */
    AGAIN,   /* ready: at once after the first attempt, then after pauses */
    PAUSE,   /* ready after a pause */
    BLOCK,   /* ready, the attempt is not counted, the run stops */
    REFUSE,  /* failed */
    DOUBT,   /* unclear after a pause, one look-up from ready; ready after it when it may be repeated */
    SETTLE,  /* unclear; ready after a pause when it may be repeated */
    RECOVER, /* unclear; ready at once when it may be repeated */
    MISS,    /* one look-up more that found nothing */
    RELOOK,  /* the look-up itself is repeated */
    RESTART, /* ready, counting from 0 */
    DROP     /* dropped */
} Effect;

static const uint8_t effects[OUTBOX_STATE_COUNT][OUTBOX_EVENT_COUNT] = {
    [OUTBOX_READY] = {[OUTBOX_CLAIM] = CLAIM, [OUTBOX_DROP] = DROP},
    [OUTBOX_CLAIMED] =
        {
            [OUTBOX_OK] = FINISH,
            [OUTBOX_MAYBE] = SETTLE,
            [OUTBOX_DECLINED] = DOUBT,
            [OUTBOX_RETRY_SOON] = AGAIN,
            [OUTBOX_RETRY_LATER] = PAUSE,
            [OUTBOX_BLOCKED] = BLOCK,
            [OUTBOX_REFUSED] = REFUSE,
            [OUTBOX_CRASHED] = RECOVER,
        },
    [OUTBOX_UNCLEAR] =
        {
            [OUTBOX_FOUND] = FINISH,
            [OUTBOX_NOT_FOUND] = MISS,
            [OUTBOX_LOOK_FAILED] = RELOOK,
        },
    [OUTBOX_HELD] = {[OUTBOX_APPROVE] = RESTART, [OUTBOX_DROP] = DROP},
    [OUTBOX_PARKED] = {[OUTBOX_APPROVE] = RESTART, [OUTBOX_DROP] = DROP},
    [OUTBOX_FAILED] = {[OUTBOX_APPROVE] = RESTART, [OUTBOX_DROP] = DROP},
};

static const Slice state_names[OUTBOX_STATE_COUNT] = {
    [OUTBOX_READY] = SLICE_INIT("ready"),     [OUTBOX_CLAIMED] = SLICE_INIT("claimed"),
    [OUTBOX_UNCLEAR] = SLICE_INIT("unclear"), [OUTBOX_DONE] = SLICE_INIT("done"),
    [OUTBOX_HELD] = SLICE_INIT("held"),       [OUTBOX_PARKED] = SLICE_INIT("parked"),
    [OUTBOX_FAILED] = SLICE_INIT("failed"),   [OUTBOX_DROPPED] = SLICE_INIT("dropped"),
};

Slice outbox_state_name(OutboxState state)
{
    perly_assert(state < OUTBOX_STATE_COUNT);
    return state_names[state];
}

bool outbox_state_find(Slice name, OutboxState *state)
{
    for (uint32_t i = 0; i < OUTBOX_STATE_COUNT; i++) {
        if (slice_equal(state_names[i], name)) {
            *state = (OutboxState)i;
            return true;
        }
    }
    return false;
}

/*
 * Errors after which the request may have been carried out, whatever their class says about the connection
 * or about this process: its answer did not come, or could not be read.
 */
static const ErrorCode maybe_done[] = {
    ERROR_REQUEST_UNCLEAR, ERROR_HTTP_CUT,       ERROR_HTTP_BODY_TOO_LONG, ERROR_CANCELLED,
    ERROR_OUT_OF_MEMORY,   ERROR_INTERNAL,       ERROR_JSON_SYNTAX,        ERROR_JSON_TYPE,
    ERROR_TEXT_ENCODING,   ERROR_SF_UNAVAILABLE, ERROR_SF_ANSWER,          ERROR_LIMIT_EXCEEDED,
};

OutboxEventKind outbox_event(Error error)
{
    for (size_t i = 0; i < sizeof maybe_done / sizeof maybe_done[0]; i++) {
        if (error.code == maybe_done[i]) {
            return OUTBOX_MAYBE;
        }
    }
    if (error.code == ERROR_SF_DUPLICATE_VALUE) {
        return OUTBOX_RETRY_SOON; /* another write of the same key won; the next upsert finds its record */
    }
    switch (error_class(error.code)) {
    case ERROR_CLASS_NONE: return OUTBOX_OK;
    case ERROR_CLASS_RETRY_NOW: return OUTBOX_RETRY_SOON;
    case ERROR_CLASS_RETRY_LATER: return OUTBOX_RETRY_LATER;
    case ERROR_CLASS_SKIP_RECORD: return OUTBOX_REFUSED;
    case ERROR_CLASS_REFRESH:
    case ERROR_CLASS_RECONNECT:
    case ERROR_CLASS_STOP_JOB: return OUTBOX_BLOCKED;
    }
    return OUTBOX_BLOCKED;
}

bool outbox_allows(OutboxState state, OutboxEventKind event)
{
    return state < OUTBOX_STATE_COUNT && event < OUTBOX_EVENT_COUNT && effects[state][event] != DENIED;
}

static int64_t backoff_ms(int64_t attempt, uint32_t jitter)
{
    int64_t pause = OUTBOX_BACKOFF_MS;
    for (int64_t i = 1; i < attempt && pause < OUTBOX_BACKOFF_MS_MAX; i++) {
        pause *= 2;
    }
    pause = pause < OUTBOX_BACKOFF_MS_MAX ? pause : OUTBOX_BACKOFF_MS_MAX;
    return pause - (int64_t)(((uint64_t)(pause / 4) * jitter) >> 32);
}

/* What Salesforce asks for, longer each time; a few seconds where it does not say. */
static int64_t declined_ms(int64_t attempt, int64_t retry_after_ms)
{
    int64_t pause = retry_after_ms > 0 ? retry_after_ms : OUTBOX_DECLINED_MS;
    for (int64_t i = 1; i < attempt && pause < OUTBOX_BACKOFF_MS_MAX; i++) {
        pause *= 2;
    }
    return pause < OUTBOX_BACKOFF_MS_MAX || pause == retry_after_ms ? pause : OUTBOX_BACKOFF_MS_MAX;
}

static OutboxNext ready(const OutboxEntry *entry, int64_t now_ms, int64_t pause_ms)
{
    const bool spent = entry->attempt >= OUTBOX_ATTEMPTS_MAX;
    return (OutboxNext){.state = spent ? OUTBOX_FAILED : OUTBOX_READY,
                        .attempt = entry->attempt,
                        .not_before_ms = spent || pause_ms == 0 ? 0 : now_ms + pause_ms};
}

static OutboxNext unclear(const OutboxEntry *entry, int64_t looks, int64_t not_before_ms)
{
    return (OutboxNext){
        .state = OUTBOX_UNCLEAR, .attempt = entry->attempt, .looks = looks, .not_before_ms = not_before_ms};
}

static OutboxNext still(const OutboxEntry *entry, OutboxState state)
{
    return (OutboxNext){.state = state, .attempt = entry->attempt};
}

static OutboxNext missed(const OutboxEntry *entry, int64_t now_ms)
{
    const int64_t looks = entry->looks + 1;
    return looks < OUTBOX_LOOKS ? unclear(entry, looks, now_ms + OUTBOX_SETTLE_MS) : ready(entry, now_ms, 0);
}

OutboxNext outbox_next(const OutboxEntry *entry, OutboxEvent event, int64_t now_ms, uint32_t jitter)
{
    perly_assert(outbox_allows(entry->state, event.kind));
    int64_t pause = backoff_ms(entry->attempt, jitter);
    pause = pause > event.retry_after_ms ? pause : event.retry_after_ms;
    switch ((Effect)effects[entry->state][event.kind]) {
    case CLAIM: return (OutboxNext){.state = OUTBOX_CLAIMED, .attempt = entry->attempt + 1};
    case FINISH: return still(entry, OUTBOX_DONE);
    case AGAIN: return ready(entry, now_ms, entry->attempt <= 1 ? event.retry_after_ms : pause);
    case PAUSE: return ready(entry, now_ms, pause);
    case BLOCK:
        return (OutboxNext){.state = OUTBOX_READY,
                            .attempt = entry->attempt > 0 ? entry->attempt - 1 : 0,
                            .not_before_ms = event.retry_after_ms > 0 ? now_ms + event.retry_after_ms : 0,
                            .stop = true};
    case REFUSE: return still(entry, OUTBOX_FAILED);
    case DOUBT:
        pause = declined_ms(entry->attempt, event.retry_after_ms);
        return entry->repeatable ? ready(entry, now_ms, pause)
                                 : unclear(entry, OUTBOX_LOOKS - 1, now_ms + pause);
    case SETTLE:
        return entry->repeatable ? ready(entry, now_ms, pause)
                                 : unclear(entry, 0, now_ms + OUTBOX_FIRST_LOOK_MS);
    case RECOVER:
        return entry->repeatable ? ready(entry, now_ms, 0) : unclear(entry, 0, now_ms + OUTBOX_FIRST_LOOK_MS);
    case MISS: return missed(entry, now_ms);
    case RELOOK: return unclear(entry, entry->looks, now_ms + OUTBOX_FIRST_LOOK_MS);
    case RESTART: return (OutboxNext){.state = OUTBOX_READY};
    case DROP: return still(entry, OUTBOX_DROPPED);
    case DENIED: break;
    }
    perly_assert(false);
    return still(entry, entry->state);
}
