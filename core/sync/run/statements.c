#include "sync/run/statements.h"

#include "base/assert.h"

static const Statement statements[STATEMENT_COUNT] = {
#define STATEMENT(name, params, results, sqlite, postgresql)                                                 \
    [STATEMENT_##name] = {SLICE_INIT(#name), SLICE_INIT(sqlite), SLICE_INIT(postgresql), SLICE_INIT(params), \
                          SLICE_INIT(results)},
#include "sync/run/statements.def"
#undef STATEMENT
};

const Statement *sync_statement(SyncStatement statement)
{
    perly_assert((unsigned)statement < STATEMENT_COUNT);
    return &statements[statement];
}
