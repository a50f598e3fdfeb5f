/*
 * Columns read anew: of all rows of an object, Id, SystemModstamp and some columns. A column that joined, or
 * is made otherwise than when all rows were read last, has values in rows that do not change; a formula, and
 * a field such as LastActivityDate, changes without a trace in SystemModstamp, so it is read again once a
 * day, unless Bulk queries are short. Nothing else of a row is touched, and no row is added. Done after the
 * pulls of a cycle, before anything is scored.
 *
 *     AWAIT(job, COLUMNS, columns_read(&columns, job));
 *     TRY(job, columns_plan(&columns, &due));
 *     if (due) {
 *         AWAIT_ANY(job, REREAD, columns_start(&columns, job));
 *         columns_tell(&columns, arena, engine);
 *     }
 */
#ifndef PERLY_SYNC_PULL_COLUMNS_H
#define PERLY_SYNC_PULL_COLUMNS_H

#include "sync/plan/describing.h"
#include "sync/pull/further.h"
#include "sync/pull/pull.h"

enum { COLUMNS_EVERY_MS = 24 * 60 * 60 * 1000, COLUMNS_NAME_BYTES = 64 };

typedef struct ColumnsPull {
    Pull pull; /* first */
    PullLoad load;
    Slice recipes; /* of all columns: what they are made of once this is done (plan.h) */
    FurtherMoves moves;
    char name[COLUMNS_NAME_BYTES];
} ColumnsPull;

typedef struct Columns {
    Session *session;
    const Config *config;
    const Describing *describing;
    Plan *const *plans; /* of the cycle, a source each */
    Arena *arena;       /* the cycle's */
    uint32_t page_rows_max;
    bool usable[SOURCE_COUNT]; /* pulled to the end in this cycle */

    StoreQuery query;
    bool known[SOURCE_COUNT];
    Slice done[SOURCE_COUNT];           /* recipes of what is stored */
    Slice held[SOURCE_COUNT];           /* columns of the entity's table, "name;name;"; where it has others */
    int64_t refreshed_ms[SOURCE_COUNT]; /* TIME_MS_MIN: never */
    Plan *parts[SOURCE_COUNT];          /* what is read; NULL: nothing */
    ColumnsPull pulls[SOURCE_COUNT];
} Columns;

/* "Account (columns)": the checkpoint of what is read anew of an object; `room` has COLUMNS_NAME_BYTES. */
Slice columns_name(Source source, char *room);

/* The effect: what is stored, and since when. What stands before `query` is filled in, the rest zero. */
void columns_read(Columns *columns, Job *job);

/* Decides what is read; `*due` when anything is. ERROR_OUT_OF_MEMORY, and what plan_make_part gives. */
Error columns_plan(Columns *columns, bool *due);

/* Starts the pulls as effects of `job`. */
void columns_start(Columns *columns, Job *job);

/* Tells of each object what was read; memory is taken from `arena`. */
void columns_tell(const Columns *columns, Arena *arena, Engine *engine);

/* The entries of `recipes` that stand in `done` too: what is still as it was. */
Error columns_common(Arena *arena, Slice recipes, Slice done, Slice *common);

#endif
