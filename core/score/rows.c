#include "score/rows.h"

#include "base/sort.h"

static const RowColumn signal_columns[] = {{SLICE_INIT("account_id"), ROW_TEXT},
                                           {SLICE_INIT("name"), ROW_TEXT},
                                           {SLICE_INIT("at"), ROW_TIME},
                                           {SLICE_INIT("value"), ROW_DOUBLE}};

static const RowColumn health_columns[] = {{SLICE_INIT("account_id"), ROW_TEXT},
                                           {SLICE_INIT("score"), ROW_INT64},
                                           {SLICE_INIT("level"), ROW_TEXT},
                                           {SLICE_INIT("candidate"), ROW_TEXT},
                                           {SLICE_INIT("candidate_since"), ROW_TIME}};

/* The first five are those of `health`: the scores of one run are the earlier ones of the next. */
static const RowColumn score_columns[] = {
    {SLICE_INIT("account_id"), ROW_TEXT},      {SLICE_INIT("score"), ROW_INT64},
    {SLICE_INIT("level"), ROW_TEXT},           {SLICE_INIT("candidate"), ROW_TEXT},
    {SLICE_INIT("candidate_since"), ROW_TIME}, {SLICE_INIT("due"), ROW_TIME},
    {SLICE_INIT("raw"), ROW_DOUBLE},           {SLICE_INIT("coverage"), ROW_DOUBLE},
    {SLICE_INIT("changed"), ROW_BOOL},         {SLICE_INIT("unscored"), ROW_TEXT},
    {SLICE_INIT("reasons"), ROW_TEXT},         {SLICE_INIT("components"), ROW_TEXT},
    {SLICE_INIT("signals"), ROW_TEXT},
};

enum { SIGNAL_ACCOUNT_ID, SIGNAL_NAME, SIGNAL_AT, SIGNAL_VALUE, SIGNAL_COLUMN_COUNT };

enum {
    SCORE_ACCOUNT_ID,
    SCORE_SCORE,
    SCORE_LEVEL,
    SCORE_CANDIDATE,
    SCORE_CANDIDATE_SINCE,
    HEALTH_COLUMN_COUNT,
    SCORE_DUE = HEALTH_COLUMN_COUNT,
    SCORE_RAW,
    SCORE_COVERAGE,
    SCORE_CHANGED,
    SCORE_UNSCORED,
    SCORE_REASONS,
    SCORE_COMPONENTS,
    SCORE_SIGNALS,
    SCORE_COLUMN_COUNT
};

static const RowSchema signal_schema = {signal_columns, SIGNAL_COLUMN_COUNT};
static const RowSchema health_schema = {health_columns, HEALTH_COLUMN_COUNT};
static const RowSchema score_schema = {score_columns, SCORE_COLUMN_COUNT};

static const Slice type_names[ROW_TYPE_COUNT] = {
    [ROW_INT64] = SLICE_INIT("int64"), [ROW_DOUBLE] = SLICE_INIT("double"), [ROW_BOOL] = SLICE_INIT("bool"),
    [ROW_TEXT] = SLICE_INIT("text"),   [ROW_BYTES] = SLICE_INIT("bytes"),   [ROW_TIME] = SLICE_INIT("time"),
    [ROW_LIST] = SLICE_INIT("list"),
};

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory to score"));
}

void row_scoring_init(RowScoring *scoring, const Allocator *allocator)
{
    *scoring = (RowScoring){.model = NULL};
    arena_init(&scoring->zone_file, allocator, 0);
    arena_init(&scoring->instance, allocator, 0);
    arena_init(&scoring->rows, allocator, 0);
    arena_init(&scoring->answer, allocator, 0);
    arena_init(&scoring->scratch, allocator, 0);
}

void row_scoring_free(RowScoring *scoring)
{
    arena_free(&scoring->zone_file);
    arena_free(&scoring->instance);
    arena_free(&scoring->rows);
    arena_free(&scoring->answer);
    arena_free(&scoring->scratch);
}

static void forget_rows(RowScoring *scoring)
{
    arena_reset(&scoring->rows);
    features_init(&scoring->features, &scoring->rows, scoring->model);
    scoring->signals = (RowBatch){.row_count = 0};
    scoring->health = (RowBatch){.row_count = 0};
}

static Error read_name(JsonValue value, const Slice *names, size_t count, unsigned *index)
{
    Slice name;
    RETURN_IF_ERROR(json_text(value, &name));
    for (unsigned i = 0; i < count; i++) {
        if (slice_equal(names[i], name)) {
            *index = i;
            return ERROR_NONE;
        }
    }
    return json_error(value, ERROR_CONFIG_VALUE, SLICE("a name that is not known here"));
}

