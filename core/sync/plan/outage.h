/*
 * Outages: objects that could not be pulled in a cycle. One object's failure is that object's failure: the
 * components that need it stay as they were and rules that read it wait (score.h, ScoreFrozen), but for those
 * that read a change of level as well (config/model.h); the others go on, and a person is told once, by the
 * event `incident`, until `incident_over`; meanwhile `status` tells it.
 *
 * Rows that are held and not seen any more (sweep.h) are such a gap too, though the object's pulls go well.
 *
 * It ends the cycle when the connection as a whole is in trouble, when no object could be pulled, or when the
 * object was never pulled to the end: nothing is scored before every object is complete once. An object that
 * an org may lack (attributes.def, `optional`) is no condition: until it is complete once, scores do without.
 */
#ifndef PERLY_SYNC_PLAN_OUTAGE_H
#define PERLY_SYNC_PLAN_OUTAGE_H

#include "config/model.h"
#include "map/attributes.h"
#include "sync/run/session.h"

typedef enum OutageKind {
    OUTAGE_FAILED, /* its pull fails */
    OUTAGE_HIDDEN, /* a sweep missed rows that are held, and none has seen them since */
    OUTAGE_KINDS
} OutageKind;

/* One object, in this cycle and before. */
typedef struct OutageObject {
    bool pulled;                   /* to the end, at least once, before this cycle */
    bool absent;                   /* the org has none, and may: it is neither pulled nor missed */
    bool passed_over;              /* another was asked for: of this one nothing new is known */
    bool hidden;                   /* OUTAGE_HIDDEN */
    uint64_t missed;               /* rows that the last sweep missed */
    Error error;                   /* OUTAGE_FAILED: of this cycle or, in one without a pull, the last */
    int64_t told_ms[OUTAGE_KINDS]; /* since when, as a person was told; TIME_MS_MIN: nobody was, or that it is
                                      over */
} OutageObject;

typedef struct Outages {
    OutageObject objects[SOURCE_COUNT];
    uint32_t frozen; /* the result: bit e: entity e */
} Outages;

/* Of a cycle without a pull: `frozen`, as what failed last still does. */
void outages_go_on(Outages *outages);

/* Judges this cycle's errors: `frozen`, or the error that ends the cycle. */
Error outages_judge(Outages *outages);

/* Adds what `pull` keeps of this cycle's failures. */
void outages_store(const Outages *outages, int64_t now_ms, StoreOps *ops);

/* Judges what the sweeps found, `hidden` of each object: `frozen`. */
void outages_judge_hidden(Outages *outages);

bool outage_is(const OutageObject *object, OutageKind kind);

/* True when a person has not been told how that stands with the object, or with one of them. */
bool outage_untold(const OutageObject *object, OutageKind kind);
bool outages_untold(const Outages *outages);

/* Tells it of each such object; memory is taken from `arena`. What is told is stored before it, and that it
 * was told after it: a process that dies in between tells it again, and none is lost. */
void outages_tell(const Outages *outages, const Model *model, Arena *arena, Engine *engine);

/* True when no other object can do better: the connection, the storage or the process is in trouble. */
bool outage_is_whole(Error error);

#endif
