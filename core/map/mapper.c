#include "map/mapper.h"

#include "base/assert.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/time.h"
#include "base/utf8.h"

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a mapper"));
}

static Error add_evaluation(Mapper *mapper, uint32_t at, const CelProgram *program)
{
    if (program == NULL) {
        return ERROR_NONE;
    }
    mapper->evaluates = true;
    return cel_evaluation_create(mapper->arena, program, &mapper->scratch, &mapper->evaluations[at]);
}

Error mapper_init(Mapper *mapper, Arena *arena, const Plan *plan)
{
    *mapper = (Mapper){.plan = plan, .arena = arena};
    arena_init(&mapper->scratch, arena->allocator, 0);
    mapper->order = ARENA_ARRAY(arena, uint32_t, plan->fields.column_count);
    mapper->columns = ARENA_ARRAY(arena, MapperColumn, plan->column_count + 1);
    mapper->evaluations = ARENA_ARRAY(arena, CelEvaluation *, plan->column_count + 1);
    buffer_init(&mapper->mended, arena, 0);
    if (mapper->order == NULL || mapper->columns == NULL || mapper->evaluations == NULL) {
        return no_memory();
    }
    for (uint32_t i = 0; i < plan->column_count; i++) {
        RETURN_IF_ERROR(add_evaluation(mapper, i, plan->columns[i].program));
    }
    return add_evaluation(mapper, plan->column_count, plan->filter);
}

void mapper_free(Mapper *mapper)
{
    if (mapper->arena != NULL) {
        arena_free(&mapper->scratch);
    }
}

void mapper_count_anew(Mapper *mapper)
{
    mapper->bad_values = 0;
    mapper->bad_text = 0;
    mapper->bad_results = 0;
    mapper->filtered = 0;
    mapper->rejected_rows = 0;
    mapper->rejected_kept = 0;
}

Error mapper_header(Mapper *mapper, const Slice *names, uint32_t count)
{
    const RowSchema *fields = &mapper->plan->fields;
    for (uint32_t i = 0; i < fields->column_count; i++) {
        uint32_t at = 0;
        if (mapper->plan->missing[i]) {
            mapper->order[i] = MAPPER_MISSING;
            continue;
        }
        while (at < count && !slice_equal_ignoring_case(names[at], fields->columns[i].name)) {
            at++;
        }
        if (at == count) {
            return ERROR_TEXT(mapper->arena, ERROR_SF_PAGE_HEADER, SLICE("the page has no column "),
                              fields->columns[i].name);
        }
        mapper->order[i] = at;
    }
    for (uint32_t i = 0; i < mapper->plan->column_count; i++) {
        const PlanColumn *column = &mapper->plan->columns[i];
        const uint32_t place = column->program != NULL ? MAPPER_MISSING : mapper->order[column->field];
        mapper->columns[i] = (MapperColumn){place, column->type};
    }
    mapper->page_columns = count;
    return ERROR_NONE;
}

/* Invalid UTF-8 becomes U+FFFD, one for each maximal part (Unicode, ch. 3.9), in a buffer valid until the
 * next. */
static Slice mend_text(Mapper *mapper, Slice text)
{
    if (utf8_valid_length(text) == text.length) {
        return text;
    }
    mapper->bad_text++;
    buffer_clear(&mapper->mended);
    for (size_t at = 0; at < text.length;) {
        uint32_t code_point = 0;
        char bytes[UTF8_BYTES_MAX];
        (void)utf8_decode(text, &at, &code_point);
        buffer_append(&mapper->mended, slice_make(bytes, utf8_encode(code_point, bytes)));
    }
    return buffer_slice(&mapper->mended);
}

/* Salesforce sends some integers as "0.0". */
static bool read_int64(Slice text, int64_t *value)
{
    double number = 0;
    return number_parse_int64(text, value).code == ERROR_OK ||
           (number_parse_double(text, &number).code == ERROR_OK && number_to_int64(number, value));
}

