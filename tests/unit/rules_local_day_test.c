#include "base/time.h"
#include "rules/local_day.h"
#include "test.h"

static Slice read_file(const char *path, char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return slice_make(NULL, 0);
    }
    const size_t length = fread(bytes, 1, room, file);
    (void)fclose(file);
    return slice_make(bytes, length);
}

static void knows_the_owners_day(void)
{
    static char bytes[ZONES_BYTES_MAX];
    static const struct {
        const char *zone;
        const char *at;
        const char *day;
    } cases[] = {
        {"", "2026-11-23T23:30:00Z", "2026-11-23"},
        {"UTC", "2026-11-23T23:30:00Z", "2026-11-23"},
        {"Europe/Berlin", "2026-11-23T22:59:59Z", "2026-11-23"},
        {"Europe/Berlin", "2026-11-23T23:00:00Z", "2026-11-24"},
        {"Europe/Berlin", "2026-07-01T22:00:00Z", "2026-07-02"},
        {"America/Los_Angeles", "2026-11-23T07:59:59.999Z", "2026-11-22"},
        {"America/Los_Angeles", "2026-11-23T08:00:00Z", "2026-11-23"},
        {"Asia/Kolkata", "2026-11-23T18:30:00Z", "2026-11-24"},
        {"Pacific/Kiritimati", "2026-11-23T10:00:00Z", "2026-11-24"},
        {"Nowhere/Land", "2026-11-23T23:30:00Z", "2026-11-23"},
        {"UTC", "1969-12-31T23:59:59.999Z", "1969-12-31"},
    };
    Zones zones;
    const Slice file = read_file(PERLY_ROOT "/toolchain/perly_zones.bin", bytes, sizeof bytes);
    CHECK_ERROR(zones_open(&zones, file), ERROR_OK, "zones");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 0;
        char text[RULES_DATE_BYTES];
        CHECK_ERROR(time_parse(slice_from_text(cases[i].at), &ms), ERROR_OK, cases[i].at);
        rules_date_print(rules_local_day(&zones, slice_from_text(cases[i].zone), ms), text);
        CHECK_TEXT(slice_make(text, sizeof text), slice_from_text(cases[i].day), cases[i].at);
    }
    CHECK_INT(rules_local_day(NULL, SLICE("Europe/Berlin"), 0), 0, "without zones all is UTC");
}

TEST_MAIN(knows_the_owners_day)
