/*
 * explain: everything stored about the score of one account, found by its id or its name. Events: one
 * "explained", then "component" (gates among them), "signal", "group" when it has a parent or children,
 * "change" with its "change_part"s (explain_change.h), "rule", "action" and "history", the last score first.
 */
#include "sync/admin/actions.h"
#include "sync/admin/explain_change.h"
#include "sync/admin/status_line.h"
#include "sync/run/query.h"

#include "base/time.h"
#include "config/document.h"
#include "salesforce/ids.h"

typedef struct Explain {
    char id[SF_ID_BYTES];
    Slice wanted; /* as it was typed */
    Slice wanted_id;
    Slice wanted_name;
    Buffer matches; /* ids of all that have the name, in command->memory */
    uint32_t count;
    Slice account_id;
    Slice name;
    Slice owner;
    bool deleted;
    const Config *config; /* for labels; NULL: it cannot be read */
    int64_t since_ms;     /* TIME_MS_MIN: the last other score */
    ExplainChange change;
} Explain;

/* Finding. */

static void find_params(Query *query, RowWriter *row)
{
    const Explain *explain = query->state;
    row_writer_text(row, 0, explain->wanted_id);
    row_writer_text(row, 1, explain->wanted_name);
}

static Error take_match(Query *query, RowView row)
{
    Explain *explain = query->state;
    Arena *arena = &query->command->memory;
    if (!ROW_KEEP(row, arena, {0, &explain->account_id}, {1, &explain->name}, {2, &explain->owner})) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an account"));
    }
    explain->deleted = row_state(row, 3) == ROW_VALUE && row_bool(row, 3);
    buffer_append(&explain->matches, explain->count++ == 0 ? SLICE("") : SLICE(", "));
    buffer_append(&explain->matches, explain->account_id);
    return ERROR_NONE;
}

static Error check_match(Query *query)
{
    const Explain *explain = query->state;
    Arena *arena = &query->command->memory;
    if (explain->count == 0) {
        return ERROR_TEXT(arena, ERROR_ACCOUNT_UNKNOWN, SLICE("no account has the id or name "),
                          explain->wanted);
    }
    if (explain->count > 1) {
        return ERROR_TEXT(arena, ERROR_ACCOUNT_UNKNOWN, SLICE("several accounts are called "),
                          explain->wanted, SLICE(": "), buffer_slice(&explain->matches));
    }
    return ERROR_NONE;
}

static void id_params(Query *query, RowWriter *row)
{
    const Explain *explain = query->state;
    row_writer_text(row, 0, explain->account_id);
}

static void range_params(Query *query, RowWriter *row)
{
    const Explain *explain = query->state;
    row_writer_text(row, 0, explain->account_id);
    row_writer_text(row, 1, explain->account_id);
}

/* The score. */

enum {
    HEALTH_CUT,
    HEALTH_SCORED_AT,
    HEALTH_MODEL_HASH,
    HEALTH_CONFIG_HASH,
    HEALTH_RAW,
    HEALTH_SCORE,
    HEALTH_LEVEL,
    HEALTH_CANDIDATE_SINCE,
    HEALTH_COVERAGE,
    HEALTH_CANDIDATE,
    HEALTH_REASONS,
    HEALTH_COMPONENTS,
    HEALTH_SIGNALS,
    HEALTH_PUSHED_SCORE,
    HEALTH_PUSHED_LEVEL,
    HEALTH_PUSHED_AT,
    HEALTH_UNSCORED
};

static void begin_explained(Query *query, Event *event, Slice note)
{
    const Explain *explain = query->state;
    event_begin(event, &query->row, SLICE("explained"));
    event_text(event, SLICE("id"), explain->account_id);
    event_text(event, SLICE("name"), explain->name);
    event_text(event, SLICE("owner"), explain->owner);
    event_bool(event, SLICE("deleted"), explain->deleted);
    event_text(event, SLICE("note"), note);
}

