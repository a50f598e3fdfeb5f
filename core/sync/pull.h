/*
 * Pulling one Salesforce object: one Bulk query job over a closed window of SystemModstamp, page by page into
 * its table. The checkpoint is the object's row of table `pull`; a crash repeats at most one page.
 *
 * A window runs from the end of the last one, less an overlap (rows can become visible late), to the server's
 * time less a lag; never to a local clock. Rows that come twice change nothing.
 */
#ifndef PERLY_SYNC_PULL_H
#define PERLY_SYNC_PULL_H

#include "salesforce/bulk_job.h"
#include "sync/page.h"
#include "sync/session.h"

enum {
    PULL_OVERLAP_MS = 10 * 60 * 1000,
    PULL_LAG_MS = 5 * 60 * 1000,
    PULL_PAGE_ROWS_MAX = 50000,
    PULL_PAGE_ROWS_MIN = 200
};

/* The first load of a table, shared by the sources that fill it: it ends with the last of them. */
typedef struct PullLoad {
    bool begun;    /* before this cycle, and not ended */
    bool done;     /* a source of it was pulled to the end before this cycle */
    bool loading;  /* no row is compared */
    uint32_t open; /* sources that are not done in this cycle */
} PullLoad;

typedef struct Pull {
    Job job; /* first */
    Session *session;
    const Plan *plan;       /* outlives the pull */
    PullLoad *load;         /* of the plan's table; outlives the pull */
    uint32_t page_rows_max; /* 1..PULL_PAGE_ROWS_MAX */
    bool full;              /* from the beginning, whatever was pulled before */

    /* The checkpoint. */
    bool resumed; /* its job is taken up where it stopped */
    bool lost;    /* that job is gone */
    int64_t from_ms;
    int64_t to_ms;
    int64_t last_end_ms; /* TIME_MS_MIN: never */
    Slice fields;
    Slice job_id;
    Slice job_version;
    Slice locator;

    Arena memory; /* the job's */
    StoreQuery query;
    Request request;
    RequestSpec spec;
    Page page;
    bool page_open;
    SfBulkJob bulk;
    uint32_t polls;
    double page_began_ms;
    double rows_per_ms;   /* measured over the last page; 0 before */
    uint64_t rows_before; /* of the job taken up again, already stored */
    uint64_t rows;
    uint64_t rows_announced;
    Error refused; /* of the job as a whole: its checkpoint is given up */
    uint64_t inserted;
    uint64_t changed;
} Pull;

/* Starts the pull as an effect of `parent`. `pull` is filled in but for its job: session, plan, load,
 * full, page_rows_max. */
void pull_start(Engine *engine, Job *parent, Pull *pull);

#endif
