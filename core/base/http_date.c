#include "base/http_date.h"

#include "base/number.h"
#include "base/time.h"

enum { WORDS_MAX = 8 };

static Error refuse_date(void)
{
    return error_make(ERROR_TIME_SYNTAX, SLICE("not an HTTP date"));
}

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == '-' || c == ':';
}

/* Splits at spaces, commas, hyphens and colons: what is left of each form are its words in order. */
static size_t split_words(Slice text, Slice words[WORDS_MAX])
{
    size_t count = 0;
    size_t start = 0;
    for (size_t i = 0; i <= text.length; i++) {
        if (i < text.length && !is_separator(text.data[i])) {
            continue;
        }
        if (i > start) {
            if (count == WORDS_MAX) {
                return 0;
            }
            words[count++] = slice_part(text, start, i);
        }
        start = i + 1;
    }
    return count;
}

static bool parse_number(Slice text, size_t digits_min, size_t digits_max, int64_t last, int64_t *value)
{
    uint64_t number = 0;
    if (text.length < digits_min || text.length > digits_max ||
        number_parse_uint64(text, &number).code != ERROR_OK || number > (uint64_t)last) {
        return false;
    }
    *value = (int64_t)number;
    return true;
}

static bool parse_month(Slice text, int64_t *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int64_t i = 0; text.length == 3 && i < 12; i++) {
        if (memcmp(names + 3 * i, text.data, 3) == 0) {
            *month = i + 1;
            return true;
        }
    }
    return false;
}

static bool parse_year(Slice text, int64_t *year)
{
    if (!parse_number(text, 2, 4, 9999, year) || text.length == 3) {
        return false;
    }
    if (text.length == 2) {
        *year += *year < 70 ? 2000 : 1900;
    }
    return *year >= 1;
}

Error http_date_parse(Slice text, int64_t *ms)
{
    Slice words[WORDS_MAX];
    const size_t count = split_words(text, words);
    /* "Sun Nov 6 08:49:37 1994" has its year last and no zone; the others end in GMT. */
    const bool asctime = count == 7;
    if (!asctime && (count != 8 || !slice_equal(words[7], SLICE("GMT")))) {
        return refuse_date();
    }
    const size_t day_at = asctime ? 2 : 1;
    const size_t month_at = asctime ? 1 : 2;
    const size_t year_at = asctime ? 6 : 3;
    const size_t clock_at = asctime ? 3 : 4;
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!parse_number(words[day_at], 1, 2, 31, &day) || !parse_month(words[month_at], &month) ||
        !parse_year(words[year_at], &year) || !parse_number(words[clock_at], 2, 2, 23, &hour) ||
        !parse_number(words[clock_at + 1], 2, 2, 59, &minute) ||
        !parse_number(words[clock_at + 2], 2, 2, 60, &second) || day == 0) {
        return refuse_date();
    }
    const int64_t days = time_days_from_civil(year, month, day);
    if (days >= time_days_from_civil(year, month + 1, 1)) {
        return refuse_date();
    }
    *ms = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    return ERROR_NONE;
}
