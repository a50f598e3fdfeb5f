#include "sync/run/entities.h"

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
    for (uint32_t i = 0; plan != NULL && i < plan->column_count; i++) {
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

Error entities_tables(Arena *arena, const Plan *const *plans, Table *tables, size_t *count)
{
    size_t done = 0;
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
    *count = done;
    return ERROR_NONE;
}
