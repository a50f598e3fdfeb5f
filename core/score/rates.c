/* What amounts are converted by, from stored rows. */
#include "base/time.h"
#include "score/internal.h"

Error feature_rates_make(Arena *arena, const Schemas *schemas, FeatureRows rows, MoneyRates *rates)
{
    const RowSchema *schema = &schemas->entities[ENTITY_RATE].stored;
    const uint32_t rate = schema_column(schema, SLICE("rate"));
    const uint32_t ends = schema_column(schema, SLICE("ends"));
    MoneyRate *items = ARENA_ARRAY(arena, MoneyRate, rows.count);
    if (items == NULL) {
        return error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for rates"));
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        const FeatureRow *row = &rows.items[i];
        const bool ended = row_state(row->view, ends) == ROW_VALUE;
        const bool known = row_state(row->view, rate) == ROW_VALUE;
        items[i] = (MoneyRate){.code = row->group,
                               .starts_ms = row->date == INT64_MIN ? TIME_MS_MIN : row->date,
                               .ends_ms = ended ? row_int64(row->view, ends) : TIME_MS_MAX,
                               .rate = known ? row_double(row->view, rate) : 0};
    }
    *rates = (MoneyRates){items, rows.count};
    return ERROR_NONE;
}
