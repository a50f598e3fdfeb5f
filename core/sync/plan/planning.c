#include "sync/plan/planning.h"

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a plan"));
}

static RowType type_of_field(const SfDescribeField *field)
{
    switch (field->type) {
    case SF_TYPE_INT: return ROW_INT64;
    case SF_TYPE_DOUBLE:
    case SF_TYPE_CURRENCY: return ROW_DOUBLE;
    case SF_TYPE_BOOL: return ROW_BOOL;
    case SF_TYPE_DATE:
    case SF_TYPE_DATETIME: return ROW_TIME;
    case SF_TYPE_MULTIPICKLIST: return ROW_LIST;
    case SF_TYPE_OTHER:
    case SF_TYPE_ID:
    case SF_TYPE_REFERENCE:
    case SF_TYPE_TEXT:
    case SF_TYPE_TEXTAREA:
    case SF_TYPE_PICKLIST:
    case SF_TYPE_TIME: break;
    }
    return ROW_TEXT;
}

Entity planning_entity(Source source)
{
    switch (source) {
    case SOURCE_ACCOUNT: return ENTITY_ACCOUNT;
    case SOURCE_CONTACT: return ENTITY_CONTACT;
    case SOURCE_OPPORTUNITY: return ENTITY_OPPORTUNITY;
    case SOURCE_TASK:
    case SOURCE_EVENT: return ENTITY_ACTIVITY;
    case SOURCE_USER: return ENTITY_USER;
    case SOURCE_OPPORTUNITY_HISTORY:
    case SOURCE_OPPORTUNITY_FIELD_HISTORY: return ENTITY_HISTORY;
    case SOURCE_EMAIL: return ENTITY_EMAIL;
    case SOURCE_RELATION: return ENTITY_RELATION;
    case SOURCE_CURRENCY:
    case SOURCE_DATED_RATE: return ENTITY_RATE;
    case SOURCE_TASK_RELATION:
    case SOURCE_EVENT_RELATION:
    case SOURCE_EMAIL_RELATION: return ENTITY_ATTENDEE;
    case SOURCE_OPPORTUNITY_ROLE:
    case SOURCE_ACCOUNT_ROLE:
    case SOURCE_COUNT: break;
    }
    return ENTITY_ROLE;
}

