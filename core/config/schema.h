/*
 * The columns of what is scored: for each entity, those that storage hands over and those that expressions
 * see. Both come from core/map/attributes.def and the configuration's mapping; fillers of blocks and the
 * compiler of expressions read the same lists, so a column's number means the same everywhere.
 */
#ifndef PERLY_CONFIG_SCHEMA_H
#define PERLY_CONFIG_SCHEMA_H

#include "config/document.h"
#include "map/attributes.h"

/* The columns that a stored row begins with; the attributes of attributes.def follow, then the mapped ones.
 */
typedef enum StoredColumn {
    STORED_ID,
    STORED_STAMP,      /* SystemModstamp */
    STORED_FIRST_SEEN, /* server time of the window that brought the row first */
    STORED_DELETED,
    STORED_FIXED_COUNT
} StoredColumn;

typedef struct EntitySchema {
    Slice table; /* "account", "contact_role" */
    /* As storage hands it over: StoredColumn, attributes, mapped. The names are the table's columns. */
    RowSchema stored;
    /* As expressions see it: id, attributes, mapped, derived. Column i + 1 is stored column
     * STORED_FIXED_COUNT + i. */
    RowSchema row;
    /* Of each column of `row`: an amount in the record's currency, which expressions see in the corporate
     * one. */
    const bool *money;
    /* Of each column of `row`: its value depends on rates. */
    const bool *rated;
    uint32_t attribute_count;
    uint32_t derived_first; /* column of `row` */
} EntitySchema;

typedef struct Schemas {
    EntitySchema entities[ENTITY_COUNT];
} Schemas;

/* Type of a mapped column, as the mapper found it. */
typedef struct MappedColumn {
    Entity entity;
    Slice name;
    RowType type;
    bool money; /* an amount in the record's currency */
    bool rated; /* made of amounts in the corporate currency */
} MappedColumn;

/*
 * Makes the schemas in `arena`. `mapped` gives the types of the columns that the configuration maps, in the
 * order in which they follow the attributes; it must outlive the schemas. A mapping with the name of a
 * standard attribute replaces its expression, tells whether it is an amount, and adds no column.
 * ERROR_LIMIT_EXCEEDED, ERROR_OUT_OF_MEMORY.
 */
Error schemas_make(Arena *arena, const MappedColumn *mapped, size_t mapped_count, Schemas *schemas);

/* The table of an entity's rows: "account". A literal. */
Slice schema_table(Entity entity);

/* The number of a column of `row`, or UINT32_MAX. */
uint32_t schema_column(const RowSchema *schema, Slice name);

/*
 * What accounts are worth to us: the number of their column (of `row`) by which the greater of two is served
 * first, and counts more in its hierarchy. It is `arr` where that is mapped to a number, else `revenue`;
 * UINT32_MAX when a mapping made that something else.
 */
uint32_t schema_worth(const EntitySchema *account);

#endif
