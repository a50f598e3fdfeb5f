/*
 * Marking: which accounts must be scored again for rows that do not name them: roles of contacts, e-mail
 * messages, the history of opportunities, contacts as members of other accounts than their own, owners, rates
 * of currencies; and relations, whose first load may come long after the first scores. An account that a row
 * names is marked as the row is written (batch.h); these are found through another table, so it is done once
 * a window, in its last transaction. When a window was stopped and another one takes its place, the rows that
 * the first one wrote are not new to the second: they are marked as the second begins.
 */
#ifndef PERLY_SYNC_PULL_MARKING_H
#define PERLY_SYNC_PULL_MARKING_H

#include "map/attributes.h"
#include "store/store.h"

/*
 * Adds the accounts of the source's rows that the window which ends at `seen_ms` wrote. Nothing is added for
 * a source whose rows were marked as they were written, nor before the first cut: everything is scored then.
 */
void marking_write(StoreOps *ops, Source source, int64_t seen_ms);

#endif
