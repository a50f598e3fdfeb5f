#include "sync/plan/describing.h"

#include "base/time.h"
#include "json/writer.h"
#include "sync/run/statements.h"

#define DESCRIBING_POINTS(X) X(OBJECTS) X(FIELDS) X(ASK) X(STORE)

static JobStatus describing_step(Job *job, const Completion *got);
JOB_KIND(describing_kind, "describe", describing_step, NULL);

static Error no_memory(void)
{
    return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a describe"));
}

/* What is stored. */

enum { OBJECT_NAME, OBJECT_LABEL, OBJECT_MODIFIED, OBJECT_AT, OBJECT_REPLICATEABLE, OBJECT_PREFIX };
enum {
    FIELD_OBJECT,
    FIELD_NAME,
    FIELD_LABEL,
    FIELD_TYPE,
    FIELD_SOAP_TYPE,
    FIELD_CALCULATED,
    FIELD_CUSTOM,
    FIELD_IS_GONE
};

static Slice keep_text(Describing *describing, RowView row, uint32_t column)
{
    Slice text = SLICE("");
    if (!ROW_KEEP(row, &describing->stored, {column, &text})) {
        describing->error = no_memory();
    }
    return text;
}

static bool flag_of(RowView row, uint32_t column)
{
    return row_state(row, column) == ROW_VALUE && row_bool(row, column);
}

static void keep_prefix(SfDescribe *describe, RowView row)
{
    const Slice prefix =
        row_state(row, OBJECT_PREFIX) == ROW_VALUE ? row_text(row, OBJECT_PREFIX) : SLICE("");
    if (prefix.length == sizeof describe->key_prefix) {
        memcpy(describe->key_prefix, prefix.data, sizeof describe->key_prefix);
    }
}

static uint32_t take_objects(void *context, const RowBatch *batch)
{
    Describing *describing = context;
    for (uint32_t i = 0; i < batch->row_count; i++) {
        const RowView row = row_at(batch, i);
        const Source source = source_find(row_text(row, OBJECT_NAME));
        if (source == SOURCE_COUNT) {
            continue; /* of a version that pulled more */
        }
        describing->objects[source] = (Described){
            .known = true,
            .modified = keep_text(describing, row, OBJECT_MODIFIED),
            .at_ms = row_state(row, OBJECT_AT) == ROW_VALUE ? row_int64(row, OBJECT_AT) : TIME_MS_MIN,
            .describe = {.name = source_facts(source)->sobject,
                         .label = keep_text(describing, row, OBJECT_LABEL),
                         .flags = {.queryable = true, .replicateable = flag_of(row, OBJECT_REPLICATEABLE)}}};
        keep_prefix(&describing->objects[source].describe, row);
    }
    return PERLY_MORE;
}

static void read_objects(Describing *describing)
{
    StoreParams params;
    const Statement *statement = sync_statement(STATEMENT_DESCRIBED_READ);
    store_params_begin(&params, &describing->scratch, statement);
    row_writer_text(&params.writer, 0, describing->session->user_id);
    row_writer_text(&params.writer, 1, describing->session->api_version);
    store_query(&describing->job, &describing->query, statement, &params, take_objects, describing);
}

static Error add_gone(Describing *describing, Source source, Slice name)
{
    enum { ROOM_MIN = 16 };
    Described *object = &describing->objects[source];
    if (object->gone_count == describing->gone_rooms[source]) {
        const size_t room = describing->gone_rooms[source];
        const size_t more = room == 0 ? ROOM_MIN : 2 * room;
        Slice *gone = arena_resize(&describing->stored, object->gone, room * sizeof *gone,
                                   more * sizeof *gone, _Alignof(Slice));
        if (gone == NULL) {
            return no_memory();
        }
        object->gone = gone;
        describing->gone_rooms[source] = more;
    }
    object->gone[object->gone_count++] = name;
    return ERROR_NONE;
}