/* False when the text does not read as the type, which is not text; nothing is written then. */
static bool set_value(RowWriter *out, uint32_t column, RowType type, Slice text)
{
    int64_t integer = 0;
    double number = 0;
    switch (type) {
    case ROW_INT64:
        if (!read_int64(text, &integer)) {
            return false;
        }
        row_writer_int64(out, column, integer);
        return true;
    case ROW_DOUBLE:
        if (number_parse_double(text, &number).code != ERROR_OK) {
            return false;
        }
        row_writer_double(out, column, number);
        return true;
    case ROW_BOOL:
        if (!slice_equal(text, SLICE("true")) && !slice_equal(text, SLICE("false"))) {
            return false;
        }
        row_writer_bool(out, column, text.length == 4);
        return true;
    case ROW_TIME:
        if (time_parse(text, &integer).code != ERROR_OK) {
            return false;
        }
        row_writer_time(out, column, integer);
        return true;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST:
    case ROW_TYPE_COUNT: break;
    }
    return false;
}

static void set_column(Mapper *mapper, RowWriter *out, uint32_t column, RowType type, Slice text)
{
    if (text.length == 0) {
        row_writer_null(out, column); /* Salesforce stores no empty text: "" is null (Bulk API 2.0) */
        return;
    }
    if (type == ROW_TEXT || type == ROW_LIST) {
        row_writer_text(out, column, mapper->valid ? text : mend_text(mapper, text));
    } else if (!set_value(out, column, type, text)) {
        mapper->bad_values++;
        row_writer_null(out, column);
    }
}

static Slice text_at(const Slice *fields, uint32_t place)
{
    return place == MAPPER_MISSING ? SLICE("") : fields[place];
}

/* Expressions. */

/* What expressions see of an amount: the corporate currency; null where no rate is known. */
static void convert_amount(const Mapper *mapper, const Slice *fields, RowWriter *record, uint32_t column)
{
    const Plan *plan = mapper->plan;
    double amount = 0;
    int64_t day_ms = TIME_MS_MIN;
    const Slice currency = text_at(fields, mapper->order[plan->currency_field]);
    if (record->states == NULL || record->states[column] != ROW_VALUE || plan->rates == NULL ||
        !money_is_converted(plan->rates, currency)) {
        return;
    }
    if (plan->day_field != UINT32_MAX &&
        time_parse(text_at(fields, mapper->order[plan->day_field]), &day_ms).code != ERROR_OK) {
        day_ms = TIME_MS_MIN;
    }
    memcpy(&amount, record->slots + 8 * (size_t)column, sizeof amount);
    if (money_convert(plan->rates, currency, day_ms, &amount)) {
        row_writer_double(record, column, amount);
    } else {
        row_writer_null(record, column);
    }
}

/* The record as expressions see it: one row in the scratch arena. */
static Error open_record(Mapper *mapper, const Slice *fields, RowBatch *batch)
{
    const RowSchema *schema = &mapper->plan->fields;
    Slice bytes = {NULL, 0};
    arena_reset(&mapper->scratch);
    row_writer_init(&mapper->record, &mapper->scratch, schema, 0);
    row_writer_begin(&mapper->record);
    for (uint32_t i = 0; i < schema->column_count; i++) {
        set_column(mapper, &mapper->record, i, schema->columns[i].type, text_at(fields, mapper->order[i]));
        if (mapper->plan->money[i]) {
            convert_amount(mapper, fields, &mapper->record, i);
        }
    }
    RETURN_IF_ERROR(row_writer_end(&mapper->record));
    RETURN_IF_ERROR(row_writer_finish(&mapper->record, &bytes));
    return row_batch_open(batch, bytes, NULL);
}

/* Texts joined by ';', as Salesforce has them; false when an element is no text, or has the mark in it. */
static bool set_list(Mapper *mapper, RowWriter *out, uint32_t column, const CelValue *list)
{
    uint32_t count = 0;
    const CelValue *items = cel_list_items(&mapper->scratch, *list, &count);
    bool good = items != NULL || count == 0;
    Buffer text;
    buffer_init(&text, &mapper->scratch, 0);
    for (uint32_t i = 0; good && i < count; i++) {
        const Slice item = items[i].kind == CEL_STRING ? cel_text(items[i]) : SLICE(";");
        buffer_append(&text, i == 0 ? SLICE("") : SLICE(";"));
        buffer_append(&text, item);
        good = slice_find_byte(item, ';', 0) == item.length;
    }
    good = good && !text.failed;
    if (good) {
        row_writer_text(out, column, buffer_slice(&text));
    }
    return good;
}

