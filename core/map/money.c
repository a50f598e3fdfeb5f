#include "map/money.h"

bool money_is_converted(const MoneyRates *rates, Slice currency)
{
    return rates->count != 0 && currency.length != 0;
}

/* The first rate of a currency, or the end of the list. */
static uint32_t first_of(const MoneyRates *rates, Slice currency)
{
    uint32_t low = 0;
    uint32_t high = rates->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (slice_compare(rates->items[middle].code, currency) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Of a day the rate of the period that it lies in; else the one that has no period. */
static bool find_rate(const MoneyRates *rates, Slice currency, int64_t day_ms, double *rate)
{
    bool found = false;
    for (uint32_t at = first_of(rates, currency);
         at < rates->count && slice_equal(rates->items[at].code, currency) &&
         rates->items[at].starts_ms <= day_ms;
         at++) {
        const MoneyRate *item = &rates->items[at];
        if (item->ends_ms > day_ms) {
            *rate = item->rate;
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

void money_hash(const MoneyRates *rates, Sha256 *sha)
{
    for (uint32_t i = 0; i < rates->count; i++) {
        const MoneyRate *item = &rates->items[i];
        sha256_update(sha, item->code);
        sha256_update(sha, slice_make((const char *)&item->starts_ms, sizeof item->starts_ms));
        sha256_update(sha, slice_make((const char *)&item->ends_ms, sizeof item->ends_ms));
        sha256_update(sha, slice_make((const char *)&item->rate, sizeof item->rate));
    }
}
