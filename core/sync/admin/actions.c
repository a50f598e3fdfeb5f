/*
 * actions: what of the outbox waits for a person, and why. actions_decide: a person's word about it, through
 * the table of rules/outbox.h and in one transaction.
 *
 * {"command":"actions_decide","decision":"approve"|"drop"|"retry" (what was refused, alone), and "id" (as
 * `actions` shows it, or more of the key), "keys":[...], or neither for all}. Told as
 * {"event":"decided","decision":"approve","actions":3}. A key that means none or several is an error, and
 * then nothing is decided.
 */
#include "sync/admin/actions.h"

#include "rules/outbox.h"

enum { ID_BYTES = 8 };

/* Columns of ACTIONS_LIST. */
enum {
    ACTION_KEY,
    ACTION_KIND,
    ACTION_ACCOUNT_ID,
    ACTION_ACCOUNT,
    ACTION_RULE,
    ACTION_CAUSE,
    ACTION_STATE,
    ACTION_ATTEMPT,
    ACTION_LOOKS,
    ACTION_CREATED_AT,
    ACTION_NOT_BEFORE,
    ACTION_SENT_AT,
    ACTION_ERROR,
    ACTION_WHY,
    ACTION_FIELDS
};

Slice action_id(Slice key)
{
    /* Digests of 40 hex digits need 8; "fields:001..." and the like all of it. */
    return slice_find_byte(key, ':', 0) < key.length ? key : slice_part(key, 0, ID_BYTES);
}

/* What an update shows: "15, Critical, 2026-11-23T08:00:00.000Z". */
static Slice values_text(Query *query, JsonValue root)
{
    Buffer text;
    buffer_init(&text, &query->row, 0);
    JsonWriter json = {&text, false};
    for (JsonValue value = json_first(root); json_present(value); value = json_next(value)) {
        Slice word = {NULL, 0};
        buffer_append(&text, text.length == 0 ? SLICE("") : SLICE(", "));
        if (json_text(value, &word).code == ERROR_OK) {
            buffer_append(&text, word);
        } else {
            json.comma = false;
            (void)json_write_canonical(&json, value);
        }
    }
    return text.failed ? SLICE("") : buffer_slice(&text);
}

/* A line for a person: the subject of a Task, the text of a post, the values of an update. */
static Slice fields_text(Query *query, RowView row)
{
    JsonDocument document;
    const Slice json = query_text(row, ACTION_FIELDS);
    Slice text = json;
    if (query_json(query, json, &document)) {
        const JsonValue root = json_root(&document);
        if (slice_equal(query_text(row, ACTION_KIND), SLICE("fields"))) {
            return values_text(query, root);
        }
        (void)json_text_or(json_get(root, SLICE("text")), json, &text);
        (void)json_text_or(json_get(root, SLICE("subject")), text, &text);
    }
    return text;
}

