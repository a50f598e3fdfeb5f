#include "sync/score/rolling_up.h"

#include "base/number.h"
#include "sync/run/statements.h"

#define ROLLING_POINTS(X) X(READ) X(WRITE)

enum { ROWS_A_TRANSACTION = 1000, ROOM_MIN = 64 };

static JobStatus rolling_step(Job *job, const Completion *got);
static void rolling_close(Job *job);
JOB_KIND(rolling_kind, "roll up", ROLLING_POINTS, rolling_step, rolling_close);

/* Columns of ROLLUP_READ. */
enum {
    READ_ID,
    READ_PARENT,
    READ_REVENUE,
    READ_RAW,
    READ_LEVEL,
    READ_ROOT,
    READ_ACCOUNTS,
    READ_SCORE,
    READ_WORST,
    READ_WORST_ID,
    READ_AT_RISK,
    READ_HAS_HEALTH,
    READ_DELETED
};

typedef struct RollupStored {
    bool has_row;  /* of `health`: an account that is not scored yet has nowhere to keep it */
    Slice root_id; /* empty: it stood alone */
    Slice worst_id;
    int64_t accounts;
    int64_t score; /* -1: none, as the next two */
    RiskLevel worst;
    double at_risk;
} RollupStored;

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to roll up scores"));
}

/* Grows both arrays for the nodes of a batch. */
static Error make_room(RollingUp *rolling, uint32_t more)
{
    if (rolling->room - rolling->count >= more) {
        return ERROR_NONE;
    }
    uint32_t room = rolling->room < ROOM_MIN ? ROOM_MIN : 2 * rolling->room;
    room = room < rolling->count + more ? rolling->count + more : room;
    RollupNode *nodes = ARENA_ARRAY(&rolling->memory, RollupNode, room);
    RollupStored *stored = ARENA_ARRAY(&rolling->memory, RollupStored, room);
    if (nodes == NULL || stored == NULL) {
        return no_memory();
    }
    if (rolling->count != 0) {
        memcpy(nodes, rolling->nodes, rolling->count * sizeof *nodes);
        memcpy(stored, rolling->stored, rolling->count * sizeof *stored);
    }
    rolling->nodes = nodes;
    rolling->stored = stored;
    rolling->room = room;
    return ERROR_NONE;
}

static Error copy_text(RollingUp *rolling, RowView row, uint32_t column, Slice *text)
{
    *text = SLICE("");
    if (row_state(row, column) != ROW_VALUE) {
        return ERROR_NONE;
    }
    *text = arena_copy(&rolling->memory, row_text(row, column));
    return text->data == NULL ? no_memory() : ERROR_NONE;
}

static double number_or(RowView row, uint32_t column, double otherwise)
{
    return row_state(row, column) == ROW_VALUE ? row_double(row, column) : otherwise;
}

static int64_t integer_or(RowView row, uint32_t column, int64_t otherwise)
{
    return row_state(row, column) == ROW_VALUE ? row_int64(row, column) : otherwise;
}

static Error take_node(RollingUp *rolling, RowView row)
{
    RollupNode *node = &rolling->nodes[rolling->count];
    RollupStored *stored = &rolling->stored[rolling->count];
    *node = (RollupNode){.raw = number_or(row, READ_RAW, 0), .revenue = number_or(row, READ_REVENUE, 0)};
    *stored = (RollupStored){.has_row = row_bool(row, READ_HAS_HEALTH),
                             .accounts = integer_or(row, READ_ACCOUNTS, 0),
                             .score = integer_or(row, READ_SCORE, -1),
                             .at_risk = number_or(row, READ_AT_RISK, -1)};
    RETURN_IF_ERROR(copy_text(rolling, row, READ_ID, &node->id));
    RETURN_IF_ERROR(copy_text(rolling, row, READ_PARENT, &node->parent_id));
    RETURN_IF_ERROR(copy_text(rolling, row, READ_ROOT, &stored->root_id));
    RETURN_IF_ERROR(copy_text(rolling, row, READ_WORST_ID, &stored->worst_id));
    node->scored = row_state(row, READ_RAW) == ROW_VALUE && row_state(row, READ_LEVEL) == ROW_VALUE &&
                   risk_level_find(row_text(row, READ_LEVEL), &node->level);
    if (row_state(row, READ_WORST) == ROW_VALUE) {
        (void)risk_level_find(row_text(row, READ_WORST), &stored->worst);
    }
    rolling->count++;
    rolling->live += row_bool(row, READ_DELETED) ? 0 : 1;
    return ERROR_NONE;
}

