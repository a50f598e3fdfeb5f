/*
 * The tables of one connection's database, as data: adapters render them. A person who opens the database
 * with sqlite3 finds real tables with real columns.
 */
#ifndef PERLY_STORE_TABLES_H
#define PERLY_STORE_TABLES_H

#include "store/record.h"

/* Raised with every change of the tables below; a database of any smaller number is migrated, and the
 * databases of tests/e2e/fixtures prove it. What is added by a table, column or index comes by itself; what
 * goes or is made anew needs an entry in migrations.def. */
enum { SCHEMA_NUMBER = 17 };

/*
 * One table. `columns`: "name type [flags]" separated by commas; the types are those of statements (store.h),
 * the flags `key` (part of the primary key) and `not null`. `indexes`: "name: column, column" separated by
 * semicolons, with `unique ` before the name where it is; empty for none.
 */
typedef struct Table {
    Slice name;
    Slice columns;
    Slice indexes;
    bool small; /* in SQLite WITHOUT ROWID */
} Table;

/* A view: its SELECT in the dialect of the database; empty: there is none by this name any more. */
typedef struct View {
    Slice name;
    Slice select;
} View;

/* What a schema has besides the fixed tables. */
typedef struct MoreTables {
    const Table *tables;
    size_t table_count;
    const View *views;
    size_t view_count;
} MoreTables;

/*
 * Appends the schema record of store_migrate (perly/host.h) for the fixed tables and `more` (those of the
 * mapped objects), with the migrations in `dialect` (PERLY_DIALECT_...). The record's hash covers all tables
 * and views.
 */
void tables_schema(Buffer *record, uint32_t dialect, const MoreTables *more);

#endif
