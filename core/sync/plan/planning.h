/*
 * Planning: what the org has of what the configuration wants. Made anew for each cycle, from what the org
 * tells of itself on that day.
 */
#ifndef PERLY_SYNC_PLAN_PLANNING_H
#define PERLY_SYNC_PLAN_PLANNING_H

#include "config/model.h"
#include "map/plan.h"
#include "salesforce/describe.h"

/* Custom fields that "*" maps as columns of one table; others are kept beside it (sync/pull/further.h), but
 * for those that the configuration names anywhere. */
enum { PLANNING_ALL_FIELDS_MAX = 200 };

/*
 * Makes the plan of `source`, in `arena`; texts of `describe` and `config` outlive it, and `zones` (NULL:
 * none). Errors: plan_make.
 */
Error planning_make(Arena *arena, Source source, const Config *config, const struct Zones *zones,
                    const SfDescribe *describe, Plan **plan);

/* The plan of some columns of `whole`, planning_make's, by name (columns.h). */
Error planning_make_part(Arena *arena, const Plan *whole, const Config *config, const SfDescribe *describe,
                         const Slice *names, size_t count, Plan **plan);

/* The plan of a sweep (sweep.h): which rows there are. */
Error planning_make_ids(Arena *arena, Source source, const SfDescribe *describe, Plan **plan);

/* Whether this object has what one mapping reads, and its expression fits: an error of plan_make, or none. */
Error planning_try(Arena *arena, Source source, const ConfigMapping *mapping, const struct Zones *zones,
                   const SfDescribe *describe);

/*
 * Compiles the configuration's model with what the plans (by source) found of columns, the mapped ones too;
 * sources of one entity have the same columns. Errors: model_compile.
 */
Error planning_model(Arena *arena, Plan *const *plans, const Config *config, const struct Zones *zones,
                     ConfigIssues *issues, Model **model);

/* The entity that the rows of a source become. */
Entity planning_entity(Source source);

#endif