/* "ARR__c" becomes column arr__c of the expression record.ARR__c. */
static Error map_field(Arena *arena, Slice field, PlanMapping *mapping)
{
    char *name = arena_alloc(arena, field.length, 1);
    if (name == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < field.length; i++) {
        const char c = field.data[i];
        name[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    Buffer expression;
    buffer_init(&expression, arena, 0);
    buffer_append(&expression, SLICE("record."));
    buffer_append(&expression, field);
    *mapping = (PlanMapping){slice_make(name, field.length), buffer_slice(&expression), false};
    return expression.failed ? no_memory() : ERROR_NONE;
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* As Salesforce's own rules for names have it: nothing else becomes a name in SQL. */
static bool is_name(Slice name)
{
    size_t i = 0;
    while (i < name.length && is_word(name.data[i])) {
        i++;
    }
    return i == name.length;
}

/* Our own fields are no input: they would make every push a change. */
static bool is_wanted(const SfDescribeField *field)
{
    return field->custom && field->in_bulk && is_name(field->name) &&
           !slice_starts_with(field->name, SLICE("Perly_"));
}

/* The configuration's text has the column's name as a word: then an expression may read it. */
static bool is_named(Slice text, Slice column)
{
    size_t at = slice_find(text, column, 0);
    while (at != SIZE_MAX) {
        const size_t end = at + column.length;
        if ((at == 0 || !is_word(text.data[at - 1])) && (end == text.length || !is_word(text.data[end]))) {
            return true;
        }
        at = slice_find(text, column, at + 1);
    }
    return false;
}

/* The mappings of "*", which are then `*count`; in the order in which the org lists the fields. */
static Error list_all(Arena *arena, const Config *config, const SfDescribe *describe, PlanMapping *mappings,
                      size_t *count)
{
    size_t left = PLANNING_ALL_FIELDS_MAX;
    Slice text;
    RETURN_IF_ERROR(config_write_canonical(arena, config, &text));
    *count = 0;
    for (size_t i = 0; i < describe->field_count; i++) {
        if (is_wanted(&describe->fields[i])) {
            PlanMapping *mapping = &mappings[(*count)++];
            RETURN_IF_ERROR(map_field(arena, describe->fields[i].name, mapping));
            mapping->further = !is_named(text, mapping->name);
            left -= mapping->further || left == 0 ? 0 : 1;
        }
    }
    for (size_t i = 0; i < *count && left != 0; i++) {
        left -= mappings[i].further ? 1 : 0;
        mappings[i].further = false;
    }
    return ERROR_NONE;
}

static Error list_mappings(Arena *arena, const Config *config, Source source, const struct Zones *zones,
                           const SfDescribe *describe, PlanMappings *result)
{
    const ConfigMappings *configured = &config->mappings[planning_entity(source)];
    const size_t room = configured->all_fields ? describe->field_count : 0;
    PlanMapping *mappings = ARENA_ARRAY(arena, PlanMapping, configured->count + room);
    PlanMapping *all = ARENA_ARRAY(arena, PlanMapping, room);
    size_t used = 0;
    size_t all_count = 0;
    if (mappings == NULL || all == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < configured->count; i++) {
        mappings[used++] = (PlanMapping){.name = configured->items[i].name,
                                         .expression = configured->items[i].expression.text};
    }
    if (configured->all_fields) {
        RETURN_IF_ERROR(list_all(arena, config, describe, all, &all_count));
    }
    for (unsigned further = 0; further <= 1; further++) {
        for (size_t i = 0; i < all_count; i++) {
            if (all[i].further == (further == 1)) {
                mappings[used++] = all[i];
            }
        }
    }
    *result = (PlanMappings){mappings, used, config_calendar(config, zones)};
    return ERROR_NONE;
}

/* Fields that Salesforce changes without a stamp though they are no formulas, and those that are said to. */
static bool is_unstamped(const Config *config, Source source, Slice name)
{
    static const Slice names[] = {SLICE_INIT("LastActivityDate"), SLICE_INIT("HasOpenActivity"),
                                  SLICE_INIT("HasOverdueTask"),   SLICE_INIT("Fiscal"),
                                  SLICE_INIT("FiscalQuarter"),    SLICE_INIT("FiscalYear"),
                                  SLICE_INIT("LastLoginDate")};
    const Slice object = source_facts(source)->sobject;
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        found = found || slice_equal(names[i], name);
    }
    for (uint32_t i = 0; config != NULL && i < config->salesforce.refresh_count; i++) {
        const Slice field = config->salesforce.refresh[i];
        found = found || (slice_starts_with(field, object) && field.data[object.length] == '.' &&
                          slice_equal(slice_part(field, object.length + 1, field.length), name));
    }
    return found;
}

/* What the describe lists and Bulk can select; `config` may be NULL. */
static Error list_fields(Arena *arena, Source source, const Config *config, const SfDescribe *describe,
                         PlanField **result, size_t *count)
{
    PlanField *fields = ARENA_ARRAY(arena, PlanField, describe->field_count);
    if (fields == NULL) {
        return no_memory();
    }
    *count = 0;
    for (size_t i = 0; i < describe->field_count; i++) {
        if (describe->fields[i].in_bulk) {
            fields[(*count)++] =
                (PlanField){.name = describe->fields[i].name,
                            .type = type_of_field(&describe->fields[i]),
                            .calculated = describe->fields[i].calculated ||
                                          is_unstamped(config, source, describe->fields[i].name),
                            .money = describe->fields[i].type == SF_TYPE_CURRENCY};
        }
    }
    *result = fields;
    return ERROR_NONE;
}

Error planning_make(Arena *arena, Source source, const Config *config, const struct Zones *zones,
                    const SfDescribe *describe, Plan **plan)
{
    PlanField *fields = NULL;
    PlanMappings mappings;
    size_t field_count = 0;
    RETURN_IF_ERROR(list_mappings(arena, config, source, zones, describe, &mappings));
    RETURN_IF_ERROR(list_fields(arena, source, config, describe, &fields, &field_count));
    return plan_make(arena, source, fields, field_count, &mappings, plan);
}

Error planning_try(Arena *arena, Source source, const ConfigMapping *mapping, const struct Zones *zones,
                   const SfDescribe *describe)
{
    const PlanMapping wanted = {.name = mapping->name, .expression = mapping->expression.text};
    const PlanMappings mappings = {&wanted, 1, {.zones = zones}};
    PlanField *fields = NULL;
    size_t field_count = 0;
    Plan *plan = NULL;
    RETURN_IF_ERROR(list_fields(arena, source, NULL, describe, &fields, &field_count));
    return plan_make(arena, source, fields, field_count, &mappings, &plan);
}

Error planning_make_part(Arena *arena, const Plan *whole, const Config *config, const SfDescribe *describe,
                         const Slice *names, size_t count, Plan **plan)
{
    PlanField *fields = NULL;
    PlanMappings mappings;
    size_t field_count = 0;
    RETURN_IF_ERROR(list_mappings(arena, config, whole->source, whole->calendar.zones, describe, &mappings));
    RETURN_IF_ERROR(list_fields(arena, whole->source, config, describe, &fields, &field_count));
    return plan_make_part(arena, whole, fields, field_count, &mappings, names, count, plan);
}

Error planning_make_ids(Arena *arena, Source source, const SfDescribe *describe, Plan **plan)
{
    PlanField *fields = NULL;
    size_t field_count = 0;
    RETURN_IF_ERROR(list_fields(arena, source, NULL, describe, &fields, &field_count));
    return plan_make_ids(arena, source, fields, field_count, SLICE("swept"), plan);
}

Error planning_model(Arena *arena, Plan *const *plans, const Config *config, const struct Zones *zones,
                     ConfigIssues *issues, Model **model)
{
    static const struct {
        Source source;
        Entity entity;
    } mapped[] = {{SOURCE_ACCOUNT, ENTITY_ACCOUNT},
                  {SOURCE_CONTACT, ENTITY_CONTACT},
                  {SOURCE_OPPORTUNITY, ENTITY_OPPORTUNITY},
                  {SOURCE_TASK, ENTITY_ACTIVITY},
                  {SOURCE_USER, ENTITY_USER}};
    MappedColumn *columns = ARENA_ARRAY(arena, MappedColumn, (size_t)ENTITY_COUNT * ROW_COLUMNS_MAX);
    size_t count = 0;
    if (columns == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a model"));
    }
    for (size_t i = 0; i < sizeof mapped / sizeof mapped[0]; i++) {
        const Plan *plan = plans[mapped[i].source];
        const uint32_t end = plan == NULL ? 0 : plan->table_columns;
        for (uint32_t c = 0; c < end; c++) {
            const PlanColumn *column = &plan->columns[c];
            columns[count++] =
                (MappedColumn){mapped[i].entity, column->name, column->type, column->money, column->converts};
        }
    }
    return model_compile(arena, config, columns, count, zones, issues, model);
}
