/* "holidays": ["2026-12-25", ...]: days on which nobody works, for due dates and business_days(). In any
 * order, each once or more. */
#include "base/time.h"
#include "config/internal.h"
#include "config/model.h"

enum { DATE_BYTES = 10, DAY_MS = 24 * 60 * 60 * 1000 };

static bool read_day(Reader *reader, JsonValue value, int64_t *day)
{
    Slice text = SLICE("");
    int64_t ms = 0;
    if (!reader_text(reader, value, &text)) {
        return false;
    }
    if (text.length != DATE_BYTES || time_parse(text, &ms).code != ERROR_OK) {
        READER_ISSUE(reader, value, ERROR_CONFIG_VALUE, SLICE("`"), text,
                     SLICE("` is no day: write it as 2026-12-25"));
        return false;
    }
    const int64_t days = ms / DAY_MS;
    *day = ms % DAY_MS < 0 ? days - 1 : days;
    return true;
}

/* Puts the day where it belongs among those before it. */
static void insert_day(Config *config, int64_t day)
{
    uint32_t at = config->holiday_count;
    while (at > 0 && config->holidays[at - 1] > day) {
        at--;
    }
    if (at > 0 && config->holidays[at - 1] == day) {
        return;
    }
    memmove(&config->holidays[at + 1], &config->holidays[at],
            (config->holiday_count - at) * sizeof *config->holidays);
    config->holidays[at] = day;
    config->holiday_count++;
}

void config_read_holidays(Reader *reader, JsonValue holidays)
{
    Config *config = reader->config;
    uint32_t count = 0;
    if (!reader_array(reader, holidays, CONFIG_HOLIDAYS_MAX, &count)) {
        return;
    }
    config->holiday_count = 0;
    config->holidays = READER_ARRAY(reader, int64_t, count + 1);
    if (config->holidays == NULL) {
        return;
    }
    for (JsonValue item = json_first(holidays); json_present(item); item = json_next(item)) {
        int64_t day = 0;
        if (read_day(reader, item, &day)) {
            insert_day(config, day);
        }
    }
}

void config_write_holidays(JsonWriter *writer, const Config *config)
{
    if (config->holiday_count == 0) {
        return;
    }
    json_write_key(writer, SLICE("holidays"));
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < config->holiday_count; i++) {
        char text[TIME_TEXT_BYTES];
        time_print(config->holidays[i] * DAY_MS, text);
        json_write_text(writer, slice_make(text, DATE_BYTES));
    }
    json_write_array_end(writer);
}

CelCalendar config_calendar(const Config *config, const struct Zones *zones)
{
    return (CelCalendar){zones, config->holidays, config->holiday_count};
}
