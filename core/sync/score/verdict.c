#include "sync/score/verdict.h"

#include "base/hash.h"
#include "base/sha256.h"
#include "base/time.h"
#include "json/writer.h"
#include "rules/fields.h"
#include "rules/outbox.h"
#include "sync/run/statements.h"

/* How old what an unchanged account shows may get (salesforce.touch); INT64_MAX: for ever. */
static int64_t touch_ms(const Verdict *verdict)
{
    const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;
    const Slice touch = verdict->model->config->salesforce.touch;
    return slice_equal(touch, SLICE("never"))   ? INT64_MAX
           : slice_equal(touch, SLICE("daily")) ? day_ms
                                                : 7 * day_ms;
}

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for scores"));
}

/* What storage knew. */

/* The array with room for one more element, moved perhaps; NULL without memory: the old one stays. */
static void *with_room(Arena *arena, void *array, size_t count, size_t *room, size_t bytes)
{
    if (count < *room) {
        return array;
    }
    const size_t wanted = *room == 0 ? 64 : *room * 2;
    void *moved = arena_resize(arena, array, *room * bytes, wanted * bytes, 16);
    if (moved != NULL) {
        *room = wanted;
    }
    return moved;
}

#define ROOM_FOR_ONE(array, count, room)                                                                     \
    do {                                                                                                     \
        void *const roomy_ = with_room(arena, (array), (count), &(room), sizeof *(array));                   \
        if (roomy_ == NULL) {                                                                                \
            return no_memory();                                                                              \
        }                                                                                                    \
        (array) = roomy_;                                                                                    \
    } while (0)

static bool find_level(RowView row, uint32_t column, RiskLevel *level)
{
    return row_state(row, column) == ROW_VALUE && risk_level_find(row_text(row, column), level);
}

/* Of an entry that failed: would sending the same fields again be refused again? */
static bool is_refused(RowView row, uint32_t error_code)
{
    ErrorCode code = ERROR_OK;
    return row_state(row, error_code) == ROW_VALUE && error_find(row_text(row, error_code), &code) &&
           error_class(code) == ERROR_CLASS_SKIP_RECORD;
}

/* Columns of HEALTH_READ. */
enum {
    READ_ACCOUNT_ID,
    READ_SCORED_AT,
    READ_MODEL_HASH,
    READ_SCORE,
    READ_LEVEL,
    READ_CANDIDATE,
    READ_CANDIDATE_SINCE,
    READ_HASH,
    READ_PUSHED_SCORE,
    READ_PUSHED_LEVEL,
    READ_PUSHED_AT,
    READ_FIELDS,
    READ_ERROR_CODE
};

Error scored_add_health(ScoredChunk *chunk, Arena *arena, RowView row)
{
    ROOM_FOR_ONE(chunk->health, chunk->health_count, chunk->health_room);
    Health *health = &chunk->health[chunk->health_count++];
    *health = (Health){.refused = SLICE("")};
    health->scored_at_ms = row_int64(row, READ_SCORED_AT);
    health->state.scored_before = true;
    health->state.scored = row_state(row, READ_SCORE) == ROW_VALUE;
    health->state.score = (int32_t)row_int64(row, READ_SCORE);
    (void)find_level(row, READ_LEVEL, &health->state.level);
    health->state.has_candidate = row_state(row, READ_CANDIDATE) == ROW_VALUE;
    (void)find_level(row, READ_CANDIDATE, &health->state.candidate);
    health->state.candidate_since_ms = row_int64(row, READ_CANDIDATE_SINCE);
    health->hash = row_int64(row, READ_HASH);
    health->pushed_score_known = row_state(row, READ_PUSHED_SCORE) == ROW_VALUE;
    health->pushed_score = row_int64(row, READ_PUSHED_SCORE);
    health->has_pushed = row_state(row, READ_PUSHED_AT) == ROW_VALUE;
    health->pushed_at_ms = row_int64(row, READ_PUSHED_AT);
    if (!ROW_KEEP(row, arena, {READ_ACCOUNT_ID, &health->account_id}, {READ_MODEL_HASH, &health->model_hash},
                  {READ_PUSHED_LEVEL, &health->pushed_level})) {
        return no_memory();
    }
    return is_refused(row, READ_ERROR_CODE) && !ROW_KEEP(row, arena, {READ_FIELDS, &health->refused})
               ? no_memory()
               : ERROR_NONE;
}