/* False when the value does not fit the column's type. */
static bool set_result(Mapper *mapper, RowWriter *out, uint32_t column, RowType type, const CelValue *value)
{
    double number = 0;
    switch (type) {
    case ROW_INT64:
        if (value->kind == CEL_INT) {
            row_writer_int64(out, column, value->as.integer);
        }
        return value->kind == CEL_INT;
    case ROW_DOUBLE:
        number = value->kind == CEL_INT ? (double)value->as.integer : value->as.number;
        if ((value->kind != CEL_INT && value->kind != CEL_DOUBLE) || number - number != 0) {
            return false; /* not finite: an error, as it is in a signal */
        }
        row_writer_double(out, column, number);
        return true;
    case ROW_BOOL:
        if (value->kind == CEL_BOOL) {
            row_writer_bool(out, column, value->as.boolean);
        }
        return value->kind == CEL_BOOL;
    case ROW_TIME:
        if (value->kind == CEL_TIMESTAMP) {
            row_writer_time(out, column, value->as.integer);
        }
        return value->kind == CEL_TIMESTAMP;
    case ROW_TEXT:
    case ROW_BYTES:
    case ROW_LIST:
    case ROW_TYPE_COUNT: break;
    }
    if (value->kind == CEL_LIST && value->form != CEL_LIST_TEXT) {
        return set_list(mapper, out, column, value);
    }
    if (value->kind != CEL_STRING && value->kind != CEL_LIST) {
        return false;
    }
    row_writer_text(out, column, slice_make(value->as.text, value->length));
    return true;
}

static void evaluate_column(Mapper *mapper, RowWriter *out, uint32_t column, uint32_t index,
                            const CelRows *record)
{
    CelEvaluation *evaluation = mapper->evaluations[index];
    cel_bind_row(evaluation, 0, record, 0);
    const CelValue value = cel_evaluate(evaluation);
    if (value.kind == CEL_UNKNOWN || value.kind == CEL_NULL) {
        row_writer_null(out, column);
    } else if (!set_result(mapper, out, column, mapper->plan->columns[index].type, &value)) {
        mapper->bad_results++;
        row_writer_null(out, column);
    }
}

/* Only a filter that says false leaves a row out. */
static bool left_out(Mapper *mapper, const CelRows *record)
{
    CelEvaluation *filter = mapper->evaluations[mapper->plan->column_count];
    if (filter == NULL) {
        return false;
    }
    cel_bind_row(filter, 0, record, 0);
    const CelValue value = cel_evaluate(filter);
    return value.kind == CEL_BOOL && !value.as.boolean;
}

/* The texts lie side by side in the heap, so three runs of bytes tell the whole row. */
int64_t mapper_hash(const RowWriter *out, size_t heap_start)
{
    const uint32_t column_count = out->schema->column_count;
    uint64_t parts[ROW_COLUMNS_MAX];
    uint32_t count = 0;
    for (uint32_t i = PLAN_DELETED; i < column_count; i++) {
        uint64_t slot = 0;
        memcpy(&slot, out->slots + 8 * (size_t)i, sizeof slot);
        const RowType type = out->schema->columns[i].type;
        const bool in_heap = type == ROW_TEXT || type == ROW_LIST || type == ROW_BYTES;
        parts[count++] = in_heap ? slot >> 32 : slot; /* of a text the length: its place is no content */
    }
    const Slice states = slice_make(out->states + PLAN_DELETED, column_count - PLAN_DELETED);
    const Slice heap = slice_part(buffer_slice(&out->heap), heap_start, out->heap.length);
    uint64_t hash = hash64(0, states);
    hash = hash64(hash, slice_make((const char *)parts, count * sizeof parts[0]));
    return (int64_t)hash64(hash, heap);
}

static Error set_fixed(Mapper *mapper, const Slice *fields, int64_t seen_ms, RowWriter *out)
{
    const SourceFacts *facts = source_facts(mapper->plan->source);
    const Slice id = fields[mapper->order[0]];
    int64_t stamp = 0;
    if (id.length == 0 || time_parse(fields[mapper->order[1]], &stamp).code != ERROR_OK) {
        return error_make(ERROR_SF_PAGE_ROW, SLICE("a row without Id or the time of its change"));
    }
    row_writer_text(out, PLAN_ID, id);
    row_writer_time(out, PLAN_STAMP, stamp);
    row_writer_time(out, PLAN_SEEN, seen_ms);
    row_writer_time(out, PLAN_FIRST_SEEN, seen_ms);
    row_writer_bool(out, PLAN_DELETED,
                    facts->has_deleted && slice_equal(text_at(fields, mapper->order[2]), SLICE("true")));
    return ERROR_NONE;
}

