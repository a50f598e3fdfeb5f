/*
 * The tables of what is pulled, made from the list of attributes: the fixed columns of a plan, then one
 * column an attribute. Sources of one entity share its table. Further columns of accounts and contacts
 * (sync/pull/further.h) have a table beside it, and a view that joins both: account, account_field,
 * account_all.
 */
#ifndef PERLY_SYNC_RUN_ENTITIES_H
#define PERLY_SYNC_RUN_ENTITIES_H

#include "map/plan.h"
#include "store/tables.h"

enum { ENTITIES_MAX = SOURCE_COUNT + 2, ENTITIES_VIEWS_MAX = 2 };

typedef struct Entities {
    Table tables[ENTITIES_MAX];
    size_t table_count;
    View views[ENTITIES_VIEWS_MAX];
    size_t view_count;
} Entities;

/*
 * Fills in `entities`; the texts live in `arena`. `plans` (one a source) adds the mapped columns, and the
 * views in the text of `dialect`, empty where there are no further ones; NULL: the attributes alone.
 * ERROR_OUT_OF_MEMORY.
 */
Error entities_make(Arena *arena, uint32_t dialect, const Plan *const *plans, Entities *entities);

/* The table of further columns of accounts or contacts, the sources that have one: "account_field". */
Slice entities_field_table(Source source);

/* Appends the schema record of store_migrate for the fixed tables and these. */
void entities_schema(Buffer *record, uint32_t dialect, const Entities *entities);

#endif
