#include "config/schema.h"

static const Slice tables[ENTITY_COUNT] = {
    [ENTITY_ACCOUNT] = SLICE_INIT("account"),
    [ENTITY_CONTACT] = SLICE_INIT("contact"),
    [ENTITY_OPPORTUNITY] = SLICE_INIT("opportunity"),
    [ENTITY_ACTIVITY] = SLICE_INIT("activity"),
    [ENTITY_USER] = SLICE_INIT("user"),
    [ENTITY_ROLE] = SLICE_INIT("contact_role"),
    [ENTITY_HISTORY] = SLICE_INIT("opportunity_history"),
    [ENTITY_EMAIL] = SLICE_INIT("email"),
    [ENTITY_RELATION] = SLICE_INIT("account_contact"),
    [ENTITY_ATTENDEE] = SLICE_INIT("activity_contact"),
    [ENTITY_RATE] = SLICE_INIT("currency_rate"),
};

static const RowColumn fixed_columns[STORED_FIXED_COUNT] = {
    [STORED_ID] = {SLICE_INIT("id"), ROW_TEXT},
    [STORED_STAMP] = {SLICE_INIT("stamp"), ROW_TIME},
    [STORED_FIRST_SEEN] = {SLICE_INIT("first_seen"), ROW_TIME},
    [STORED_DELETED] = {SLICE_INIT("deleted"), ROW_BOOL},
};

Slice schema_table(Entity entity)
{
    return tables[entity];
}

uint32_t schema_column(const RowSchema *schema, Slice name)
{
    for (uint32_t i = 0; i < schema->column_count; i++) {
        if (slice_equal(schema->columns[i].name, name)) {
            return i;
        }
    }
    return UINT32_MAX;
}

uint32_t schema_worth(const EntitySchema *account)
{
    static const Slice names[] = {SLICE_INIT("arr"), SLICE_INIT("revenue")};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const uint32_t column = schema_column(&account->row, names[i]);
        const RowType type = column == UINT32_MAX ? ROW_TEXT : account->row.columns[column].type;
        if (type == ROW_DOUBLE || type == ROW_INT64) {
            return column;
        }
    }
    return UINT32_MAX;
}

typedef struct Columns {
    RowColumn *items;
    uint32_t count;
} Columns;

/* Sources of one entity have the same attributes, so the first one's are all. */
static void add_attributes(Slice table, Columns *columns)
{
    size_t count = 0;
    const AttributeFacts *attributes = attribute_facts(&count);
    Source source = SOURCE_COUNT;
    for (size_t i = 0; i < count; i++) {
        if (source == SOURCE_COUNT && slice_equal(source_facts(attributes[i].source)->entity, table)) {
            source = attributes[i].source;
        }
        if (attributes[i].source == source) {
            columns->items[columns->count++] = (RowColumn){attributes[i].name, attributes[i].type};
        }
    }
}

static void add_derived(Slice table, Columns *columns)
{
    size_t count = 0;
    const DerivedFacts *derived = derived_facts(&count);
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(derived[i].entity, table)) {
            columns->items[columns->count++] = (RowColumn){derived[i].name, derived[i].type};
        }
    }
}

static bool is_money(Entity entity, Slice attribute)
{
    return (entity == ENTITY_ACCOUNT && slice_equal(attribute, SLICE("revenue"))) ||
           (entity == ENTITY_OPPORTUNITY && slice_equal(attribute, SLICE("amount")));
}

/*
 * Amounts among the columns of `row`: two attributes, unless they are mapped otherwise, and what is mapped as
 * it is from a currency field.
 */
static void mark_money(Entity entity, const MappedColumn *mapped, size_t mapped_count, const RowSchema *row,
                       bool *money, bool *rated)
{
    for (uint32_t i = 1; i < row->column_count; i++) {
        money[i] = is_money(entity, row->columns[i].name);
        rated[i] = money[i];
        for (size_t m = 0; m < mapped_count; m++) {
            if (mapped[m].entity == entity && slice_equal(mapped[m].name, row->columns[i].name)) {
                money[i] = mapped[m].money && mapped[m].type == ROW_DOUBLE;
                rated[i] = money[i] || mapped[m].rated;
            }
        }
    }
}

static Error make_entity(Arena *arena, Entity entity, const MappedColumn *mapped, size_t mapped_count,
                         EntitySchema *schema)
{
    size_t attribute_count = 0;
    size_t derived_count = 0;
    (void)attribute_facts(&attribute_count);
    (void)derived_facts(&derived_count);
    const size_t room = STORED_FIXED_COUNT + attribute_count + mapped_count;
    Columns stored = {ARENA_ARRAY(arena, RowColumn, room), STORED_FIXED_COUNT};
    Columns row = {ARENA_ARRAY(arena, RowColumn, room + derived_count), 1};
    bool *money = ARENA_ARRAY(arena, bool, room + derived_count);
    bool *rated = ARENA_ARRAY(arena, bool, room + derived_count);
    if (stored.items == NULL || row.items == NULL || money == NULL || rated == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the columns"));
    }
    memcpy(stored.items, fixed_columns, sizeof fixed_columns);
    add_attributes(tables[entity], &stored);
    schema->attribute_count = stored.count - STORED_FIXED_COUNT;
    for (size_t i = 0; i < mapped_count; i++) {
        const RowSchema known = {stored.items, stored.count};
        if (mapped[i].entity == entity && schema_column(&known, mapped[i].name) == UINT32_MAX) {
            stored.items[stored.count++] = (RowColumn){mapped[i].name, mapped[i].type};
        }
    }
    row.items[0] = stored.items[STORED_ID];
    memcpy(&row.items[1], &stored.items[STORED_FIXED_COUNT],
           (stored.count - STORED_FIXED_COUNT) * sizeof row.items[0]);
    row.count += stored.count - STORED_FIXED_COUNT;
    schema->derived_first = row.count;
    add_derived(tables[entity], &row);
    if (row.count > ROW_COLUMNS_MAX || stored.count > ROW_COLUMNS_MAX) {
        return error_make(ERROR_LIMIT_EXCEEDED, SLICE("more than 1,000 columns of one object"));
    }
    schema->table = tables[entity];
    schema->stored = (RowSchema){stored.items, stored.count};
    schema->row = (RowSchema){row.items, row.count};
    schema->money = money;
    schema->rated = rated;
    mark_money(entity, mapped, mapped_count, &schema->row, money, rated);
    return ERROR_NONE;
}

Error schemas_make(Arena *arena, const MappedColumn *mapped, size_t mapped_count, Schemas *schemas)
{
    Schemas made = {0};
    for (unsigned entity = 0; entity < ENTITY_COUNT; entity++) {
        RETURN_IF_ERROR(make_entity(arena, (Entity)entity, mapped, mapped_count, &made.entities[entity]));
    }
    *schemas = made;
    return ERROR_NONE;
}