/* What the score alone does not say: near an edge the level can differ from the plain table. */
static Slice make_note(Query *query, RowView row)
{
    const Explain *explain = query->state;
    Buffer note;
    buffer_init(&note, &query->memory, 0);
    if (explain->deleted) {
        buffer_append(&note, SLICE("It is deleted in Salesforce. "));
    }
    if (row_state(row, HEALTH_UNSCORED) == ROW_VALUE) {
        buffer_append(&note, SLICE("It has no score: "));
        buffer_append(&note, row_text(row, HEALTH_UNSCORED));
    } else if (row_state(row, HEALTH_CANDIDATE) == ROW_VALUE) {
        char time[TIME_TEXT_BYTES];
        time_print(query_int(row, HEALTH_CANDIDATE_SINCE, 0), time);
        buffer_append(&note, SLICE("Still "));
        buffer_append(&note, query_text(row, HEALTH_LEVEL));
        buffer_append(&note, SLICE(": good enough for "));
        buffer_append(&note, row_text(row, HEALTH_CANDIDATE));
        buffer_append(&note, SLICE(" since "));
        buffer_append(&note, slice_make(time, sizeof time));
        buffer_append(&note, SLICE(", not yet long enough"));
    }
    return note.failed ? SLICE("") : buffer_slice(&note);
}

/* The member of the first element of `list` whose member `key` is `name`; absent when there is none. */
static JsonValue find_in(JsonValue list, Slice key, Slice name, Slice member)
{
    for (JsonValue item = json_first(list); json_present(item); item = json_next(item)) {
        Slice found = SLICE("");
        if (json_text(json_get(item, key), &found).code == ERROR_OK && slice_equal(found, name)) {
            return json_get(item, member);
        }
    }
    return (JsonValue){.node = NULL};
}

static void member_json(Event *event, Slice key, JsonValue value)
{
    json_write_key(&event->json, key);
    if (!json_present(value)) {
        json_write_null(&event->json);
    } else if (json_write_canonical(&event->json, value).code != ERROR_OK) {
        event->text.failed = true;
    }
}

/* What the configuration calls it now; the name itself when it does not know it any more. */
static Slice label_of(const Config *config, Slice name, bool gate)
{
    for (uint32_t i = 0; config != NULL && !gate && i < config->component_count; i++) {
        if (slice_equal(config->components[i].name, name)) {
            return config->components[i].label;
        }
    }
    for (uint32_t i = 0; config != NULL && gate && i < config->gate_count; i++) {
        if (slice_equal(config->gates[i].name, name)) {
            return config->gates[i].label;
        }
    }
    return name;
}

static void tell_component(Query *query, JsonValue item, JsonValue reasons)
{
    const Explain *explain = query->state;
    const bool gate = json_present(json_get(item, SLICE("gate")));
    const Slice kind = gate ? SLICE("gate") : SLICE("component");
    Slice name = SLICE("");
    (void)json_text_or(json_get(item, gate ? SLICE("gate") : SLICE("name")), name, &name);
    Slice label = label_of(explain->config, name, gate);
    (void)json_text_or(find_in(reasons, kind, name, SLICE("label")), label, &label);
    Event event;
    event_begin(&event, &query->row, SLICE("component"));
    event_text(&event, SLICE("name"), name);
    event_text(&event, SLICE("label"), label);
    event_bool(&event, SLICE("gate"), gate);
    member_json(&event, SLICE("weight"), json_get(item, SLICE("weight")));
    member_json(&event, SLICE("score"), json_get(item, gate ? SLICE("at_most") : SLICE("score")));
    member_json(&event, SLICE("points"), json_get(item, SLICE("points")));
    const JsonValue error = json_get(item, SLICE("error"));
    member_json(&event, SLICE("reason"),
                json_present(error) ? error : find_in(reasons, kind, name, SLICE("text")));
    event_send(&event, query->job.engine);
}

static void tell_components(Query *query, RowView row)
{
    JsonDocument components;
    JsonDocument reasons;
    if (!query_json(query, query_text(row, HEALTH_COMPONENTS), &components) ||
        !query_json(query, query_text(row, HEALTH_REASONS), &reasons)) {
        return;
    }
    for (JsonValue item = json_first(json_root(&components)); json_present(item); item = json_next(item)) {
        tell_component(query, item, json_root(&reasons));
    }
}

/* Of an imported one: how old its value was when it was scored, for people. */
static void tell_age(Query *query, Event *event, JsonValue age)
{
    int64_t seconds = 0;
    if (json_int64(age, &seconds).code == ERROR_OK) {
        Buffer text;
        buffer_init(&text, &query->memory, 0);
        status_append_age(&text, seconds * 1000);
        event_text(event, SLICE("age_text"), buffer_slice(&text));
    }
}

