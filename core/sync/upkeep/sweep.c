#include "sync/upkeep/sweep.h"

#include "sync/pull/marking.h"
#include "sync/run/event.h"
#include "sync/run/over_table.h"
#include "sync/run/statements.h"

Slice sweep_name(Source source, char *room)
{
    static const Slice suffix = SLICE_INIT(" (ids)");
    const Slice object = source_facts(source)->sobject;
    memcpy(room, object.data, object.length);
    memcpy(room + object.length, suffix.data, suffix.length);
    return slice_make(room, object.length + suffix.length);
}

/*
 * The statements (over_table.h): what there is stands in `swept`. A sweep that was stopped ends as of the
 * time when its ids were read: what a window brought since is there.
 */
#define NOT_THERE                                                                                            \
    " AND NOT EXISTS (SELECT 1 FROM {S}swept WHERE swept.id = held.id) AND held.seen <= (SELECT goal FROM "  \
    "{S}pull WHERE object = :n)"
#define GONE OVER_HELD NOT_THERE
#define NOT_FORGOTTEN                                                                                        \
    " AND NOT EXISTS (SELECT 1 FROM {S}note WHERE note.kind = 'forgotten' AND note.object = '' AND note.id " \
    "= swept.id)"
#define UNKNOWN                                                                                              \
    OVER_HELD                                                                                                \
    " AND stamp < (SELECT last_end FROM {S}pull WHERE object = :o) AND NOT EXISTS (SELECT 1 FROM {T} "       \
    "AS held WHERE held.id = swept.id)" NOT_FORGOTTEN
#define OF_QUIET "quiet.kind = 'quiet' AND quiet.object = :o"
/* In a window of which Salesforce said that it has none; rows that did not change keep the stamp of before.
 */
#define IN_QUIET                                                                                             \
    "substr(swept.id, 1, 3) = :p"                                                                            \
    " AND stamp >= quiet.since AND stamp < quiet.at AND NOT EXISTS (SELECT 1 FROM {T} AS held "              \
    "WHERE held.id = swept.id AND held.stamp >= swept.stamp)" NOT_FORGOTTEN
#define MISSED                                                                                               \
    "SELECT min(quiet.since) FROM {S}note AS quiet WHERE " OF_QUIET " AND EXISTS (SELECT 1 FROM {S}swept "   \
    "WHERE " IN_QUIET ")"
#define ALLOWED                                                                                              \
    "(:a OR (SELECT changed <= 25 OR changed * 20 <= (SELECT count(*) FROM {T} AS held WHERE " OVER_HELD     \
    ") FROM {S}pull WHERE object = :n))"
/* Of rows that are known to be deleted the recycle bin was emptied: there is nothing to ask a person. */
#define ERASED OVER_OF_OBJECT NOT_THERE " AND (deleted OR " ALLOWED ")"

typedef enum SweepOf { OF_ALL, OF_NAMING, OF_CONTACT, OF_OTHERS } SweepOf;

/*
 * A person who is deleted for good is erased, from texts too unless it was merged into one of the same name;
 * of other rows the history is kept.
 */
