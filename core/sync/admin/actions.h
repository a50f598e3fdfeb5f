/* What waits in the outbox for a person, who names it by an id. */
#ifndef PERLY_SYNC_ADMIN_ACTIONS_H
#define PERLY_SYNC_ADMIN_ACTIONS_H

#include "sync/run/query.h"

/* What `actions` shows as an action's id: enough of the key to tell it from others. */
Slice action_id(Slice key);

/* The row of ACTIONS_LIST as an event "action". */
Error action_tell(Query *query, RowView row);

#endif