static Error read_columns(Arena *arena, JsonValue list, MappedColumn **columns, size_t *count)
{
    const size_t room = json_count(list);
    *columns = ARENA_ARRAY(arena, MappedColumn, room);
    if (*columns == NULL) {
        return no_memory();
    }
    for (JsonValue item = json_first(list); json_present(item); item = json_next(item)) {
        MappedColumn *column = &(*columns)[(*count)++];
        Slice tables[ENTITY_COUNT];
        unsigned entity = 0;
        unsigned type = 0;
        for (unsigned i = 0; i < ENTITY_COUNT; i++) {
            tables[i] = schema_table((Entity)i);
        }
        RETURN_IF_ERROR(read_name(json_get(item, SLICE("table")), tables, ENTITY_COUNT, &entity));
        RETURN_IF_ERROR(read_name(json_get(item, SLICE("type")), type_names, ROW_TYPE_COUNT, &type));
        RETURN_IF_ERROR(json_text(json_get(item, SLICE("name")), &column->name));
        column->entity = (Entity)entity;
        column->type = (RowType)type;
    }
    return ERROR_NONE;
}

typedef struct Request {
    Slice text; /* of the configuration */
    Slice name;
    MappedColumn *columns; /* NULL: to be guessed */
    size_t column_count;
} Request;

static Error read_request(Arena *arena, Slice json, Request *request)
{
    JsonDocument *document = ARENA_NEW(arena, JsonDocument);
    if (document == NULL) {
        return no_memory();
    }
    RETURN_IF_ERROR(json_parse(arena, json, document));
    document->source = SLICE("request");
    const JsonValue root = json_root(document);
    const JsonValue list = json_get(root, SLICE("columns"));
    RETURN_IF_ERROR(json_text_or(json_get(root, SLICE("config")), SLICE(""), &request->text));
    RETURN_IF_ERROR(json_text_or(json_get(root, SLICE("name")), SLICE("configuration"), &request->name));
    return json_present(list) ? read_columns(arena, list, &request->columns, &request->column_count)
                              : ERROR_NONE;
}

static Error open(RowScoring *scoring, const Request *request)
{
    Arena *arena = &scoring->instance;
    RETURN_IF_ERROR(config_read(arena, request->text, request->name, &scoring->issues, &scoring->config));
    Model *model = NULL;
    const Zones *zones = scoring->zones.file.length == 0 ? NULL : &scoring->zones;
    RETURN_IF_ERROR(model_compile(arena, scoring->config, request->columns, request->column_count, zones,
                                  &scoring->issues, &model));
    RETURN_IF_ERROR(scorer_create(arena, model, &scoring->scratch, &scoring->scorer));
    scoring->model = model;
    forget_rows(scoring);
    return ERROR_NONE;
}

Error row_scoring_zones(RowScoring *scoring, Slice file)
{
    return zones_load(&scoring->zones, &scoring->zone_file, file);
}

Error row_scoring_open(RowScoring *scoring, Slice json)
{
    Request request = {.text = SLICE("")};
    scoring->model = NULL;
    scoring->issues.count = 0;
    arena_reset(&scoring->instance);
    arena_reset(&scoring->answer);
    if (json.length > 0) {
        RETURN_IF_ERROR(read_request(&scoring->instance, json, &request));
    }
    return open(scoring, &request);
}

static void describe_table(Slice name, const RowSchema *schema, JsonWriter *writer)
{
    json_write_key(writer, name);
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < schema->column_count; i++) {
        json_write_object_begin(writer);
        json_write_text_member(writer, SLICE("name"), schema->columns[i].name);
        json_write_text_member(writer, SLICE("type"), type_names[schema->columns[i].type]);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

void row_scoring_describe(const RowScoring *scoring, JsonWriter *writer)
{
    json_write_object_begin(writer);
    json_write_text_member(writer, SLICE("hash"), slice_make(scoring->config->hash, SHA256_HEX_BYTES));
    json_write_text_member(writer, SLICE("model_hash"),
                           slice_make(scoring->config->model_hash, SHA256_HEX_BYTES));
    json_write_key(writer, SLICE("tables"));
    json_write_object_begin(writer);
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        const EntitySchema *entity = &scoring->model->schemas.entities[i];
        describe_table(entity->table, &entity->stored, writer);
    }
    describe_table(SLICE("signal"), &signal_schema, writer);
    describe_table(SLICE("health"), &health_schema, writer);
    json_write_object_end(writer);
    describe_table(SLICE("scores"), &score_schema, writer);
    json_write_object_end(writer);
}

