#include "sync/scoring.h"

#include "base/time.h"
#include "rules/fields.h"
#include "rules/outbox.h"
#include "sync/event.h"
#include "sync/statements.h"

#define SCORING_POINTS(X)                                                                                    \
    X(CUT)                                                                                                   \
    X(USERS)                                                                                                 \
    X(EARLIER)                                                                                               \
    X(ACCOUNTS)                                                                                              \
    X(CONTACTS)                                                                                              \
    X(OPPORTUNITIES)                                                                                         \
    X(ACTIVITIES) X(ROLES) X(HEALTH) X(RULES) X(SIGNALS) X(CHANGES) X(WRITE) X(COUNT) X(CLOSE)

static JobStatus scoring_step(Job *job, const Completion *got);
static void scoring_close(Job *job);
JOB_KIND(scoring_kind, "score", SCORING_POINTS, scoring_step, scoring_close);

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for scoring"));
}

/* The cut. */

static uint32_t take_cut(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    const RowView row = row_at(batch, 0);
    scoring->cut = row_int64(row, 0) + 1;
    scoring->last_whole_ms = row_state(row, 1) == ROW_VALUE ? row_int64(row, 1) : TIME_MS_MIN;
    return PERLY_MORE;
}

static void read_cut(Scoring *scoring)
{
    store_query(&scoring->job, &scoring->query, sync_statement(STATEMENT_CUT_LAST), NULL, take_cut, scoring);
}

/* Time itself changes scores: once a day every account is looked at. */
static Error open_cut(Scoring *scoring)
{
    scoring->whole = scoring->whole || scoring->last_whole_ms == TIME_MS_MIN ||
                     scoring->cut_ms - scoring->last_whole_ms >= SCORING_WHOLE_MS;
    scoring->rules_input = (RulesInput){
        .config = scoring->model->config, .org_id = scoring->session->org_id, .now_ms = scoring->cut_ms};
    RETURN_IF_ERROR(scorer_create(&scoring->memory, scoring->model, &scoring->scratch, &scoring->scorer));
    rules_scored_init(&scoring->rules_scored, scoring->model, scoring->scorer);
    scoring->rules_input.evaluator = rules_scored_evaluator(&scoring->rules_scored);
    verdicts_begin(&scoring->deferred, &scoring->memory);
    return ERROR_NONE;
}

/* Rows of entities. */

static const EntitySchema *schema_of(const Scoring *scoring, Entity entity)
{
    return &scoring->model->schemas.entities[entity];
}

/* SELECT of all stored columns, in both dialects; `condition` says which rows, with `{t}` for a table's
 * prefix. */
static Error write_select(Arena *arena, const EntitySchema *schema, Slice condition, bool postgresql,
                          Slice *text)
{
    Buffer sql;
    buffer_init(&sql, arena, 0);
    for (uint32_t i = 0; i < schema->stored.column_count; i++) {
        buffer_append(&sql, i == 0 ? SLICE("SELECT \"") : SLICE(", \""));
        buffer_append(&sql, schema->stored.columns[i].name);
        buffer_append_byte(&sql, '"');
    }
    buffer_append(&sql, SLICE(" FROM "));
    buffer_append(&sql, postgresql ? SLICE("{schema}.\"") : SLICE("\""));
    buffer_append(&sql, schema->table);
    buffer_append(&sql, SLICE("\" "));
    for (size_t at = 0; at < condition.length;) {
        const size_t mark = slice_find(condition, SLICE("{t}"), at);
        buffer_append(&sql, slice_part(condition, at, mark));
        if (mark == SIZE_MAX) {
            break;
        }
        buffer_append(&sql, postgresql ? SLICE("{schema}.") : SLICE(""));
        at = mark + 3;
    }
    *text = buffer_slice(&sql);
    return sql.failed ? no_memory() : ERROR_NONE;
}

static Error make_statement(Scoring *scoring, Arena *arena, Slice name, Slice params, Slice sqlite,
                            Slice postgresql, Statement *statement)
{
    const EntitySchema *schema = schema_of(scoring, scoring->entity);
    *statement = (Statement){.name = name, .params = params};
    RETURN_IF_ERROR(write_select(arena, schema, sqlite, false, &statement->sqlite));
    return write_select(arena, schema, postgresql, true, &statement->postgresql);
}

