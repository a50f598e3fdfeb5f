/*
 * The tables of what is pulled, made from the list of attributes: the fixed columns of a plan, then one
 * column an attribute. Sources of one entity share its table.
 */
#ifndef PERLY_SYNC_ENTITIES_H
#define PERLY_SYNC_ENTITIES_H

#include "map/plan.h"
#include "store/tables.h"

enum { ENTITIES_MAX = SOURCE_COUNT };

/*
 * Fills in `tables` (room for ENTITIES_MAX) and `count`; the texts live in `arena`. `plans` (one a source)
 * adds the mapped columns; NULL: the attributes alone. ERROR_OUT_OF_MEMORY.
 */
Error entities_tables(Arena *arena, const Plan *const *plans, Table *tables, size_t *count);

#endif
