/* accounts: the accounts and their scores, in an order that is asked for, with what changed. */
#include "base/time.h"
#include "sync/run/query.h"

enum { ACCOUNTS_DEFAULT = 50, ACCOUNTS_MAX = 1000000, CHANGE_DAYS = 30, CHANGE_DAYS_MAX = 3650 };

/* Columns of ACCOUNTS_LIST. */
enum {
    LISTED_ID,
    LISTED_NAME,
    LISTED_SCORE,
    LISTED_LEVEL,
    LISTED_EARLIER,
    LISTED_OWNER,
    LISTED_REASONS,
    LISTED_AT,
    LISTED_UNSCORED
};

typedef struct Accounts {
    Slice level; /* empty: all */
    Slice sort;
    int64_t limit;
    int64_t since_ms; /* what a change is measured against */
    ConfigRisk risk;
} Accounts;

static void accounts_params(Query *query, RowWriter *row)
{
    const Accounts *accounts = query->state;
    row_writer_text(row, 0, accounts->level);
    row_writer_text(row, 1, accounts->sort);
    row_writer_int64(row, 2, accounts->limit);
    row_writer_time(row, 3, accounts->since_ms);
}

static Error tell_account(Query *query, RowView row)
{
    Event event;
    event_begin(&event, &query->row, SLICE("account"));
    query_member_text(&event, SLICE("id"), row, LISTED_ID);
    query_member_text(&event, SLICE("name"), row, LISTED_NAME);
    query_member_int(&event, SLICE("score"), row, LISTED_SCORE);
    query_member_text(&event, SLICE("level"), row, LISTED_LEVEL);
    query_member_standing(query, &event, &((Accounts *)query->state)->risk, row, LISTED_SCORE, LISTED_LEVEL);
    json_write_key(&event.json, SLICE("change"));
    if (row_state(row, LISTED_SCORE) == ROW_VALUE && row_state(row, LISTED_EARLIER) == ROW_VALUE) {
        json_write_int64(&event.json, row_int64(row, LISTED_SCORE) - row_int64(row, LISTED_EARLIER));
    } else {
        json_write_null(&event.json);
    }
    query_member_text(&event, SLICE("owner"), row, LISTED_OWNER);
    query_member_reasons(query, &event, query_text(row, LISTED_REASONS));
    query_member_time(&event, SLICE("at"), row, LISTED_AT);
    query_member_text(&event, SLICE("unscored"), row, LISTED_UNSCORED);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static Error read_accounts(Command *command, Accounts *accounts)
{
    static const Slice levels[] = {SLICE_INIT(""), SLICE_INIT("Low"), SLICE_INIT("Medium"),
                                   SLICE_INIT("High"), SLICE_INIT("Critical")};
    static const Slice sorts[] = {SLICE_INIT("score"), SLICE_INIT("change"), SLICE_INIT("name")};
    int64_t days = CHANGE_DAYS;
    RETURN_IF_ERROR(
        query_word(command, SLICE("risk"), levels, sizeof levels / sizeof levels[0], &accounts->level));
    RETURN_IF_ERROR(
        query_word(command, SLICE("sort"), sorts, sizeof sorts / sizeof sorts[0], &accounts->sort));
    RETURN_IF_ERROR(
        json_int64_or(json_get(command->arguments, SLICE("limit")), ACCOUNTS_DEFAULT, &accounts->limit));
    RETURN_IF_ERROR(json_int64_or(json_get(command->arguments, SLICE("days")), CHANGE_DAYS, &days));
    if (accounts->limit < 1 || accounts->limit > ACCOUNTS_MAX) {
        return error_make(ERROR_COMMAND_ARGUMENT, SLICE("limit is 1 to 1,000,000"));
    }
    if (days < 1 || days > CHANGE_DAYS_MAX) {
        return error_make(ERROR_COMMAND_ARGUMENT, SLICE("days is 1 to 3,650"));
    }
    Config *config = NULL;
    RETURN_IF_ERROR(command_config(command, &command->memory, &config));
    accounts->risk = config->risk;
    accounts->since_ms = command->job.engine->wall_ms - days * 24 * 60 * 60 * 1000;
    return ERROR_NONE;
}

void accounts_start(Command *command)
{
    static const Question questions[] = {
        {STATEMENT_ACCOUNTS_LIST, accounts_params, tell_account, NULL, NULL}};
    Accounts *accounts = COMMAND_CHILD(command, Accounts);
    if (accounts == NULL) {
        return;
    }
    const Error error = read_accounts(command, accounts);
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    query_start(command, questions, 1, accounts);
}