static Error copy_batch(Arena *arena, const RowBatch *batch, RowBatch *copy)
{
    const size_t length = (size_t)(batch->heap - batch->bytes) + batch->heap_bytes;
    char *bytes = arena_alloc(arena, length, 8);
    if (bytes == NULL) {
        return no_memory();
    }
    memcpy(bytes, batch->bytes, length);
    return row_batch_open(copy, slice_make(bytes, length), NULL);
}

static void keep_error(Scoring *scoring, Error error)
{
    if (scoring->query.error.code == ERROR_OK) {
        scoring->query.error = error;
    }
}

static uint32_t take_children(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    RowBatch copy;
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
        if (scoring->chunk_accounts++ == 0) {
            scoring->first_id = arena_copy(&scoring->chunk, id);
        }
        scoring->last_id = arena_copy(&scoring->chunk, id);
    }
    return take_children(context, batch);
}

static uint32_t take_users(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    RowBatch *batches =
        arena_resize(&scoring->memory, scoring->users, scoring->user_batches * sizeof *batches,
                     (scoring->user_batches + 1) * sizeof *batches, 8);
    if (batches == NULL) {
        keep_error(scoring, no_memory());
        return PERLY_MORE;
    }
    scoring->users = batches;
    const Error error = copy_batch(&scoring->memory, batch, &batches[scoring->user_batches]);
    if (error.code != ERROR_OK) {
        keep_error(scoring, error);
        return PERLY_MORE;
    }
    scoring->user_batches++;
    return PERLY_MORE;
}