/* Columns of RULE_STATE_READ, and of the table. */
enum { RULE_ACCOUNT_ID, RULE_NAME, RULE_WAS_TRUE, RULE_FIRED, RULE_LAST_FIRED, RULE_CONDITION };

Error scored_add_rule(ScoredChunk *chunk, Arena *arena, RowView row)
{
    ROOM_FOR_ONE(chunk->rules, chunk->rule_count, chunk->rule_room);
    StoredRuleState *state = &chunk->rules[chunk->rule_count++];
    state->state = (RulesState){.seen = true,
                                .was_true = row_bool(row, RULE_WAS_TRUE),
                                .fired = row_int64(row, RULE_FIRED),
                                .last_fired_ms = row_int64(row, RULE_LAST_FIRED),
                                .condition = row_int64(row, RULE_CONDITION)};
    return ROW_KEEP(row, arena, {RULE_ACCOUNT_ID, &state->account_id}, {RULE_NAME, &state->rule})
               ? ERROR_NONE
               : no_memory();
}

/* Columns of SIGNAL_READ. */
enum { SIGNAL_ACCOUNT_ID, SIGNAL_NAME, SIGNAL_AT, SIGNAL_FIRST_SEEN, SIGNAL_VALUE };

Error scored_add_signal(ScoredChunk *chunk, Arena *arena, RowView row)
{
    ROOM_FOR_ONE(chunk->signals, chunk->signal_count, chunk->signal_room);
    SuppliedSignal *signal = &chunk->signals[chunk->signal_count++];
    *signal = (SuppliedSignal){.at_ms = row_int64(row, SIGNAL_AT),
                               .first_seen_ms = row_int64(row, SIGNAL_FIRST_SEEN),
                               .value = row_double(row, SIGNAL_VALUE)};
    return ROW_KEEP(row, arena, {SIGNAL_ACCOUNT_ID, &signal->account_id}, {SIGNAL_NAME, &signal->name})
               ? ERROR_NONE
               : no_memory();
}

/* Columns of CHANGE_READ. */
enum { CHANGE_OBJECT, CHANGE_ID, CHANGE_COLUMN, CHANGE_OLD, CHANGE_NEW, CHANGE_STAMP, CHANGE_SEEN };

Error scored_add_change(ScoredChunk *chunk, Arena *arena, RowView row)
{
    ROOM_FOR_ONE(chunk->changes, chunk->change_count, chunk->change_room);
    LoggedChange *change = &chunk->changes[chunk->change_count++];
    *change = (LoggedChange){.old_known = row_state(row, CHANGE_OLD) == ROW_VALUE,
                             .new_known = row_state(row, CHANGE_NEW) == ROW_VALUE,
                             .stamp_ms = row_int64(row, CHANGE_STAMP),
                             .seen_ms = row_int64(row, CHANGE_SEEN)};
    return ROW_KEEP(row, arena, {CHANGE_ID, &change->id}, {CHANGE_COLUMN, &change->column},
                    {CHANGE_OLD, &change->old_text}, {CHANGE_NEW, &change->new_text})
               ? ERROR_NONE
               : no_memory();
}

