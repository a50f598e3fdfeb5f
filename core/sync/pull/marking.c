#include "sync/pull/marking.h"

#include "sync/run/statements.h"

static bool find_statement(Source source, SyncStatement *statement)
{
    switch (source) {
    case SOURCE_OPPORTUNITY_ROLE:
    case SOURCE_ACCOUNT_ROLE: *statement = STATEMENT_DIRTY_ROLES; return true;
    case SOURCE_OPPORTUNITY_HISTORY:
    case SOURCE_OPPORTUNITY_FIELD_HISTORY: *statement = STATEMENT_DIRTY_HISTORY; return true;
    case SOURCE_EMAIL: *statement = STATEMENT_DIRTY_EMAILS; return true;
    case SOURCE_CURRENCY:
    case SOURCE_DATED_RATE: *statement = STATEMENT_DIRTY_RATES; return true;
    case SOURCE_CONTACT: *statement = STATEMENT_DIRTY_SHARED; return true;
    case SOURCE_RELATION: *statement = STATEMENT_DIRTY_RELATIONS; return true;
    case SOURCE_TASK_RELATION:
    case SOURCE_EVENT_RELATION:
    case SOURCE_EMAIL_RELATION: *statement = STATEMENT_DIRTY_ATTENDEES; return true;
    case SOURCE_USER: *statement = STATEMENT_DIRTY_OWNED; return true;
    case SOURCE_ACCOUNT:
    case SOURCE_OPPORTUNITY:
    case SOURCE_TASK:
    case SOURCE_EVENT:
    case SOURCE_COUNT: break;
    }
    return false;
}

void marking_write(StoreOps *ops, Source source, int64_t seen_ms)
{
    SyncStatement statement = STATEMENT_DIRTY_ROLES;
    StoreParams params;
    if (find_statement(source, &statement)) {
        store_params_begin(&params, ops->arena, sync_statement(statement));
        row_writer_time(&params.writer, 0, seen_ms);
        store_ops_run(ops, &params);
    }
}