static const struct {
    Slice name;
    Slice text;
    SweepOf of;
} statements[] = {
    {SLICE_INIT("SWEEP_COUNT_"),
     SLICE_INIT("UPDATE {S}pull SET changed = (SELECT count(*) FROM {T} AS held WHERE " GONE
                "), inserted = (SELECT count(*) FROM {S}swept WHERE " UNKNOWN
                ") + (SELECT count(DISTINCT swept.id) FROM {S}note AS quiet JOIN {S}swept ON " IN_QUIET
                " WHERE " OF_QUIET ") WHERE object = :n"),
     OF_ALL},
    {SLICE_INIT("SWEEP_DIRTY_"),
     SLICE_INIT("INSERT INTO {S}dirty (account_id, since) SELECT DISTINCT account, :t FROM (SELECT {A} AS "
                "account FROM {T} AS held WHERE " GONE ") AS gone WHERE account IS NOT NULL AND " ALLOWED
                " ON CONFLICT (account_id) DO NOTHING"),
     OF_NAMING},
    {SLICE_INIT("SWEEP_HOLD_"),
     SLICE_INIT("UPDATE {S}pull SET error_code = 'SF_ROWS_UNSEEN', error = 'of the rows that are held, the "
                "connected user does not see ' || changed || ': they were deleted for good, or the user lost "
                "the right to see them. If they are deleted: perly sync --full', failed_since = "
                "coalesce(unseen_since, :t), unseen_since = coalesce(unseen_since, :t) WHERE object = :n AND "
                "NOT " ALLOWED),
     OF_ALL},
    {SLICE_INIT("SWEEP_SEEN_"),
     SLICE_INIT("UPDATE {S}pull SET unseen_since = NULL WHERE object = :n AND " ALLOWED), OF_ALL},
    {SLICE_INIT("SWEEP_PURGE_"),
     SLICE_INIT("UPDATE {T} AS held SET deleted = true, hash = 0, seen = :t WHERE " GONE " AND " ALLOWED),
     OF_OTHERS},
    {SLICE_INIT("SWEEP_CHANGES_"),
     SLICE_INIT(
         "DELETE FROM {S}change WHERE object = 'contact' AND id IN (SELECT id FROM {T} AS held WHERE " ERASED
         ")"),
     OF_CONTACT},
    {SLICE_INIT("SWEEP_ERASING_"),
     SLICE_INIT(
         "INSERT INTO {S}note (kind, object, id, text, at) WITH gone AS (SELECT id, account_id, name FROM "
         "{T} AS held WHERE " ERASED
         " AND name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {T} AS other WHERE other.id = "
         "held.master_id AND other.name = held.name)) SELECT 'erasing', person, account, name, :t FROM "
         "(SELECT "
         "id AS person, account_id AS account, name FROM gone UNION SELECT g.id, r.account_id, g.name FROM "
         "gone "
         "AS g JOIN {S}account_contact AS r ON r.contact_id = g.id UNION SELECT g.id, coalesce(o.account_id, "
         "r.record_id), g.name FROM gone AS g JOIN {S}contact_role AS r ON r.contact_id = g.id LEFT JOIN "
         "{S}opportunity AS o ON o.id = r.record_id) AS named WHERE account IS NOT NULL ON CONFLICT (kind, "
         "object, id) DO NOTHING"),
     OF_CONTACT},
    {SLICE_INIT("SWEEP_FORGOTTEN_"),
     SLICE_INIT(
         "INSERT INTO {S}note (kind, object, id, at) SELECT 'forgotten', '', account_id, :t FROM {T} AS "
         "held WHERE " ERASED
         " AND person AND account_id IS NOT NULL ON CONFLICT (kind, object, id) DO NOTHING"),
     OF_CONTACT},
    {SLICE_INIT("SWEEP_FIELDS_"),
     SLICE_INIT("DELETE FROM {S}contact_field WHERE id IN (SELECT id FROM {T} AS held WHERE " ERASED ")"),
     OF_CONTACT},
    {SLICE_INIT("SWEEP_ERASE_"), SLICE_INIT("DELETE FROM {T} AS held WHERE " ERASED), OF_CONTACT},
    {SLICE_INIT("SWEEP_AGAIN_"),
     SLICE_INIT("UPDATE {S}pull SET last_end = NULL WHERE object = :o AND EXISTS "
                "(SELECT 1 FROM {S}swept WHERE " UNKNOWN ")"),
     OF_ALL},
    {SLICE_INIT("SWEEP_MISSED_"),
     SLICE_INIT("UPDATE {S}pull SET last_end = coalesce((" MISSED "), last_end) WHERE object = :o"), OF_ALL},
    {SLICE_INIT("SWEEP_LOOKED_"), SLICE_INIT("DELETE FROM {S}note WHERE kind = 'quiet' AND object = :o"),
     OF_ALL},
    /* What of the org's count is not held has been looked at. */
    {SLICE_INIT("SWEEP_GAP_"), SLICE_INIT("UPDATE {S}pull SET gap = org_rows - held_rows WHERE object = :o"),
     OF_ALL},
    {SLICE_INIT("SWEEP_CLEAR_"), SLICE_INIT("DELETE FROM {S}swept WHERE substr(id, 1, 3) = :p"), OF_ALL},
};

