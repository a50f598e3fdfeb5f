/*
 * E-mail messages become activities. Salesforce puts a Task beside most of them: then the Task's row tells
 * the message's direction and time, and there is no second one. A message without a Task is a row of its own.
 */
#include "score/internal.h"

/* Numbers of stored columns. */
typedef struct EmailColumns {
    uint32_t related;
    uint32_t direction;
    uint32_t at;
    uint32_t opportunity_account;
    uint32_t id; /* from here on of an activity */
    uint32_t account;
    uint32_t kind;
    uint32_t activity_direction;
    uint32_t activity_at;
    uint32_t done;
} EmailColumns;

typedef struct Emails {
    EmailColumns columns;
    const RowSchema *schema; /* of a stored activity */
    FeatureRows messages;    /* by their Task, those without one first */
    bool *told;              /* of each message: the row of its Task tells it */
    FeatureRows activities;  /* the result */
    uint32_t *places;        /* in `activities`, of each row written */
    RowWriter writer;
} Emails;

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for e-mails"));
}

static EmailColumns find_columns(const Schemas *schemas)
{
    const RowSchema *email = &schemas->entities[ENTITY_EMAIL].stored;
    const RowSchema *activity = &schemas->entities[ENTITY_ACTIVITY].stored;
    return (EmailColumns){
        .related = schema_column(email, SLICE("related_id")),
        .direction = schema_column(email, SLICE("direction")),
        .at = schema_column(email, SLICE("at")),
        .opportunity_account =
            schema_column(&schemas->entities[ENTITY_OPPORTUNITY].stored, SLICE("account_id")),
        .id = STORED_ID,
        .account = schema_column(activity, SLICE("account_id")),
        .kind = schema_column(activity, SLICE("kind")),
        .activity_direction = schema_column(activity, SLICE("direction")),
        .activity_at = schema_column(activity, SLICE("at")),
        .done = schema_column(activity, SLICE("done")),
    };
}

/* What a message knows, or knows better than its Task; ends the row. */
static Error write_message(Emails *emails, RowView message, uint32_t place)
{
    const EmailColumns *columns = &emails->columns;
    row_writer_text(&emails->writer, columns->kind, SLICE("email"));
    row_writer_bool(&emails->writer, columns->done, true);
    row_writer_copy_value(&emails->writer, columns->activity_direction, message, columns->direction);
    row_writer_copy_value(&emails->writer, columns->activity_at, message, columns->at);
    emails->places[emails->writer.row_count] = place;
    return row_writer_end(&emails->writer);
}

static Error join_tasks(Emails *emails)
{
    const FeatureRows messages = emails->messages;
    for (uint32_t i = 0; i < emails->activities.count; i++) {
        const FeatureRow *task = &emails->activities.items[i];
        const uint32_t first = feature_group_find(messages, task->id);
        uint32_t last = first;
        while (last < messages.count && slice_equal(messages.items[last].group, task->id)) {
            emails->told[last++] = true;
        }
        if (first == last) {
            continue;
        }
        row_writer_begin(&emails->writer);
        for (uint32_t c = 0; c < emails->schema->column_count; c++) {
            row_writer_copy_value(&emails->writer, c, task->view, c);
        }
        RETURN_IF_ERROR(write_message(emails, messages.items[first].view, i));
    }
    return ERROR_NONE;
}

/* The account that a message is about: it is named, or its opportunity is. Empty: neither is of this block.
 */
static Slice account_of(const Emails *emails, FeatureRows accounts, FeatureRows opportunities, Slice related)
{
    if (feature_rows_find(accounts, (BlockRange){0, accounts.count}, related) != BLOCK_NO_ROW) {
        return related;
    }
    const uint32_t number = feature_rows_find(opportunities, (BlockRange){0, opportunities.count}, related);
    return number == BLOCK_NO_ROW
               ? SLICE("")
               : feature_text(opportunities.items[number].view, emails->columns.opportunity_account);
}

static Error add_messages(Emails *emails, FeatureRows accounts, FeatureRows opportunities)
{
    for (uint32_t i = 0; i < emails->messages.count; i++) {
        const FeatureRow *message = &emails->messages.items[i];
        const Slice related = feature_text(message->view, emails->columns.related);
        const Slice account = account_of(emails, accounts, opportunities, related);
        if (emails->told[i] || account.length == 0) {
            continue;
        }
        row_writer_begin(&emails->writer);
        row_writer_text(&emails->writer, emails->columns.id, message->id);
        row_writer_text(&emails->writer, emails->columns.account, account);
        RETURN_IF_ERROR(write_message(emails, message->view, emails->activities.count++));
    }
    return ERROR_NONE;
}

/* The rows written stand where they belong. */
static Error finish(Emails *emails, Arena *arena)
{
    Slice bytes;
    RowBatch batch;
    RETURN_IF_ERROR(row_writer_finish(&emails->writer, &bytes));
    RETURN_IF_ERROR(row_batch_open(&batch, bytes, emails->schema));
    for (uint32_t i = 0; i < batch.row_count; i++) {
        const RowView view = row_at(&batch, i);
        const bool dated = row_state(view, emails->columns.activity_at) == ROW_VALUE;
        emails->activities.items[emails->places[i]] =
            (FeatureRow){.group = feature_text(view, emails->columns.account),
                         .date = dated ? row_int64(view, emails->columns.activity_at) : INT64_MIN,
                         .id = feature_text(view, emails->columns.id),
                         .view = view};
    }
    return feature_rows_sort(arena, emails->activities);
}

Error feature_emails_join(Arena *arena, const Schemas *schemas, FeatureRows rows[ENTITY_COUNT])
{
    const FeatureRows messages = rows[ENTITY_EMAIL];
    const FeatureRows tasks = rows[ENTITY_ACTIVITY];
    FeatureRows opportunities;
    Emails emails = {.columns = find_columns(schemas),
                     .schema = &schemas->entities[ENTITY_ACTIVITY].stored,
                     .messages = messages};
    if (messages.count == 0) {
        return ERROR_NONE;
    }
    const size_t room = (size_t)tasks.count + messages.count;
    emails.told = ARENA_ARRAY(arena, bool, messages.count);
    emails.activities = (FeatureRows){ARENA_ARRAY(arena, FeatureRow, room), tasks.count};
    emails.places = ARENA_ARRAY(arena, uint32_t, room);
    if (emails.told == NULL || emails.activities.items == NULL || emails.places == NULL) {
        return no_memory();
    }
    if (tasks.count != 0) {
        memcpy(emails.activities.items, tasks.items, tasks.count * sizeof tasks.items[0]);
    }
    row_writer_init(&emails.writer, arena, emails.schema, 0);
    RETURN_IF_ERROR(feature_rows_by_id(arena, rows[ENTITY_OPPORTUNITY], &opportunities));
    RETURN_IF_ERROR(join_tasks(&emails));
    RETURN_IF_ERROR(add_messages(&emails, rows[ENTITY_ACCOUNT], opportunities));
    RETURN_IF_ERROR(finish(&emails, arena));
    rows[ENTITY_ACTIVITY] = emails.activities;
    return ERROR_NONE;
}
