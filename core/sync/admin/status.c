/*
 * status: how the connection is. One event a line: {"event":"status","name":"connection","ok":true,
 * "text":"..."} and the same facts as members. Exit code 3 when one of them is not ok: then a person must
 * act. With "history" it tells certificates of earlier cuts instead (status_history.h).
 */
#include "sync/admin/status_usage.h"

#include "base/time.h"
#include "map/attributes.h"
#include "sync/admin/status_history.h"
#include "sync/admin/status_line.h"
#include "sync/admin/status_schedule.h"
#include "sync/admin/status_signals.h"
#include "sync/plan/certificate.h"
#include "sync/plan/checkpoint.h"

/* Columns of STATUS_CONNECTION. */
enum {
    CONNECTION_ORG_ID,
    CONNECTION_USERNAME,
    CONNECTION_INSTANCE_URL,
    CONNECTION_STATE,
    CONNECTION_ERROR,
    CONNECTION_CONNECTED_AT,
    CONNECTION_REFRESHED_AT,
    CONNECTION_ERROR_CODE,
    CONNECTION_HAS_REFRESH
};

/* Columns of STATUS_CUT. */
enum { CUT_NUMBER, CUT_AT, CUT_ACCOUNTS, CUT_SCORED, CUT_CHANGED, CUT_ACTIONS, CUT_HELD };

/* Columns of STATUS_LEVELS. */
enum { LEVELS_ALL, LEVELS_LOW, LEVELS_MEDIUM, LEVELS_HIGH, LEVELS_CRITICAL, LEVELS_DIRTY };

/* Columns of STATUS_OUTBOX. */
enum { WAITING_STATE, WAITING_COUNT, WAITING_OLDEST, WAITING_KIND, WAITING_CODE, WAITING_ERROR };

typedef struct Status {
    StatusUsage usage; /* first: the state of the questions about calls */
    StatusSignals signals;
    StatusSchedule schedule;
} Status;

/* ": what happened. What to do"; of a code that a newer version stored, the first alone. */
static void append_error(Buffer *text, Slice name, Slice message)
{
    ErrorCode code = ERROR_OK;
    buffer_append(text, SLICE(": "));
    buffer_append(text, message);
    if (error_find(name, &code) && code != ERROR_OK) {
        buffer_append(text, SLICE(". "));
        buffer_append(text, error_remedy(code));
    }
}

/* A refresh token that is not used for 30 days may be gone: there is time to do something, but not for long.
 */
static int64_t idle_days(const Query *query, RowView row)
{
    enum { DAY_MS = 24 * 60 * 60 * 1000, DAYS_MIN = 20 };
    if (!row_bool(row, CONNECTION_HAS_REFRESH) || row_state(row, CONNECTION_REFRESHED_AT) != ROW_VALUE) {
        return 0;
    }
    const int64_t days = (query->job.engine->wall_ms - row_int64(row, CONNECTION_REFRESHED_AT)) / DAY_MS;
    return days < DAYS_MIN ? 0 : days;
}