static Error keep_field(Describing *describing, RowView row)
{
    enum { ROOM_MIN = 64 };
    const Source source = source_find(row_text(row, FIELD_OBJECT));
    if (source == SOURCE_COUNT || !describing->objects[source].known) {
        return ERROR_NONE;
    }
    if (flag_of(row, FIELD_IS_GONE)) {
        return describing->accept ? ERROR_NONE
                                  : add_gone(describing, source, keep_text(describing, row, FIELD_NAME));
    }
    SfDescribe *describe = &describing->objects[source].describe;
    SfDescribeField *fields = (SfDescribeField *)describe->fields;
    if (describe->field_count == describing->rooms[source]) {
        const size_t room = describing->rooms[source];
        const size_t more = room == 0 ? ROOM_MIN : 2 * room;
        fields = arena_resize(&describing->stored, fields, room * sizeof *fields, more * sizeof *fields,
                              _Alignof(SfDescribeField));
        if (fields == NULL) {
            return no_memory();
        }
        describe->fields = fields;
        describing->rooms[source] = more;
    }
    SfDescribeField *field = &fields[describe->field_count++];
    *field = (SfDescribeField){.name = keep_text(describing, row, FIELD_NAME),
                               .label = keep_text(describing, row, FIELD_LABEL),
                               .type_name = keep_text(describing, row, FIELD_TYPE),
                               .soap_type = keep_text(describing, row, FIELD_SOAP_TYPE),
                               .calculated = flag_of(row, FIELD_CALCULATED),
                               .custom = flag_of(row, FIELD_CUSTOM)};
    sf_describe_settle(field);
    return describing->error;
}

static uint32_t take_fields(void *context, const RowBatch *batch)
{
    Describing *describing = context;
    for (uint32_t i = 0; i < batch->row_count && describing->error.code == ERROR_OK; i++) {
        describing->error = keep_field(describing, row_at(batch, i));
    }
    return PERLY_MORE;
}

static void read_fields(Describing *describing)
{
    store_query(&describing->job, &describing->query, sync_statement(STATEMENT_FIELD_READ), NULL, take_fields,
                describing);
}

/* Asking. */

/* Empty: ask for it whatever is stored. The server's clock is not known yet; the host's serves a day. */
static Slice modified_since(const Describing *describing, const Described *object)
{
    const int64_t age_ms = describing->job.engine->wall_ms - object->at_ms;
    const bool holds = !describing->anew && object->known && object->describe.field_count != 0 &&
                       age_ms < DESCRIBING_KEPT_MS && age_ms > -DESCRIBING_KEPT_MS;
    return holds ? object->modified : SLICE("");
}

static uint32_t sink_reset(void *context);
static uint32_t sink_body(void *context, Slice bytes);
static Error sink_end(void *context);

static void ask(Describing *describing)
{
    SfCompositeDescribe items[SOURCE_COUNT];
    _Static_assert((int)SOURCE_COUNT <= (int)SF_COMPOSITE_MAX, "one call describes all");
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        items[source] = (SfCompositeDescribe){source_facts((Source)source)->sobject,
                                              modified_since(describing, &describing->objects[source])};
    }
    const Error error = sf_composite_describe(&describing->stored, describing->session->api_version, items,
                                              SOURCE_COUNT, &describing->spec);
    describing->sink = (Sink){describing, sink_reset, sink_body, sink_end, NULL};
    describing->spec.sink = &describing->sink;
    request_try(&describing->job, &describing->request, &describing->spec, error);
}

/* "The requested resource does not exist" says nothing of the object: it is not there, or not to be seen. */
static Error refusal(Describing *describing, const SfCompositePart *part)
{
    if (part->error.code != ERROR_SF_RECORD_GONE && part->error.code != ERROR_SF_OBJECT_UNKNOWN) {
        return error_copy(&describing->told, part->error);
    }
    return ERROR_TEXT(&describing->told, ERROR_SF_OBJECT_UNKNOWN, SLICE("the connected user sees no object "),
                      source_facts((Source)part->index)->sobject);
}

static Error take_part(void *context, const SfCompositePart *part)
{
    Describing *describing = context;
    Described *object = &describing->answer[part->index];
    if (part->status == 304) {
        return ERROR_NONE;
    }
    if (part->error.code != ERROR_OK) {
        object->error = refusal(describing, part);
        return ERROR_NONE;
    }
    object->error = ERROR_NONE;
    Error error = sf_describe_read(&describing->told, &describing->scratch, part->body, SF_PICKLISTS_READ,
                                   &object->describe);
    RETURN_IF_ERROR(error_copy(&describing->told, error));
    if (!arena_keep(&describing->told, part->last_modified, &object->modified)) {
        return no_memory();
    }
    object->known = true;
    object->fresh = true;
    return ERROR_NONE;
}

static Error take_answer(void *context, const SfCompositePart *part)
{
    Describing *describing = context;
    describing->answer[part->index] = describing->objects[part->index];
    return take_part(context, part);
}

static uint32_t sink_reset(void *context)
{
    Describing *describing = context;
    arena_reset(&describing->told);
    arena_reset(&describing->scratch);
    sf_composite_begin(&describing->reader, &describing->scratch, SOURCE_COUNT, take_answer, describing);
    describing->error = ERROR_NONE;
    return PERLY_MORE;
}

static uint32_t sink_body(void *context, Slice bytes)
{
    Describing *describing = context;
    if (describing->error.code == ERROR_OK) {
        describing->error = sf_composite_feed(&describing->reader, bytes, false);
    }
    return PERLY_MORE;
}

