/*
 * setup_readers: who else sees the score. {"command":"setup_readers","readers":"Sales, Support Lead"}: names
 * of permission sets or profiles, with commas between; each gets read access to the three fields of Account.
 * All names are looked up before anything is granted. What is there already, more than reading too, is left
 * as it is.
 *
 * Told as {"event":"setup","state":"created"|"present"|"missing","what":"reader_access","name":
 * "Account.Perly_Health_Score__c","text":"read, for Sales"}; {"plan":true} grants nothing.
 */
#include "salesforce/permission_set.h"
#include "salesforce/query.h"
#include "salesforce/record.h"
#include "sync/run/command.h"

#define READERS_POINTS(X) X(FIND) X(LOOK) X(GRANT)

enum { READERS_MAX = 50, READER_FIELDS = SF_OWN_LAST_UPDATED + 1 };

typedef struct Reader {
    Slice name;
    char set_id[SF_ID_BYTES]; /* of the permission set, or the hidden one of the profile */
} Reader;

typedef struct SetupReaders {
    Job job; /* first */
    Session *session;
    bool plan;
    int *exit; /* of the command, when a plan found something missing */

    Arena memory;
    Arena scratch;
    Request request;
    RequestSpec spec;
    Reader readers[READERS_MAX];
    uint32_t count;
    uint32_t reader;
    uint32_t field;
    bool present[READER_FIELDS];
} SetupReaders;

static JobStatus readers_step(Job *job, const Completion *got);
static void readers_close(Job *job);
JOB_KIND(readers_kind, "setup readers", readers_step, readers_close);

static void send(SetupReaders *setup, Error error)
{
    request_try(&setup->job, &setup->request, &setup->spec, error);
}

static Slice reader_id(const SetupReaders *setup)
{
    return slice_make(setup->readers[setup->reader].set_id, SF_ID_BYTES);
}

static void find(SetupReaders *setup)
{
    Slice soql = {NULL, 0};
    arena_reset(&setup->memory);
    Error error = sf_reader_soql(&setup->memory, setup->readers[setup->reader].name, &soql);
    if (error.code == ERROR_OK) {
        error = sf_query(&setup->memory, setup->session->api_version, SF_QUERY, soql, &setup->spec);
    }
    send(setup, error);
}

static Error read_found(SetupReaders *setup, Slice body)
{
    SfQueryPage page;
    Reader *reader = &setup->readers[setup->reader];
    RETURN_IF_ERROR(sf_query_read(&setup->memory, &setup->scratch, body, sf_row_id, reader->set_id, &page));
    return reader->set_id[0] != '\0'
               ? ERROR_NONE
               : ERROR_TEXT(setup->job.parent->arena, ERROR_COMMAND_ARGUMENT,
                            SLICE("no permission set and no profile is called "), reader->name);
}

static void look(SetupReaders *setup)
{
    Slice soql = {NULL, 0};
    arena_reset(&setup->memory);
    memset(setup->present, 0, sizeof setup->present);
    Error error = sf_field_permissions_soql(&setup->memory, reader_id(setup), &soql);
    if (error.code == ERROR_OK) {
        error = sf_query(&setup->memory, setup->session->api_version, SF_QUERY, soql, &setup->spec);
    }
    send(setup, error);
}

static Error take_access(void *context, JsonValue record)
{
    SetupReaders *setup = context;
    bool known = false;
    bool edit = false;
    SfOwnField field = SF_OWN_FIELD_COUNT;
    RETURN_IF_ERROR(sf_field_permission_row(record, &known, &field, &edit));
    if (known && (uint32_t)field < (uint32_t)READER_FIELDS) {
        setup->present[field] = true;
    }
    return ERROR_NONE;
}

static Error read_access(SetupReaders *setup, Slice body)
{
    SfQueryPage page;
    return sf_query_read(&setup->memory, &setup->scratch, body, take_access, setup, &page);
}

