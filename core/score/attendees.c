/*
 * An activity names one contact, and relations name all: those of Shared Activities (TaskRelation,
 * EventRelation), and whom a message was from and to (EmailMessageRelation). An org has relations of invited
 * contacts without the former as well.
 */
#include "cel/functions.h"
#include "score/internal.h"

typedef struct Attendees {
    Arena *arena;
    FeatureRows relations; /* by what they belong to: an activity or a message */
    FeatureRows messages;  /* by their Task */
    uint32_t contact;      /* column of a relation */
} Attendees;

static bool is_of(FeatureRows rows, uint32_t at, Slice group)
{
    return at < rows.count && slice_equal(rows.items[at].group, group);
}

/* Adds the contacts of what has this id to the list. */
static Error join(const Attendees *attendees, Slice id, Slice *people)
{
    const FeatureRows relations = attendees->relations;
    uint32_t at = feature_group_find(relations, id);
    Buffer list;
    if (!is_of(relations, at, id)) {
        return ERROR_NONE;
    }
    buffer_init(&list, attendees->arena, 0);
    buffer_append(&list, *people);
    for (; is_of(relations, at, id); at++) {
        const Slice contact = feature_text(relations.items[at].view, attendees->contact);
        if (contact.length != 0 && !cel_text_list_contains(buffer_slice(&list), contact)) {
            buffer_append(&list, list.length == 0 ? SLICE("") : SLICE(";"));
            buffer_append(&list, contact);
        }
    }
    *people = buffer_slice(&list);
    return list.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the contacts of activities"))
                       : ERROR_NONE;
}

/* A message without a Task is an activity with its own id. */
static Error join_all(const Attendees *attendees, Slice id, Slice *people)
{
    const FeatureRows messages = attendees->messages;
    RETURN_IF_ERROR(join(attendees, id, people));
    for (uint32_t at = feature_group_find(messages, id); is_of(messages, at, id); at++) {
        RETURN_IF_ERROR(join(attendees, messages.items[at].id, people));
    }
    return ERROR_NONE;
}

Error feature_attendees_join(Arena *arena, const Schemas *schemas, const FeatureRows rows[ENTITY_COUNT],
                             Slice **people)
{
    const FeatureRows activities = rows[ENTITY_ACTIVITY];
    const Attendees attendees = {
        .arena = arena,
        .relations = rows[ENTITY_ATTENDEE],
        .messages = rows[ENTITY_EMAIL],
        .contact = schema_column(&schemas->entities[ENTITY_ATTENDEE].stored, SLICE("contact_id"))};
    const uint32_t named = schema_column(&schemas->entities[ENTITY_ACTIVITY].stored, SLICE("contact_ids"));
    *people = NULL;
    if (attendees.relations.count == 0 || activities.count == 0) {
        return ERROR_NONE;
    }
    *people = ARENA_ARRAY(arena, Slice, activities.count);
    if (*people == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the contacts of activities"));
    }
    for (uint32_t i = 0; i < activities.count; i++) {
        (*people)[i] = feature_text(activities.items[i].view, named);
        RETURN_IF_ERROR(join_all(&attendees, activities.items[i].id, &(*people)[i]));
    }
    return ERROR_NONE;
}
