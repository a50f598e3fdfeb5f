/*
 * Days of a person's calendar, counted from 1970-01-01 (base/business_days.h).
 *
 *     const int64_t today = rules_local_day(zones, SLICE("Europe/Berlin"), now_ms);
 *     const int64_t due = business_days_after(today, 2, NULL, 0);     Friday + 2 = Tuesday
 */
#ifndef PERLY_RULES_LOCAL_DAY_H
#define PERLY_RULES_LOCAL_DAY_H

#include "base/zones.h"

#define RULES_DAY_MS INT64_C(86400000)

enum { RULES_DATE_BYTES = 10 };

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
