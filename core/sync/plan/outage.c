#include "sync/plan/outage.h"

#include "base/number.h"
#include "base/time.h"
#include "sync/plan/checkpoint.h"
#include "sync/plan/describing.h"
#include "sync/plan/planning.h"
#include "sync/run/event.h"

bool outage_is_whole(Error error)
{
    static const ErrorCode codes[] = {
        ERROR_CANCELLED,        ERROR_OUT_OF_MEMORY,  ERROR_INTERNAL,        ERROR_STORE_GUARD,
        ERROR_STORE_BUSY,       ERROR_STORE_FULL,     ERROR_STORE_FAILED,    ERROR_SF_API_LIMIT,
        ERROR_SF_API_DISABLED,  ERROR_SF_ORG_CHANGED, ERROR_SF_ORG_INACTIVE, ERROR_SF_SESSION_EXPIRED,
        ERROR_HTTP_UNREACHABLE, ERROR_API_BUDGET,
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (error.code == codes[i]) {
            return true;
        }
    }
    return error_class(error.code) == ERROR_CLASS_RECONNECT;
}

static uint32_t bit_of(unsigned source)
{
    return UINT32_C(1) << planning_entity((Source)source);
}

static bool may_lack(unsigned source)
{
    return source_facts((Source)source)->optional;
}

void outages_go_on(Outages *outages)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const OutageObject *object = &outages->objects[source];
        const bool failing = object->error.code != ERROR_OK && (object->pulled || !may_lack(source));
        outages->frozen |= failing || object->hidden ? bit_of(source) : 0;
    }
}

void outages_judge_hidden(Outages *outages)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const OutageObject *object = &outages->objects[source];
        outages->frozen |= object->hidden ? bit_of(source) : 0;
    }
}

bool outage_is(const OutageObject *object, OutageKind kind)
{
    return kind == OUTAGE_HIDDEN ? object->hidden : object->error.code != ERROR_OK;
}

bool outage_untold(const OutageObject *object, OutageKind kind)
{
    const bool known = kind == OUTAGE_HIDDEN || !object->passed_over;
    return known && outage_is(object, kind) != (object->told_ms[kind] != TIME_MS_MIN);
}

bool outages_untold(const Outages *outages)
{
    bool untold = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const OutageObject *object = &outages->objects[source];
        untold = untold || outage_untold(object, OUTAGE_FAILED) || outage_untold(object, OUTAGE_HIDDEN);
    }
    return untold;
}

Error outages_judge(Outages *outages)
{
    Error first = ERROR_NONE;
    Error never = ERROR_NONE;
    bool any_pulled = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const OutageObject *object = &outages->objects[source];
        if (object->passed_over) {
            continue;
        }
        if (object->error.code == ERROR_OK) {
            any_pulled = any_pulled || !object->absent;
            continue;
        }
        if (outage_is_whole(object->error)) {
            return object->error;
        }
        first = first.code == ERROR_OK ? object->error : first;
        if (object->pulled) {
            outages->frozen |= bit_of(source);
        } else if (!may_lack(source)) {
            never = never.code == ERROR_OK ? object->error : never;
        }
    }
    return any_pulled ? never : first;
}

void outages_store(const Outages *outages, int64_t now_ms, StoreOps *ops)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Error error = outages->objects[source].error;
        if (outages->objects[source].absent) {
            checkpoint_absent(ops, source_facts((Source)source)->sobject);
        } else if (error.code != ERROR_OK && !outage_is_whole(error)) {
            checkpoint_failed(ops, source_facts((Source)source)->sobject, error, now_ms);
            describing_forget(ops, source_facts((Source)source)->sobject, error);
        }
    }
}

/* What keeps its value, and rules that do not fire. */
static void tell_frozen(Event *event, const Model *model, uint32_t entities)
{
    const Config *config = model->config;
    json_write_key(&event->json, SLICE("frozen"));
    json_write_array_begin(&event->json);
    for (uint32_t i = 0; i < config->component_count; i++) {
        if ((model->components[i].needs & entities) != 0) {
            json_write_text(&event->json, config->components[i].name);
        }
    }
    for (uint32_t i = 0; i < config->gate_count; i++) {
        if ((model->gates[i].needs & entities) != 0) {
            json_write_text(&event->json, config->gates[i].name);
        }
    }
    json_write_array_end(&event->json);
    json_write_key(&event->json, SLICE("frozen_rules"));
    json_write_array_begin(&event->json);
    for (uint32_t i = 0; i < config->rule_count; i++) {
        if ((model->rules[i].needs & entities) != 0) {
            json_write_text(&event->json, config->rules[i].name);
        }
    }
    json_write_array_end(&event->json);
}

/* One that begins, with its error, or one that ends. */
static void tell(unsigned source, Error error, int64_t since_ms, const Model *model, Arena *arena,
                 Engine *engine)
{
    const bool begins = error.code != ERROR_OK;
    Event event;
    event_begin(&event, arena, begins ? SLICE("incident") : SLICE("incident_over"));
    event_text(&event, SLICE("object"), source_facts((Source)source)->sobject);
    if (begins) {
        event_error(&event, error);
        tell_frozen(&event, model, bit_of(source));
    } else {
        event_time(&event, SLICE("since"), since_ms);
    }
    event_send(&event, engine);
}

/* What an object's outage of a kind is, as an error. */
static Error error_of(const OutageObject *object, OutageKind kind, Arena *arena)
{
    char count[NUMBER_TEXT_BYTES];
    if (kind == OUTAGE_FAILED) {
        return object->error;
    }
    const Slice missed = slice_make(count, number_print_uint64(object->missed, count));
    return object->hidden ? ERROR_TEXT(arena, ERROR_SF_ROWS_UNSEEN, SLICE("the connected user does not see "),
                                       missed, SLICE(" of the rows that are held"))
                          : ERROR_NONE;
}

void outages_tell(const Outages *outages, const Model *model, Arena *arena, Engine *engine)
{
    for (unsigned at = 0; at < SOURCE_COUNT * OUTAGE_KINDS; at++) {
        const unsigned source = at / OUTAGE_KINDS;
        const OutageKind kind = (OutageKind)(at % OUTAGE_KINDS);
        const OutageObject *object = &outages->objects[source];
        if (outage_untold(object, kind)) {
            tell(source, error_of(object, kind, arena), object->told_ms[kind], model, arena, engine);
        }
    }
}
