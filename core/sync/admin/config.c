/*
 * config_check: every mistake of a configuration as an event "issue", with its place; the command ends with
 * the first of them. Where the org's fields were told once (describing.h), what the mapping names is compared
 * with them, and expressions with their types. config_show: the configuration as it is in force, all defaults
 * filled in, for people.
 */
#include "config/model.h"
#include "sync/plan/describing.h"
#include "sync/plan/planning.h"
#include "sync/run/command.h"

#define CHECK_POINTS(X) X(DESCRIBE)

typedef struct ConfigCheck {
    Job job; /* first */
    Command *command;
    ConfigIssues issues;
    Config *config;
    Arena memory;
    Describing describing;
    bool compared; /* with the org's fields */
} ConfigCheck;

static JobStatus check_step(Job *job, const Completion *got);
static void check_close(Job *job);
JOB_KIND(check_kind, "config check", check_step, check_close);

static Error compile(Command *command, ConfigIssues *issues, Config **config)
{
    Slice text = {NULL, 0};
    Slice name = {NULL, 0};
    Model *model = NULL;
    *issues = (ConfigIssues){.count = 0};
    RETURN_IF_ERROR(json_text_or(json_get(command->arguments, SLICE("config")), SLICE(""), &text));
    RETURN_IF_ERROR(
        json_text_or(json_get(command->arguments, SLICE("config_name")), SLICE("configuration"), &name));
    RETURN_IF_ERROR(config_read(&command->memory, text, name, issues, config));
    return model_compile(&command->memory, *config, NULL, 0, command->session->zones, issues, &model);
}

static void tell_config(Command *command, const Config *config, Slice text)
{
    Event event;
    event_begin(&event, &command->memory, SLICE("config"));
    event_text(&event, SLICE("text"), text);
    event_text(&event, SLICE("hash"), slice_make(config->hash, SHA256_HEX_BYTES));
    event_text(&event, SLICE("model_hash"), slice_make(config->model_hash, SHA256_HEX_BYTES));
    event_send(&event, command->job.engine);
}

/* A field that no source of the entity has, or an expression that does not fit it; the first of its mistakes.
 */
static Error check_mapping(ConfigCheck *check, Entity entity, const ConfigMapping *mapping)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Described *object = &check->describing.objects[source];
        if (planning_entity((Source)source) != entity || !object->known) {
            continue;
        }
        const Error error = planning_try(&check->memory, (Source)source, mapping,
                                         check->command->session->zones, &object->describe);
        if (error.code == ERROR_OUT_OF_MEMORY) {
            return error;
        }
        if (error.code != ERROR_OK) {
            config_issue_add(&check->issues, config_error(&check->memory, check->config, &mapping->expression,
                                                          error.code, error.message, error.place));
            return ERROR_NONE;
        }
    }
    return ERROR_NONE;
}

/* The default's own mappings too: it is part of what is checked. */
static Error check_mappings(ConfigCheck *check)
{
    for (unsigned entity = 0; entity < ENTITY_COUNT; entity++) {
        const ConfigMappings *mappings = &check->config->mappings[entity];
        for (uint32_t i = 0; i < mappings->count; i++) {
            RETURN_IF_ERROR(check_mapping(check, (Entity)entity, &mappings->items[i]));
        }
    }
    return check->issues.count == 0 ? ERROR_NONE : check->issues.items[0];
}

/* The model once more, with the types of the org. */
static Error check_types(ConfigCheck *check)
{
    Plan *plans[SOURCE_COUNT] = {NULL};
    Model *model = NULL;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const Described *object = &check->describing.objects[source];
        if (object->known) {
            RETURN_IF_ERROR(planning_make(&check->memory, (Source)source, check->config,
                                          check->command->session->zones, &object->describe, &plans[source]));
        }
    }
    return planning_model(&check->memory, plans, check->config, check->command->session->zones,
                          &check->issues, &model);
}

/* All that expressions see columns of. */
static bool is_described(const ConfigCheck *check)
{
    static const Source needed[] = {SOURCE_ACCOUNT, SOURCE_CONTACT, SOURCE_OPPORTUNITY,
                                    SOURCE_TASK,    SOURCE_EVENT,   SOURCE_USER};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (!check->describing.objects[needed[i]].known) {
            return false;
        }
    }
    return true;
}

