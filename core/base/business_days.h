/*
 * Business days: any day but Saturday, Sunday and the holidays given. A day is a count of days since
 * 1970-01-01. Due dates and the expression language's business_days() count them alike:
 *
 *     business_days_between(day, business_days_after(day, 2, holidays, count), holidays, count) == 2
 *
 * `holidays` are in ascending order, each once; NULL when there are none.
 */
#ifndef PERLY_BASE_BUSINESS_DAYS_H
#define PERLY_BASE_BUSINESS_DAYS_H

#include "base/slice.h"

enum { BUSINESS_DAYS_MAX = 365 };

bool business_day(int64_t day, const int64_t *holidays, size_t holiday_count);

/*
 * The `count`-th business day after `day`; with 0 the day itself, or the next business day when it is none.
 * `count` is cut to 0..BUSINESS_DAYS_MAX. Never before `day`.
 */
int64_t business_days_after(int64_t day, int64_t count, const int64_t *holidays, size_t holiday_count);

/*
 * How many business days come after `from`, up to and with `to`; the other way round, and negative, when `to`
 * is earlier. Takes time for the holidays between the two alone.
 */
int64_t business_days_between(int64_t from, int64_t to, const int64_t *holidays, size_t holiday_count);

#endif
