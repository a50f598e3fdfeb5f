/*
 * config_check: every mistake of a configuration as an event "issue", with its place; the command ends with
 * the first of them. config_show: the configuration as it is in force, all defaults filled in, for people.
 */
#include "config/model.h"
#include "sync/command.h"

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

void config_check_start(Command *command)
{
    ConfigIssues *issues = COMMAND_CHILD(command, ConfigIssues);
    Config *config = NULL;
    if (issues == NULL) {
        return;
    }
    const Error error = compile(command, issues, &config);
    const uint32_t told = issues->count < CONFIG_ISSUES_MAX ? issues->count : CONFIG_ISSUES_MAX;
    for (uint32_t i = 0; i < told; i++) {
        Event event;
        event_begin(&event, &command->memory, SLICE("issue"));
        event_error(&event, issues->items[i]);
        event_send(&event, command->job.engine);
    }
    if (error.code == ERROR_OK) {
        tell_config(command, config, SLICE("the configuration is good"));
    }
    engine_fail(&command->job, error);
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
    const Error error = compile(command, issues, &config);
    if (error.code == ERROR_OK) {
        Buffer text;
        buffer_init(&text, &command->memory, 0);
        write_pretty(&text, config->canonical);
        tell_config(command, config, buffer_slice(&text));
    }
    engine_fail(&command->job, error);
}
