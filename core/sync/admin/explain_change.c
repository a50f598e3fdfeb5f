#include "sync/admin/explain_change.h"

#include "base/time.h"
#include "sync/run/event.h"
#include "sync/run/statements.h"

#define CHANGE_POINTS(X) X(NOW) X(BEFORE) X(DESCRIBE) X(ROWS) X(AGAIN)

static JobStatus change_step(Job *job, const Completion *got);
static void change_close(Job *job);
JOB_KIND(change_kind, "explain change", change_step, change_close);

/* The two scores. */

/* Columns of EXPLAIN_NOW and EXPLAIN_BEFORE. */
enum { SIDE_AT, SIDE_MODEL_HASH, SIDE_RAW, SIDE_SCORE, SIDE_LEVEL, SIDE_CONFIGURATION };

static uint32_t take_side(void *context, const RowBatch *batch)
{
    ExplainChange *change = context;
    const RowView row = row_at(batch, 0);
    ChangeSide *side = change->reading;
    *side = (ChangeSide){.found = true,
                         .at_ms = row_int64(row, SIDE_AT),
                         .raw = row_double(row, SIDE_RAW),
                         .score = row_int64(row, SIDE_SCORE)};
    if (!ROW_KEEP(row, &change->memory, {SIDE_MODEL_HASH, &side->model_hash}, {SIDE_LEVEL, &side->level},
                  {SIDE_CONFIGURATION, &side->text})) {
        change->query.error = error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a score"));
    }
    return PERLY_MORE;
}

static void read_side(ExplainChange *change, ChangeSide *side)
{
    const bool now = side == &change->now;
    const Statement *statement = sync_statement(now ? STATEMENT_EXPLAIN_NOW : STATEMENT_EXPLAIN_BEFORE);
    StoreParams params;
    change->reading = side;
    store_params_begin(&params, &change->memory, statement);
    row_writer_text(&params.writer, 0, change->account_id);
    if (!now) {
        if (change->since_ms == TIME_MS_MIN) {
            row_writer_null(&params.writer, 1);
        } else {
            row_writer_time(&params.writer, 1, change->since_ms);
        }
        row_writer_int64(&params.writer, 2, change->now.score);
    }
    store_query(&change->job, &change->query, statement, &params, take_side, change);
}

/* Their models: columns have the types that Salesforce told last. */

static void start_describing(ExplainChange *change)
{
    change->describing = (Describing){.session = change->session, .offline = true};
    describing_start(change->job.engine, &change->job, &change->describing);
}

static bool same_model(const ExplainChange *change)
{
    return slice_equal(change->before.model_hash, change->now.model_hash);
}

static Error make_model(ExplainChange *change, ChangeSide *side)
{
    Arena *arena = &change->memory;
    if (side->text.length == 0) {
        return error_make(ERROR_CONFIG_VALUE, SLICE("its configuration is not stored"));
    }
    RETURN_IF_ERROR(config_read(arena, side->text, SLICE("configuration"), &change->issues, &side->config));
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Described *object = &change->describing.objects[source];
        side->plans[source] = NULL;
        if (object->known) {
            RETURN_IF_ERROR(planning_make(arena, (Source)source, side->config, change->session->zones,
                                          &object->describe, &side->plans[source]));
        }
    }
    return planning_model(arena, side->plans, side->config, change->session->zones, &change->issues,
                          &side->model);
}

static Error make_models(ExplainChange *change)
{
    RETURN_IF_ERROR(make_model(change, &change->now));
    if (!same_model(change)) {
        return make_model(change, &change->before);
    }
    change->before.config = change->now.config;
    change->before.model = change->now.model;
    return ERROR_NONE;
}

/* Scoring again. */

static void read_rows(ExplainChange *change, const ChangeSide *side)
{
    scoring_load_free(&change->rows);
    change->rows = (Scoring){.session = change->session, .model = side->model};
    scoring_load_start(change->job.engine, &change->job, &change->rows, change->account_id);
}

