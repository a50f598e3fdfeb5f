#include "sync/run/event.h"

#include "base/time.h"

void event_begin(Event *event, Arena *arena, Slice name)
{
    event->arena = arena;
    event->mark = arena_mark(arena);
    buffer_init(&event->text, arena, 0);
    event->json = (JsonWriter){&event->text, false};
    json_write_object_begin(&event->json);
    event_text(event, SLICE("event"), name);
}

void event_text(Event *event, Slice key, Slice value)
{
    json_write_text_member(&event->json, key, value);
}

void event_int64(Event *event, Slice key, int64_t value)
{
    json_write_int64_member(&event->json, key, value);
}

void event_uint64(Event *event, Slice key, uint64_t value)
{
    event_int64(event, key, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void event_bool(Event *event, Slice key, bool value)
{
    json_write_bool_member(&event->json, key, value);
}

void event_time(Event *event, Slice key, int64_t ms)
{
    json_write_key(&event->json, key);
    if (ms <= TIME_MS_MIN || ms > TIME_MS_MAX) {
        json_write_null(&event->json);
        return;
    }
    char text[TIME_TEXT_BYTES];
    time_print(ms, text);
    json_write_text(&event->json, slice_make(text, sizeof text));
}

void event_error(Event *event, Error error)
{
    json_write_error_members(&event->json, error);
}

void event_send(Event *event, Engine *engine)
{
    json_write_object_end(&event->json);
    if (event->text.failed) {
        engine_log(engine, PERLY_LOG_ERROR, SLICE("no memory for an event"));
    } else {
        engine_event(engine, buffer_slice(&event->text));
    }
    arena_rewind(event->arena, event->mark);
}