static void read_users(Scoring *scoring)
{
    Statement statement;
    scoring->entity = ENTITY_USER;
    const Error error = make_statement(scoring, &scoring->memory, SLICE("BLOCK_user"), SLICE(""), SLICE(""),
                                       SLICE(""), &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    store_query_wide(&scoring->job, &scoring->query, &statement, NULL,
                     &schema_of(scoring, ENTITY_USER)->stored, take_users, scoring);
}

static Slice user_text(const Scoring *scoring, RowView row, Slice name)
{
    const uint32_t column = schema_column(&schema_of(scoring, ENTITY_USER)->stored, name);
    return column != UINT32_MAX && row_state(row, column) == ROW_VALUE ? row_text(row, column) : SLICE("");
}

/* The rules' view of the users. */
static Error list_users(Scoring *scoring)
{
    size_t count = 0;
    for (uint32_t b = 0; b < scoring->user_batches; b++) {
        count += scoring->users[b].row_count;
    }
    RulesUser *users = ARENA_ARRAY(&scoring->memory, RulesUser, count + 1);
    if (users == NULL) {
        return no_memory();
    }
    const uint32_t active = schema_column(&schema_of(scoring, ENTITY_USER)->stored, SLICE("active"));
    size_t at = 0;
    for (uint32_t b = 0; b < scoring->user_batches; b++) {
        for (uint32_t i = 0; i < scoring->users[b].row_count; i++) {
            const RowView row = row_at(&scoring->users[b], i);
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
        const Slice fields = arena_copy(&scoring->memory, row_text(row, 1));
        const Error error =
            rules_earlier_read(&scoring->memory, digest ? RULES_DIGEST : RULES_TASK, fields,
                               row_int64(row, 3), held, &scoring->earlier[input->earlier_count]);
        if (error.code != ERROR_OK) {
            keep_error(scoring, error);
            return PERLY_MORE;
        }
        input->earlier_count++;
    }
    input->earlier = scoring->earlier;
    return PERLY_MORE;
}

static void read_earlier(Scoring *scoring)
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
    features_init(&scoring->features, &scoring->chunk, scoring->model);
    for (uint32_t i = 0; i < scoring->user_batches; i++) {
        keep_error(scoring, features_add(&scoring->features, ENTITY_USER, &scoring->users[i]));
    }
}

/* The next accounts in order of Id: all of them, or those that are dirty. */
static void read_accounts(Scoring *scoring)
{
    Statement statement;
    StoreParams params;
    /* `after_id` lives in the chunk that is reset. */
    char after[32];
    const Slice id = slice_part(scoring->after_id, 0, sizeof after);
    memcpy(after, id.data == NULL ? "" : id.data, id.length);
    begin_chunk(scoring);
    scoring->after_id = arena_copy(&scoring->chunk, slice_make(after, id.length));
    scoring->entity = ENTITY_ACCOUNT;
    const Error error = make_statement(
        scoring, &scoring->chunk, SLICE("BLOCK_account"), SLICE("tbi"),
        SLICE("WHERE id > ?1 AND (?2 OR id IN (SELECT account_id FROM {t}dirty)) ORDER BY id LIMIT ?3"),
        SLICE("WHERE id > $1::text AND ($2::boolean OR id IN (SELECT account_id FROM {t}dirty)) ORDER BY id "
              "LIMIT "
              "$3::bigint"),
        &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    store_params_begin(&params, &scoring->chunk, &statement);
    row_writer_text(&params.writer, 0, scoring->after_id);
    row_writer_bool(&params.writer, 1, scoring->whole);
    row_writer_int64(&params.writer, 2, SCORING_CHUNK_ACCOUNTS);
    store_query_wide(&scoring->job, &scoring->query, &statement, &params,
                     &schema_of(scoring, ENTITY_ACCOUNT)->stored, take_accounts, scoring);
}

static void range_params(Scoring *scoring, StoreParams *params, const Statement *statement)
{
    store_params_begin(params, &scoring->chunk, statement);
    row_writer_text(&params->writer, 0, scoring->first_id);
    row_writer_text(&params->writer, 1, scoring->last_id);
}

/* The children of the chunk's accounts. Those of accounts between that are not dirty are passed over. */
static void read_children(Scoring *scoring, Entity entity, Slice name)
{
    static const Slice conditions[2][2] = {
        {SLICE_INIT("WHERE account_id >= ?1 AND account_id <= ?2"),
         SLICE_INIT("WHERE account_id >= $1::text AND account_id <= $2::text")},
        {SLICE_INIT(
             "WHERE contact_id IN (SELECT id FROM {t}contact WHERE account_id >= ?1 AND account_id <= ?2)"),
         SLICE_INIT(
             "WHERE contact_id IN (SELECT id FROM {t}contact WHERE account_id >= $1::text AND account_id <= "
             "$2::text)")}};
    const Slice *condition = conditions[entity == ENTITY_ROLE ? 1 : 0];
    Statement statement;
    StoreParams params;
    scoring->entity = entity;
    const Error error =
        make_statement(scoring, &scoring->chunk, name, SLICE("tt"), condition[0], condition[1], &statement);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    range_params(scoring, &params, &statement);
    store_query_wide(&scoring->job, &scoring->query, &statement, &params, &schema_of(scoring, entity)->stored,
                     take_children, scoring);
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
    const Statement *statement = sync_statement(which);
    range_params(scoring, &params, statement);
    store_query(&scoring->job, &scoring->query, statement, &params, rows, scoring);
}

/* The chunk. */

/* What is known of why the score is another one; only a change of level is worth the four more scorings. */
static Error explain(Scoring *scoring, const Health *before, const ScoreResult *result, RulesWhy *why,
                     ScoreChange *change)
{
    const Config *config = scoring->model->config;
    bool known = false;
    *why = (RulesWhy){.touched = true};
    if (before == NULL) {
        return ERROR_NONE;
    }
    why->model_changed = !slice_equal(before->model_hash, slice_make(config->model_hash, SHA256_HEX_BYTES));
    if (result->changed && !why->model_changed) {
        RETURN_IF_ERROR(causes_find(&scoring->causes, result, before->scored_at_ms, change, &known));
        why->change = known ? change : NULL;
    }
    return ERROR_NONE;
}

static Error score_one(Scoring *scoring, const Block *block, uint32_t account)
{
    const Config *config = scoring->model->config;
    const Slice id = row_text(row_at(&block->accounts, account), 0);
    const Health *before = scored_find(&scoring->rows, id);
    ScoreInput input = {.block = block, .account = account, .now_ms = scoring->cut_ms};
    RulesState states[2][CONFIG_RULES_MAX];
    RulesAccount facts;
    RulesWhy why;
    ScoreChange change;
    ScoreResult result;
    if (before != NULL) {
        input.previous = before->state;
    }
    RETURN_IF_ERROR(score_account(scoring->scorer, &scoring->chunk, &input, &result));
    RETURN_IF_ERROR(explain(scoring, before, &result, &why, &change));
    if (why.change != NULL) { /* conditions are put to the account that was scored last */
        RETURN_IF_ERROR(score_account(scoring->scorer, &scoring->chunk, &input, &result));
    }
    scored_rules(&scoring->rows, config, id, states[0]);
    RETURN_IF_ERROR(
        rules_scored_account(&scoring->rules_scored, &scoring->chunk, &input, &result, &why, &facts));
    RETURN_IF_ERROR(rules_account(scoring->rules, &facts, states[0], states[1]));
    bool fired = false;
    for (uint32_t i = 0; i < config->rule_count; i++) {
        fired = fired || states[1][i].fired != states[0][i].fired;
    }
    const Verdict verdict = {.model = scoring->model,
                             .result = &result,
                             .before = before,
                             .rules_before = states[0],
                             .rules_after = states[1],
                             .cut = scoring->cut,
                             .cut_ms = scoring->cut_ms};
    scoring->accounts++;
    scoring->changed += result.changed ? 1 : 0;
    if (result.unscored == SCORE_IS_SCORED) {
        scoring->scored++;
        scoring->levels[result.level]++;
    }
    return verdicts_add(fired ? &scoring->deferred : &scoring->now, &scoring->chunk, &verdict);
}

static Error score_chunk(Scoring *scoring)
{
    Block block;
    features_signals(&scoring->features, scoring->rows.signals, scoring->rows.signal_count);
    features_changes(&scoring->features, scoring->rows.changes, scoring->rows.change_count);
    RETURN_IF_ERROR(
        features_block(&scoring->features, &scoring->chunk, features_view_now(scoring->cut_ms), &block));
    verdicts_begin(&scoring->now, &scoring->chunk);
    causes_begin(&scoring->causes, &scoring->chunk, &scoring->features, scoring->scorer, scoring->model,
                 scoring->cut_ms);
    for (uint32_t i = 0; i < block.accounts.row_count; i++) {
        RETURN_IF_ERROR(score_one(scoring, &block, i));
    }
    scoring->after_id = scoring->last_id;
    return ERROR_NONE;
}

static void write_chunk(Scoring *scoring)
{
    StoreOps ops;
    store_ops_begin(&ops, &scoring->job);
    session_guard(scoring->session, &ops);
    const Error error = verdicts_write(&scoring->now, &ops);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    store_apply(&scoring->job, &ops);
}

/* The end: actions, and the accounts that caused them. */

static uint32_t take_count(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    scoring->scored_accounts = row_int64(row_at(batch, 0), 0);
    return PERLY_MORE;
}

static void count_scored(Scoring *scoring)
{
    store_query(&scoring->job, &scoring->query, sync_statement(STATEMENT_SCORED_COUNT), NULL, take_count,
                scoring);
}

static Error finish_rules(Scoring *scoring)
{
    const uint64_t scored = scoring->scored_accounts < 0 ? 0 : (uint64_t)scoring->scored_accounts;
    RETURN_IF_ERROR(rules_finish(scoring->rules, scored, &scoring->outcome));
    for (uint32_t i = 0; i < scoring->outcome.action_count; i++) {
        RETURN_IF_ERROR(verdicts_add_action(&scoring->deferred, &scoring->outcome.actions[i], scoring->cut,
                                            scoring->cut_ms));
    }
    return ERROR_NONE;
}

static void close_cut(Scoring *scoring)
{
    const Config *config = scoring->model->config;
    StoreOps ops;
    StoreParams params;
    StoreParams configuration;
    store_ops_begin(&ops, &scoring->job);
    session_guard(scoring->session, &ops);
    const Error error = verdicts_write(&scoring->deferred, &ops);
    if (error.code != ERROR_OK) {
        engine_fail(&scoring->job, error);
        return;
    }
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CUT_WRITE));
    row_writer_int64(&params.writer, 0, scoring->cut);
    row_writer_time(&params.writer, 1, scoring->cut_ms);
    row_writer_time(&params.writer, 2, scoring->started_ms);
    row_writer_bool(&params.writer, 3, scoring->whole);
    row_writer_text(&params.writer, 4, slice_make(config->model_hash, SHA256_HEX_BYTES));
    row_writer_int64(&params.writer, 5, (int64_t)scoring->accounts);
    row_writer_int64(&params.writer, 6, (int64_t)scoring->scored);
    row_writer_int64(&params.writer, 7, (int64_t)scoring->changed);
    row_writer_int64(&params.writer, 8, scoring->outcome.action_count);
    row_writer_bool(&params.writer, 9, scoring->outcome.held);
    store_ops_run(&ops, &params);
    store_params_begin(&configuration, ops.arena, sync_statement(STATEMENT_CONFIGURATION_WRITE));
    row_writer_text(&configuration.writer, 0, slice_make(config->hash, SHA256_HEX_BYTES));
    row_writer_text(&configuration.writer, 1, slice_make(config->model_hash, SHA256_HEX_BYTES));
    row_writer_text(&configuration.writer, 2, config->canonical);
    row_writer_time(&configuration.writer, 3, scoring->cut_ms);
    store_ops_run(&ops, &configuration);
    store_apply(&scoring->job, &ops);
}

