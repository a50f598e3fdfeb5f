#include "salesforce/record.h"

#include "base/time.h"
#include "salesforce/internal.h"

enum { DATE_TEXT_BYTES = 10 };

static void append_time(Buffer *body, int64_t ms, size_t length)
{
    char text[TIME_TEXT_BYTES];
    time_print(ms, text);
    spec_json_text(body, slice_make(text, length));
}

static void append_value(Buffer *body, const SfField *field)
{
    switch (field->kind) {
    case SF_VALUE_NULL: buffer_append(body, SLICE("null")); break;
    case SF_VALUE_TEXT: spec_json_text(body, field->text); break;
    case SF_VALUE_NUMBER: buffer_append_double(body, field->number); break;
    case SF_VALUE_BOOL: buffer_append(body, field->ms != 0 ? SLICE("true") : SLICE("false")); break;
    case SF_VALUE_TIME: append_time(body, field->ms, TIME_TEXT_BYTES); break;
    case SF_VALUE_DATE: append_time(body, field->ms, DATE_TEXT_BYTES); break;
    }
}

void sf_record_append(Buffer *body, const SfRecord *record)
{
    buffer_append_byte(body, '{');
    if (record->object.length != 0) {
        spec_json_raw(body, SLICE("attributes"), SLICE("{"));
        spec_json_pair(body, SLICE("type"), record->object);
        buffer_append_byte(body, '}');
    }
    if (record->id.length != 0) {
        spec_json_pair(body, SLICE("id"), record->id);
    }
    for (size_t i = 0; i < record->field_count; i++) {
        spec_json_raw(body, record->fields[i].name, SLICE(""));
        append_value(body, &record->fields[i]);
    }
    buffer_append_byte(body, '}');
}
