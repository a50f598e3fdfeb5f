#include "base/time.h"
#include "rules/business_days.h"
#include "test.h"

static int64_t day_of(const char *date)
{
    int64_t ms = 0;
    CHECK_ERROR(time_parse(slice_from_text(date), &ms), ERROR_OK, date);
    return ms / RULES_DAY_MS;
}

typedef struct AfterCase {
    const char *name;
    const char *from;
    int64_t count;
    const char *want;
} AfterCase;

static void counts_business_days(void)
{
    static const AfterCase cases[] = {
        {"Monday and two", "2026-11-23", 2, "2026-11-25"},
        {"Thursday and two is Monday", "2026-11-26", 2, "2026-11-30"},
        {"Friday and one is Monday", "2026-11-27", 1, "2026-11-30"},
        {"Friday and two is Tuesday", "2026-11-27", 2, "2026-12-01"},
        {"Saturday and one is Monday", "2026-11-28", 1, "2026-11-30"},
        {"Sunday and two is Tuesday", "2026-11-29", 2, "2026-12-01"},
        {"a business day and none is itself", "2026-11-25", 0, "2026-11-25"},
        {"Saturday and none is Monday", "2026-11-28", 0, "2026-11-30"},
        {"five are a week", "2026-11-25", 5, "2026-12-02"},
        {"260 are 52 weeks", "2026-11-25", 260, "2027-11-24"},
        {"less than none is none", "2026-11-25", -3, "2026-11-25"},
        {"across a leap day", "2028-02-28", 2, "2028-03-01"},
        {"before 1970", "1969-12-26", 1, "1969-12-29"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(business_days_after(day_of(cases[i].from), cases[i].count, NULL, 0), day_of(cases[i].want),
                  cases[i].name);
    }
    CHECK_INT(business_days_after(0, INT64_MAX, NULL, 0), business_days_after(0, BUSINESS_DAYS_MAX, NULL, 0),
              "a count is cut at its maximum");
}

static void leaves_out_holidays(void)
{
    const int64_t holidays[] = {day_of("2026-12-24"), day_of("2026-12-25"), day_of("2026-12-26"),
                                day_of("2027-01-01")};
    const size_t count = sizeof holidays / sizeof holidays[0];
    static const AfterCase cases[] = {
        {"over Christmas", "2026-12-23", 1, "2026-12-28"},
        {"a holiday and none", "2026-12-24", 0, "2026-12-28"},
        {"over the year's end", "2026-12-31", 1, "2027-01-04"},
        {"before any holiday", "2026-12-21", 1, "2026-12-22"},
        {"after every holiday", "2027-01-04", 1, "2027-01-05"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_INT(business_days_after(day_of(cases[i].from), cases[i].count, holidays, count),
                  day_of(cases[i].want), cases[i].name);
    }
    CHECK(!business_day(holidays[0], holidays, count));
    CHECK(business_day(holidays[0], NULL, 0));
}

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

TEST_MAIN(counts_business_days, leaves_out_holidays, knows_the_owners_day)
