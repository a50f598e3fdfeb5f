#include "sync/score/scoring_rows.h"

#include "base/time.h"
#include "rules/fields.h"
#include "rules/outbox.h"
#include "sync/run/statements.h"
#include "sync/score/scoring_sql.h"

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for scoring"));
}

/* Rows of entities. */

static Error copy_batch(Arena *arena, const RowBatch *batch, RowBatch *copy)
{
    const size_t rows_bytes = (size_t)batch->row_count * batch->row_stride;
    char *rows = arena_alloc(arena, rows_bytes, 8);
    char *heap = arena_alloc(arena, batch->heap_bytes, 1);
    if (rows == NULL || heap == NULL) {
        return no_memory();
    }
    memcpy(rows, batch->rows, rows_bytes);
    memcpy(heap, batch->heap, batch->heap_bytes);
    *copy = *batch;
    copy->rows = rows;
    copy->heap = heap;
    return ERROR_NONE;
}

static void keep_error(Scoring *scoring, Error error)
{
    if (scoring->query.error.code == ERROR_OK) {
        scoring->query.error = error;
    }
}

static bool is_too_large(const Scoring *scoring)
{
    return scoring->chunk_rows > SCORING_CHUNK_ROWS && scoring->chunk_accounts > 1;
}

bool scoring_fits(Scoring *scoring)
{
    enum { ENOUGH = SCORING_CHUNK_ROWS / 2, PATIENCE_MAX = 256 };
    uint64_t room = scoring->chunk_room;
    if (is_too_large(scoring)) {
        const uint32_t patience = scoring->chunk_patience == 0 ? 1 : 2 * scoring->chunk_patience;
        scoring->chunk_patience = patience > PATIENCE_MAX ? PATIENCE_MAX : patience;
        scoring->chunk_fits = 0;
        room = scoring->chunk_accounts * (uint64_t)ENOUGH / scoring->chunk_rows;
        scoring->chunk_room = room == 0 ? 1 : (uint32_t)room;
        return false;
    }
    if (scoring->chunk_rows < ENOUGH && ++scoring->chunk_fits > scoring->chunk_patience) {
        scoring->chunk_fits = 0;
        room *= 2;
    }
    scoring->chunk_room = room > SCORING_CHUNK_ACCOUNTS ? SCORING_CHUNK_ACCOUNTS : (uint32_t)room;
    return true;
}

static uint32_t take_children(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    RowBatch copy;
    scoring->chunk_rows += batch->row_count;
    if (is_too_large(scoring)) {
        return PERLY_MORE;
    }
    Error error = copy_batch(&scoring->chunk, batch, &copy);
    if (error.code == ERROR_OK) {
        error = features_add(&scoring->features, scoring->entity, &copy);
    }
    if (error.code != ERROR_OK) {
        keep_error(scoring, error);
    }
    return PERLY_MORE;
}

static uint32_t take_accounts(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const Slice id = row_text(row_at(batch, i), STORED_ID);
        const bool first = scoring->chunk_accounts++ == 0;
        if ((first && !arena_keep(&scoring->chunk, id, &scoring->first_id)) ||
            !arena_keep(&scoring->chunk, id, &scoring->last_id)) {
            keep_error(scoring, no_memory());
        }
    }
    return take_children(context, batch);
}

static uint32_t take_kept_rows(Scoring *scoring, ScoringBatches *kept, const RowBatch *batch)
{
    RowBatch *items = arena_resize(&scoring->memory, kept->items, kept->count * sizeof *items,
                                   (kept->count + 1) * sizeof *items, 8);
    if (items == NULL) {
        keep_error(scoring, no_memory());
        return PERLY_MORE;
    }
    kept->items = items;
    const Error error = copy_batch(&scoring->memory, batch, &items[kept->count]);
    keep_error(scoring, error);
    kept->count += error.code == ERROR_OK ? 1 : 0;
    return PERLY_MORE;
}

