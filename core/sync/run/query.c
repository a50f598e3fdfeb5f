/* The job of commands that only read. */
#include "sync/run/query.h"

#include "base/time.h"

#define QUERY_POINTS(X) X(ROWS) X(THEN)

static JobStatus query_step(Job *job, const Completion *got);
static void query_close(Job *job);
JOB_KIND(query_kind, "query", query_step, query_close);

static uint32_t take_rows(void *context, const RowBatch *batch)
{
    Query *query = context;
    for (uint32_t i = 0; i < batch->row_count && query->error.code == ERROR_OK; i++) {
        arena_reset(&query->row);
        query->rows++;
        const Error error = query->questions[query->at].row(query, row_at(batch, i));
        query->error = error_copy(&query->memory, error);
    }
    return PERLY_MORE;
}

static void ask(Query *query)
{
    const Question *question = &query->questions[query->at];
    const Statement *statement = sync_statement(question->statement);
    StoreParams params;
    arena_reset(&query->memory);
    query->rows = 0;
    if (question->params != NULL) {
        store_params_begin(&params, &query->memory, statement);
        question->params(query, &params.writer);
    }
    store_query(&query->job, &query->store, statement, question->params == NULL ? NULL : &params, take_rows,
                query);
}

static Error end_question(Query *query)
{
    const Question *question = &query->questions[query->at];
    RETURN_IF_ERROR(query->error);
    arena_reset(&query->row);
    return question->end == NULL ? ERROR_NONE : question->end(query);
}

static JobStatus query_step(Job *job, const Completion *got)
{
    Query *const query = (Query *)job;
    JOB_BEGIN(job, QUERY_POINTS);
    for (query->at = 0; query->at < query->count; query->at++) {
        AWAIT(job, ROWS, ask(query));
        TRY(job, end_question(query));
        if (query->questions[query->at].then != NULL) {
            AWAIT(job, THEN, query->questions[query->at].then(query));
        }
    }
    JOB_END(job);
}

static void query_close(Job *job)
{
    Query *query = (Query *)job;
    arena_free(&query->row);
    arena_free(&query->memory);
}

void query_start(Command *command, const Question *questions, uint32_t count, void *state)
{
    Query *query = COMMAND_CHILD(command, Query);
    if (query == NULL) {
        return;
    }
    *query = (Query){.command = command, .questions = questions, .count = count, .state = state};
    arena_init(&query->memory, &command->job.engine->allocator, 0);
    arena_init(&query->row, &command->job.engine->allocator, 0);
    query->job.arena = &query->memory;
    command_run_child(command, &query->job, &query_kind);
}

Slice query_text(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE ? row_text(row, column) : SLICE("");
}

int64_t query_int(RowView row, uint32_t column, int64_t otherwise)
{
    return row_state(row, column) == ROW_VALUE ? row_int64(row, column) : otherwise;
}

/* Writes the key, and null when there is no value. */
static bool begin_member(Event *event, Slice key, RowView row, uint32_t column)
{
    json_write_key(&event->json, key);
    if (row_state(row, column) != ROW_VALUE) {
        json_write_null(&event->json);
        return false;
    }
    return true;
}

void query_member_text(Event *event, Slice key, RowView row, uint32_t column)
{
    if (begin_member(event, key, row, column)) {
        json_write_text(&event->json, row_text(row, column));
    }
}

void query_member_int(Event *event, Slice key, RowView row, uint32_t column)
{
    if (begin_member(event, key, row, column)) {
        json_write_int64(&event->json, row_int64(row, column));
    }
}

void query_member_double(Event *event, Slice key, RowView row, uint32_t column)
{
    if (begin_member(event, key, row, column)) {
        json_write_double(&event->json, row_double(row, column));
    }
}

void query_member_time(Event *event, Slice key, RowView row, uint32_t column)
{
    event_time(event, key, query_int(row, column, TIME_MS_MIN));
}

bool query_json(Query *query, Slice text, JsonDocument *document)
{
    return text.length != 0 && json_parse(&query->row, text, document).code == ERROR_OK;
}

void query_member_reasons(Query *query, Event *event, Slice json)
{
    JsonDocument document;
    json_write_key(&event->json, SLICE("reasons"));
    json_write_array_begin(&event->json);
    if (query_json(query, json, &document)) {
        for (JsonValue reason = json_first(json_root(&document)); json_present(reason);
             reason = json_next(reason)) {
            Slice text = SLICE("");
            (void)json_text_or(json_get(reason, SLICE("text")), text, &text);
            json_write_text(&event->json, text);
        }
    }
    json_write_array_end(&event->json);
}

Error query_word(Command *command, Slice key, const Slice *words, size_t count, Slice *word)
{
    Slice given = {NULL, 0};
    RETURN_IF_ERROR(json_text_or(json_get(command->arguments, key), words[0], &given));
    Buffer text;
    buffer_init(&text, &command->memory, 0);
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_ignoring_case(given, words[i])) {
            *word = words[i];
            return ERROR_NONE;
        }
        buffer_append(&text, text.length == 0 ? SLICE("") : SLICE(", "));
        buffer_append(&text, words[i]);
    }
    return ERROR_TEXT(&command->memory, ERROR_COMMAND_ARGUMENT, key, SLICE(" is one of "),
                      buffer_slice(&text), SLICE("; not "), given);
}

void query_member_standing(Query *query, Event *event, const ConfigRisk *risk, RowView row,
                           uint32_t score_column, uint32_t level_column)
{
    const int64_t score = query_int(row, score_column, -1);
    const int32_t known = score >= 0 && score <= SCORE_MAX ? (int32_t)score : -1;
    RiskLevel level = RISK_LOW;
    int32_t edge = 0;
    if (known < 0 || !risk_level_find(query_text(row, level_column), &level) ||
        !score_level_edge(risk, level, known, &edge)) {
        return;
    }
    event_int64(event, SLICE("until"), edge);
    event_text(event, SLICE("standing"), score_standing(&query->row, risk, level, known));
}
