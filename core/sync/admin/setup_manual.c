/*
 * setup_manual: for an administrator who makes the fields by hand. The exact list, as events {"event":
 * "setup","state":"wanted",...} in the order in which setup would make it; with {"package":true} the files of
 * a Salesforce DX project instead, as events {"event":"file","path":"...","text":"..."} that the host writes.
 * Needs no connection.
 */
#include "salesforce/package.h"
#include "salesforce/versions.h"
#include "sync/admin/setup.h"
#include "sync/run/command.h"

static Error tell_files(Command *command)
{
    for (size_t i = 0; i < SF_PACKAGE_FILES; i++) {
        Slice path = {NULL, 0};
        Slice text = {NULL, 0};
        Event event;
        RETURN_IF_ERROR(sf_package_file(&command->memory, i, SF_VERSION_OURS, &path, &text));
        event_begin(&event, &command->memory, SLICE("file"));
        event_text(&event, SLICE("path"), path);
        event_text(&event, SLICE("text"), text);
        event_send(&event, command->job.engine);
    }
    Event event;
    event_begin(&event, &command->memory, SLICE("notice"));
    event_text(&event, SLICE("text"),
               SLICE("\nIn that folder: sf project deploy start --source-dir force-app\n"
                     "then for the user that Perly connects as: sf org assign permset --name Perly_Sync"));
    event_send(&event, command->job.engine);
    return ERROR_NONE;
}

static void tell_list(Command *command)
{
    for (uint32_t i = 0; i < SETUP_PARTS; i++) {
        Event event;
        event_begin(&event, &command->memory, SLICE("setup"));
        event_text(&event, SLICE("state"), SLICE("wanted"));
        setup_tell_part(&event, i);
        event_send(&event, command->job.engine);
    }
}

void setup_manual_start(Command *command)
{
    bool package = false;
    Error error = json_bool_or(json_get(command->arguments, SLICE("package")), false, &package);
    if (error.code == ERROR_OK && package) {
        error = tell_files(command);
    } else if (error.code == ERROR_OK) {
        tell_list(command);
    }
    if (error.code != ERROR_OK) {
        engine_fail(&command->job, error);
        return;
    }
    engine_done(&command->job);
}
