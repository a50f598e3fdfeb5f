/* All that a host can ask of the core, by name; what each takes is said in perly/perly.h. */
#ifndef PERLY_SYNC_COMMANDS_H
#define PERLY_SYNC_COMMANDS_H

#include "sync/run/command.h"

extern const CommandList COMMANDS;

#endif
