#include "sync/admin/status_line.h"

#include "base/time.h"

void status_begin(Query *query, Event *event, Slice name, bool ok, const Buffer *text)
{
    event_begin(event, &query->row, SLICE("status"));
    event_text(event, SLICE("name"), name);
    event_bool(event, SLICE("ok"), ok);
    event_text(event, SLICE("text"), buffer_slice(text));
    if (!ok) {
        query->command->exit = COMMAND_EXIT_PERSON;
    }
}

void status_append_count(Buffer *text, int64_t count, Slice what)
{
    buffer_append(text, text->length == 0 ? SLICE("") : SLICE(", "));
    buffer_append_counted(text, count, what);
}

void status_append_time(Buffer *text, RowView row, uint32_t column)
{
    char time[TIME_TEXT_BYTES];
    if (row_state(row, column) == ROW_VALUE) {
        time_print(row_int64(row, column), time);
        time[sizeof "2026-11-23" - 1] = ' ';
        buffer_append(text, slice_make(time, sizeof "2026-11-23 08:00" - 1));
        buffer_append(text, SLICE(" UTC"));
    } else {
        buffer_append(text, SLICE("never"));
    }
}

/* "3 h", "2 days": how long ago a time was. */
void status_append_age(Buffer *text, int64_t ms)
{
    static const struct {
        int64_t ms;
        Slice unit;
    } units[] = {{86400000, SLICE_INIT(" days")}, {3600000, SLICE_INIT(" h")}, {60000, SLICE_INIT(" min")}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms >= 2 * units[i].ms || i == 2) {
            buffer_append_int64(text, ms < 0 ? 0 : ms / units[i].ms);
            buffer_append(text, units[i].unit);
            return;
        }
    }
}
