/*
 * fields: what a mapping of an object can read, as the last describe told it: {"event":"field","name":
 * "ARR__c","label":"Annual recurring revenue","type":"currency","custom":true,"formula":false,"values":null}.
 * `values` are the active ones of a picklist. `object` is one of the objects that are pulled; default:
 * Account.
 */
#include "sync/run/query.h"

#include "map/attributes.h"

typedef struct FieldList {
    Slice object;
} FieldList;

static void object_params(Query *query, RowWriter *row)
{
    row_writer_text(row, 0, ((const FieldList *)query->state)->object);
}

/* Columns of FIELDS_LIST. */
enum { FIELD_NAME, FIELD_LABEL, FIELD_TYPE, FIELD_CUSTOM, FIELD_CALCULATED, FIELD_PICKLIST };

static Error tell_field(Query *query, RowView row)
{
    Event event;
    event_begin(&event, &query->row, SLICE("field"));
    query_member_text(&event, SLICE("name"), row, FIELD_NAME);
    query_member_text(&event, SLICE("label"), row, FIELD_LABEL);
    query_member_text(&event, SLICE("type"), row, FIELD_TYPE);
    event_bool(&event, SLICE("custom"), row_bool(row, FIELD_CUSTOM));
    event_bool(&event, SLICE("formula"), row_bool(row, FIELD_CALCULATED));
    json_write_key(&event.json, SLICE("values"));
    json_write_raw(&event.json, row_state(row, FIELD_PICKLIST) == ROW_VALUE ? row_text(row, FIELD_PICKLIST)
                                                                            : SLICE("null"));
    event_send(&event, query->job.engine);
    return ERROR_NONE;
}

static Error check_described(Query *query)
{
    const FieldList *list = query->state;
    if (query->rows == 0 && query->command->sealed.length == 0) {
        return error_make(ERROR_NOT_CONNECTED, SLICE("no org is connected"));
    }
    return query->rows != 0
               ? ERROR_NONE
               : ERROR_TEXT(&query->command->memory, ERROR_COMMAND_ARGUMENT, SLICE("no fields of "),
                            list->object, SLICE(" are known: the org lacks it, or nothing was pulled yet"));
}

static Error read_object(Command *command, FieldList *list)
{
    Slice name = {NULL, 0};
    Source source = SOURCE_ACCOUNT;
    RETURN_IF_ERROR(json_text_or(json_get(command->arguments, SLICE("object")), SLICE("Account"), &name));
    RETURN_IF_ERROR(command_source(command, name, &source));
    list->object = source_facts(source)->sobject;
    return ERROR_NONE;
}

void fields_start(Command *command)
{
    static const Question questions[] = {
        {STATEMENT_FIELDS_LIST, object_params, tell_field, check_described, NULL}};
    FieldList *list = COMMAND_CHILD(command, FieldList);
    if (list == NULL) {
        return;
    }
    const Error error = read_object(command, list);
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    query_start(command, questions, sizeof questions / sizeof questions[0], list);
}
