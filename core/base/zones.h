/*
 * Time zones: how far local time is ahead of UTC, for every IANA name and link, from the file perly_zones.bin
 * that each host ships (toolchain/zones.mjs makes it and describes its form). Only offsets are kept: no
 * abbreviations, no DST flag, no leap seconds.
 *
 *     Zones zones;
 *     ZoneId zone;
 *     RETURN_IF_ERROR(zones_open(&zones, file));
 *     if (zones_find(&zones, SLICE("Europe/Berlin"), &zone)) {
 *         offset = zones_offset_seconds(&zones, zone, now_ms / 1000);
 *     }
 */
#ifndef PERLY_BASE_ZONES_H
#define PERLY_BASE_ZONES_H

#include "base/arena.h"
#include "base/error.h"

enum { ZONES_BYTES_MAX = 60 * 1024 };

/* Of one Zones; two names of the same zone may have the same id. */
typedef uint16_t ZoneId;

/* Read-only once opened; its members are zones.c's own. */
typedef struct Zones {
    Slice file;
    uint16_t name_count;
    uint16_t zone_count;
    uint16_t rule_count;
    uint16_t step_count;
    uint32_t code_bytes;
    uint32_t zones_at;
    uint32_t rules_at;
    uint32_t steps_at;
    uint32_t names_at;
    uint32_t codes_at;
    uint32_t text_at;
} Zones;

/*
 * Opens the file's bytes, which are not copied and outlive `zones`. All of them are checked here, so that no
 * later call can fail or read outside: ERROR_ZONES_INVALID, and `zones` is untouched, for any bytes that the
 * generator could not have written.
 */
Error zones_open(Zones *zones, Slice file);

/* As zones_open, of a copy in `memory`, which holds nothing else; on failure both are what they were. */
Error zones_load(Zones *zones, Arena *memory, Slice file);

/* The release of the IANA data, such as "2025b"; points into the file. */
Slice zones_version(const Zones *zones);

/* False for a name that is not known; names are exact ("Europe/Berlin", "UTC"), as Salesforce stores them. */
bool zones_find(const Zones *zones, Slice name, ZoneId *zone);

/* The `index`-th of `zones->name_count` names, in the order of their bytes; points into the file. */
Slice zones_name(const Zones *zones, size_t index);

/*
 * Seconds to add to UTC to get local time at this instant (seconds since 1970). Before a zone's first change
 * it is local mean time; after its last one, the zone's rule goes on for ever. Instants outside of the years
 * 0001 to 9999 have the offset of the nearest one within. `zone` comes from zones_find.
 */
int32_t zones_offset_seconds(const Zones *zones, ZoneId zone, int64_t utc_seconds);

/*
 * The instant of a local time, both in seconds (local time counted as if it were UTC) and within the years
 * 0001 to 9999. When clocks go back, a local time exists twice: this is the earlier instant. When they go
 * forward, some do not exist: they are read with the offset before the change, so 02:30 becomes 03:30 (as RFC
 * 5545 and ECMAScript's Temporal have it).
 */
int64_t zones_utc_seconds(const Zones *zones, ZoneId zone, int64_t local_seconds);

#endif
