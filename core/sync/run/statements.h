/* The statement catalogue of the jobs: statements.def as data. Tests run every entry on both databases. */
#ifndef PERLY_SYNC_RUN_STATEMENTS_H
#define PERLY_SYNC_RUN_STATEMENTS_H

#include "store/store.h"

typedef enum SyncStatement {
#define STATEMENT(name, params, results, sqlite, postgresql) STATEMENT_##name,
#include "sync/run/statements.def"
#undef STATEMENT
    STATEMENT_COUNT
} SyncStatement;

const Statement *sync_statement(SyncStatement statement);

#endif
