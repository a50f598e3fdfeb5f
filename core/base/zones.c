/* The reader of perly_zones.bin, whose form toolchain/zones.mjs describes. */
#include "base/zones.h"

#include "base/assert.h"
#include "base/time.h"

enum {
    HEADER_BYTES = 32,
    VERSION_AT = 4,
    VERSION_BYTES = 12,
    ZONE_BYTES = 14,
    RULE_BYTES = 18,
    DAY_BYTES = 6,
    STEP_BYTES = 8,
    NAME_BYTES = 5,
    CHANGES_MAX = 1000,
    ONE_BYTE_STEPS = 192,
    CODE_JUMP = 255,
    OFFSET_SECONDS_MAX = 26 * 3600,
    CLOCK_SECONDS_MAX = 167 * 3600, /* RFC 8536 §3.3.1 */
    DAY_SECONDS = 86400,
};

#define TIME_BASE (-(INT64_C(1) << 32))
#define TIME_LIMIT (INT64_C(1) << 40)

/* A little-endian integer of 1 to 6 bytes. */
static uint64_t read_unsigned(const Zones *zones, size_t at, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = bytes; i > 0; i--) {
        value = (value << 8) | (unsigned char)zones->file.data[at + i - 1];
    }
    return value;
}

static int64_t read_signed(const Zones *zones, size_t at, unsigned bytes)
{
    const uint64_t sign = UINT64_C(1) << (8 * bytes - 1);
    return (int64_t)((read_unsigned(zones, at, bytes) ^ sign) - sign);
}

/* The walk through the changes of one zone. */
typedef struct Walk {
    uint32_t code; /* position of the next code */
    uint32_t left; /* changes that follow */
    uint32_t rule;
    int32_t offset;
    int64_t time; /* since when `offset` holds */
    int64_t last; /* time of the last change */
} Walk;

static Walk walk_begin(const Zones *zones, ZoneId zone)
{
    const size_t at = zones->zones_at + (size_t)zone * ZONE_BYTES;
    return (Walk){
        .code = (uint32_t)read_unsigned(zones, at, 2),
        .left = (uint32_t)read_unsigned(zones, at + 2, 2),
        .rule = (uint32_t)read_unsigned(zones, at + 4, 1),
        .offset = (int32_t)read_signed(zones, at + 5, 3),
        .time = TIME_BASE,
        .last = read_signed(zones, at + 8, 6),
    };
}

/* The code at the walk's position, following one jump; false when it lies outside or is a jump again. */
static bool read_step(const Zones *zones, Walk *walk, uint32_t *step)
{
    uint32_t at = walk->code;
    if (at + 2 < zones->code_bytes && read_unsigned(zones, zones->codes_at + at, 1) == CODE_JUMP) {
        at = (uint32_t)read_unsigned(zones, zones->codes_at + at + 1, 2);
    }
    if (at >= zones->code_bytes) {
        return false;
    }
    *step = (uint32_t)read_unsigned(zones, zones->codes_at + at, 1);
    at++;
    if (*step >= ONE_BYTE_STEPS) {
        if (*step == CODE_JUMP || at >= zones->code_bytes) {
            return false;
        }
        *step = ((*step - ONE_BYTE_STEPS) << 8) + ONE_BYTE_STEPS +
                (uint32_t)read_unsigned(zones, zones->codes_at + at, 1);
        at++;
    }
    walk->code = at;
    return *step < zones->step_count;
}

/* Time and offset after the next change; false for a code that names none. */
static bool walk_next(const Zones *zones, Walk *walk)
{
    uint32_t step = 0;
    if (!read_step(zones, walk, &step)) {
        return false;
    }
    /* 40 bits of seconds, 24 of offset, read at once: this is the loop of every look-up before the rule. */
    int64_t both = 0;
    memcpy(&both, zones->file.data + zones->steps_at + (size_t)step * STEP_BYTES, STEP_BYTES);
    walk->time += both & ((INT64_C(1) << 40) - 1);
    walk->offset += (int32_t)(both >> 40);
    walk->left--;
    return true;
}

/* The day of a year on which a rule changes to or from daylight time. */
typedef struct Day {
    int32_t month; /* 0: never */
    int32_t week;
    int32_t weekday;
    int32_t seconds;
} Day;

typedef struct Rule {
    int32_t standard;
    int32_t daylight;
    Day start;
    Day end;
} Rule;

static Day read_day(const Zones *zones, size_t at)
{
    return (Day){
        .month = (int32_t)read_unsigned(zones, at, 1),
        .week = (int32_t)read_unsigned(zones, at + 1, 1),
        .weekday = (int32_t)read_unsigned(zones, at + 2, 1),
        .seconds = (int32_t)read_signed(zones, at + 3, 3),
    };
}

