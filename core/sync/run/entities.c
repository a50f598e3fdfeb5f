#include "sync/run/entities.h"

#include "base/assert.h"
#include "perly/host.h"

static void append_column(Buffer *columns, Slice name, RowType type)
{
    static const char letters[] = "idbtyml"; /* in the order of RowType */
    buffer_append(columns, SLICE(", "));
    buffer_append(columns, name);
    buffer_append_byte(columns, ' ');
    buffer_append_byte(columns, letters[type]);
}

static bool has_attribute(Source source, Slice name)
{
    size_t count = 0;
    const AttributeFacts *attributes = attribute_facts(&count);
    for (size_t i = 0; i < count; i++) {
        if (attributes[i].source == source && slice_equal(attributes[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void append_index(Buffer *indexes, Slice entity, Slice suffix, Slice columns)
{
    if (indexes->length != 0) {
        buffer_append(indexes, SLICE("; "));
    }
    buffer_append(indexes, entity);
    buffer_append(indexes, suffix);
    buffer_append(indexes, SLICE(": "));
    buffer_append(indexes, columns);
}

/* They find the children of an account. What store_compare needs is the adapter's own affair. */
static void append_indexes(Buffer *indexes, Source source)
{
    static const struct {
        Slice attribute;
        Slice suffix;
    } children[] = {{SLICE_INIT("account_id"), SLICE_INIT("_account")},
                    {SLICE_INIT("contact_id"), SLICE_INIT("_contact")},
                    {SLICE_INIT("opportunity_id"), SLICE_INIT("_opportunity")},
                    {SLICE_INIT("activity_id"), SLICE_INIT("_activity")},
                    {SLICE_INIT("related_id"), SLICE_INIT("_related")}};
    const Slice entity = source_facts(source)->entity;
    for (size_t i = 0; i < sizeof children / sizeof children[0]; i++) {
        if (has_attribute(source, children[i].attribute)) {
            append_index(indexes, entity, children[i].suffix, children[i].attribute);
        }
    }
}

static Error entity_table(Arena *arena, Source source, const Plan *plan, Table *table)
{
    size_t count = 0;
    const AttributeFacts *attributes = attribute_facts(&count);
    Buffer columns;
    Buffer indexes;
    buffer_init(&columns, arena, 0);
    buffer_init(&indexes, arena, 0);
    buffer_append(&columns, SLICE("id t key, stamp m, seen m, first_seen m, hash i, deleted b, master_id t"));
    for (size_t i = 0; plan == NULL && i < count; i++) {
        if (attributes[i].source == source) {
            append_column(&columns, attributes[i].name, attributes[i].type);
        }
    }
    for (uint32_t i = 0; plan != NULL && i < plan->table_columns; i++) {
        append_column(&columns, plan->columns[i].name, plan->columns[i].type);
    }
    append_indexes(&indexes, source);
    if (columns.failed || indexes.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the schema"));
    }
    *table = (Table){.name = source_facts(source)->entity,
                     .columns = buffer_slice(&columns),
                     .indexes = buffer_slice(&indexes)};
    return ERROR_NONE;
}

Slice entities_field_table(Source source)
{
    perly_assert(source == SOURCE_ACCOUNT || source == SOURCE_CONTACT);
    return source == SOURCE_ACCOUNT ? SLICE("account_field") : SLICE("contact_field");
}

/* A value that is kept beside the row, as its column would have it. */
static void append_value(Buffer *select, Slice table, const PlanColumn *column, bool postgresql)
{
    const char *value = "f.number";
    switch (column->type) {
    case ROW_INT64: value = postgresql ? "f.number::bigint" : "CAST(f.number AS INTEGER)"; break;
    case ROW_BOOL: value = postgresql ? "f.number <> 0" : "CAST(f.number AS INTEGER)"; break;
    case ROW_TIME: value = "f.time"; break;
    case ROW_DOUBLE: break;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST:
    case ROW_TYPE_COUNT: value = "f.text"; break;
    }
    buffer_append(select, SLICE(", (SELECT "));
    buffer_append(select, slice_from_text(value));
    buffer_append(select, postgresql ? SLICE(" FROM {schema}.") : SLICE(" FROM "));
    buffer_append(select, table);
    buffer_append(select, SLICE(" f WHERE f.id = t.id AND f.name = '"));
    buffer_append(select, column->name);
    buffer_append(select, SLICE("') AS \""));
    buffer_append(select, column->name);
    buffer_append_byte(select, '"');
}

static void write_join(Buffer *select, const Plan *plan, bool postgresql)
{
    for (uint32_t i = 0; i < PLAN_FIXED_COUNT + plan->table_columns; i++) {
        buffer_append(select, i == 0 ? SLICE("SELECT t.\"") : SLICE(", t.\""));
        buffer_append(select, plan->table.columns[i].name);
        buffer_append_byte(select, '"');
    }
    for (uint32_t i = plan->table_columns; i < plan->column_count; i++) {
        append_value(select, entities_field_table(plan->source), &plan->columns[i], postgresql);
    }
    buffer_append(select, postgresql ? SLICE(" FROM {schema}.") : SLICE(" FROM "));
    buffer_append(select, source_facts(plan->source)->entity);
    buffer_append(select, SLICE(" t"));
}

/* Without further columns there is nothing to join, and a view that was there goes. */
static Error join_view(Arena *arena, const Plan *plan, bool postgresql, View *view)
{
    Buffer name;
    Buffer select;
    buffer_init(&name, arena, 0);
    buffer_init(&select, arena, 0);
    buffer_append(&name, source_facts(plan->source)->entity);
    buffer_append(&name, SLICE("_all"));
    if (plan_has_further(plan)) {
        write_join(&select, plan, postgresql);
    }
    *view = (View){buffer_slice(&name), buffer_slice(&select)};
    return name.failed || select.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the schema"))
                                        : ERROR_NONE;
}

Error entities_make(Arena *arena, uint32_t dialect, const Plan *const *plans, Entities *entities)
{
    static const Source with_fields[] = {SOURCE_ACCOUNT, SOURCE_CONTACT};
    Table *tables = entities->tables;
    size_t done = 0;
    entities->view_count = 0;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Slice entity = source_facts((Source)source)->entity;
        size_t at = 0;
        while (at < done && !slice_equal(tables[at].name, entity)) {
            at++;
        }
        if (at == done) {
            RETURN_IF_ERROR(
                entity_table(arena, (Source)source, plans == NULL ? NULL : plans[source], &tables[done++]));
        }
    }
    for (size_t i = 0; i < sizeof with_fields / sizeof with_fields[0]; i++) {
        const Plan *plan = plans == NULL ? NULL : plans[with_fields[i]];
        tables[done++] = (Table){.name = entities_field_table(with_fields[i]),
                                 .columns = SLICE("id t key, name t key, text t, number d, time m"),
                                 .indexes = SLICE(""),
                                 .small = true};
        if (plan != NULL) {
            RETURN_IF_ERROR(join_view(arena, plan, dialect == PERLY_DIALECT_POSTGRESQL,
                                      &entities->views[entities->view_count++]));
        }
    }
    entities->table_count = done;
    return ERROR_NONE;
}

void entities_schema(Buffer *record, uint32_t dialect, const Entities *entities)
{
    const MoreTables more = {entities->tables, entities->table_count, entities->views, entities->view_count};
    tables_schema(record, dialect, &more);
}
