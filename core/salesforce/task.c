#include "salesforce/task.h"

#include "base/assert.h"
#include "salesforce/soql.h"
#include "salesforce/text.h"

static Slice fitted(Arena *arena, Slice text, size_t units_max, bool *failed)
{
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    sf_text_append(&buffer, text, units_max);
    *failed = *failed || buffer.failed;
    return buffer_slice(&buffer);
}

/* The description, and on a line of its own the marker, for which room is kept. */
static Slice marked(Arena *arena, const SfTask *task, bool *failed)
{
    enum { MARKER_ROOM = 64 };
    Buffer buffer;
    buffer_init(&buffer, arena, 0);
    sf_text_append(&buffer, task->description, SF_TASK_DESCRIPTION_UNITS_MAX - MARKER_ROOM);
    sf_marker_end(&buffer, task->key);
    *failed = *failed || buffer.failed;
    return buffer_slice(&buffer);
}

static void add(SfField *fields, size_t *count, SfField field)
{
    perly_assert(*count < SF_TASK_FIELDS_MAX);
    if (field.kind != SF_VALUE_TEXT || field.text.length != 0) {
        fields[(*count)++] = field;
    }
}

static bool write_task(Arena *arena, const SfTask *task, bool keyed, SfRecord *record)
{
    SfField *fields = ARENA_ARRAY(arena, SfField, SF_TASK_FIELDS_MAX);
    size_t count = 0;
    bool failed = false;
    if (fields == NULL) {
        return false;
    }
    const Slice description = keyed ? fitted(arena, task->description, SF_TASK_DESCRIPTION_UNITS_MAX, &failed)
                                    : marked(arena, task, &failed);
    if (keyed) {
        add(fields, &count, SF_TEXT_FIELD(SF_TASK_KEY_FIELD, task->key));
    }
    add(fields, &count,
        SF_TEXT_FIELD(SLICE("Subject"), fitted(arena, task->subject, SF_TASK_SUBJECT_UNITS_MAX, &failed)));
    add(fields, &count, SF_TEXT_FIELD(SLICE("OwnerId"), task->owner_id));
    add(fields, &count, SF_TEXT_FIELD(SLICE("WhatId"), task->what_id));
    add(fields, &count, SF_TEXT_FIELD(SLICE("WhoId"), task->who_id));
    if (task->has_due) {
        add(fields, &count, SF_DATE_FIELD(SLICE("ActivityDate"), task->due_ms));
    }
    add(fields, &count, SF_TEXT_FIELD(SLICE("Status"), task->status));
    add(fields, &count, SF_TEXT_FIELD(SLICE("Priority"), task->priority));
    add(fields, &count, SF_TEXT_FIELD(SLICE("Description"), description));
    if (task->has_reminder) {
        add(fields, &count, SF_BOOL_FIELD(SLICE("IsReminderSet"), true));
        add(fields, &count, SF_TIME_FIELD(SLICE("ReminderDateTime"), task->reminder_ms));
    }
    *record = (SfRecord){.object = SLICE("Task"), .fields = fields, .field_count = count};
    return !failed;
}

static Error write_tasks(Arena *arena, const SfTask *tasks, size_t count, bool keyed, SfRecord **records)
{
    SfRecord *written = ARENA_ARRAY(arena, SfRecord, count);
    for (size_t i = 0; written != NULL && i < count; i++) {
        perly_assert(sf_key_valid(tasks[i].key));
        if (!write_task(arena, &tasks[i], keyed, &written[i])) {
            written = NULL;
        }
    }
    if (written == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for tasks"));
    }
    *records = written;
    return ERROR_NONE;
}

Error sf_task_upsert(Arena *arena, Slice version, const SfTask *tasks, size_t count, RequestSpec *spec)
{
    SfRecord *records = NULL;
    RETURN_IF_ERROR(write_tasks(arena, tasks, count, true, &records));
    RETURN_IF_ERROR(
        sf_collection_upsert(arena, version, SLICE("Task"), SF_TASK_KEY_FIELD, records, count, spec));
    spec->purpose = SLICE("task.upsert");
    return ERROR_NONE;
}

Error sf_task_create(Arena *arena, Slice version, const SfTask *tasks, size_t count, RequestSpec *spec)
{
    SfRecord *records = NULL;
    RETURN_IF_ERROR(write_tasks(arena, tasks, count, false, &records));
    RETURN_IF_ERROR(sf_collection_create(arena, version, records, count, spec));
    spec->purpose = SLICE("task.create");
    return ERROR_NONE;
}

Error sf_task_find(Arena *arena, Slice account_id, Slice user_id, int64_t since_ms, Slice *soql)
{
    static const Slice columns[] = {SLICE_INIT("Id"), SLICE_INIT("Description")};
    Buffer where;
    buffer_init(&where, arena, 0);
    buffer_append(&where, SLICE("WhatId = "));
    if (account_id.length == 0) {
        buffer_append(&where, SLICE("null"));
    } else {
        RETURN_IF_ERROR(sf_soql_append_text(&where, account_id));
    }
    buffer_append(&where, SLICE(" AND CreatedById = "));
    RETURN_IF_ERROR(sf_soql_append_text(&where, user_id));
    if (where.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a SOQL statement"));
    }
    const SfSelect select = {.object = SLICE("Task"),
                             .columns = columns,
                             .column_count = sizeof columns / sizeof columns[0],
                             .window_column = SLICE("CreatedDate"),
                             .from_ms = since_ms,
                             .to_ms = TIME_MS_MAX,
                             .where = buffer_slice(&where)};
    return sf_soql_select(arena, &select, soql);
}