static Error sink_end(void *context)
{
    Describing *describing = context;
    if (describing->error.code == ERROR_OK) {
        describing->error = sf_composite_feed(&describing->reader, SLICE(""), true);
    }
    return error_copy(&describing->told, describing->error);
}

/* Storing. */

static const RowColumn field_columns[] = {
    {SLICE_INIT("object"), ROW_TEXT},     {SLICE_INIT("name"), ROW_TEXT},
    {SLICE_INIT("position"), ROW_INT64},  {SLICE_INIT("label"), ROW_TEXT},
    {SLICE_INIT("type"), ROW_TEXT},       {SLICE_INIT("soap_type"), ROW_TEXT},
    {SLICE_INIT("calculated"), ROW_BOOL}, {SLICE_INIT("custom"), ROW_BOOL},
    {SLICE_INIT("since"), ROW_TIME},      {SLICE_INIT("seen"), ROW_TIME},
    {SLICE_INIT("gone"), ROW_TIME},       {SLICE_INIT("picklist"), ROW_TEXT},
};
static const RowSchema field_schema = {field_columns, sizeof field_columns / sizeof field_columns[0]};
static const uint32_t field_flags[] = {
    PERLY_COLUMN_KEY, PERLY_COLUMN_KEY, 0, 0, 0, 0, 0, 0, PERLY_COLUMN_KEEP, 0, 0, 0};

/* The active values as a JSON array, in the org's order. */
static Error write_picklist(Arena *arena, const SfDescribeField *field, RowWriter *rows, uint32_t column)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    JsonWriter json = {&text, false};
    if (field->type != SF_TYPE_PICKLIST && field->type != SF_TYPE_MULTIPICKLIST) {
        row_writer_null(rows, column);
        return ERROR_NONE;
    }
    json_write_array_begin(&json);
    for (size_t i = 0; i < field->picklist_count; i++) {
        json_write_text(&json, field->picklist[i]);
    }
    json_write_array_end(&json);
    row_writer_text(rows, column, buffer_slice(&text));
    return text.failed ? error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for a describe")) : ERROR_NONE;
}

static Error write_fields(Describing *describing, const Described *object, StoreOps *ops)
{
    RowWriter rows;
    row_writer_init(&rows, &describing->scratch, &field_schema, 0);
    for (size_t i = 0; i < object->describe.field_count; i++) {
        const SfDescribeField *field = &object->describe.fields[i];
        row_writer_begin(&rows);
        row_writer_text(&rows, 0, object->describe.name);
        row_writer_text(&rows, 1, field->name);
        row_writer_int64(&rows, 2, (int64_t)i);
        row_writer_text(&rows, 3, field->label);
        row_writer_text(&rows, 4, field->type_name);
        row_writer_text(&rows, 5, field->soap_type);
        row_writer_bool(&rows, 6, field->calculated);
        row_writer_bool(&rows, 7, field->custom);
        row_writer_time(&rows, 8, object->at_ms);
        row_writer_time(&rows, 9, object->at_ms);
        row_writer_null(&rows, 10);
        RETURN_IF_ERROR(write_picklist(&describing->scratch, field, &rows, 11));
        RETURN_IF_ERROR(row_writer_end(&rows));
    }
    store_ops_upsert(ops, SLICE("field"), field_flags, &rows);
    return ERROR_NONE;
}

/* A field that is not told any more was deleted, or the user lost the right to read it. */
static void write_gone(const Described *object, StoreOps *ops)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_FIELD_GONE));
    row_writer_text(&params.writer, 0, object->describe.name);
    row_writer_time(&params.writer, 1, object->at_ms);
    store_ops_run(ops, &params);
}

static void write_object(const Describing *describing, const Described *object, StoreOps *ops)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_DESCRIBED_WRITE));
    row_writer_text(&params.writer, 0, object->describe.name);
    row_writer_text(&params.writer, 1, object->describe.label);
    row_writer_text(&params.writer, 2, object->modified);
    row_writer_time(&params.writer, 3, object->at_ms);
    row_writer_bool(&params.writer, 4, object->describe.flags.replicateable);
    row_writer_text(&params.writer, 5, describing->session->user_id);
    row_writer_text(&params.writer, 6, describing->session->api_version);
    const bool has_prefix = object->describe.key_prefix[0] != 0;
    row_writer_text(
        &params.writer, 7,
        slice_make(object->describe.key_prefix, has_prefix ? sizeof object->describe.key_prefix : 0));
    store_ops_run(ops, &params);
}