static void tell_scored(Scoring *scoring)
{
    uint64_t kinds[3] = {0, 0, 0};
    for (uint32_t i = 0; i < scoring->outcome.action_count; i++) {
        kinds[scoring->outcome.actions[i].kind]++;
    }
    Event event;
    event_begin(&event, &scoring->memory, SLICE("scored"));
    event_int64(&event, SLICE("cut"), scoring->cut);
    event_time(&event, SLICE("at"), scoring->cut_ms);
    event_uint64(&event, SLICE("accounts"), scoring->accounts);
    event_uint64(&event, SLICE("ms"), (uint64_t)(scoring->job.engine->mono_ms - scoring->began_mono_ms));
    event_uint64(&event, SLICE("critical"), scoring->levels[RISK_CRITICAL]);
    event_uint64(&event, SLICE("high"), scoring->levels[RISK_HIGH]);
    event_uint64(&event, SLICE("medium"), scoring->levels[RISK_MEDIUM]);
    event_uint64(&event, SLICE("low"), scoring->levels[RISK_LOW]);
    event_uint64(&event, SLICE("unscored"), scoring->accounts - scoring->scored);
    event_uint64(&event, SLICE("changed"), scoring->changed);
    event_uint64(&event, SLICE("tasks"), kinds[RULES_TASK]);
    event_uint64(&event, SLICE("posts"), kinds[RULES_CHATTER]);
    event_uint64(&event, SLICE("digests"), kinds[RULES_DIGEST]);
    event_bool(&event, SLICE("held"), scoring->outcome.held);
    event_send(&event, scoring->job.engine);
}