static Rule read_rule(const Zones *zones, uint32_t rule)
{
    const size_t at = zones->rules_at + (size_t)rule * RULE_BYTES;
    return (Rule){
        .standard = (int32_t)read_signed(zones, at, 3),
        .daylight = (int32_t)read_signed(zones, at + 3, 3),
        .start = read_day(zones, at + 6),
        .end = read_day(zones, at + 6 + DAY_BYTES),
    };
}

/* Local seconds since 1970 at which the change happens in this year. */
static int64_t local_time_of(const Day *day, int32_t year)
{
    const int64_t first = time_days_from_civil(year, day->month, 1);
    const int64_t next = time_days_from_civil(year, day->month + 1, 1);
    int64_t days = first + (day->weekday - time_weekday(first) + 7) % 7 + INT64_C(7) * (day->week - 1);
    if (days >= next) {
        days -= 7; /* week 5 is the last one, which may be the fourth */
    }
    return days * DAY_SECONDS + day->seconds;
}

static int32_t offset_of_rule(const Rule *rule, int64_t utc_seconds)
{
    if (rule->start.month == 0) {
        return rule->standard;
    }
    const int32_t year = time_to_civil((utc_seconds + rule->standard) * 1000).year;
    const int64_t start = local_time_of(&rule->start, year) - rule->standard;
    const int64_t end = local_time_of(&rule->end, year) - rule->daylight;
    const bool daylight = start < end ? utc_seconds >= start && utc_seconds < end
                                      : utc_seconds >= start || utc_seconds < end; /* south of the equator */
    return daylight ? rule->daylight : rule->standard;
}

int32_t zones_offset_seconds(const Zones *zones, ZoneId zone, int64_t utc_seconds)
{
    perly_assert(zone < zones->zone_count);
    Walk walk = walk_begin(zones, zone);
    if (walk.left == 0 || utc_seconds >= walk.last) {
        const Rule rule = read_rule(zones, walk.rule);
        /* Two days from the ends, so that local time lies within the years as well. */
        const int64_t most = TIME_MS_MAX / 1000 - INT64_C(2) * DAY_SECONDS;
        const int64_t least = TIME_MS_MIN / 1000 + INT64_C(2) * DAY_SECONDS;
        const int64_t clamped = utc_seconds < most ? utc_seconds : most;
        return offset_of_rule(&rule, clamped > least ? clamped : least);
    }
    int32_t offset = walk.offset;
    while (walk.left > 0) {
        const bool known = walk_next(zones, &walk);
        perly_assert(known);
        if (utc_seconds < walk.time) {
            break;
        }
        offset = walk.offset;
    }
    return offset;
}

int64_t zones_utc_seconds(const Zones *zones, ZoneId zone, int64_t local_seconds)
{
    const int32_t before = zones_offset_seconds(zones, zone, local_seconds - DAY_SECONDS);
    const int32_t after = zones_offset_seconds(zones, zone, local_seconds + DAY_SECONDS);
    const int64_t earlier = local_seconds - before;
    const int64_t later = local_seconds - after;
    if (zones_offset_seconds(zones, zone, earlier) != before &&
        zones_offset_seconds(zones, zone, later) == after) {
        return later;
    }
    return earlier;
}

Slice zones_version(const Zones *zones)
{
    const Slice padded = slice_make(zones->file.data + VERSION_AT, VERSION_BYTES);
    return slice_part(padded, 0, slice_find_byte(padded, '\0', 0));
}

static Slice name_text(const Zones *zones, size_t at)
{
    const size_t start = zones->text_at + (size_t)read_unsigned(zones, at, 2);
    return slice_make(zones->file.data + start, (size_t)read_unsigned(zones, at + 2, 1));
}

Slice zones_name(const Zones *zones, size_t index)
{
    perly_assert(index < zones->name_count);
    return name_text(zones, zones->names_at + index * NAME_BYTES);
}

