#include "sync/score/scoring.h"

#include "base/number.h"
#include "base/time.h"
#include "sync/plan/certificate.h"
#include "sync/run/event.h"
#include "sync/run/statements.h"
#include "sync/score/scoring_rows.h"

#define SCORING_POINTS(X)                                                                                    \
    X(CUT)                                                                                                   \
    X(DUE)                                                                                                   \
    X(TALLY)                                                                                                 \
    X(USERS)                                                                                                 \
    X(RATES)                                                                                                 \
    X(MERGED)                                                                                                \
    X(LOAD_DUE)                                                                                              \
    X(LOADED)                                                                                                \
    X(EARLIER)                                                                                               \
    X(PARK)                                                                                                  \
    X(ACCOUNTS)                                                                                              \
    X(CHILDREN) X(HEALTH) X(KEPT) X(RULES) X(SIGNALS) X(CHANGES) X(WRITE) X(COUNT) X(CLOSE) X(ROLL_UP)

static JobStatus scoring_step(Job *job, const Completion *got);
static void scoring_close(Job *job);
JOB_KIND(scoring_kind, "score", scoring_step, scoring_close);

/* The cut. */

static uint32_t take_cut(void *context, const RowBatch *batch)
{
    Scoring *scoring = context;
    const RowView row = row_at(batch, 0);
    scoring->cut = row_int64(row, 0) + 1;
    scoring->last_whole_ms = row_state(row, 1) == ROW_VALUE ? row_int64(row, 1) : TIME_MS_MIN;
    /* A pull taken up again closes an older window than a cycle without a pull in between: time stands still
     * then, since candidates, cooldowns and the history of scores are in its order. */
    scoring->last_ms = row_state(row, 2) == ROW_VALUE ? row_int64(row, 2) : TIME_MS_MIN;
    scoring->cut_ms = scoring->cut_ms > scoring->last_ms ? scoring->cut_ms : scoring->last_ms;
    const Slice hash = slice_make(scoring->model->config->model_hash, SHA256_HEX_BYTES);
    scoring->same_model = row_state(row, 3) == ROW_VALUE && slice_equal(row_text(row, 3), hash);
    return PERLY_MORE;
}

static void read_cut(Scoring *scoring)
{
    store_query(&scoring->job, &scoring->query, sync_statement(STATEMENT_CUT_LAST), NULL, take_cut, scoring);
}

/* Time itself changes scores: once a day every account is looked at; and when the model, or the filter, is
 * another. */
static Error open_cut(Scoring *scoring)
{
    scoring->whole = scoring->whole || scoring->last_whole_ms == TIME_MS_MIN || !scoring->same_model ||
                     scoring->cut_ms - scoring->last_whole_ms >= SCORING_WHOLE_MS;
    scoring->tally = tally_open(&scoring->earlier_tally, scoring->cut, scoring->cut_ms, scoring->whole,
                                scoring->job.engine->wall_ms);
    scoring->rules_input = (RulesInput){.config = scoring->model->config,
                                        .org_id = scoring->session->org_id,
                                        .now_ms = scoring->cut_ms,
                                        .holidays = scoring->model->config->holidays,
                                        .holiday_count = scoring->model->config->holiday_count,
                                        .zones = scoring->session->zones};
    RETURN_IF_ERROR(scorer_create(&scoring->memory, scoring->model, &scoring->scratch, &scoring->scorer));
    rules_scored_init(&scoring->rules_scored, scoring->model, scoring->scorer);
    scoring->rules_input.evaluator = rules_scored_evaluator(&scoring->rules_scored);
    verdicts_begin(&scoring->deferred, &scoring->memory);
    return ERROR_NONE;
}

static void run_of_kind(StoreOps *ops, SyncStatement statement, Slice kind)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(statement));
    row_writer_text(&params.writer, 0, kind);
    store_ops_run(ops, &params);
}

/*
 * Accounts that are due though no row of them changed: a better level has been held long enough, or somebody
 * outside asked.
 */