static void grant(SetupReaders *setup)
{
    arena_reset(&setup->memory);
    send(setup, sf_field_permission_create(&setup->memory, setup->session->api_version, reader_id(setup),
                                           (SfOwnField)setup->field, false, &setup->spec));
}

/* Another writer was first, or the answer to an earlier try was lost: it is there. */
static Error check_granted(const Completion *got)
{
    return got->error.code == ERROR_SF_DUPLICATE_VALUE ? ERROR_NONE : got->error;
}

static void tell(SetupReaders *setup, Slice state)
{
    const SfOwnFieldFacts *own = sf_own_field((SfOwnField)setup->field);
    Buffer text;
    Event event;
    arena_reset(&setup->scratch);
    event_begin(&event, &setup->scratch, SLICE("setup"));
    event_text(&event, SLICE("state"), state);
    event_text(&event, SLICE("what"), SLICE("reader_access"));
    buffer_init(&text, &setup->scratch, 0);
    buffer_append(&text, own->object);
    buffer_append_byte(&text, '.');
    buffer_append(&text, own->name);
    event_text(&event, SLICE("name"), buffer_slice(&text));
    buffer_clear(&text);
    buffer_append(&text, SLICE("read, for "));
    buffer_append(&text, setup->readers[setup->reader].name);
    event_text(&event, SLICE("text"), buffer_slice(&text));
    event_send(&event, setup->job.engine);
}

static JobStatus readers_step(Job *job, const Completion *got)
{
    SetupReaders *const setup = (SetupReaders *)job;
    JOB_BEGIN(job, READERS_POINTS);
    for (setup->reader = 0; setup->reader < setup->count; setup->reader++) {
        AWAIT(job, FIND, find(setup));
        TRY(job, read_found(setup, got->body));
    }
    for (setup->reader = 0; setup->reader < setup->count; setup->reader++) {
        AWAIT(job, LOOK, look(setup));
        TRY(job, read_access(setup, got->body));
        for (setup->field = 0; setup->field < READER_FIELDS; setup->field++) {
            if (setup->present[setup->field] || setup->plan) {
                *setup->exit = setup->present[setup->field] ? *setup->exit : (int)COMMAND_EXIT_DIFFERENT;
                tell(setup, setup->present[setup->field] ? SLICE("present") : SLICE("missing"));
                continue;
            }
            AWAIT_ANY(job, GRANT, grant(setup));
            TRY(job, check_granted(got));
            tell(setup, SLICE("created"));
        }
    }
    JOB_END(job);
}

static void readers_close(Job *job)
{
    SetupReaders *setup = (SetupReaders *)job;
    arena_free(&setup->scratch);
    arena_free(&setup->memory);
}

static Error read_arguments(Command *command, SetupReaders *setup)
{
    Slice list = {NULL, 0};
    RETURN_IF_ERROR(json_text(json_get(command->arguments, SLICE("readers")), &list));
    RETURN_IF_ERROR(json_bool_or(json_get(command->arguments, SLICE("plan")), false, &setup->plan));
    for (size_t at = 0; at < list.length;) {
        const size_t end = slice_find_byte(list, ',', at);
        const Slice name = slice_trim(slice_part(list, at, end));
        at = end + 1;
        if (name.length == 0) {
            continue;
        }
        if (setup->count == READERS_MAX) {
            return error_make(ERROR_COMMAND_ARGUMENT, SLICE("at most 50 readers at once"));
        }
        setup->readers[setup->count++].name = name;
    }
    return ERROR_NONE;
}

void setup_readers_start(Command *command)
{
    SetupReaders *setup = COMMAND_CHILD(command, SetupReaders);
    if (setup == NULL) {
        return;
    }
    const Error error = read_arguments(command, setup);
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    setup->session = command->session;
    setup->exit = &command->exit;
    arena_init(&setup->memory, &command->job.engine->allocator, 0);
    arena_init(&setup->scratch, &command->job.engine->allocator, 0);
    setup->job.arena = &setup->memory;
    command_run_child(command, &setup->job, &readers_kind);
}