static uint32_t take_users(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    return take_kept_rows(scoring, &scoring->users, batch);
}

static uint32_t take_rates(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    return take_kept_rows(scoring, &scoring->rates, batch);
}

static void read_all(Scoring *scoring, Entity entity, Slice name, StoreRows *rows)
{
    Statement statement;
    scoring->entity = entity;
    const Error error = scoring_sql_select(scoring, &scoring->memory, scoring->entity, name, SLICE(""),
                                           SLICE(""), SLICE(""), &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    store_query_wide(&scoring->job, &scoring->query, &statement, NULL,
                     &scoring_schema(scoring, entity)->stored, rows, scoring);
}

void scoring_read_users(Scoring *scoring)
{
    read_all(scoring, ENTITY_USER, SLICE("BLOCK_user"), take_users);
}

void scoring_read_rates(Scoring *scoring)
{
    read_all(scoring, ENTITY_RATE, SLICE("BLOCK_rate"), take_rates);
}

static uint32_t take_ids(Scoring *scoring, ScoringIds *ids, const RowBatch *batch)
{
    const size_t bytes = ids->count * sizeof *ids->items;
    Slice *items = arena_resize(&scoring->memory, ids->items, bytes, bytes + batch->row_count * sizeof *items,
                                _Alignof(Slice));
    if (items == NULL) {
        keep_error(scoring, no_memory());
        return PERLY_MORE;
    }
    ids->items = items;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const Slice id = row_text(row_at(batch, i), 0);
        if (!arena_keep(&scoring->memory, id, &items[ids->count])) {
            keep_error(scoring, no_memory());
            return PERLY_MORE;
        }
        ids->count++;
    }
    return PERLY_MORE;
}