static void mark_due(Scoring *scoring)
{
    StoreOps ops;
    StoreParams held;
    StoreParams wanted;
    store_ops_begin(&ops, &scoring->job);
    session_guard(scoring->session, &ops);
    store_params_begin(&held, ops.arena, sync_statement(STATEMENT_DIRTY_DUE));
    row_writer_time(&held.writer, 0, scoring->cut_ms - scoring->model->config->risk.hold_up_ms);
    row_writer_time(&held.writer, 1, scoring->cut_ms);
    store_ops_run(&ops, &held);
    run_of_kind(&ops, STATEMENT_INBOX_TAKE, SLICE("rescore"));
    store_params_begin(&wanted, ops.arena, sync_statement(STATEMENT_DIRTY_WANTED));
    row_writer_time(&wanted.writer, 0, scoring->cut_ms);
    store_ops_run(&ops, &wanted);
    run_of_kind(&ops, STATEMENT_INBOX_CLEAR, SLICE("taken"));
    store_apply(&scoring->job, &ops);
}

/* The chunk. */

/* What is known of why the score is another one; only a change of level is worth the four more scorings. */
static Error explain(Scoring *scoring, const Health *before, const ScoreInput *input, ScoreResult *result,
                     RulesWhy *why, ScoreChange *change)
{
    const Config *config = scoring->model->config;
    bool known = false;
    *why = (RulesWhy){.touched = true};
    if (before == NULL) {
        return ERROR_NONE;
    }
    why->merged = scoring_has_id(&scoring->merged, result->account_id);
    why->imported = scoring_has_id(&scoring->loaded, result->account_id);
    why->model_changed = !slice_equal(before->model_hash, slice_make(config->model_hash, SHA256_HEX_BYTES));
    if (result->changed && !why->model_changed) {
        RETURN_IF_ERROR(causes_find(&scoring->causes, result, before->scored_at_ms, change, &known));
        why->change = known ? change : NULL;
        /* Conditions and texts are put to the account that was scored last, and as it is now. */
        RETURN_IF_ERROR(score_account(scoring->scorer, &scoring->chunk, input, result));
    }
    return known ? score_change_tell(&scoring->chunk, change, result) : ERROR_NONE;
}

/* What components and gates were at the account's last scoring. */
static Error find_kept(Scoring *scoring, Slice account_id, ScoreFrozen *frozen)
{
    const Config *config = scoring->model->config;
    *frozen = (ScoreFrozen){.entities = scoring->frozen};
    const ScoringKept *found = NULL;
    for (size_t i = 0; i < scoring->kept_count && found == NULL; i++) {
        found = slice_equal(scoring->kept[i].account_id, account_id) ? &scoring->kept[i] : NULL;
    }
    if (scoring->frozen == 0 || found == NULL) {
        return ERROR_NONE;
    }
    ScoreKept *kept =
        ARENA_ARRAY(&scoring->chunk, ScoreKept, (size_t)config->component_count + config->gate_count);
    if (kept == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a scoring"));
    }
    frozen->kept = kept;
    return score_kept_read(&scoring->chunk, scoring->model, found->components, kept);
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
    RETURN_IF_ERROR(find_kept(scoring, id, &input.frozen));
    scoring->causes.frozen = input.frozen;
    RETURN_IF_ERROR(score_account(scoring->scorer, &scoring->chunk, &input, &result));
    RETURN_IF_ERROR(explain(scoring, before, &input, &result, &why, &change));
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
    tally_add(fired ? &scoring->deferred_tally : &scoring->tally, &result);
    const ArenaMark mark = arena_mark(&scoring->scratch);
    const Error error = verdicts_add(fired ? &scoring->deferred : &scoring->now, &scoring->scratch, &verdict);
    arena_rewind(&scoring->scratch, mark);
    return error;
}

