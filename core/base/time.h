/*
 * Times. An instant is a count of whole milliseconds since 1970-01-01T00:00:00Z (POSIX, no leap seconds) in
 * the proleptic Gregorian calendar; years 0001 to 9999. The core reads no clock: every `now` is given to it.
 */
#ifndef PERLY_BASE_TIME_H
#define PERLY_BASE_TIME_H

#include "base/error.h"

#define TIME_MS_MIN INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define TIME_MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

typedef struct CivilTime {
    int32_t year;        /* 1..9999 */
    int32_t month;       /* 1..12 */
    int32_t day;         /* 1..31 */
    int32_t hour;        /* 0..23 */
    int32_t minute;      /* 0..59 */
    int32_t second;      /* 0..59 */
    int32_t millisecond; /* 0..999 */
} CivilTime;

/* Days since 1970-01-01 of a civil date; any month or day out of range is carried over (month 13, day 0). */
int64_t time_days_from_civil(int64_t year, int64_t month, int64_t day);

/* The civil time (UTC) of an instant between TIME_MS_MIN and TIME_MS_MAX. */
CivilTime time_to_civil(int64_t ms);
int64_t time_from_civil(const CivilTime *civil);

/* 0 Sunday .. 6 Saturday, of days since 1970-01-01. */
int32_t time_weekday(int64_t days);

/*
 * Reads every form that Salesforce sends, and RFC 3339: "2026-11-23T08:00:00Z", with 1 to 9 fraction digits
 * (cut to milliseconds), "Z", "+01:00" or "+0100" (Bulk sends ".000Z", REST ".000+0000"), and the bare date
 * "2026-11-23" (midnight UTC). ERROR_TIME_SYNTAX for anything else and for dates that do not exist.
 */
Error time_parse(Slice text, int64_t *ms);

/* As time_parse, but keeps nanoseconds (0..999,999,999) beside whole seconds; no bare date (RFC 3339 alone).
 */
Error time_parse_rfc3339(Slice text, int64_t *seconds, int32_t *nanos);

enum { TIME_TEXT_BYTES = 24 };

/* "2026-11-23T08:00:00.000Z": always 24 bytes, in the order of time. `ms` must lie within the limits. */
void time_print(int64_t ms, char text[TIME_TEXT_BYTES]);

#endif
