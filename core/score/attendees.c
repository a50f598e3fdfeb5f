/*
 * Shared Activities: an activity names one contact, and relations (TaskRelation, EventRelation) name all. An
 * org has relations of invited contacts without that feature as well.
 */
#include "cel/functions.h"
#include "score/internal.h"

static Error join(Arena *arena, FeatureRows relations, uint32_t column, const FeatureRow *activity,
                  Slice *people)
{
    uint32_t at = feature_group_find(relations, activity->id);
    Buffer list;
    buffer_init(&list, arena, 0);
    buffer_append(&list, *people);
    for (; at < relations.count && slice_equal(relations.items[at].group, activity->id); at++) {
        const Slice contact = feature_text(relations.items[at].view, column);
        if (contact.length != 0 && !cel_text_list_contains(buffer_slice(&list), contact)) {
            buffer_append(&list, list.length == 0 ? SLICE("") : SLICE(";"));
            buffer_append(&list, contact);
        }
    }
    *people = buffer_slice(&list);
    return list.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the contacts of activities"))
                       : ERROR_NONE;
}

Error feature_attendees_join(Arena *arena, const Schemas *schemas, const FeatureRows rows[ENTITY_COUNT],
                             Slice **people)
{
    const FeatureRows relations = rows[ENTITY_ATTENDEE];
    const FeatureRows activities = rows[ENTITY_ACTIVITY];
    const uint32_t column = schema_column(&schemas->entities[ENTITY_ATTENDEE].stored, SLICE("contact_id"));
    const uint32_t named = schema_column(&schemas->entities[ENTITY_ACTIVITY].stored, SLICE("contact_ids"));
    *people = NULL;
    if (relations.count == 0 || activities.count == 0) {
        return ERROR_NONE;
    }
    *people = ARENA_ARRAY(arena, Slice, activities.count);
    if (*people == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the contacts of activities"));
    }
    for (uint32_t i = 0; i < activities.count; i++) {
        const FeatureRow *activity = &activities.items[i];
        const uint32_t first = feature_group_find(relations, activity->id);
        (*people)[i] = feature_text(activity->view, named);
        if (first < relations.count && slice_equal(relations.items[first].group, activity->id)) {
            RETURN_IF_ERROR(join(arena, relations, column, activity, &(*people)[i]));
        }
    }
    return ERROR_NONE;
}