static void tell_signals(Query *query, RowView row)
{
    JsonDocument signals;
    if (!query_json(query, query_text(row, HEALTH_SIGNALS), &signals)) {
        return;
    }
    for (JsonValue item = json_first(json_root(&signals)); json_present(item); item = json_next(item)) {
        Event event;
        event_begin(&event, &query->row, SLICE("signal"));
        event_text(&event, SLICE("name"), json_key(item));
        member_json(&event, SLICE("value"), json_get(item, SLICE("value")));
        member_json(&event, SLICE("age"), json_get(item, SLICE("age")));
        tell_age(query, &event, json_get(item, SLICE("age")));
        member_json(&event, SLICE("error"), json_get(item, SLICE("error")));
        event_send(&event, query->job.engine);
    }
}

static Error tell_health(Query *query, RowView row)
{
    const Explain *explain = query->state;
    Event event;
    begin_explained(query, &event, make_note(query, row));
    query_member_int(&event, SLICE("score"), row, HEALTH_SCORE);
    query_member_text(&event, SLICE("level"), row, HEALTH_LEVEL);
    if (explain->config != NULL) {
        query_member_standing(query, &event, &explain->config->risk, row, HEALTH_SCORE, HEALTH_LEVEL);
    }
    query_member_time(&event, SLICE("at"), row, HEALTH_SCORED_AT);
    query_member_int(&event, SLICE("cut"), row, HEALTH_CUT);
    query_member_double(&event, SLICE("raw"), row, HEALTH_RAW);
    query_member_double(&event, SLICE("coverage"), row, HEALTH_COVERAGE);
    query_member_text(&event, SLICE("candidate"), row, HEALTH_CANDIDATE);
    query_member_time(&event, SLICE("candidate_since"), row, HEALTH_CANDIDATE_SINCE);
    query_member_text(&event, SLICE("unscored"), row, HEALTH_UNSCORED);
    query_member_int(&event, SLICE("pushed_score"), row, HEALTH_PUSHED_SCORE);
    query_member_text(&event, SLICE("pushed_level"), row, HEALTH_PUSHED_LEVEL);
    query_member_time(&event, SLICE("pushed_at"), row, HEALTH_PUSHED_AT);
    query_member_text(&event, SLICE("model_hash"), row, HEALTH_MODEL_HASH);
    query_member_text(&event, SLICE("config_hash"), row, HEALTH_CONFIG_HASH);
    event_send(&event, query->job.engine);
    tell_components(query, row);
    tell_signals(query, row);
    return ERROR_NONE;
}

/* Columns of EXPLAIN_GROUP. */
enum {
    GROUP_ID,
    GROUP_NAME,
    GROUP_ACCOUNTS,
    GROUP_SCORE,
    GROUP_WORST,
    GROUP_WORST_ID,
    GROUP_WORST_NAME,
    GROUP_AT_RISK,
    GROUP_WEIGHED_BY
};

