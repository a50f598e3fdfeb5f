#include "base/time.h"

int64_t time_days_from_civil(int64_t year, int64_t month, int64_t day)
{
    /* Months from March, so that the leap day is the last of the year. */
    const int64_t carried = year * 12 + (month - 1);
    const int64_t y0 = carried >= 0 ? carried / 12 : -((11 - carried) / 12);
    const int64_t m = carried - y0 * 12;
    const int64_t y = y0 - (m < 2 ? 1 : 0);
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (m + (m < 2 ? 10 : -2)) + 2) / 5;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468 + day - 1;
}

int32_t time_weekday(int64_t days)
{
    return (int32_t)(((days + 4) % 7 + 7) % 7);
}
