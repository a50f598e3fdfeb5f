/*
 * Marking: which accounts must be scored again for rows that name no account: roles of contacts, e-mail
 * messages, the history of opportunities. Rows of the others mark their accounts as they are written
 * (batch.h); these find them through another table, so they do it once a window, in its last transaction.
 */
#ifndef PERLY_SYNC_MARKING_H
#define PERLY_SYNC_MARKING_H

#include "map/attributes.h"
#include "store/store.h"

/*
 * Adds the accounts of the source's rows that the window which ends at `seen_ms` wrote. Nothing is added for
 * a source whose rows name their accounts, nor before the first cut: everything is scored then.
 */
void marking_write(StoreOps *ops, Source source, int64_t seen_ms);

#endif
