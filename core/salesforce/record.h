/*
 * Records to be written, as values, and their JSON:
 * {"attributes":{"type":"Account"},"id":"001...","Name":"Acme"}.
 */
#ifndef PERLY_SALESFORCE_RECORD_H
#define PERLY_SALESFORCE_RECORD_H

#include "job/request.h"
#include "json/writer.h"
#include "salesforce/ids.h"

typedef enum SfValueKind {
    SF_VALUE_NULL, /* clears the field */
    SF_VALUE_TEXT,
    SF_VALUE_NUMBER, /* finite */
    SF_VALUE_BOOL,
    SF_VALUE_TIME, /* milliseconds since 1970, as "2026-11-23T08:00:00.000Z" */
    SF_VALUE_DATE  /* the UTC day of such an instant, as "2026-11-23" */
} SfValueKind;

typedef struct SfField {
    Slice name; /* API name */
    SfValueKind kind;
    Slice text;
    double number;
    int64_t ms; /* TIME, DATE; BOOL: 0 or 1 */
} SfField;

#define SF_TEXT_FIELD(api_name, value) ((SfField){.name = (api_name), .kind = SF_VALUE_TEXT, .text = (value)})
#define SF_NUMBER_FIELD(api_name, value)                                                                     \
    ((SfField){.name = (api_name), .kind = SF_VALUE_NUMBER, .number = (value)})
#define SF_BOOL_FIELD(api_name, value)                                                                       \
    ((SfField){.name = (api_name), .kind = SF_VALUE_BOOL, .ms = (value) ? 1 : 0})
#define SF_TIME_FIELD(api_name, value) ((SfField){.name = (api_name), .kind = SF_VALUE_TIME, .ms = (value)})
#define SF_DATE_FIELD(api_name, value) ((SfField){.name = (api_name), .kind = SF_VALUE_DATE, .ms = (value)})
#define SF_NULL_FIELD(api_name) ((SfField){.name = (api_name), .kind = SF_VALUE_NULL})

typedef struct SfRecord {
    Slice object; /* empty: the path of the request says it (single records) */
    Slice id;     /* empty: a new record, or one that is known by an external id among the fields */
    const SfField *fields;
    size_t field_count;
} SfRecord;

/* Creates one record by itself (POST /sobjects/<object>): once. `purpose` is a literal. */
Error sf_record_create(Arena *arena, Slice version, Slice purpose, Slice object, const SfField *fields,
                       size_t count, RequestSpec *spec);

/* Deletes one. May be repeated: the second answer is ERROR_SF_RECORD_GONE. */
Error sf_record_delete(Arena *arena, Slice version, Slice purpose, Slice object, Slice id, RequestSpec *spec);

/*
 * Reads the answer of a create, of a record or a Tooling component: {"id":"...","success":true,"errors":[]}.
 * The record's own error when success is false.
 */
Error sf_record_created_read(Arena *arena, Slice body, char id[SF_ID_BYTES]);

/* Writes the JSON object of a record. */
void sf_record_write(JsonWriter *json, const SfRecord *record);

#endif