/* One step; `known` turns false when the account had no score in it. */
static Error rescore(ExplainChange *change, const ChangeSide *side, FeaturesView view, unsigned step)
{
    Block *block = ARENA_NEW(&change->memory, Block);
    Scorer *scorer = NULL;
    if (block == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to explain a change"));
    }
    RETURN_IF_ERROR(features_block(&change->rows.features, &change->memory, &change->scratch, view, block));
    if (block->accounts.row_count == 0) {
        change->known = false;
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(scorer_create(&change->memory, side->model, &change->scratch, &scorer));
    const ScoreInput input = {.block = block, .now_ms = view.now_ms};
    RETURN_IF_ERROR(score_account(scorer, &change->memory, &input, &change->results[step]));
    change->known = change->known && change->results[step].unscored == SCORE_IS_SCORED;
    return ERROR_NONE;
}

/* The views of score/change.h. */
static Error rescore_before(ExplainChange *change)
{
    const int64_t then_ms = change->before.at_ms;
    const int64_t now_ms = change->now.at_ms;
    const FeaturesView views[CHANGE_CAUSE_COUNT] = {{then_ms, then_ms, INT64_MIN, INT64_MIN},
                                                    {then_ms, then_ms, now_ms, then_ms},
                                                    {now_ms, then_ms, now_ms, then_ms},
                                                    {now_ms, now_ms, INT64_MIN, INT64_MIN}};
    change->known = true;
    for (unsigned step = 0; step < CHANGE_CAUSE_COUNT; step++) {
        RETURN_IF_ERROR(rescore(change, &change->before, views[step], step));
    }
    change->results[CHANGE_CAUSE_COUNT] = change->results[CHANGE_CAUSE_COUNT - 1];
    return ERROR_NONE;
}

static Error rescore_now(ExplainChange *change)
{
    const int64_t now_ms = change->now.at_ms;
    const FeaturesView view = {now_ms, now_ms, INT64_MIN, INT64_MIN};
    return rescore(change, &change->now, view, CHANGE_CAUSE_COUNT);
}

/* Telling. */

static void begin_change(ExplainChange *change, Event *event)
{
    const ChangeSide *before = &change->before;
    event_begin(event, &change->scratch, SLICE("change"));
    event_time(event, SLICE("since"), before->at_ms);
    event_time(event, SLICE("at"), change->now.at_ms);
    event_int64(event, SLICE("from"), before->score);
    event_text(event, SLICE("from_level"), before->level);
    event_int64(event, SLICE("to"), change->now.score);
    event_text(event, SLICE("to_level"), change->now.level);
}

/* There is nothing to tell, for this reason. */
static void tell_none(ExplainChange *change, Slice reason, Slice detail)
{
    Buffer note;
    Event event;
    arena_reset(&change->scratch);
    buffer_init(&note, &change->memory, 0);
    buffer_append(&note, reason);
    buffer_append(&note, detail);
    event_begin(&event, &change->scratch, SLICE("no_change"));
    event_text(&event, SLICE("note"), note.failed ? reason : buffer_slice(&note));
    event_send(&event, change->job.engine);
}

static void member_figures(Event *event, const int32_t causes[CHANGE_CAUSE_COUNT], int32_t total)
{
    for (unsigned cause = 0; cause < CHANGE_CAUSE_COUNT; cause++) {
        event_int64(event, change_cause_name((ChangeCause)cause), causes[cause]);
    }
    event_int64(event, SLICE("total"), total);
}

static void tell_part(ExplainChange *change, const ChangePart *part)
{
    Event event;
    bool moved = false;
    for (unsigned cause = 0; cause < CHANGE_CAUSE_COUNT; cause++) {
        moved = moved || part->causes[cause] != 0;
    }
    if (!moved) {
        return;
    }
    event_begin(&event, &change->scratch, SLICE("change_part"));
    event_text(&event, part->is_gate ? SLICE("gate") : SLICE("component"), part->name);
    event_text(&event, SLICE("label"), part->label);
    member_figures(&event, part->causes, part->total);
    event_send(&event, change->job.engine);
}

/* What was erased, or kept as it was because it could not be pulled, is not found again. */
static Slice note_of(const ExplainChange *change)
{
    const bool exact = change->results[0].raw == change->before.raw &&
                       change->results[CHANGE_CAUSE_COUNT].raw == change->now.raw;
    return exact ? SLICE("")
                 : SLICE("What is stored today does not give these scores exactly: something was erased "
                         "since, or "
                         "could not be pulled then");
}

static Error tell(ExplainChange *change)
{
    ChangeInput input = {{change->before.model, change->now.model}, {NULL}};
    ScoreChange found;
    Error error = ERROR_NONE;
    for (unsigned i = 0; i <= CHANGE_CAUSE_COUNT; i++) {
        input.results[i] = &change->results[i];
    }
    if (!change->known || !score_change(&change->memory, &input, &found, &error)) {
        RETURN_IF_ERROR(error);
        tell_none(change, SLICE("The score of then cannot be made again from what is stored"), SLICE(""));
        return ERROR_NONE;
    }
    Event event;
    arena_reset(&change->scratch);
    begin_change(change, &event);
    member_figures(&event, found.causes, found.total);
    event_text(&event, SLICE("note"), note_of(change));
    event_send(&event, change->job.engine);
    for (uint32_t i = 0; i < found.part_count; i++) {
        tell_part(change, &found.parts[i]);
    }
    return ERROR_NONE;
}

static JobStatus change_step(Job *job, const Completion *got)
{
    ExplainChange *const change = (ExplainChange *)job;
    JOB_BEGIN(job, CHANGE_POINTS);
    AWAIT(job, NOW, read_side(change, &change->now));
    if (!change->now.found) {
        return JOB_DONE; /* what it is instead is told already */
    }
    AWAIT(job, BEFORE, read_side(change, &change->before));
    if (!change->before.found) {
        tell_none(change,
                  change->since_ms == TIME_MS_MIN ? SLICE("It has had no other score")
                                                  : SLICE("It had no score at that time"),
                  SLICE(""));
        return JOB_DONE;
    }
    AWAIT(job, DESCRIBE, start_describing(change));
    change->error = make_models(change);
    if (change->error.code != ERROR_OK) {
        tell_none(change, SLICE("The model of then cannot be used any more: "), change->error.message);
        return JOB_DONE;
    }
    AWAIT(job, ROWS, read_rows(change, &change->before));
    TRY(job, rescore_before(change));
    if (!same_model(change)) {
        AWAIT(job, AGAIN, read_rows(change, &change->now));
        TRY(job, rescore_now(change));
    }
    TRY(job, tell(change));
    JOB_END(job);
}

static void change_close(Job *job)
{
    ExplainChange *change = (ExplainChange *)job;
    scoring_load_free(&change->rows);
    describing_free(&change->describing);
    arena_free(&change->scratch);
    arena_free(&change->memory);
}

void explain_change_start(Engine *engine, Job *parent, ExplainChange *change)
{
    arena_init(&change->memory, &engine->allocator, 0);
    arena_init(&change->scratch, &engine->allocator, 0);
    change->job.arena = &change->memory;
    job_start(engine, parent, &change->job, &change_kind);
}