bool scoring_has_id(const ScoringIds *ids, Slice account_id)
{
    size_t low = 0;
    size_t high = ids->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = slice_compare(ids->items[middle], account_id);
        if (order == 0) {
            return true;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return false;
}

static uint32_t take_merged(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    return take_ids(scoring, &scoring->merged, batch);
}

void scoring_read_merged(Scoring *scoring)
{
    store_query(&scoring->job, &scoring->query, sync_statement(STATEMENT_MERGED_SINCE), NULL, take_merged,
                scoring);
}

/* A cut that goes on has scored some of them already. */
static uint32_t take_load_due(void *context, const RowBatch *batch)
{
    enum { LEAST = 25, PART = 10 };
    Scoring *scoring = context;
    const RowView row = row_at(batch, 0);
    const int64_t part = row_int64(row, 1) / PART;
    scoring->loaded_least = part > LEAST ? part : LEAST;
    scoring->loaded_due = scoring->last_ms != TIME_MS_MIN && (row_int64(row, 0) >= scoring->loaded_least ||
                                                              scoring->earlier_tally.cut == scoring->cut);
    return PERLY_MORE;
}

void scoring_read_load_due(Scoring *scoring)
{
    store_query(&scoring->job, &scoring->query, sync_statement(STATEMENT_MASS_DUE), NULL, take_load_due,
                scoring);
}

static uint32_t take_loaded(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    return take_ids(scoring, &scoring->loaded, batch);
}

void scoring_read_loaded(Scoring *scoring)
{
    enum { DAY_MS = 24 * 60 * 60 * 1000 };
    const Statement *statement = sync_statement(STATEMENT_MASS_LOADED);
    StoreParams params;
    store_params_begin(&params, &scoring->memory, statement);
    row_writer_int64(&params.writer, 0, scoring->loaded_least);
    row_writer_time(&params.writer, 1, scoring->last_ms);
    row_writer_time(&params.writer, 2, scoring->last_ms - DAY_MS); /* a Task has a date alone */
    store_query(&scoring->job, &scoring->query, statement, &params, take_loaded, scoring);
}

static Slice user_text(const Scoring *scoring, RowView row, Slice name)
{
    const uint32_t column = schema_column(&scoring_schema(scoring, ENTITY_USER)->stored, name);
    return column != UINT32_MAX && row_state(row, column) == ROW_VALUE ? row_text(row, column) : SLICE("");
}

/* The rules' view of the users. */
Error scoring_list_users(Scoring *scoring)
{
    size_t count = 0;
    for (uint32_t b = 0; b < scoring->users.count; b++) {
        count += scoring->users.items[b].row_count;
    }
    RulesUser *users = ARENA_ARRAY(&scoring->memory, RulesUser, count + 1);
    if (users == NULL) {
        return no_memory();
    }
    const uint32_t active = schema_column(&scoring_schema(scoring, ENTITY_USER)->stored, SLICE("active"));
    size_t at = 0;
    for (uint32_t b = 0; b < scoring->users.count; b++) {
        for (uint32_t i = 0; i < scoring->users.items[b].row_count; i++) {
            const RowView row = row_at(&scoring->users.items[b], i);
            users[at++] = (RulesUser){.id = row_text(row, STORED_ID),
                                      .active = row_state(row, active) == ROW_VALUE && row_bool(row, active),
                                      .manager_id = user_text(scoring, row, SLICE("manager_id")),
                                      .zone = user_text(scoring, row, SLICE("zone"))};
        }
    }
    scoring->rules_input.users = users;
    scoring->rules_input.user_count = count;
    return ERROR_NONE;
}

/* An entry that cannot be read is that entry's trouble: it counts for nobody, and waits for a person. */
static Error leave_unread(Scoring *scoring, RowView row, Error error)
{
    if (error.code == ERROR_OUT_OF_MEMORY) {
        return error;
    }
    RowWriter *writer = &scoring->park.writer;
    const Error told = ERROR_TEXT(&scoring->memory, error.code,
                                  SLICE("what is stored of it cannot be read: "), error.message);
    if (scoring->to_park++ == 0) {
        store_params_begin(&scoring->park, &scoring->memory, sync_statement(STATEMENT_OUTBOX_PARK));
    } else {
        RETURN_IF_ERROR(row_writer_end(writer));
        row_writer_begin(writer);
    }
    row_writer_text(writer, 0, row_text(row, 4));
    row_writer_text(writer, 1, told.message);
    return ERROR_NONE;
}

/* Tasks of the last two days count against their owners' limit. */
static uint32_t take_earlier(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    RulesInput *input = &scoring->rules_input;
    const size_t bytes = input->earlier_count * sizeof *scoring->earlier;
    scoring->earlier = arena_resize(&scoring->memory, scoring->earlier, bytes,
                                    bytes + batch->row_count * sizeof *scoring->earlier, 8);
    if (scoring->earlier == NULL) {
        keep_error(scoring, no_memory());
        return PERLY_MORE;
    }
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const RowView row = row_at(batch, i);
        const bool digest = slice_equal(row_text(row, 0), SLICE("digest"));
        const bool held = slice_equal(row_text(row, 2), outbox_state_name(OUTBOX_HELD));
        Slice fields = {NULL, 0};
        Error error = no_memory();
        if (arena_keep(&scoring->memory, row_text(row, 1), &fields)) {
            error = rules_earlier_read(&scoring->memory, digest ? RULES_DIGEST : RULES_TASK, fields,
                                       row_int64(row, 3), held, &scoring->earlier[input->earlier_count]);
        }
        input->earlier_count += error.code == ERROR_OK;
        if (error.code != ERROR_OK) {
            keep_error(scoring, leave_unread(scoring, row, error));
        }
    }
    input->earlier = scoring->earlier;
    return PERLY_MORE;
}

void scoring_read_earlier(Scoring *scoring)
{
    enum { EARLIER_MS = 2 * 24 * 60 * 60 * 1000 };
    StoreParams params;
    const Statement *statement = sync_statement(STATEMENT_OUTBOX_EARLIER);
    store_params_begin(&params, &scoring->memory, statement);
    row_writer_time(&params.writer, 0, scoring->cut_ms - EARLIER_MS);
    store_query(&scoring->job, &scoring->query, statement, &params, take_earlier, scoring);
}