bool zones_find(const Zones *zones, Slice name, ZoneId *zone)
{
    size_t low = 0;
    size_t high = zones->name_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = slice_compare(name, zones_name(zones, middle));
        if (order == 0) {
            *zone = (ZoneId)read_unsigned(zones, zones->names_at + middle * NAME_BYTES + 3, 2);
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

static bool is_offset(int32_t seconds)
{
    return seconds >= -OFFSET_SECONDS_MAX && seconds <= OFFSET_SECONDS_MAX;
}

static bool check_zone(const Zones *zones, ZoneId zone)
{
    Walk walk = walk_begin(zones, zone);
    if (walk.left > CHANGES_MAX || walk.rule >= zones->rule_count || !is_offset(walk.offset)) {
        return false;
    }
    while (walk.left > 0) {
        const int64_t before = walk.time;
        if (!walk_next(zones, &walk) || walk.time <= before || walk.time > TIME_LIMIT ||
            !is_offset(walk.offset)) {
            return false;
        }
    }
    return walk.time == walk.last;
}

static bool check_day(const Day *day)
{
    return day->month >= 1 && day->month <= 12 && day->week >= 1 && day->week <= 5 && day->weekday <= 6 &&
           day->seconds >= -CLOCK_SECONDS_MAX && day->seconds <= CLOCK_SECONDS_MAX;
}

static bool check_rule(const Rule *rule)
{
    const bool constant = rule->start.month == 0 && rule->end.month == 0;
    return is_offset(rule->standard) && is_offset(rule->daylight) &&
           (constant || (check_day(&rule->start) && check_day(&rule->end)));
}

/* The names lie within the text, one after the other, in order, each with a zone. */
static bool check_names(const Zones *zones)
{
    size_t text_at = 0;
    for (size_t i = 0; i < zones->name_count; i++) {
        const size_t at = zones->names_at + i * NAME_BYTES;
        const size_t length = (size_t)read_unsigned(zones, at + 2, 1);
        if (read_unsigned(zones, at, 2) != text_at ||
            length > zones->file.length - zones->text_at - text_at ||
            read_unsigned(zones, at + 3, 2) >= zones->zone_count) {
            return false;
        }
        text_at += length;
        if (i > 0 && slice_compare(zones_name(zones, i - 1), zones_name(zones, i)) >= 0) {
            return false;
        }
    }
    return text_at == zones->file.length - zones->text_at;
}

/* Header and sections; false when they do not fill the file. */
static bool read_header(Zones *zones, Slice file)
{
    static const char magic[] = "PZ01";
    if (file.length < HEADER_BYTES || file.length > ZONES_BYTES_MAX ||
        !slice_starts_with(file, slice_make(magic, sizeof magic - 1))) {
        return false;
    }
    *zones = (Zones){.file = file, .zones_at = HEADER_BYTES};
    zones->name_count = (uint16_t)read_unsigned(zones, 20, 2);
    zones->zone_count = (uint16_t)read_unsigned(zones, 22, 2);
    zones->rule_count = (uint16_t)read_unsigned(zones, 24, 2);
    zones->step_count = (uint16_t)read_unsigned(zones, 26, 2);
    zones->code_bytes = (uint32_t)read_unsigned(zones, 28, 4);
    if (read_unsigned(zones, 16, 4) != file.length || zones->code_bytes > file.length) {
        return false;
    }
    zones->rules_at = zones->zones_at + (uint32_t)zones->zone_count * ZONE_BYTES;
    zones->steps_at = zones->rules_at + (uint32_t)zones->rule_count * RULE_BYTES;
    zones->names_at = zones->steps_at + (uint32_t)zones->step_count * STEP_BYTES;
    zones->codes_at = zones->names_at + (uint32_t)zones->name_count * NAME_BYTES;
    zones->text_at = zones->codes_at + zones->code_bytes;
    return zones->text_at <= file.length;
}

static bool check_all(const Zones *zones)
{
    for (uint32_t i = 0; i < zones->rule_count; i++) {
        const Rule rule = read_rule(zones, i);
        if (!check_rule(&rule)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < zones->zone_count; i++) {
        if (!check_zone(zones, (ZoneId)i)) {
            return false;
        }
    }
    return check_names(zones);
}

Error zones_open(Zones *zones, Slice file)
{
    Zones opened;
    if (!read_header(&opened, file) || !check_all(&opened)) {
        return error_make(ERROR_ZONES_INVALID, SLICE("not a file of time zones"));
    }
    *zones = opened;
    return ERROR_NONE;
}

Error zones_load(Zones *zones, Arena *memory, Slice file)
{
    Arena fresh;
    arena_init(&fresh, memory->allocator, 0);
    Slice copy = {NULL, 0};
    const Error error = arena_keep(&fresh, file, &copy)
                            ? zones_open(zones, copy)
                            : error_make(ERROR_OUT_OF_MEMORY, SLICE("no memory for the time zones"));
    if (error.code != ERROR_OK) {
        arena_free(&fresh);
        return error;
    }
    arena_free(memory);
    *memory = fresh;
    return ERROR_NONE;
}
