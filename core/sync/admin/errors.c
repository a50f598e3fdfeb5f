/*
 * errors: records that Salesforce or we refused, each with the sentence that says what to do: {"event":
 * "record_error","id":"fields:001...","object":"fields","account":"Acme","code":"SF_VALIDATION_RULE",
 * "message":"...","remedy":"...","at":"...","attempts":1}. Exit code 3 when there are any. They are tried
 * again when the configuration or the account's record changes, or by actions_decide with the decision
 * "retry".
 */
#include "sync/admin/actions.h"

enum {
    ERROR_OBJECT,
    ERROR_ID,
    ERROR_AT,
    ERROR_CODE_NAME,
    ERROR_MESSAGE,
    ERROR_KIND,
    ERROR_ACCOUNT_ID,
    ERROR_ACCOUNT,
    ERROR_ATTEMPT
};

static Error tell_error(Query *query, RowView row)
{
    const bool of_outbox = row_state(row, ERROR_KIND) == ROW_VALUE;
    const Slice id = query_text(row, ERROR_ID);
    ErrorCode code = ERROR_INTERNAL;
    Event event;
    const bool known = error_find(query_text(row, ERROR_CODE_NAME), &code);
    event_begin(&event, &query->row, SLICE("record_error"));
    event_text(&event, SLICE("id"), of_outbox ? action_id(id) : id);
    query_member_text(&event, SLICE("object"), row, of_outbox ? ERROR_KIND : ERROR_OBJECT);
    query_member_text(&event, SLICE("account"), row, ERROR_ACCOUNT);
    query_member_text(&event, SLICE("account_id"), row, ERROR_ACCOUNT_ID);
    query_member_text(&event, SLICE("code"), row, ERROR_CODE_NAME);
    query_member_text(&event, SLICE("message"), row, ERROR_MESSAGE);
    event_text(&event, SLICE("remedy"), known ? error_remedy(code) : SLICE("Read the message"));
    query_member_time(&event, SLICE("at"), row, ERROR_AT);
    query_member_int(&event, SLICE("attempts"), row, ERROR_ATTEMPT);
    event_send(&event, query->job.engine);
    query->command->exit = COMMAND_EXIT_PERSON;
    return ERROR_NONE;
}

void errors_start(Command *command)
{
    static const Question questions[] = {{STATEMENT_ERRORS_LIST, NULL, tell_error, NULL, NULL}};
    query_start(command, questions, 1, NULL);
}
