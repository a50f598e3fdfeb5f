/*
 * Sweeps: which rows Salesforce still has, compared with those that are held. A row that was purged from the
 * recycle bin or deleted hard leaves no trace that a window would bring, and one that a change of sharing
 * shows or hides does not change its stamp. So once a week, and with `sync --full`, all ids of an object are
 * read (a pull of its own, with the checkpoint "Account (ids)") into table `swept`, and in the transaction
 * that ends it
 *
 * - rows that are held and not there become deleted, their accounts dirty; contacts are erased, also those
 *   that were deleted before and have left the recycle bin;
 * - rows that are there and not held make the next pull of the object one from the beginning;
 * - rows that stand in a window of which Salesforce said that it has none (table `note`) make the next pull
 *   begin with that window again.
 *
 * More missing rows than SWEEP_ROWS_MAX and one in twenty are held back, for a person to look at: a user who
 * lost the right to see rows looks the same as an org that lost them. `sync --full` says that they are gone.
 * Until then, or until a sweep sees them again, that is an outage of the object (outage.h): rows that come
 * anew are not seen either. Since when stands in column `unseen_since`, whatever the sweeps after it come to.
 */
#ifndef PERLY_SYNC_UPKEEP_SWEEP_H
#define PERLY_SYNC_UPKEEP_SWEEP_H

#include "sync/pull/pull.h"

enum { SWEEP_ROWS_MAX = 25, SWEEP_NAME_BYTES = 64 };
#define SWEEP_EVERY_MS INT64_C(604800000)       /* a week */
#define SWEEP_HIDDEN_EVERY_MS INT64_C(86400000) /* a day */
#define SWEEP_FAILED_EVERY_MS INT64_C(86400000) /* the same */

typedef struct Sweep {
    Pull pull;      /* first: a job */
    bool accept;    /* however many rows are gone */
    char prefix[3]; /* of the object's ids: two objects may share a table */
    char name[SWEEP_NAME_BYTES];
    StoreQuery query;
    uint64_t rows; /* the result */
    uint64_t purged;
    uint64_t unknown; /* there, and not held, or not as they are */
    bool held_back;   /* the purged ones stay as they were */
} Sweep;

/* The name of an object's sweep in table `pull`: written to `room`, SWEEP_NAME_BYTES. */
Slice sweep_name(Source source, char *room);

/*
 * Starts the sweep as an effect of `parent`. session, plan (planning_make_ids; it outlives the sweep) and
 * page_rows_max of `pull`, accept and prefix are filled in. Only once the object's own pull has ended, so
 * that each row that is held was there before.
 */
void sweep_start(Engine *engine, Job *parent, Sweep *sweep);

/* The effect: reads what came of it. */
void sweep_read(Job *job, Sweep *sweep, Arena *arena);

/* Tells it: event `swept`. */
void sweep_tell(const Sweep *sweep, Arena *arena, Engine *engine);

#endif
