/*
 * Zones against known facts, and, where the machine's tzdata is of the same release, against the C library
 * for every name from 1900 to 2100.
 */
#include "base/time.h"
#include "base/zones.h"
#include "test.h"

#include <time.h>

static char file_bytes[ZONES_BYTES_MAX + 1];

static Slice read_file(void)
{
    FILE *file = fopen(PERLY_ROOT "/toolchain/perly_zones.bin", "rb");
    if (file == NULL) {
        return SLICE("");
    }
    const size_t length = fread(file_bytes, 1, sizeof file_bytes, file);
    (void)fclose(file);
    return slice_make(file_bytes, length);
}

static Zones open_zones(void)
{
    Zones zones = {.name_count = 0};
    CHECK_ERROR(zones_open(&zones, read_file()), ERROR_OK, "toolchain/perly_zones.bin");
    return zones;
}

static int64_t seconds_of(const char *text)
{
    int64_t ms = 0;
    CHECK_ERROR(time_parse(slice_from_text(text), &ms), ERROR_OK, text);
    return ms / 1000;
}

static void finds_names(void)
{
    const Zones zones = open_zones();
    ZoneId first = 0;
    ZoneId second = 0;
    CHECK(zones.name_count > 590);
    CHECK(zones_find(&zones, SLICE("Europe/Berlin"), &first));
    CHECK(zones_find(&zones, SLICE("Asia/Calcutta"), &first) &&
          zones_find(&zones, SLICE("Asia/Kolkata"), &second));
    CHECK_INT(first, second, "a link");
    static const char *const unknown[] = {"", "europe/berlin", "Europe/Berli", "Europe/Berlinn", "posix/UTC",
                                          "~"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        first = 7;
        CHECK_NAMED(!zones_find(&zones, slice_from_text(unknown[i]), &first) && first == 7, unknown[i]);
    }
    for (size_t i = 0; i < zones.name_count; i++) {
        CHECK(zones_find(&zones, zones_name(&zones, i), &first));
    }
    CHECK(zones_version(&zones).length == 5 && slice_starts_with(zones_version(&zones), SLICE("20")));
}

