#include "cel/zone.h"
#include "base/zones.h"

static bool two_digits(Slice text, size_t at, int32_t *value)
{
    if (at + 2 > text.length || text.data[at] < '0' || text.data[at] > '9' || text.data[at + 1] < '0' ||
        text.data[at + 1] > '9') {
        return false;
    }
    *value = (text.data[at] - '0') * 10 + (text.data[at + 1] - '0');
    return true;
}

static bool fixed_offset(Slice name, int32_t *offset)
{
    const bool sign = name.length > 0 && (name.data[0] == '+' || name.data[0] == '-');
    int32_t hours = 0;
    int32_t minutes = 0;
    if (name.length != 5U + sign || name.data[2 + sign] != ':' || !two_digits(name, sign, &hours) ||
        !two_digits(name, 3U + sign, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    const int32_t seconds = hours * 3600 + minutes * 60;
    *offset = name.data[0] == '-' ? -seconds : seconds;
    return true;
}

CelValue cel_zone_offset(const struct Zones *zones, Slice name, int64_t utc_seconds, int32_t *offset)
{
    ZoneId zone = 0;
    if (fixed_offset(name, offset)) {
        return cel_null();
    }
    if (slice_equal(name, SLICE("UTC")) || slice_equal(name, SLICE("GMT")) || name.length == 0) {
        *offset = 0;
        return cel_null();
    }
    if (zones == NULL) {
        return cel_error(CEL_ERROR_ARGUMENT,
                         "named time zones need the zone file (perly_zones.bin), which was not loaded");
    }
    if (!zones_find(zones, name, &zone)) {
        return cel_error(CEL_ERROR_ARGUMENT, "there is no such time zone");
    }
    *offset = zones_offset_seconds(zones, zone, utc_seconds);
    return cel_null();
}
