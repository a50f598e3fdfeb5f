/* Timestamps and durations. */
#include "base/business_days.h"
#include "base/number.h"
#include "base/time.h"
#include "cel/library.h"
#include "cel/zone.h"

enum { MS_PER_DAY = 86400000, NANOS_PER_MS = 1000000, DAYS_PER_400_YEARS = 146097 };

CelValue cel_fn_timestamp(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const CelValue value = arguments[0];
    int64_t seconds = 0;
    int32_t nanos = 0;
    (void)call;
    (void)count;
    if (value.kind == CEL_TIMESTAMP) {
        return value;
    }
    if (value.kind == CEL_INT) {
        const int64_t limit = TIME_MS_MAX / 1000;
        const bool good = value.as.integer <= limit && value.as.integer >= TIME_MS_MIN / 1000;
        return cel_timestamp_checked(good ? value.as.integer * 1000 : INT64_MIN / 2, 0);
    }
    const Slice text = cel_text(value);
    if (time_parse_rfc3339(text, &seconds, &nanos).code != ERROR_OK) {
        /* A year that is too small or too long is out of range; anything else is not a timestamp. */
        const bool year = slice_starts_with(text, SLICE("0000-")) || slice_find_byte(text, '-', 0) == 5;
        return year ? cel_error(CEL_ERROR_RANGE, "a timestamp is outside the years 0001 to 9999")
                    : cel_error(CEL_ERROR_CONVERSION, "type conversion error: not an RFC 3339 timestamp");
    }
    return cel_timestamp_checked(seconds * 1000 + nanos / NANOS_PER_MS, nanos % NANOS_PER_MS);
}

typedef struct Unit {
    Slice name;
    uint64_t nanos;
} Unit;

/* Longer names first, so that "ms" is not read as "m". */
static const Unit UNITS[] = {
    {SLICE_INIT("ns"), 1},
    {SLICE_INIT("us"), 1000},
    {SLICE_INIT("\xC2\xB5s"), 1000},
    {SLICE_INIT("\xCE\xBCs"), 1000},
    {SLICE_INIT("ms"), 1000000},
    {SLICE_INIT("s"), 1000000000},
    {SLICE_INIT("m"), UINT64_C(60000000000)},
    {SLICE_INIT("h"), UINT64_C(3600000000000)},
};

static const Unit *unit_at(Slice text, size_t at)
{
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++) {
        if (slice_starts_with(slice_part(text, at, text.length), UNITS[i].name)) {
            return &UNITS[i];
        }
    }
    return NULL;
}

static bool digit_at(Slice text, size_t at)
{
    return at < text.length && text.data[at] >= '0' && text.data[at] <= '9';
}

typedef enum Reading { READING_GOOD, READING_BAD, READING_TOO_LARGE } Reading;

/* 2^63: of a negative duration, as many nanoseconds are still one. */
#define NANOS_MAX ((uint64_t)INT64_MAX + 1)

/* "1.5h": one number with its unit, added to `*nanos`. The fraction is rounded as cel-go does, by doubles. */
static Reading read_part(Slice text, size_t *at, uint64_t *nanos)
{
    uint64_t whole = 0;
    uint64_t part = 0;
    double scale = 1;
    bool large = false;
    size_t digits = 0;
    for (; digit_at(text, *at); (*at)++, digits++) {
        large = large || __builtin_mul_overflow(whole, 10, &whole) ||
                __builtin_add_overflow(whole, (uint64_t)(text.data[*at] - '0'), &whole);
    }
    *at += *at < text.length && text.data[*at] == '.';
    for (; digit_at(text, *at); (*at)++, digits++) {
        if (part <= (uint64_t)INT64_MAX / 10) {
            part = part * 10 + (uint64_t)(text.data[*at] - '0');
            scale *= 10;
        }
    }
    const Unit *unit = unit_at(text, *at);
    if (digits == 0 || unit == NULL) {
        return READING_BAD;
    }
    uint64_t fraction = 0; /* less than a unit */
    uint64_t sum = 0;
    (void)number_to_uint64((double)part * ((double)unit->nanos / scale), &fraction);
    *at += unit->name.length;
    large = large || __builtin_mul_overflow(whole, unit->nanos, &sum) ||
            __builtin_add_overflow(sum, fraction, &sum) || __builtin_add_overflow(*nanos, sum, nanos);
    return large || *nanos > NANOS_MAX ? READING_TOO_LARGE : READING_GOOD;
}

CelValue cel_fn_duration(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    const Slice text = cel_text(arguments[0]);
    (void)call;
    (void)count;
    if (arguments[0].kind == CEL_DURATION) {
        return arguments[0];
    }
    const bool negative = text.length > 0 && text.data[0] == '-';
    size_t at = text.length > 0 && (negative || text.data[0] == '+');
    uint64_t nanos = 0;
    Reading reading = at == text.length ? READING_BAD : READING_GOOD;
    if (slice_equal(slice_part(text, at, text.length), SLICE("0"))) {
        return cel_duration(0, 0);
    }
    while (at < text.length && reading == READING_GOOD) {
        reading = read_part(text, &at, &nanos);
    }
    if (reading == READING_BAD) {
        return cel_error(CEL_ERROR_CONVERSION, "type conversion error: not a duration such as '1h30m'");
    }
    if (reading == READING_TOO_LARGE || (nanos == NANOS_MAX && !negative)) {
        return cel_error(CEL_ERROR_RANGE, "a duration is longer than 292 years");
    }
    const int64_t signed_nanos = (int64_t)(negative ? 0 - nanos : nanos);
    return cel_duration_checked(signed_nanos / NANOS_PER_MS, signed_nanos % NANOS_PER_MS);
}

