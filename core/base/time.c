#include "base/time.h"

#include "base/assert.h"

int64_t time_days_from_civil(int64_t year, int64_t month, int64_t day)
{
    /* Months from March, so that the leap day is the last of the year. */
    const int64_t carried = year * 12 + (month - 1);
    const int64_t y0 = carried >= 0 ? carried / 12 : -((11 - carried) / 12);
    const int64_t m = carried - y0 * 12;
    const int64_t y = y0 - (m < 2 ? 1 : 0);
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (m + (m < 2 ? 10 : -2)) + 2) / 5;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468 + day - 1;
}

int32_t time_weekday(int64_t days)
{
    return (int32_t)(((days + 4) % 7 + 7) % 7);
}

enum { MS_PER_SECOND = 1000, SECONDS_PER_DAY = 86400, MS_PER_DAY = SECONDS_PER_DAY * MS_PER_SECOND };

/* The civil date of days since 1970-01-01, by eras of 400 years that begin on 1 March. */
static void set_date(CivilTime *civil, int64_t days)
{
    const int64_t shifted = days + 719468; /* since 0000-03-01; not negative from year 0001 on */
    const int64_t era = shifted / 146097;
    const int64_t day_of_era = shifted % 146097;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t m = (5 * day_of_year + 2) / 153; /* 0 is March */
    civil->year = (int32_t)(era * 400 + year_of_era + (m >= 10 ? 1 : 0));
    civil->month = (int32_t)(m < 10 ? m + 3 : m - 9);
    civil->day = (int32_t)(day_of_year - (153 * m + 2) / 5 + 1);
}

CivilTime time_to_civil(int64_t ms)
{
    perly_assert(ms >= TIME_MS_MIN && ms <= TIME_MS_MAX);
    int64_t days = ms / MS_PER_DAY;
    int32_t rest = (int32_t)(ms % MS_PER_DAY);
    if (rest < 0) {
        rest += MS_PER_DAY;
        days--;
    }
    CivilTime civil = {
        .hour = rest / (3600 * MS_PER_SECOND),
        .minute = rest / (60 * MS_PER_SECOND) % 60,
        .second = rest / MS_PER_SECOND % 60,
        .millisecond = rest % MS_PER_SECOND,
    };
    set_date(&civil, days);
    return civil;
}

int64_t time_from_civil(const CivilTime *civil)
{
    const int64_t days = time_days_from_civil(civil->year, civil->month, civil->day);
    const int64_t seconds = civil->hour * INT64_C(3600) + civil->minute * INT64_C(60) + civil->second;
    return (days * SECONDS_PER_DAY + seconds) * MS_PER_SECOND + civil->millisecond;
}

/* A text that is read from left to right; `failed` once something else than expected stood there. */
typedef struct Scanner {
    Slice text;
    size_t at;
    bool failed;
} Scanner;

static bool scan_byte(Scanner *scanner, char byte)
{
    if (scanner->at < scanner->text.length && scanner->text.data[scanner->at] == byte) {
        scanner->at++;
        return true;
    }
    return false;
}

static void expect_byte(Scanner *scanner, char byte)
{
    scanner->failed |= !scan_byte(scanner, byte);
}

static bool scan_digit(Scanner *scanner, int32_t *digit)
{
    if (scanner->at < scanner->text.length) {
        const unsigned value = (unsigned)(unsigned char)scanner->text.data[scanner->at] - '0';
        if (value <= 9) {
            scanner->at++;
            *digit = (int32_t)value;
            return true;
        }
    }
    return false;
}

/* Exactly `count` digits whose number lies within the limits, both included. */
static int32_t expect_number(Scanner *scanner, int count, int32_t low, int32_t high)
{
    int32_t sum = 0;
    for (int i = 0; i < count; i++) {
        int32_t digit = 0;
        scanner->failed |= !scan_digit(scanner, &digit);
        sum = sum * 10 + digit;
    }
    scanner->failed |= sum < low || sum > high;
    return sum;
}