static Error tell_group(Query *query, RowView row)
{
    Event event;
    event_begin(&event, &query->row, SLICE("group"));
    query_member_text(&event, SLICE("id"), row, GROUP_ID);
    query_member_text(&event, SLICE("name"), row, GROUP_NAME);
    query_member_int(&event, SLICE("accounts"), row, GROUP_ACCOUNTS);
    query_member_int(&event, SLICE("score"), row, GROUP_SCORE);
    query_member_text(&event, SLICE("worst"), row, GROUP_WORST);
    query_member_text(&event, SLICE("worst_id"), row, GROUP_WORST_ID);
    query_member_text(&event, SLICE("worst_name"), row, GROUP_WORST_NAME);
    query_member_double(&event, SLICE("at_risk"), row, GROUP_AT_RISK);
    query_member_text(&event, SLICE("weighed_by"), row, GROUP_WEIGHED_BY);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static Error tell_never_scored(Query *query)
{
    if (query->rows == 0) {
        Event event;
        begin_explained(query, &event, SLICE("It was not scored yet: perly sync does"));
        event_send(&event, query->job.engine);
    }
    return ERROR_NONE;
}

static void start_change(Query *query)
{
    Explain *explain = query->state;
    explain->change = (ExplainChange){
        .session = query->command->session, .account_id = explain->account_id, .since_ms = explain->since_ms};
    explain_change_start(query->job.engine, &query->job, &explain->change);
}

/* Columns of RULE_STATE_READ. */
enum { RULE_ACCOUNT_ID, RULE_NAME, RULE_WAS_TRUE, RULE_FIRED, RULE_LAST_FIRED };

static Error tell_rule(Query *query, RowView row)
{
    Event event;
    event_begin(&event, &query->row, SLICE("rule"));
    query_member_text(&event, SLICE("name"), row, RULE_NAME);
    json_write_key(&event.json, SLICE("true"));
    if (row_state(row, RULE_WAS_TRUE) == ROW_VALUE) {
        json_write_bool(&event.json, row_bool(row, RULE_WAS_TRUE));
    } else {
        json_write_null(&event.json);
    }
    query_member_int(&event, SLICE("fired"), row, RULE_FIRED);
    query_member_time(&event, SLICE("last_fired"), row, RULE_LAST_FIRED);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

/* Columns of EXPLAIN_HISTORY. */
enum {
    HISTORY_CUT,
    HISTORY_AT,
    HISTORY_MODEL_HASH,
    HISTORY_SCORE,
    HISTORY_LEVEL,
    HISTORY_REASONS,
    HISTORY_UNSCORED
};

static Error tell_history(Query *query, RowView row)
{
    Event event;
    event_begin(&event, &query->row, SLICE("history"));
    query_member_int(&event, SLICE("cut"), row, HISTORY_CUT);
    query_member_time(&event, SLICE("at"), row, HISTORY_AT);
    query_member_int(&event, SLICE("score"), row, HISTORY_SCORE);
    query_member_text(&event, SLICE("level"), row, HISTORY_LEVEL);
    query_member_reasons(query, &event, row_text(row, HISTORY_REASONS));
    query_member_text(&event, SLICE("unscored"), row, HISTORY_UNSCORED);
    query_member_text(&event, SLICE("model_hash"), row, HISTORY_MODEL_HASH);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

/* A configuration with mistakes must not hide why an account has its score. */
static const Config *read_config(Command *command)
{
    ConfigIssues *issues = ARENA_NEW(&command->memory, ConfigIssues);
    Config *config = NULL;
    Slice text = {NULL, 0};
    if (issues == NULL ||
        json_text_or(json_get(command->arguments, SLICE("config")), SLICE(""), &text).code != ERROR_OK ||
        config_read(&command->memory, text, SLICE("configuration"), issues, &config).code != ERROR_OK) {
        return NULL;
    }
    return config;
}

static Error read_since(Command *command, Explain *explain)
{
    Slice text = {NULL, 0};
    explain->since_ms = TIME_MS_MIN;
    RETURN_IF_ERROR(json_text_or(json_get(command->arguments, SLICE("since")), SLICE(""), &text));
    if (text.length != 0 && time_parse(text, &explain->since_ms).code != ERROR_OK) {
        return ERROR_TEXT(&command->memory, ERROR_COMMAND_ARGUMENT,
                          SLICE("since is a date as 2026-11-23, or a time as 2026-11-23T08:00:00Z; not "),
                          text);
    }
    return ERROR_NONE;
}

void explain_start(Command *command)
{
    static const Question questions[] = {
        {STATEMENT_EXPLAIN_FIND, find_params, take_match, check_match, NULL},
        {STATEMENT_EXPLAIN_HEALTH, id_params, tell_health, tell_never_scored, start_change},
        {STATEMENT_EXPLAIN_GROUP, id_params, tell_group, NULL, NULL},
        {STATEMENT_RULE_STATE_READ, range_params, tell_rule, NULL, NULL},
        {STATEMENT_ACTIONS_LIST, id_params, action_tell, NULL, NULL},
        {STATEMENT_EXPLAIN_HISTORY, id_params, tell_history, NULL, NULL},
    };
    Explain *explain = COMMAND_CHILD(command, Explain);
    if (explain == NULL) {
        return;
    }
    Error error = json_text(json_get(command->arguments, SLICE("account")), &explain->wanted);
    error = error.code == ERROR_OK ? read_since(command, explain) : error;
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    explain->config = read_config(command);
    buffer_init(&explain->matches, &command->memory, 0);
    explain->wanted_id = SLICE("");
    explain->wanted_name = explain->wanted;
    if (sf_id_import(explain->wanted, explain->id).code == ERROR_OK) {
        explain->wanted_id = slice_make(explain->id, SF_ID_BYTES);
    }
    query_start(command, questions, sizeof questions / sizeof questions[0], explain);
}
