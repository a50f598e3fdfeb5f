#include "salesforce/errors.h"

#include "base/buffer.h"
#include "base/utf8.h"
#include "job/request.h"
#include "json/document.h"
#include "salesforce/url.h"

enum { PLAIN_TEXT_BYTES_MAX = 120, FIELDS_SHOWN_MAX = 8 };

/* Control characters and runs of spaces become one space: a SOQL error comes with line feeds and a caret. */
static void append_line(Buffer *line, Slice text)
{
    bool space = line->length == 0 || line->data[line->length - 1] == ' ';
    for (size_t i = 0; i < text.length; i++) {
        const char c = text.data[i];
        const bool blank = (unsigned char)c <= ' ' || c == 0x7f;
        if (!blank) {
            buffer_append_byte(line, c);
        } else if (!space) {
            buffer_append_byte(line, ' ');
        }
        space = blank;
    }
}

/* At most `bytes` of it, not cut inside a character. */
static Slice cut(Slice text, size_t bytes)
{
    if (text.length <= bytes) {
        return text;
    }
    size_t end = bytes;
    while (end > 0 && ((unsigned char)text.data[end] & 0xc0U) == 0x80U) {
        end--;
    }
    return slice_part(text, 0, end);
}

static size_t read_fields(JsonValue list, Slice fields[FIELDS_SHOWN_MAX])
{
    size_t count = 0;
    for (JsonValue item = json_first(list); json_present(item) && count < FIELDS_SHOWN_MAX;
         item = json_next(item)) {
        if (json_text(item, &fields[count]).code == ERROR_OK) {
            count++;
        }
    }
    return count;
}

typedef struct Report {
    Slice code; /* Salesforce's, empty when there is none */
    Slice message;
    const Slice *fields;
    size_t field_count;
    size_t more; /* errors beside this one */
    uint32_t status;
} Report;

static void append_fields(Buffer *text, const Report *report)
{
    for (size_t i = 0; i < report->field_count && i < FIELDS_SHOWN_MAX; i++) {
        buffer_append(text, i == 0 ? SLICE(" (fields: ") : SLICE(", "));
        append_line(text, report->fields[i]);
    }
    buffer_append(text, report->field_count == 0 ? SLICE("") : SLICE(")"));
}

/* "INVALID_FIELD: No such column (fields: X__c) and 2 more, HTTP 400" */
static Error compose(Arena *arena, ErrorCode code, const Report *report)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    append_line(&text, report->code);
    if (report->message.length != 0) {
        buffer_append(&text, text.length == 0 ? SLICE("") : SLICE(": "));
        append_line(&text, cut(report->message, SF_MESSAGE_BYTES_MAX / 2));
    }
    append_fields(&text, report);
    if (report->more != 0) {
        buffer_append(&text, SLICE(" and "));
        buffer_append_uint64(&text, report->more);
        buffer_append(&text, SLICE(" more"));
    }
    if (report->status != 0) {
        buffer_append(&text, text.length == 0 ? SLICE("HTTP ") : SLICE(", HTTP "));
        buffer_append_uint64(&text, report->status);
    }
    if (text.failed) {
        return error_make(code, SLICE("Salesforce answered with an error"));
    }
    return error_make(code, cut(buffer_slice(&text), SF_MESSAGE_BYTES_MAX));
}

/* What a status means by itself: REST API Developer Guide, "Status Codes and Error Responses". */
static ErrorCode status_code(uint32_t status)
{
    switch (status) {
    case 300: return ERROR_SF_KEY_AMBIGUOUS;
    case 401: return ERROR_SF_SESSION_EXPIRED;
    case 404: return ERROR_SF_RECORD_GONE;
    case 409: return ERROR_SF_VERSION_CONFLICT;
    case 410: return ERROR_SF_VERSION;
    case 413:
    case 414:
    case 431: return ERROR_SF_REQUEST_TOO_LONG;
    case 429: return ERROR_SF_RATE_LIMIT;
    case 406: /* seen without a body, passes */
    case 408:
    case 420: /* Salesforce Edge has no route to the org at the moment */ return ERROR_SF_UNAVAILABLE;
    default: break;
    }
    if (status >= 300 && status < 400) {
        return ERROR_SF_REDIRECTED;
    }
    if (status >= 200 && status < 300) {
        return ERROR_SF_UNAVAILABLE; /* an HTML page: see sf_classify */
    }
    return status >= 500 ? ERROR_SF_UNAVAILABLE : ERROR_SF_REFUSED;
}

Error sf_oauth_error(Arena *arena, Slice error, Slice description, uint32_t status)
{
    const Report report = {.code = error, .message = description, .status = status};
    return compose(arena, sf_oauth_error_code(error, description), &report);
}

Error sf_record_error_read(Arena *arena, JsonValue value, Slice record_id)
{
    Slice fields[FIELDS_SHOWN_MAX];
    Slice code = SLICE("");
    Slice message = SLICE("");
    if (json_text(json_get(value, SLICE("statusCode")), &code).code != ERROR_OK) {
        (void)json_text_or(json_get(value, SLICE("errorCode")), SLICE(""), &code);
    }
    (void)json_text_or(json_get(value, SLICE("message")), SLICE(""), &message);
    const size_t field_count = read_fields(json_get(value, SLICE("fields")), fields);
    return sf_record_error(arena, code, message, fields, field_count, record_id);
}

