#include "sync/commands.h"

static const CommandKind kinds[] = {
    {SLICE_INIT("connect"), COMMAND_NEEDS_STORE, BUDGET_SESSION, connect_start, false},
    {SLICE_INIT("connect_finish"), COMMAND_NEEDS_LEASE, BUDGET_SESSION, connect_finish_start, true},
    {SLICE_INIT("connect_headless"), COMMAND_NEEDS_LEASE, BUDGET_SESSION, connect_headless_start, true},
    {SLICE_INIT("check"), COMMAND_NEEDS_CONNECTION, BUDGET_CHECK, check_start, false},
    {SLICE_INIT("setup_undo"), COMMAND_NEEDS_CONNECTION, BUDGET_SETUP, setup_undo_start, false},
    {SLICE_INIT("setup_manual"), COMMAND_NEEDS_STORE, BUDGET_SETUP, setup_manual_start, false},
    {SLICE_INIT("setup_readers"), COMMAND_NEEDS_CONNECTION, BUDGET_SETUP, setup_readers_start, false},
    {SLICE_INIT("setup"), COMMAND_NEEDS_CONNECTION, BUDGET_SETUP, setup_start, false},
    {SLICE_INIT("sync"), COMMAND_NEEDS_CONNECTION, BUDGET_PULL, sync_start, false},
    {SLICE_INIT("push"), COMMAND_NEEDS_CONNECTION, BUDGET_PUSH, push_start, false},
    {SLICE_INIT("status"), COMMAND_NEEDS_STORE, BUDGET_SESSION, status_start, false},
    {SLICE_INIT("accounts"), COMMAND_NEEDS_STORE, BUDGET_SESSION, accounts_start, false},
    {SLICE_INIT("explain"), COMMAND_NEEDS_STORE, BUDGET_SESSION, explain_start, false},
    {SLICE_INIT("rescore"), COMMAND_NEEDS_STORE, BUDGET_SESSION, rescore_start, false},
    {SLICE_INIT("fields"), COMMAND_NEEDS_STORE, BUDGET_SESSION, fields_start, false},
    {SLICE_INIT("errors"), COMMAND_NEEDS_STORE, BUDGET_SESSION, errors_start, false},
    {SLICE_INIT("actions"), COMMAND_NEEDS_STORE, BUDGET_SESSION, actions_start, false},
    {SLICE_INIT("actions_decide"), COMMAND_NEEDS_LEASE, BUDGET_SESSION, actions_decide_start, false},
    {SLICE_INIT("signals_import"), COMMAND_NEEDS_LEASE, BUDGET_SESSION, signals_import_start, false},
    {SLICE_INIT("config_check"), COMMAND_NEEDS_STORE, BUDGET_SESSION, config_check_start, false},
    {SLICE_INIT("config_show"), COMMAND_NEEDS_STORE, BUDGET_SESSION, config_show_start, false},
    {SLICE_INIT("disconnect"), COMMAND_NEEDS_LEASE, BUDGET_SESSION, disconnect_start, true},
};

const CommandList COMMANDS = {kinds, sizeof kinds / sizeof kinds[0]};