/* An org may lack the object, the user does not see it any more, and a person said that it is so. */
static bool accepts_absence(const Describing *describing, unsigned source)
{
    return describing->accept && source_facts((Source)source)->optional &&
           describing->answer[source].error.code == ERROR_SF_OBJECT_UNKNOWN;
}

static void write_absence(Source source, StoreOps *ops)
{
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_DESCRIBED_DROP));
    row_writer_text(&params.writer, 0, source_facts(source)->sobject);
    store_ops_run(ops, &params);
}

static void store(Describing *describing)
{
    StoreOps ops;
    Error error = ERROR_NONE;
    store_ops_begin(&ops, &describing->job);
    session_guard(describing->session, &ops);
    for (unsigned source = 0; source < SOURCE_COUNT && error.code == ERROR_OK; source++) {
        const Described *object = &describing->objects[source];
        if (object->fresh) {
            error = write_fields(describing, object, &ops);
            write_gone(object, &ops);
            write_object(describing, object, &ops);
        } else if (accepts_absence(describing, source)) {
            write_absence((Source)source, &ops);
        }
    }
    if (error.code != ERROR_OK) {
        engine_fail(&describing->job, error);
        return;
    }
    if (describing->accept) {
        StoreParams params;
        store_params_begin(&params, ops.arena, sync_statement(STATEMENT_FIELD_ACCEPT));
        row_writer_time(&params.writer, 0, describing->session->server_ms);
        store_ops_run(&ops, &params);
    }
    store_apply(&describing->job, &ops);
}

/* Fields that were told before and are not now. */
static Error find_gone(Describing *describing, unsigned source)
{
    const SfDescribe *before = &describing->objects[source].describe;
    const SfDescribe *now = &describing->answer[source].describe;
    for (size_t i = 0; i < before->field_count && !describing->accept; i++) {
        if (sf_describe_find(now, before->fields[i].name) == NULL) {
            RETURN_IF_ERROR(add_gone(describing, (Source)source, before->fields[i].name));
        }
    }
    return ERROR_NONE;
}

/* The answers take the place of what was stored; `write`: there is something to write. */
static Error settle(Describing *describing, bool *write)
{
    *write = describing->accept;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        Described *object = &describing->answer[source];
        if (object->fresh) {
            RETURN_IF_ERROR(find_gone(describing, source));
            object->describe.name = source_facts((Source)source)->sobject;
            object->at_ms = describing->session->server_ms;
            *write = true;
        }
        object->known = object->known && !accepts_absence(describing, source);
        object->gone = describing->objects[source].gone;
        object->gone_count = describing->objects[source].gone_count;
        describing->objects[source] = *object;
    }
    arena_reset(&describing->scratch);
    return ERROR_NONE;
}

bool described_lost(const Described *object, Slice field)
{
    for (size_t i = 0; i < object->gone_count; i++) {
        if (slice_equal_ignoring_case(object->gone[i], field)) {
            return sf_describe_find(&object->describe, field) == NULL;
        }
    }
    return false;
}

static JobStatus describing_step(Job *job, const Completion *got)
{
    Describing *const describing = (Describing *)job;
    JOB_BEGIN(job, DESCRIBING_POINTS);
    AWAIT(job, OBJECTS, read_objects(describing));
    AWAIT(job, FIELDS, read_fields(describing));
    TRY(job, describing->error);
    if (describing->offline) {
        return JOB_DONE;
    }
    AWAIT(job, ASK, ask(describing));
    TRY(job, settle(describing, &describing->write));
    if (describing->write) {
        AWAIT(job, STORE, store(describing));
    }
    JOB_END(job);
}

void describing_start(Engine *engine, Job *parent, Describing *describing)
{
    arena_init(&describing->stored, &engine->allocator, 0);
    arena_init(&describing->told, &engine->allocator, 0);
    arena_init(&describing->scratch, &engine->allocator, 0);
    describing->job.arena = &describing->stored;
    job_start(engine, parent, &describing->job, &describing_kind);
}

void describing_free(Describing *describing)
{
    if (describing->stored.allocator != NULL) {
        arena_free(&describing->stored);
        arena_free(&describing->told);
        arena_free(&describing->scratch);
    }
}

void describing_forget(StoreOps *ops, Slice object, Error error)
{
    if (error.code != ERROR_SF_FIELD_UNKNOWN && error.code != ERROR_SF_OBJECT_UNKNOWN &&
        error.code != ERROR_SF_QUERY_UNSUPPORTED) {
        return;
    }
    StoreParams params;
    store_params_begin(&params, ops->arena, sync_statement(STATEMENT_DESCRIBED_FORGET));
    row_writer_text(&params.writer, 0, object);
    store_ops_run(ops, &params);
}
