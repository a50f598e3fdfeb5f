/* Amounts in the org's corporate currency, by the org's own rates. */
#include "score/internal.h"

bool money_is_converted(const MoneyRates *rates, Slice currency)
{
    return rates->rows.count != 0 && currency.length != 0;
}

/* Of a day the rate of the period that it lies in; else, and for INT64_MIN, the one that has no period. */
static bool find_rate(const MoneyRates *rates, Slice currency, int64_t day_ms, double *rate)
{
    const FeatureRows rows = rates->rows;
    uint32_t at = feature_group_find(rows, currency);
    bool found = false;
    for (; at < rows.count && slice_equal(rows.items[at].group, currency); at++) {
        const RowView row = rows.items[at].view;
        const bool ended = row_state(row, rates->ends) == ROW_VALUE && row_int64(row, rates->ends) <= day_ms;
        if (rows.items[at].date <= day_ms && !ended && row_state(row, rates->rate) == ROW_VALUE) {
            *rate = row_double(row, rates->rate);
            found = *rate > 0;
        }
    }
    return found;
}

bool money_convert(const MoneyRates *rates, Slice currency, int64_t day_ms, double *amount)
{
    double rate = 0;
    if (!find_rate(rates, currency, day_ms, &rate)) {
        return false;
    }
    *amount /= rate;
    return *amount - *amount == 0; /* finite */
}
