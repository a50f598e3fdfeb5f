#include "sync/score/rolling_up.h"

#include "base/number.h"
#include "sync/run/statements.h"

#define ROLLING_POINTS(X) X(READ) X(WRITE)

enum { ROWS_A_TRANSACTION = 1000, ROOM_MIN = 64 };

static JobStatus rolling_step(Job *job, const Completion *got);
static void rolling_close(Job *job);
JOB_KIND(rolling_kind, "roll up", rolling_step, rolling_close);

/*
 * Accounts that have a parent or children, or had, deleted ones too, which come last (their columns are to be
 * emptied). {S} is the schema, {W} what the account is worth, {C} the currency that it tells that in: where
 * the org has rates and none for it, its worth is not known.
 */
static const Slice read_text = SLICE_INIT(
    "SELECT a.id, a.parent_id, CASE WHEN coalesce({C}, '') = '' OR NOT EXISTS (SELECT 1 FROM "
    "{S}currency_rate) "
    "THEN {W} ELSE {W} / (SELECT r.rate FROM {S}currency_rate r WHERE r.code = {C} AND r.starts IS NULL AND "
    "r.rate > 0 LIMIT 1) END, h.raw, h.level, h.root_id, h.group_accounts, h.group_score, h.group_worst, "
    "h.group_worst_id, h.group_at_risk, h.group_weighed_by, h.account_id IS NOT NULL, coalesce(a.deleted, "
    "false) "
    "FROM {S}account a LEFT JOIN {S}health h ON h.account_id = a.id WHERE h.root_id IS NOT NULL OR NOT "
    "coalesce(a.deleted, false) AND (a.parent_id IS NOT NULL OR a.id IN (SELECT c.parent_id FROM {S}account "
    "c "
    "WHERE c.parent_id IS NOT NULL)) ORDER BY coalesce(a.deleted, false), a.id");

/* Its columns. */
enum {
    READ_ID,
    READ_PARENT,
    READ_WORTH,
    READ_RAW,
    READ_LEVEL,
    READ_ROOT,
    READ_ACCOUNTS,
    READ_SCORE,
    READ_WORST,
    READ_WORST_ID,
    READ_AT_RISK,
    READ_WEIGHED_BY,
    READ_HAS_HEALTH,
    READ_DELETED
};

