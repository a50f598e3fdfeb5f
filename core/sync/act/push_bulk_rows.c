#include "sync/act/push_bulk_rows.h"

#include "base/hash.h"
#include "csv/writer.h"
#include "salesforce/errors.h"
#include "sync/act/outbox_send.h"

enum { CSV_ROW_BYTES = 64 }; /* about: of an account in the text */

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a Bulk job"));
}

/* Items by account. */

Error bulk_rows_index(BulkPush *push)
{
    push->slot_count = 4;
    while (push->slot_count < push->items.count * 2) {
        push->slot_count *= 2;
    }
    push->slots = ARENA_ARRAY(&push->memory, uint32_t, push->slot_count);
    if (push->slots == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < push->items.count; i++) {
        uint32_t at = (uint32_t)hash64(0, push->items.items[i].account_id) & (push->slot_count - 1);
        while (push->slots[at] != 0) {
            at = (at + 1) & (push->slot_count - 1);
        }
        push->slots[at] = i + 1;
    }
    return ERROR_NONE;
}

static OutboxItem *find_item(BulkPush *push, Slice id)
{
    char normal[SF_ID_BYTES];
    if (sf_id_normalise(id, normal).code != ERROR_OK) {
        return NULL;
    }
    const Slice account_id = slice_make(normal, sizeof normal);
    uint32_t at = (uint32_t)hash64(0, account_id) & (push->slot_count - 1);
    for (; push->slots[at] != 0; at = (at + 1) & (push->slot_count - 1)) {
        OutboxItem *item = &push->items.items[push->slots[at] - 1];
        if (slice_equal(item->account_id, account_id)) {
            return item;
        }
    }
    return NULL;
}

/* The CSV. */

Error bulk_rows_read(BulkPush *push, OutboxItem *item, SfRecord *record)
{
    arena_reset(&push->page);
    const Error error = push_record(&push->page, item, record);
    if (error.code == ERROR_OUT_OF_MEMORY || !arena_keep(&push->memory, item->level, &item->level)) {
        return no_memory();
    }
    item->error = error_copy(&push->memory, error);
    item->bad = error.code != ERROR_OK;
    return ERROR_NONE;
}

static void write_value(CsvWriter *csv, const SfRecord *record, Slice name)
{
    for (size_t i = 0; i < record->field_count; i++) {
        const SfField *field = &record->fields[i];
        if (!slice_equal(field->name, name)) {
            continue;
        }
        switch (field->kind) {
        case SF_VALUE_NULL: csv_write_null(csv); return;
        case SF_VALUE_NUMBER: csv_write_double(csv, field->number); return;
        case SF_VALUE_BOOL: csv_write_bool(csv, field->ms != 0); return;
        case SF_VALUE_TEXT:
        case SF_VALUE_TIME: /* entries of the outbox have times as texts */
        case SF_VALUE_DATE: csv_write_text(csv, field->text); return;
        }
    }
    csv_write_unchanged(csv);
}

Error bulk_rows_write(BulkPush *push)
{
    OutboxItems *items = &push->items;
    Buffer text;
    buffer_init(&text, &push->memory, 0);
    (void)buffer_reserve(&text, (size_t)items->count * CSV_ROW_BYTES);
    CsvWriter csv = {&text, false};
    csv_write_text(&csv, SLICE("Id"));
    for (unsigned field = 0; field < PUSH_FIELDS; field++) {
        csv_write_text(&csv, sf_own_field((SfOwnField)field)->name);
    }
    csv_write_row_end(&csv);
    for (uint32_t i = 0; i < items->count; i++) {
        SfRecord record;
        RETURN_IF_ERROR(bulk_rows_read(push, &items->items[i], &record));
        if (items->items[i].bad) {
            continue;
        }
        csv_write_text(&csv, record.id);
        for (unsigned field = 0; field < PUSH_FIELDS; field++) {
            write_value(&csv, &record, sf_own_field((SfOwnField)field)->name);
        }
        csv_write_row_end(&csv);
        if (text.length > BULK_PUSH_BYTES_MAX) {
            items->count = i + 1;
        }
    }
    push->csv_text = buffer_slice(&text);
    return text.failed ? no_memory() : ERROR_NONE;
}

/* Results. */

static CsvAnswer take_header(BulkPush *push, const Slice *fields, uint32_t count)
{
    push->id_column = -1;
    push->error_column = -1;
    for (uint32_t i = 0; i < count; i++) {
        if (slice_equal_ignoring_case(fields[i], SLICE("Id"))) {
            push->id_column = (int)i;
        } else if (slice_equal(fields[i], SF_BULK_RESULT_ERROR)) {
            push->error_column = (int)i;
        }
    }
    return CSV_MORE;
}

static CsvAnswer take_result(void *context, const Slice *fields, uint32_t count)
{
    BulkPush *push = context;
    if (push->id_column == -2) {
        return take_header(push, fields, count);
    }
    if (push->id_column < 0 || (uint32_t)push->id_column >= count) {
        return CSV_MORE;
    }
    OutboxItem *item = find_item(push, fields[push->id_column]);
    if (item == NULL) {
        return CSV_MORE;
    }
    if (push->list == SF_BULK_SUCCESSFUL) {
        item->event = OUTBOX_OK;
        item->error = ERROR_NONE;
    } else if (push->error_column >= 0 && (uint32_t)push->error_column < count) {
        item->error = sf_bulk_row_error(&push->memory, fields[push->error_column], item->account_id);
        item->event = outbox_record_event(item);
    }
    return CSV_MORE;
}

static uint32_t sink_reset(void *context)
{
    BulkPush *push = context;
    push->id_column = -2; /* the header comes first */
    const Error error = csv_reader_init(&push->csv, &push->page, (CsvSink){take_result, push}, NULL);
    push->csv_error = error;
    return PERLY_MORE;
}

static void feed(BulkPush *push, Slice bytes, bool over)
{
    size_t taken = 0;
    if (push->csv_error.code == ERROR_OK) {
        push->csv_error = csv_reader_feed(&push->csv, bytes, over, &taken);
    }
}

static uint32_t sink_body(void *context, Slice bytes)
{
    feed(context, bytes, false);
    return PERLY_MORE;
}

static Error sink_end(void *context)
{
    BulkPush *push = context;
    feed(push, SLICE(""), true);
    return push->csv_error;
}

Sink bulk_rows_sink(BulkPush *push)
{
    return (Sink){push, sink_reset, sink_body, sink_end, NULL};
}
