/*
 * Pulling one Salesforce object: one Bulk query job over a closed window of SystemModstamp, page by page into
 * its table, or several pages side by side (stream.h). The checkpoint is the object's row of table `pull`; a
 * crash repeats at most the pages that were open.
 *
 * A window runs from the end of the last one, less an overlap (rows can become visible late), to the server's
 * time less a lag; never to a local clock. Rows that come twice change nothing. A window that takes
 * Salesforce too long is given up and halved: by time, then by Id (window.h).
 */
#ifndef PERLY_SYNC_PULL_PULL_H
#define PERLY_SYNC_PULL_PULL_H

#include "map/plan.h"
#include "salesforce/bulk_job.h"
#include "sync/plan/checkpoint.h"
#include "sync/pull/id_bounds.h"
#include "sync/pull/page_list.h"
#include "sync/run/session.h"

enum {
    PULL_PAGE_ROWS_MAX = 50000,
    PULL_PAGE_ROWS_MIN = 200,
    PULL_STUCK_MS = 60 * 60 * 1000, /* without a change of state or count */
    PULL_SETTLES_MAX = 4,
    PULL_SETTLE_MS = 15 * 1000,
    PULL_TURN_MS = 500,
    PULL_HALVINGS_MAX = 3,    /* by time, in a pull; of a job that does not move, in succession */
    PULL_ID_HALVINGS_MAX = 6, /* by Id, in succession, besides those */
    PULL_WINDOW_MS_MIN = 1000 /* stamps have whole seconds */
};

/* Where halving begins for a window without a beginning: before the first Salesforce org. */
#define PULL_FIRST_MS INT64_C(915148800000) /* 1999-01-01 */

/* The first load of a table, shared by the sources that fill it: it ends with the last of them. */
typedef struct PullLoad {
    bool begun;    /* before this cycle, and not ended */
    bool done;     /* a source of it was pulled to the end before this cycle */
    bool loading;  /* no row is compared */
    uint32_t open; /* sources that are not done in this cycle */
} PullLoad;

typedef struct Pull Pull;

/* Adds operations to a transaction of the pull. */
typedef void PullHook(const Pull *pull, StoreOps *ops);

typedef struct PullStream PullStream; /* stream.h */

struct Pull {
    Job job; /* first */
    Session *session;
    const Plan *plan;       /* outlives the pull */
    PullLoad *load;         /* of the plan's table; outlives the pull. NULL: rows are never compared */
    Slice name;             /* of the checkpoint; empty: the object's */
    bool endless;           /* the last window has no end: what is there at all is read, not what changed */
    PullHook *begun;        /* with the transaction that opens its first window; or NULL */
    PullHook *done;         /* with the one that ends its last window; or NULL */
    int64_t lag_ms;         /* the last window ends so long before the server's time */
    int64_t overlap_ms;     /* the first begins so long before the end of the last pull's */
    uint32_t page_rows_max; /* 1..PULL_PAGE_ROWS_MAX */
    bool full;              /* from the beginning, whatever was pulled before */
    bool small_by_rest;     /* small windows of what changed are read by REST, also while Bulk is not short */

    Checkpoint checkpoint; /* its window's end is the time of what was read */
    bool resumed;          /* the window's job is taken up where it stopped */
    bool unsettled;        /* Bulk does not know a field yet that describe shows */
    uint32_t settles;      /* pauses for that, in the pull */
    bool lost;             /* that job is gone */
    bool stuck;            /* the job does not move */
    bool first;            /* of the pull's windows */
    bool everything;       /* all rows are read, whatever their stamp */
    int64_t span_ms;       /* of a window, after one that took too long; 0: up to the goal */
    uint32_t halvings;     /* in succession */
    bool tried_again;      /* a window was asked for once more as it is */
    uint32_t by_time;      /* halvings by time, of all windows */
    IdBounds ids;          /* of the range that was halved last */
    Slice last_id;         /* of the object, as far as it is known */
    bool refused_bulk;     /* no Bulk query is left for the window, which can do without */
    bool rest_left;        /* the window turned out to be none for REST */
    bool rest_over;        /* it is not read on by REST */
    bool rest_read;        /* by REST the window was read to its end */
    uint32_t cursors_lost; /* of the window's reading by REST */

    Arena memory; /* the job's */
    CheckpointRead read;
    Request request;
    RequestSpec spec;
    PullStream *streams; /* stream.h: what reads the job's pages */
    uint32_t streaming;  /* of them are under way */
    bool failing;        /* one of them failed: no page is begun any more */
    bool by_list;        /* pages are read side by side, as `list` says; else one by one, by locator */
    bool listing;        /* its next links are being asked for */
    bool more;           /* by locator: there is another page */
    PageList list;
    uint64_t repeated; /* rows of the job that are stored and will come again: not to be counted twice */
    SfBulkJob bulk;
    uint32_t polls;
    double rows_per_ms;      /* measured over the last page; 0 before */
    double moved_ms;         /* when the job was last seen to move; 0: never */
    uint64_t rows;           /* of all windows */
    uint64_t rows_announced; /* of this window */
    Error refused;           /* of the job as a whole: it is given up */
    uint64_t inserted;
    uint64_t changed;
    Error failure; /* once it has ended, in the parent's arena: why, or ERROR_OK */
};

/* Starts the pull as an effect of `parent`. `pull` is filled in but for its job: what stands
 * before its checkpoint. */
void pull_start(Engine *engine, Job *parent, Pull *pull);

/* For what reads the pages. Effects are of `job`. */

/* The effect: the window is begun. */
void pull_open_window(Pull *pull, Job *job);

/* Adds the end of the window, and the pull's with it at its goal. */
void pull_end_window(Pull *pull, StoreOps *ops);

/* The effect: the window is given up, and the next pull begins anew. */
void pull_give_up(Pull *pull, Job *job);

/* The checkpoint's name. */
Slice pull_name(const Pull *pull);

/* A slice that ends before `delay_ms` have passed: then the pull ends, and its job goes on in Salesforce. */
bool pull_over_by(const Pull *pull, double delay_ms);

#endif