static Error compare(ConfigCheck *check)
{
    check->compared = is_described(check);
    if (!check->compared) {
        return ERROR_NONE;
    }
    RETURN_IF_ERROR(check_mappings(check));
    return check_types(check);
}

static void start_describing(ConfigCheck *check)
{
    check->describing = (Describing){.session = check->command->session, .offline = true};
    describing_start(check->job.engine, &check->job, &check->describing);
}

static Error tell_issues(ConfigCheck *check, Error error)
{
    const ConfigIssues *issues = &check->issues;
    const uint32_t told = issues->count < CONFIG_ISSUES_MAX ? issues->count : CONFIG_ISSUES_MAX;
    for (uint32_t i = 0; i < told; i++) {
        Event event;
        event_begin(&event, &check->memory, SLICE("issue"));
        event_error(&event, issues->items[i]);
        event_send(&event, check->job.engine);
    }
    if (error.code == ERROR_OK) {
        tell_config(
            check->command, check->config,
            check->compared
                ? SLICE("the configuration is good, and the org has the fields that it maps")
                : SLICE("the configuration is good; what the org has is compared after a first sync"));
    }
    return error_copy(&check->command->memory, error);
}

/* What can be said without the org. */
static Error read(ConfigCheck *check)
{
    const Error error = compile(check->command, &check->issues, &check->config);
    return error.code == ERROR_OK ? error : tell_issues(check, error);
}

static JobStatus check_step(Job *job, const Completion *got)
{
    ConfigCheck *const check = (ConfigCheck *)job;
    JOB_BEGIN(job, CHECK_POINTS);
    TRY(job, read(check));
    AWAIT(job, DESCRIBE, start_describing(check));
    TRY(job, tell_issues(check, compare(check)));
    JOB_END(job);
}

static void check_close(Job *job)
{
    ConfigCheck *check = (ConfigCheck *)job;
    describing_free(&check->describing);
    arena_free(&check->memory);
}

void config_check_start(Command *command)
{
    ConfigCheck *check = COMMAND_CHILD(command, ConfigCheck);
    if (check == NULL) {
        return;
    }
    check->command = command;
    arena_init(&check->memory, &command->job.engine->allocator, 0);
    check->job.arena = &check->memory;
    command_run_child(command, &check->job, &check_kind);
}

static void new_line(Buffer *text, uint32_t depth)
{
    buffer_append_byte(text, '\n');
    for (uint32_t i = 0; i < depth; i++) {
        buffer_append(text, SLICE("  "));
    }
}

/* Canonical JSON with a line a member; empty containers stay closed. The depth is the parser's, 64 at most.
 */
static void write_pretty(Buffer *text, Slice json)
{
    uint32_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.length; i++) {
        const char byte = json.data[i];
        const bool opens = !quoted && (byte == '{' || byte == '[');
        const bool closes = !quoted && (byte == '}' || byte == ']');
        const bool empty = i > 0 && (json.data[i - 1] == '{' || json.data[i - 1] == '[');
        if (closes) {
            depth--;
            if (!empty) {
                new_line(text, depth);
            }
        }
        buffer_append_byte(text, byte);
        if (quoted && byte == '\\') {
            buffer_append_byte(text, json.data[++i]);
        } else if (byte == '"') {
            quoted = !quoted;
        } else if (opens) {
            depth++;
            if (i + 1 < json.length && json.data[i + 1] != '}' && json.data[i + 1] != ']') {
                new_line(text, depth);
            }
        } else if (!quoted && byte == ',') {
            new_line(text, depth);
        } else if (!quoted && byte == ':') {
            buffer_append_byte(text, ' ');
        }
    }
}

void config_show_start(Command *command)
{
    ConfigIssues *issues = COMMAND_CHILD(command, ConfigIssues);
    Config *config = NULL;
    if (issues == NULL) {
        return;
    }
    Slice canonical = SLICE("");
    Error error = compile(command, issues, &config);
    if (error.code == ERROR_OK) {
        error = config_write_canonical(&command->memory, config, &canonical);
    }
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    Buffer text;
    buffer_init(&text, &command->memory, 0);
    write_pretty(&text, canonical);
    tell_config(command, config, buffer_slice(&text));
    engine_done(&command->job);
}