static Error score_chunk(Scoring *scoring)
{
    Block block;
    features_signals(&scoring->features, scoring->rows.signals, scoring->rows.signal_count);
    features_changes(&scoring->features, scoring->rows.changes, scoring->rows.change_count);
    RETURN_IF_ERROR(features_block(&scoring->features, &scoring->chunk, &scoring->scratch,
                                   features_view_now(scoring->cut_ms), &block));
    verdicts_begin(&scoring->now, &scoring->chunk);
    causes_begin(&scoring->causes, &scoring->chunk, &scoring->views, &scoring->scratch, &scoring->features,
                 scoring->scorer, scoring->model, scoring->cut_ms);
    for (uint32_t i = 0; i < block.accounts.row_count; i++) {
        RETURN_IF_ERROR(score_one(scoring, &block, i));
    }
    scoring->after_id = scoring->last_id;
    return ERROR_NONE;
}

/* Which values this cut knew must be told later from what is stored (admin/explain_change.h). */
static void date_signals(const Scoring *scoring, StoreOps *ops)
{
    StoreParams params;
    size_t i = 0;
    while (i < scoring->rows.signal_count && scoring->rows.signals[i].first_seen_ms <= scoring->cut_ms) {
        i++;
    }
    if (i == scoring->rows.signal_count) {
        return;
    }
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_SIGNAL_COUNTS));
    row_writer_text(&params.writer, 0, scoring->first_id);
    row_writer_text(&params.writer, 1, scoring->last_id);
    row_writer_time(&params.writer, 2, scoring->cut_ms);
    store_ops_run(ops, &params);
}

static void write_chunk(Scoring *scoring)
{
    StoreOps ops;
    store_ops_begin(&ops, &scoring->job);
    session_guard(scoring->session, &ops);
    verdicts_write(&scoring->now, &ops);
    date_signals(scoring, &ops);
    tally_write(&scoring->tally, scoring->cut, scoring->cut_ms, &ops);
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
    StoreParams forgotten;
    StoreParams configuration;
    store_ops_begin(&ops, &scoring->job);
    session_guard(scoring->session, &ops);
    verdicts_write(&scoring->deferred, &ops);
    tally_join(&scoring->tally, &scoring->deferred_tally);
    tally_end(scoring->cut, &ops);
    store_params_begin(&params, ops.arena, sync_statement(STATEMENT_CUT_WRITE));
    row_writer_int64(&params.writer, 0, scoring->cut);
    row_writer_time(&params.writer, 1, scoring->cut_ms);
    row_writer_time(&params.writer, 2, scoring->tally.started_ms);
    row_writer_bool(&params.writer, 3, scoring->whole);
    row_writer_text(&params.writer, 4, slice_make(config->model_hash, SHA256_HEX_BYTES));
    row_writer_int64(&params.writer, 5, (int64_t)scoring->tally.accounts);
    row_writer_int64(&params.writer, 6, (int64_t)tally_scored(&scoring->tally));
    row_writer_int64(&params.writer, 7, (int64_t)scoring->tally.changed);
    row_writer_int64(&params.writer, 8, scoring->outcome.action_count);
    row_writer_bool(&params.writer, 9, scoring->outcome.held);
    row_writer_null(&params.writer, 10);
    if (scoring->session->zones != NULL) {
        row_writer_text(&params.writer, 10, zones_version(scoring->session->zones));
    }
    row_writer_null(&params.writer, 11);
    if (scoring->certificate.length != 0) {
        row_writer_text(&params.writer, 11, scoring->certificate);
    }
    store_ops_run(&ops, &params);
    store_params_begin(&forgotten, ops.arena, sync_statement(STATEMENT_CUT_DROP_CERTIFICATE));
    row_writer_int64(&forgotten.writer, 0, scoring->cut - CERTIFICATES_MAX);
    store_ops_run(&ops, &forgotten);
    Slice canonical = SLICE("");
    store_ops_fail(&ops, config_write_canonical(ops.arena, config, &canonical));
    store_params_begin(&configuration, ops.arena, sync_statement(STATEMENT_CONFIGURATION_WRITE));
    row_writer_text(&configuration.writer, 0, slice_make(config->hash, SHA256_HEX_BYTES));
    row_writer_text(&configuration.writer, 1, slice_make(config->model_hash, SHA256_HEX_BYTES));
    row_writer_text(&configuration.writer, 2, canonical);
    row_writer_time(&configuration.writer, 3, scoring->cut_ms);
    store_ops_run(&ops, &configuration);
    store_apply(&scoring->job, &ops);
}

