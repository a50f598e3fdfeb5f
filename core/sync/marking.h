/*
 * Marking: which accounts must be scored again for rows that do not name them: roles of contacts, e-mail
 * messages, the history of opportunities, contacts as members of other accounts than their own, rates of
 * currencies. An account that a row names is marked as the row is written (batch.h); these are found through
 * another table, so it is done once a window, in its last transaction.
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
