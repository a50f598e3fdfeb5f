#include "sync/act/outbox_entry.h"

#include "base/assert.h"
#include "sync/run/statements.h"

static const Slice kind_names[OUTBOX_KIND_COUNT] = {
    [OUTBOX_FIELDS] = SLICE_INIT("fields"),
    [OUTBOX_TASK] = SLICE_INIT("task"),
    [OUTBOX_DIGEST] = SLICE_INIT("digest"),
    [OUTBOX_CHATTER] = SLICE_INIT("chatter"),
};

Slice outbox_kind_name(OutboxKind kind)
{
    perly_assert((unsigned)kind < OUTBOX_KIND_COUNT);
    return kind_names[kind];
}

bool outbox_kind_find(Slice name, OutboxKind *kind)
{
    for (unsigned i = 0; i < OUTBOX_KIND_COUNT; i++) {
        if (slice_equal(kind_names[i], name)) {
            *kind = (OutboxKind)i;
            return true;
        }
    }
    return false;
}

/* Reading. */

void outbox_items_init(OutboxItems *items, Arena *arena, uint32_t room, bool keyed)
{
    *items = (OutboxItems){.arena = arena, .room = room, .keyed = keyed};
    items->items = ARENA_ARRAY(arena, OutboxItem, room);
    if (items->items == NULL) {
        items->error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for entries of the outbox"));
    }
}

/* Sent twice, fields are the same fields; a task is the same task if its key or its id is known. */
static bool is_repeatable(const OutboxItems *items, const OutboxItem *item)
{
    switch (item->kind) {
    case OUTBOX_FIELDS: return true;
    case OUTBOX_TASK:
    case OUTBOX_DIGEST: return items->keyed || item->result_id.length != 0;
    case OUTBOX_CHATTER:
    case OUTBOX_KIND_COUNT: break;
    }
    return false;
}

/* Columns of OUTBOX_CLAIMED, OUTBOX_READY and OUTBOX_UNCLEAR. */
enum {
    ENTRY_KEY,
    ENTRY_KIND,
    ENTRY_ACCOUNT_ID,
    ENTRY_FIELDS,
    ENTRY_ATTEMPT,
    ENTRY_LOOKS,
    ENTRY_CLAIMED_AT,
    ENTRY_RESULT_ID,
    ENTRY_STATE
};

static void take_row(OutboxItems *items, RowView row)
{
    OutboxItem item = {.event = OUTBOX_OK};
    OutboxState state = OUTBOX_READY;
    if (!outbox_kind_find(row_text(row, ENTRY_KIND), &item.kind) ||
        !outbox_state_find(row_text(row, ENTRY_STATE), &state)) {
        return; /* of a newer version: it is left for that one */
    }
    if (!ROW_KEEP(row, items->arena, {ENTRY_KEY, &item.key}, {ENTRY_ACCOUNT_ID, &item.account_id},
                  {ENTRY_FIELDS, &item.fields}, {ENTRY_RESULT_ID, &item.result_id})) {
        items->error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for entries of the outbox"));
        return;
    }
    item.claimed_ms = row_int64(row, ENTRY_CLAIMED_AT);
    item.entry = (OutboxEntry){
        .state = state, .attempt = row_int64(row, ENTRY_ATTEMPT), .looks = row_int64(row, ENTRY_LOOKS)};
    item.entry.repeatable = is_repeatable(items, &item);
    items->items[items->count++] = item;
}

uint32_t outbox_items_take(void *context, const RowBatch *batch)
{
    OutboxItems *items = context;
    for (uint32_t i = 0; i < batch->row_count && items->error.code == ERROR_OK; i++) {
        if (items->count == items->room) {
            break; /* the next reading finds the others */
        }
        take_row(items, row_at(batch, i));
    }
    return PERLY_MORE;
}

/* Writing. Rows of one statement are gathered, and become one operation. */

typedef struct Rows {
    StoreParams params;
    uint32_t count;
} Rows;

static void rows_begin(Rows *rows, const StoreOps *ops, SyncStatement statement)
{
    rows->count = 0;
    store_params_begin(&rows->params, ops->arena, sync_statement(statement));
}

static RowWriter *rows_next(Rows *rows, StoreOps *ops)
{
    RowWriter *writer = &rows->params.writer;
    if (rows->count++ > 0) {
        store_params_next(ops, &rows->params);
    }
    return writer;
}

static void rows_run(Rows *rows, StoreOps *ops)
{
    if (rows->count > 0) {
        store_ops_run(ops, &rows->params);
    }
}

static void text_or_null(RowWriter *writer, uint32_t column, Slice text)
{
    if (text.length == 0) {
        row_writer_null(writer, column);
    } else {
        row_writer_text(writer, column, text);
    }
}

static void time_or_null(RowWriter *writer, uint32_t column, int64_t ms)
{
    if (ms == 0) {
        row_writer_null(writer, column);
    } else {
        row_writer_time(writer, column, ms);
    }
}

