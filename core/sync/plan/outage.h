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
#ifndef PERLY_SYNC_OUTAGE_H
#define PERLY_SYNC_OUTAGE_H

#include "config/model.h"
#include "map/attributes.h"
#include "sync/run/session.h"

/* One object, in this cycle and before. */
typedef struct OutageObject {
    bool pulled;       /* to the end, at least once, before this cycle */
    int64_t failed_ms; /* since when it fails, before this cycle; TIME_MS_MIN: it does not */
    bool absent;       /* the org has none, and may: it is neither pulled nor missed */
    bool passed_over;  /* another was asked for: of this one nothing new is known */
    bool hidden;       /* a sweep missed rows that are held, and none has seen them since */
    int64_t told_ms;   /* since when, as a person was told; TIME_MS_MIN: nobody was, or that it is over */
    uint64_t missed;   /* rows that the last sweep missed */
    Error error;       /* of this cycle */
} OutageObject;

typedef struct Outages {
    OutageObject objects[SOURCE_COUNT];
    uint32_t frozen; /* the result: bit e: entity e */
    bool over;       /* an object that failed before does not any more: all is scored anew */
} Outages;

/* Of a cycle without a pull: what failed last still does. */
void outages_go_on(Outages *outages);

/* Judges this cycle's errors: `frozen` and `over`, or the error that ends the cycle. */
Error outages_judge(Outages *outages);

/* Adds what `pull` keeps of this cycle's failures. */
void outages_store(const Outages *outages, int64_t now_ms, StoreOps *ops);

/* Judges what the sweeps found, `hidden` of each object: `frozen`. */
void outages_judge_hidden(Outages *outages);

/* True when a person has not been told how that stands with the object. */
bool outage_untold(const OutageObject *object);

/* Tells it of each such object; memory is taken from `arena`. What was told is stored after it (`told_ms`):
 * a process that dies in between tells it again, one that dies before it does not lose it. */
void outages_tell_hidden(const Outages *outages, const Model *model, Arena *arena, Engine *engine);

/* Tells incidents that began or ended in this cycle; memory is taken from `arena`. */
void outages_tell(const Outages *outages, const Model *model, Arena *arena, Engine *engine);

/* True when no other object can do better: the connection, the storage or the process is in trouble. */
bool outage_is_whole(Error error);

#endif