static void keep_text(MapperRejected *rejected, Slice text)
{
    const Slice first = slice_part(text, 0, MAPPER_REJECTED_BYTES);
    const Slice plain = slice_part(first, 0, slice_find_byte(first, '\0', 0));
    rejected->text_bytes = (uint32_t)utf8_valid_length(plain);
    if (plain.data != NULL) {
        memcpy(rejected->text, plain.data, rejected->text_bytes);
    }
}

/* The first column that is null though there is a value for it. */
static void note_rejected(Mapper *mapper, const MapperRecord *from, const RowWriter *out)
{
    const Plan *plan = mapper->plan;
    const Slice *fields = from->fields;
    const Slice id = fields[mapper->order[0]];
    uint32_t i = 0;
    mapper->rejected_rows++;
    while (i < plan->column_count &&
           (out->states[PLAN_FIXED_COUNT + i] != ROW_NULL ||
            (plan->columns[i].program == NULL && text_at(fields, mapper->columns[i].place).length == 0))) {
        i++;
    }
    if (mapper->rejected_kept < MAPPER_REJECTED_MAX && id.length == MAPPER_ID_BYTES) {
        MapperRejected *rejected = &mapper->rejected[mapper->rejected_kept++];
        memcpy(rejected->id, id.data, MAPPER_ID_BYTES);
        rejected->column = i < plan->column_count ? plan->columns[i].name : SLICE("");
        const bool plain = i < plan->column_count && plan->columns[i].program == NULL;
        keep_text(rejected, plain ? text_at(fields, mapper->columns[i].place) : from->bytes);
    }
}

static void set_columns(Mapper *mapper, const Slice *fields, const CelRows *record, RowWriter *out)
{
    const uint32_t count = mapper->plan->column_count;
    for (uint32_t i = 0; i < count; i++) {
        const MapperColumn column = mapper->columns[i];
        if (mapper->evaluations[i] != NULL) {
            evaluate_column(mapper, out, PLAN_FIXED_COUNT + i, i, record);
        } else {
            set_column(mapper, out, PLAN_FIXED_COUNT + i, column.type, text_at(fields, column.place));
        }
    }
}

Error mapper_row(Mapper *mapper, const MapperRecord *from, int64_t seen_ms, RowWriter *out)
{
    const Plan *plan = mapper->plan;
    const Slice *fields = from->fields;
    RowBatch batch;
    const CelRows record = {&batch, &plan->fields, 0, 1};
    const uint64_t bad_before = mapper->bad_values + mapper->bad_results;
    if (from->count != mapper->page_columns) {
        return error_make(ERROR_SF_PAGE_ROW, SLICE("a row has another number of fields than the header"));
    }
    /* Fields are parts of the record less quotes and NULs: when it is valid, so are they. */
    mapper->valid = from->bytes.length != 0 && utf8_valid_length(from->bytes) == from->bytes.length;
    if (mapper->evaluates) {
        RETURN_IF_ERROR(open_record(mapper, fields, &batch));
        if (left_out(mapper, &record)) {
            mapper->filtered++;
            return ERROR_NONE;
        }
    }
    row_writer_begin(out);
    RETURN_IF_ERROR(set_fixed(mapper, fields, seen_ms, out));
    const size_t heap_start = out->heap.length;
    const bool has_master = source_facts(plan->source)->has_master;
    set_column(mapper, out, PLAN_MASTER_ID, ROW_TEXT,
               has_master ? text_at(fields, mapper->order[3]) : SLICE(""));
    set_columns(mapper, fields, &record, out);
    if (out->states == NULL) {
        return row_writer_end(out); /* it ran out of memory: the writer knows */
    }
    if (mapper->bad_values + mapper->bad_results != bad_before) {
        note_rejected(mapper, from, out);
    }
    row_writer_int64(out, PLAN_HASH, mapper_hash(out, heap_start));
    return row_writer_end(out);
}
