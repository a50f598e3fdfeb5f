/*
 * Statements over the table of a source. Which table it is, is known when they run, so they stand in no
 * catalogue: one text is rendered for both databases. In it {T} is the source's table, {S} the schema, {A}
 * the account that a row of it (`held`) names; parameters are
 *
 *     :o  the source's object   :p  the prefix of its ids: two objects may share a table
 *     :n  a name                :a  a bool          :t  a time          :r  a count
 */
#ifndef PERLY_SYNC_RUN_OVER_TABLE_H
#define PERLY_SYNC_RUN_OVER_TABLE_H

#include "map/attributes.h"
#include "store/store.h"

/* Conditions: rows of the object, and those that are not deleted. */
#define OVER_OF_OBJECT "substr(id, 1, 3) = :p"
#define OVER_HELD OVER_OF_OBJECT " AND (deleted IS NULL OR NOT deleted)"

/* Values of the parameters; those that the text does not have are not read. */
typedef struct OverTable {
    Source source;
    Slice name;
    Slice prefix;
    bool accept;
    int64_t at_ms;
    int64_t rows;
} OverTable;

/* Adds the statement; `name` and the object are its name for adapters. */
void over_table_run(StoreOps *ops, Slice name, Slice text, const OverTable *values);

#endif