/* One batch each: what is added later replaces it. */
static RowBatch *own_table(RowScoring *scoring, Slice table, const RowSchema **schema)
{
    if (slice_equal(table, SLICE("signal"))) {
        *schema = &signal_schema;
        return &scoring->signals;
    }
    if (slice_equal(table, SLICE("health"))) {
        *schema = &health_schema;
        return &scoring->health;
    }
    return NULL;
}

Error row_scoring_add(RowScoring *scoring, Slice table, Slice batch)
{
    if (scoring->model == NULL) {
        return error_make(ERROR_CONFIG_VALUE, SLICE("no configuration is open"));
    }
    char *bytes = arena_alloc(&scoring->rows, batch.length, 8);
    if (bytes == NULL) {
        return no_memory();
    }
    memcpy(bytes, batch.data, batch.length);
    const Slice copy = slice_make(bytes, batch.length);
    const RowSchema *schema = NULL;
    RowBatch *own = own_table(scoring, table, &schema);
    if (own != NULL) {
        return row_batch_open(own, copy, schema);
    }
    for (unsigned i = 0; i < ENTITY_COUNT; i++) {
        const EntitySchema *entity = &scoring->model->schemas.entities[i];
        if (slice_equal(entity->table, table)) {
            RowBatch rows;
            RETURN_IF_ERROR(row_batch_open(&rows, copy, &entity->stored));
            return features_add(&scoring->features, (Entity)i, &rows);
        }
    }
    return error_make(ERROR_CONFIG_FIELD, SLICE("there is no such table"));
}

static int64_t int_or_0(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE ? row_int64(row, column) : 0;
}

static Slice text_or_empty(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE ? row_text(row, column) : SLICE("");
}

static Error read_signals(RowScoring *scoring)
{
    const uint32_t count = scoring->signals.row_count;
    SuppliedSignal *signals = ARENA_ARRAY(&scoring->rows, SuppliedSignal, count);
    if (signals == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < count; i++) {
        const RowView row = row_at(&scoring->signals, i);
        signals[i] = (SuppliedSignal){
            .account_id = text_or_empty(row, SIGNAL_ACCOUNT_ID),
            .name = text_or_empty(row, SIGNAL_NAME),
            .at_ms = int_or_0(row, SIGNAL_AT),
            .first_seen_ms = int_or_0(row, SIGNAL_AT),
            .value = row_state(row, SIGNAL_VALUE) == ROW_VALUE ? row_double(row, SIGNAL_VALUE) : 0};
    }
    features_signals(&scoring->features, signals, count);
    return ERROR_NONE;
}

/* A score that is none, of a caller's row, is as good as no score. */
static ScoreState read_state(RowView row)
{
    const int64_t score = int_or_0(row, SCORE_SCORE);
    const bool scored = row_state(row, SCORE_SCORE) == ROW_VALUE && score >= 0 && score <= 100;
    ScoreState state = {.scored_before = true,
                        .scored = scored,
                        .score = scored ? (int32_t)score : 0,
                        .candidate_since_ms = int_or_0(row, SCORE_CANDIDATE_SINCE)};
    (void)risk_level_find(text_or_empty(row, SCORE_LEVEL), &state.level);
    state.has_candidate = risk_level_find(text_or_empty(row, SCORE_CANDIDATE), &state.candidate);
    return state;
}

typedef struct EarlierScore {
    Slice account_id;
    ScoreState state;
} EarlierScore;

static int compare_earlier(const void *a, const void *b)
{
    return slice_compare(((const EarlierScore *)a)->account_id, ((const EarlierScore *)b)->account_id);
}

/* The rows of `health` in order of account; of two of one account the later one comes last. */
static Error sort_earlier(RowScoring *scoring, const EarlierScore *const **sorted)
{
    const uint32_t count = scoring->health.row_count;
    EarlierScore *items = ARENA_ARRAY(&scoring->rows, EarlierScore, count);
    const void **pointers = ARENA_ARRAY(&scoring->rows, const void *, count);
    const void **spare = ARENA_ARRAY(&scoring->rows, const void *, count);
    if (items == NULL || pointers == NULL || spare == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < count; i++) {
        const RowView row = row_at(&scoring->health, i);
        items[i] = (EarlierScore){text_or_empty(row, SCORE_ACCOUNT_ID), read_state(row)};
        pointers[i] = &items[i];
    }
    *sorted = (const EarlierScore *const *)sort_pointers(pointers, spare, count, compare_earlier);
    return ERROR_NONE;
}

