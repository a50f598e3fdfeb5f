#include "base/business_days.h"

#include "base/time.h"

enum { SUNDAY = 0, SATURDAY = 6, MONDAY = 4 }; /* the last is a day: 1970-01-05 */

/* The number of holidays before `day`. */
static size_t holidays_before(int64_t day, const int64_t *holidays, size_t count)
{
    size_t first = 0;
    for (size_t end = count; first < end;) {
        const size_t middle = first + (end - first) / 2;
        if (holidays[middle] < day) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

static bool is_weekend(int64_t day)
{
    const int32_t weekday = time_weekday(day);
    return weekday == SUNDAY || weekday == SATURDAY;
}

bool business_day(int64_t day, const int64_t *holidays, size_t holiday_count)
{
    const size_t at = holidays_before(day, holidays, holiday_count);
    return !is_weekend(day) && (at == holiday_count || holidays[at] != day);
}

int64_t business_days_after(int64_t day, int64_t count, const int64_t *holidays, size_t holiday_count)
{
    /* Each business day asked for costs at most a weekend and the holidays; holidays are finite. */
    int64_t left = count < 0 ? 0 : (count > BUSINESS_DAYS_MAX ? BUSINESS_DAYS_MAX : count);
    int64_t at = day;
    while (left > 0 || !business_day(at, holidays, holiday_count)) {
        at++;
        if (left > 0 && business_day(at, holidays, holiday_count)) {
            left--;
        }
    }
    return at;
}

/* Days from Monday to Friday before a day, counted from a Monday long ago. */
static int64_t weekdays_before(int64_t day)
{
    const int64_t since = day - MONDAY;
    const int64_t weeks = since / 7 - (since % 7 < 0);
    const int64_t rest = since - weeks * 7;
    return weeks * 5 + (rest < 5 ? rest : 5);
}

int64_t business_days_between(int64_t from, int64_t to, const int64_t *holidays, size_t holiday_count)
{
    const int64_t first = (from < to ? from : to) + 1;
    const int64_t last = from < to ? to : from;
    int64_t days = weekdays_before(last + 1) - weekdays_before(first);
    for (size_t i = holidays_before(first, holidays, holiday_count); i < holiday_count && holidays[i] <= last;
         i++) {
        days -= !is_weekend(holidays[i]);
    }
    return from < to ? days : -days;
}