static void tell_scored(Scoring *scoring)
{
    const Tally *tally = &scoring->tally;
    uint64_t kinds[3] = {0, 0, 0};
    for (uint32_t i = 0; i < scoring->outcome.action_count; i++) {
        kinds[scoring->outcome.actions[i].kind]++;
    }
    uint64_t took_ms = 0;
    (void)number_to_uint64(scoring->job.engine->mono_ms - scoring->began_mono_ms, &took_ms);
    Event event;
    event_begin(&event, &scoring->memory, SLICE("scored"));
    event_int64(&event, SLICE("cut"), scoring->cut);
    event_time(&event, SLICE("at"), scoring->cut_ms);
    event_uint64(&event, SLICE("accounts"), tally->accounts);
    event_uint64(&event, SLICE("ms"), took_ms);
    event_uint64(&event, SLICE("critical"), tally->levels[RISK_CRITICAL]);
    event_uint64(&event, SLICE("high"), tally->levels[RISK_HIGH]);
    event_uint64(&event, SLICE("medium"), tally->levels[RISK_MEDIUM]);
    event_uint64(&event, SLICE("low"), tally->levels[RISK_LOW]);
    event_uint64(&event, SLICE("unscored"), tally->accounts - tally_scored(tally));
    event_uint64(&event, SLICE("changed"), tally->changed);
    event_uint64(&event, SLICE("tasks"), kinds[RULES_TASK]);
    event_uint64(&event, SLICE("posts"), kinds[RULES_CHATTER]);
    event_uint64(&event, SLICE("digests"), kinds[RULES_DIGEST]);
    event_bool(&event, SLICE("held"), scoring->outcome.held);
    event_send(&event, scoring->job.engine);
}

static void tell_held(Scoring *scoring)
{
    const RulesOutcome *outcome = &scoring->outcome;
    Event event;
    if (outcome->held) {
        event_begin(&event, &scoring->memory, SLICE("held"));
        event_uint64(&event, SLICE("actions"), outcome->sendable);
        event_uint64(&event, SLICE("allowed"), outcome->allowed);
        event_text(&event, SLICE("cause"), rules_cause_name(outcome->mostly));
        event_text(&event, SLICE("text"), outcome->held_why);
        event_send(&event, scoring->job.engine);
    }
}

static void tell_loaded(Scoring *scoring)
{
    Event event;
    if (scoring->loaded.count != 0) {
        event_begin(&event, &scoring->memory, SLICE("mass_load"));
        event_uint64(&event, SLICE("accounts"), scoring->loaded.count);
        event_send(&event, scoring->job.engine);
    }
}

/* Rules that turned true by nothing that a customer did: who waits for a Task learns why there is none. */
static void tell_barred(Scoring *scoring)
{
    for (uint32_t i = 0; i < scoring->outcome.note_count; i++) {
        const RulesNote *note = &scoring->outcome.notes[i];
        Event event;
        if (note->kind != NOTE_MODEL && note->kind != NOTE_MERGE && note->kind != NOTE_IMPORT) {
            continue;
        }
        arena_reset(&scoring->scratch);
        event_begin(&event, &scoring->scratch, SLICE("not_fired"));
        event_text(&event, SLICE("rule"), scoring->model->config->rules[note->rule].name);
        event_text(&event, SLICE("account_id"), note->account_id);
        event_text(&event, SLICE("kind"), rules_note_name(note->kind));
        event_text(&event, SLICE("text"), rules_note_text(note->kind));
        event_send(&event, scoring->job.engine);
    }
}