static Error tell_connection(Query *query, RowView row)
{
    const bool connected = slice_equal(row_text(row, CONNECTION_STATE), SLICE("connected"));
    const int64_t idle = idle_days(query, row);
    const bool unread = connected && !query->command->session->connected;
    const bool ok = connected && !unread && idle == 0;
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    buffer_append(&text, row_text(row, CONNECTION_INSTANCE_URL));
    buffer_append(&text, SLICE(" as "));
    buffer_append(&text, row_text(row, CONNECTION_USERNAME));
    if (!connected) {
        buffer_append(&text, SLICE(" does not work"));
        append_error(&text, row_text(row, CONNECTION_ERROR_CODE), row_text(row, CONNECTION_ERROR));
    } else if (unread) {
        buffer_append(&text, SLICE(" does not work: its tokens are sealed under another key than this. "));
        buffer_append(&text, error_remedy(ERROR_SEAL_KEY));
    } else if (idle != 0) {
        buffer_append(&text, SLICE(": its refresh token was last used "));
        buffer_append_int64(&text, idle);
        buffer_append(&text, SLICE(" days ago, and may lapse after 30: run perly sync"));
    }
    status_begin(query, &event, SLICE("connection"), ok, &text);
    query_member_text(&event, SLICE("org_id"), row, CONNECTION_ORG_ID);
    query_member_text(&event, SLICE("username"), row, CONNECTION_USERNAME);
    query_member_text(&event, SLICE("instance_url"), row, CONNECTION_INSTANCE_URL);
    query_member_text(&event, SLICE("state"), row, CONNECTION_STATE);
    query_member_text(&event, SLICE("code"), row, CONNECTION_ERROR_CODE);
    query_member_text(&event, SLICE("error"), row, CONNECTION_ERROR);
    query_member_time(&event, SLICE("connected_at"), row, CONNECTION_CONNECTED_AT);
    query_member_time(&event, SLICE("refreshed_at"), row, CONNECTION_REFRESHED_AT);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static Error tell_no_connection(Query *query)
{
    if (query->rows != 0) {
        return ERROR_NONE;
    }
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    buffer_append(&text, SLICE("no org is connected: run perly connect"));
    status_begin(query, &event, SLICE("connection"), false, &text);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

/* Of STATUS_ORG the first column is the number of fields that are known, the others are the features'. */
static Error tell_org(Query *query, RowView row)
{
    static const struct {
        Slice member;
        Slice words;
    } features[] = {
        {SLICE_INIT("person_accounts"), SLICE_INIT("person accounts")},
        {SLICE_INIT("currencies"), SLICE_INIT("several currencies")},
        {SLICE_INIT("dated_rates"), SLICE_INIT("exchange rates by date")},
        {SLICE_INIT("contacts_of_several_accounts"), SLICE_INIT("contacts of several accounts")},
        {SLICE_INIT("shared_activities"), SLICE_INIT("shared activities")},
        {SLICE_INIT("enhanced_email"), SLICE_INIT("enhanced email")},
        {SLICE_INIT("record_types"), SLICE_INIT("record types")},
        {SLICE_INIT("state_and_country_codes"), SLICE_INIT("state and country codes")},
    };
    const uint32_t count = sizeof features / sizeof features[0];
    Buffer text;
    Event event;
    if (query_int(row, 0, 0) == 0) {
        return ERROR_NONE; /* nothing was described yet */
    }
    buffer_init(&text, &query->memory, 0);
    for (uint32_t i = 0; i < count; i++) {
        if (query_int(row, i + 1, 0) != 0) {
            buffer_append(&text, text.length == 0 ? SLICE("has ") : SLICE(", "));
            buffer_append(&text, features[i].words);
        }
    }
    buffer_append(&text, text.length == 0 ? SLICE("has no feature that changes what is pulled") : SLICE(""));
    status_begin(query, &event, SLICE("org"), true, &text);
    for (uint32_t i = 0; i < count; i++) {
        event_bool(&event, features[i].member, query_int(row, i + 1, 0) != 0);
    }
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

/* The org's counts are approximate: a gap that says something is of more than a few rows, and of many. */
static void append_gap(Buffer *text, int64_t gap, int64_t rows, Source source)
{
    if (gap <= 25 || gap <= rows / 20) {
        return;
    }
    buffer_append(text, source_texts(source)->filter.length == 0
                            ? SLICE(" (sharing hides the others from the connected user")
                            : SLICE(" (the others are of a kind that is left out, or sharing hides them"));
    buffer_append(text, SLICE(": perly check names what it may not see; or they come with the next pull)"));
}

/* How many rows are held, and how many the org has. */
static void append_counts(Buffer *text, RowView row)
{
    const int64_t held = query_int(row, PULL_HELD_ROWS, -1);
    const int64_t rows = query_int(row, PULL_ORG_ROWS, 0);
    const Source source = source_find(query_text(row, PULL_OBJECT));
    if (source == SOURCE_COUNT) {
        return;
    }
    if (row_state(row, PULL_COUNTED) != ROW_VALUE) {
        buffer_append(text, SLICE(", not compared with the org's count yet"));
    } else if (held < 0) {
        status_append_count(text, rows,
                            SLICE("in the org, not compared, as Salesforce tells no prefix of its ids"));
    } else if (rows == 0 && held != 0) {
        status_append_count(text, held, SLICE("held, of an object that Salesforce does not count"));
    } else {
        status_append_count(text, held, SLICE("held of "));
        buffer_append_int64(text, rows);
        buffer_append(text, SLICE(" in the org"));
        append_gap(text, rows - held, rows, source);
    }
}

/* What the last pull brought, and how that compares with the org. */
static void append_certificate(Buffer *text, RowView row)
{
    const int64_t rejected = query_int(row, PULL_REJECTED, 0);
    const int64_t left_out = query_int(row, PULL_LEFT_OUT, 0);
    const int64_t nul_bytes = query_int(row, PULL_NUL_BYTES, 0);
    status_append_count(text, query_int(row, PULL_RECEIVED, 0), SLICE("row{s}"));
    status_append_count(text, query_int(row, PULL_INSERTED, 0), SLICE("new"));
    status_append_count(text, query_int(row, PULL_CHANGED, 0), SLICE("changed"));
    append_counts(text, row);
    if (left_out != 0) {
        status_append_count(text, left_out, SLICE("left out"));
    }
    if (rejected != 0) {
        status_append_count(text, rejected, SLICE("with a value that is not of its field's type: "));
        buffer_append(text, query_text(row, PULL_REJECTED_VALUES));
    }
    if (nul_bytes != 0) {
        status_append_count(text, nul_bytes, SLICE("NUL byte{s} dropped from its texts"));
    }
    if (row_state(row, PULL_UNSEEN) == ROW_VALUE && row_text(row, PULL_UNSEEN).length != 0) {
        buffer_append(text, SLICE(", the connected user does not see the fields "));
        buffer_append(text, row_text(row, PULL_UNSEEN));
    }
    if (slice_equal(query_text(row, PULL_API), CHECKPOINT_BY_REST)) {
        buffer_append(text, SLICE(", by REST"));
    } else if (slice_equal(query_text(row, PULL_API), CHECKPOINT_BY_REST_FOR_WANT)) {
        buffer_append(text, SLICE(", by REST, as no Bulk queries were left"));
    } else if (slice_equal(query_text(row, PULL_API), CHECKPOINT_BY_BULK_FOR_LENGTH)) {
        buffer_append(text, SLICE(", by Bulk, as a URL of REST does not hold so many fields"));
    }
}

/* An object that an org may lack: what is done instead. */
static void tell_absent(Query *query, RowView row, Slice name)
{
    const Source source = source_find(query_text(row, PULL_OBJECT));
    Buffer text;
    Event event;
    if (source == SOURCE_COUNT || source_texts(source)->without.length == 0) {
        return;
    }
    buffer_init(&text, &query->memory, 0);
    buffer_append(&text, SLICE("the org has none, or the connected user does not see it: "));
    buffer_append(&text, source_texts(source)->without);
    status_begin(query, &event, name, true, &text);
    query_member_text(&event, SLICE("object"), row, PULL_OBJECT);
    query_member_text(&event, SLICE("state"), row, PULL_STATE);
    event_send(&event, query->job.engine);
}

static Error tell_pull(Query *query, RowView row)
{
    const Slice state = query_text(row, PULL_STATE);
    const bool fails = row_state(row, PULL_FAILED_SINCE) == ROW_VALUE;
    const bool ever = row_state(row, PULL_UP_TO) == ROW_VALUE;
    const int64_t age_ms = query->job.engine->wall_ms - query_int(row, PULL_UP_TO, 0);
    Buffer name;
    Buffer text;
    Event event;
    status_schedule_row(&((Status *)query->state)->schedule, row);
    buffer_init(&name, &query->memory, 0);
    buffer_init(&text, &query->memory, 0);
    buffer_append(&name, SLICE("pull "));
    buffer_append(&name, query_text(row, PULL_OBJECT));
    if (slice_equal(state, SLICE("absent"))) {
        tell_absent(query, row, buffer_slice(&name));
        return ERROR_NONE;
    }
    buffer_append(&text, fails ? SLICE("failed; up to ") : SLICE("up to "));
    status_append_time(&text, row, PULL_UP_TO);
    if (ever) {
        buffer_append(&text, SLICE(" ("));
        status_append_age(&text, age_ms);
        buffer_append(&text, SLICE(" ago)"));
    }
    if (fails) {
        buffer_append(&text, SLICE(", since "));
        status_append_time(&text, row, PULL_FAILED_SINCE);
        buffer_append(&text, SLICE(", and what needs it stays as it was: "));
        buffer_append(&text, query_text(row, PULL_ERROR));
    } else if (slice_equal(state, SLICE("running"))) {
        status_append_count(&text, query_int(row, PULL_RECEIVED_HERE, 0),
                            SLICE("row{s} of a window that goes on"));
    } else {
        append_certificate(&text, row);
    }
    status_begin(query, &event, buffer_slice(&name), !fails, &text);
    certificate_write(&event.json, row, false);
    if (ever) {
        event_int64(&event, SLICE("age_ms"), age_ms);
    }
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static Error tell_cut(Query *query, RowView row)
{
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    status_append_time(&text, row, CUT_AT);
    status_append_count(&text, row_int64(row, CUT_ACCOUNTS), SLICE("account{s} looked at"));
    status_append_count(&text, row_int64(row, CUT_CHANGED), SLICE("changed level"));
    status_append_count(&text, row_int64(row, CUT_ACTIONS), SLICE("action{s}"));
    status_begin(query, &event, SLICE("last scoring"), true, &text);
    query_member_int(&event, SLICE("cut"), row, CUT_NUMBER);
    query_member_time(&event, SLICE("at"), row, CUT_AT);
    query_member_int(&event, SLICE("accounts"), row, CUT_ACCOUNTS);
    query_member_int(&event, SLICE("scored"), row, CUT_SCORED);
    query_member_int(&event, SLICE("changed"), row, CUT_CHANGED);
    query_member_int(&event, SLICE("action{s}"), row, CUT_ACTIONS);
    event_bool(&event, SLICE("held"), row_bool(row, CUT_HELD));
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static Error tell_levels(Query *query, RowView row)
{
    static const Slice titles[] = {SLICE_INIT("Critical"), SLICE_INIT("High"), SLICE_INIT("Medium"),
                                   SLICE_INIT("Low")};
    static const Slice keys[] = {SLICE_INIT("critical"), SLICE_INIT("high"), SLICE_INIT("medium"),
                                 SLICE_INIT("low")};
    int64_t unscored = row_int64(row, LEVELS_ALL);
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    for (uint32_t i = 0; i < 4; i++) {
        const int64_t count = row_int64(row, LEVELS_CRITICAL - i);
        status_append_count(&text, count, titles[i]);
        unscored -= count;
    }
    ((Status *)query->state)->usage.scored = row_int64(row, LEVELS_ALL) - unscored;
    status_append_count(&text, unscored, SLICE("without a score"));
    status_append_count(&text, row_int64(row, LEVELS_DIRTY), SLICE("waiting to be scored"));
    status_begin(query, &event, SLICE("accounts"), true, &text);
    for (uint32_t i = 0; i < 4; i++) {
        event_int64(&event, keys[i], row_int64(row, LEVELS_CRITICAL - i));
    }
    event_int64(&event, SLICE("unscored"), unscored);
    event_int64(&event, SLICE("dirty"), row_int64(row, LEVELS_DIRTY));
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

/* What keeps entries that are ready from being sent, if it is for a person to change. */
static bool is_blocked(RowView row)
{
    ErrorCode code = ERROR_OK;
    return error_find(row_text(row, WAITING_CODE), &code) && error_exit(code) == COMMAND_EXIT_PERSON;
}

static Error tell_outbox(Query *query, RowView row)
{
    static const struct {
        Slice state;
        Slice what; /* for a person to do */
    } waiting[] = {{SLICE_INIT("held"), SLICE_INIT("waiting for approval: perly actions")},
                   {SLICE_INIT("parked"), SLICE_INIT("with nobody to go to, or unreadable: perly actions")},
                   {SLICE_INIT("failed"), SLICE_INIT("refused: perly errors")}};
    const Slice state = row_text(row, WAITING_STATE);
    const bool blocked = is_blocked(row);
    Slice what = state;
    bool ok = !blocked;
    for (size_t i = 0; i < sizeof waiting / sizeof waiting[0]; i++) {
        if (slice_equal(waiting[i].state, state)) {
            what = waiting[i].what;
            ok = false;
        }
    }
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    status_append_count(&text, row_int64(row, WAITING_COUNT), what);
    if (row_text(row, WAITING_KIND).length != 0) {
        buffer_append(&text, SLICE(" of kind "));
        buffer_append(&text, row_text(row, WAITING_KIND));
    }
    buffer_append(&text, SLICE("; the oldest of "));
    status_append_time(&text, row, WAITING_OLDEST);
    if (blocked) {
        buffer_append(&text, SLICE(". They wait, and none is lost"));
        append_error(&text, row_text(row, WAITING_CODE), row_text(row, WAITING_ERROR));
    }
    status_begin(query, &event, SLICE("outbox"), ok, &text);
    query_member_text(&event, SLICE("state"), row, WAITING_STATE);
    query_member_text(&event, SLICE("kind"), row, WAITING_KIND);
    query_member_text(&event, SLICE("code"), row, WAITING_CODE);
    if (blocked) {
        query_member_text(&event, SLICE("error"), row, WAITING_ERROR);
    }
    query_member_int(&event, SLICE("count"), row, WAITING_COUNT);
    query_member_time(&event, SLICE("oldest"), row, WAITING_OLDEST);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

/* object, code, message, count */
static Error tell_errors(Query *query, RowView row)
{
    Buffer text;
    Event event;
    buffer_init(&text, &query->memory, 0);
    status_append_count(&text, query_int(row, 3, 0), SLICE("record{s} of "));
    buffer_append(&text, query_text(row, 0));
    buffer_append(&text, SLICE(": "));
    buffer_append(&text, query_text(row, 2));
    status_begin(query, &event, SLICE("refused records"), false, &text);
    query_member_text(&event, SLICE("object"), row, 0);
    query_member_text(&event, SLICE("code"), row, 1);
    query_member_text(&event, SLICE("message"), row, 2);
    query_member_int(&event, SLICE("count"), row, 3);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static StatusSignals *signals_of(Query *query)
{
    return &((Status *)query->state)->signals;
}

static Error tell_schedule(Query *query)
{
    const Status *status = query->state;
    status_schedule_end(query, &status->schedule, &status->signals.config->salesforce);
    return ERROR_NONE;
}

static Error tell_signal(Query *query, RowView row)
{
    return status_signals_row(query, signals_of(query), row);
}

static Error tell_never_imported(Query *query)
{
    return status_signals_end(query, signals_of(query));
}

void status_start(Command *command)
{
    static const Question questions[] = {
        {STATEMENT_STATUS_CONNECTION, NULL, tell_connection, tell_no_connection, NULL},
        {STATEMENT_STATUS_ORG, NULL, tell_org, status_schedule_config, NULL},
        {STATEMENT_STATUS_PULLS, NULL, tell_pull, tell_schedule, NULL},
        {STATEMENT_STATUS_SIGNALS, NULL, tell_signal, tell_never_imported, NULL},
        {STATEMENT_STATUS_CUT, NULL, tell_cut, NULL, NULL},
        {STATEMENT_STATUS_LEVELS, NULL, tell_levels, NULL, NULL},
        {STATEMENT_STATUS_OUTBOX, NULL, tell_outbox, NULL, NULL},
        {STATEMENT_STATUS_ERRORS, NULL, tell_errors, NULL, NULL},
        {STATEMENT_STATUS_USAGE, status_usage_params, status_usage_row, NULL, NULL},
        {STATEMENT_BUDGET_READ, status_usage_params, status_usage_limit, status_usage_tell, NULL},
    };
    bool history = false;
    Error error = json_bool_or(json_get(command->arguments, SLICE("history")), false, &history);
    if (error.code == ERROR_OK && history) {
        status_history_start(command);
        return;
    }
    Status *status = COMMAND_CHILD(command, Status);
    if (status == NULL) {
        return;
    }
    error =
        error.code == ERROR_OK ? command_config(command, &command->memory, &status->signals.config) : error;
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    query_start(command, questions, sizeof questions / sizeof questions[0], status);
}
