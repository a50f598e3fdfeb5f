/*
 * status --history: the certificates that the last cuts kept, an event "certificate" of each object: "cut",
 * "at", and the members of certificate.h. `limit` is how many cuts are told, the last first: 1 to
 * CERTIFICATES_MAX.
 */
#ifndef PERLY_SYNC_ADMIN_STATUS_HISTORY_H
#define PERLY_SYNC_ADMIN_STATUS_HISTORY_H

#include "sync/run/command.h"

enum { STATUS_HISTORY_CUTS = 10 }; /* when no limit is given */

/* The effect of the command. */
void status_history_start(Command *command);

#endif
