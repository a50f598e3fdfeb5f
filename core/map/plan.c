#include "map/plan.h"

#include "base/assert.h"
#include "perly/host.h"

static const RowColumn fixed_columns[PLAN_FIXED_COUNT] = {
    [PLAN_ID] = {SLICE_INIT("id"), ROW_TEXT},
    [PLAN_STAMP] = {SLICE_INIT("stamp"), ROW_TIME},
    [PLAN_SEEN] = {SLICE_INIT("seen"), ROW_TIME},
    [PLAN_FIRST_SEEN] = {SLICE_INIT("first_seen"), ROW_TIME},
    [PLAN_HASH] = {SLICE_INIT("hash"), ROW_INT64},
    [PLAN_DELETED] = {SLICE_INIT("deleted"), ROW_BOOL},
    [PLAN_MASTER_ID] = {SLICE_INIT("master_id"), ROW_TEXT},
};

static const PlanField *find_field(const PlanField *org, size_t count, Slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(org[i].name, name)) {
            return &org[i];
        }
    }
    return NULL;
}

typedef struct Builder {
    Arena *arena;
    Plan *plan;
    RowColumn *fields;
    const PlanField *org;
    size_t org_count;
} Builder;

/* The index of a field in the SELECT list, which it joins when it is new. */
static Error add_field(Builder *builder, Slice name, uint32_t *index)
{
    RowSchema *list = &builder->plan->fields;
    for (uint32_t i = 0; i < list->column_count; i++) {
        if (slice_equal(list->columns[i].name, name)) {
            *index = i;
            return ERROR_NONE;
        }
    }
    const PlanField *field = find_field(builder->org, builder->org_count, name);
    if (field == NULL) {
        return ERROR_TEXT(builder->arena, ERROR_CONFIG_FIELD, SLICE("no field "), name, SLICE(" on "),
                          source_facts(builder->plan->source)->sobject);
    }
    builder->fields[list->column_count] = (RowColumn){field->name, field->type};
    *index = list->column_count++;
    return ERROR_NONE;
}

static Error add_fixed_fields(Builder *builder)
{
    const SourceFacts *facts = source_facts(builder->plan->source);
    uint32_t index = 0;
    RETURN_IF_ERROR(add_field(builder, SLICE("Id"), &index));
    RETURN_IF_ERROR(add_field(builder, SLICE("SystemModstamp"), &index));
    if (facts->has_deleted) {
        RETURN_IF_ERROR(add_field(builder, SLICE("IsDeleted"), &index));
    }
    if (facts->has_master) {
        RETURN_IF_ERROR(add_field(builder, SLICE("MasterRecordId"), &index));
    }
    return ERROR_NONE;
}

static Error add_column(Builder *builder, Slice name, RowType type, bool logged, Slice expression)
{
    static const Slice prefix = SLICE_INIT("record.");
    perly_assert(slice_starts_with(expression, prefix));
    PlanColumn *column = &builder->plan->columns[builder->plan->column_count];
    const Slice field = slice_part(expression, prefix.length, expression.length);
    *column = (PlanColumn){.name = name, .type = type, .logged = logged};
    RETURN_IF_ERROR(add_field(builder, field, &column->field));
    builder->plan->column_count++;
    return ERROR_NONE;
}

static void make_table(Builder *builder, RowColumn *table)
{
    Plan *plan = builder->plan;
    memcpy(table, fixed_columns, sizeof fixed_columns);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        table[PLAN_FIXED_COUNT + i] = (RowColumn){plan->columns[i].name, plan->columns[i].type};
    }
    plan->table = (RowSchema){table, PLAN_FIXED_COUNT + plan->column_count};
    plan->flags[PLAN_ID] = PERLY_COLUMN_KEY;
    plan->flags[PLAN_FIRST_SEEN] = PERLY_COLUMN_KEEP;
}

Error plan_make(Arena *arena, Source source, const PlanField *org, size_t org_count, Plan **result)
{
    size_t count = 0;
    const AttributeFacts *attributes = attribute_facts(&count);
    Plan *plan = ARENA_NEW(arena, Plan);
    RowColumn *fields = ARENA_ARRAY(arena, RowColumn, org_count);
    RowColumn *table = ARENA_ARRAY(arena, RowColumn, PLAN_FIXED_COUNT + count);
    if (plan == NULL || fields == NULL || table == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a plan"));
    }
    *plan = (Plan){.source = source, .fields = {fields, 0}};
    plan->columns = ARENA_ARRAY(arena, PlanColumn, count);
    plan->flags = ARENA_ARRAY(arena, uint32_t, PLAN_FIXED_COUNT + count);
    if (plan->columns == NULL || plan->flags == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a plan"));
    }
    Builder builder = {arena, plan, fields, org, org_count};
    RETURN_IF_ERROR(add_fixed_fields(&builder));
    for (size_t i = 0; i < count; i++) {
        const AttributeFacts *facts = &attributes[i];
        if (facts->source == source) {
            RETURN_IF_ERROR(add_column(&builder, facts->name, facts->type, facts->logged, facts->expression));
        }
    }
    make_table(&builder, table);
    *result = plan;
    return ERROR_NONE;
}