/* The earlier state of each account of the block, whose accounts stand in order of Id. */
static Error read_states(RowScoring *scoring, const Block *block, ScoreState **states)
{
    const RowBatch *accounts = &block->accounts;
    const EarlierScore *const *earlier = NULL;
    uint32_t at = 0;
    *states = ARENA_ARRAY(&scoring->rows, ScoreState, accounts->row_count);
    if (*states == NULL) {
        return no_memory();
    }
    RETURN_IF_ERROR(sort_earlier(scoring, &earlier));
    for (uint32_t i = 0; i < scoring->health.row_count; i++) {
        const Slice id = earlier[i]->account_id;
        while (at < accounts->row_count && slice_compare(row_text(row_at(accounts, at), 0), id) < 0) {
            at++;
        }
        if (at < accounts->row_count && slice_equal(row_text(row_at(accounts, at), 0), id)) {
            (*states)[at] = earlier[i]->state;
        }
    }
    return ERROR_NONE;
}

static void write_scored(RowWriter *writer, const ScoreResult *result)
{
    row_writer_int64(writer, SCORE_SCORE, result->score);
    row_writer_text(writer, SCORE_LEVEL, risk_level_name(result->level));
    row_writer_double(writer, SCORE_RAW, result->raw);
    row_writer_bool(writer, SCORE_CHANGED, result->changed);
    if (result->state.has_candidate) {
        row_writer_text(writer, SCORE_CANDIDATE, risk_level_name(result->state.candidate));
        row_writer_time(writer, SCORE_CANDIDATE_SINCE, result->state.candidate_since_ms);
        row_writer_time(writer, SCORE_DUE, result->due_ms);
    }
}

static Error write_score(RowScoring *scoring, RowWriter *writer, const ScoreResult *result)
{
    Arena *arena = &scoring->rows;
    Error (*const texts[])(Arena *, const Model *, const ScoreResult *,
                           Slice *) = {score_reasons_json, score_components_json, score_signals_json};
    row_writer_begin(writer);
    for (uint32_t i = 0; i < SCORE_COLUMN_COUNT; i++) {
        row_writer_null(writer, i);
    }
    row_writer_text(writer, SCORE_ACCOUNT_ID, result->account_id);
    row_writer_double(writer, SCORE_COVERAGE, result->coverage);
    if (result->unscored == SCORE_IS_SCORED) {
        write_scored(writer, result);
    } else {
        row_writer_text(writer, SCORE_UNSCORED, score_unscored_text(arena, scoring->model, result));
    }
    for (uint32_t i = 0; i < 3; i++) {
        Slice text;
        RETURN_IF_ERROR(texts[i](arena, scoring->model, result, &text));
        row_writer_text(writer, SCORE_REASONS + i, text);
    }
    return row_writer_end(writer);
}

static Error run(RowScoring *scoring, int64_t now_ms, Slice *scores)
{
    Block block;
    ScoreState *states = NULL;
    RowWriter writer;
    RETURN_IF_ERROR(read_signals(scoring));
    RETURN_IF_ERROR(features_block(&scoring->features, &scoring->rows, &scoring->scratch,
                                   features_view_now(now_ms), &block));
    RETURN_IF_ERROR(read_states(scoring, &block, &states));
    row_writer_init(&writer, &scoring->answer, &score_schema, 0);
    for (uint32_t i = 0; i < block.accounts.row_count; i++) {
        const ScoreInput input = {&block, i, now_ms, states[i], {0}};
        ScoreResult result;
        const ArenaMark mark = arena_mark(&scoring->rows);
        RETURN_IF_ERROR(score_account(scoring->scorer, &scoring->rows, &input, &result));
        RETURN_IF_ERROR(write_score(scoring, &writer, &result));
        arena_rewind(&scoring->rows, mark);
    }
    return row_writer_finish(&writer, scores);
}

Error row_scoring_run(RowScoring *scoring, int64_t now_ms, Slice *scores)
{
    arena_reset(&scoring->answer);
    if (scoring->model == NULL) {
        return error_make(ERROR_CONFIG_VALUE, SLICE("no configuration is open"));
    }
    const Error error = error_copy(&scoring->answer, run(scoring, now_ms, scores));
    forget_rows(scoring);
    return error;
}
