/* Amounts in the org's corporate currency, by the org's own rates. */
#ifndef PERLY_MAP_MONEY_H
#define PERLY_MAP_MONEY_H

#include "base/sha256.h"
#include "base/slice.h"

typedef struct MoneyRate {
    Slice code;        /* of the currency */
    int64_t starts_ms; /* first day; TIME_MS_MIN: it holds where no other does */
    int64_t ends_ms;   /* first day of the next; TIME_MS_MAX: there is none */
    double rate;       /* what one unit of the corporate currency is in it; 0: not known */
} MoneyRate;

typedef struct MoneyRates {
    const MoneyRate *items; /* in order of code, then of starts_ms */
    uint32_t count;
} MoneyRates;

/* False: the org has one currency, or the record tells none; then the amount is what it is. */
bool money_is_converted(const MoneyRates *rates, Slice currency);

/*
 * Turns `*amount` of `currency` into the corporate one, by the rate of the day; TIME_MS_MIN: by the rate that
 * has no day. False: no rate is known.
 */
bool money_convert(const MoneyRates *rates, Slice currency, int64_t day_ms, double *amount);

/* Adds all rates to a hash; nothing when there are none. */
void money_hash(const MoneyRates *rates, Sha256 *sha);

#endif
