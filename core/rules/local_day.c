#include "rules/local_day.h"

#include "base/time.h"

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
