/*
 * The checkpoint of an object's pull: its row of table `pull`. What a crash leaves is this row, and nothing
 * else tells where a pull stands.
 *
 * A pull goes up to a goal in one window, or in several when one took Salesforce too long. The row also holds
 * the pull's certificate: how many rows were announced, received, and what became of them.
 */
#ifndef PERLY_SYNC_PLAN_CHECKPOINT_H
#define PERLY_SYNC_PLAN_CHECKPOINT_H

#include "store/store.h"

typedef enum CheckpointState {
    CHECKPOINT_IDLE,    /* nothing is under way */
    CHECKPOINT_RUNNING, /* a window is being read: a Bulk job exists in Salesforce, or a cursor of REST */
    CHECKPOINT_NEXT,    /* the window is about to be read: of the one before, too much, it is a part */
    CHECKPOINT_BETWEEN  /* a window is done, or the ids below id_from in it; the goal is not reached */
} CheckpointState;

/* What the last window was read by, as column `api` has it; none: by Bulk, before there was the other. */
#define CHECKPOINT_BY_BULK SLICE("bulk")
#define CHECKPOINT_BY_REST SLICE("rest")
#define CHECKPOINT_BY_REST_FOR_WANT SLICE("rest, no bulk")
#define CHECKPOINT_BY_BULK_FOR_LENGTH SLICE("bulk, too long") /* for REST: more fields than its URL holds */

typedef struct Checkpoint {
    CheckpointState state;
    int64_t from_ms; /* the window; TIME_MS_MIN: from the beginning */
    int64_t to_ms;
    int64_t goal_ms;
    int64_t last_end_ms; /* TIME_MS_MIN: no window was ever done */
    int64_t stopped_ms;  /* end of a window that was begun and not done, whose rows wait to be marked
                            (marking.h); TIME_MS_MIN: none */
    Slice id_from;       /* of the window, rows from this id on; empty: from the first (id_range.h) */
    Slice id_to;         /* and below this one; empty: to the last */
    Slice fields;        /* hash of the SELECT list */
    Slice columns;       /* recipes of the plan (plan.h): what its columns are made of */
    Slice done_columns;  /* the same, of what all stored rows have; of other columns some rows are older */
    bool everything;     /* the pull that has begun reads all rows, in one window or several */
    Slice kept_columns;  /* those of `columns` that stand in done_columns */
    Slice api; /* CHECKPOINT_BY_...; by REST there is no job, and `locator` is the path of the next page */
    Slice job_id;
    Slice job_version;
    Slice locator;
    Slice pages;       /* as it was read: the list of pages that are read side by side (page_list.h) */
    uint64_t received; /* rows of this window's job, stored */
} Checkpoint;

/* The effect: reads the checkpoint of an object; texts live in `arena`. Both outlive the query. */
typedef struct CheckpointRead {
    Checkpoint *checkpoint;
    Arena *arena;
    StoreQuery query;
} CheckpointRead;

/* The window at hand is read by REST. */
bool checkpoint_by_rest(const Checkpoint *checkpoint);

void checkpoint_read(Job *job, CheckpointRead *read, Slice object);

/* The window is begun: its Bulk job was created, or it is about to be read by REST. `first`: of the pull's
 * windows; its certificate begins anew. */
typedef struct CheckpointOpen {
    Slice object;
    int64_t at_ms; /* server time */
    bool loading;
    bool first;
    bool everything; /* the pull reads all rows, whatever their stamp */
} CheckpointOpen;

void checkpoint_opened(StoreOps *ops, const CheckpointOpen *open, const Checkpoint *checkpoint);

/* What a page brought. */
typedef struct CheckpointPage {
    Slice locator; /* of the next one; empty: there is none, or the list tells */
    Slice pages;   /* the list, without this page; empty: none */
    uint64_t rows;
    uint64_t repeated; /* rows of the job that were counted before and come again from here on */
    uint64_t inserted;
    uint64_t changed;
    uint64_t left_out; /* by the source's filter */
    uint64_t rejected; /* with a value that does not read as its field's type, which is stored as null */
} CheckpointPage;

void checkpoint_page(StoreOps *ops, Slice object, const CheckpointPage *page);

/*
 * The window is done; `whole`: so is the pull. `asked_ms`: the server's time when it began: what it read of
 * all rows is as old as that.
 */
void checkpoint_done(StoreOps *ops, Slice object, const Checkpoint *checkpoint, uint64_t announced,
                     int64_t at_ms, int64_t asked_ms, bool whole);

/* The window's job is given up: the next one begins anew. */
void checkpoint_given_up(StoreOps *ops, Slice object);

/* The same before it had a page: `checkpoint` is the next window, which is read from here on. */
void checkpoint_next(StoreOps *ops, Slice object, const Checkpoint *checkpoint);

/* The pull failed: kept with the time since when it does, until a pull is done. */
void checkpoint_failed(StoreOps *ops, Slice object, Error error, int64_t at_ms);

/* Fields that are needed and that the user does not see: "Title, IsEmailBounced", or empty. */
void checkpoint_unseen(StoreOps *ops, Slice object, Slice names);

/* The org has no such object, or the user does not see it: that is no failure. */
void checkpoint_absent(StoreOps *ops, Slice object);

#endif