static uint32_t take_nodes(void *context, const RowBatch *batch)
{
    RollingUp *rolling = context;
    if (rolling->failure.code == ERROR_OK) {
        rolling->failure = make_room(rolling, batch->row_count);
    }
    for (uint32_t i = 0; i < batch->row_count && rolling->failure.code == ERROR_OK; i++) {
        rolling->failure = take_node(rolling, row_at(batch, i));
    }
    return PERLY_MORE;
}

static void read_nodes(RollingUp *rolling)
{
    store_query(&rolling->job, &rolling->query, sync_statement(STATEMENT_ROLLUP_READ), NULL, take_nodes,
                rolling);
}

static Error compute(RollingUp *rolling)
{
    RETURN_IF_ERROR(rolling->failure);
    return rollup_compute(&rolling->memory, rolling->nodes, rolling->live);
}

/* What is to be stored of a node; the texts are those of nodes. */
static RollupStored wanted_of(const RollingUp *rolling, uint32_t at)
{
    const RollupNode *node = &rolling->nodes[at];
    const RollupGroup *group = &node->group;
    RollupStored wanted = {.root_id = SLICE(""), .worst_id = SLICE(""), .score = -1, .at_risk = -1};
    if (at >= rolling->live || (node->root == at && group->accounts == 1)) {
        return wanted;
    }
    wanted.root_id = rolling->nodes[node->root].id;
    wanted.accounts = group->accounts;
    if (group->scored != 0) {
        (void)number_to_int64(number_round(group->score), &wanted.score);
        wanted.worst = rolling->nodes[group->worst].level;
        wanted.worst_id = rolling->nodes[group->worst].id;
        wanted.at_risk = group->has_revenue ? group->at_risk : -1;
    }
    return wanted;
}

static bool differs(const RollupStored *stored, const RollupStored *wanted)
{
    return !slice_equal(stored->root_id, wanted->root_id) ||
           !slice_equal(stored->worst_id, wanted->worst_id) || stored->accounts != wanted->accounts ||
           stored->score != wanted->score || stored->worst != wanted->worst ||
           stored->at_risk != wanted->at_risk;
}

/* Goes on to the next account whose row is to be written. */
static bool find_next(RollingUp *rolling)
{
    for (; rolling->next < rolling->count; rolling->next++) {
        const RollupStored *stored = &rolling->stored[rolling->next];
        const RollupStored wanted = wanted_of(rolling, rolling->next);
        if (stored->has_row && differs(stored, &wanted)) {
            return true;
        }
    }
    return false;
}

static void write_group(RowWriter *row, Slice id, const RollupStored *wanted)
{
    row_writer_text(row, 0, id);
    for (uint32_t column = 1; column <= 6; column++) {
        row_writer_null(row, column);
    }
    if (wanted->root_id.length == 0) {
        return;
    }
    row_writer_text(row, 1, wanted->root_id);
    row_writer_int64(row, 2, wanted->accounts);
    if (wanted->score >= 0) {
        row_writer_int64(row, 3, wanted->score);
        row_writer_text(row, 4, risk_level_name(wanted->worst));
        row_writer_text(row, 5, wanted->worst_id);
    }
    if (wanted->at_risk >= 0) {
        row_writer_double(row, 6, wanted->at_risk);
    }
}

/* After find_next: that row, and those after it that differ too. */
static void write_some(RollingUp *rolling)
{
    StoreOps ops;
    StoreParams params;
    store_ops_begin(&ops, &rolling->job);
    session_guard(rolling->session, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_ROLLUP_WRITE));
    uint32_t rows = 0;
    do {
        const RollupStored wanted = wanted_of(rolling, rolling->next);
        if (rows++ != 0) {
            store_params_next(&ops, &params);
        }
        write_group(&params.writer, rolling->nodes[rolling->next++].id, &wanted);
    } while (rows < ROWS_A_TRANSACTION && find_next(rolling));
    store_ops_run(&ops, &params);
    store_apply(&rolling->job, &ops);
}

static JobStatus rolling_step(Job *job, const Completion *got)
{
    RollingUp *const rolling = (RollingUp *)job;
    JOB_BEGIN(job, ROLLING_POINTS);
    AWAIT(job, READ, read_nodes(rolling));
    TRY(job, compute(rolling));
    while (find_next(rolling)) {
        AWAIT(job, WRITE, write_some(rolling));
    }
    JOB_END(job);
}

static void rolling_close(Job *job)
{
    arena_free(&((RollingUp *)job)->memory);
}

void rolling_up_start(Engine *engine, Job *parent, RollingUp *rolling)
{
    arena_init(&rolling->memory, &engine->allocator, 0);
    rolling->job.arena = &rolling->memory;
    job_start(engine, parent, &rolling->job, &rolling_kind);
}
