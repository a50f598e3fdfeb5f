#include "sync/plan/left_out.h"

#include "sync/plan/planning.h"
#include "sync/run/event.h"

#define LEFT_OUT_POINTS(X) X(DESCRIBE)

static JobStatus left_out_step(Job *job, const Completion *got);
static void left_out_close(Job *job);
JOB_KIND(left_out_kind, "left out", LEFT_OUT_POINTS, left_out_step, left_out_close);

enum { SHOWN_MAX = 20 };

typedef struct LeftOut {
    Source source;
    Slice shown[SHOWN_MAX];
    uint64_t count;
} LeftOut;

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The expression has the field's name as a word: record.ARR__c, record['ARR__c']. */
static bool names(Slice expression, Slice field)
{
    size_t at = slice_find(expression, field, 0);
    while (at != SIZE_MAX) {
        const size_t end = at + field.length;
        const bool begins = at == 0 || !is_word(expression.data[at - 1]);
        if (begins && (end == expression.length || !is_word(expression.data[end]))) {
            return true;
        }
        at = slice_find(expression, field, at + 1);
    }
    return false;
}

static bool is_mapped(const ConfigMappings *mappings, Slice field)
{
    for (uint32_t i = 0; i < mappings->count; i++) {
        if (names(mappings->items[i].expression.text, field)) {
            return true;
        }
    }
    return false;
}

static LeftOut find(const Config *config, Source source, const SfDescribe *describe)
{
    const ConfigMappings *mappings = &config->mappings[planning_entity(source)];
    LeftOut left = {.source = source};
    size_t wanted = 0;
    for (size_t i = 0; mappings->all_fields && i < describe->field_count; i++) {
        const SfDescribeField *field = &describe->fields[i];
        wanted += planning_wants(field) ? 1 : 0;
        if (planning_wants(field) && wanted > PLANNING_ALL_FIELDS_MAX && !is_mapped(mappings, field->name)) {
            if (left.count < SHOWN_MAX) {
                left.shown[left.count] = field->name;
            }
            left.count++;
        }
    }
    return left;
}

static uint64_t shown_count(const LeftOut *left)
{
    return left->count < SHOWN_MAX ? left->count : SHOWN_MAX;
}

/* "3 fields of Account are left out, since * maps 200: A__c, B__c, C__c; map those you need by name" */
static void append_text(const LeftOut *left, Buffer *text)
{
    const uint64_t shown = shown_count(left);
    buffer_append_uint64(text, left->count);
    buffer_append(text, left->count == 1 ? SLICE(" field of ") : SLICE(" fields of "));
    buffer_append(text, source_facts(left->source)->sobject);
    buffer_append(text, left->count == 1 ? SLICE(" is left out, since * maps ")
                                         : SLICE(" are left out, since * maps "));
    buffer_append_uint64(text, PLANNING_ALL_FIELDS_MAX);
    buffer_append(text, SLICE(": "));
    for (uint64_t i = 0; i < shown; i++) {
        buffer_append(text, i == 0 ? SLICE("") : SLICE(", "));
        buffer_append(text, left->shown[i]);
    }
    if (left->count > shown) {
        buffer_append(text, SLICE(" and "));
        buffer_append_uint64(text, left->count - shown);
        buffer_append(text, SLICE(" more"));
    }
    buffer_append(text, SLICE("; map those you need by name"));
}

static void begin(LeftOutForm form, Event *event, Slice object, Arena *arena)
{
    Buffer name;
    buffer_init(&name, arena, 0);
    switch (form) {
    case LEFT_OUT_EVENT: event_begin(event, arena, SLICE("fields_left_out")); return;
    case LEFT_OUT_STATUS:
        buffer_append(&name, SLICE("fields of "));
        buffer_append(&name, object);
        event_begin(event, arena, SLICE("status"));
        event_text(event, SLICE("name"), buffer_slice(&name));
        event_bool(event, SLICE("ok"), true); /* what is mapped is right */
        return;
    case LEFT_OUT_CHECK:
        buffer_append(&name, SLICE("maps_all_fields_of_"));
        buffer_append(&name, object);
        event_begin(event, arena, SLICE("check"));
        event_text(event, SLICE("name"), buffer_slice(&name));
        event_bool(event, SLICE("ok"), false);
        event_text(event, SLICE("answer"), SLICE("no"));
        event_bool(event, SLICE("needed"), false);
        return;
    }
}

static Error tell(LeftOutForm form, const LeftOut *left, Arena *arena, Engine *engine)
{
    const Slice object = source_facts(left->source)->sobject;
    Buffer text;
    Event event;
    buffer_init(&text, arena, 0);
    append_text(left, &text);
    if (text.failed) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for an event"));
    }
    begin(form, &event, object, arena);
    event_text(&event, SLICE("text"), buffer_slice(&text));
    event_text(&event, SLICE("object"), object);
    event_uint64(&event, SLICE("count"), left->count);
    json_write_key(&event.json, SLICE("fields"));
    json_write_array_begin(&event.json);
    for (uint64_t i = 0; i < shown_count(left); i++) {
        json_write_text(&event.json, left->shown[i]);
    }
    json_write_array_end(&event.json);
    event_send(&event, engine);
    return ERROR_NONE;
}

Error left_out_tell(LeftOutForm form, const Config *config, const Describing *describing, Arena *arena,
                    Engine *engine)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Described *object = &describing->objects[source];
        if (object->known) {
            const LeftOut left = find(config, (Source)source, &object->describe);
            if (left.count != 0) {
                RETURN_IF_ERROR(tell(form, &left, arena, engine));
            }
        }
    }
    return ERROR_NONE;
}

static void start_describing(LeftOutRun *run)
{
    run->describing = (Describing){.session = run->command->session, .offline = true};
    describing_start(run->job.engine, &run->job, &run->describing);
}

static Error tell_stored(LeftOutRun *run)
{
    Config *config = NULL;
    RETURN_IF_ERROR(command_config(run->command, &run->memory, &config));
    return left_out_tell(run->form, config, &run->describing, &run->memory, run->job.engine);
}

static JobStatus left_out_step(Job *job, const Completion *got)
{
    LeftOutRun *const run = (LeftOutRun *)job;
    JOB_BEGIN(job, LEFT_OUT_POINTS);
    AWAIT(job, DESCRIBE, start_describing(run));
    TRY(job, tell_stored(run));
    JOB_END(job);
}

static void left_out_close(Job *job)
{
    LeftOutRun *run = (LeftOutRun *)job;
    describing_free(&run->describing);
    arena_free(&run->memory);
}

void left_out_start(Engine *engine, Job *parent, LeftOutRun *run)
{
    arena_init(&run->memory, &engine->allocator, 0);
    run->job.arena = &run->memory;
    run->describing.stored.allocator = NULL;
    job_start(engine, parent, &run->job, &left_out_kind);
}
