/*
 * Actions of rules into Salesforce: Tasks and digests by the key field, 200 a request; in an org without that
 * field created once, with the key's marker in the description; Chatter posts one by one, once, by the
 * Connect API alone when somebody is mentioned, and without the mention when Salesforce refuses it.
 */
#include "rules/fields.h"
#include "salesforce/chatter.h"
#include "salesforce/task.h"
#include "salesforce/text.h"
#include "sync/act/outbox_send.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static RulesKind rules_kind(OutboxKind kind)
{
    switch (kind) {
    case OUTBOX_DIGEST: return RULES_DIGEST;
    case OUTBOX_CHATTER: return RULES_CHATTER;
    case OUTBOX_FIELDS:
    case OUTBOX_TASK:
    case OUTBOX_KIND_COUNT: break;
    }
    return RULES_TASK;
}

static Error read_action(OutboxSend *send, const OutboxItem *item, RulesAction *action)
{
    if (!sf_key_valid(item->key)) {
        return error_make(ERROR_SF_VALUE_REFUSED, SLICE("the entry's key is not 40 hexadecimal digits"));
    }
    if (item->kind != OUTBOX_DIGEST && !sf_id_valid(item->account_id)) {
        return error_make(ERROR_SF_ID, SLICE("the entry's account has no id"));
    }
    return rules_fields_read(&send->memory, rules_kind(item->kind), item->fields, action);
}

static Error read_task(OutboxSend *send, const OutboxItem *item, SfTask *task)
{
    RulesAction action;
    RETURN_IF_ERROR(read_action(send, item, &action));
    *task = (SfTask){.key = item->key,
                     .owner_id = action.owner_id,
                     .what_id = item->account_id,
                     .subject = action.subject,
                     .description = action.description,
                     .priority = action.priority,
                     .has_due = true,
                     .due_ms = action.due_day * DAY_MS,
                     .has_reminder = action.has_reminder,
                     .reminder_ms = action.reminder_ms};
    return ERROR_NONE;
}

/* A digest that got more lines in an org without the key field: known by its id. */
static Error write_amended(OutboxSend *send, const OutboxItem *item, const SfTask *task)
{
    Buffer description;
    buffer_init(&description, &send->memory, 0);
    sf_text_append(&description, task->description, RULES_DESCRIPTION_UNITS_MAX);
    sf_marker_end(&description, item->key);
    if (description.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a digest"));
    }
    const SfField fields[] = {SF_TEXT_FIELD(SLICE("Subject"), task->subject),
                              SF_TEXT_FIELD(SLICE("Description"), buffer_slice(&description))};
    const SfRecord record = {
        .object = SLICE("Task"), .id = item->result_id, .fields = fields, .field_count = 2};
    return sf_collection_update(&send->memory, send->session->api_version, &record, 1, &send->spec);
}

static Error write_tasks(OutboxSend *send)
{
    SfTask *tasks = ARENA_ARRAY(&send->memory, SfTask, OUTBOX_ITEMS_MAX);
    const Slice version = send->session->api_version;
    size_t count = 0;
    if (tasks == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for tasks"));
    }
    for (uint32_t i = 0; i < send->items.count; i++) {
        OutboxItem *item = &send->items.items[i];
        item->error = read_task(send, item, &tasks[count]);
        item->bad = item->error.code != ERROR_OK;
        count += !item->bad;
    }
    if (count == 0) {
        return ERROR_NONE;
    }
    send->sent = true;
    if (send->keyed) {
        return sf_task_upsert(&send->memory, version, tasks, count, &send->spec);
    }
    if (send->kind == OUTBOX_DIGEST && send->items.items[0].result_id.length != 0) {
        return write_amended(send, &send->items.items[0], &tasks[0]);
    }
    return sf_task_create(&send->memory, version, tasks, count, &send->spec);
}

static Error write_post(OutboxSend *send)
{
    OutboxItem *item = &send->items.items[0];
    RulesAction action;
    item->error = read_action(send, item, &action);
    item->bad = item->error.code != ERROR_OK;
    if (item->bad) {
        return ERROR_NONE;
    }
    send->sent = true;
    send->mention = action.owner_id.length != 0 && send->refused.code == ERROR_OK;
    if (send->mention) {
        return sf_chatter_post_mention(&send->memory, send->session->api_version, item->account_id,
                                       action.owner_id, action.text, item->key, &send->spec);
    }
    return sf_chatter_post(&send->memory, send->session->api_version, item->account_id, action.text,
                           item->key, &send->spec);
}

Error act_write(OutboxSend *send)
{
    return send->kind == OUTBOX_CHATTER ? write_post(send) : write_tasks(send);
}

Error act_read(OutboxSend *send, Slice body)
{
    if (send->kind != OUTBOX_CHATTER) {
        return outbox_send_results(send, body);
    }
    OutboxItem *item = &send->items.items[0];
    if (send->refused.code != ERROR_OK) {
        Buffer note;
        buffer_init(&note, &send->memory, 0);
        buffer_append(&note, SLICE("posted without the mention: "));
        buffer_append(&note, send->refused.message);
        item->note = note.failed ? SLICE("") : buffer_slice(&note);
    }
    return send->mention ? sf_chatter_mention_read(&send->memory, body, item->result.id)
                         : sf_record_created_read(&send->memory, body, item->result.id);
}

Error act_error(OutboxSend *send, Error error)
{
    return send->kind == OUTBOX_CHATTER ? sf_chatter_error(&send->memory, send->mention, error) : error;
}