Error action_tell(Query *query, RowView row)
{
    const Slice key = query_text(row, ACTION_KEY);
    const bool failed = row_state(row, ACTION_ERROR) == ROW_VALUE;
    Event event;
    event_begin(&event, &query->row, SLICE("action"));
    event_text(&event, SLICE("id"), action_id(key));
    event_text(&event, SLICE("key"), key);
    query_member_text(&event, SLICE("state"), row, ACTION_STATE);
    query_member_text(&event, SLICE("kind"), row, ACTION_KIND);
    query_member_text(&event, SLICE("account"), row, ACTION_ACCOUNT);
    query_member_text(&event, SLICE("account_id"), row, ACTION_ACCOUNT_ID);
    query_member_text(&event, SLICE("rule"), row, ACTION_RULE);
    query_member_text(&event, SLICE("cause"), row, ACTION_CAUSE);
    event_text(&event, SLICE("text"), fields_text(query, row));
    query_member_text(&event, SLICE("reason"), row, failed ? ACTION_ERROR : ACTION_WHY);
    query_member_int(&event, SLICE("attempt"), row, ACTION_ATTEMPT);
    query_member_time(&event, SLICE("created_at"), row, ACTION_CREATED_AT);
    query_member_time(&event, SLICE("not_before"), row, ACTION_NOT_BEFORE);
    query_member_time(&event, SLICE("sent_at"), row, ACTION_SENT_AT);
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static void all_params(Query *query, RowWriter *row)
{
    (void)query;
    row_writer_text(row, 0, SLICE(""));
}

void actions_start(Command *command)
{
    static const Question questions[] = {{STATEMENT_ACTIONS_LIST, all_params, action_tell, NULL, NULL}};
    query_start(command, questions, 1, NULL);
}

/* actions_decide */

#define DECIDE_POINTS(X) X(READ) X(WRITE)

enum { KEYS_MAX = 1000, KEY_BYTES_MIN = 4 };

typedef struct Decide {
    Job job; /* first */
    Session *session;
    OutboxEventKind word;
    Slice decision;
    bool refused_only; /* of "retry" */
    bool all;
    Slice *keys;
    uint32_t *meant;
    uint32_t key_count;
    Arena memory;
    StoreQuery store;
    StoreParams params;
    int64_t count;
} Decide;

static JobStatus decide_step(Job *job, const Completion *got);
static void decide_close(Job *job);
JOB_KIND(decide_kind, "decide", decide_step, decide_close);

/* Whether this entry is meant: by a key that it has, or that its key begins with. */
static bool is_meant(Decide *decide, Slice key)
{
    bool meant = decide->all;
    for (uint32_t i = 0; i < decide->key_count; i++) {
        if (slice_starts_with(key, decide->keys[i])) {
            decide->meant[i]++;
            meant = true;
        }
    }
    return meant;
}

static Error decide_row(Decide *decide, RowView row)
{
    OutboxEntry entry = {.attempt = query_int(row, ACTION_ATTEMPT, 0),
                         .looks = query_int(row, ACTION_LOOKS, 0),
                         .not_before_ms = query_int(row, ACTION_NOT_BEFORE, 0)};
    if (!outbox_state_find(query_text(row, ACTION_STATE), &entry.state) ||
        !outbox_allows(entry.state, decide->word) || (decide->refused_only && entry.state != OUTBOX_FAILED) ||
        !is_meant(decide, query_text(row, ACTION_KEY))) {
        return ERROR_NONE;
    }
    const OutboxNext next =
        outbox_next(&entry, (OutboxEvent){.kind = decide->word}, decide->job.engine->wall_ms, 0);
    RowWriter *writer = &decide->params.writer;
    if (decide->count++ > 0) {
        RETURN_IF_ERROR(row_writer_end(writer));
        row_writer_begin(writer);
    }
    row_writer_text(writer, 0, query_text(row, ACTION_KEY));
    row_writer_text(writer, 1, outbox_state_name(next.state));
    row_writer_int64(writer, 2, next.attempt);
    row_writer_int64(writer, 3, next.looks);
    row_writer_null(writer, 4);
    if (next.not_before_ms != 0) {
        row_writer_time(writer, 4, next.not_before_ms);
    }
    return ERROR_NONE;
}

static uint32_t take_rows(void *context, const RowBatch *batch)
{
    Decide *decide = context;
    for (uint32_t i = 0; i < batch->row_count && decide->store.error.code == ERROR_OK; i++) {
        decide->store.error = decide_row(decide, row_at(batch, i));
    }
    return PERLY_MORE;
}

static void read_actions(Decide *decide)
{
    StoreParams params;
    const Statement *statement = sync_statement(STATEMENT_ACTIONS_LIST);
    store_params_begin(&decide->params, &decide->memory, sync_statement(STATEMENT_ACTION_DECIDE));
    store_params_begin(&params, &decide->memory, statement);
    row_writer_text(&params.writer, 0, SLICE(""));
    store_query(&decide->job, &decide->store, statement, &params, take_rows, decide);
}

static Error check_keys(const Decide *decide)
{
    for (uint32_t i = 0; i < decide->key_count; i++) {
        if (decide->meant[i] != 1) {
            return ERROR_TEXT(decide->job.arena, ERROR_COMMAND_ARGUMENT,
                              decide->meant[i] == 0 ? SLICE("no action that waits has the id ")
                                                    : SLICE("several actions have an id that begins with "),
                              decide->keys[i]);
        }
    }
    return ERROR_NONE;
}

static void write_decision(Decide *decide)
{
    StoreOps ops;
    store_ops_begin(&ops, &decide->job);
    session_guard(decide->session, &ops);
    if (decide->count > 0) {
        store_ops_run(&ops, &decide->params);
    }
    store_apply(&decide->job, &ops);
}

static void tell_decided(Decide *decide)
{
    Event event;
    event_begin(&event, &decide->memory, SLICE("decided"));
    event_text(&event, SLICE("decision"), decide->decision);
    event_int64(&event, SLICE("actions"), decide->count);
    event_send(&event, decide->job.engine);
}

static JobStatus decide_step(Job *job, const Completion *got)
{
    Decide *const decide = (Decide *)job;
    JOB_BEGIN(job, DECIDE_POINTS);
    AWAIT(job, READ, read_actions(decide));
    TRY(job, check_keys(decide));
    AWAIT(job, WRITE, write_decision(decide));
    tell_decided(decide);
    JOB_END(job);
}

static void decide_close(Job *job)
{
    Decide *decide = (Decide *)job;
    arena_free(&decide->memory);
}

static Error add_key(Decide *decide, JsonValue value)
{
    Slice *key = &decide->keys[decide->key_count];
    RETURN_IF_ERROR(json_text(value, key));
    if (key->length < KEY_BYTES_MIN) {
        return json_error(value, ERROR_COMMAND_ARGUMENT, SLICE("an id has at least four characters"));
    }
    decide->key_count++;
    return ERROR_NONE;
}

static Error read_decision(Command *command, Decide *decide)
{
    static const Slice words[] = {SLICE_INIT("approve"), SLICE_INIT("drop"), SLICE_INIT("retry")};
    const JsonValue id = json_get(command->arguments, SLICE("id"));
    const JsonValue keys = json_get(command->arguments, SLICE("keys"));
    Slice word = {NULL, 0};
    RETURN_IF_ERROR(json_text(json_get(command->arguments, SLICE("decision")), &word));
    RETURN_IF_ERROR(query_word(command, SLICE("decision"), words, 3, &word));
    decide->word = slice_equal(word, words[1]) ? OUTBOX_DROP : OUTBOX_APPROVE;
    decide->refused_only = slice_equal(word, words[2]);
    if (!arena_keep(&command->memory, word, &decide->decision)) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a decision"));
    }
    decide->all = !json_present(id) && !json_present(keys);
    if (json_present(keys)) {
        RETURN_IF_ERROR(json_expect_array(keys));
    }
    if (json_count(keys) > KEYS_MAX) {
        return json_error(keys, ERROR_COMMAND_ARGUMENT, SLICE("at most 1,000 keys at once"));
    }
    decide->keys = ARENA_ARRAY(&command->memory, Slice, json_count(keys) + 1);
    decide->meant = ARENA_ARRAY(&command->memory, uint32_t, json_count(keys) + 1);
    if (decide->keys == NULL || decide->meant == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a command"));
    }
    for (JsonValue key = json_first(keys); json_present(key); key = json_next(key)) {
        RETURN_IF_ERROR(add_key(decide, key));
    }
    return json_present(id) ? add_key(decide, id) : ERROR_NONE;
}

void actions_decide_start(Command *command)
{
    Decide *decide = COMMAND_CHILD(command, Decide);
    if (decide == NULL) {
        return;
    }
    const Error error = read_decision(command, decide);
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    decide->session = command->session;
    arena_init(&decide->memory, &command->job.engine->allocator, 0);
    decide->job.arena = &decide->memory;
    command_run_child(command, &decide->job, &decide_kind);
}
