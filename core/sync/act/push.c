/*
 * Scores into Salesforce: entries of kind "fields", 200 accounts a request (thousands: push_bulk.h). The
 * columns hold what is to be written, as JSON:
 * {"Perly_Health_Score__c":87,"Perly_Risk_Level__c":"High","Perly_Last_Updated__c":"..."}; null clears a
 * field.
 */
#include "sync/act/outbox_send.h"

static bool is_ours(Slice name)
{
    for (unsigned field = 0; field < PUSH_FIELDS; field++) {
        if (slice_equal(sf_own_field((SfOwnField)field)->name, name)) {
            return true;
        }
    }
    return false;
}

static Error read_field(JsonValue member, SfField *field)
{
    const Slice name = json_key(member);
    Slice text = {NULL, 0};
    double number = 0;
    bool flag = false;
    switch (json_type(member)) {
    case JSON_NULL: *field = SF_NULL_FIELD(name); return ERROR_NONE;
    case JSON_TEXT:
        RETURN_IF_ERROR(json_text(member, &text));
        *field = SF_TEXT_FIELD(name, text);
        return ERROR_NONE;
    case JSON_NUMBER:
        RETURN_IF_ERROR(json_double(member, &number));
        *field = SF_NUMBER_FIELD(name, number);
        return ERROR_NONE;
    case JSON_BOOL:
        RETURN_IF_ERROR(json_bool(member, &flag));
        *field = SF_BOOL_FIELD(name, flag);
        return ERROR_NONE;
    case JSON_ABSENT:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return json_error(member, ERROR_JSON_TYPE, SLICE("not a value of a field"));
}

/* What the account will show, for the row of table health. */
static Error read_shown(JsonValue root, OutboxItem *item)
{
    const JsonValue score = json_get(root, SLICE("Perly_Health_Score__c"));
    item->has_score = json_type(score) == JSON_NUMBER;
    RETURN_IF_ERROR(json_int64_or(score, 0, &item->score));
    return json_text_or(json_get(root, SLICE("Perly_Risk_Level__c")), SLICE(""), &item->level);
}

Error push_record(Arena *arena, OutboxItem *item, SfRecord *record)
{
    JsonDocument *document = ARENA_NEW(arena, JsonDocument);
    if (document == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a record"));
    }
    RETURN_IF_ERROR(json_parse(arena, item->fields, document));
    const JsonValue root = json_root(document);
    RETURN_IF_ERROR(json_expect_object(root));
    SfField *fields = ARENA_ARRAY(arena, SfField, json_count(root));
    size_t count = 0;
    if (fields == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a record"));
    }
    for (JsonValue member = json_first(root); json_present(member); member = json_next(member)) {
        if (!is_ours(json_key(member))) {
            return json_error(member, ERROR_JSON_TYPE, SLICE("not a field that Perly writes"));
        }
        RETURN_IF_ERROR(read_field(member, &fields[count++]));
    }
    if (count == 0 || !sf_id_valid(item->account_id)) {
        return error_make(ERROR_SF_ID, SLICE("an entry without a field, or whose account has no id"));
    }
    *record = (SfRecord){
        .object = SLICE("Account"), .id = item->account_id, .fields = fields, .field_count = count};
    return read_shown(root, item);
}

Error push_write(OutboxSend *send)
{
    SfRecord *records = ARENA_ARRAY(&send->memory, SfRecord, OUTBOX_ITEMS_MAX);
    size_t count = 0;
    if (records == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for records"));
    }
    for (uint32_t i = 0; i < send->items.count; i++) {
        OutboxItem *item = &send->items.items[i];
        item->error = push_record(&send->memory, item, &records[count]);
        item->bad = item->error.code != ERROR_OK;
        count += !item->bad;
    }
    if (count == 0) {
        return ERROR_NONE;
    }
    send->sent = true;
    return sf_collection_update(&send->memory, send->session->api_version, records, count, &send->spec);
}

Error push_read(OutboxSend *send, Slice body)
{
    return outbox_send_results(send, body);
}

Error push_error(Arena *arena, Error error)
{
    const bool no_column = error.code == ERROR_SF_BULK_JOB_FAILED &&
                           slice_find(error.message, SLICE("Field name not found"), 0) != SIZE_MAX;
    if (error.code != ERROR_SF_FIELD_UNKNOWN && !no_column) {
        return error;
    }
    return ERROR_TEXT(arena, ERROR_SF_OWN_FIELDS,
                      SLICE("the fields for health and risk on Account are missing, or hidden from the "
                            "connected user: "),
                      error.message);
}
