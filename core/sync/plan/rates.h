/*
 * The stored rates, by which expressions of the mapping see amounts (plan.h). They are read before the pulls
 * and again after them: rates are part of a column's recipe, so one that reads amounts is read anew when a
 * pull brought others (columns.h), in the first sync of an org with several currencies as well.
 */
#ifndef PERLY_SYNC_PLAN_RATES_H
#define PERLY_SYNC_PLAN_RATES_H

#include "map/plan.h"
#include "store/store.h"

typedef struct Rates {
    Arena *arena;
    MoneyRates rates;
    MoneyRate *items;
    uint32_t room;
    StoreQuery query;
} Rates;

/* Gives the rates to the plans, one a source or NULL, as they are and as they will be read. */
void rates_give(const Rates *rates, Plan *const *plans);

/* True when an expression of a plan reads amounts: nobody else needs the rates. */
bool rates_wanted(Plan *const *plans);

/* The effect; `arena` is filled in, and has the rates. */
void rates_read(Rates *rates, Job *job);

#endif