enum { STATEMENT_CLEAR = sizeof statements / sizeof statements[0] - 1 };

static void add_statement(const Sweep *sweep, size_t which, StoreOps *ops)
{
    const OverTable values = {.source = sweep->pull.plan->source,
                              .name = sweep->pull.name,
                              .prefix = slice_make(sweep->prefix, sizeof sweep->prefix),
                              .accept = sweep->accept,
                              .at_ms = sweep->pull.session->server_ms};
    over_table_run(ops, statements[which].name, statements[which].text, &values);
}

static void begun(const Pull *pull, StoreOps *ops)
{
    add_statement((const Sweep *)pull, STATEMENT_CLEAR, ops);
}

static bool is_of(SweepOf of, Source source)
{
    switch (of) {
    case OF_NAMING: return source == SOURCE_ACCOUNT || source_names_account(source);
    case OF_CONTACT: return source == SOURCE_CONTACT;
    case OF_OTHERS: return source != SOURCE_CONTACT;
    case OF_ALL: break;
    }
    return true;
}

static void done(const Pull *pull, StoreOps *ops)
{
    const Source source = pull->plan->source;
    for (size_t i = 0; i <= STATEMENT_CLEAR; i++) {
        if (is_of(statements[i].of, source)) {
            add_statement((const Sweep *)pull, i, ops);
        }
    }
    marking_write(ops, source, pull->session->server_ms); /* what is purged is seen now */
}

void sweep_start(Engine *engine, Job *parent, Sweep *sweep)
{
    sweep->pull.name = sweep_name(sweep->pull.plan->source, sweep->name);
    sweep->pull.full = true;
    sweep->pull.endless = true;
    sweep->pull.begun = begun;
    sweep->pull.done = done;
    pull_start(engine, parent, &sweep->pull);
}

static uint32_t take_outcome(void *context, const RowBatch *batch)
{
    Sweep *sweep = context;
    const RowView row = row_at(batch, 0);
    uint64_t *const counts[] = {&sweep->rows, &sweep->purged, &sweep->unknown};
    for (uint32_t i = 0; i < 3; i++) {
        *counts[i] = (uint64_t)(row_state(row, i) == ROW_VALUE ? row_int64(row, i) : 0);
    }
    sweep->held_back = row_state(row, 3) == ROW_VALUE;
    return PERLY_MORE;
}

void sweep_read(Job *job, Sweep *sweep, Arena *arena)
{
    StoreParams params;
    const Statement *statement = sync_statement(STATEMENT_SWEEP_OUTCOME);
    store_params_begin(&params, arena, statement);
    row_writer_text(&params.writer, 0, sweep->pull.name);
    store_query(job, &sweep->query, statement, &params, take_outcome, sweep);
}

void sweep_tell(const Sweep *sweep, Arena *arena, Engine *engine)
{
    Event event;
    event_begin(&event, arena, SLICE("swept"));
    event_text(&event, SLICE("object"), source_facts(sweep->pull.plan->source)->sobject);
    event_uint64(&event, SLICE("rows"), sweep->rows);
    event_uint64(&event, SLICE("purged"), sweep->purged);
    event_uint64(&event, SLICE("unknown"), sweep->unknown);
    event_bool(&event, SLICE("held_back"), sweep->held_back);
    event_send(&event, engine);
}