/* Floored, so that times before 1970 and offsets work alike. */
static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The civil time of a timestamp in the zone of the second argument, if there is one. False: `*error`. */
static bool local_ms(const CelCall *call, const CelValue *arguments, uint32_t count, int64_t *ms,
                     CelValue *error)
{
    int32_t offset = 0;
    *ms = arguments[0].as.integer;
    if (count == 2) {
        *error =
            cel_zone_offset(call->calendar->zones, cel_text(arguments[1]), floor_div(*ms, 1000), &offset);
        if (error->kind == CEL_ERROR) {
            return false;
        }
    }
    *ms += (int64_t)offset * 1000;
    return true;
}

typedef enum Part {
    PART_DATE,
    PART_DAY_OF_MONTH,
    PART_DAY_OF_WEEK,
    PART_DAY_OF_YEAR,
    PART_YEAR,
    PART_MONTH
} Part;

static CelValue date_part(const CelCall *call, const CelValue *arguments, uint32_t count, Part part)
{
    int64_t ms = 0;
    CelValue error = cel_null();
    if (!local_ms(call, arguments, count, &ms, &error)) {
        return error;
    }
    /* A zone may carry the first or the last day out of the years that time_to_civil knows: then it is read
     * 400 years off, after which the calendar repeats, days of the week included. */
    const int64_t eras = ms < TIME_MS_MIN ? 1 : (ms > TIME_MS_MAX ? -1 : 0);
    const int64_t days = floor_div(ms, MS_PER_DAY) + eras * DAYS_PER_400_YEARS;
    const CivilTime civil = time_to_civil(ms + eras * DAYS_PER_400_YEARS * MS_PER_DAY);
    switch (part) {
    case PART_DATE: return cel_int(civil.day);
    case PART_DAY_OF_MONTH: return cel_int(civil.day - 1);
    case PART_DAY_OF_WEEK: return cel_int(time_weekday(days));
    case PART_DAY_OF_YEAR: return cel_int(days - time_days_from_civil(civil.year, 1, 1));
    case PART_YEAR: return cel_int(civil.year - 400 * eras);
    case PART_MONTH: break;
    }
    return cel_int(civil.month - 1);
}

#define DATE_PART(name, part)                                                                                \
    CelValue cel_fn_##name(const CelCall *call, const CelValue *arguments, uint32_t count)                   \
    {                                                                                                        \
        return date_part(call, arguments, count, part);                                                      \
    }

DATE_PART(get_date, PART_DATE)
DATE_PART(get_day_of_month, PART_DAY_OF_MONTH)
DATE_PART(get_day_of_week, PART_DAY_OF_WEEK)
DATE_PART(get_day_of_year, PART_DAY_OF_YEAR)
DATE_PART(get_full_year, PART_YEAR)
DATE_PART(get_month, PART_MONTH)

/* `unit` in milliseconds; of a timestamp what is left of `whole`, of a duration all (truncated to zero). */
static CelValue clock_part(const CelCall *call, const CelValue *arguments, uint32_t count, int64_t unit,
                           int64_t whole)
{
    int64_t ms = 0;
    CelValue error = cel_null();
    if (arguments[0].kind == CEL_DURATION) {
        ms = arguments[0].as.integer;
        ms += ms < 0 && arguments[0].length > 0; /* floored to truncated */
        return cel_int(unit == 1 ? ms % 1000 : ms / unit);
    }
    if (!local_ms(call, arguments, count, &ms, &error)) {
        return error;
    }
    return cel_int((ms - floor_div(ms, whole) * whole) / unit);
}

#define CLOCK_PART(name, unit, whole)                                                                        \
    CelValue cel_fn_##name(const CelCall *call, const CelValue *arguments, uint32_t count)                   \
    {                                                                                                        \
        return clock_part(call, arguments, count, unit, whole);                                              \
    }

CLOCK_PART(get_hours, 3600000, MS_PER_DAY)
CLOCK_PART(get_minutes, 60000, 3600000)
CLOCK_PART(get_seconds, 1000, 60000)
CLOCK_PART(get_milliseconds, 1, 1000)

CelValue cel_fn_days(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    int64_t ms = 0;
    (void)call;
    (void)count;
    const double days = cel_number(&arguments[0]);
    if (days > 106751 || days < -106751 || days != days ||
        !number_to_int64(number_round(days * MS_PER_DAY), &ms)) {
        return cel_error(CEL_ERROR_RANGE, "a duration is longer than 292 years");
    }
    return cel_duration_checked(ms, 0);
}

CelValue cel_fn_business_days(const CelCall *call, const CelValue *arguments, uint32_t count)
{
    int64_t days[2];
    for (unsigned i = 0; i < 2; i++) {
        const CelValue pair[2] = {arguments[i], arguments[count - 1]};
        CelValue error = cel_null();
        int64_t ms = 0;
        if (!local_ms(call, pair, count - 1, &ms, &error)) {
            return error;
        }
        days[i] = floor_div(ms, MS_PER_DAY);
    }
    const CelCalendar *calendar = call->calendar;
    if (!cel_charge(call, calendar->holiday_count / 16)) {
        return CEL_ERROR_COST;
    }
    return cel_int(business_days_between(days[0], days[1], calendar->holidays, calendar->holiday_count));
}
