#include "sync/admin/status_history.h"

#include "sync/plan/certificate.h"
#include "sync/run/query.h"

typedef struct History {
    int64_t limit;
} History;

static void params(Query *query, RowWriter *row)
{
    row_writer_int64(row, 0, ((History *)query->state)->limit);
}

static Error tell_object(Query *query, RowView row, JsonValue object)
{
    Error error = ERROR_NONE;
    Event event;
    event_begin(&event, &query->row, SLICE("certificate"));
    query_member_int(&event, SLICE("cut"), row, 0);
    query_member_time(&event, SLICE("at"), row, 1);
    for (JsonValue member = json_first(object); json_present(member) && error.code == ERROR_OK;
         member = json_next(member)) {
        json_write_key(&event.json, json_key(member));
        error = json_write_canonical(&event.json, member);
    }
    event_send(&event, query->job.engine);
    return error;
}

/* number, at, certificate */
static Error tell_cut(Query *query, RowView row)
{
    JsonDocument document;
    if (!query_json(query, query_text(row, 2), &document)) {
        return ERROR_NONE;
    }
    for (JsonValue object = json_first(json_root(&document)); json_present(object);
         object = json_next(object)) {
        RETURN_IF_ERROR(tell_object(query, row, object));
    }
    return ERROR_NONE;
}

void status_history_start(Command *command)
{
    static const Question questions[] = {{STATEMENT_STATUS_HISTORY, params, tell_cut, NULL, NULL}};
    History *history = COMMAND_CHILD(command, History);
    if (history == NULL) {
        return;
    }
    Error error =
        json_int64_or(json_get(command->arguments, SLICE("limit")), STATUS_HISTORY_CUTS, &history->limit);
    if (error.code == ERROR_OK && (history->limit < 1 || history->limit > CERTIFICATES_MAX)) {
        error = error_make(ERROR_COMMAND_ARGUMENT, SLICE("limit is 1 to 500 cuts, which are kept"));
    }
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    query_start(command, questions, 1, history);
}