static int32_t days_in_month(int32_t year, int32_t month)
{
    if (month == 2) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* Seconds since 1970 of the date at the start of the text. */
static int64_t expect_date(Scanner *scanner)
{
    const int32_t year = expect_number(scanner, 4, 1, 9999);
    expect_byte(scanner, '-');
    const int32_t month = expect_number(scanner, 2, 1, 12);
    expect_byte(scanner, '-');
    const int32_t day = expect_number(scanner, 2, 1, days_in_month(year, month));
    return time_days_from_civil(year, month, day) * SECONDS_PER_DAY;
}

/* An optional '.' and 1 to 9 digits. */
static int32_t expect_fraction(Scanner *scanner)
{
    if (!scan_byte(scanner, '.')) {
        return 0;
    }
    int32_t nanos = 0;
    int32_t digit = 0;
    int32_t unit = 100000000;
    scanner->failed |= !scan_digit(scanner, &digit);
    do {
        scanner->failed |= unit == 0; /* a tenth digit */
        nanos += digit * unit;
        unit /= 10;
    } while (scan_digit(scanner, &digit));
    return nanos;
}

/* 'Z', or a signed offset: how many seconds local time is ahead. */
static int64_t expect_offset(Scanner *scanner, bool colon_needed)
{
    if (scan_byte(scanner, 'Z') || scan_byte(scanner, 'z')) {
        return 0;
    }
    const bool west = scan_byte(scanner, '-');
    if (!west) {
        expect_byte(scanner, '+');
    }
    const int64_t hours = expect_number(scanner, 2, 0, 23);
    if (!scan_byte(scanner, ':')) {
        scanner->failed |= colon_needed;
    }
    const int64_t offset = hours * 3600 + expect_number(scanner, 2, 0, 59) * INT64_C(60);
    return west ? -offset : offset;
}

/* "T08:00:00.123+01:00" added to `*seconds`. */
static void expect_time(Scanner *scanner, bool colon_needed, int64_t *seconds, int32_t *nanos)
{
    if (!scan_byte(scanner, 't')) {
        expect_byte(scanner, 'T');
    }
    *seconds += expect_number(scanner, 2, 0, 23) * INT64_C(3600);
    expect_byte(scanner, ':');
    *seconds += expect_number(scanner, 2, 0, 59) * INT64_C(60);
    expect_byte(scanner, ':');
    *seconds += expect_number(scanner, 2, 0, 59);
    *nanos = expect_fraction(scanner);
    *seconds -= expect_offset(scanner, colon_needed);
}

static Error scan_end(const Scanner *scanner, int64_t seconds)
{
    if (scanner->failed || scanner->at != scanner->text.length) {
        return error_make(ERROR_TIME_SYNTAX, SLICE("not a time"));
    }
    /* With an offset, an instant can lie outside of the years 0001 to 9999. */
    if (seconds < TIME_MS_MIN / MS_PER_SECOND || seconds > TIME_MS_MAX / MS_PER_SECOND) {
        return error_make(ERROR_TIME_SYNTAX, SLICE("time out of range"));
    }
    return ERROR_NONE;
}

/*
 * "2026-11-23T08:00:00.123Z" or "...+0000", the forms of nearly every time that Salesforce sends. The
 * hyphens, colons and digits are judged together; false says nothing more than that the text has another
 * form, or an error.
 */
static bool parse_plain(Slice text, int64_t *ms)
{
    static const char form[] = "0000-00-00T00:00:00.000";
    enum { FORM_BYTES = sizeof form - 1 };
    uint32_t digits[FORM_BYTES];
    uint32_t wrong = 0;
    const bool zulu = text.length == FORM_BYTES + 1 && text.data[FORM_BYTES] == 'Z';
    if (!zulu && (text.length != FORM_BYTES + 5 || memcmp(text.data + FORM_BYTES, "+0000", 5) != 0)) {
        return false;
    }
    for (size_t i = 0; i < FORM_BYTES; i++) {
        digits[i] = (uint32_t)(unsigned char)text.data[i] - (uint32_t)(unsigned char)form[i];
        wrong |= digits[i] > (form[i] == '0' ? 9U : 0U) ? 1U : 0U;
    }
    const uint32_t *d = digits;
    const CivilTime civil = {.year = (int32_t)(d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3]),
                             .month = (int32_t)(d[5] * 10 + d[6]),
                             .day = (int32_t)(d[8] * 10 + d[9]),
                             .hour = (int32_t)(d[11] * 10 + d[12]),
                             .minute = (int32_t)(d[14] * 10 + d[15]),
                             .second = (int32_t)(d[17] * 10 + d[18]),
                             .millisecond = (int32_t)(d[20] * 100 + d[21] * 10 + d[22])};
    if (wrong != 0 || civil.year < 1 || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
        civil.day > days_in_month(civil.year, civil.month) || civil.hour > 23 || civil.minute > 59 ||
        civil.second > 59) {
        return false;
    }
    *ms = time_from_civil(&civil);
    return true;
}

Error time_parse(Slice text, int64_t *ms)
{
    Scanner scanner = {.text = text};
    if (parse_plain(text, ms)) {
        return ERROR_NONE;
    }
    int64_t seconds = expect_date(&scanner);
    int32_t nanos = 0;
    if (scanner.at != text.length) {
        expect_time(&scanner, false, &seconds, &nanos);
    }
    RETURN_IF_ERROR(scan_end(&scanner, seconds));
    *ms = seconds * MS_PER_SECOND + nanos / 1000000;
    return ERROR_NONE;
}

Error time_parse_rfc3339(Slice text, int64_t *seconds, int32_t *nanos)
{
    Scanner scanner = {.text = text};
    int64_t sum = expect_date(&scanner);
    int32_t fraction = 0;
    expect_time(&scanner, true, &sum, &fraction);
    RETURN_IF_ERROR(scan_end(&scanner, sum));
    *seconds = sum;
    *nanos = fraction;
    return ERROR_NONE;
}

/* `digits` decimals of `value`, then one byte. */
static char *put_number(char *text, int32_t value, int digits, char after)
{
    for (int i = digits - 1; i >= 0; i--) {
        text[i] = (char)('0' + value % 10);
        value /= 10;
    }
    text[digits] = after;
    return text + digits + 1;
}

void time_print(int64_t ms, char text[TIME_TEXT_BYTES])
{
    const CivilTime civil = time_to_civil(ms);
    text = put_number(text, civil.year, 4, '-');
    text = put_number(text, civil.month, 2, '-');
    text = put_number(text, civil.day, 2, 'T');
    text = put_number(text, civil.hour, 2, ':');
    text = put_number(text, civil.minute, 2, ':');
    text = put_number(text, civil.second, 2, '.');
    (void)put_number(text, civil.millisecond, 3, 'Z');
}