void outbox_items_claim(OutboxItems *items, const Session *session, StoreOps *ops)
{
    const int64_t now_ms = session->engine->wall_ms;
    /* Whichever clock is behind: a look-up that begins too early finds what one that begins too late misses.
     */
    const int64_t claimed_ms = session->server_ms < now_ms ? session->server_ms : now_ms;
    Rows claims;
    rows_begin(&claims, ops, STATEMENT_OUTBOX_CLAIM);
    for (uint32_t i = 0; i < items->count; i++) {
        OutboxItem *item = &items->items[i];
        const OutboxNext next = outbox_next(&item->entry, (OutboxEvent){.kind = OUTBOX_CLAIM}, now_ms, 0);
        item->entry.state = next.state;
        item->entry.attempt = next.attempt;
        RowWriter *writer = rows_next(&claims, ops);
        row_writer_text(writer, 0, item->key);
        row_writer_int64(writer, 1, next.attempt);
        row_writer_int64(writer, 2, session->lease_token);
        row_writer_time(writer, 3, claimed_ms);
    }
    rows_run(&claims, ops);
}

static void write_outcome(RowWriter *writer, const OutboxItem *item, const OutboxNext *next, int64_t at_ms)
{
    const bool has_id = item->result.id[0] != '\0';
    row_writer_text(writer, 0, item->key);
    row_writer_text(writer, 1, outbox_state_name(next->state));
    row_writer_int64(writer, 2, next->attempt);
    row_writer_int64(writer, 3, next->looks);
    time_or_null(writer, 4, next->not_before_ms);
    time_or_null(writer, 5, next->state == OUTBOX_DONE ? at_ms : 0);
    text_or_null(writer, 6, has_id ? slice_make(item->result.id, SF_ID_BYTES) : SLICE(""));
    const bool ok = item->error.code == ERROR_OK;
    text_or_null(writer, 7, ok ? item->note : item->error.message);
    text_or_null(writer, 8, ok ? SLICE("") : error_name(item->error.code));
}

static void write_health(RowWriter *writer, const OutboxItem *item, int64_t at_ms)
{
    row_writer_text(writer, 0, item->account_id);
    if (item->has_score) {
        row_writer_int64(writer, 1, item->score);
    } else {
        row_writer_null(writer, 1);
    }
    text_or_null(writer, 2, item->level);
    row_writer_time(writer, 3, at_ms);
}

static void write_error(RowWriter *writer, const OutboxItem *item, int64_t at_ms)
{
    row_writer_text(writer, 0, SLICE("outbox"));
    row_writer_text(writer, 1, item->key);
    row_writer_time(writer, 2, at_ms);
    row_writer_text(writer, 3, error_name(item->error.code));
    row_writer_text(writer, 4, item->error.message);
}

static void count(OutboxCounts *counts, OutboxState state)
{
    counts->done += state == OUTBOX_DONE;
    counts->failed += state == OUTBOX_FAILED;
}

OutboxEventKind outbox_record_event(const OutboxItem *item)
{
    if (item->error.code == ERROR_SF_BUSY && !item->bad) {
        return OUTBOX_DECLINED; /* as of a whole request: a look-up before the next attempt */
    }
    return item->bad || item->error.code == ERROR_SF_REFUSED ? OUTBOX_REFUSED : outbox_event(item->error);
}

Error outbox_items_blocked(const OutboxItems *items)
{
    for (uint32_t i = 0; i < items->count; i++) {
        if (items->items[i].event == OUTBOX_BLOCKED) {
            return items->items[i].error;
        }
    }
    return ERROR_NONE;
}

static uint32_t random_uint32(const Engine *engine)
{
    uint32_t value = 0;
    char bytes[sizeof value];
    engine->host.random(engine->host.context, bytes, sizeof bytes);
    memcpy(&value, bytes, sizeof value);
    return value;
}

bool outbox_items_store(OutboxItems *items, Session *session, int64_t retry_after_ms, StoreOps *ops,
                        OutboxCounts *counts)
{
    const int64_t now_ms = session->engine->wall_ms;
    const int64_t at_ms = session->server_ms;
    bool stop = false;
    Rows outcomes;
    Rows healths;
    Rows errors;
    Rows cleared;
    rows_begin(&outcomes, ops, STATEMENT_OUTBOX_OUTCOME);
    rows_begin(&healths, ops, STATEMENT_HEALTH_PUSHED);
    rows_begin(&errors, ops, STATEMENT_RECORD_ERROR_WRITE);
    rows_begin(&cleared, ops, STATEMENT_RECORD_ERROR_CLEAR);
    for (uint32_t i = 0; i < items->count; i++) {
        const OutboxItem *item = &items->items[i];
        const OutboxEvent event = {.kind = item->event, .retry_after_ms = retry_after_ms};
        const OutboxNext next = outbox_next(&item->entry, event, now_ms, random_uint32(session->engine));
        stop = stop || next.stop;
        write_outcome(rows_next(&outcomes, ops), item, &next, at_ms);
        if (next.state == OUTBOX_FAILED) {
            write_error(rows_next(&errors, ops), item, at_ms);
        }
        if (next.state == OUTBOX_DONE) {
            RowWriter *writer = rows_next(&cleared, ops);
            row_writer_text(writer, 0, SLICE("outbox"));
            row_writer_text(writer, 1, item->key);
        }
        if (next.state == OUTBOX_DONE && item->kind == OUTBOX_FIELDS) {
            write_health(rows_next(&healths, ops), item, at_ms);
        }
        count(counts, next.state);
    }
    rows_run(&outcomes, ops);
    rows_run(&healths, ops);
    rows_run(&errors, ops);
    rows_run(&cleared, ops);
    return stop;
}
