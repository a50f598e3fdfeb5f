/*
 * Events: one JSON object a line, for people's progress bars and for machines alike. The first member is
 * "event"; members follow in the order they are added. Never a secret, never the content of a record beyond
 * what the command asked to see.
 */
#ifndef PERLY_SYNC_RUN_EVENT_H
#define PERLY_SYNC_RUN_EVENT_H

#include "job/engine.h"
#include "json/writer.h"

typedef struct Event {
    Arena *arena;
    ArenaMark mark;
    Buffer text;
    JsonWriter json;
} Event;

/* Begins {"event": name; the arena's memory is given back by event_send. */
void event_begin(Event *event, Arena *arena, Slice name);

void event_text(Event *event, Slice key, Slice value);
void event_int64(Event *event, Slice key, int64_t value);
void event_uint64(Event *event, Slice key, uint64_t value);
void event_bool(Event *event, Slice key, bool value);

/* As ISO 8601; null for TIME_MS_MIN. */
void event_time(Event *event, Slice key, int64_t ms);

/* Members code, class, message, remedy, and source, pointer, line, column where they are known. */
void event_error(Event *event, Error error);

void event_send(Event *event, Engine *engine);

#endif
