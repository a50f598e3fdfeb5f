#include "base/http_date.h"
#include "test.h"

static void reads_http_dates(void)
{
    static const struct {
        Slice text;
        ErrorCode code;
        int64_t ms;
    } rows[] = {
        {SLICE_INIT("Sun, 06 Nov 1994 08:49:37 GMT"), ERROR_OK, INT64_C(784111777000)},
        {SLICE_INIT("Sunday, 06-Nov-94 08:49:37 GMT"), ERROR_OK, INT64_C(784111777000)},
        {SLICE_INIT("Sun Nov  6 08:49:37 1994"), ERROR_OK, INT64_C(784111777000)},
        {SLICE_INIT("Mon, 23 Nov 2026 16:00:00 GMT"), ERROR_OK, INT64_C(1795449600000)},
        {SLICE_INIT("Thu, 01 Jan 1970 00:00:00 GMT"), ERROR_OK, 0},
        {SLICE_INIT("Thu, 29 Feb 2024 00:00:00 GMT"), ERROR_OK, INT64_C(1709164800000)},
        {SLICE_INIT("Wed, 29 Feb 2023 00:00:00 GMT"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("Wed, 00 Feb 2023 00:00:00 GMT"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("Sun, 06 Nov 1994 24:00:00 GMT"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("Sun, 06 Nov 1994 08:49:37 CET"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("Sun, 06 Nov 1994 08:49:37"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("Sun, 06 nov 1994 08:49:37 GMT"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("Sun, 06 Nov 0000 08:49:37 GMT"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("Sun, 06 Nov 99999999999999999999 08:49:37 GMT"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("2026-11-23T16:00:00Z"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT("a b c d e f g h i j k"), ERROR_TIME_SYNTAX, 0},
        {SLICE_INIT(""), ERROR_TIME_SYNTAX, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 0;
        CHECK_ERROR(http_date_parse(rows[i].text, &ms), rows[i].code, rows[i].text.data);
        CHECK_INT(ms, rows[i].ms, rows[i].text.data);
    }
}

TEST_MAIN(reads_http_dates)