static JobStatus scoring_step(Job *job, const Completion *got)
{
    Scoring *const scoring = (Scoring *)job;
    JOB_BEGIN(job, SCORING_POINTS);

    AWAIT(job, CUT, read_cut(scoring));
    TRY(job, open_cut(scoring));
    AWAIT(job, USERS, read_users(scoring));
    TRY(job, list_users(scoring));
    AWAIT(job, EARLIER, read_earlier(scoring));
    TRY(job, rules_begin(&scoring->memory, &scoring->rules_input, &scoring->rules));

    do {
        AWAIT(job, ACCOUNTS, read_accounts(scoring));
        if (scoring->chunk_accounts == 0) {
            break;
        }
        AWAIT(job, CONTACTS, read_children(scoring, ENTITY_CONTACT, SLICE("BLOCK_contact")));
        AWAIT(job, OPPORTUNITIES, read_children(scoring, ENTITY_OPPORTUNITY, SLICE("BLOCK_opportunity")));
        AWAIT(job, ACTIVITIES, read_children(scoring, ENTITY_ACTIVITY, SLICE("BLOCK_activity")));
        AWAIT(job, ROLES, read_children(scoring, ENTITY_ROLE, SLICE("BLOCK_role")));
        AWAIT(job, HEALTH, read_known(scoring, STATEMENT_HEALTH_READ, take_health));
        AWAIT(job, RULES, read_known(scoring, STATEMENT_RULE_STATE_READ, take_rules));
        AWAIT(job, SIGNALS, read_known(scoring, STATEMENT_SIGNAL_READ, take_signals));
        AWAIT(job, CHANGES, read_known(scoring, STATEMENT_CHANGE_READ, take_changes));
        TRY(job, score_chunk(scoring));
        AWAIT(job, WRITE, write_chunk(scoring));
    } while (true);

    AWAIT(job, COUNT, count_scored(scoring));
    TRY(job, finish_rules(scoring));
    AWAIT(job, CLOSE, close_cut(scoring));
    tell_scored(scoring);
    JOB_END(job);
}

static void scoring_close(Job *job)
{
    Scoring *scoring = (Scoring *)job;
    arena_free(&scoring->scratch);
    arena_free(&scoring->chunk);
    arena_free(&scoring->memory);
}

void scoring_start(Engine *engine, Job *parent, Scoring *scoring)
{
    arena_init(&scoring->memory, &engine->allocator, 0);
    arena_init(&scoring->chunk, &engine->allocator, 0);
    arena_init(&scoring->scratch, &engine->allocator, 0);
    scoring->started_ms = (int64_t)engine->wall_ms;
    scoring->began_mono_ms = engine->mono_ms;
    scoring->after_id = SLICE("");
    scoring->job.arena = &scoring->memory;
    job_start(engine, parent, &scoring->job, &scoring_kind);
}
