/* sync: one cycle. */
#include "sync/command.h"
#include "sync/pull.h"

#define SYNC_POINTS(X) X(PULL)

typedef struct Sync {
    Job job; /* first */
    Command *command;
    bool full;
    int64_t page_rows;
    Pull pulls[SOURCE_COUNT];
} Sync;

static JobStatus sync_step(Job *job, const Completion *got);
JOB_KIND(sync_kind, "sync", SYNC_POINTS, sync_step, NULL);

/* All objects side by side. */
static void start_pulls(Sync *sync)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        sync->pulls[source] = (Pull){.session = sync->command->session,
                                     .source = (Source)source,
                                     .full = sync->full,
                                     .page_rows_max = (uint32_t)sync->page_rows};
        pull_start(sync->job.engine, &sync->job, &sync->pulls[source]);
    }
}

static JobStatus sync_step(Job *job, const Completion *got)
{
    Sync *const sync = (Sync *)job;
    JOB_BEGIN(job, SYNC_POINTS);
    AWAIT(job, PULL, start_pulls(sync));
    JOB_END(job);
}

void sync_start(Command *command)
{
    Sync *sync = COMMAND_CHILD(command, Sync);
    if (sync == NULL) {
        return;
    }
    sync->command = command;
    (void)json_bool_or(json_get(command->arguments, SLICE("full")), false, &sync->full);
    (void)json_int64_or(json_get(command->arguments, SLICE("page_rows")), PULL_PAGE_ROWS_MAX,
                        &sync->page_rows);
    if (sync->page_rows < 1 || sync->page_rows > PULL_PAGE_ROWS_MAX) {
        sync->page_rows = PULL_PAGE_ROWS_MAX;
    }
    command_run_child(command, &sync->job, &sync_kind);
}
