/*
 * Which column the results of an expression fit into: asked when a configuration is compiled, with or without
 * an org, and when a mapping is planned.
 */
#ifndef PERLY_MAP_COLUMN_TYPE_H
#define PERLY_MAP_COLUMN_TYPE_H

#include "cel/cel.h"
#include "row/row.h"

/*
 * The type of a column for results of `type`. False where there is none (a duration, a map, a list of
 * anything but texts), or nobody knows before rows come (dyn).
 */
bool column_type(const CelType *type, RowType *result);

#endif