const Health *scored_find(const ScoredChunk *chunk, Slice account_id)
{
    size_t low = 0;
    size_t high = chunk->health_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = slice_compare(chunk->health[middle].account_id, account_id);
        if (order == 0) {
            return &chunk->health[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

void scored_rules(const ScoredChunk *chunk, const Config *config, Slice account_id, RulesState *states)
{
    memset(states, 0, config->rule_count * sizeof *states);
    for (size_t i = 0; i < chunk->rule_count; i++) {
        const StoredRuleState *stored = &chunk->rules[i];
        for (uint32_t rule = 0; slice_equal(stored->account_id, account_id) && rule < config->rule_count;
             rule++) {
            if (slice_equal(config->rules[rule].name, stored->rule)) {
                states[rule] = stored->state;
            }
        }
    }
}

/* What scoring leaves. */

#define VERDICT_COLUMNS                                                                                      \
    {SLICE_INIT("account_id"), ROW_TEXT}, {SLICE_INIT("cut"), ROW_INT64},                                    \
        {SLICE_INIT("scored_at"), ROW_TIME}, {SLICE_INIT("model_hash"), ROW_TEXT},                           \
        {SLICE_INIT("raw"), ROW_DOUBLE}, {SLICE_INIT("score"), ROW_INT64}, {SLICE_INIT("level"), ROW_TEXT},  \
        {SLICE_INIT("candidate"), ROW_TEXT}, {SLICE_INIT("candidate_since"), ROW_TIME},                      \
        {SLICE_INIT("coverage"), ROW_DOUBLE}, {SLICE_INIT("reasons"), ROW_TEXT},                             \
        {SLICE_INIT("components"), ROW_TEXT}, {SLICE_INIT("signals"), ROW_TEXT},                             \
    {                                                                                                        \
        SLICE_INIT("unscored"), ROW_TEXT                                                                     \
    }

/* What the tables health and score share, and what health has besides. */
enum {
    VERDICT_ACCOUNT_ID,
    VERDICT_CUT,
    VERDICT_SCORED_AT,
    VERDICT_MODEL_HASH,
    VERDICT_RAW,
    VERDICT_SCORE,
    VERDICT_LEVEL,
    VERDICT_CANDIDATE,
    VERDICT_CANDIDATE_SINCE,
    VERDICT_COVERAGE,
    VERDICT_REASONS,
    VERDICT_COMPONENTS,
    VERDICT_SIGNALS,
    VERDICT_UNSCORED,
    SCORE_COLUMNS,
    HEALTH_CHANGED_AT = SCORE_COLUMNS,
    HEALTH_CONFIG_HASH,
    HEALTH_HASH,
    HEALTH_COLUMNS
};

static const RowColumn health_columns[HEALTH_COLUMNS] = {VERDICT_COLUMNS,
                                                         {SLICE_INIT("changed_at"), ROW_TIME},
                                                         {SLICE_INIT("config_hash"), ROW_TEXT},
                                                         {SLICE_INIT("hash"), ROW_INT64}};
static const RowColumn score_columns[SCORE_COLUMNS] = {VERDICT_COLUMNS};
static const RowColumn rule_columns[] = {
    {SLICE_INIT("account_id"), ROW_TEXT}, {SLICE_INIT("rule"), ROW_TEXT},
    {SLICE_INIT("was_true"), ROW_BOOL},   {SLICE_INIT("fired"), ROW_INT64},
    {SLICE_INIT("last_fired"), ROW_TIME}, {SLICE_INIT("condition"), ROW_INT64}};

/* The columns of the table outbox that a cut writes. */
enum {
    ENTRY_KEY,
    ENTRY_KIND,
    ENTRY_ACCOUNT_ID,
    ENTRY_RULE,
    ENTRY_CAUSE,
    ENTRY_CUT,
    ENTRY_FIELDS,
    ENTRY_STATE,
    ENTRY_ATTEMPT,
    ENTRY_LOOKS,
    ENTRY_CREATED_AT,
    ENTRY_NOT_BEFORE,
    ENTRY_ERROR,
    ENTRY_WHY
};
static const RowColumn outbox_columns[] = {
    {SLICE_INIT("key"), ROW_TEXT},        {SLICE_INIT("kind"), ROW_TEXT},
    {SLICE_INIT("account_id"), ROW_TEXT}, {SLICE_INIT("rule"), ROW_TEXT},
    {SLICE_INIT("cause"), ROW_TEXT},      {SLICE_INIT("cut"), ROW_INT64},
    {SLICE_INIT("fields"), ROW_TEXT},     {SLICE_INIT("state"), ROW_TEXT},
    {SLICE_INIT("attempt"), ROW_INT64},   {SLICE_INIT("looks"), ROW_INT64},
    {SLICE_INIT("created_at"), ROW_TIME}, {SLICE_INIT("not_before"), ROW_TIME},
    {SLICE_INIT("error"), ROW_TEXT},      {SLICE_INIT("why"), ROW_TEXT}};
static const RowSchema health_schema = {health_columns, HEALTH_COLUMNS};
static const RowSchema score_schema = {score_columns, SCORE_COLUMNS};
static const RowSchema rule_schema = {rule_columns, sizeof rule_columns / sizeof rule_columns[0]};
static const RowSchema outbox_schema = {outbox_columns, sizeof outbox_columns / sizeof outbox_columns[0]};

void verdicts_begin(Verdicts *verdicts, Arena *arena)
{
    *verdicts = (Verdicts){.arena = arena};
    row_writer_init(&verdicts->health, arena, &health_schema, 0);
    row_writer_init(&verdicts->score, arena, &score_schema, 0);
    row_writer_init(&verdicts->rules, arena, &rule_schema, 0);
    row_writer_init(&verdicts->outbox, arena, &outbox_schema, 0);
}

/* The texts of a verdict's columns, and the hash of all that tells one verdict from another. */
typedef struct VerdictTexts {
    Slice reasons;
    Slice components;
    Slice signals;
    Slice unscored;
    int64_t hash;
} VerdictTexts;

static Error make_texts(Arena *scratch, const Verdict *verdict, VerdictTexts *texts)
{
    const ScoreResult *result = verdict->result;
    RETURN_IF_ERROR(score_reasons_json(scratch, verdict->model, result, &texts->reasons));
    RETURN_IF_ERROR(score_components_json(scratch, verdict->model, result, &texts->components));
    RETURN_IF_ERROR(score_signals_json(scratch, verdict->model, result, &texts->signals));
    texts->unscored = score_unscored_text(scratch, verdict->model, result);
    const int64_t facts[] = {result->unscored,        result->score,
                             result->level,           result->state.has_candidate,
                             result->state.candidate, result->raw_thousandths};
    uint64_t hash = hash64(0, slice_make((const char *)facts, sizeof facts));
    hash = hash64(hash, texts->reasons);
    hash = hash64(hash, texts->components);
    hash = hash64(hash, texts->signals);
    texts->hash = (int64_t)hash64(hash, slice_make(verdict->model->config->model_hash, SHA256_HEX_BYTES));
    return ERROR_NONE;
}

static void write_columns(RowWriter *row, const Verdict *verdict, const VerdictTexts *texts)
{
    const ScoreResult *result = verdict->result;
    const bool scored = result->unscored == SCORE_IS_SCORED;
    const ScoreState *state = &result->state;
    row_writer_begin(row);
    for (uint32_t i = 0; i < row->schema->column_count; i++) {
        row_writer_null(row, i);
    }
    row_writer_text(row, VERDICT_ACCOUNT_ID, result->account_id);
    row_writer_int64(row, VERDICT_CUT, verdict->cut);
    row_writer_time(row, VERDICT_SCORED_AT, verdict->cut_ms);
    row_writer_text(row, VERDICT_MODEL_HASH,
                    slice_make(verdict->model->config->model_hash, SHA256_HEX_BYTES));
    if (scored) {
        row_writer_double(row, VERDICT_RAW, result->raw);
        row_writer_int64(row, VERDICT_SCORE, result->score);
        row_writer_text(row, VERDICT_LEVEL, risk_level_name(result->level));
    }
    if (scored && state->has_candidate) {
        row_writer_text(row, VERDICT_CANDIDATE, risk_level_name(state->candidate));
        row_writer_time(row, VERDICT_CANDIDATE_SINCE, state->candidate_since_ms);
    }
    row_writer_double(row, VERDICT_COVERAGE, result->coverage);
    row_writer_text(row, VERDICT_REASONS, texts->reasons);
    row_writer_text(row, VERDICT_COMPONENTS, texts->components);
    row_writer_text(row, VERDICT_SIGNALS, texts->signals);
    if (!scored) {
        row_writer_text(row, VERDICT_UNSCORED, texts->unscored);
    }
}

static Error add_health(Verdicts *verdicts, const Verdict *verdict, const VerdictTexts *texts)
{
    RowWriter *row = &verdicts->health;
    write_columns(row, verdict, texts);
    row_writer_time(row, HEALTH_CHANGED_AT, verdict->cut_ms);
    row_writer_text(row, HEALTH_CONFIG_HASH, slice_make(verdict->model->config->hash, SHA256_HEX_BYTES));
    row_writer_int64(row, HEALTH_HASH, texts->hash);
    RETURN_IF_ERROR(row_writer_end(row));
    if (verdict->before != NULL && verdict->before->hash == texts->hash) {
        return ERROR_NONE; /* nothing but the time differs: no row of history */
    }
    write_columns(&verdicts->score, verdict, texts);
    return row_writer_end(&verdicts->score);
}

static Error add_rules(Verdicts *verdicts, const Verdict *verdict)
{
    const Config *config = verdict->model->config;
    for (uint32_t i = 0; i < config->rule_count; i++) {
        const RulesState *after = &verdict->rules_after[i];
        if (rules_state_equal(&verdict->rules_before[i], after)) {
            continue;
        }
        RowWriter *row = &verdicts->rules;
        row_writer_begin(row);
        row_writer_text(row, RULE_ACCOUNT_ID, verdict->result->account_id);
        row_writer_text(row, RULE_NAME, config->rules[i].name);
        row_writer_bool(row, RULE_WAS_TRUE, after->was_true);
        row_writer_int64(row, RULE_FIRED, after->fired);
        row_writer_null(row, RULE_LAST_FIRED);
        if (after->last_fired_ms != 0) {
            row_writer_time(row, RULE_LAST_FIRED, after->last_fired_ms);
        }
        row_writer_int64(row, RULE_CONDITION, after->condition);
        RETURN_IF_ERROR(row_writer_end(row));
    }
    return ERROR_NONE;
}

/* Does Salesforce show something else than what was found, or for so long the same that it looks forgotten?
 */
static bool push_due(const Verdict *verdict)
{
    const ScoreResult *result = verdict->result;
    const Health *before = verdict->before;
    const bool scored = result->unscored == SCORE_IS_SCORED;
    if (before == NULL || !before->has_pushed) {
        return scored; /* blanking what was never written would only touch the record */
    }
    if (scored != before->pushed_score_known) {
        return true;
    }
    const bool same = !scored || (before->pushed_score == result->score &&
                                  slice_equal(before->pushed_level, risk_level_name(result->level)));
    return !same || (scored && verdict->cut_ms - before->pushed_at_ms >= touch_ms(verdict));
}

static Error fields_json(Arena *scratch, const Verdict *verdict, Slice *fields)
{
    const ScoreResult *result = verdict->result;
    char time[TIME_TEXT_BYTES];
    Buffer text;
    buffer_init(&text, scratch, 0);
    JsonWriter json = {&text, false};
    json_write_object_begin(&json);
    json_write_key(&json, SLICE("Perly_Health_Score__c"));
    if (result->unscored == SCORE_IS_SCORED) {
        json_write_int64(&json, result->score);
        json_write_text_member(&json, SLICE("Perly_Risk_Level__c"), risk_level_name(result->level));
    } else {
        json_write_null(&json);
        json_write_key(&json, SLICE("Perly_Risk_Level__c"));
        json_write_null(&json);
    }
    time_print(verdict->cut_ms, time);
    json_write_text_member(&json, SLICE("Perly_Last_Updated__c"), slice_make(time, sizeof time));
    json_write_object_end(&json);
    *fields = buffer_slice(&text);
    return text.failed ? no_memory() : ERROR_NONE;
}

typedef struct OutboxRow {
    Slice key;
    Slice kind;
    Slice account_id;
    Slice rule;
    Slice cause;
    Slice fields;
    OutboxState state;
    Slice why;
} OutboxRow;

static void text_or_null(RowWriter *row, uint32_t column, Slice text)
{
    if (text.length == 0) {
        row_writer_null(row, column);
    } else {
        row_writer_text(row, column, text);
    }
}

static Error add_outbox(Verdicts *verdicts, const OutboxRow *entry, int64_t cut, int64_t cut_ms)
{
    RowWriter *row = &verdicts->outbox;
    row_writer_begin(row);
    row_writer_text(row, ENTRY_KEY, entry->key);
    row_writer_text(row, ENTRY_KIND, entry->kind);
    text_or_null(row, ENTRY_ACCOUNT_ID, entry->account_id);
    text_or_null(row, ENTRY_RULE, entry->rule);
    text_or_null(row, ENTRY_CAUSE, entry->cause);
    row_writer_int64(row, ENTRY_CUT, cut);
    row_writer_text(row, ENTRY_FIELDS, entry->fields);
    row_writer_text(row, ENTRY_STATE, outbox_state_name(entry->state));
    row_writer_int64(row, ENTRY_ATTEMPT, 0);
    row_writer_int64(row, ENTRY_LOOKS, 0);
    row_writer_time(row, ENTRY_CREATED_AT, cut_ms);
    row_writer_null(row, ENTRY_NOT_BEFORE);
    row_writer_null(row, ENTRY_ERROR);
    text_or_null(row, ENTRY_WHY, entry->why);
    return row_writer_end(row);
}

/*
 * Whether Salesforce refused the same score and level: they wait, with their error, until the record or the
 * configuration changes or a person says so (STATEMENT_OUTBOX_REVIVE). When it was scored makes no
 * difference.
 */
static bool was_refused(const Verdict *verdict, Slice fields)
{
    const Slice before = verdict->before == NULL ? SLICE("") : verdict->before->refused;
    const size_t time_at = slice_find(fields, SLICE("\"Perly_Last_Updated__c\""), 0);
    return time_at < before.length && before.data != NULL && fields.data != NULL &&
           memcmp(before.data, fields.data, time_at) == 0;
}

static Error add_push(Verdicts *verdicts, Arena *scratch, const Verdict *verdict)
{
    Slice fields = {NULL, 0};
    if (!push_due(verdict)) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(fields_json(scratch, verdict, &fields));
    if (was_refused(verdict, fields)) {
        return ERROR_NONE;
    }
    Buffer key;
    buffer_init(&key, scratch, 0);
    buffer_append(&key, SLICE("fields:"));
    buffer_append(&key, verdict->result->account_id);
    if (key.failed) {
        return no_memory();
    }
    const OutboxRow entry = {.key = buffer_slice(&key),
                             .kind = SLICE("fields"),
                             .account_id = verdict->result->account_id,
                             .fields = fields,
                             .state = OUTBOX_READY};
    return add_outbox(verdicts, &entry, verdict->cut, verdict->cut_ms);
}

static Error add_done(Verdicts *verdicts, const Verdict *verdict)
{
    if (verdicts->has_done) {
        RETURN_IF_ERROR(row_writer_end(&verdicts->done.writer));
        row_writer_begin(&verdicts->done.writer);
    } else {
        store_params_begin(&verdicts->done, verdicts->arena, sync_statement(STATEMENT_DIRTY_DONE));
        verdicts->has_done = true;
    }
    row_writer_text(&verdicts->done.writer, 0, verdict->result->account_id);
    row_writer_time(&verdicts->done.writer, 1, verdict->cut_ms);
    return ERROR_NONE;
}

Error verdicts_add(Verdicts *verdicts, Arena *scratch, const Verdict *verdict)
{
    VerdictTexts texts;
    RETURN_IF_ERROR(make_texts(scratch, verdict, &texts));
    RETURN_IF_ERROR(add_health(verdicts, verdict, &texts));
    RETURN_IF_ERROR(add_rules(verdicts, verdict));
    RETURN_IF_ERROR(add_push(verdicts, scratch, verdict));
    return add_done(verdicts, verdict);
}

Error verdicts_add_action(Verdicts *verdicts, const RulesAction *action, int64_t cut, int64_t cut_ms)
{
    static const OutboxState states[] = {
        [RULES_SEND] = OUTBOX_READY, [RULES_HELD] = OUTBOX_HELD, [RULES_PARKED] = OUTBOX_PARKED};
    OutboxRow entry = {.key = slice_make(action->key, RULES_KEY_BYTES),
                       .kind = rules_kind_name(action->kind),
                       .account_id = action->account_id,
                       .rule = action->rule,
                       .cause = rules_cause_name(action->cause),
                       .state = states[action->fate],
                       .why = action->why};
    RETURN_IF_ERROR(rules_fields_write(verdicts->arena, action, &entry.fields));
    return add_outbox(verdicts, &entry, cut, cut_ms);
}

static void write_rows(StoreOps *ops, Slice table, RowWriter *writer, uint32_t keys)
{
    uint32_t flags[HEALTH_COLUMNS] = {0};
    if (writer->row_count == 0) {
        return;
    }
    for (uint32_t i = 0; i < keys; i++) {
        flags[i] = PERLY_COLUMN_KEY;
    }
    store_ops_upsert(ops, table, flags, writer);
}

void verdicts_write(Verdicts *verdicts, StoreOps *ops)
{
    write_rows(ops, SLICE("health"), &verdicts->health, 1);
    write_rows(ops, SLICE("score"), &verdicts->score, 2);
    write_rows(ops, SLICE("rule_state"), &verdicts->rules, 2);
    write_rows(ops, SLICE("outbox"), &verdicts->outbox, 1);
    if (verdicts->has_done) {
        store_ops_run(ops, &verdicts->done);
        verdicts->has_done = false;
    }
}
