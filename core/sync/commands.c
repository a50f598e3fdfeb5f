#include "sync/commands.h"

#define COMMAND(name, needs, purpose, ends_session)                                                          \
    {SLICE_INIT(#name), COMMAND_NEEDS_##needs, BUDGET_##purpose, name##_start, ends_session},
static const CommandKind kinds[] = {
#include "sync/run/commands.def"
};
#undef COMMAND

const CommandList COMMANDS = {kinds, sizeof kinds / sizeof kinds[0]};
