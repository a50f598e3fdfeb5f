/* Any bytes as a file of zones: refused, or every question has an answer within the file and the limits. */
#include "base/zones.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OFFSET_LIMIT INT64_C(93600) /* 26 hours */

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void ask(const Zones *zones, ZoneId zone)
{
    static const int64_t times[] = {INT64_MIN, -62135596800, -4000000000,  -1,
                                    0,         1700000000,   253402300799, INT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const int32_t offset = zones_offset_seconds(zones, zone, times[i]);
        require(offset >= -OFFSET_LIMIT && offset <= OFFSET_LIMIT);
        if (i != 0 && times[i] != INT64_MAX) {
            const int64_t distance = zones_utc_seconds(zones, zone, times[i]) - times[i];
            require(distance >= -OFFSET_LIMIT && distance <= OFFSET_LIMIT);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Zones zones;
    if (zones_open(&zones, slice_make((const char *)data, size)).code != ERROR_OK) {
        return 0;
    }
    require(zones_version(&zones).length <= 12);
    for (size_t i = 0; i < zones.name_count; i++) {
        ZoneId zone = 0;
        require(zones_find(&zones, zones_name(&zones, i), &zone) && zone < zones.zone_count);
    }
    for (uint32_t i = 0; i < zones.zone_count && i < 64; i++) {
        ask(&zones, (ZoneId)i);
    }
    return 0;
}