Error sf_record_error(Arena *arena, Slice code, Slice message, const Slice *fields, size_t field_count,
                      Slice record_id)
{
    const Report report = {.code = code, .message = message, .fields = fields, .field_count = field_count};
    Error error = compose(arena, sf_error_code(code, message, ERROR_SF_REFUSED), &report);
    error.place.pointer = record_id;
    return error;
}

/* The identity URL answers a bad token with 403 and one of these words. */
static ErrorCode plain_code(Slice text, uint32_t status)
{
    if (slice_equal(text, SLICE("Bad_OAuth_Token")) || slice_equal(text, SLICE("Missing_OAuth_Token"))) {
        return ERROR_SF_SESSION_EXPIRED;
    }
    return slice_equal(text, SLICE("Wrong_Org")) ? ERROR_SF_ORG_CHANGED : status_code(status);
}

static bool is_printable_line(Slice text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < ' ' || text.data[i] > '~' || text.data[i] == '<') {
            return false;
        }
    }
    return text.length <= PLAIN_TEXT_BYTES_MAX;
}

/* Not one of Salesforce's shapes: the status decides, and a short plain text is shown. */
static Error classify_plain(Arena *arena, uint32_t status, Slice body)
{
    const Slice text = slice_trim(body);
    const Report report = {.message = is_printable_line(text) ? text : SLICE("not an answer of the API"),
                           .status = status};
    return compose(arena, plain_code(text, status), &report);
}

/* [{"message":"...","errorCode":"...","fields":["..."]}, ...]: the first decides. */
static Error classify_list(Arena *arena, uint32_t status, JsonValue list)
{
    const JsonValue first = json_first(list);
    Report report = {.more = json_count(list) - 1, .status = status};
    Slice fields[FIELDS_SHOWN_MAX];
    if (json_text(json_get(first, SLICE("errorCode")), &report.code).code != ERROR_OK) {
        return compose(arena, status_code(status), &report);
    }
    (void)json_text_or(json_get(first, SLICE("message")), SLICE(""), &report.message);
    report.field_count = read_fields(json_get(first, SLICE("fields")), fields);
    report.fields = fields;
    return compose(arena, sf_error_code(report.code, report.message, status_code(status)), &report);
}

/* False when the body is neither a list of errors nor an OAuth error. */
static bool classify_json(Arena *arena, uint32_t status, Slice body, Error *error)
{
    JsonDocument document;
    Slice name = SLICE("");
    Slice description = SLICE("");
    if (json_parse(arena, body, &document).code != ERROR_OK) {
        return false;
    }
    const JsonValue root = json_root(&document);
    if (json_type(root) == JSON_ARRAY && json_type(json_first(root)) == JSON_OBJECT) {
        *error = classify_list(arena, status, root);
        return true;
    }
    if (json_text(json_get(root, SLICE("error")), &name).code == ERROR_OK) {
        (void)json_text_or(json_get(root, SLICE("error_description")), SLICE(""), &description);
        *error = sf_oauth_error(arena, name, description, status);
        return true;
    }
    return false;
}

static bool classify_form(Arena *arena, uint32_t status, Slice body, Error *error)
{
    Slice name = SLICE("");
    Slice description = SLICE("");
    bool has_name = false;
    bool has_description = false;
    if (sf_url_parameter(arena, body, SLICE("error"), &name, &has_name).code != ERROR_OK ||
        sf_url_parameter(arena, body, SLICE("error_description"), &description, &has_description).code !=
            ERROR_OK ||
        !has_name) {
        return false;
    }
    *error = sf_oauth_error(arena, name, description, status);
    return true;
}

Error sf_classify(Arena *arena, uint32_t status, Slice headers, Slice body)
{
    const Slice type = request_header(headers, SLICE("content-type"));
    const Slice text = slice_trim(body);
    const bool json = text.length != 0 && (text.data[0] == '[' || text.data[0] == '{');
    const bool form = slice_starts_with(type, SLICE("application/x-www-form-urlencoded"));
    Error error = ERROR_NONE;
    if ((json && classify_json(arena, status, text, &error)) ||
        (form && classify_form(arena, status, text, &error))) {
        return error;
    }
    return classify_plain(arena, status, body);
}

static size_t find_last(Slice text, char byte)
{
    size_t at = text.length;
    while (at > 0 && text.data[at - 1] != byte) {
        at--;
    }
    return at == 0 ? text.length : at - 1;
}

static Slice without_dashes(Slice text)
{
    size_t end = text.length;
    if (end >= 2 && text.data[end - 1] == '-' && text.data[end - 2] == '-') {
        end -= 2;
    }
    return slice_make(text.data, end);
}

Error sf_bulk_row_error(Arena *arena, Slice text, Slice record_id)
{
    const Slice whole = without_dashes(text);
    const size_t colon = slice_find_byte(whole, ':', 0);
    const Slice code = slice_part(whole, 0, colon);
    const Slice rest = slice_part(whole, colon + 1, whole.length);
    const size_t last = find_last(rest, ':');
    const Slice fields = slice_trim(slice_part(rest, last + 1, rest.length));
    return sf_record_error(arena, code, slice_trim(slice_part(rest, 0, last)), &fields,
                           fields.length == 0 ? 0 : 1, record_id);
}
