#include "sync/plan/rates.h"

#include "base/time.h"
#include "sync/run/statements.h"

void rates_give(const Rates *rates, Plan *const *plans)
{
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        if (plans[source] != NULL) {
            plans[source]->rates = &rates->rates;
        }
    }
}

bool rates_wanted(Plan *const *plans)
{
    bool wanted = false;
    for (unsigned source = 0; source < SOURCE_COUNT; source++) {
        const uint32_t count = plans[source] == NULL ? 0 : plans[source]->column_count;
        for (uint32_t i = 0; i < count; i++) {
            wanted = wanted || plans[source]->columns[i].converts;
        }
    }
    return wanted;
}

static int64_t time_or(RowView row, uint32_t column, int64_t none_ms)
{
    return row_state(row, column) == ROW_VALUE ? row_int64(row, column) : none_ms;
}

static Error add_rate(Rates *rates, RowView row)
{
    enum { CODE, RATE, STARTS, ENDS, ROOM_MIN = 64 };
    if (rates->rates.count == rates->room) {
        const uint32_t room = rates->room == 0 ? ROOM_MIN : 2 * rates->room;
        MoneyRate *items = arena_resize(rates->arena, rates->items, rates->room * sizeof *items,
                                        room * sizeof *items, _Alignof(MoneyRate));
        if (items == NULL) {
            return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for rates"));
        }
        rates->items = items;
        rates->rates.items = items;
        rates->room = room;
    }
    MoneyRate *rate = &rates->items[rates->rates.count++];
    *rate = (MoneyRate){.starts_ms = time_or(row, STARTS, TIME_MS_MIN),
                        .ends_ms = time_or(row, ENDS, TIME_MS_MAX),
                        .rate = row_state(row, RATE) == ROW_VALUE ? row_double(row, RATE) : 0};
    return ROW_KEEP(row, rates->arena, {CODE, &rate->code})
               ? ERROR_NONE
               : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for rates"));
}

static uint32_t take_rates(void *context, const RowBatch *batch)
{
    Rates *rates = context;
    for (uint32_t i = 0; i < batch->row_count && rates->query.error.code == ERROR_OK; i++) {
        rates->query.error = add_rate(rates, row_at(batch, i));
    }
    return PERLY_MORE;
}

void rates_read(Rates *rates, Job *job)
{
    rates->rates.count = 0;
    store_query(job, &rates->query, sync_statement(STATEMENT_RATES_READ), NULL, take_rates, rates);
}
