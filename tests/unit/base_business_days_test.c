#include "base/business_days.h"
#include "base/time.h"
#include "test.h"

#define DAY_MS INT64_C(86400000)

static int64_t day_of(const char *date)
{
    int64_t ms = 0;
    CHECK_ERROR(time_parse(slice_from_text(date), &ms), ERROR_OK, date);
    return ms / DAY_MS;
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

static void counts_between(void)
{
    const int64_t holidays[] = {day_of("2026-12-24"), day_of("2026-12-25"), day_of("2026-12-26"),
                                day_of("2027-01-01")};
    static const struct {
        const char *from;
        const char *to;
        int64_t plain;
        int64_t want; /* with the holidays, of which one is a Saturday */
    } cases[] = {
        {"2026-11-23", "2026-11-23", 0, 0},     {"2026-11-23", "2026-11-25", 2, 2},
        {"2026-11-27", "2026-11-30", 1, 1},     {"2026-11-28", "2026-11-29", 0, 0},
        {"2026-12-23", "2026-12-28", 3, 1},     {"2026-12-24", "2026-12-25", 1, 0},
        {"2026-12-23", "2026-12-24", 1, 0},     {"2026-12-28", "2026-12-23", -3, -1},
        {"2026-12-21", "2027-01-04", 10, 7},    {"2027-01-04", "2027-01-08", 4, 4},
        {"2026-12-25", "2026-12-26", 0, 0},     {"1969-12-26", "1969-12-29", 1, 1},
        {"2026-11-25", "2027-11-24", 260, 257},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t from = day_of(cases[i].from);
        const int64_t to = day_of(cases[i].to);
        CHECK_INT(business_days_between(from, to, NULL, 0), cases[i].plain, cases[i].from);
        CHECK_INT(business_days_between(from, to, holidays, 4), cases[i].want, cases[i].from);
    }
}

/* From any day, over any holidays: the day that is so many business days on is so many on. */
static void both_ways_count_alike(void)
{
    const int64_t holidays[] = {-400, -371, -3, 0, 1, 2, 3, 4, 5, 6, 7, 30, 364, 365, 366, 400};
    const size_t count = sizeof holidays / sizeof holidays[0];
    for (int64_t from = -410; from < 410; from++) {
        int64_t walked = 0;
        for (int64_t to = from + 1; to < from + 60; to++) {
            walked += business_day(to, holidays, count);
            CHECK_INT(business_days_between(from, to, holidays, count), walked, "walked day by day");
            CHECK_INT(business_days_between(to, from, holidays, count), -walked, "the other way");
        }
        for (int64_t on = 1; on < 30; on++) {
            const int64_t to = business_days_after(from, on, holidays, count);
            CHECK_INT(business_days_between(from, to, holidays, count), on, "after, and between");
        }
    }
}

TEST_MAIN(counts_business_days, leaves_out_holidays, counts_between, both_ways_count_alike)
