#include "sync/pull/columns.h"

#include "base/time.h"
#include "sync/plan/planning.h"
#include "sync/pull/window.h"
#include "sync/run/event.h"
#include "sync/run/statements.h"

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to read columns anew"));
}

/* Recipes: "name=hash;name=hash;"; names of columns: "name;name;". */

static Slice next_entry(Slice recipes, size_t *at)
{
    const size_t end = slice_find_byte(recipes, ';', *at);
    const Slice entry = slice_part(recipes, *at, end);
    *at = end + 1;
    return entry;
}

static bool has_entry(Slice recipes, Slice entry)
{
    bool found = false;
    for (size_t at = 0; at < recipes.length && !found;) {
        found = slice_equal(next_entry(recipes, &at), entry);
    }
    return found;
}

Error columns_common(Arena *arena, Slice recipes, Slice done, Slice *common)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    for (size_t at = 0; at < recipes.length;) {
        const Slice entry = next_entry(recipes, &at);
        if (has_entry(done, entry)) {
            buffer_append(&text, entry);
            buffer_append_byte(&text, ';');
        }
    }
    *common = buffer_slice(&text);
    return text.failed ? no_memory() : ERROR_NONE;
}

/* Reading. */

static uint32_t take_row(void *context, const RowBatch *batch)
{
    enum { OBJECT, DONE, REFRESHED, HELD };
    Columns *columns = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const RowView row = row_at(batch, i);
        const Source source = source_find(row_text(row, OBJECT));
        if (source == SOURCE_COUNT) {
            continue;
        }
        columns->known[source] = true;
        if (row_state(row, REFRESHED) == ROW_VALUE) {
            columns->refreshed_ms[source] = row_int64(row, REFRESHED);
        }
        if (!ROW_KEEP(row, columns->arena, {DONE, &columns->done[source]}, {HELD, &columns->held[source]})) {
            columns->query.error = no_memory();
        }
    }
    return PERLY_MORE;
}

void columns_read(Columns *columns, Job *job)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        columns->refreshed_ms[source] = TIME_MS_MIN;
    }
    store_query(job, &columns->query, sync_statement(STATEMENT_COLUMNS_READ), NULL, take_row, columns);
}

/* Planning. */

/*
 * Formulas go along whenever anything is read, so that one day is counted for all of them. For them alone no
 * Bulk query is made while those are short: they are a day old then, or older, and no less true than before.
 */
static size_t list_due(const Columns *columns, unsigned source, Slice recipes, Slice *names)
{
    const Plan *plan = columns->plans[source];
    const int64_t age_ms = columns->session->server_ms - columns->refreshed_ms[source];
    const bool old = columns->refreshed_ms[source] == TIME_MS_MIN || age_ms >= COLUMNS_EVERY_MS;
    const bool stale = old && !session_bulk_short(columns->session);
    size_t at = 0;
    size_t count = 0;
    bool any = false;
    for (uint32_t i = 0; i < plan->column_count; i++) {
        const bool other = !has_entry(columns->done[source], next_entry(recipes, &at));
        any = any || other || (stale && plan->columns[i].calculated);
        if (other || plan->columns[i].calculated) {
            names[count++] = plan->columns[i].name;
        }
    }
    return any ? count : 0;
}

/* What was not done before may have its values in the other place. */
static Error list_moves(const Columns *columns, unsigned source, Slice recipes, FurtherMoves *moves)
{
    const Plan *plan = columns->plans[source];
    size_t at = 0;
    moves->into = ARENA_ARRAY(columns->arena, Slice, plan->table_columns);
    moves->out = ARENA_ARRAY(columns->arena, Slice, plan->column_count - plan->table_columns);
    if (moves->into == NULL || moves->out == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < plan->column_count; i++) {
        const Slice name = plan->columns[i].name;
        if (has_entry(columns->done[source], next_entry(recipes, &at))) {
            continue;
        }
        if (i < plan->table_columns) {
            moves->into[moves->into_count++] = name;
        } else if (has_entry(columns->held[source], name)) {
            moves->out[moves->out_count++] = name;
        }
    }
    return ERROR_NONE;
}

static Error plan_source(Columns *columns, unsigned source)
{
    const Plan *plan = columns->plans[source];
    const SfDescribe *describe = &columns->describing->objects[source].describe;
    Slice *names = ARENA_ARRAY(columns->arena, Slice, plan->column_count);
    if (names == NULL) {
        return no_memory();
    }
    RETURN_IF_ERROR(plan_recipes(columns->arena, plan, &columns->pulls[source].recipes));
    const size_t count = list_due(columns, source, columns->pulls[source].recipes, names);
    if (count == 0) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(
        list_moves(columns, source, columns->pulls[source].recipes, &columns->pulls[source].moves));
    return planning_make_part(columns->arena, plan, columns->config, describe, names, count,
                              &columns->parts[source]);
}

Error columns_plan(Columns *columns, bool *due)
{
    *due = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (columns->usable[source] && columns->known[source]) {
            RETURN_IF_ERROR(plan_source(columns, source));
            *due = *due || columns->parts[source] != NULL;
        }
    }
    return ERROR_NONE;
}

/* Pulling. */

static void done(const Pull *pull, StoreOps *ops)
{
    const ColumnsPull *part = (const ColumnsPull *)pull;
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_COLUMNS_DONE));
    row_writer_text(&params.writer, 0, source_facts(pull->plan->source)->sobject);
    row_writer_text(&params.writer, 1, part->recipes);
    row_writer_time(&params.writer, 2, window_asked_ms(pull));
    store_ops_run(ops, &params);
    further_move(pull->plan->source, &part->moves, ops);
}

Slice columns_name(Source source, char *room)
{
    static const Slice suffix = SLICE_INIT(" (columns)");
    const Slice object = source_facts(source)->sobject;
    memcpy(room, object.data, object.length);
    memcpy(room + object.length, suffix.data, suffix.length);
    return slice_make(room, object.length + suffix.length);
}

void columns_start(Columns *columns, Job *job)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        ColumnsPull *part = &columns->pulls[source];
        if (columns->parts[source] == NULL) {
            continue;
        }
        part->load = (PullLoad){.done = true, .open = 1};
        part->pull = (Pull){.session = columns->session,
                            .plan = columns->parts[source],
                            .load = &part->load,
                            .name = columns_name((Source)source, part->name),
                            .done = done,
                            .lag_ms = columns->config->salesforce.lag_ms,
                            .page_rows_max = columns->page_rows_max};
        pull_start(job->engine, job, &part->pull);
    }
}

void columns_tell(const Columns *columns, Arena *arena, Engine *engine)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Pull *pull = &columns->pulls[source].pull;
        Event event;
        if (columns->parts[source] == NULL || pull->failure.code != ERROR_OK) {
            continue;
        }
        event_begin(&event, arena, SLICE("columns_read"));
        event_text(&event, SLICE("object"), source_facts((Source)source)->sobject);
        json_write_key(&event.json, SLICE("columns"));
        json_write_array_begin(&event.json);
        for (uint32_t i = 0; i < pull->plan->column_count; i++) {
            json_write_text(&event.json, pull->plan->columns[i].name);
        }
        json_write_array_end(&event.json);
        event_uint64(&event, SLICE("rows"), pull->rows);
        event_uint64(&event, SLICE("changed"), pull->changed);
        event_send(&event, engine);
    }
}
