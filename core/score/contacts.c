/* Contacts of several accounts: an account has those that are its own, and those that a relation names. */
#include "score/internal.h"

#define DAY_MS INT64_C(86400000)

/* Numbers of stored columns of account_contact. */
typedef struct RelationColumns {
    uint32_t account;
    uint32_t contact;
    uint32_t roles;
    uint32_t active;
    uint32_t direct;
    uint32_t ends;
} RelationColumns;

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for contacts"));
}

static RelationColumns find_columns(const RowSchema *relation)
{
    return (RelationColumns){.account = schema_column(relation, SLICE("account_id")),
                             .contact = schema_column(relation, SLICE("contact_id")),
                             .roles = schema_column(relation, SLICE("roles")),
                             .active = schema_column(relation, SLICE("active")),
                             .direct = schema_column(relation, SLICE("direct")),
                             .ends = schema_column(relation, SLICE("ends"))};
}

static bool is_true(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE && row_bool(row, column);
}

/* A relation holds until the end of its last day. */
static bool holds(const RelationColumns *columns, RowView row, int64_t now_ms)
{
    const bool ended =
        row_state(row, columns->ends) == ROW_VALUE && row_int64(row, columns->ends) + DAY_MS <= now_ms;
    return is_true(row, columns->active) && !ended;
}

static size_t count_parts(Slice list)
{
    size_t count = 0;
    for (size_t at = 0; at < list.length; at = slice_find_byte(list, ';', at) + 1) {
        count++;
    }
    return count;
}

/* Each role of a relation beside the roles that stand in rows of their own. */
static Error add_roles(Arena *arena, const RelationColumns *columns, FeatureRows relations, int64_t now_ms,
                       FeatureRows *roles)
{
    size_t more = 0;
    for (uint32_t i = 0; i < relations.count; i++) {
        more += count_parts(feature_text(relations.items[i].view, columns->roles));
    }
    FeatureRows all = {ARENA_ARRAY(arena, FeatureRow, roles->count + more), 0};
    if (all.items == NULL) {
        return no_memory();
    }
    for (; all.count < roles->count; all.count++) {
        all.items[all.count] = roles->items[all.count];
    }
    for (uint32_t i = 0; i < relations.count; i++) {
        const RowView view = relations.items[i].view;
        const Slice list = feature_text(view, columns->roles);
        for (size_t at = 0; at < list.length && holds(columns, view, now_ms);) {
            const size_t end = slice_find_byte(list, ';', at);
            all.items[all.count++] = (FeatureRow){.group = feature_text(view, columns->contact),
                                                  .id = slice_part(list, at, end),
                                                  .account = feature_text(view, columns->account),
                                                  .view = view};
            at = end + 1;
        }
    }
    *roles = all;
    return ERROR_NONE;
}

/* The contact once more, under the account of the relation. */
static Error add_contacts(Arena *arena, const RelationColumns *columns, FeatureRows relations, int64_t now_ms,
                          FeatureRows *contacts)
{
    FeatureRows by_id;
    FeatureRows all = {ARENA_ARRAY(arena, FeatureRow, (size_t)contacts->count + relations.count), 0};
    RETURN_IF_ERROR(feature_rows_by_id(arena, *contacts, &by_id));
    if (all.items == NULL) {
        return no_memory();
    }
    for (; all.count < contacts->count; all.count++) {
        all.items[all.count] = contacts->items[all.count];
    }
    for (uint32_t i = 0; i < relations.count; i++) {
        const RowView view = relations.items[i].view;
        const uint32_t number =
            feature_rows_find(by_id, (BlockRange){0, by_id.count}, feature_text(view, columns->contact));
        if (number != BLOCK_NO_ROW && !is_true(view, columns->direct) && holds(columns, view, now_ms)) {
            FeatureRow *contact = &all.items[all.count++];
            *contact = by_id.items[number];
            contact->group = feature_text(view, columns->account);
        }
    }
    RETURN_IF_ERROR(feature_rows_sort(arena, all));
    contacts->items = all.items;
    contacts->count = 0;
    for (uint32_t i = 0; i < all.count; i++) { /* a relation to the contact's own account adds nothing */
        const FeatureRow *before = contacts->count == 0 ? NULL : &all.items[contacts->count - 1];
        if (before == NULL || !slice_equal(before->group, all.items[i].group) ||
            !slice_equal(before->id, all.items[i].id)) {
            all.items[contacts->count++] = all.items[i];
        }
    }
    return ERROR_NONE;
}

Error feature_relations_join(Arena *arena, const Schemas *schemas, int64_t now_ms,
                             FeatureRows rows[ENTITY_COUNT])
{
    const RelationColumns columns = find_columns(&schemas->entities[ENTITY_RELATION].stored);
    const FeatureRows relations = rows[ENTITY_RELATION];
    if (relations.count == 0) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(add_roles(arena, &columns, relations, now_ms, &rows[ENTITY_ROLE]));
    return add_contacts(arena, &columns, relations, now_ms, &rows[ENTITY_CONTACT]);
}
