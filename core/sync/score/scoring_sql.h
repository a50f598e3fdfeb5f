/*
 * The statements that a scoring composes: columns are those of the model, and what is asked for are the
 * accounts of a chunk, parameters 1 and 2 being the first and the last. Texts live in the arena that is
 * named, else in the chunk's. Each ends in ERROR_OUT_OF_MEMORY or well.
 */
#ifndef PERLY_SYNC_SCORE_SCORING_SQL_H
#define PERLY_SYNC_SCORE_SCORING_SQL_H

#include "sync/run/statements.h"
#include "sync/score/scoring.h"

const EntitySchema *scoring_schema(const Scoring *scoring, Entity entity);

/* All stored columns of an entity, where the condition of the dialect holds; "" for all rows. */
Error scoring_sql_select(const Scoring *scoring, Arena *arena, Entity entity, Slice name, Slice params,
                         Slice sqlite, Slice postgresql, Statement *statement);

/* The children of the chunk's accounts, kind by kind: `part` is 0 to SCORING_PARTS - 1. */
Error scoring_sql_part(Scoring *scoring, uint32_t part, Entity *entity, Statement *statement);

/* One of the catalogue that asks for accounts BETWEEN its parameters, for those of the chunk alone. */
Error scoring_sql_known(Scoring *scoring, SyncStatement which, Statement *statement);

#endif