static void start_rolling_up(Scoring *scoring)
{
    scoring->rolling_up = (RollingUp){.session = scoring->session,
                                      .account = &scoring->model->schemas.entities[ENTITY_ACCOUNT]};
    rolling_up_start(scoring->job.engine, &scoring->job, &scoring->rolling_up);
}

static void park_unread(Scoring *scoring)
{
    StoreOps ops;
    store_ops_begin(&ops, &scoring->job);
    session_guard(scoring->session, &ops);
    store_ops_run(&ops, &scoring->park);
    store_apply(&scoring->job, &ops);
}

static JobStatus scoring_step(Job *job, const Completion *got)
{
    Scoring *const scoring = (Scoring *)job;
    JOB_BEGIN(job, SCORING_POINTS);

    AWAIT(job, CUT, read_cut(scoring));
    AWAIT(job, TALLY, tally_read(job, &scoring->earlier_tally));
    TRY(job, open_cut(scoring));
    AWAIT(job, DUE, mark_due(scoring));
    AWAIT(job, USERS, scoring_read_users(scoring));
    TRY(job, scoring_list_users(scoring));
    AWAIT(job, RATES, scoring_read_rates(scoring));
    AWAIT(job, MERGED, scoring_read_merged(scoring));
    AWAIT(job, LOAD_DUE, scoring_read_load_due(scoring));
    if (scoring->loaded_due) {
        AWAIT(job, LOADED, scoring_read_loaded(scoring));
    }
    AWAIT(job, EARLIER, scoring_read_earlier(scoring));
    if (scoring->to_park != 0) {
        AWAIT(job, PARK, park_unread(scoring));
    }
    TRY(job, rules_begin(&scoring->memory, &scoring->rules_input, &scoring->rules));

    do {
        AWAIT(job, ACCOUNTS, scoring_read_accounts(scoring));
        if (scoring->chunk_accounts == 0) {
            break;
        }
        for (scoring->part = 0; scoring->part < SCORING_PARTS; scoring->part++) {
            AWAIT(job, CHILDREN, scoring_read_part(scoring));
        }
        if (!scoring_fits(scoring)) {
            continue;
        }
        AWAIT(job, HEALTH, scoring_read_health(scoring));
        if (scoring->frozen != 0) {
            AWAIT(job, KEPT, scoring_read_kept(scoring));
        }
        AWAIT(job, RULES, scoring_read_rules(scoring));
        AWAIT(job, SIGNALS, scoring_read_signals(scoring));
        AWAIT(job, CHANGES, scoring_read_changes(scoring));
        TRY(job, score_chunk(scoring));
        AWAIT(job, WRITE, write_chunk(scoring));
    } while (true);

    AWAIT(job, COUNT, count_scored(scoring));
    TRY(job, finish_rules(scoring));
    AWAIT(job, CLOSE, close_cut(scoring));
    tell_scored(scoring);
    tell_held(scoring);
    tell_loaded(scoring);
    tell_barred(scoring);
    AWAIT(job, ROLL_UP, start_rolling_up(scoring)); /* also when none was scored: one may be deleted */
    JOB_END(job);
}

static void scoring_close(Job *job)
{
    Scoring *scoring = (Scoring *)job;
    arena_free(&scoring->scratch);
    arena_free(&scoring->views);
    arena_free(&scoring->chunk);
    arena_free(&scoring->memory);
}

void scoring_start(Engine *engine, Job *parent, Scoring *scoring)
{
    arena_init(&scoring->memory, &engine->allocator, 0);
    arena_init(&scoring->chunk, &engine->allocator, 0);
    arena_init(&scoring->views, &engine->allocator, 0);
    arena_init(&scoring->scratch, &engine->allocator, 0);
    scoring->began_mono_ms = engine->mono_ms;
    scoring->after_id = SLICE("");
    scoring->chunk_room = SCORING_CHUNK_ACCOUNTS;
    scoring->job.arena = &scoring->memory;
    job_start(engine, parent, &scoring->job, &scoring_kind);
}
