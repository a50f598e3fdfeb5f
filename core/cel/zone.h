/* Time zones by name or by fixed offset. */
#ifndef PERLY_CEL_ZONE_H
#define PERLY_CEL_ZONE_H

#include "cel/functions.h"

/*
 * Seconds east of UTC in the zone `name` ("+02:00", "-09:30", "05:45", "UTC", "Europe/Oslo") at a UTC time.
 * Null when `*offset` is set, else an error.
 */
CelValue cel_zone_offset(const struct Zones *zones, Slice name, int64_t utc_seconds, int32_t *offset);

#endif