static void knows_offsets(void)
{
    static const struct {
        const char *zone;
        const char *utc;
        int32_t seconds;
    } rows[] = {
        {"UTC", "2026-11-23T08:00:00Z", 0},
        {"Europe/Berlin", "2026-03-29T00:59:59Z", 3600},
        {"Europe/Berlin", "2026-03-29T01:00:00Z", 7200},
        {"Europe/Berlin", "2026-10-25T00:59:59Z", 7200},
        {"Europe/Berlin", "2026-10-25T01:00:00Z", 3600},
        {"Europe/Berlin", "1890-01-01T00:00:00Z", 3208},
        {"Europe/Berlin", "1945-06-01T00:00:00Z", 10800},
        {"America/New_York", "2006-04-02T06:59:59Z", -18000},
        {"America/New_York", "2006-04-02T07:00:00Z", -14400},
        {"America/New_York", "2007-03-11T07:00:00Z", -14400},
        {"America/New_York", "2099-07-01T00:00:00Z", -14400},
        {"America/New_York", "9999-12-31T23:59:59Z", -18000},
        {"America/Phoenix", "2026-07-01T00:00:00Z", -25200},
        {"Asia/Kolkata", "2026-07-01T00:00:00Z", 19800},
        {"Asia/Kathmandu", "2026-07-01T00:00:00Z", 20700},
        {"Australia/Sydney", "2026-01-01T00:00:00Z", 39600},
        {"Australia/Sydney", "2050-07-01T00:00:00Z", 36000},
        {"Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39600},
        {"Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37800},
        {"Pacific/Apia", "2011-12-30T09:59:59Z", -36000},
        {"Pacific/Apia", "2011-12-30T10:00:00Z", 50400},
        {"Africa/Monrovia", "1971-06-01T00:00:00Z", -2670},
        {"Europe/Dublin", "2026-07-01T00:00:00Z", 3600},
        {"Europe/Dublin", "2026-12-31T23:59:59Z", 0},
        {"Antarctica/Troll", "2060-07-01T00:00:00Z", 7200},
        {"Africa/Casablanca", "2087-06-01T00:00:00Z", 3600},
        {"Etc/GMT+5", "2026-07-01T00:00:00Z", -18000},
        {"America/Los_Angeles", "0001-01-01T00:00:00Z", -28378},
    };
    const Zones zones = open_zones();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ZoneId zone = 0;
        CHECK_NAMED(zones_find(&zones, slice_from_text(rows[i].zone), &zone), rows[i].zone);
        CHECK_INT(zones_offset_seconds(&zones, zone, seconds_of(rows[i].utc)), rows[i].seconds, rows[i].utc);
    }
    ZoneId zone = 0;
    CHECK(zones_find(&zones, SLICE("Europe/Berlin"), &zone));
    CHECK_INT(zones_offset_seconds(&zones, zone, INT64_MAX), 3600, "far future");
    CHECK_INT(zones_offset_seconds(&zones, zone, INT64_MIN), 3208, "far past");
}

static void reads_local_times(void)
{
    static const struct {
        const char *zone;
        const char *local;
        const char *utc;
    } rows[] = {
        {"Europe/Berlin", "2026-11-23T08:00:00Z", "2026-11-23T07:00:00Z"},
        {"Europe/Berlin", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z"},
        {"Europe/Berlin", "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z"}, /* a gap: read as 03:00 */
        {"Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z"},
        {"Europe/Berlin", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z"},
        {"Europe/Berlin", "2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z"},
        {"Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"}, /* twice: the earlier */
        {"Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"},
        {"America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z"},
        {"America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z"},
        {"Australia/Sydney", "2026-04-05T02:30:00Z", "2026-04-04T15:30:00Z"},
        {"Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T22:00:00Z"}, /* the day that Samoa left out */
        {"Asia/Kolkata", "2026-01-01T00:00:00Z", "2025-12-31T18:30:00Z"},
    };
    const Zones zones = open_zones();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ZoneId zone = 0;
        CHECK_NAMED(zones_find(&zones, slice_from_text(rows[i].zone), &zone), rows[i].zone);
        CHECK_INT(zones_utc_seconds(&zones, zone, seconds_of(rows[i].local)), seconds_of(rows[i].utc),
                  rows[i].local);
    }
}

/* Every instant whose local time exists once comes back; one whose local time exists twice, or its earlier.
 */
static void reads_back_every_local_time(void)
{
    const Zones zones = open_zones();
    int wrong = 0;
    int earlier = 0;
    for (size_t zone = 0; zone < zones.zone_count; zone++) {
        for (int64_t utc = INT64_C(-500000000); utc < INT64_C(3000000000); utc += 1234567) {
            const int32_t offset = zones_offset_seconds(&zones, (ZoneId)zone, utc);
            const int64_t again = zones_utc_seconds(&zones, (ZoneId)zone, utc + offset);
            const int32_t other = zones_offset_seconds(&zones, (ZoneId)zone, again);
            wrong += again <= utc && again + other == utc + offset ? 0 : 1;
            earlier += again < utc ? 1 : 0;
        }
    }
    CHECK_INT(wrong, 0, "the same local time, not later");
    CHECK(earlier > 0 && earlier < 1000);
}

/* Whatever is changed in the file: it is refused, or every question has an answer that can be true. */
static void survives_wrong_bytes(void)
{
    static char copy[ZONES_BYTES_MAX];
    const Slice file = read_file();
    Zones zones = {.name_count = 7};
    for (size_t length = 0; length < file.length; length += length < 64 ? 1 : 997) {
        CHECK_ERROR(zones_open(&zones, slice_part(file, 0, length)), ERROR_ZONES_INVALID, "cut");
    }
    CHECK_INT(zones.name_count, 7, "untouched");
    uint64_t state = 1;
    int opened = 0;
    for (int i = 0; i < 3000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const size_t at = i < 256 ? (size_t)i / 4 : (size_t)(state >> 33) % file.length;
        memcpy(copy, file.data, file.length);
        copy[at] = (char)(copy[at] ^ (int)(1U << (state >> 61)));
        if (zones_open(&zones, slice_make(copy, file.length)).code == ERROR_OK) {
            opened++;
            const ZoneId zone = (ZoneId)((state >> 20) % zones.zone_count);
            const int32_t offset = zones_offset_seconds(&zones, zone, (int64_t)(state >> 31) - (1 << 30));
            CHECK(offset >= -26 * 3600 && offset <= 26 * 3600);
        }
    }
    CHECK(opened > 0 && opened < 2000);
}

static int64_t libc_offset(int64_t utc)
{
    const time_t instant = (time_t)utc;
    struct tm local;
    return localtime_r(&instant, &local) == NULL ? INT64_MAX : local.tm_gmtoff;
}

/* The same at every probe, and a second before and at each change between two of them. */
static int differences_from_libc(const Zones *zones, ZoneId zone)
{
    const int64_t end = INT64_C(4133980800); /* 2101 */
    const int64_t step = 21 * 86400 + 4321;
    int wrong = 0;
    int64_t before = libc_offset(INT64_C(-2208988800)); /* 1900 */
    for (int64_t utc = INT64_C(-2208988800); utc < end; utc += step) {
        const int64_t after = libc_offset(utc + step);
        int64_t low = utc;
        int64_t high = utc + step;
        while (after != before && high - low > 1) {
            const int64_t middle = low + (high - low) / 2;
            if (libc_offset(middle) == before) {
                low = middle;
            } else {
                high = middle;
            }
        }
        wrong += zones_offset_seconds(zones, zone, low) == libc_offset(low) ? 0 : 1;
        wrong += zones_offset_seconds(zones, zone, high) == libc_offset(high) ? 0 : 1;
        before = after;
    }
    return wrong;
}

/* Whether the machine's tzdata is the release that the file was made from. */
static bool is_installed(Slice version)
{
    char line[64] = "";
    FILE *file = fopen("/usr/share/zoneinfo/tzdata.zi", "r");
    if (file != NULL) {
        const bool read = fgets(line, sizeof line, file) != NULL;
        (void)fclose(file);
        const Slice text = slice_trim(slice_from_text(read ? line : ""));
        return slice_starts_with(text, SLICE("# version ")) && slice_equal(slice_part(text, 10, 64), version);
    }
    return false;
}

static void agrees_with_the_c_library(void)
{
    const Zones zones = open_zones();
    if (!is_installed(zones_version(&zones))) {
        printf("another tzdata is installed: known facts alone are tested\n");
        return;
    }
    for (size_t i = 0; i < zones.name_count; i++) {
        char name[256];
        const Slice text = zones_name(&zones, i);
        memcpy(name, text.data, text.length);
        name[text.length] = '\0';
        CHECK(setenv("TZ", name, 1) == 0);
        tzset();
        ZoneId zone = 0;
        CHECK_NAMED(zones_find(&zones, text, &zone), name);
        CHECK_INT(differences_from_libc(&zones, zone), 0, name);
    }
}

TEST_MAIN(finds_names, knows_offsets, reads_local_times, reads_back_every_local_time, survives_wrong_bytes,
          agrees_with_the_c_library)