static void begin_chunk(Scoring *scoring)
{
    arena_reset(&scoring->chunk);
    scoring->rows = (ScoredChunk){.health = NULL};
    scoring->chunk_accounts = 0;
    scoring->chunk_rows = 0;
    features_init(&scoring->features, &scoring->chunk, scoring->model);
    for (uint32_t i = 0; i < scoring->users.count; i++) {
        keep_error(scoring, features_add(&scoring->features, ENTITY_USER, &scoring->users.items[i]));
    }
    for (uint32_t i = 0; i < scoring->rates.count; i++) {
        keep_error(scoring, features_add(&scoring->features, ENTITY_RATE, &scoring->rates.items[i]));
    }
}

/* The next accounts in order of Id: all of them, or those that are dirty. A whole cut that was stopped goes
 * on behind those that have been scored in it: its number is given once, when it is closed. */
void scoring_read_accounts(Scoring *scoring)
{
    Statement statement;
    StoreParams params;
    /* `after_id` lives in the chunk that is reset. */
    char after[32];
    const Slice id = slice_part(scoring->after_id, 0, sizeof after);
    memcpy(after, id.data == NULL ? "" : id.data, id.length);
    begin_chunk(scoring);
    if (!arena_keep(&scoring->chunk, slice_make(after, id.length), &scoring->after_id)) {
        engine_fail(&scoring->job, no_memory());
        return;
    }
    scoring->entity = ENTITY_ACCOUNT;
    const Error error = scoring_sql_select(
        scoring, &scoring->chunk, ENTITY_ACCOUNT, SLICE("BLOCK_account"), SLICE("tbiim"),
        SLICE("WHERE id > ?1 AND (?2 AND NOT EXISTS (SELECT 1 FROM {t}health WHERE account_id = id AND cut = "
              "?4 AND scored_at = ?5) OR id IN (SELECT account_id FROM {t}dirty)) ORDER BY id LIMIT ?3"),
        SLICE("WHERE id > $1::text AND ($2::boolean AND NOT EXISTS (SELECT 1 FROM {t}health WHERE account_id "
              "= id AND cut = $4::bigint AND scored_at = $5::timestamptz) OR id IN (SELECT account_id FROM "
              "{t}dirty)) ORDER BY id LIMIT $3::bigint"),
        &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    store_params_begin(&params, &scoring->chunk, &statement);
    row_writer_text(&params.writer, 0, scoring->after_id);
    row_writer_bool(&params.writer, 1, scoring->whole);
    row_writer_int64(&params.writer, 2, scoring->chunk_room);
    row_writer_int64(&params.writer, 3, scoring->cut);
    row_writer_time(&params.writer, 4, scoring->cut_ms);
    store_query_wide(&scoring->job, &scoring->query, &statement, &params,
                     &scoring_schema(scoring, ENTITY_ACCOUNT)->stored, take_accounts, scoring);
}

void scoring_read_account(Scoring *scoring)
{
    Statement statement;
    StoreParams params;
    begin_chunk(scoring);
    scoring->entity = ENTITY_ACCOUNT;
    const Error error =
        scoring_sql_select(scoring, &scoring->chunk, ENTITY_ACCOUNT, SLICE("BLOCK_one_account"), SLICE("t"),
                           SLICE("WHERE id = ?1"), SLICE("WHERE id = $1::text"), &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    store_params_begin(&params, &scoring->chunk, &statement);
    row_writer_text(&params.writer, 0, scoring->after_id);
    store_query_wide(&scoring->job, &scoring->query, &statement, &params,
                     &scoring_schema(scoring, ENTITY_ACCOUNT)->stored, take_accounts, scoring);
}

static void range_params(Scoring *scoring, StoreParams *params, const Statement *statement)
{
    store_params_begin(params, &scoring->chunk, statement);
    row_writer_text(&params->writer, 0, scoring->first_id);
    row_writer_text(&params->writer, 1, scoring->last_id);
}

void scoring_read_part(Scoring *scoring)
{
    Statement statement;
    StoreParams params;
    const Error error = scoring_sql_part(scoring, scoring->part, &scoring->entity, &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    range_params(scoring, &params, &statement);
    store_query_wide(&scoring->job, &scoring->query, &statement, &params,
                     &scoring_schema(scoring, scoring->entity)->stored, take_children, scoring);
}

/* What is known of the chunk's accounts besides records. */

typedef Error AddRow(ScoredChunk *chunk, Arena *arena, RowView row);

static uint32_t take_known(Scoring *scoring, const RowBatch *batch, AddRow *add)
{
    for (uint32_t i = 0; i < batch->row_count; i++) {
        keep_error(scoring, add(&scoring->rows, &scoring->chunk, row_at(batch, i)));
    }
    return PERLY_MORE;
}

static uint32_t take_health(void *context, const RowBatch *batch)
{
    return take_known(context, batch, scored_add_health);
}

static Error keep_components(Scoring *scoring, RowView row)
{
    enum { ROOM_MIN = SCORING_CHUNK_ACCOUNTS };
    if (row_state(row, 1) != ROW_VALUE) {
        return ERROR_NONE;
    }
    if (scoring->kept_count == scoring->kept_room) {
        const size_t room = scoring->kept_room == 0 ? ROOM_MIN : 2 * scoring->kept_room;
        ScoringKept *kept = arena_resize(&scoring->chunk, scoring->kept, scoring->kept_room * sizeof *kept,
                                         room * sizeof *kept, _Alignof(ScoringKept));
        if (kept == NULL) {
            return no_memory();
        }
        scoring->kept = kept;
        scoring->kept_room = room;
    }
    ScoringKept *kept = &scoring->kept[scoring->kept_count++];
    return ROW_KEEP(row, &scoring->chunk, {0, &kept->account_id}, {1, &kept->components}) ? ERROR_NONE
                                                                                          : no_memory();
}

static uint32_t take_kept(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        keep_error(scoring, keep_components(scoring, row_at(batch, i)));
    }
    return PERLY_MORE;
}

static uint32_t take_rules(void *context, const RowBatch *batch)
{
    return take_known(context, batch, scored_add_rule);
}

static uint32_t take_signals(void *context, const RowBatch *batch)
{
    return take_known(context, batch, scored_add_signal);
}

static uint32_t take_changes(void *context, const RowBatch *batch)
{
    return take_known(context, batch, scored_add_change);
}

static void read_known(Scoring *scoring, SyncStatement which, StoreRows *rows)
{
    StoreParams params;
    Statement statement;
    const Error error = scoring_sql_known(scoring, which, &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    range_params(scoring, &params, &statement);
    store_query(&scoring->job, &scoring->query, &statement, &params, rows, scoring);
}

void scoring_read_health(Scoring *scoring)
{
    read_known(scoring, STATEMENT_HEALTH_READ, take_health);
}

void scoring_read_kept(Scoring *scoring)
{
    scoring->kept = NULL;
    scoring->kept_count = 0;
    scoring->kept_room = 0;
    read_known(scoring, STATEMENT_HEALTH_COMPONENTS, take_kept);
}

void scoring_read_rules(Scoring *scoring)
{
    read_known(scoring, STATEMENT_RULE_STATE_READ, take_rules);
}

void scoring_read_signals(Scoring *scoring)
{
    read_known(scoring, STATEMENT_SIGNAL_READ, take_signals);
}

void scoring_read_changes(Scoring *scoring)
{
    read_known(scoring, STATEMENT_CHANGE_READ, take_changes);
}
