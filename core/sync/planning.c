#include "sync/planning.h"

#include "salesforce/describe.h"

#define PLANNING_POINTS(X) X(DESCRIBE)

static JobStatus planning_step(Job *job, const Completion *got);
JOB_KIND(planning_kind, "plan", PLANNING_POINTS, planning_step, NULL);

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a plan"));
}

static void fetch_describe(Planning *planning)
{
    const Error error = sf_describe(&planning->memory, planning->session->api_version,
                                    source_facts(planning->source)->sobject, SLICE(""), &planning->spec);
    if (error.code != ERROR_OK) {
        engine_fail(&planning->job, error);
        return;
    }
    request_send(&planning->job, &planning->request, &planning->spec);
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

static Entity entity_of(Source source)
{
    switch (source) {
    case SOURCE_ACCOUNT: return ENTITY_ACCOUNT;
    case SOURCE_CONTACT: return ENTITY_CONTACT;
    case SOURCE_OPPORTUNITY: return ENTITY_OPPORTUNITY;
    case SOURCE_TASK:
    case SOURCE_EVENT: return ENTITY_ACTIVITY;
    case SOURCE_USER: return ENTITY_USER;
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
        name[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    Buffer expression;
    buffer_init(&expression, arena, 0);
    buffer_append(&expression, SLICE("record."));
    buffer_append(&expression, field);
    *mapping = (PlanMapping){slice_make(name, field.length), buffer_slice(&expression)};
    return expression.failed ? no_memory() : ERROR_NONE;
}

/* Our own fields are no input: they would make every push a change. */
static bool is_wanted(const SfDescribeField *field)
{
    return field->custom && field->in_bulk && !slice_starts_with(field->name, SLICE("Perly_"));
}

static Error list_mappings(Planning *planning, const SfDescribe *describe, PlanMapping **result,
                           size_t *count)
{
    const ConfigMappings *configured = &planning->config->mappings[entity_of(planning->source)];
    PlanMapping *mappings =
        ARENA_ARRAY(&planning->memory, PlanMapping, configured->count + PLANNING_ALL_FIELDS_MAX);
    if (mappings == NULL) {
        return no_memory();
    }
    size_t used = 0;
    for (uint32_t i = 0; i < configured->count; i++) {
        mappings[used++] = (PlanMapping){configured->items[i].name, configured->items[i].expression.text};
    }
    size_t all = 0;
    for (size_t i = 0; configured->all_fields && i < describe->field_count; i++) {
        if (is_wanted(&describe->fields[i]) && all < PLANNING_ALL_FIELDS_MAX) {
            RETURN_IF_ERROR(map_field(&planning->memory, describe->fields[i].name, &mappings[used++]));
            all++;
        }
    }
    *result = mappings;
    *count = used;
    return ERROR_NONE;
}

static Error make_plan(Planning *planning, Slice body)
{
    SfDescribe describe;
    Arena scratch;
    arena_init(&scratch, &planning->job.engine->allocator, 0);
    Error error = sf_describe_read(&planning->memory, &scratch, body, SF_PICKLISTS_SKIP, &describe);
    error = error.code == ERROR_OK ? error : error_copy(&planning->memory, error);
    arena_free(&scratch);
    RETURN_IF_ERROR(error);
    PlanField *fields = ARENA_ARRAY(&planning->memory, PlanField, describe.field_count);
    PlanMapping *mappings = NULL;
    size_t mapping_count = 0;
    if (fields == NULL) {
        return no_memory();
    }
    RETURN_IF_ERROR(list_mappings(planning, &describe, &mappings, &mapping_count));
    size_t count = 0;
    for (size_t i = 0; i < describe.field_count; i++) {
        if (describe.fields[i].in_bulk) {
            fields[count++] = (PlanField){describe.fields[i].name, type_of_field(&describe.fields[i])};
        }
    }
    return plan_make(&planning->memory, planning->source, fields, count, mappings, mapping_count,
                     &planning->plan);
}

static JobStatus planning_step(Job *job, const Completion *got)
{
    Planning *const planning = (Planning *)job;
    JOB_BEGIN(job, PLANNING_POINTS);
    AWAIT(job, DESCRIBE, fetch_describe(planning));
    TRY(job, make_plan(planning, got->body));
    JOB_END(job);
}

void planning_start(Engine *engine, Job *parent, Planning *planning)
{
    arena_init(&planning->memory, &engine->allocator, 0);
    planning->job.arena = &planning->memory;
    job_start(engine, parent, &planning->job, &planning_kind);
}

void planning_free(Planning *planning)
{
    if (planning->memory.allocator != NULL) {
        arena_free(&planning->memory);
    }
}

uint32_t planning_attribute_count(const Plan *plan)
{
    size_t count = 0;
    const AttributeFacts *attributes = attribute_facts(&count);
    uint32_t mine = 0;
    for (size_t i = 0; i < count; i++) {
        mine += attributes[i].source == plan->source ? 1 : 0;
    }
    return mine;
}
