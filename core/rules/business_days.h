/*
 * Days of a person's calendar. A day is a count of days since 1970-01-01; a business day is any but Saturday,
 * Sunday and the holidays given.
 *
 *     const int64_t today = rules_local_day(zones, SLICE("Europe/Berlin"), now_ms);
 *     const int64_t due = business_days_after(today, 2, NULL, 0);     Friday + 2 = Tuesday
 */
#ifndef PERLY_RULES_BUSINESS_DAYS_H
#define PERLY_RULES_BUSINESS_DAYS_H

#include "base/zones.h"

#define RULES_DAY_MS INT64_C(86400000)

enum { BUSINESS_DAYS_MAX = 365, RULES_DATE_BYTES = 10 };

/* `holidays` in ascending order; they may be NULL when there are none. */
bool business_day(int64_t day, const int64_t *holidays, size_t holiday_count);

/*
 * The `count`-th business day after `day`; with 0 the day itself, or the next business day when it is none.
 * `count` is cut to 0..BUSINESS_DAYS_MAX. Never before `day`.
 */
int64_t business_days_after(int64_t day, int64_t count, const int64_t *holidays, size_t holiday_count);

/*
 * The date that a clock on the wall of `zone` shows at an instant. UTC when `zones` is NULL or the name is
 * empty or not known.
 */
int64_t rules_local_day(const Zones *zones, Slice zone, int64_t ms);

/* An hour of a local day as UTC milliseconds; without zones, or for a zone that is not known, it is UTC's. */
int64_t rules_local_hour(const Zones *zones, Slice zone, int64_t day, int64_t hour);

/* "2026-11-23" */
void rules_date_print(int64_t day, char text[RULES_DATE_BYTES]);

#endif
