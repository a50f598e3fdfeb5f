#include "rules/fields.h"

#include "base/assert.h"
#include "base/time.h"
#include "json/writer.h"
#include "rules/internal.h"
#include "rules/local_day.h"

static void write_pair(JsonWriter *json, Slice key, Slice text)
{
    json_write_text_member(json, key, text);
}

static void write_task(JsonWriter *json, const RulesAction *action)
{
    char due[RULES_DATE_BYTES];
    rules_date_print(action->due_day, due);
    write_pair(json, SLICE("owner_id"), action->owner_id);
    write_pair(json, SLICE("subject"), action->subject);
    write_pair(json, SLICE("priority"), action->priority);
    write_pair(json, SLICE("description"), action->description);
    write_pair(json, SLICE("due"), slice_make(due, sizeof due));
    if (action->has_reminder) {
        char reminder[TIME_TEXT_BYTES];
        time_print(action->reminder_ms, reminder);
        write_pair(json, SLICE("reminder"), slice_make(reminder, sizeof reminder));
    }
    if (action->kind == RULES_DIGEST) {
        json_write_int64_member(json, SLICE("items"), action->items);
    }
}

Error rules_fields_write(Arena *arena, const RulesAction *action, Slice *json)
{
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    JsonWriter writer = {&buffer, false};
    json_write_object_begin(&writer);
    if (action->kind == RULES_CHATTER) {
        write_pair(&writer, SLICE("text"), action->text);
        if (action->owner_id.length != 0) {
            write_pair(&writer, SLICE("mention"), action->owner_id);
        }
    } else {
        write_task(&writer, action);
    }
    json_write_object_end(&writer);
    if (buffer.failed) {
        return RULES_NO_MEMORY;
    }
    *json = buffer_slice(&buffer);
    return ERROR_NONE;
}

static Error read_task(JsonValue root, RulesAction *action)
{
    Slice due = {NULL, 0};
    int64_t due_ms = 0;
    int64_t items = 0;
    RETURN_IF_ERROR(json_text(json_get(root, SLICE("owner_id")), &action->owner_id));
    RETURN_IF_ERROR(json_text(json_get(root, SLICE("subject")), &action->subject));
    RETURN_IF_ERROR(json_text(json_get(root, SLICE("priority")), &action->priority));
    RETURN_IF_ERROR(json_text(json_get(root, SLICE("description")), &action->description));
    RETURN_IF_ERROR(json_text(json_get(root, SLICE("due")), &due));
    RETURN_IF_ERROR(time_parse(due, &due_ms));
    RETURN_IF_ERROR(json_int64_or(json_get(root, SLICE("items")), 0, &items));
    if (items < 0 || items > UINT32_MAX) {
        return json_error(json_get(root, SLICE("items")), ERROR_JSON_TYPE, SLICE("not a count of lines"));
    }
    action->due_day = rules_local_day(NULL, SLICE(""), due_ms);
    Slice reminder = {NULL, 0};
    RETURN_IF_ERROR(json_text_or(json_get(root, SLICE("reminder")), SLICE(""), &reminder));
    if (reminder.length != 0) {
        RETURN_IF_ERROR(time_parse(reminder, &action->reminder_ms));
        action->has_reminder = true;
    }
    action->items = (uint32_t)items;
    return ERROR_NONE;
}

Error rules_fields_read(Arena *arena, RulesKind kind, Slice json, RulesAction *action)
{
    JsonDocument *document = ARENA_NEW(arena, JsonDocument);
    RulesAction read = {.kind = kind};
    if (document == NULL) {
        return RULES_NO_MEMORY;
    }
    RETURN_IF_ERROR(json_parse(arena, json, document));
    const JsonValue root = json_root(document);
    if (kind == RULES_CHATTER) {
        RETURN_IF_ERROR(json_text(json_get(root, SLICE("text")), &read.text));
        RETURN_IF_ERROR(json_text_or(json_get(root, SLICE("mention")), SLICE(""), &read.owner_id));
    } else {
        RETURN_IF_ERROR(read_task(root, &read));
    }
    *action = read;
    return ERROR_NONE;
}

Error rules_earlier_read(Arena *arena, RulesKind kind, Slice json, int64_t at_ms, bool held,
                         RulesEarlier *earlier)
{
    RulesAction action;
    perly_assert(kind != RULES_CHATTER);
    RETURN_IF_ERROR(rules_fields_read(arena, kind, json, &action));
    *earlier = (RulesEarlier){.owner_id = action.owner_id,
                              .at_ms = at_ms,
                              .held = held,
                              .digest = kind == RULES_DIGEST,
                              .description = action.description,
                              .priority = action.priority,
                              .due_day = action.due_day,
                              .items = action.items};
    return ERROR_NONE;
}