typedef struct RollupStored {
    bool has_row;  /* of `health`: an account that is not scored yet has nowhere to keep it */
    Slice root_id; /* empty: it stood alone */
    Slice worst_id;
    Slice weighed_by;
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
    *node = (RollupNode){.raw = number_or(row, READ_RAW, 0), .worth = number_or(row, READ_WORTH, 0)};
    *stored = (RollupStored){.has_row = row_bool(row, READ_HAS_HEALTH),
                             .accounts = integer_or(row, READ_ACCOUNTS, 0),
                             .score = integer_or(row, READ_SCORE, -1),
                             .at_risk = number_or(row, READ_AT_RISK, -1)};
    if (!ROW_KEEP(row, &rolling->memory, {READ_ID, &node->id}, {READ_PARENT, &node->parent_id},
                  {READ_ROOT, &stored->root_id}, {READ_WORST_ID, &stored->worst_id},
                  {READ_WEIGHED_BY, &stored->weighed_by})) {
        return no_memory();
    }
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

/* The column's name; empty: there is none. */
static Slice worth_name(const RollingUp *rolling)
{
    const uint32_t column = schema_worth(rolling->account);
    return column == UINT32_MAX ? SLICE("") : rolling->account->row.columns[column].name;
}

static Slice render(RollingUp *rolling, bool postgresql)
{
    const uint32_t column = schema_worth(rolling->account);
    const Slice worth = worth_name(rolling);
    const bool told = column != UINT32_MAX && rolling->account->money[column];
    Buffer sql;
    buffer_init(&sql, &rolling->memory, 0);
    for (size_t at = 0; at < read_text.length;) {
        const size_t mark = slice_find_byte(read_text, '{', at);
        buffer_append(&sql, slice_part(read_text, at, mark));
        at = mark + 3;
        if (mark == read_text.length) {
            break;
        }
        switch (read_text.data[mark + 1]) {
        case 'S': buffer_append(&sql, postgresql ? SLICE("{schema}.") : SLICE("")); break;
        case 'C': buffer_append(&sql, told ? SLICE("a.currency") : SLICE("NULL")); break;
        default:
            buffer_append(&sql, worth.length == 0 ? SLICE("CAST(NULL") : SLICE("CAST(a."));
            buffer_append(&sql, worth);
            buffer_append(&sql, SLICE(" AS double precision)"));
            break;
        }
    }
    return sql.failed ? (Slice){NULL, 0} : buffer_slice(&sql);
}

static Error make_statement(RollingUp *rolling, Statement *statement)
{
    *statement = (Statement){.name = SLICE("ROLLUP_READ"),
                             .sqlite = render(rolling, false),
                             .postgresql = render(rolling, true),
                             .params = SLICE(""),
                             .results = SLICE("ttddttiittdtbb")};
    return statement->sqlite.data == NULL || statement->postgresql.data == NULL ? no_memory() : ERROR_NONE;
}

static void read_nodes(RollingUp *rolling)
{
    Statement statement;
    const Error error = make_statement(rolling, &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&rolling->job, error);
        return;
    }
    store_query(&rolling->job, &rolling->query, &statement, NULL, take_nodes, rolling);
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
    RollupStored wanted = {
        .root_id = SLICE(""), .worst_id = SLICE(""), .weighed_by = SLICE(""), .score = -1, .at_risk = -1};
    if (at >= rolling->live || (node->root == at && group->accounts == 1)) {
        return wanted;
    }
    wanted.root_id = rolling->nodes[node->root].id;
    wanted.accounts = group->accounts;
    if (group->scored != 0) {
        (void)number_to_int64(number_round(group->score), &wanted.score);
        wanted.worst = rolling->nodes[group->worst].level;
        wanted.worst_id = rolling->nodes[group->worst].id;
        wanted.at_risk = group->has_worth ? group->at_risk : -1;
        wanted.weighed_by = group->has_worth ? worth_name(rolling) : SLICE("accounts");
    }
    return wanted;
}

static bool differs(const RollupStored *stored, const RollupStored *wanted)
{
    return !slice_equal(stored->root_id, wanted->root_id) ||
           !slice_equal(stored->worst_id, wanted->worst_id) ||
           !slice_equal(stored->weighed_by, wanted->weighed_by) || stored->accounts != wanted->accounts ||
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

/* Parameters of ROLLUP_WRITE. */
enum {
    WRITE_ACCOUNT_ID,
    WRITE_ROOT_ID,
    WRITE_ACCOUNTS,
    WRITE_SCORE,
    WRITE_WORST,
    WRITE_WORST_ID,
    WRITE_AT_RISK,
    WRITE_WEIGHED_BY,
    WRITE_COLUMNS
};

static void write_group(RowWriter *row, Slice id, const RollupStored *wanted)
{
    row_writer_text(row, WRITE_ACCOUNT_ID, id);
    for (uint32_t column = WRITE_ROOT_ID; column < WRITE_COLUMNS; column++) {
        row_writer_null(row, column);
    }
    if (wanted->root_id.length == 0) {
        return;
    }
    row_writer_text(row, WRITE_ROOT_ID, wanted->root_id);
    row_writer_int64(row, WRITE_ACCOUNTS, wanted->accounts);
    if (wanted->score >= 0) {
        row_writer_int64(row, WRITE_SCORE, wanted->score);
        row_writer_text(row, WRITE_WORST, risk_level_name(wanted->worst));
        row_writer_text(row, WRITE_WORST_ID, wanted->worst_id);
        row_writer_text(row, WRITE_WEIGHED_BY, wanted->weighed_by);
    }
    if (wanted->at_risk >= 0) {
        row_writer_double(row, WRITE_AT_RISK, wanted->at_risk);
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
