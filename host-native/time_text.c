#include "time_text.h"
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define MS_MIN INT64_C(-62135596800000)
#define MS_MAX INT64_C(253402300799999)

/* Two digits at once: a page of a Bulk query has a hundred thousand times. */
static void two_digits(char *text, uint32_t value)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    memcpy(text, pairs + 2 * (size_t)value, 2);
}

/* Civil date of a day, by 400-year eras that begin on 1 March (proleptic Gregorian). */
static void print_date(int64_t days, char *text)
{
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const uint32_t of_era = (uint32_t)(shifted - era * 146097);
    const uint32_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const uint32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint32_t month = (5 * of_year + 2) / 153;
    const uint32_t year = (uint32_t)((int64_t)year_of_era + era * 400) + (month < 10 ? 0 : 1);
    two_digits(text, year / 100);
    two_digits(text + 2, year % 100);
    two_digits(text + 5, month < 10 ? month + 3 : month - 9);
    two_digits(text + 8, of_year - (153 * month + 2) / 5 + 1);
    text[4] = '-';
    text[7] = '-';
    text[10] = 'T';
}

static void print_clock(uint32_t of_day, char *text)
{
    two_digits(text + 11, of_day / 3600000);
    two_digits(text + 14, of_day / 60000 % 60);
    two_digits(text + 17, of_day / 1000 % 60);
    two_digits(text + 20, of_day % 1000 / 10);
    text[22] = (char)('0' + of_day % 10);
    text[13] = ':';
    text[16] = ':';
    text[19] = '.';
    text[23] = 'Z';
}

void native_time_printer_init(NativeTimePrinter *printer)
{
    printer->day_ms = INT64_MIN;
}

bool native_time_print_next(NativeTimePrinter *printer, int64_t ms)
{
    if (ms < MS_MIN || ms > MS_MAX) {
        return false;
    }
    if (printer->day_ms == INT64_MIN || ms < printer->day_ms || ms - printer->day_ms >= DAY_MS) {
        const int64_t days = ms / DAY_MS - (ms % DAY_MS < 0 ? 1 : 0);
        print_date(days, printer->text);
        printer->day_ms = days * DAY_MS;
    }
    print_clock((uint32_t)(ms - printer->day_ms), printer->text);
    printer->ms = ms;
    return true;
}

bool native_time_print(int64_t ms, char text[NATIVE_TIME_BYTES])
{
    NativeTimePrinter printer;
    native_time_printer_init(&printer);
    if (!native_time_print_next(&printer, ms)) {
        return false;
    }
    memcpy(text, printer.text, NATIVE_TIME_BYTES);
    return true;
}

static bool number(const char *text, int count, int64_t max, int64_t *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        *value = *value * 10 + (text[i] - '0');
    }
    return *value <= max;
}

static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    const int64_t shifted = month <= 2 ? year - 1 : year;
    const int64_t era = shifted / 400; /* years from 0 on only */
    const int64_t of_era = shifted - era * 400;
    const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool native_time_parse(const char *text, size_t length, int64_t *ms)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    int64_t fraction = 0;
    if (length != NATIVE_TIME_BYTES) {
        return false;
    }
    for (int i = 0; i < NATIVE_TIME_BYTES; i++) {
        if (form[i] != '0' && text[i] != form[i]) {
            return false;
        }
    }
    if (!number(text, 4, 9999, &year) || !number(text + 5, 2, 12, &month) || !number(text + 8, 2, 31, &day) ||
        !number(text + 11, 2, 23, &hour) || !number(text + 14, 2, 59, &minute) ||
        !number(text + 17, 2, 59, &second) || !number(text + 20, 3, 999, &fraction) || year < 1 ||
        month < 1 || day < 1) {
        return false;
    }
    *ms = days_from_civil(year, month, day) * DAY_MS + hour * 3600000 + minute * 60000 + second * 1000 +
          fraction;
    char again[NATIVE_TIME_BYTES]; /* a date that does not exist prints as another */
    return native_time_print(*ms, again) && again[8] == text[8] && again[9] == text[9];
}
