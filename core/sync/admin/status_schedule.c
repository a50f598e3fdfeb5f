#include "sync/admin/status_schedule.h"

#include "sync/admin/status_line.h"
#include "sync/plan/certificate.h"

enum { POLLS_MISSED = 3 };

void status_schedule_row(StatusSchedule *schedule, RowView row)
{
    if (row_state(row, PULL_UP_TO) == ROW_VALUE &&
        (!schedule->pulled || row_int64(row, PULL_UP_TO) > schedule->up_to_ms)) {
        schedule->pulled = true;
        schedule->up_to_ms = row_int64(row, PULL_UP_TO);
    }
}

void status_schedule_end(Query *query, const StatusSchedule *schedule, const ConfigSalesforce *settings)
{
    const int64_t age_ms = query->job.engine->wall_ms - schedule->up_to_ms;
    Buffer text;
    Event event;
    if (!schedule->pulled || age_ms < POLLS_MISSED * settings->poll_ms + settings->lag_ms) {
        return;
    }
    buffer_init(&text, &query->memory, 0);
    buffer_append(&text, SLICE("nothing newer than "));
    status_append_age(&text, age_ms);
    buffer_append(&text, SLICE(" was pulled, and salesforce.poll asks for it every "));
    status_append_age(&text, settings->poll_ms);
    buffer_append(&text, SLICE(": see that perly sync runs, and what it says"));
    status_begin(query, &event, SLICE("schedule"), false, &text);
    event_int64(&event, SLICE("age_ms"), age_ms);
    event_send(&event, query->job.engine);
}

Error status_schedule_config(Query *query)
{
    Slice given = {NULL, 0};
    Config *config = NULL;
    ConfigIssues *issues = ARENA_NEW(&query->memory, ConfigIssues);
    if (issues == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a configuration"));
    }
    (void)json_text_or(json_get(query->command->arguments, SLICE("config")), SLICE(""), &given);
    const Error error = config_read(&query->memory, given, SLICE(""), issues, &config);
    if (error.code == ERROR_OK || error.code == ERROR_OUT_OF_MEMORY) {
        return error;
    }
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    buffer_append(&text, SLICE("it has mistakes, and no sync begins with it: "));
    buffer_append(&text, error.message);
    buffer_append(&text, SLICE(". perly config check tells them all"));
    status_begin(query, &event, SLICE("configuration"), false, &text);
    event_text(&event, SLICE("code"), error_name(error.code));
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}
