#include "base/time.h"
#include "test.h"

/* A calendar that counts days one by one, independent of every formula. */
static int32_t month_length(int32_t year, int32_t month)
{
    static const int32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

static void counts_every_day(void)
{
    int64_t days = TIME_MS_MIN / 86400000;
    int64_t wrong = 0;
    for (int32_t year = 1; year <= 9999; year++) {
        for (int32_t month = 1; month <= 12; month++) {
            for (int32_t day = 1; day <= month_length(year, month); day++) {
                const CivilTime civil = time_to_civil(days * 86400000 + 1);
                wrong += civil.year == year && civil.month == month && civil.day == day ? 0 : 1;
                wrong += time_days_from_civil(year, month, day) == days ? 0 : 1;
                wrong += time_from_civil(&civil) == days * 86400000 + 1 ? 0 : 1;
                days++;
            }
        }
    }
    CHECK_INT(wrong, 0, "every day of 9,999 years");
    CHECK_INT(days, (TIME_MS_MAX + 1) / 86400000, "the day after the last");
}

static void carries_months_and_days(void)
{
    static const struct {
        int64_t from[3];
        int64_t to[3];
    } rows[] = {
        {{2026, 13, 1}, {2027, 1, 1}},   {{2026, 0, 15}, {2025, 12, 15}},  {{2026, -11, 1}, {2025, 1, 1}},
        {{2026, -12, 1}, {2024, 12, 1}}, {{2026, 3, 0}, {2026, 2, 28}},    {{2024, 3, 0}, {2024, 2, 29}},
        {{2026, 1, 400}, {2027, 2, 4}},  {{2026, 25, -30}, {2027, 12, 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(time_days_from_civil(rows[i].from[0], rows[i].from[1], rows[i].from[2]),
                  time_days_from_civil(rows[i].to[0], rows[i].to[1], rows[i].to[2]), "carried");
    }
}

static void knows_the_days_of_the_week(void)
{
    CHECK_INT(time_weekday(0), 4, "1970-01-01 was a Thursday");
    CHECK_INT(time_weekday(-1), 3, "the day before");
    CHECK_INT(time_weekday(time_days_from_civil(2026, 11, 23)), 1, "2026-11-23 is a Monday");
    CHECK_INT(time_weekday(time_days_from_civil(1, 1, 1)), 1, "0001-01-01 was a Monday");
    CHECK_INT(time_weekday(time_days_from_civil(2000, 2, 29)), 2, "2000-02-29 was a Tuesday");
}

static void parses_each_form(void)
{
    static const struct {
        const char *text;
        const char *want; /* as time_print prints it; NULL: not a time */
    } rows[] = {
        {"2026-11-23T08:00:00.000Z", "2026-11-23T08:00:00.000Z"},
        {"2026-11-23T08:00:00.000+0000", "2026-11-23T08:00:00.000Z"},
        {"2026-11-23T08:00:00Z", "2026-11-23T08:00:00.000Z"},
        {"2026-11-23T08:00:00.1Z", "2026-11-23T08:00:00.100Z"},
        {"2026-11-23T08:00:00.123456789Z", "2026-11-23T08:00:00.123Z"},
        {"1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999Z"},
        {"2026-11-23T08:00:00+01:00", "2026-11-23T07:00:00.000Z"},
        {"2026-11-23T08:00:00-0530", "2026-11-23T13:30:00.000Z"},
        {"2026-11-23T08:00:00-00:00", "2026-11-23T08:00:00.000Z"},
        {"2026-11-23t08:00:00z", "2026-11-23T08:00:00.000Z"},
        {"2026-11-23", "2026-11-23T00:00:00.000Z"},
        {"2024-02-29", "2024-02-29T00:00:00.000Z"},
        {"2000-02-29", "2000-02-29T00:00:00.000Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
        {"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
        {"0001-01-01T23:59:00+23:59", "0001-01-01T00:00:00.000Z"},
        {"0001-01-01T00:00:00+00:01", NULL},
        {"9999-12-31T23:59:59-00:01", NULL},
        {"0000-12-31", NULL},
        {"2026-02-29", NULL},
        {"1900-02-29", NULL},
        {"2100-02-29T00:00:00Z", NULL},
        {"2026-04-31", NULL},
        {"2026-13-01", NULL},
        {"2026-00-01", NULL},
        {"2026-01-00", NULL},
        {"2026-01-32", NULL},
        {"2026-11-23T24:00:00Z", NULL},
        {"2026-11-23T08:60:00Z", NULL},
        {"2026-11-23T08:00:60Z", NULL},
        {"2026-11-23T08:00:00", NULL},
        {"2026-11-23T08:00Z", NULL},
        {"2026-11-23T08:00:00.Z", NULL},
        {"2026-11-23T08:00:00.1234567890Z", NULL},
        {"2026-11-23T08:00:00,5Z", NULL},
        {"2026-11-23T08:00:00+24:00", NULL},
        {"2026-11-23T08:00:00+01:60", NULL},
        {"2026-11-23T08:00:00+01", NULL},
        {"2026-11-23T08:00:00+1:00", NULL},
        {"2026-11-23T08:00:00ZZ", NULL},
        {"2026-11-23T08:00:00Z ", NULL},
        {" 2026-11-23T08:00:00Z", NULL},
        {"2026-11-23 08:00:00Z", NULL},
        {"2026-11-23T", NULL},
        {"2026-11-2", NULL},
        {"20261123", NULL},
        {"+2026-11-23", NULL},
        {"2026-1a-23", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 77;
        const Error error = time_parse(slice_from_text(rows[i].text), &ms);
        CHECK_ERROR(error, rows[i].want == NULL ? ERROR_TIME_SYNTAX : ERROR_OK, rows[i].text);
        if (rows[i].want == NULL) {
            CHECK_INT(ms, 77, rows[i].text);
        } else {
            char text[TIME_TEXT_BYTES];
            time_print(ms, text);
            CHECK_TEXT(slice_make(text, sizeof text), slice_from_text(rows[i].want), rows[i].text);
        }
    }
}

static void refuses_every_cut_and_every_wrong_byte(void)
{
    static const char full[] = "2026-11-23T08:09:10.123+01:30";
    enum { LENGTH = sizeof full - 1 };
    int64_t ms = 0;
    CHECK_ERROR(time_parse(slice_make(full, LENGTH), &ms), ERROR_OK, "whole");
    for (size_t length = 0; length < LENGTH; length++) {
        const Error error = time_parse(slice_make(full, length), &ms);
        CHECK_ERROR(error, length == 10 ? ERROR_OK : ERROR_TIME_SYNTAX, "cut");
    }
    for (size_t i = 0; i < LENGTH; i++) {
        char text[LENGTH];
        memcpy(text, full, LENGTH);
        text[i] = 'x';
        CHECK_ERROR(time_parse(slice_make(text, LENGTH), &ms), ERROR_TIME_SYNTAX, "wrong byte");
    }
}

static void keeps_nanoseconds(void)
{
    int64_t seconds = 77;
    int32_t nanos = 77;
    CHECK_ERROR(time_parse_rfc3339(SLICE("2026-11-23T08:00:00.123456789+01:00"), &seconds, &nanos), ERROR_OK,
                "nanoseconds");
    CHECK_INT(seconds, 1795417200, "seconds");
    CHECK_INT(nanos, 123456789, "nanos");
    CHECK_ERROR(time_parse_rfc3339(SLICE("1969-12-31T23:59:59.5Z"), &seconds, &nanos), ERROR_OK,
                "before 1970");
    CHECK_INT(seconds, -1, "seconds go down");
    CHECK_INT(nanos, 500000000, "nanos stay positive");
    static const char *const wrong[] = {"2026-11-23", "2026-11-23T08:00:00+0100", "2026-11-23T08:00:00", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_ERROR(time_parse_rfc3339(slice_from_text(wrong[i]), &seconds, &nanos), ERROR_TIME_SYNTAX,
                    wrong[i]);
    }
    CHECK_INT(seconds, -1, "untouched by errors");
}

static void prints_in_the_order_of_time(void)
{
    uint64_t state = 1;
    char before[TIME_TEXT_BYTES];
    char after[TIME_TEXT_BYTES];
    int wrong = 0;
    for (int i = 0; i < 100000; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const int64_t ms = TIME_MS_MIN + (int64_t)((state >> 8) % (uint64_t)(TIME_MS_MAX - TIME_MS_MIN));
        int64_t again = 0;
        time_print(ms, before);
        time_print(ms + 1, after);
        wrong += memcmp(before, after, TIME_TEXT_BYTES) < 0 ? 0 : 1;
        wrong +=
            time_parse(slice_make(before, TIME_TEXT_BYTES), &again).code == ERROR_OK && again == ms ? 0 : 1;
    }
    CHECK_INT(wrong, 0, "ordered, and read back");
}

TEST_MAIN(counts_every_day, carries_months_and_days, knows_the_days_of_the_week, parses_each_form,
          refuses_every_cut_and_every_wrong_byte, keeps_nanoseconds, prints_in_the_order_of_time)
