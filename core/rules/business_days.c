#include "rules/business_days.h"

#include "base/time.h"

enum { SUNDAY = 0, SATURDAY = 6 };

static bool is_holiday(int64_t day, const int64_t *holidays, size_t count)
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
    return first < count && holidays[first] == day;
}

bool business_day(int64_t day, const int64_t *holidays, size_t holiday_count)
{
    const int32_t weekday = time_weekday(day);
    return weekday != SUNDAY && weekday != SATURDAY && !is_holiday(day, holidays, holiday_count);
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

int64_t rules_local_day(const Zones *zones, Slice zone, int64_t ms)
{
    ZoneId id = 0;
    int64_t local = ms;
    if (zones != NULL && zone.length > 0 && zones_find(zones, zone, &id)) {
        const int64_t seconds = ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
        local += (int64_t)zones_offset_seconds(zones, id, seconds) * 1000;
    }
    const int64_t day = local / RULES_DAY_MS;
    return local % RULES_DAY_MS < 0 ? day - 1 : day;
}

int64_t rules_local_hour(const Zones *zones, Slice zone, int64_t day, int64_t hour)
{
    ZoneId id = 0;
    const int64_t local_seconds = day * (RULES_DAY_MS / 1000) + hour * 3600;
    if (zones != NULL && zone.length > 0 && zones_find(zones, zone, &id)) {
        return zones_utc_seconds(zones, id, local_seconds) * 1000;
    }
    return local_seconds * 1000;
}

void rules_date_print(int64_t day, char text[RULES_DATE_BYTES])
{
    char whole[TIME_TEXT_BYTES];
    time_print(day * RULES_DAY_MS, whole);
    memcpy(text, whole, RULES_DATE_BYTES);
}
